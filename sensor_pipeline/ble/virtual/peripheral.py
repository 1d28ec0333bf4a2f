"""A virtual sensor on the air: advertises, is connected to, streams, and fails on request.

In: its parameters, a bumble Device, what carries it. Out: a sensor that behaves as its spec says; where its samples
went; the truth. Must not live here: what it answers (application), the GATT table, the timing of the air.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from bumble import att, core, hci
from bumble.device import Connection, Device
from bumble.gatt import Characteristic

from sensor_pipeline.ble.virtual.advertising import advertisement, scan_response
from sensor_pipeline.ble.virtual.application import Application
from sensor_pipeline.ble.virtual.gatt import Handlers, make_table
from sensor_pipeline.devices import parse_spec
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.session import SimulatedSensor, simulate_session
from sensor_pipeline.simulate.truth import Truth, true_course

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
    from sensor_pipeline.devices import SensorSpec

ADVERTISE_MS: Final = 100.0
"""Advertising interval: short, as of a sensor that wants to be found."""
BOOT_S: Final = 0.5
"""A microcontroller is up and advertises within about this time (assumption)."""
DAY_S: Final = 86_400.0


class Medium(Protocol):
    """What carries a sensor: the virtual air, or a controller that somebody else provides."""

    def wake(self, station: Peripheral) -> None:
        """It has something to send."""

    def drop(self, station: Peripheral) -> None:
        """Its connection is lost at both ends."""

    def fall_silent(self, station: Peripheral) -> None:
        """It forgets its connection without a word."""

    def blackout(self, station: Peripheral, duration_s: float) -> None:
        """No radio for a while."""


class PeripheralCounts(NamedTuple):
    """What a virtual sensor has done.

    Attributes:
        sampled, sent, dropped, waiting: samples; sampled = sent + dropped + waiting, always.
        notifications: data notifications that the other end has received.
        connections: connections made.
        refused: writes that were answered with an error.
    """

    sampled: int
    sent: int
    dropped: int
    waiting: int
    notifications: int
    connections: int
    refused: int


class Peripheral:
    """A virtual sensor; made by :class:`~sensor_pipeline.ble.virtual.air.VirtualRadio`.

    Args:
        params: what it is.
        device: its bumble Device, with its address, on its controller.
        medium: what carries it.

    Attributes:
        params, device: as given.
        spec: its spec.
        worn: the leg it is strapped to; its chip.
    """

    def __init__(self, params: PeripheralParams, device: Device, medium: Medium) -> None:
        self.params = params
        self.device = device
        self.spec = spec_of(params)
        self.worn = params.worn if params.worn is not None else draw_worn(params, self.spec)
        self._medium = medium
        self._application = Application(self.spec, self.worn, params, self)
        self._application.on_start = self._on_start
        self._board = self._application.board
        self._rng = generator(params.seed, "faults")
        table = make_table(
            self.spec,
            self._application.book,
            Handlers(self._application.read, self._application.write, self._application.subscribe, self._wait),
            serial=params.serial,
            firmware=params.firmware_version,
            impostor=params.impostor,
        )
        self._chars: dict[str, Characteristic[bytes]] = table.chars
        device.gatt_server.max_mtu = params.firmware.mtu
        device.add_services(table.services)
        device.advertising_data = advertisement(self.spec, impostor=params.impostor)
        device.scan_response_data = scan_response(self.name)
        device.advertising_interval_min = device.advertising_interval_max = ADVERTISE_MS
        device.on(Device.EVENT_CONNECTION, self._on_connection)
        self._connection: Connection | None = None
        self._start_s = 0.0
        self._off = True
        self._pause_s = 0.0
        self._vanishing = 0
        self._stall_until_s = self._dark_until_s = self._slow_until_s = -math.inf
        self._garbage_until_s = self._double_until_s = -math.inf
        self._stall_cured_by_start = False
        self._answer_delay_s = 0.0
        self._notifications = self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._cycle: asyncio.Task[None] | None = None

    # what can be seen from outside

    @property
    def name(self) -> str:
        """Advertised name."""
        if self.params.name is not None:
            return self.params.name
        names = (*self.spec.match.local_names, *self.spec.match.local_name_prefixes)
        return names[0] if names else f"{self.spec.id[:16]} {self.params.serial[-8:]}".strip()

    @property
    def true_time_s(self) -> float:
        """True time: since the virtual radio was switched on."""
        return asyncio.get_running_loop().time() - self._start_s

    @property
    def counts(self) -> PeripheralCounts:
        """What it has done so far."""
        sampled, sent, dropped = self._board.counts
        waiting = sampled - sent - dropped
        refused = self._application.refused
        return PeripheralCounts(sampled, sent, dropped, waiting, self._notifications, self._connections, refused)

    @property
    def rate_hz(self) -> float:
        """Nominal rate it is set to now."""
        return self._board.rate_hz

    @property
    def boot_id(self) -> int:
        """Identifies the running boot."""
        return self._board.boot_id

    @property
    def battery_percent(self) -> float:
        """What its battery shows now."""
        return self._application.battery_percent

    @property
    def connected(self) -> bool:
        """True while its own end of a connection is up."""
        return self._connection is not None

    def truth(self) -> Truth:
        """What really happens to its leg, by true time, to the end of its script or to now, whichever is later."""
        return true_course(self.worn.leg, max(self.true_time_s, self.worn.leg.done_s))

    # faults

    def drop(self, off_s: float = 0.0) -> None:
        """Lose the connection, where there is one, at both ends at once; advertise again after ``off_s``."""
        if self._connection is not None:
            self._pause_s = off_s
            self._medium.drop(self)

    def polite_drop(self, off_s: float = 0.0) -> None:
        """End the connection as a firmware does that says goodbye; advertise again after ``off_s``."""
        if self._connection is not None:
            self._pause_s = off_s
            self.hang_up()

    def hang_up(self) -> None:
        """End the connection, where there is one."""
        if self._connection is not None:
            self._spawn(self._end(self._connection))

    def stall(self, duration_s: float, *, cured_by_start: bool = False) -> None:
        """Stay connected and send nothing; ``cured_by_start``: a START ends it."""
        self._stall_until_s = self.true_time_s + duration_s
        self._stall_cured_by_start = cured_by_start
        asyncio.get_running_loop().call_later(_timer(duration_s), self._medium.wake, self)

    def blackout(self, duration_s: float) -> None:
        """No radio: nothing is heard of it; longer than the supervision timeout ends the connection."""
        self._dark_until_s = self.true_time_s + duration_s
        self._medium.blackout(self, duration_s)
        asyncio.get_running_loop().call_later(_timer(duration_s), self._medium.wake, self)

    def reboot(self, off_s: float = BOOT_S) -> None:
        """Restart without a word; it is up again after ``off_s`` (infinite = never), with a new boot id."""
        self._off = True
        self._application.disconnected(off=True)
        self._medium.fall_silent(self)
        if self._cycle is not None:
            self._cycle.cancel()  # it was off already: this time counts
        self._cycle = self._spawn(self._power_cycle(off_s))

    def battery(self, percent: float) -> None:
        """The battery shows ``percent`` from now on; hosts that asked for notifications are told."""
        self._application.set_battery(percent)

    def slow_answers(self, duration_s: float, delay_s: float = 1.0) -> None:
        """Answer reads and writes ``delay_s`` late for ``duration_s``."""
        self._slow_until_s = self.true_time_s + duration_s
        self._answer_delay_s = delay_s

    def vanish(self, requests: float = 1) -> None:
        """Be heard, and not hear the next ``requests`` requests for a connection."""
        self._vanishing = int(requests)

    def garbage(self, duration_s: float) -> None:
        """Send random bytes of the right length instead of samples for ``duration_s``."""
        self._garbage_until_s = self.true_time_s + duration_s

    def double(self, duration_s: float) -> None:
        """Send every notification twice for ``duration_s``."""
        self._double_until_s = self.true_time_s + duration_s

    # what the air asks

    @property
    def scan_response(self) -> bytes:
        """Advertising structures of its scan response."""
        return bytes(self.device.scan_response_data)

    @property
    def rssi_dbm(self) -> int:
        """Signal strength at the computer."""
        return self.params.rssi_dbm

    @property
    def audible(self) -> bool:
        """True while its radio reaches anybody."""
        return not self._off and self.true_time_s >= self._dark_until_s

    def refuses(self) -> bool:
        """True where it does not hear a request for a connection that is made now."""
        if self._vanishing > 0:
            self._vanishing -= 1
            return True
        return not self.audible or self._connection is not None

    @property
    def streaming(self) -> bool:
        """True while it may have notifications to send at any connection event."""
        return self._board.started and self._connection is not None

    def offer(self) -> bool:
        """Hand the next notification to the controller again; False = there is none."""
        now_s = self.true_time_s
        if not self.streaming:
            return False
        if now_s < self._stall_until_s:
            self._board.advance(now_s)
            return False
        found = self._application.next()
        if found is None:
            return False
        key, payload = found
        if now_s < self._garbage_until_s:
            payload = self._rng.bytes(len(payload))
        for _ in range(2 if now_s < self._double_until_s else 1):
            self.notify(key, payload)
            self._notifications += 1
        return True

    def acknowledge(self) -> None:
        """The notification that :meth:`offer` handed over was received."""
        self._board.acknowledge()

    # life

    async def power_on(self) -> None:
        """Start: from now on true time runs."""
        self._start_s = asyncio.get_running_loop().time()
        await self.device.power_on()
        self._off = False
        await self._advertise()

    async def power_off(self) -> None:
        """End everything that is under way."""
        self._off = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.device.stop_advertising()

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._connections += 1
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._application.disconnected(off=self._off)
        pause_s, self._pause_s = self._pause_s, 0.0
        if not self._off:
            self._spawn(self._advertise(pause_s))

    async def _advertise(self, after_s: float = 0.0) -> None:
        if math.isinf(after_s):
            return
        await asyncio.sleep(after_s)
        if not self._off and self._connection is None:
            await self.device.start_advertising()

    async def _power_cycle(self, off_s: float) -> None:
        await self.device.stop_advertising()
        if math.isinf(off_s):
            return
        await asyncio.sleep(off_s)
        self._board.reboot(self.true_time_s)
        self._stall_until_s = -math.inf
        self._off = False
        await self._advertise()

    @staticmethod
    async def _end(connection: Connection) -> None:
        with contextlib.suppress(core.BaseBumbleError, hci.HCI_Error):  # it may have ended meanwhile
            await connection.disconnect(hci.HCI_ErrorCode.REMOTE_USER_TERMINATED_CONNECTION_ERROR)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # what the application needs

    @property
    def mtu(self) -> int | None:
        """ATT MTU of the connection, None where there is none."""
        return None if self._connection is None else int(self._connection.att_mtu)

    def subscribed(self, key: str) -> bool:
        """True where the other end wants a characteristic's notifications."""
        char = self._chars.get(key)
        if self._connection is None or char is None:
            return False
        return self.device.gatt_server.read_cccd(self._connection, char)[0] & 1 == 1

    def notify(self, key: str, payload: bytes) -> None:
        """Send a notification."""
        if self._connection is not None:
            handle = self._chars[key].handle
            pdu = att.ATT_Handle_Value_Notification(attribute_handle=handle, attribute_value=payload)
            self.device.gatt_server.send_gatt_pdu(self._connection, bytes(pdu))

    def wake(self) -> None:
        """There is something to stream."""
        self._medium.wake(self)

    def _on_start(self) -> None:
        if self._stall_cured_by_start:
            self._stall_until_s = -math.inf

    async def _wait(self) -> None:
        if self.true_time_s < self._slow_until_s:
            await asyncio.sleep(self._answer_delay_s)


def spec_of(params: PeripheralParams) -> SensorSpec:
    """The spec of a virtual sensor.

    Raises:
        SpecError: its text is refused.
    """
    given = params.spec_text
    return parse_spec(given, "the virtual sensor's spec") if isinstance(given, str) else given


def draw_worn(params: PeripheralParams, spec: SensorSpec) -> SimulatedSensor:
    """A leg with a sensor on it, drawn from the seed."""
    simulation = simulate_session(
        spec, side=params.side, reps=params.reps, seed=params.seed, stream=params.stream, rate_hz=params.rate_hz
    )
    return simulation.sensors[0]


def _timer(duration_s: float) -> float:
    """Seconds for a timer; what lasts for ever is looked at again after a day."""
    return min(duration_s, DAY_S)
