"""What runs on a virtual sensor: answers reads and writes, streams, obeys the spec's commands, tells its battery.

In: reads, writes and subscriptions by key of the spec's chars; true time. Out: values, notifications, refusals. Must
not live here: the radio, advertising, faults of the link, the meaning of written bytes (commands), bumble's Device.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from bumble import att
from bumble.gatt import Characteristic

from sensor_pipeline.ble.virtual.board import Board
from sensor_pipeline.ble.virtual.commands import CommandBook, Meaning
from sensor_pipeline.ble.virtual.control_point import Answer, ControlPoint
from sensor_pipeline.ble.virtual.gatt import properties

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.simulate.session import SimulatedSensor

DRAIN_S: Final = 1.0
"""What waits when the stream is stopped is sent first, but for no longer than this."""
SECONDS_PER_H: Final = 3600.0


class Host(Protocol):
    """What an application needs of the radio it runs on."""

    @property
    def true_time_s(self) -> float:
        """True time."""

    @property
    def mtu(self) -> int | None:
        """ATT MTU of the connection, None where there is none."""

    def subscribed(self, key: str) -> bool:
        """True where the other end wants a characteristic's notifications."""

    def notify(self, key: str, payload: bytes) -> None:
        """Send a notification."""

    def wake(self) -> None:
        """There is something to stream."""


