"""Keeps one sensor's link alive: does what the state machine says, and tells it what happens.

In: a radio, what is wanted, advertisements. Out: records into a queue. Must not live here: when to do what (machine),
how to connect (attempt), which device (identity).

Nothing here waits: happenings are used at once, work runs in tasks that end with a happening, deadlines are timers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sensor_pipeline.ble.advice import advise_link, advise_stream
from sensor_pipeline.ble.attempt import Attempt, Plan, WrongDeviceError
from sensor_pipeline.ble.bounded import CANCEL_S
from sensor_pipeline.ble.identity import Identity, Register
from sensor_pipeline.ble.log import masked
from sensor_pipeline.ble.machine import (
    STOPPED,
    Action,
    Close,
    Closed,
    Connect,
    Data,
    Dropped,
    Failed,
    Happening,
    Heard,
    Linked,
    MachineParams,
    Resend,
    SayConnected,
    SayLost,
    Started,
    State,
    StopAsked,
    Woken,
    step,
    watchdog_for,
)
from sensor_pipeline.ble.meter import Meter
from sensor_pipeline.ble.readings import Readings
from sensor_pipeline.ble.status import LinkStatus
from sensor_pipeline.errors import RadioError
from sensor_pipeline.types import Link, Notification, Read, Record

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.ble.lookout import Lookout
    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.types import LinkState

BATTERY_EVERY_S: Final = 60.0
"""Time between two looks at the battery: it falls by a percent in minutes."""
INFO_EVERY_S: Final = 10.0
"""Shortest time between two looks at the info block of a sensor whose payloads are refused."""
FEW: Final = 3
"""Callbacks of ended connections that are logged one by one; the rest is only counted. And so many payloads in a row
are refused before the info block is read again."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the supervisors of one recording share.

    Attributes:
        radio: where the sensors are.
        put: takes records, each made from its number.
        lookout: scans for them.
        register: what the sensors know together.
        note: gets a sensor's index and a sentence for the connection log.
        clock_ns: monotonic time of records.
        params: times; ``watchdog_s`` is taken from each sensor's packet rate.
        on_end: called once by each, when its link has ended for good.
        on_bug: gets an exception that is our own fault.
    """

    radio: Maker
    put: Callable[[Callable[[int], Record]], None]
    lookout: Lookout
    register: Register
    note: Callable[[int, str], None]
    clock_ns: Callable[[], int]
    params: MachineParams
    on_end: Callable[[], None]
    on_bug: Callable[[BaseException], None]


class Supervisor:
    """One sensor's link from start to stop.

    Args:
        index: the sensor's place in the recording.
        wanted: the sensor.
        site: what it shares with the others.
    """

    def __init__(self, index: int, wanted: Wanted, site: Site) -> None:
        self._index = index
        self._wanted = wanted
        self._site = site
        self._loop = asyncio.get_running_loop()
        self._identity = Identity(wanted, index, site.register)
        self._meter = Meter(wanted.spec, wanted.stream, wanted.asked_hz)
        self._params = replace(
            site.params, watchdog_s=watchdog_for(self._meter.packet_s), seed=site.params.seed + index
        )
        self._state = State(since_s=self._loop.time())
        self._data_keys = frozenset(packet.char for packet in wanted.spec.stream(wanted.stream).packets)
        self._device: BLEDevice | None = None
        self._attempt: Attempt | None = None
        self._trying: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._battery_timer: asyncio.TimerHandle | None = None
        self._last_data_s: float | None = None
        self._readings = Readings(wanted.spec, self._meter, self.noted)
        self._told = ""
        self._info_s = -INFO_EVERY_S
        self._notifications = self._stale = self._streams = 0
        self._ended = False

    def start(self) -> None:
        """Begin to look for the sensor."""
        self.noted(f"looking for {self._wanted.spec.id} at {self._wanted.asked_hz:g} Hz")
        self._site.lookout.need(self._index, True)

    def stop(self) -> None:
        """End the link: STOP, disconnect. ``on_end`` is called when that is done, within a bounded time."""
        self._feed(StopAsked())

    def heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        """Take an advertisement of any device."""
        if self._state.wants_scan and self._identity.accepts(device, data, self._loop.time()):
            self._device = device  # the next attempt is made with the freshest handle
            self._feed(Heard())

    @property
    def lost(self) -> str:
        """Why the sensor is not there, "" = it is, or was until it was stopped."""
        state = self._state
        if state.linked or state.why == STOPPED:
            return ""
        return state.why or "it was never heard"

    def status(self) -> LinkStatus:
        """What a person wants to know now."""
        state, identity = self._state, self._identity
        advice = advise_link(
            state,
            self._meter,
            self._wanted,
            scan_problem=self._site.lookout.problem,
            turned_away=identity.turned_away,
            found=identity.found,
            now_s=self._loop.time(),
        )
        streaming = state.phase in ("streaming", "stalled")
        return LinkStatus(
            state=state.phase,
            since_s=state.since_s,
            rate_hz=self._meter.rate_hz if streaming else None,
            lost=self._meter.lost,
            battery=self._readings.battery,
            rssi=identity.rssi,
            serial=identity.serial,
            advice=advice,
            notifications=self._notifications,
            reconnects=max(self._streams - 1, 0),
        )

    async def aclose(self) -> None:
        """End all tasks; for the case that stopping has not."""
        self._ended = True
        for timer in (self._timer, self._battery_timer):
            if timer is not None:
                timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2.0 * CANCEL_S)

    # what an attempt tells

    def linked(self, generation: int) -> None:
        """There is a connection."""
        self._feed(Linked(generation))

    def gone(self, generation: int) -> None:
        """The radio says that the connection has ended."""
        if generation == self._state.generation and self._state.phase != "closing":
            self.noted("the radio reports the end of the connection")
        self._feed(Dropped(generation, "the connection was lost"))

    def read(self, generation: int, what: str, payload: bytes) -> None:
        """A block or a text was read."""
        if generation != self._state.generation or not self._state.linked:
            return
        now_ns = self._site.clock_ns()
        self._site.put(lambda order: Read(order, now_ns, self._index, what, payload))
        restarted = self._readings.take(what, payload)
        if restarted:
            self._say("rebooted", restarted)

    def notified(self, generation: int, characteristic: str, host_time_ns: int, payload: bytes) -> None:
        """A notification arrived; one of an older connection, or of one that was given up, is not used."""
        state = self._state
        if generation != state.generation or not state.linked:
            self._stale += 1
            if self._stale <= FEW:
                self.noted(f"ignored: a notification of connection {generation}, which is over")
            return
        index = self._index
        self._site.put(lambda order: Notification(order, host_time_ns, index, characteristic, payload))
        self._notifications += 1
        now_s = self._loop.time()
        if characteristic in self._data_keys:
            self._last_data_s = now_s
            if state.phase != "streaming" and (state.phase != "connecting" or state.last_data_s is None):
                self._feed(Data(generation))
        for reply in self._meter.take(characteristic, payload, now_s):
            if self._readings.is_battery(characteristic, reply):
                self.read(generation, "battery", reply)
        if self._meter.refused_in_a_row >= FEW and now_s >= self._info_s + INFO_EVERY_S:
            self._info_s = now_s
            self._spawn(self._read_info(generation))

    def noted(self, text: str) -> None:
        """Something for the connection log."""
        self._site.note(self._index, text)

    # the machine

    def _feed(self, happening: Happening) -> None:
        if self._ended:
            return
        before = self._state
        self._state, actions = step(before, happening, self._loop.time(), self._params)
        state = self._state
        if state.deadline_s != before.deadline_s:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if state.deadline_s is not None:
                self._timer = self._loop.call_at(state.deadline_s, self._wake)
        if state.phase != before.phase:
            self._changed(before)
        for action in actions:
            self._do(action)
        self._site.lookout.need(self._index, state.wants_scan)
        if state.phase == "ended":
            self._ended = True
            self._site.on_end()

    def _wake(self) -> None:
        self._timer = None
        self._feed(Woken(self._last_data_s))
        self._tell_advice()
        if self._timer is None and self._state.deadline_s is not None and not self._ended:
            self._timer = self._loop.call_at(self._state.deadline_s, self._wake)  # it came a clock resolution early

    def _changed(self, before: State) -> None:
        state = self._state
        if state.phase == "streaming":
            if before.phase != "stalled":
                self._streams += 1
            self.noted(f"data flows ({self._loop.time() - before.since_s:.3f} s in {before.phase})")
        elif state.phase == "stalled":
            self.noted(f"no data for {self._params.watchdog_s:g} s: START again")
        elif state.phase == "waiting" and state.deadline_s is not None:
            pause_s = state.deadline_s - self._loop.time()
            self.noted(f"next attempt in {pause_s:.2f} s at the earliest; failures in a row: {state.failures}")
        elif state.phase == "ended":
            self.noted(f"ended; {self._notifications} notifications, {self._stale} of ended connections ignored")

    def _do(self, action: Action) -> None:
        match action:
            case Connect(generation, blind):
                self._connect(generation, blind)
            case Resend(generation):
                self._spawn(self._resend(generation))
            case Close(generation, polite):
                self._spawn(self._close(generation, polite))
            case SayConnected():
                self._say("connected", "")
            case SayLost(why):
                self.noted(f"lost: {why}")
                self._say("lost", why)

    def _say(self, state: LinkState, detail: str) -> None:
        now_ns = self._site.clock_ns()
        self._site.put(lambda order: Link(order, now_ns, self._index, state, detail))

    def _connect(self, generation: int, blind: bool) -> None:
        device, identity = self._device, self._identity
        self._attempt = self._trying = self._last_data_s = None
        self._info_s = -INFO_EVERY_S
        self._meter.new_link()
        if device is None or self._site.register.taken.get(device.address, self._index) != self._index:
            self._loop.call_soon(self._feed, Failed(generation, "another leg uses this sensor"))
            return
        self._site.register.taken[device.address] = self._index
        without = " without an advertisement" if blind else ""
        self.noted(f"attempt {generation}: connecting to {masked(device.address)}, {identity.rssi} dBm{without}")
        plan = Plan(
            wanted=self._wanted,
            subscriptions=self._meter.characteristics,
            generation=generation,
            first=not identity.found or identity.address != device.address,
            serial_fits=lambda serial: identity.serial_fits(device.address, serial),
            clock_ns=self._site.clock_ns,
        )
        self._attempt = Attempt(self._site.radio, device, plan, self)
        self._trying = self._spawn(self._try(self._attempt, plan))

    # work that takes time

    async def _try(self, attempt: Attempt, plan: Plan) -> None:
        try:
            serial = await attempt.run()
        except RadioError as error:
            if isinstance(error, WrongDeviceError):
                now_s = self._loop.time()
                self._identity.refuse(attempt.device.address, str(error), now_s, for_good=error.for_good)
            self.noted(f"attempt {plan.generation} failed: {error}")
            self._feed(Failed(plan.generation, str(error)))
        else:
            self._identity.found_at(attempt.device.address, serial)
            self._feed(Started(plan.generation))
            if plan.first and self._readings.battery is not None:
                self._battery_timer = self._loop.call_later(BATTERY_EVERY_S, self._look_at_battery, plan.generation)
            else:
                self._look_at_battery(plan.generation)

    def _look_at_battery(self, generation: int) -> None:
        """Now and each minute from now on, as long as the connection lasts.

        In a task that is not cancelled with the attempt: a request that is given up half-way spoils the next one.
        """
        attempt = self._attempt
        if attempt is not None and generation == self._state.generation and self._state.linked:
            self._spawn(attempt.read_battery())
            self._battery_timer = self._loop.call_later(BATTERY_EVERY_S, self._look_at_battery, generation)

    async def _resend(self, generation: int) -> None:
        attempt = self._attempt
        if attempt is None or generation != self._state.generation:
            return
        try:
            await attempt.start()
        except RadioError as error:
            self.noted(str(error))

    async def _read_info(self, generation: int) -> None:
        """Payloads are refused: the sensor's settings may have changed behind our back, so look at them again."""
        attempt = self._attempt
        if attempt is None or generation != self._state.generation or self._state.phase == "connecting":
            return
        try:
            await attempt.read_info()
        except RadioError as error:
            self.noted(str(error))

    async def _close(self, generation: int, polite: bool) -> None:
        trying, attempt = self._trying, self._attempt
        if trying is not None and not trying.done():
            trying.cancel()
            await asyncio.wait({trying}, timeout=2.0 * CANCEL_S)
        if attempt is not None:
            await attempt.close(polite=polite)
            if not (self._identity.found and self._identity.address == attempt.device.address):
                self._site.register.taken.pop(attempt.device.address, None)
        self._feed(Closed(generation))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            error = task.exception()
            if error is not None:
                self._site.on_bug(error)

    def _tell_advice(self) -> None:
        """Note what is wrong with the stream, once each time it changes."""
        advice = advise_stream(self._meter, self._wanted) if self._state.phase == "streaming" else self._told
        if advice != self._told:
            self._told = advice
            self.noted(advice or "the stream is as it should be again")
