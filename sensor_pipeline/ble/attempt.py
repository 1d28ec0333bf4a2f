"""One attempt: a fresh client, a connection, reads, rate, subscription, START; and how it is given up again.

In: a device that advertised, what is wanted of it. Out: records through a :class:`Listener`, an error, or a stream.
Must not live here: retries, watchdogs, which device.

The order is what keeps packets from being lost: answers are subscribed to before commands, data before START. A first
attempt reads everything before START (the battery decides whether to record at all), a later one only what decoding
needs, and the rest while data flows, so that a gap stays short.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from bleak.exc import BleakGATTProtocolError

from sensor_pipeline.ble.bounded import bounded
from sensor_pipeline.ble.radio import CONNECT_S
from sensor_pipeline.devices import rate_messages, start_messages, stop_messages
from sensor_pipeline.devices.commands import Message
from sensor_pipeline.errors import RadioError

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice

    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.devices.layout import Command

SETUP_S: Final = 25.0
"""Time from the connection to START; a slow sensor answers a dozen requests within 1 s each."""
ANSWER_S: Final = 6.0
"""Longest wait for one answer; ATT itself gives up after 30 s, and then the connection is useless."""
STOP_S: Final = 2.0
"""Time for STOP: a link that is not there any more must not hold up the end of a session."""
DISCONNECT_S: Final = 5.0
"""Guard around ``disconnect()``: it hangs or raises where the Bluetooth service has died."""
SERIAL: Final = "00002a25-0000-1000-8000-00805f9b34fb"
FIRMWARE: Final = "00002a26-0000-1000-8000-00805f9b34fb"
"""Bluetooth SIG, Device Information Service: Serial Number String, Firmware Revision String."""


class WrongDeviceError(RadioError):
    """It is another sensor than the one that is wanted. ``for_good``: it will not turn out to be it later."""

    def __init__(self, message: str, *, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


class Listener(Protocol):
    """Who gets what an attempt finds; each call comes from the event loop and must be quick."""

    def linked(self, generation: int) -> None:
        """There is a connection, and it is the right sensor."""

    def gone(self, generation: int) -> None:
        """The radio says that the connection has ended."""

    def read(self, generation: int, what: str, payload: bytes) -> None:
        """A block or a text was read."""

    def notified(self, generation: int, characteristic: str, host_time_ns: int, payload: bytes) -> None:
        """A notification arrived."""

    def noted(self, text: str) -> None:
        """Something for the connection log."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an attempt is to do.

    Attributes:
        wanted: the sensor and its settings.
        subscriptions: keys of the characteristics to subscribe.
        generation: number of the attempt.
        first: True = this sensor has not streamed yet in this recording.
        serial_fits: judges the serial number that was read, None = none could be read.
        clock_ns: monotonic time.
    """

    wanted: Wanted
    subscriptions: tuple[str, ...]
    generation: int
    first: bool
    serial_fits: Callable[[str | None], bool]
    clock_ns: Callable[[], int]


class Attempt:
    """One connection from its making to its end.

    Args:
        radio: where to connect.
        device: as a scanner reported it.
        plan: what to do.
        listener: who gets what is found.
    """

    def __init__(self, radio: Maker, device: BLEDevice, plan: Plan, listener: Listener) -> None:
        self.device = device
        self._radio = radio
        self._plan = plan
        self._spec = plan.wanted.spec
        self._listener = listener
        self._client: BleakClient | None = None
        self._discovered: list[BleakGATTCharacteristic] = []
        self._chars: dict[str, BleakGATTCharacteristic] = {}
        self._answer_by_s = math.inf
        self._subscribed = False

    async def run(self) -> str | None:
        """Do all of it.

        Returns:
            The serial number, None where it was not read.

        Raises:
            WrongDeviceError: it is not the sensor that is wanted.
            RadioError: something failed or took too long; the message says what, and what to do.
        """
        plan = self._plan
        loop = asyncio.get_running_loop()
        # the client has a limit of its own; a second one cuts in only where that fails
        await bounded(self._connect(), CONNECT_S + ANSWER_S, "cannot connect")
        self._answer_by_s = loop.time() + SETUP_S
        self._find_chars()
        serial = await self._text("serial", SERIAL) if plan.first else None
        if plan.first and not plan.serial_fits(serial):
            raise WrongDeviceError("this sensor has another serial number", for_good=True)
        self._listener.linked(plan.generation)
        if plan.first:
            self._read_text("serial", serial)
            self._read_text("firmware", await self._text("firmware", FIRMWARE))
            await self.read_battery()
        await self._subscribe([key for key in plan.subscriptions if key not in self._data_keys])
        await self._set_rate()
        await self.read_info()
        await self._subscribe(self._data_keys)
        await self.start()
        self._answer_by_s = math.inf
        return serial

    async def start(self) -> None:
        """Write START; nothing where the sensor streams as soon as it is subscribed to.

        Raises:
            RadioError: it was not taken.
        """
        wanted = self._plan.wanted
        await self._write(
            start_messages(self._spec, wanted.stream, wanted.asked_hz), ANSWER_S, "cannot start the stream"
        )

    async def read_info(self) -> None:
        """Read the info block: at the start after the rate was set, because that changes it.

        Raises:
            RadioError: the sensor does not answer.
        """
        info = self._spec.info
        if info is None:
            return
        if info.char is not None and info.char in self._chars:
            self._read("info", await self._value(self._chars[info.char], "cannot read the info block"))
        elif info.request is not None:
            await self._write((_message(info.request),), ANSWER_S, "cannot ask for the info block")

    async def read_battery(self) -> None:
        """Read the battery, or ask for it where it comes as a notification. Not every sensor gives it."""
        block = self._spec.battery
        if block is None:
            return
        try:
            if block.char is not None and block.char in self._chars:
                self._read("battery", await self._value(self._chars[block.char], "cannot read the battery"))
            elif block.request is not None and self._subscribed:
                await self._write((_message(block.request),), ANSWER_S, "cannot ask for the battery")
        except RadioError as error:
            self._listener.noted(str(error))

    async def close(self, *, polite: bool) -> None:
        """Give the connection up; never raises, and ends within its time.

        Args:
            polite: write STOP first where it may stream, so that it does not drain its battery.
        """
        client = self._client
        if client is None:
            return
        if polite and self._subscribed:
            try:
                await self._write(stop_messages(self._spec, self._plan.wanted.stream), STOP_S, "cannot write STOP")
            except RadioError as error:
                self._listener.noted(str(error))
        try:
            await bounded(client.disconnect(), DISCONNECT_S, "cannot disconnect")
        except RadioError as error:
            self._listener.noted(str(error))

    # parts

    @property
    def _data_keys(self) -> list[str]:
        return [packet.char for packet in self._spec.stream(self._plan.wanted.stream).packets]

    async def _connect(self) -> None:
        client = self._client = self._radio.client(self.device, lambda _: self._listener.gone(self._plan.generation))
        await client.connect()
        self._discovered = list(client.services.characteristics.values())

    def _find_chars(self) -> None:
        """Look up the spec's characteristics in what was discovered."""
        for key, char in self._spec.chars.items():
            for one in self._discovered:
                if one.uuid.lower() == char.uuid and char.service in (None, one.service_uuid.lower()):
                    self._chars.setdefault(key, one)
        missing = [key for key in self._plan.subscriptions if key not in self._chars]
        if missing:
            names = ", ".join(missing)
            raise WrongDeviceError(
                f"this device is no {self._spec.name}: it lacks its characteristic {names}", for_good=False
            )

    async def _subscribe(self, keys: list[str]) -> None:
        plan, listener, client = self._plan, self._listener, self._client
        if client is None:
            return
        for key in dict.fromkeys(keys):

            def notified(_: BleakGATTCharacteristic, payload: bytearray, key: str = key) -> None:
                host_time_ns = plan.clock_ns()
                listener.notified(plan.generation, key, host_time_ns, bytes(payload))

            left_s = self._left_s()
            await bounded(client.start_notify(self._chars[key], notified), left_s, f"cannot subscribe to {key}")
        self._subscribed = True

    async def _set_rate(self) -> None:
        """Write the commands that set rate and ranges. A sensor that refuses them is measured all the same.

        A setting that the sensor keeps over power-off is written once: each write wears its memory.
        """
        messages = rate_messages(self._spec, self._plan.wanted.asked_hz)
        if not messages or (self._spec.rate.persistent and not self._plan.first):
            return
        doing = f"cannot set {self._plan.wanted.asked_hz:g} Hz"
        try:
            if not self._spec.stops_on_disconnect:  # it may stream still, and take settings only while it does not
                await self._write(stop_messages(self._spec, self._plan.wanted.stream), ANSWER_S, "cannot write STOP")
            await self._write(messages, ANSWER_S, doing)
        except RadioError as error:
            if not isinstance(error.__cause__, BleakGATTProtocolError):
                raise
            self._listener.noted(str(error))

    async def _text(self, what: str, uuid: str) -> str | None:
        """Read a text of the device information service; not every sensor has one."""
        char = next((one for one in self._discovered if one.uuid.lower() == uuid), None)
        if char is None:
            return None
        try:
            payload = await self._value(char, f"cannot read {what}")
        except RadioError as error:
            if not isinstance(error.__cause__, BleakGATTProtocolError):
                raise
            self._listener.noted(str(error))
            return None
        text = payload.split(b"\0")[0].decode("utf-8", "replace").strip()
        return text or None

    async def _value(self, char: BleakGATTCharacteristic, doing: str) -> bytes:
        if self._client is None:
            raise RadioError(f"{doing}: not connected")
        left_s = self._left_s()
        return bytes(await bounded(self._client.read_gatt_char(char), left_s, doing))

    def _read_text(self, what: str, text: str | None) -> None:
        if text is not None:
            self._read(what, text.encode())

    def _read(self, what: str, payload: bytes) -> None:
        self._listener.read(self._plan.generation, what, payload)

    async def _write(self, messages: tuple[Message, ...], within_s: float, doing: str) -> None:
        for message in messages:
            char = self._chars.get(message.char)
            if self._client is None or char is None:
                raise RadioError(f"{doing}: the sensor has no characteristic {message.char}")
            write = self._client.write_gatt_char(char, message.payload, response=message.response)
            await bounded(write, within_s, doing)
            if message.wait_s:
                await asyncio.sleep(message.wait_s)

    def _left_s(self) -> float:
        """Time for the next answer: its own limit, or what is left of the whole set-up."""
        left_s = self._answer_by_s - asyncio.get_running_loop().time()
        if left_s <= 0.0:
            raise RadioError(f"the sensor takes longer than {SETUP_S:g} s to be set up; switch it off and on")
        return min(ANSWER_S, left_s)


def _message(command: Command) -> Message:
    return Message(command.char, bytes.fromhex(command.template), command.response, command.wait_s)
