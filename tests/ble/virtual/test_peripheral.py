"""What a virtual sensor does when things go wrong: each fault, seen from a host that uses bleak."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak import BleakClient
from bleak.exc import BleakError
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral import Peripheral
from sensor_pipeline.ble.virtual.peripheral_params import FAULT_KINDS, FaultKind, PeripheralParams, ScheduledFault
from sensor_pipeline.devices import SensorSpec, start_messages
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import FirmwareParams

NewHost = Callable[..., Any]
BOOT_ID = slice(20, 24)


def streaming(
    new_host: NewHost,
    spec: SensorSpec,
    story: Callable[[Any, BleakClient, Peripheral], Awaitable[None]],
    **params: Any,
) -> tuple[Any, Peripheral]:
    """Stream for 2 s, then let ``story`` happen."""

    async def main() -> tuple[Any, Peripheral]:
        async with VirtualRadio([PeripheralParams(spec, **params)], AirParams(supervision_s=4.0)) as air:
            host = new_host(air, spec)
            client = host.client(await host.find())
            await client.connect()
            await host.start(client)
            await asyncio.sleep(2.0)
            await story(host, client, air.peripheral())
            if client.is_connected:
                await client.disconnect()
            return host, air.peripheral()

    return run_virtual(main())


def now_s() -> float:
    return asyncio.get_running_loop().time()


def silences(host: Any) -> list[float]:
    times = [time_s for time_s, key, _ in host.got if key == "data"]
    return [later - earlier for earlier, later in pairwise(times)]


def conserved(peripheral: Peripheral) -> bool:
    counts = peripheral.counts
    return counts.sampled == counts.sent + counts.dropped + counts.waiting and counts.waiting >= 0


def test_a_drop_is_noticed_at_once_at_both_ends_and_the_sensor_advertises_again(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        at_s = now_s()
        sensor.drop(off_s=3.0)
        await asyncio.sleep(0.01)
        assert host.lost_s == [at_s]
        assert not client.is_connected
        assert not sensor.connected
        await host.find()
        assert now_s() - at_s == pytest.approx(3.0, abs=0.15)
        got = len(host.payloads)
        await host.record(1.0)
        assert len(host.payloads) > got + 20

    _, sensor = streaming(new_host, shin, story)
    assert sensor.counts.connections == 2
    assert conserved(sensor)


def test_a_polite_drop_reaches_the_host_as_a_disconnection(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.polite_drop()
        await asyncio.sleep(0.1)
        assert len(host.lost_s) == 1
        assert not client.is_connected
        await host.record(1.0)

    assert conserved(streaming(new_host, shin, story)[1])


def test_a_short_blackout_is_a_silence_and_then_everything_arrives(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.blackout(1.5)
        await asyncio.sleep(4.0)
        assert client.is_connected
        assert host.lost_s == []
        await host.stop(client)

    host, sensor = streaming(new_host, shin, story)
    assert max(silences(host)) == pytest.approx(1.5, abs=0.06)
    assert sensor.counts.dropped == 0
    assert len(host.payloads) == sensor.counts.notifications


def test_a_blackout_longer_than_the_supervision_timeout_ends_the_connection(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        at_s = now_s()
        sensor.blackout(8.0)
        await asyncio.sleep(3.9)
        assert client.is_connected
        await asyncio.sleep(0.2)
        assert host.lost_s == [pytest.approx(at_s + 4.0)]
        await host.find()
        assert now_s() >= at_s + 8.0  # it cannot be heard before

    assert conserved(streaming(new_host, shin, story)[1])


def test_a_stall_is_silence_on_a_connection_that_stands(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.stall(20.0)
        await asyncio.sleep(19.0)
        assert client.is_connected
        assert await client.read_gatt_char(host.spec.chars["battery"].uuid)  # it still answers
        await asyncio.sleep(3.0)
        await host.stop(client)

    host, sensor = streaming(new_host, shin, story, firmware=FirmwareParams(queue_packets=16))
    assert max(silences(host)) == pytest.approx(20.0, abs=0.1)
    assert sensor.counts.dropped == pytest.approx(20.0 * 104.0 - 64.0, rel=0.1)  # all but what the queue holds
    assert conserved(sensor)


def test_a_stall_can_be_one_that_a_start_ends(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.stall(math.inf, cured_by_start=True)
        await asyncio.sleep(2.0)
        got = len(host.payloads)
        await host.write(client, start_messages(host.spec))
        await asyncio.sleep(2.0)
        assert len(host.payloads) > got + 40

    streaming(new_host, shin, story)


def test_a_reboot_is_silence_until_the_supervision_timeout_and_a_new_boot_id(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        info = host.spec.chars["info"].uuid
        before, at_s = await client.read_gatt_char(info), now_s()
        sensor.reboot(off_s=1.0)
        await asyncio.sleep(0.9)
        assert not sensor.audible
        await asyncio.sleep(2.9)
        assert client.is_connected  # as far as this end knows
        assert sensor.audible
        await asyncio.sleep(0.5)
        assert host.lost_s == [pytest.approx(at_s + 4.0)]
        async with host.client(await host.find()) as again:
            after = await again.read_gatt_char(info)
        assert int.from_bytes(after[BOOT_ID], "little") == int.from_bytes(before[BOOT_ID], "little") + 1

    assert conserved(streaming(new_host, shin, story)[1])


def test_a_host_that_hangs_up_on_a_rebooted_sensor_can_connect_at_once(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.reboot(off_s=0.5)
        await asyncio.sleep(1.2)
        await client.disconnect()
        lost = len(host.lost_s)
        await host.record(6.0)  # past the moment at which the old connection would have timed out
        assert len(host.lost_s) == lost + 1  # only its own end

    streaming(new_host, shin, story)


def test_a_reboot_during_a_reboot_is_one_longer_one(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        boot_id = sensor.boot_id
        sensor.reboot(off_s=1.0)
        await asyncio.sleep(0.5)
        sensor.reboot(off_s=5.0)
        await asyncio.sleep(4.9)
        assert not sensor.audible
        await asyncio.sleep(0.2)
        assert sensor.audible
        assert sensor.boot_id == boot_id + 1

    assert conserved(streaming(new_host, shin, story)[1])


def test_a_sensor_without_power_stays_away(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.reboot(off_s=math.inf)
        await asyncio.sleep(600.0)
        with pytest.raises(AssertionError):
            await host.find(timeout_s=10.0)

    assert conserved(streaming(new_host, shin, story)[1])


def test_a_sensor_that_vanishes_before_the_connection_fails_it_and_the_next_one_works(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        await client.disconnect()
        device = await host.find()
        sensor.vanish()
        with pytest.raises(BleakError):
            await host.client(device).connect()
        await host.record(1.0)

    streaming(new_host, shin, story)


def test_a_sensor_that_goes_before_the_connection_ends_in_a_timeout(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        await client.disconnect()
        device = await host.find()
        sensor.reboot(off_s=30.0)
        start_s = now_s()
        with pytest.raises(TimeoutError):
            await host.client(device, 7.0).connect()
        assert now_s() - start_s == pytest.approx(7.0, abs=0.1)
        await asyncio.sleep(30.0)
        await host.record(1.0)

    streaming(new_host, shin, story)


def test_slow_answers_are_late_and_right(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.slow_answers(10.0, 0.8)
        start_s = now_s()
        assert await client.read_gatt_char(host.spec.chars["battery"].uuid) == b"\x57"
        assert 0.8 < now_s() - start_s < 0.9
        await asyncio.sleep(10.0)
        start_s = now_s()
        await client.read_gatt_char(host.spec.chars["battery"].uuid)
        assert now_s() - start_s < 0.1

    host, _ = streaming(new_host, shin, story)
    assert max(silences(host)) < 0.1  # the stream does not wait for answers


def test_garbage_has_the_right_length_and_another_meaning(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.garbage(1.0)
        await asyncio.sleep(3.0)

    host, _ = streaming(new_host, shin, story)
    assert {len(payload) for payload in host.payloads} == {56}
    ordinary = host.payloads[0][:2]
    assert 24 <= sum(payload[:2] != ordinary for payload in host.payloads) <= 27


def test_doubled_notifications_are_equal_and_counted_as_two(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.double(1.0)
        await asyncio.sleep(2.0)
        await host.stop(client)

    host, sensor = streaming(new_host, shin, story)
    again = sum(earlier == later for earlier, later in pairwise(host.payloads))
    assert 24 <= again <= 27
    assert len(host.payloads) == sensor.counts.notifications
    assert sensor.counts.sent == 4 * (len(host.payloads) - again)


def test_an_impostor_has_the_name_and_nothing_else(shin: SensorSpec, new_host: NewHost) -> None:
    async def main() -> list[str]:
        async with VirtualRadio([PeripheralParams(shin, name="my shin", impostor=True)]) as air:
            host = new_host(air, shin)
            device = await host.find("my shin")
            async with host.client(device) as client:
                return [char.uuid for service in client.services for char in service.characteristics]

    assert not set(run_virtual(main())) & {char.uuid for char in shin.chars.values()}


def test_a_sensor_that_streams_on_after_a_lost_link_sends_as_soon_as_it_is_subscribed_to(new_host: NewHost) -> None:
    spec = load_spec("movella-dot")

    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.drop()
        await asyncio.sleep(1.0)
        got = len(host.got)
        async with host.client(await host.find()) as again:
            await host.subscribe(again, "medium")
            await asyncio.sleep(1.0)
            assert len(host.got) > got + 50
            await host.stop(again)
            got = len(host.got)
            await asyncio.sleep(1.0)
            assert len(host.got) == got

    streaming(new_host, spec, story)


def test_without_stops_on_disconnect_means_the_stream_waits_for_a_start(shin: SensorSpec, new_host: NewHost) -> None:
    async def story(host: Any, client: BleakClient, sensor: Peripheral) -> None:
        sensor.drop()
        await asyncio.sleep(1.0)
        got = len(host.got)
        async with host.client(await host.find()) as again:
            await host.subscribe(again, "data")
            await asyncio.sleep(1.0)
            assert len(host.got) == got

    streaming(new_host, shin, story)


kinds = st.sampled_from(FAULT_KINDS)
times = st.floats(0.0, 20.0, allow_nan=False)


@settings(max_examples=15, deadline=None)
@given(plan=st.lists(st.tuples(times, kinds, st.floats(0.0, 6.0)), max_size=8), seed=st.integers(0, 5))
def test_in_any_schedule_every_sample_is_sent_dropped_or_waiting_and_what_is_sent_arrives(
    new_host: NewHost, plan: list[tuple[float, FaultKind, float]], seed: int
) -> None:
    spec = load_spec("shin-imu-v1")
    faults = tuple(ScheduledFault(at_s, kind, value) for at_s, kind, value in plan)

    async def main() -> None:
        async with VirtualRadio([PeripheralParams(spec, seed=seed, faults=faults)]) as air:
            host, sensor = new_host(air, spec), air.peripheral()
            while asyncio.get_running_loop().time() < 30.0:
                try:
                    await host.record(5.0)
                except (BleakError, TimeoutError, AssertionError):
                    await asyncio.sleep(0.2)
                assert conserved(sensor)
                assert len(host.payloads) == sensor.counts.notifications

    run_virtual(main(), limit_s=200.0)
