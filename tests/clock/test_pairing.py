"""Two streams: gyroscope times lead, the accelerometer is interpolated, never extrapolated, and loss is kept apart."""

import numpy as np
import pytest

from sensor_pipeline.clock import ClockParams
from sensor_pipeline.types import Flag, Gap, SensorRestarted, StreamTiming

PERIOD_S = 1 / 52


def pair_of(bench, acc_n: int = 4, gyr_n: int = 4, acc_shift_s: float = 0.0):
    """Both streams of one device clock in nanoseconds; the accelerometer samples ``acc_shift_s`` later."""
    acc = StreamTiming("acc", "acc", PERIOD_S, acc_n, None, None, 1e-9, 64, "last")
    gyr = StreamTiming("gyr", "gyr", PERIOD_S, gyr_n, None, None, 1e-9, 64, "last")
    ticks = 599_616_000_000_000_000  # 19 years after 2000: far beyond what float64 resolves in ns
    return (
        bench.Feed(acc, gyr),
        bench.Sensor(acc, PERIOD_S, ticks=ticks + int(acc_shift_s * 1e9), start_s=acc_shift_s),
        bench.Sensor(gyr, PERIOD_S, ticks=ticks),
    )


def play(feed, sensors, skip=(), until: int = 400, delay_s: float = 0.005) -> None:
    """Packets of both streams in the order they are full; ``skip`` names (stream, first index) that never come."""
    due = [
        (sensor.ready_s(first), sensor, first)
        for sensor in sensors
        for first in range(0, until, sensor.timing.samples_per_packet)
        if (sensor.timing.stream, first) not in skip
    ]
    for ready_s, sensor, first in sorted(due, key=lambda item: item[0]):
        feed.push(ready_s + delay_s, sensor.packet(first))


def test_acc_is_interpolated_onto_gyro_times_by_the_device_clock(bench) -> None:
    shift_s = 0.3 * PERIOD_S
    feed, acc, gyr = pair_of(bench, acc_shift_s=shift_s)
    play(feed, (acc, gyr))
    rows = feed.samples
    bench.check_rows(rows)
    # acc sample k is taken 0.3 periods after gyro sample k: at gyro time k it is k - 0.3
    assert rows.acc_m_s2[:, 0] == pytest.approx(rows.gyr_rad_s[:, 0] - 0.3, abs=1e-3)
    assert rows.dt_s[8:] == pytest.approx(PERIOD_S, rel=1e-4)


def test_a_different_radio_delay_of_the_two_streams_does_not_shift_them(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    due = [(s.ready_s(k) + late, s, k) for s, late in ((acc, 0.12), (gyr, 0.0)) for k in range(0, 400, 4)]
    for host_s, sensor, first in sorted(due, key=lambda item: item[0]):
        feed.push(host_s, sensor.packet(first))
    assert feed.samples.acc_m_s2[:, 0] == pytest.approx(feed.samples.gyr_rad_s[:, 0], abs=1e-6)
    assert feed.of(Gap) == []


def test_gyro_rows_before_the_first_acc_sample_are_lost_pairs_and_a_gap(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    skip = [("acc", first) for first in range(0, 40, 4)]
    play(feed, (acc, gyr), skip)
    assert feed.samples.gyr_rad_s[0, 0] == 40
    assert feed.samples.flags[0] & Flag.GAP_BEFORE
    (gap,) = feed.of(Gap)
    assert (gap.stream, gap.lost, gap.bridged) == ("gyr", 40, False)
    lead, other = feed.clock.ledger
    assert (lead.decoded, lead.lost, lead.rejected) == (360, 40, 0)
    assert (other.decoded, other.lost) == (360, 0)


def test_an_acc_gap_that_its_own_stream_fills_costs_no_gyro_row(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), [("acc", 200)])
    rows = feed.samples
    assert np.array_equal(rows.gyr_rad_s[:, 0], np.arange(400))
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(400), abs=1e-3)
    assert set(np.flatnonzero(rows.flags & Flag.BRIDGED)) >= {200, 201, 202, 203}
    lead, other = feed.clock.ledger
    assert (lead.lost, other.lost, other.bridged) == (0, 4, 4)


