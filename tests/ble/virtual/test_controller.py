"""The computer's controller does what bumble's own does not; test_bleak_api.py shows that it does not."""

import asyncio

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Device

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.devices import SensorSpec


def test_a_scan_response_carries_its_own_data_and_the_signal_strength(shin: SensorSpec) -> None:
    async def main() -> list[Advertisement]:
        heard: list[Advertisement] = []
        async with VirtualRadio([PeripheralParams(shin, name="my shin", rssi_dbm=-77)]) as air:
            device = air.central.device
            device.on(Device.EVENT_ADVERTISEMENT, heard.append)
            await device.start_scanning()
            await asyncio.sleep(1.0)
            await device.stop_scanning()
        return heard

    heard = run_virtual(main())
    assert {seen.rssi for seen in heard} == {-77}
    assert heard[-1].data.get(AdvertisingData.COMPLETE_LOCAL_NAME) == "my shin"
    assert heard[-1].data.get(AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS)


def test_a_connection_in_the_making_that_is_given_up_is_not_made(shin: SensorSpec) -> None:
    async def main() -> float:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            sensor, device = air.peripheral(), air.central.device
            sensor.reboot(off_s=3.0)
            start_s = asyncio.get_running_loop().time()
            with pytest.raises(core.TimeoutError):
                await device.connect_le(sensor.device.static_address, timeout=1.0)
            took_s = asyncio.get_running_loop().time() - start_s
            await asyncio.sleep(5.0)
            assert not sensor.connected
            return took_s

    assert run_virtual(main()) == pytest.approx(1.0, abs=0.01)


def test_a_reset_ends_scans_and_connections(shin: SensorSpec) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            device = air.central.device
            heard: list[Advertisement] = []
            connection = await device.connect_le(air.peripheral().device.static_address, timeout=5.0)
            await device.start_scanning()
            device.on(Device.EVENT_ADVERTISEMENT, heard.append)
            await device.send_sync_command(hci.HCI_Reset_Command())
            await asyncio.sleep(0.01)
            assert connection not in device.connections.values()
            assert not air.peripheral().connected
            await asyncio.sleep(1.0)
            assert heard == []

    run_virtual(main())
