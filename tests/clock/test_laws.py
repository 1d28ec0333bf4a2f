"""Laws over a bad transport: packets are dropped, doubled, late, swapped, refused, stalled; the sensor restarts.

True stream -> transport -> clock. Every row shows which sample it was made from, so the laws are checked against the
truth and not against the clock's own account of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.clock import SensorClock
from sensor_pipeline.types import Flag, Packet, SensorRestarted, StreamTiming

PACKETS = 46  # of a boot: enough that a restart cannot be taken for a short gap


@dataclass
class Step:
    """One thing the host sees."""

    host_s: float
    packet: Packet | None = None
    refused: int | None = None
    restart: str = ""


FATES = st.sampled_from(["ok"] * 12 + ["drop", "drop", "twice", "refuse", "refuse_unknown", "late", "swap", "stall"])
SINGLE = ["shin", "shin8", "counter", "packets", "dot", "movesense", "bluest", "wit"]
WIDTHS = [
    StreamTiming("s", "imu", 1 / 104, n, bits, counts, tick_s, tick_bits, refers_to)
    for n in (1, 4)
    for bits, counts in ((8, "packets"), (16, "samples"), (32, "samples"))
    for tick_s, tick_bits, refers_to in ((1e-6, 32, "first"), (1e-3, 16, "last"), (1e-9, 64, "last"))
]


def transport(
    bench: Any, timing: StreamTiming, fates: list[list[str]], rate: float, wraps: bool, said: bool
) -> list[Step]:
    """What arrives of some boots of a sensor, one list of fates a boot."""
    n = timing.samples_per_packet
    steps: list[Step] = []
    start_s = 0.5
    for boot, plan in enumerate(fates):
        counter = ticks = 0
        if wraps and boot == 0:  # both wrap within the first packets
            counter = (1 << (timing.counter_bits or 8)) - 7
            ticks = (1 << (timing.tick_bits or 8)) - int(5 * n * timing.period_s / (timing.tick_s or 1.0))
        sensor = bench.Sensor(timing, timing.period_s / rate, counter, ticks, boot, start_s)
        if boot and said:
            steps.append(Step(start_s, restart="lost"))
        held_back: Packet | None = None
        host_s = stall_s = start_s
        for number, fate in enumerate(plan):
            packet = sensor.packet(number * n)
            host_s = max(sensor.ready_s(number * n) + 0.004, stall_s)
            if fate == "stall":
                stall_s = host_s + 0.25
            if fate == "drop":
                continue
            if fate in ("refuse", "refuse_unknown"):
                steps.append(Step(host_s, refused=n if fate == "refuse" else -1))
                continue
            if fate == "swap" and held_back is None:
                held_back = packet
                continue
            steps.append(Step(host_s, packet))
            if fate == "twice":
                steps.append(Step(host_s, packet))
            if fate == "late" and number > 3:
                steps.append(Step(host_s, sensor.packet((number - 3) * n)))
            if held_back is not None:
                steps.append(Step(host_s, held_back))
                held_back = None
        start_s = host_s + 1.5
    return steps


def run(bench: Any, timings: tuple[StreamTiming, ...], steps: list[Step]) -> Any:
    feed = bench.Feed(*timings)
    for order, step in enumerate(steps):
        if step.restart:
            feed.restart(step.host_s)
        elif step.packet is not None:
            feed.push(step.host_s, step.packet)
        else:
            feed.clock.reject(order, step.host_s, None, None if step.refused == -1 else step.refused)
    feed.flush()
    return feed


def check_conservation(feed: Any, boots: int, packets_seen: int, n: int) -> None:
    """Law 6, per boot: from the first to the last decoded sample each is decoded, lost or rejected."""
    real = feed.real
    (ledger,) = feed.clock.ledger
    assert ledger.decoded == len(real)
    assert ledger.restarts == boots - 1
    order = real[:, 0] * 1e9 + real[:, 1]
    assert np.all(np.diff(order) > 0), "a sample twice, or out of order"
    span = sum(int(np.ptp(real[real[:, 0] == boot, 1])) + 1 for boot in np.unique(real[:, 0]))
    if ledger.lost is not None:
        assert ledger.decoded + ledger.lost + ledger.rejected == span
        assert ledger.bridged <= ledger.lost + ledger.rejected
    assert ledger.bridged == np.sum(feed.samples.flags & Flag.BRIDGED != 0)
    assert ledger.decoded + ledger.stale_packets * n + (ledger.bad_packets * n) >= packets_seen * n


@pytest.mark.parametrize("name", SINGLE)
@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(FATES, min_size=PACKETS, max_size=PACKETS + 20), min_size=1, max_size=3),
    st.sampled_from([1.0, 0.95, 1.03]),
    st.booleans(),
    st.booleans(),
)
def test_time_rises_and_every_sample_is_accounted_for(
    bench, name: str, fates: list[list[str]], rate: float, wraps: bool, said: bool
) -> None:
    timing = bench.timings[name]
    blind = name == "wit"
    if name in ("wit", "bluest"):  # neither can tell an old packet from a new one, or a restart, by what it sends
        fates = [["ok" if fate in ("late", "swap", "twice") else fate for fate in plan] for plan in fates]
        said = True
    for plan in fates:  # a boot begins and ends undisturbed: what lies outside the first and last packet is unknown
        plan[:4] = plan[-4:] = ["ok"] * 4
    steps = transport(bench, timing, fates, rate, wraps, said)
    feed = run(bench, (timing,), steps)
    bench.check_rows(feed.samples)
    seen = sum(step.packet is not None for step in steps)
    if blind:
        assert feed.clock.ledger[0].decoded == len(feed.samples) - feed.clock.ledger[0].bridged
        assert feed.clock.ledger[0].lost is None
    else:
        check_conservation(feed, len(fates), seen, timing.samples_per_packet)
    assert len(feed.of(SensorRestarted)) == len(fates) - 1


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(WIDTHS),
    st.lists(st.lists(FATES, min_size=PACKETS, max_size=PACKETS), min_size=1, max_size=2),
    st.booleans(),
)
def test_every_combination_of_widths_keeps_the_account(
    bench, timing: StreamTiming, fates: list[list[str]], wraps: bool
) -> None:
    for plan in fates:
        plan[:4] = plan[-4:] = ["ok"] * 4
    steps = transport(bench, timing, fates, 1.0, wraps, False)
    feed = run(bench, (timing,), steps)
    bench.check_rows(feed.samples)
    check_conservation(feed, len(fates), sum(s.packet is not None for s in steps), timing.samples_per_packet)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*SINGLE, "pair", "plain pair"]),
    st.lists(st.lists(FATES, min_size=PACKETS, max_size=PACKETS), min_size=1, max_size=2),
    st.booleans(),
    st.data(),
)
def test_any_grouping_gives_the_same_rows_bit_for_bit(
    bench, name: str, fates: list[list[str]], said: bool, data: st.DataObject
) -> None:
    if name.endswith("pair"):
        plain = "plain_" if name.startswith("plain") else ""
        timings = (bench.timings[plain + "acc"], bench.timings[plain + "gyr"])
        steps = [step for timing in timings for step in transport(bench, timing, fates, 1.0, False, said)]
        steps.sort(key=lambda step: step.host_s)
        for number, step in enumerate(steps):  # arrivals in bunches of 0.1 s
            steps[number].host_s = float(np.ceil(step.host_s * 10.0)) / 10.0
    else:
        timings = (bench.timings[name],)
        steps = transport(bench, timings[0], fates, 1.0, True, said)
    singly = run(bench, timings, steps)
    grouped = bench.Feed(*timings)
    waiting: list[Packet] = []
    for order, step in enumerate(steps):
        if waiting and (step.packet is None or step.host_s != grouped.host_s or data.draw(st.booleans())):
            grouped.push(grouped.host_s, *waiting)
            waiting = []
        grouped.host_s = step.host_s
        if step.restart:
            grouped.restart(step.host_s)
        elif step.packet is None:
            grouped.clock.reject(order, step.host_s, None, None if step.refused == -1 else step.refused)
        else:
            waiting.append(step.packet)
    if waiting:
        grouped.push(grouped.host_s, *waiting)
    grouped.flush()
    assert bench.same(singly.samples, grouped.samples)
    assert singly.clock.ledger == grouped.clock.ledger
    assert [type(event) for event in singly.events] == [type(event) for event in grouped.events]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["", "plain_"]),
    st.lists(FATES, min_size=PACKETS * 2, max_size=PACKETS * 2),
    st.lists(FATES, min_size=PACKETS * 2, max_size=PACKETS * 2),
    st.floats(0.0, 0.15),
)
def test_two_streams_keep_both_accounts_and_never_extrapolate(
    bench, plain: str, acc_fates: list[str], gyr_fates: list[str], lag_s: float
) -> None:
    acc, gyr = bench.timings[plain + "acc"], bench.timings[plain + "gyr"]
    clean = plain == "plain_"
    steps = []
    for timing, fates, late_s in ((acc, acc_fates, lag_s), (gyr, gyr_fates, 0.0)):
        if clean:  # without a clock an old packet looks like a new one, and a lost one like none
            fates = ["ok" if fate != "stall" else fate for fate in fates]
        fates = ["ok"] * 4 + fates[4:-4] + ["ok"] * 4
        for step in transport(bench, timing, [fates], 1.0, False, False):
            step.host_s += late_s
            if step.packet is not None:
                steps.append(step)
    steps.sort(key=lambda step: step.host_s)
    feed = run(bench, (acc, gyr), steps)
    rows = feed.samples
    bench.check_rows(rows)
    lead, other = feed.clock.ledger
    assert (lead.stream, other.stream) == ("gyr", "acc")
    real = (rows.flags & Flag.BRIDGED) == 0
    # the sample number is a straight line in time, so a true interpolation reproduces it
    tolerance = 0.2 if not clean else 12.0  # without a shared clock the two meet through their arrivals
    assert np.max(np.abs(rows.acc_m_s2[:, 0] - rows.gyr_rad_s[:, 0])) < tolerance
    assert np.all(np.diff(rows.gyr_rad_s[:, 0]) > 0)
    if not clean:
        n = gyr.samples_per_packet
        assert lead.decoded + lead.lost + lead.rejected == len(gyr_fates) * n
        assert other.decoded + other.lost + other.rejected == len(acc_fates) * acc.samples_per_packet
        assert np.sum(real) <= lead.decoded


def test_a_clock_without_packets_has_an_empty_account(bench) -> None:
    for name in SINGLE:
        clock = SensorClock((bench.timings[name],), 0)
        (ledger,) = clock.ledger
        assert (ledger.decoded, ledger.rejected, ledger.bridged, ledger.gaps, ledger.restarts) == (0, 0, 0, 0, 0)
        assert clock.measured_hz is None
