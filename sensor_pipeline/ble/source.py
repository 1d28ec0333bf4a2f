"""Live records of one or more real sensors: one ordered stream in one time base, over every loss of a link.

In: a radio, the sensors that are wanted, what the person does. Out: numbered records in arrival order, the state of
each link, a connection log. Must not live here: what records mean, files, screens.

    async with VirtualRadio([...]) as air:                       # or: radio = Radio.platform()
        source = LiveSource(air.radio, [Wanted(spec, side="left")])
        async with source:
            source.push_input("start")
            async for record in source:                          # ends with a Flush, after source.stop()
                take(record, engine, writer, on_events)
    print(source.log.text, source.unreturned)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from importlib.metadata import version
from platform import python_version, system
from types import TracebackType
from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.identity import Register
from sensor_pipeline.ble.log import ConnectionLog
from sensor_pipeline.ble.lookout import Lookout
from sensor_pipeline.ble.machine import MachineParams
from sensor_pipeline.ble.queue import CAPACITY, RecordQueue
from sensor_pipeline.ble.status import LinkStatus
from sensor_pipeline.ble.supervisor import Site, Supervisor
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Flush, Input, Record, Tick
from sensor_pipeline.version import __version__

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.ble.radio import Maker

TICK_S: Final = 0.25
"""In silence a Tick comes this often, so that the coach's deadlines fire: a quarter of a second late at most."""
STOP_S: Final = 30.0
"""Longest wait for all links to end; each one is bounded below this by itself."""

__all__ = ["ConnectionLog", "LinkStatus", "LiveSource", "MachineParams", "Wanted"]


