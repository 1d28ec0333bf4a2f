"""What a sensor answers to reads, writes and subscriptions."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak.exc import BleakGATTProtocolError

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.devices import SensorSpec, rate_messages, start_messages
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import FirmwareParams

SERIAL, MAKER = "00002a25-0000-1000-8000-00805f9b34fb", "00002a29-0000-1000-8000-00805f9b34fb"
NewHost = Callable[..., Any]


def test_every_rate_a_sensor_offers_can_be_set_and_is_what_it_then_sends(spec: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        slow, fast = spec.rate.hz[-3], spec.rate.hz[-1]
        for rate_hz in (slow, fast):
            async with VirtualRadio([PeripheralParams(spec)]) as air:
                host = new_host(air, spec)
                await host.record(10.0, rate_hz)
                assert air.peripheral().rate_hz == rate_hz
                assert air.peripheral().counts.sent == pytest.approx(10.0 * rate_hz, rel=0.06)

    run_virtual(main())


def test_serial_battery_and_maker_can_be_read(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        params = PeripheralParams(shin, serial="A-77", firmware=FirmwareParams(battery_percent=43))
        async with VirtualRadio([params]) as air:
            host = new_host(air, shin)
            async with host.client(await host.find()) as client:
                assert await client.read_gatt_char(SERIAL) == b"A-77"
                assert await client.read_gatt_char(MAKER) == shin.vendor.encode()
                assert await client.read_gatt_char(shin.chars["battery"].uuid) == b"\x2b"
                await host.subscribe(client, "battery")
                air.peripheral().battery(9.0)
                await asyncio.sleep(0.2)
                assert [(key, payload) for _, key, payload in host.got] == [("battery", b"\x09")]

    run_virtual(main())


def test_a_battery_falls_with_time(shin: SensorSpec) -> None:
    async def main() -> float:
        params = PeripheralParams(shin, firmware=FirmwareParams(battery_percent=50), battery_fall_per_h=10.0)
        async with VirtualRadio([params]) as air:
            await asyncio.sleep(1800.0)
            return air.peripheral().battery_percent

    assert run_virtual(main()) == pytest.approx(45.0)


def test_a_command_that_the_sensor_does_not_know_is_an_att_error_and_changes_nothing(
    spec: SensorSpec, new_host: NewHost
) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(spec)]) as air:
            host = new_host(air, spec)
            char = (spec.rate.set or spec.stream().start)[0].char
            async with host.client(await host.find()) as client:
                with pytest.raises(BleakGATTProtocolError, match="Value Not Allowed"):
                    await client.write_gatt_char(spec.chars[char].uuid, b"\xee\x00\x11", response=True)
                with pytest.raises(BleakGATTProtocolError, match="Write Not Permitted"):
                    await client.write_gatt_char(spec.chars[spec.stream().packets[0].char].uuid, b"\x01", response=True)
            assert air.peripheral().counts.refused == 2
            assert air.peripheral().counts.sampled == 0
            assert air.peripheral().rate_hz == spec.rate.default_hz

    run_virtual(main())


def test_a_rate_is_not_set_without_the_unlock_before_it(new_host: NewHost) -> None:
    spec = load_spec("witmotion-ble5")

    async def main() -> tuple[float, float]:
        async with VirtualRadio([PeripheralParams(spec, rate_hz=10.0)]) as air:
            host = new_host(air, spec)
            async with host.client(await host.find()) as client:
                await host.write(client, rate_messages(spec, 100.0)[1:])
                before = air.peripheral().rate_hz
                await host.write(client, rate_messages(spec, 100.0))
                return before, air.peripheral().rate_hz

    assert run_virtual(main()) == (10.0, 100.0)


def test_a_sensor_whose_rate_is_stuck_says_yes_and_keeps_it(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> tuple[float, int]:
        async with VirtualRadio([PeripheralParams(shin, rate_hz=52.0, rate_stuck=True)]) as air:
            host = new_host(air, shin)
            await host.record(10.0, 208.0)
            return air.peripheral().rate_hz, air.peripheral().counts.sent

    rate_hz, sent = run_virtual(main())
    assert rate_hz == 52.0
    assert sent == pytest.approx(520, rel=0.05)


def test_nothing_is_sent_to_a_host_that_has_not_subscribed(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> tuple[int, int]:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            async with host.client(await host.find()) as client:
                await host.write(client, start_messages(shin))
                await asyncio.sleep(10.0)
            return len(host.got), air.peripheral().counts.sent

    assert run_virtual(main()) == (0, 0)


def test_the_answer_to_a_stop_comes_after_the_last_sample(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            async with host.client(await host.find()) as client:
                await host.start(client)
                await asyncio.sleep(2.0)
                air.peripheral().blackout(0.5)
                await asyncio.sleep(0.45)
                await host.stop(client)
                counts = air.peripheral().counts
                assert (counts.dropped, counts.waiting) == (0, 0)
                assert len(host.payloads) == counts.notifications
                await asyncio.sleep(5.0)
                assert [key for _, key, _ in host.got][-1] == "control"
                assert air.peripheral().counts == counts

    run_virtual(main())


def test_data_belongs_to_the_info_block_that_was_read_before_the_start(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> tuple[bytes, bytes]:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            async with host.client(await host.find()) as client:
                await host.write(client, rate_messages(shin, 208.0))
                info = bytes(await client.read_gatt_char(shin.chars["info"].uuid))
                await host.subscribe(client, "data")
                await host.write(client, start_messages(shin))
                await asyncio.sleep(1.0)
                return info, host.payloads[0]

    info, data = run_virtual(main())
    assert data[0] == 0x10 | info[1]