def test_an_acc_gap_longer_than_the_wait_loses_pairs_that_are_filled_when_it_ends(bench) -> None:
    feed, acc, gyr = pair_of(bench, acc_n=5, gyr_n=1)
    play(feed, (acc, gyr), [("acc", 200), ("acc", 205), ("acc", 210)])  # 288 ms, the next packet comes after 385 ms
    rows = feed.samples
    bench.check_rows(rows)
    assert np.array_equal(rows.gyr_rad_s[:, 0], np.arange(400))
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(400), abs=1e-2)
    lead, _ = feed.clock.ledger
    assert lead.decoded + lead.lost == 400
    assert lead.lost > 0
    assert lead.bridged == lead.lost
    (gap,) = [gap for gap in feed.of(Gap) if gap.stream == "gyr"]
    assert gap.bridged
    assert gap.lost == lead.lost


def test_a_long_acc_gap_loses_its_gyro_rows_and_is_marked(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), [("acc", first) for first in range(200, 260, 4)])
    rows = feed.samples
    bench.check_rows(rows)
    numbers = rows.gyr_rad_s[:, 0]
    assert np.array_equal(numbers, [*range(200), *range(260, 400)])
    (start,) = np.flatnonzero(rows.flags & Flag.GAP_BEFORE)
    assert numbers[start] == 260
    assert rows.dt_s[start] == pytest.approx(PERIOD_S, rel=1e-3)
    (gap,) = [gap for gap in feed.of(Gap) if gap.stream == "gyr"]
    assert (gap.lost, gap.bridged) == (60, False)
    lead, other = feed.clock.ledger
    assert (lead.decoded, lead.lost, other.decoded, other.lost) == (340, 60, 340, 60)


def test_a_gyro_gap_is_filled_like_any_other(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), [("gyr", 200)])
    rows = feed.samples
    assert rows.gyr_rad_s[:, 0] == pytest.approx(np.arange(400))
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(400), abs=1e-3)
    assert np.flatnonzero(rows.flags & Flag.BRIDGED).tolist() == [200, 201, 202, 203]
    lead, _ = feed.clock.ledger
    assert (lead.decoded, lead.lost, lead.bridged) == (396, 4, 4)


def test_rows_wait_no_longer_than_the_limit_after_an_acc_packet_would_be_full(bench) -> None:
    feed, acc, gyr = pair_of(bench, acc_n=8)
    play(feed, (acc, gyr), until=200)
    waiting = gyr.ready_s(200) + 0.005
    feed.push(waiting, gyr.packet(200))
    limit_s = ClockParams().pairing_wait_s + 8 * PERIOD_S
    assert len(feed.push(waiting + limit_s - 0.001).samples) == 0
    assert feed.clock.ledger[0].lost == 0
    feed.push(waiting + limit_s + 0.001)
    assert feed.clock.ledger[0].lost > 0


def test_large_packets_of_both_streams_find_each_other(bench) -> None:
    feed, acc, gyr = pair_of(bench, acc_n=36, gyr_n=28, acc_shift_s=0.4)
    play(feed, (acc, gyr), until=1008)
    lead, _ = feed.clock.ledger
    # gyro rows before the first acc sample, and none else, have no pair
    assert lead.lost == 21
    assert len(feed.of(Gap)) == 1


def test_the_end_of_a_session_counts_rows_that_still_wait(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), [("acc", first) for first in range(380, 400, 4)])
    before = len(feed.samples)
    feed.flush()
    lead, _ = feed.clock.ledger
    assert lead.decoded == before == len(feed.samples)
    assert lead.decoded + lead.lost == 400
    assert feed.of(Gap)[-1].lost == 400 - before
    assert feed.flush().events == ()


