"""The radio link."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams
from sensor_pipeline.simulate.link import PERFECT_LINK, Arrival, Connection, Link, LinkParams, Outage, connections
from sensor_pipeline.simulate.seeds import generator

CLEAN = LinkParams(retransmit_probability=0.0, host_jitter_s=0.0, stalls_per_min=0.0)
ALWAYS = Connection(0.0, math.inf)
PERIOD_S = 4.0 / 104.0
"""Packets of the open profile: 4 samples at 104 Hz."""


def deliver(params: LinkParams, firmware: Firmware, stop_s: float = 20.0, seed: int = 1) -> list[Arrival]:
    return list(Link(params, generator(seed, "link")).deliver(firmware, ALWAYS, stop_s))


def counters(arrivals: list[Arrival]) -> list[int]:
    """The sample counters of packets of the open profile, read by hand."""
    return [int.from_bytes(arrival.payload[2:4], "little") for arrival in arrivals]


def made_s(arrivals: list[Arrival]) -> np.ndarray:
    """True time at which each packet of the open profile was complete: its stamp plus three sample periods."""
    return np.array([int.from_bytes(arrival.payload[4:8], "little") * 1e-6 + 3.0 / 104.0 for arrival in arrivals])


def latency(arrivals: list[Arrival]) -> np.ndarray:
    return np.array([arrival.time_s for arrival in arrivals]) - made_s(arrivals)


def test_without_trouble_there_is_one_connection_for_ever() -> None:
    assert connections(CLEAN, (), 60.0) == (ALWAYS,)


def test_a_short_outage_keeps_the_connection_and_a_long_one_ends_it_at_the_supervision_timeout() -> None:
    short, long = Outage(10.0, 3.9), Outage(30.0, 6.0)
    assert connections(replace(CLEAN, outages=(short,)), (), 60.0) == (ALWAYS,)
    assert connections(replace(CLEAN, outages=(long, short)), (), 60.0) == (
        Connection(0.0, 34.0),
        Connection(36.0 + CLEAN.reconnect_s, math.inf),
    )


def test_an_outage_while_disconnected_puts_the_next_connection_off() -> None:
    params = replace(CLEAN, outages=(Outage(10.0, 6.0), Outage(16.5, 2.0)))
    assert connections(params, (), 60.0)[1].start_s == 18.5 + CLEAN.reconnect_s


def test_a_restart_of_the_sensor_is_noticed_by_the_supervision_timeout() -> None:
    first, second = connections(CLEAN, (12.0,), 60.0)
    assert first.end_s == 12.0 + CLEAN.supervision_s
    assert second.start_s == first.end_s + CLEAN.reconnect_s


def test_no_connection_is_made_after_the_stop() -> None:
    assert connections(replace(CLEAN, outages=(Outage(58.0, 10.0),)), (), 60.0) == (Connection(0.0, 62.0),)


def test_every_packet_arrives_once_in_order_after_its_last_sample(
    shin: SensorSpec, firmware_of: Callable[..., Firmware]
) -> None:
    firmware = firmware_of(shin)
    arrivals = deliver(CLEAN, firmware)
    assert counters(arrivals) == [4 * i for i in range(len(arrivals))]
    assert firmware.counts == (4 * len(arrivals), 4 * len(arrivals), 0)
    wait_s = latency(arrivals)
    # At least the way to the host; at most one interval more, plus the packets before it in the same event.
    assert np.min(wait_s) >= CLEAN.base_latency_s + CLEAN.air_s - 1e-6
    assert np.max(wait_s) <= CLEAN.interval_s + CLEAN.base_latency_s + 4 * CLEAN.air_s


def test_packets_leave_at_connection_events(shin: SensorSpec, firmware_of: Callable[..., Firmware]) -> None:
    params = replace(CLEAN, interval_s=0.050, air_s=0.0)
    times = np.array([arrival.time_s for arrival in deliver(params, firmware_of(shin))])
    steps = (times - times[0]) / 0.050
    assert np.max(np.abs(steps - np.rint(steps))) < 1e-6


def test_a_retransmission_costs_one_interval_and_happens_as_often_as_stated(
    shin: SensorSpec, firmware_of: Callable[..., Firmware]
) -> None:
    clean = latency(deliver(CLEAN, firmware_of(shin), 200.0))
    params = replace(CLEAN, retransmit_probability=0.15)
    noisy = latency(deliver(params, firmware_of(shin), 200.0))
    # Events come more often than packets, so each repetition waits for about one more event: p / (1 - p) a packet.
    extra = (np.mean(noisy) - np.mean(clean)) / CLEAN.interval_s
    assert extra == pytest.approx(0.15 / 0.85, rel=0.25)
    assert np.max(noisy) > np.max(clean) + 0.9 * CLEAN.interval_s


def test_host_delays_have_the_stated_mean(shin: SensorSpec, firmware_of: Callable[..., Firmware]) -> None:
    clean = latency(deliver(PERFECT_LINK, firmware_of(shin), 200.0))
    late = latency(deliver(replace(PERFECT_LINK, host_jitter_s=0.004), firmware_of(shin), 200.0))
    assert np.mean(late) - np.mean(clean) == pytest.approx(0.004, rel=0.05)
    assert np.std(late) == pytest.approx(np.hypot(0.004, np.std(clean)), rel=0.1)  # exponential: sd = mean


def test_stalls_delay_and_lose_nothing(shin: SensorSpec, firmware_of: Callable[..., Firmware]) -> None:
    firmware = firmware_of(shin)
    arrivals = deliver(replace(CLEAN, stalls_per_min=20.0, stall_s=(0.3, 2.0)), firmware, 60.0)
    assert counters(arrivals) == [4 * i for i in range(len(arrivals))]
    assert firmware.counts.dropped == 0
    assert 0.3 < np.max(latency(arrivals)) < 2.2


def test_a_stall_longer_than_the_queue_loses_the_oldest_packets_and_says_so(
    shin: SensorSpec, firmware_of: Callable[..., Firmware]
) -> None:
    firmware = firmware_of(shin, FirmwareParams(queue_packets=10))
    arrivals = deliver(replace(CLEAN, outages=(Outage(5.0, 2.0),)), firmware)
    steps = np.diff(counters(arrivals))
    lost = int(np.sum(steps[steps > 4] - 4))
    assert np.count_nonzero(steps > 4) == 1
    assert lost == firmware.counts.dropped == pytest.approx((2.0 / PERIOD_S - 10) * 4, abs=8)
    flagged = [i for i, arrival in enumerate(arrivals) if arrival.payload[1] & 0x40]
    assert flagged == [int(np.argmax(steps)) + 1]


def test_a_crowded_event_carries_no_more_than_its_packets(
    shin: SensorSpec, firmware_of: Callable[..., Firmware]
) -> None:
    params = replace(CLEAN, outages=(Outage(5.0, 1.0),), packets_per_event=2, air_s=0.001)
    times = np.array([arrival.time_s for arrival in deliver(params, firmware_of(shin))])
    event = np.floor((times - times[0] + 1e-9) / params.interval_s).astype(int)  # the first arrival opens its event
    assert np.max(np.bincount(event)) == 2


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 10_000),
    st.sampled_from([0.0075, 0.015, 0.030, 0.050]),
    st.floats(0.0, 0.3),
    st.floats(0.0, 0.02),
    st.integers(1, 8),
)
def test_no_link_reorders_or_loses_or_is_early(
    shin: SensorSpec,
    firmware_of: Callable[..., Firmware],
    seed: int,
    interval_s: float,
    retransmit: float,
    jitter_s: float,
    per_event: int,
) -> None:
    params = LinkParams(
        interval_s=interval_s,
        retransmit_probability=retransmit,
        host_jitter_s=jitter_s,
        packets_per_event=per_event,
        stalls_per_min=10.0,
    )
    firmware = firmware_of(shin)
    arrivals = deliver(params, firmware, 8.0, seed)
    times = [arrival.time_s for arrival in arrivals]
    assert times == sorted(times)
    assert np.min(latency(arrivals)) > 0.0
    found = counters(arrivals)
    assert found == sorted(set(found))
    assert firmware.idle
    sampled, sent, dropped = firmware.counts
    assert (sent, dropped) == (4 * len(arrivals), sampled - 4 * len(arrivals))
    assert dropped == 0  # 128 packets are 5 s: no stall of 0.8 s fills the queue


def test_the_same_seed_gives_the_same_arrivals(shin: SensorSpec, firmware_of: Callable[..., Firmware]) -> None:
    runs = [deliver(LinkParams(), firmware_of(shin), 5.0, seed) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_a_perfect_link_is_the_fastest(shin: SensorSpec, firmware_of: Callable[..., Firmware]) -> None:
    assert np.max(latency(deliver(PERFECT_LINK, firmware_of(shin)))) < 0.0075 + 0.005 + 0.002


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interval_s": 0.001}, r"interval_s 0\.001: a connection interval is 0\.0075 to 4 s"),
        ({"packets_per_event": 0}, "packets_per_event 0: must be 1 or more"),
        ({"retransmit_probability": 1.0}, r"retransmit_probability 1\.0: must be 0 to 0\.9"),
        ({"host_jitter_s": -1.0}, r"host_jitter_s -1\.0: must be 0 or more"),
        ({"stall_s": (2.0, 1.0)}, r"stall_s \(2\.0, 1\.0\): needs shortest and longest"),
        ({"stall_s": (2.0, 5.0)}, r"stall_s \(2\.0, 5\.0\): .* at most supervision_s 4\.0"),
        ({"stalls_per_min": 100.0}, r"stalls_per_min 100\.0: must be 0 to 60"),
        ({"supervision_s": 0.01}, r"supervision_s 0\.01: must be more than interval_s"),
        ({"outages": (Outage(1.0, 0.0),)}, r"Outage\(start_s=1\.0, duration_s=0\.0\): starts at 0 s or later"),
    ],
)
def test_senseless_links_are_refused(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(CLEAN, **change)
