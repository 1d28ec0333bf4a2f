"""Virtual sensors for others: behind a bumble transport, or on a controller that somebody else provides.

In: a transport's name, sensors. Out: sensors that another process, or a real radio, can find. Must not live here: what
a sensor does, the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from bumble import core, hci
from bumble.device import Device, DeviceConfiguration
from bumble.transport import open_transport

from sensor_pipeline.ble.virtual.air import put_on_air, schedule, sensor_address
from sensor_pipeline.ble.virtual.controller import CentralController
from sensor_pipeline.ble.virtual.link import AirLink, AirParams
from sensor_pipeline.ble.virtual.peripheral import Peripheral
from sensor_pipeline.errors import RadioError

if TYPE_CHECKING:
    from bumble.transport.common import Transport

    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams

ANSWER_S: Final = 10.0
"""A controller answers the first commands within this time, also over a slow serial line (own choice)."""
PUMP_S: Final = 0.010
"""How often a controller is given what waits: below every connection interval in use."""
AHEAD: Final = 4
"""Packets that are handed to a controller ahead of the air; the rest waits in the firmware's own queue."""


@asynccontextmanager
async def offer(
    transport: str, sensors: Sequence[PeripheralParams], link: AirParams | None = None
) -> AsyncIterator[tuple[Peripheral, ...]]:
    """Offer a controller on a transport that hears virtual sensors; its host is another process.

    Args:
        transport: bumble's name, for example ``tcp-server:127.0.0.1:6789``.
        sensors: the sensors on its air.
        link: the state of the air, None = a usual one.

    Yields:
        The sensors.

    Raises:
        RadioError: the transport cannot be opened.
    """
    async with _opened(transport) as opened:
        air = AirLink(AirParams() if link is None else link)
        controller = CentralController("offered", opened.source, opened.sink, air)
        controller.air = air
        peripherals = tuple(put_on_air(params, index, air) for index, params in enumerate(sensors))
        timers: list[asyncio.TimerHandle] = []
        try:
            for peripheral in peripherals:
                await peripheral.power_on()
                timers += schedule(peripheral, peripheral.params.faults)
            yield peripherals
        finally:
            for timer in timers:
                timer.cancel()
            air.drop_central(controller)
            for peripheral in peripherals:
                await peripheral.power_off()


@asynccontextmanager
async def carry(transport: str, params: PeripheralParams) -> AsyncIterator[Peripheral]:
    """Let a controller (a USB stick, another process's virtual one) send for a virtual sensor.

    Faults of the air itself (blackout) need a virtual air: here they do nothing.

    Args:
        transport: bumble's name of the controller, for example ``usb:0``.
        params: the sensor.

    Yields:
        The sensor.

    Raises:
        RadioError: the transport cannot be opened, or no controller answers.
    """
    async with _opened(transport) as opened:
        config = DeviceConfiguration(name="sensor", address=sensor_address(params, 0))
        device = Device.from_config_with_hci(config, opened.source, opened.sink)
        peripheral = Peripheral(params, device, Carrier())
        try:
            async with asyncio.timeout(ANSWER_S):
                await peripheral.power_on()
        except (TimeoutError, core.BaseBumbleError, hci.HCI_Error) as error:
            raise RadioError(
                f"{transport}: no Bluetooth controller answers ({error or 'silence'}); check the transport, "
                "and that nothing else uses the controller"
            ) from error
        timers = schedule(peripheral, params.faults)
        try:
            yield peripheral
        finally:
            for timer in timers:
                timer.cancel()
            await peripheral.power_off()


class Carrier:
    """A medium that is a controller: what a sensor has to send is handed over as the controller takes it."""

    def __init__(self) -> None:
        self._pumps: dict[Peripheral, asyncio.Task[None]] = {}

    def wake(self, station: Peripheral) -> None:
        """It has something to send: hand it over until it has not."""
        pump = self._pumps.get(station)
        if pump is None or pump.done():
            self._pumps[station] = asyncio.get_running_loop().create_task(self._pump(station))

    def drop(self, station: Peripheral) -> None:
        """End its connection: a controller cannot lose one on request."""
        station.hang_up()

    def fall_silent(self, station: Peripheral) -> None:
        """As :meth:`drop`."""
        station.hang_up()

    def blackout(self, station: Peripheral, duration_s: float) -> None:
        """Nothing: the air is real."""

    @staticmethod
    async def _pump(station: Peripheral) -> None:
        while station.streaming:
            queue = station.device.host.le_acl_packet_queue
            while queue is not None and queue.pending < AHEAD and station.offer():
                station.acknowledge()
            await asyncio.sleep(PUMP_S)


@asynccontextmanager
async def _opened(transport: str) -> AsyncIterator[Transport]:
    try:
        async with asyncio.timeout(ANSWER_S):
            opened = await open_transport(transport)
    except (core.BaseBumbleError, OSError, ValueError, IndexError, TimeoutError) as error:
        raise RadioError(
            f"transport {transport!r} cannot be opened: {error}; give one that bumble knows, for example "
            "tcp-server:127.0.0.1:6789 or usb:0"
        ) from error
    try:
        yield opened
    finally:
        await opened.close()
        server = getattr(opened, "server", None)  # bumble 0.0.236 leaves the server of a tcp-server transport open
        if isinstance(server, asyncio.Server):
            server.close()
