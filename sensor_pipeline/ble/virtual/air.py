"""The virtual radio: an air, this computer's adapter and any number of virtual sensors, in one process.

In: sensors and the state of the air. Out: backend classes for bleak, the sensors to disturb and to count. Must not live
here: what a sensor does, timing of the air, supervision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Final

from bumble import hci
from bumble.device import Device, DeviceConfiguration

from sensor_pipeline.ble.bumble_backend import Backends, backends
from sensor_pipeline.ble.bumble_central import Central
from sensor_pipeline.ble.virtual.controller import CentralController, StationController
from sensor_pipeline.ble.virtual.link import AirLink, AirParams
from sensor_pipeline.ble.virtual.peripheral import Peripheral
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.seeds import generator

if TYPE_CHECKING:
    from sensor_pipeline.ble.radio import Radio

COMPUTER: Final = hci.Address("C0:FF:EE:00:00:01")
"""Address of this computer: random static, because bumble's virtual link loses data of hosts with a public one."""


class VirtualRadio:
    """A virtual radio; use it as ``async with``.

    Args:
        peripherals: the sensors on the air.
        link: the state of the air, None = a usual one.
    """

    def __init__(self, peripherals: Sequence[PeripheralParams], link: AirParams | None = None) -> None:
        self.params = AirParams() if link is None else link
        self._wanted = tuple(peripherals)
        self._peripherals: list[Peripheral] = []
        self._central: Central | None = None
        self._link: AirLink | None = None
        self._controller: CentralController | None = None
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def central(self) -> Central:
        """This computer's adapter.

        Raises:
            UserError: the radio is not on.
        """
        if self._central is None:
            raise UserError("the virtual radio is off; use it as 'async with VirtualRadio(...) as air:'")
        return self._central

    @property
    def backends(self) -> Backends:
        """Classes for ``BleakScanner(backend=...)`` and ``BleakClient(..., backend=...)``."""
        return backends(self.central)

    @property
    def radio(self) -> Radio:
        """What makes scanners and clients on this radio."""
        from sensor_pipeline.ble.radio import Radio

        found = self.backends
        return Radio(found.scanner, found.client)

    @property
    def peripherals(self) -> tuple[Peripheral, ...]:
        """The sensors, in the order they were given."""
        return tuple(self._peripherals)

    def peripheral(self, index: int = 0) -> Peripheral:
        """One of the sensors."""
        return self._peripherals[index]

    async def __aenter__(self) -> VirtualRadio:
        link = self._link = AirLink(self.params)
        controller = self._controller = CentralController("computer", link=link)
        controller.air = link
        config = DeviceConfiguration(name="computer", address=COMPUTER)
        device = Device.from_config_with_hci(config, controller, controller)
        for index, params in enumerate(self._wanted):
            self._peripherals.append(put_on_air(params, index, link))
        await device.power_on()
        self._central = Central(device, mtu=self.params.mtu, early_lost=self.params.early_lost)
        for peripheral in self._peripherals:
            await peripheral.power_on()
            self._timers += schedule(peripheral, peripheral.params.faults)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for timer in self._timers:
            timer.cancel()
        await self.central.close()
        self._drop_all()
        await asyncio.sleep(0)
        for peripheral in self._peripherals:
            await peripheral.power_off()

    async def adapter_off(self) -> None:
        """Switch this computer's adapter off: scans end, connections are lost, nothing works."""
        await self.central.switch(False)
        self._drop_all()

    async def adapter_on(self) -> None:
        """Switch it on again; scans have to be started anew."""
        await self.central.switch(True)

    def blackout(self, duration_s: float) -> None:
        """No radio for anybody."""
        for peripheral in self._peripherals:
            peripheral.blackout(duration_s)

    def _drop_all(self) -> None:
        if self._link is not None and self._controller is not None:
            self._link.drop_central(self._controller)


def put_on_air(params: PeripheralParams, index: int, link: AirLink) -> Peripheral:
    """Make a sensor on its own virtual controller; it is not powered yet. ``index`` tells sensors of one seed apart."""
    controller = StationController("sensor", link=link)
    address = sensor_address(params, index)
    config = DeviceConfiguration(name="sensor", address=address)
    peripheral = Peripheral(params, Device.from_config_with_hci(config, controller, controller), link)
    link.add_station(peripheral, controller, address)
    return peripheral


def sensor_address(params: PeripheralParams, index: int) -> hci.Address:
    """A sensor's random static address, the same for the same seed."""
    raw = bytearray(generator(params.seed, "address", index).bytes(6))
    raw[5] |= 0xC0  # the two highest bits of a static address are set
    return hci.Address(bytes(raw), hci.Address.RANDOM_DEVICE_ADDRESS)


def schedule(peripheral: Peripheral, faults: Sequence[ScheduledFault]) -> list[asyncio.TimerHandle]:
    """Let faults happen at their times, from now on; the timers can be cancelled."""
    loop = asyncio.get_running_loop()
    return [
        loop.call_later(fault.at_s, getattr(peripheral, fault.kind), *(() if fault.value is None else (fault.value,)))
        for fault in faults
    ]
