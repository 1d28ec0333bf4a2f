"""Packets placed together have the rows, the ledger and the future of packets placed one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.clock import ClockOut, SensorClock
from sensor_pipeline.clock.host_map import HostMap
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.period import PeriodTracker
from sensor_pipeline.clock.placed_run import device_steps, even_step, session_steps
from sensor_pipeline.clock.rows import RowMaker
from sensor_pipeline.clock.stream import StreamClock
from sensor_pipeline.types import Packet, PacketRun, Samples, StreamTiming

STEADY = 400  # packets: enough for the period filter's gains to converge
FATES = st.lists(
    st.sampled_from(["ok"] * 60 + ["drop", "twice", "late", "silence", "odd_stamp", "odd_counter", "restart"]),
    min_size=60,
    max_size=300,
)


def timing_named(bench: Any, name: str) -> StreamTiming:
    return (
        StreamTiming("s", "imu", 1 / 104, 4, None, None, 1e-3, 32, "last")
        if name == "stamps_last"
        else bench.timings[name]
    )


def stream(bench: Any, name: str, fates: list[str], seed: int) -> tuple[list[float], list[Packet]]:
    """Arrivals and packets: long enough without loss for the steady state, then what ``fates`` says."""
    rng = np.random.default_rng(seed)
    timing = timing_named(bench, name)
    n = timing.samples_per_packet
    sensor = bench.Sensor(timing, timing.period_s * 1.013, 40, (1 << (timing.tick_bits or 32)) - 100_000)
    host_s: list[float] = []
    packets: list[Packet] = []
    at_s, skipped = 0.0, 0
    for number, fate in enumerate(["ok"] * STEADY + fates):
        first = number * n + skipped
        if fate == "drop":
            continue
        if fate == "silence":
            skipped += round(8.0 / sensor.period_s / n) * n
            first = number * n + skipped
        if fate == "restart":
            sensor = replace(sensor, counter=sensor.counter + 7777, ticks=sensor.ticks + 1_234_567)
        packet = sensor.packet(first)
        if fate == "odd_stamp" and packet.ticks is not None:
            packet = replace(packet, ticks=(packet.ticks + 3_000_000) % (1 << timing.tick_bits))
        if fate == "odd_counter" and packet.counter is not None:
            packet = replace(packet, counter=(packet.counter + 5) % (1 << timing.counter_bits))
        at_s = max(at_s + 1e-4, sensor.ready_s(first) + 0.005 + rng.exponential(0.004) + (0.3 if fate == "late" else 0))
        for _ in range(2 if fate == "twice" else 1):
            host_s.append(at_s)
            packets.append(packet)
    return host_s, packets


def run_of(packets: list[Packet]) -> PacketRun:
    first = packets[0]
    return PacketRun(
        first.stream,
        first.n,
        np.array([packet.acc_m_s2 for packet in packets]),
        np.array([packet.gyr_rad_s for packet in packets]),
        None if first.counter is None else np.array([packet.counter for packet in packets]),
        None if first.ticks is None else np.array([packet.ticks for packet in packets]),
    )


def together(clock: SensorClock, host_s: list[float], packets: list[Packet], cuts: list[int]) -> tuple[list, int]:
    """Everything the clock says, and how many packets were placed in runs."""
    outs: list[ClockOut] = []
    in_runs = 0
    edges = [0, *cuts, len(packets)]
    for begin, end in itertools.pairwise(edges):
        if begin == end:
            continue
        run, arrivals, done = run_of(packets[begin:end]), np.array(host_s[begin:end]), 0
        while done < len(run):
            samples = clock.update_run(arrivals, run, done)
            if samples is not None:
                outs.append(ClockOut(samples, ()))
                in_runs += len(samples) // run.n
                done += len(samples) // run.n
            else:
                outs.append(clock.update(begin + done, host_s[begin + done], (run.packet(done),)))
                done += 1
    return outs, in_runs


def rows(outs: list[ClockOut]) -> Samples:
    return Samples(
        *(
            np.concatenate([getattr(out.samples, name) for out in outs])
            for name in ("time_s", "dt_s", "acc_m_s2", "gyr_rad_s", "flags")
        )
    )


@pytest.mark.parametrize("name", ["shin", "shin8", "dot", "movesense", "stamps_last"])
@settings(max_examples=12, deadline=None)
@given(fates=FATES, seed=st.integers(0, 999), cuts=st.lists(st.floats(0, 1), max_size=4))
def test_runs_give_the_rows_events_and_ledger_of_single_packets(
    bench: Any, name: str, fates: list[str], seed: int, cuts: list[float]
) -> None:
    host_s, packets = stream(bench, name, fates, seed)
    edges = sorted(round(cut * len(packets)) for cut in cuts)
    alone, joint = (SensorClock([timing_named(bench, name)], 0) for _ in range(2))
    singles = [
        alone.update(order, at_s, (packet,)) for order, (at_s, packet) in enumerate(zip(host_s, packets, strict=True))
    ]
    runs, in_runs = together(joint, host_s, packets, edges)
    assert in_runs > 0
    assert bench.same(rows(singles), rows(runs))
    assert [event for out in singles for event in out.events] == [event for out in runs for event in out.events]
    assert alone.ledger == joint.ledger


def test_a_stream_without_trouble_is_placed_in_runs_once_its_period_is_steady(bench: Any) -> None:
    host_s, packets = stream(bench, "shin", ["ok"] * 600, 1)
    _, in_runs = together(SensorClock([bench.timings["shin"]], 0), host_s, packets, [])
    assert in_runs > 0.8 * len(packets)


@pytest.mark.parametrize("name", ["counter", "packets", "wit"])
def test_a_stream_without_stamps_is_left_to_single_packets(bench: Any, name: str) -> None:
    timing = bench.timings[name]
    sensor = bench.Sensor(timing, timing.period_s)
    clock = SensorClock([timing], 0)
    firsts = range(0, 40 * timing.samples_per_packet, timing.samples_per_packet)
    for order, first in enumerate(firsts):
        run = run_of([sensor.packet(first)])
        assert clock.update_run(np.array([sensor.ready_s(first)]), run) is None
        assert len(clock.update(order, sensor.ready_s(first), (run.packet(0),)).samples) == timing.samples_per_packet


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ahead_s=st.sampled_from([0.0, 0.4]), cut=st.integers(1, 999))
def test_the_map_places_samples_together_as_one_by_one(seed: int, ahead_s: float, cut: int) -> None:
    rng = np.random.default_rng(seed)
    device_s = np.cumsum(rng.uniform(0.01, 0.2, 1000))
    host_s = device_s * (1.0 + 8e-5) + 3.0 + rng.exponential(0.02, 1000)
    one, other = (HostMap(0.0, 3.0, ahead_s, True, ClockParams()) for _ in range(2))
    singles = [one.place(at_s, arrival_s) for at_s, arrival_s in zip(device_s.tolist(), host_s.tolist(), strict=True)]
    runs = [other.place_run(device_s[part], host_s[part]) for part in (slice(cut), slice(cut, None))]
    assert np.concatenate(runs).tolist() == singles
    assert (one.slope, one.delay_s) == (other.slope, other.delay_s)


def test_the_period_filter_stops_at_the_first_stamp_that_is_off_and_keeps_its_state() -> None:
    tracker = PeriodTracker(0.0, 0.01, 5e-5, 0.05, 2e-5, 1e-3)
    stamp_s = 0.0
    while not tracker.is_steady(4):
        stamp_s += 0.04
        tracker.update(4, stamp_s)
    stamps_s = [stamp_s + 0.04, stamp_s + 0.08, stamp_s + 0.2]
    phases_s, periods_s = tracker.follow(4, stamps_s, -2.0, 2.0, 0.0)
    assert phases_s == pytest.approx(stamps_s[:2], abs=1e-6)
    assert (tracker.phase_s, tracker.period_s) == (phases_s[-1], periods_s[-1])


def one_by_one(start_s: float, ends_s: list[float], periods_s: list[float], n: int) -> tuple[list[float], list[float]]:
    """Ends and steps of packets laid after each other: the plain loop."""
    ends, steps = [], []
    for end_s, period_s in zip(ends_s, periods_s, strict=True):
        steps.append(even_step(end_s - start_s, n, period_s, SLEW))
        start_s += n * steps[-1]
        ends.append(start_s)
    return ends, steps


SLEW = (0.5, 1.5)
SPACINGS = st.lists(st.sampled_from([1.0] * 20 + [1.001, 0.999, 0.3, 1.9]), min_size=1, max_size=80)


@settings(max_examples=150, deadline=None)
@given(spacings=SPACINGS, n=st.sampled_from([1, 3, 4, 7, 8, 13, 19]), start_s=st.sampled_from([0.0, 1e-3, 7.3, 4e4]))
def test_phase_errors_are_spread_together_as_one_by_one(spacings: list[float], n: int, start_s: float) -> None:
    periods_s = [1.01 / 104] * len(spacings)
    lasts_s = (start_s + np.cumsum(spacings) * n / 104).tolist()
    ends_s, steps_s = device_steps(start_s, np.array(lasts_s), np.array(periods_s), n, SLEW)
    assert (ends_s.tolist(), steps_s.tolist()) == one_by_one(start_s, lasts_s, periods_s, n)


@settings(max_examples=150, deadline=None)
@given(spacings=SPACINGS, n=st.sampled_from([1, 3, 4, 7, 8, 13, 19]), start_s=st.sampled_from([0.0, 1e-3, 7.3, 4e4]))
def test_rows_are_laid_between_ends_together_as_one_by_one(spacings: list[float], n: int, start_s: float) -> None:
    due_s = (start_s + np.cumsum(spacings) * n / 104).tolist()
    time_s, starts_s, spans_s = session_steps(start_s, np.array(due_s), n)
    expected_s = start_s
    for end_s, begin_s, span_s in zip(due_s, starts_s.tolist(), spans_s.tolist(), strict=True):
        assert (begin_s, span_s) == (expected_s, (end_s - expected_s) / n)
        expected_s += n * span_s
    assert time_s == expected_s


@pytest.mark.parametrize("name", ["shin", "shin8", "counter", "packets", "dot", "movesense", "last", "bluest", "wit"])
@settings(max_examples=6, deadline=None)
@given(fates=FATES, seed=st.integers(0, 999))
def test_a_packet_that_just_follows_has_the_rows_and_the_future_of_any_other(
    bench: Any, name: str, fates: list[str], seed: int
) -> None:
    """``follow`` against ``push``, its general form."""
    host_s, packets = stream(bench, name, fates, seed)
    general, quick = (StreamClock(bench.timings[name], 0, ClockParams()) for _ in range(2))
    followed = 0
    for order, (at_s, packet) in enumerate(zip(host_s, packets, strict=True)):
        expected = [general.rows.samples(run) for run in general.push(order, at_s, packet)]
        found = quick.follow(at_s, packet)
        if found is None:
            made = [quick.rows.samples(run) for run in quick.push(order, at_s, packet)]
        else:
            made, followed = [found], followed + 1
        assert len(made) == len(expected)
        assert all(bench.same(one, other) for one, other in zip(made, expected, strict=True))
    assert (quick.events, quick.measured_hz) == (general.events, general.measured_hz)
    assert quick.account.ledger(None) == general.account.ledger(None)
    assert followed > 0.7 * len(packets) or name == "wit"  # where nothing tells of a loss, each arrival is examined


def test_packets_longer_than_any_table_have_their_rows() -> None:
    values = np.zeros((1000, 3))
    rows_ = RowMaker().plain(1000, 5.0, 0.01, 0.011, values, values, 0)
    np.testing.assert_array_equal(rows_.time_s, 5.0 + np.arange(1.0, 1001.0) * 0.01)
    assert set(rows_.dt_s.tolist()) == {0.011}
    assert rows_.flags.tolist() == [0] * 1000


def test_rows_made_first_are_not_changed_by_rows_made_later() -> None:
    maker, values = RowMaker(), np.zeros((4, 3))
    first = maker.plain(4, 1.0, 0.01, 0.02, values, values, 8)
    kept = [array.copy() for array in (first.time_s, first.dt_s, first.flags)]
    maker.plain(4, 2.0, 0.03, 0.04, values, values, 0)
    for array, before in zip((first.time_s, first.dt_s, first.flags), kept, strict=True):
        np.testing.assert_array_equal(array, before)
