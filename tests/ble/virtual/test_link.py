import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import FirmwareParams

NewHost = Callable[..., Any]


def record(
    new_host: NewHost,
    spec: SensorSpec,
    link: AirParams,
    seconds: float = 10.0,
    rate_hz: float | None = None,
    **params: Any,
) -> tuple[Any, Any, int]:
    async def main() -> tuple[Any, Any, int]:
        async with VirtualRadio([PeripheralParams(spec, **params)], link) as air:
            host = new_host(air, spec)
            info = await host.record(seconds, rate_hz)
            return host, air.peripheral().counts, host.samples(info)

    return run_virtual(main())


@pytest.mark.parametrize("interval_s", [0.0075, 0.030, 0.050])
def test_notifications_arrive_at_connection_events(shin: SensorSpec, new_host: NewHost, interval_s: float) -> None:
    host, counts, samples = record(new_host, shin, AirParams(interval_s=interval_s))
    times = [time_s for time_s, key, _ in host.got if key == "data"]
    steps = [(later - earlier) / interval_s for earlier, later in pairwise(times)]
    assert all(abs(step - round(step)) < 1e-3 for step in steps)
    assert samples == counts.sent == counts.sampled


@pytest.mark.parametrize("interval_s", [0.0075, 0.030])
def test_a_request_and_its_answer_take_two_connection_events(
    shin: SensorSpec, new_host: NewHost, interval_s: float
) -> None:
    async def main() -> float:
        async with VirtualRadio([PeripheralParams(shin)], AirParams(interval_s=interval_s)) as air:
            host = new_host(air, shin)
            async with host.client(await host.find()) as client:
                start_s = asyncio.get_running_loop().time()
                await client.read_gatt_char(shin.chars["info"].uuid)
                return asyncio.get_running_loop().time() - start_s

    assert run_virtual(main()) == pytest.approx(2 * interval_s, abs=1e-3)


def test_an_event_carries_no_more_packets_than_it_can(new_host: NewHost) -> None:
    spec = load_spec("witmotion-ble5")
    link, firmware = AirParams(interval_s=0.050, per_event=2), FirmwareParams(queue_packets=8)
    host, counts, samples = record(new_host, spec, link, firmware=firmware)
    times = [time_s for time_s, _, _ in host.got]
    most = max(times.count(time_s) for time_s in set(times))
    assert most == 2
    # 40 packets a second fit, 100 are made: the firmware's queue drops the rest and counts it
    assert counts.sent == pytest.approx(400, rel=0.05)
    assert counts.dropped == pytest.approx(600, rel=0.05)
    assert samples == counts.sent


@pytest.mark.parametrize("mtu", [23, 185, 247])
def test_no_notification_is_longer_than_the_mtu_allows(shin: SensorSpec, new_host: NewHost, mtu: int) -> None:
    link = AirParams(interval_s=0.0075, mtu=mtu)
    host, counts, samples = record(new_host, shin, link, rate_hz=104, firmware=FirmwareParams(samples_per_packet=None))
    assert max(map(len, host.payloads)) <= mtu - 3
    assert samples == counts.sent == counts.sampled


def test_the_least_mtu_with_a_slow_link_loses_exactly_what_the_firmware_drops(
    shin: SensorSpec, new_host: NewHost
) -> None:
    link = AirParams(interval_s=0.030, per_event=6, mtu=23)  # 200 packets a second fit, 208 are made
    firmware = FirmwareParams(queue_packets=8)
    host, counts, samples = record(new_host, shin, link, 20.0, rate_hz=208, firmware=firmware)
    assert counts.dropped > 50
    assert samples == counts.sent == counts.sampled - counts.dropped
    assert any(payload[1] & 0x40 for payload in host.payloads)  # "samples were lost before this packet"


def test_retransmissions_delay_and_lose_nothing(shin: SensorSpec, new_host: NewHost) -> None:
    _, clean, _ = record(new_host, shin, AirParams())
    host, noisy, samples = record(new_host, shin, AirParams(retransmit_probability=0.3, seed=4))
    assert noisy.dropped == 0
    assert samples == noisy.sent
    times = [time_s for time_s, key, _ in host.got if key == "data"]
    assert max(later - earlier for earlier, later in pairwise(times)) > 0.059
    assert noisy.sampled == pytest.approx(clean.sampled, abs=16)


def test_a_computer_that_drops_early_notifications_loses_those_of_an_eager_sensor_only(
    shin: SensorSpec, new_host: NewHost
) -> None:
    async def main(eager: bool) -> tuple[int, int]:
        params = PeripheralParams(shin, eager=eager, firmware=FirmwareParams(samples_per_packet=1))
        async with VirtualRadio([params], AirParams(early_lost=True)) as air:
            host = new_host(air, shin)
            air.peripheral().slow_answers(60.0, 0.1)
            await host.record(3.0)
            return air.peripheral().counts.notifications, len(host.payloads)

    sent, got = run_virtual(main(False))
    assert sent == got
    sent, got = run_virtual(main(True))
    assert 2 <= sent - got <= 6