class LiveSource:
    """Records of live sensors; use it as ``async with``, and inside of it ``async for``, once.

    Args:
        radio: where the sensors are.
        wanted: the sensors; their order is that of ``Record.sensor``.
        clock_ns: monotonic time of the records.
        log: the connection log, None = a new one.
        params: times of the supervision, None = the usual ones.
        capacity: records that wait at most for a slow reader before notifications are dropped, and counted.

    Attributes:
        log: the connection log.

    Raises:
        UserError: no sensor is wanted.
    """

    def __init__(
        self,
        radio: Maker,
        wanted: Sequence[Wanted],
        *,
        clock_ns: Callable[[], int] = time.perf_counter_ns,
        log: ConnectionLog | None = None,
        params: MachineParams | None = None,
        capacity: int = CAPACITY,
    ) -> None:
        if not wanted:
            raise UserError("no sensor is wanted; name one")
        self.log = ConnectionLog() if log is None else log
        self._radio = radio
        self._wanted = tuple(wanted)
        self._clock_ns = clock_ns
        self._params = MachineParams() if params is None else params
        self._queue = RecordQueue(capacity)
        self._supervisors: tuple[Supervisor, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._all_ended = asyncio.Event()
        self._ended = 0
        self._stopping = False
        self._flushed = False
        self._bug: BaseException | None = None
        self._put_s = 0.0

    # what is asked of it

    def push_input(self, action: str, value_json: str = "null") -> None:
        """Record what the person did, now.

        Args:
            action: start, mark, pause, resume, re-zero, hurts-stop, answer, distance, stop.
            value_json: what belongs to it, as JSON.
        """
        now_ns = self._clock_ns()
        self._put(lambda order: Input(order, now_ns, None, action, value_json))

    def stop(self) -> None:
        """End the recording: STOP and disconnection for each sensor, then a Flush ends the iteration. Can be repeated.

        It returns at once; the end comes within :data:`STOP_S`, whatever the radio does.
        """
        if self._stopping:
            return
        self._stopping = True
        self._note(None, "stop")
        for supervisor in self._supervisors:
            supervisor.stop()

    def status(self, sensor: int = 0) -> LinkStatus:
        """What a person wants to know of a sensor's link now; inside of the ``async with`` and after it.

        Raises:
            UserError: there is no such sensor, or nothing has begun.
        """
        if not 0 <= sensor < len(self._supervisors):
            raise UserError(f"no sensor {sensor}; {len(self._supervisors)} are supervised")
        return self._supervisors[sensor].status()

    @property
    def queue_high_water(self) -> int:
        """Most records that ever waited for the reader."""
        return self._queue.high_water

    @property
    def dropped(self) -> int:
        """Notifications that were dropped because the reader was too slow; 0, or the recording is incomplete."""
        return self._queue.dropped

    @property
    def unreturned(self) -> tuple[str, ...]:
        """One sentence for each sensor that was not there at the end; a recording without any is whole."""
        return tuple(
            f"sensor {index} ({wanted.side}): {supervisor.lost}"
            for index, (wanted, supervisor) in enumerate(zip(self._wanted, self._supervisors, strict=False))
            if supervisor.lost
        )

    # life

    async def __aenter__(self) -> LiveSource:
        loop = asyncio.get_running_loop()
        self._put_s = loop.time()
        self._note(None, f"dorsi {__version__}, Python {python_version()} on {system()}, bleak {version('bleak')}")
        lookout = Lookout(self._radio, self._heard, lambda text: self._note(None, text))
        site = Site(
            radio=self._radio,
            put=self._put,
            lookout=lookout,
            register=Register(),
            note=self._note,
            clock_ns=self._clock_ns,
            params=self._params,
            on_end=self._one_ended,
            on_bug=self._failed,
        )
        self._supervisors = tuple(Supervisor(index, wanted, site) for index, wanted in enumerate(self._wanted))
        for supervisor in self._supervisors:
            supervisor.start()
        self._tasks = [loop.create_task(work) for work in (lookout.run(), self._tick(), self._end())]
        for task in self._tasks:
            task.add_done_callback(self._task_done)
        if self._stopping:  # stopped before it began
            for supervisor in self._supervisors:
                supervisor.stop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        try:
            async with asyncio.timeout(STOP_S):
                await self._all_ended.wait()
        except TimeoutError:
            self._note(None, f"not ended after {STOP_S:g} s: given up")
        for supervisor in self._supervisors:
            await supervisor.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=STOP_S)

    def __aiter__(self) -> AsyncIterator[Record]:
        return self

    async def __anext__(self) -> Record:
        if self._flushed:
            raise StopAsyncIteration
        record = await self._queue.get()
        if self._bug is not None:
            raise self._bug
        self._flushed = isinstance(record, Flush)
        return record

    # parts

    def _put(self, make: Callable[[int], Record]) -> None:
        self._put_s = asyncio.get_running_loop().time()
        if not self._queue.put(make) and self._queue.dropped == 1:
            self._note(None, "the reader is too slow: notifications are dropped")

    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        for supervisor in self._supervisors:
            supervisor.heard(device, data)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._flushed:
            wait_s = self._put_s + TICK_S - loop.time()
            if wait_s > 0.0:
                await asyncio.sleep(wait_s)
            elif len(self._queue):  # the reader has enough to do: what waits tells it the time
                await asyncio.sleep(TICK_S)
            else:
                now_ns = self._clock_ns()
                self._put(lambda order, now_ns=now_ns: Tick(order, now_ns, None))  # type: ignore[misc]

    async def _end(self) -> None:
        """Put the Flush when every link has ended, or has had its time to."""
        await self._all_ended.wait()
        now_ns = self._clock_ns()
        for sentence in self.unreturned:
            self._note(None, f"at the end not there: {sentence}")
        self._put(lambda order: Flush(order, now_ns, None))

    def _one_ended(self) -> None:
        self._ended += 1
        if self._ended == len(self._supervisors):
            self._all_ended.set()

    def _failed(self, bug: BaseException) -> None:
        """Our own fault: the reader must hear of it, instead of waiting for ever."""
        self._bug = self._bug or bug
        now_ns = self._clock_ns()
        self._put(lambda order: Tick(order, now_ns, None))

    def _task_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._failed(error)

    def _note(self, sensor: int | None, text: str) -> None:
        self.log.add(self._clock_ns(), sensor, text)
