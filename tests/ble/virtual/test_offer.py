"""Virtual sensors behind a transport: real sockets on this machine's own loopback, and another's controller."""

import asyncio
import socket

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak import BleakClient, BleakScanner
from bumble.device import Device, DeviceConfiguration
from bumble.transport import open_transport

from sensor_pipeline.ble.bumble_backend import backends
from sensor_pipeline.ble.bumble_central import Central
from sensor_pipeline.ble.virtual.air import COMPUTER
from sensor_pipeline.ble.virtual.controller import CentralController, StationController
from sensor_pipeline.ble.virtual.link import AirLink, AirParams
from sensor_pipeline.ble.virtual.offer import carry, offer
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.devices import SensorSpec, start_messages, stop_messages
from sensor_pipeline.errors import RadioError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def stream(device: Device, spec: SensorSpec, seconds: float) -> list[bytes]:
    """Find the only sensor, stream, stop; by bleak alone."""
    central = Central(device)
    found = backends(central)
    got: list[bytes] = []
    seen = await BleakScanner.find_device_by_filter(lambda *_: True, timeout=10.0, backend=found.scanner)
    assert seen is not None
    async with BleakClient(seen, backend=found.client) as client:
        data = spec.chars[spec.stream().packets[0].char].uuid
        await client.start_notify(data, lambda _, payload: got.append(bytes(payload)))
        for message in start_messages(spec):
            await client.write_gatt_char(spec.chars[message.char].uuid, message.payload, response=True)
        await asyncio.sleep(seconds)
        for message in stop_messages(spec):
            await client.write_gatt_char(spec.chars[message.char].uuid, message.payload, response=True)
    await central.close()
    return got


async def host_on(transport: str, spec: SensorSpec, seconds: float) -> list[bytes]:
    async with await open_transport(transport) as opened:
        config = DeviceConfiguration(name="host", address=COMPUTER)
        device = Device.from_config_with_hci(config, opened.source, opened.sink)
        await device.power_on()
        got = await stream(device, spec, seconds)
    await hung_up()
    return got


async def hung_up() -> None:
    """bumble's server forgets its newest client when it notices that an older one has gone: let it notice first."""
    await asyncio.sleep(0.05)


def test_a_host_behind_a_socket_gets_every_sample_and_so_does_the_next_one(shin: SensorSpec) -> None:
    async def main() -> None:
        port = free_port()
        air = AirParams(interval_s=0.0075)
        async with offer(f"tcp-server:127.0.0.1:{port}", [PeripheralParams(shin)], air) as (sensor,):
            first = await host_on(f"tcp-client:127.0.0.1:{port}", shin, 0.4)
            second = await host_on(f"tcp-client:127.0.0.1:{port}", shin, 0.4)
            assert len(first) > 3
            assert len(second) > 3
            assert sensor.counts.notifications == len(first) + len(second)
            assert sensor.counts.connections == 2

    asyncio.run(main())


def test_a_host_that_vanishes_is_forgotten_when_the_next_one_resets_the_controller(shin: SensorSpec) -> None:
    async def main() -> None:
        port = free_port()
        async with offer(f"tcp-server:127.0.0.1:{port}", [PeripheralParams(shin)], AirParams(interval_s=0.0075)):
            async with await open_transport(f"tcp-client:127.0.0.1:{port}") as opened:
                config = DeviceConfiguration(name="host", address=COMPUTER)
                device = Device.from_config_with_hci(config, opened.source, opened.sink)
                await device.power_on()
                found = backends(Central(device))
                seen = await BleakScanner.find_device_by_filter(lambda *_: True, backend=found.scanner)
                assert seen is not None
                await BleakClient(seen, backend=found.client).connect()
            await hung_up()
            assert len(await host_on(f"tcp-client:127.0.0.1:{port}", shin, 0.3)) > 2

    asyncio.run(main())


def test_a_controller_of_somebody_else_carries_the_sensor(shin: SensorSpec) -> None:
    async def main() -> None:
        """The carrying controller is a virtual one behind a socket; it knows nothing of sensors."""
        port = free_port()
        link = AirLink(AirParams())
        async with await open_transport(f"tcp-server:127.0.0.1:{port}") as opened:
            stick = StationController("stick", opened.source, opened.sink)
            plain = stick.link
            computer = CentralController("computer", link=plain)
            computer.air = link
            config = DeviceConfiguration(name="computer", address=COMPUTER)
            device = Device.from_config_with_hci(config, computer, computer)
            plain.add_controller(stick)
            await device.power_on()
            async with carry(f"tcp-client:127.0.0.1:{port}", PeripheralParams(shin)) as sensor:
                got = await stream(device, shin, 0.6)
                assert len(got) > 5
                assert sensor.counts.notifications == len(got)
            opened.server.close()

    asyncio.run(main())


@pytest.mark.parametrize("transport", ["pigeon:7", "tcp-server", "tcp-client:127.0.0.1:1"])
def test_a_transport_that_cannot_be_opened_is_named(shin: SensorSpec, transport: str) -> None:
    async def main() -> None:
        async with carry(transport, PeripheralParams(shin)):
            raise AssertionError("opened")

    with pytest.raises(RadioError, match=f"transport '{transport}' cannot be opened"):
        asyncio.run(main())
