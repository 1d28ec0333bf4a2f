import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak import BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from sensor_pipeline.ble.match import advert, match
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault
from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.session import simulate_session

SERIAL, MAKER = "00002a25-0000-1000-8000-00805f9b34fb", "00002a29-0000-1000-8000-00805f9b34fb"
NewHost = Callable[..., Any]


def test_every_sensor_that_can_be_simulated_is_recognised_by_what_it_advertises(spec: SensorSpec) -> None:
    async def main() -> str | None:
        seen = []
        async with VirtualRadio([PeripheralParams(spec)]) as air:
            scanner = BleakScanner(lambda device, shown: seen.append((device, shown)), backend=air.backends.scanner)
            async with scanner:
                await asyncio.sleep(1.0)
        device, shown = seen[-1]
        assert shown.rssi == -50
        matched = match(advert(device, shown), (spec,))
        return matched.certainty if matched.spec is spec else None

    assert run_virtual(main()) == "sure"


def test_every_sensor_streams_what_its_spec_says_and_nothing_is_lost(spec: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(spec)]) as air:
            host = new_host(air, spec)
            info = await host.record(20.0)
            counts = air.peripheral().counts
            assert counts.sampled == pytest.approx(20.0 * spec.rate.default_hz, rel=0.05)
            # a sensor without a STOP is cut off: what it sampled since the last connection event is lost
            left = 0 if spec.stream().stop else 0.030 * spec.rate.default_hz
            assert counts.dropped <= left
            assert counts.sampled == counts.sent + counts.dropped
            assert (counts.waiting, counts.refused) == (0, 0)
            assert host.samples(info) == counts.sent

    run_virtual(main())


def test_minutes_at_the_highest_usual_rate_lose_nothing_in_and_out_counted(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            info = await host.record(120.0, 208.0)
            counts = air.peripheral().counts
            assert counts.sampled == pytest.approx(120.0 * 208.0, rel=0.02)
            assert counts.sampled == counts.sent == host.samples(info)
            assert counts.notifications == len(host.payloads)

    run_virtual(main())


def test_the_samples_are_those_of_the_leg(shin: SensorSpec, new_host: NewHost) -> None:
    simulation = simulate_session(shin, seed=5, reps=1)
    first, worn = [], simulation.sensors[0]

    async def main() -> bytes:
        async with VirtualRadio([PeripheralParams(shin, worn=worn, seed=5)]) as air:
            host = new_host(air, shin)
            info = await host.record(3.0)
            first.extend(host.payloads)
            assert air.peripheral().truth().reps[0].start_s > 5.0
            assert air.peripheral().worn is worn
            return bytes(info or b"")

    info = run_virtual(main())
    decoder = Decoder(shin)
    decoder.read("info", info)
    acc = decoder.decode("data", first[0]).packets[0].acc_m_s2
    assert acc is not None
    size = float((acc[0] ** 2).sum() ** 0.5)
    assert size == pytest.approx(9.81, abs=0.3)  # standing still, with this chip's bias


def test_two_sensors_of_one_kind_stream_at_once_and_differ_by_serial(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        legs = [
            PeripheralParams(shin, name="left", serial="L", side="left"),
            PeripheralParams(shin, name="right", serial="R", side="right"),
        ]
        async with VirtualRadio(legs) as air:
            hosts = [new_host(air, shin) for _ in legs]
            devices = [await host.find(params.name) for host, params in zip(hosts, legs, strict=True)]
            async with hosts[0].client(devices[0]) as left, hosts[1].client(devices[1]) as right:
                assert [await c.read_gatt_char(SERIAL) for c in (left, right)] == [b"L", b"R"]
                await asyncio.gather(hosts[0].start(left), hosts[1].start(right))
                await asyncio.sleep(5.0)
                air.peripheral(0).drop()
                await asyncio.sleep(5.0)
                await hosts[1].stop(right)
            counts = [peripheral.counts for peripheral in air.peripherals]
            assert len(hosts[1].payloads) == counts[1].notifications
            assert counts[1].dropped == 0
            assert counts[1].sent > 1.8 * counts[0].sent > 0

    run_virtual(main())


def test_the_same_seed_gives_the_same_bytes_at_the_same_times(spec: SensorSpec, new_host: NewHost) -> None:
    async def main() -> list[tuple[float, str, bytes]]:
        faults = (ScheduledFault(4.0, "blackout", 1.0), ScheduledFault(7.0, "garbage", 0.5))
        async with VirtualRadio([PeripheralParams(spec, faults=faults)], AirParams(retransmit_probability=0.2)) as air:
            host = new_host(air, spec)
            await host.record(10.0)
            return list(host.got)

    first = run_virtual(main())
    assert len(first) > 50
    assert run_virtual(main()) == first


def test_another_seed_gives_another_person_and_address(shin: SensorSpec, new_host: NewHost) -> None:
    async def main(seed: int) -> tuple[str, bytes]:
        async with VirtualRadio([PeripheralParams(shin, seed=seed)]) as air:
            host = new_host(air, shin)
            device = await host.find()
            await host.record(0.5)
            return device.address, host.payloads[0]

    (one, first), (two, second) = run_virtual(main(1)), run_virtual(main(2))
    assert one != two
    assert first != second


def test_an_adapter_that_is_off_says_so_ends_the_connection_and_works_again(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            device = await host.find()
            async with host.client(device) as client:
                await host.start(client)
                await air.adapter_off()
                await asyncio.sleep(0.1)
                assert len(host.lost_s) == 1
                assert not client.is_connected
            with pytest.raises(BleakBluetoothNotAvailableError) as refused:
                await host.find()
            assert refused.value.reason is BleakBluetoothNotAvailableReason.POWERED_OFF
            with pytest.raises(BleakBluetoothNotAvailableError):
                await host.client(device).connect()
            await air.adapter_on()
            await host.record(1.0)
            assert air.peripheral().counts.connections == 2

    run_virtual(main())


def test_an_adapter_switched_off_ends_a_connection_in_the_making(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> None:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            host = new_host(air, shin)
            device = await host.find()
            air.peripheral().reboot(off_s=5.0)
            attempt = asyncio.ensure_future(host.client(device).connect())
            await asyncio.sleep(1.0)
            await air.adapter_off()
            with pytest.raises(BleakBluetoothNotAvailableError):
                await attempt
            await asyncio.sleep(10.0)
            assert not air.peripheral().connected  # nothing goes on behind the host's back
            await air.adapter_on()
            await host.record(1.0)

    run_virtual(main())


def test_a_radio_that_is_off_and_senseless_values_are_refused(shin: SensorSpec) -> None:
    with pytest.raises(UserError, match="virtual radio is off"):
        _ = VirtualRadio([PeripheralParams(shin)]).backends
    with pytest.raises(UserError, match=r"interval_s 0\.001"):
        AirParams(interval_s=0.001)
    with pytest.raises(UserError, match="mtu 22"):
        AirParams(mtu=22)
