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
    sensor = bench.Sensor(timing, timing.period_s * 1.013, 40, (1 << timing.tick_bits) - 100_000)
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