class Application:
    """The program of one virtual sensor.

    Args:
        spec: the sensor.
        worn: the leg it is strapped to; its chip.
        params: its habits.
        host: the radio it runs on.

    Attributes:
        board: its chip and firmware.
        book: its commands.
        refused: how many writes were answered with an error.
    """

    def __init__(self, spec: SensorSpec, worn: SimulatedSensor, params: PeripheralParams, host: Host) -> None:
        rate_hz = spec.rate.default_hz if params.rate_hz is None else params.rate_hz
        self.board = Board(spec, worn, params.firmware, seed=params.seed, rate_hz=rate_hz, stream=params.stream)
        self.book = CommandBook(spec)
        self.refused = 0
        self._spec = spec
        self._params = params
        self._host = host
        self._control = ControlPoint(spec)
        self._properties = properties(spec, self.book)
        self._stream = params.stream
        self._set_steps = 0
        self._set_values: dict[str, float] = {}
        self._goes_on = False
        self._stop_s: float | None = None
        self._drained = asyncio.Event()
        self._battery_percent = float(params.firmware.battery_percent)
        self._battery_at_s = 0.0
        self.on_start: Callable[[], None] | None = None

    @property
    def battery_percent(self) -> float:
        """What the battery shows now."""
        fallen = self._params.battery_fall_per_h * (self._host.true_time_s - self._battery_at_s) / SECONDS_PER_H
        return max(self._battery_percent - fallen, 0.0)

    @property
    def streams(self) -> bool:
        """True while it may have notifications to send."""
        return self.board.started

    def next(self) -> tuple[str, bytes] | None:
        """The next notification, None where there is none; the same until the board's ``acknowledge``."""
        now_s, key = self._host.true_time_s, self.board.wire.characteristic
        if not self._host.subscribed(key):
            self.board.advance(now_s)
            return None
        payload = self.board.next(now_s if self._stop_s is None else self._stop_s)
        if payload is None:
            if self._stop_s is not None:
                self._drained.set()
            return None
        return key, payload

    def set_battery(self, percent: float) -> None:
        """The battery shows ``percent`` from now on; hosts that asked for notifications are told."""
        self._battery_percent, self._battery_at_s = percent, self._host.true_time_s
        block = self._spec.battery
        payload = self.board.battery(round(percent))
        if block is not None and block.char is not None and payload is not None:
            self._say(Answer(block.char, payload))

    def disconnected(self, *, off: bool) -> None:
        """The connection is over; ``off``: because the sensor has no power."""
        self._goes_on = self.board.started and not self._spec.stops_on_disconnect and not off
        self.board.stop(self._host.true_time_s)
        self._set_steps, self._stop_s = 0, None
        self._drained.set()

    async def read(self, key: str) -> bytes:
        """A characteristic's value.

        Raises:
            ATT_Error: it cannot be read.
        """
        if not self._properties[key] & Characteristic.Properties.READ:
            raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)
        info, battery = self._spec.info, self._spec.battery
        value: bytes | None = None
        if info is not None and info.char == key:
            value = self.board.info(self._host.true_time_s)
        elif battery is not None and battery.char == key:
            value = self.board.battery(round(self.battery_percent))
        return value or b""

    async def write(self, key: str, payload: bytes) -> None:
        """Obey a command.

        Raises:
            ATT_Error: nothing can be written there, or the sensor does not know the command.
        """
        if not self._properties[key] & Characteristic.Properties.WRITE:
            raise self._refusal(att.ErrorCode.WRITE_NOT_PERMITTED)
        meaning = self.book.meaning(key, payload)
        if meaning is None:
            extra = self._control.extra(key, payload, self.board, self._host.true_time_s)
            if extra is None:
                raise self._refusal(att.ErrorCode.VALUE_NOT_ALLOWED)
            self._say(extra)
            return
        if meaning.kind == "start":
            self._start(meaning.stream, meaning.values.get("rate"))
        elif meaning.kind == "stop":
            await self._stop()
        elif meaning.kind == "set":
            self._set(meaning)
        percent = round(self.battery_percent)
        answer = self._control.answer(key, payload, meaning, self.board, self._host.true_time_s, percent)
        if answer is not None:
            self._say(answer)

    async def subscribe(self, key: str, on: bool) -> None:
        """Notifications of a characteristic were switched on or off."""
        if key != self.board.wire.characteristic:
            return
        starts_alone = not self._spec.stream(self._stream).start
        if on and (starts_alone or self._goes_on or self._params.eager):
            self._start(self._stream, None)
        elif not on and starts_alone:
            self.board.stop(self._host.true_time_s)

    def _start(self, stream: str | None, rate_hz: float | None) -> None:
        mtu = self._host.mtu
        if mtu is None:
            return
        self._stream, self._stop_s = stream, None
        rate_hz = None if self._params.rate_stuck else rate_hz
        self.board.start(self._host.true_time_s, stream=stream, mtu=mtu, rate_hz=rate_hz)
        if self.on_start is not None:
            self.on_start()
        self._host.wake()

    async def _stop(self) -> None:
        """Send what waits, then stop; the write is answered after the last sample."""
        self._goes_on = False
        if not self.board.started:
            return
        stop_s = self._stop_s = self._host.true_time_s
        self._drained.clear()
        self._host.wake()
        with contextlib.suppress(TimeoutError):  # what still waits is dropped then, and counted as such
            async with asyncio.timeout(DRAIN_S):
                await self._drained.wait()
        if self._stop_s == stop_s:  # else it was started again meanwhile
            self.board.stop(stop_s)
            self._stop_s = None

    def _set(self, meaning: Meaning) -> None:
        """One step of setting the rate; a step out of its order (no unlock before) is accepted and does nothing."""
        if meaning.step == 0:
            self._set_steps, self._set_values = 0, {}
        if meaning.step != self._set_steps:
            return
        self._set_steps += 1
        self._set_values.update(meaning.values)
        saved = self._spec.rate.persistent and self._set_steps == len(self._spec.rate.set)
        if not self._params.rate_stuck and (meaning.values or saved):
            self.board.configure(self._host.true_time_s, self._set_values, keep=saved)
            self._host.wake()

    def _say(self, answer: Answer) -> None:
        if self._host.subscribed(answer.char):
            self._host.notify(answer.char, answer.payload)

    def _refusal(self, code: att.ErrorCode) -> att.ATT_Error:
        self.refused += 1
        return att.ATT_Error(code)