def test_a_restart_of_one_stream_restarts_both_and_pairs_nothing_across_it(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr))
    start_s = feed.host_s + 1.0
    again = [bench.Sensor(s.timing, PERIOD_S, ticks=1000, boot=1, start_s=start_s) for s in (acc, gyr)]
    play(feed, again)
    rows = feed.samples
    bench.check_rows(rows)
    assert np.array_equal(rows.acc_m_s2[:, 1], rows.gyr_rad_s[:, 1])  # no row mixes two boots
    assert rows.acc_m_s2[:, 0] == pytest.approx(rows.gyr_rad_s[:, 0], abs=1e-3)
    assert sorted(event.stream for event in feed.of(SensorRestarted)) == ["acc", "gyr"]
    assert np.sum(rows.gyr_rad_s[:, 1] == 1) == 400


def test_a_link_loss_drops_what_waits_and_time_goes_on(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), [("acc", 396)])
    feed.restart(feed.host_s + 0.05)
    start_s = feed.host_s + 3.0
    again = [bench.Sensor(s.timing, PERIOD_S, ticks=1000, boot=1, start_s=start_s) for s in (acc, gyr)]
    play(feed, again)
    bench.check_rows(feed.samples)
    lead, _ = feed.clock.ledger
    assert lead.decoded + lead.lost == 800
    assert lead.lost > 0


def test_streams_without_a_clock_meet_in_session_time(bench) -> None:
    acc, gyr = bench.timings["plain_acc"], bench.timings["plain_gyr"]
    feed = bench.Feed(acc, gyr)
    rng = np.random.default_rng(6)
    sensors = [bench.Sensor(timing, 1 / 48) for timing in (acc, gyr)]
    late = [0.004 + min(float(delay), 0.015) for delay in rng.exponential(0.004, 2000)]
    due = [(s.ready_s(k) + late[k], k, s) for s in sensors for k in range(2000)]
    for host_s, first, sensor in sorted(due, key=lambda item: item[0]):
        feed.push(host_s, sensor.packet(first))
    rows = feed.samples
    bench.check_rows(rows)
    settled = rows.gyr_rad_s[:, 0] > 1000
    assert np.max(np.abs(rows.acc_m_s2[settled, 0] - rows.gyr_rad_s[settled, 0])) < 0.3  # 6 ms
    lead, other = feed.clock.ledger
    assert lead.lost is None
    assert lead.decoded > 1980
    assert other.estimated_deficit == 0.0


def test_memory_stays_bounded_when_one_stream_falls_silent(bench) -> None:
    for silent in ("acc", "gyr"):
        feed, acc, gyr = pair_of(bench)
        play(feed, (acc, gyr), [(silent, first) for first in range(100, 8000, 4)], until=8000)
        pairing = feed.clock._pairing
        limit = ClockParams().pairing_buffer_s / PERIOD_S + 8
        assert len(pairing._acc) <= limit
        assert len(pairing._gyr) <= limit
        assert len(pairing._orphans) <= limit


def test_a_refused_packet_of_unknown_stream_belongs_to_the_stream_that_shows_a_gap(bench) -> None:
    feed, acc, gyr = pair_of(bench)
    play(feed, (acc, gyr), until=200)
    feed.clock.reject(0, feed.host_s, None, None)
    for first in range(204, 400, 4):
        feed.push(acc.ready_s(first) + 0.005, acc.packet(first))
        if first == 204:
            feed.push(gyr.ready_s(200) + 0.006, gyr.packet(200))
        feed.push(gyr.ready_s(first) + 0.005, gyr.packet(first))
    lead, other = feed.clock.ledger
    assert (lead.rejected, lead.lost, lead.bad_packets) == (0, 0, 1)
    assert (other.rejected, other.lost, other.bad_packets) == (4, 0, 0)


def test_without_a_clock_a_refused_packet_of_unknown_stream_moves_neither_index(bench) -> None:
    feed = bench.Feed(bench.timings["plain_acc"], bench.timings["plain_gyr"])
    sensors = [bench.Sensor(timing, 1 / 50) for timing in (bench.timings["plain_acc"], bench.timings["plain_gyr"])]
    for first in range(100):
        for sensor in sensors:
            feed.push(sensor.ready_s(first), sensor.packet(first))
        feed.clock.reject(0, feed.host_s, None, None)
    assert feed.of(Gap) == []
    assert [ledger.rejected for ledger in feed.clock.ledger] == [0, 0]
    assert feed.clock.ledger[0].bad_packets == 100
