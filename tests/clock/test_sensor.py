"""One sensor with one stream: what each semantic of the clock promises, against a stream whose truth is known."""

import numpy as np
import pytest

from sensor_pipeline.clock import ClockParams, SensorClock
from sensor_pipeline.errors import SensorError
from sensor_pipeline.types import Flag, Gap, SensorRestarted, StalePacket, StreamTiming

SINGLE = ["shin", "shin8", "counter", "packets", "dot", "movesense", "last", "bluest", "wit"]
TELLING = ["shin", "shin8", "counter", "packets", "dot", "movesense", "last", "bluest"]


def feed_of(bench, name: str, rate: float = 1.0, **start):
    timing = bench.timings[name]
    return bench.Feed(timing), bench.Sensor(timing, timing.period_s / rate, **start), timing.samples_per_packet


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("rate", [1.0, 0.934])
def test_an_undisturbed_stream_comes_through_with_its_true_spacing(bench, name: str, rate: float) -> None:
    feed, sensor, n = feed_of(bench, name, rate)
    feed.run(sensor, range(0, 2400 // n * n, n))
    rows = feed.samples
    bench.check_rows(rows)
    assert np.array_equal(rows.acc_m_s2[:, 0], np.arange(len(rows)))
    assert feed.events == []
    settled = (rows.flags & Flag.RATE_UNSETTLED) == 0
    assert settled[-1]
    tolerance = {"bluest": 2e-2, "movesense": 4e-3}.get(name, 2e-3)  # stamps of 8 ms, of 1 ms, finer
    assert rows.dt_s[settled][n:] == pytest.approx(sensor.period_s, rel=tolerance)
    true_s = np.arange(len(rows)) * sensor.period_s
    assert np.max(np.abs((rows.time_s - true_s)[-n:])) < (0.02 if name == "bluest" else 0.01)
    assert feed.clock.measured_hz == pytest.approx(1 / sensor.period_s, rel=tolerance)
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.gaps, ledger.restarts) == (len(rows), 0, 0, 0)
    assert ledger.lost == (None if name == "wit" else 0)


def test_spacing_carries_no_jitter_of_the_link(bench) -> None:
    rng = np.random.default_rng(5)
    for name in ("shin", "dot", "movesense", "wit"):
        feed, sensor, n = feed_of(bench, name)
        host_s = 0.0
        for first in range(0, 6000 // n * n, n):
            host_s = max(host_s + 1e-4, sensor.ready_s(first) + float(rng.exponential(0.03)))
            feed.push(host_s, sensor.packet(first))
        settled = (feed.samples.flags & Flag.RATE_UNSETTLED) == 0
        spacing = feed.samples.dt_s[settled][-2000:]
        assert np.max(np.abs(spacing / sensor.period_s - 1.0)) < (3e-3 if name == "wit" else 1e-3)


def test_rows_are_unsettled_for_three_stamps_or_for_ten_seconds_without(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, range(0, 400, n))
    assert np.sum(feed.samples.flags & Flag.RATE_UNSETTLED != 0) == 2 * n
    for name in ("counter", "wit"):
        feed, sensor, n = feed_of(bench, name)
        feed.run(sensor, range(0, 1600, n))
        unsettled = feed.samples.flags & Flag.RATE_UNSETTLED != 0
        assert np.sum(unsettled) * sensor.period_s == pytest.approx(10.0, abs=0.05)
        assert not np.any(np.diff(unsettled.astype(int)) > 0)


@pytest.mark.parametrize("name", [name for name in TELLING if name != "last"])  # one packet of it is 0.7 s
def test_a_short_gap_is_filled_on_the_grid_flagged_and_counted(bench, name: str) -> None:
    feed, sensor, n = feed_of(bench, name)
    gone = n * max(1, int(0.2 / (n * sensor.period_s)))
    start = 800 // n * n
    feed.run(sensor, [*range(0, start, n), *range(start + gone, start + gone + 400 // n * n, n)])
    rows = feed.samples
    bench.check_rows(rows)
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(len(rows)), abs=1e-9)  # linear: the truth is a line
    bridged = rows.flags & Flag.BRIDGED != 0
    assert np.array_equal(np.flatnonzero(bridged), np.arange(start, start + gone))
    assert np.flatnonzero(rows.flags & Flag.GAP_BEFORE).tolist() == [start + gone]
    assert rows.dt_s[start : start + gone + n] == pytest.approx(sensor.period_s, rel=2e-2)
    (gap,) = feed.of(Gap)
    assert (gap.lost, gap.bridged) == (gone, True)
    assert gap.time_s == pytest.approx(rows.time_s[start], abs=sensor.period_s / 2)
    assert gap.end_s == pytest.approx(rows.time_s[start + gone], abs=1e-9)
    (ledger,) = feed.clock.ledger
    assert (ledger.lost, ledger.bridged, ledger.gaps, ledger.decoded) == (gone, gone, 1, len(rows) - gone)


@pytest.mark.parametrize("name", TELLING)
def test_a_long_gap_is_marked_and_its_spacing_is_one_period(bench, name: str) -> None:
    feed, sensor, n = feed_of(bench, name)
    gone = n * (1 + int(0.9 / (n * sensor.period_s)))
    start = 800 // n * n
    feed.run(sensor, [*range(0, start, n), *range(start + gone, start + gone + 400 // n * n, n)])
    rows = feed.samples
    bench.check_rows(rows)
    assert not np.any(rows.flags & Flag.BRIDGED)
    assert np.flatnonzero(rows.flags & Flag.GAP_BEFORE).tolist() == [start]
    assert rows.dt_s[start] == pytest.approx(sensor.period_s, rel=2e-2)
    assert rows.time_s[start] - rows.time_s[start - 1] == pytest.approx((gone + 1) * sensor.period_s, rel=0.02)
    (gap,) = feed.of(Gap)
    assert (gap.lost, gap.bridged) == (gone, False)
    assert gap.end_s == pytest.approx(rows.time_s[start], abs=1e-9)
    assert feed.clock.ledger[0].lost == gone


@pytest.mark.parametrize(("gone", "bridged"), [(18, True), (19, False)])
def test_the_bridge_limit_is_300_ms(bench, gone: int, bridged: bool) -> None:
    feed, sensor, _ = feed_of(bench, "dot")
    feed.run(sensor, [*range(300), *range(300 + gone, 400)])
    (gap,) = feed.of(Gap)
    assert gap.bridged is bridged


def test_a_firmware_gap_bit_marks_the_row_though_no_counter_shows_it(bench) -> None:
    feed, sensor, _ = feed_of(bench, "shin")
    feed.run(sensor, range(0, 80, 4))
    feed.push(sensor.ready_s(80), sensor.packet(80, flags=("gap_before",)))
    assert np.flatnonzero(feed.samples.flags & Flag.GAP_BEFORE).tolist() == [80]
    assert feed.clock.ledger[0].lost == 0


def test_clipped_packets_mark_all_their_rows_and_the_rows_filled_from_them(bench) -> None:
    feed, sensor, _ = feed_of(bench, "shin")
    feed.run(sensor, range(0, 80, 4))
    feed.push(sensor.ready_s(80), sensor.packet(80, flags=("clipped",)))
    feed.push(sensor.ready_s(88), sensor.packet(88))
    clipped = np.flatnonzero(feed.samples.flags & Flag.CLIPPED)
    assert clipped.tolist() == list(range(80, 88))


def test_clipped_and_doubled_flags_do_not_disturb_an_unsettled_rate(bench) -> None:
    timing = bench.timings["shin"]
    feed, sensor = bench.Feed(timing), bench.Sensor(timing, 1 / 52)
    for first in range(0, 80, 4):
        feed.push(sensor.ready_s(first), sensor.packet(first, flags=("clipped",)))
    assert len(feed.samples) == 80
    assert feed.events == []


@pytest.mark.parametrize("name", TELLING)
def test_a_packet_twice_or_late_is_said_counted_and_changes_nothing(bench, name: str) -> None:
    feed, sensor, n = feed_of(bench, name)
    other, _, _ = feed_of(bench, name)
    firsts = [k * n for k in range(60) if k != 30]
    feed.run(sensor, firsts)
    for first in firsts:
        other.push(sensor.ready_s(first) + 0.005, sensor.packet(first))
        if first >= 31 * n:
            other.push(sensor.ready_s(first) + 0.006, sensor.packet(first))  # twice
        if first == 40 * n and name != "bluest":
            other.push(sensor.ready_s(first) + 0.007, sensor.packet(30 * n))  # late
    assert bench.same(feed.samples, other.samples)
    late = 0 if name == "bluest" else 1
    assert other.clock.ledger[0].stale_packets == len(other.of(StalePacket)) == 29 + late
    assert other.clock.ledger[0].decoded == feed.clock.ledger[0].decoded
    assert other.clock.ledger[0].lost == feed.clock.ledger[0].lost


@pytest.mark.parametrize("name", TELLING)
def test_a_restart_without_notice_is_found_and_no_packet_is_thrown_away(bench, name: str) -> None:
    feed, sensor, n = feed_of(bench, name, counter=200, ticks=40000)
    feed.run(sensor, [k * n for k in range(100)])
    again = bench.Sensor(sensor.timing, sensor.period_s, boot=1, start_s=sensor.ready_s(100 * n) + 0.5)
    feed.run(again, [k * n for k in range(60)])
    assert np.array_equal(feed.real[: 100 * n, 1], np.arange(100 * n))
    assert np.array_equal(feed.real[100 * n :], [[1, k] for k in range(60 * n)])
    bench.check_rows(feed.samples)
    (restart,) = feed.of(SensorRestarted)
    assert restart.stream == sensor.timing.stream
    assert feed.clock.ledger[0].restarts == 1
    rows = feed.samples
    first = 100 * n
    assert rows.flags[first] & Flag.GAP_BEFORE
    assert not rows.flags[first - 1] & Flag.BRIDGED
    assert rows.dt_s[first] == pytest.approx(sensor.period_s, rel=0.05)
    assert rows.time_s[-1] == pytest.approx(again.ready_s(59 * n), abs=0.05)


@pytest.mark.parametrize("name", ["shin", "dot", "counter"])
def test_packets_that_fill_a_closed_gap_are_late_and_no_restart(bench, name: str) -> None:
    feed, sensor, n = feed_of(bench, name)
    feed.run(sensor, [k * n for k in range(40)])
    for k in (44, 40, 41, 42, 43, 45, 46):
        feed.push(sensor.ready_s(46 * n) + 0.001 * k, sensor.packet(k * n))
    assert feed.of(SensorRestarted) == []
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.stale_packets) == (43 * n, 4 * n, 4)
    assert np.array_equal(feed.real[:, 1], np.r_[0 : 40 * n, 44 * n : 47 * n])


def test_a_time_reset_bit_restarts_at_once(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin", counter=30000, ticks=10**9)
    feed.run(sensor, range(0, 80, n))
    again = bench.Sensor(sensor.timing, sensor.period_s, boot=1, start_s=sensor.ready_s(80))
    feed.push(again.ready_s(0), again.packet(0, flags=("time_reset",)))
    assert len(feed.outs[-1].samples) == n
    assert len(feed.of(SensorRestarted)) == 1
    feed.push(again.ready_s(4), again.packet(4, flags=("time_reset",)))  # the bit stays set: nothing restarts again
    assert len(feed.of(SensorRestarted)) == 1
    feed.push(again.ready_s(4) + 0.001, again.packet(0, flags=("time_reset",)))  # the first one twice
    assert len(feed.of(SensorRestarted)) == 1
    assert feed.clock.ledger[0].stale_packets == 1


def test_a_stamp_that_steps_while_the_counter_goes_on_is_a_restart(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, range(0, 200, n))
    stepped = bench.Sensor(sensor.timing, sensor.period_s, ticks=50_000_000, boot=1)
    feed.run(stepped, range(200, 400, n))
    assert len(feed.of(SensorRestarted)) == 1
    assert np.array_equal(feed.real[:, 1], np.arange(400))
    bench.check_rows(feed.samples)


def test_one_wrong_stamp_costs_one_packet(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    wrong = bench.Sensor(sensor.timing, sensor.period_s, ticks=50_000_000)
    for first in range(0, 400, n):
        feed.push(sensor.ready_s(first), (wrong if first == 200 else sensor).packet(first))
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.lost, ledger.bad_packets, ledger.restarts) == (396, 4, 0, 1, 0)
    (stale,) = feed.of(StalePacket)
    assert "time stamp" in stale.reason


def test_a_link_loss_closes_the_segment_and_time_goes_on(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, range(0, 400, n))
    lost_s = sensor.ready_s(396) + 1.0
    out = feed.restart(lost_s, "lost")
    assert [type(event) for event in out.events] == [SensorRestarted]
    assert feed.restart(lost_s + 4.0, "connected").events == ()
    again = bench.Sensor(sensor.timing, sensor.period_s, counter=77, ticks=5, boot=1, start_s=lost_s + 5.0)
    feed.run(again, range(0, 400, n))
    rows = feed.samples
    bench.check_rows(rows)
    assert len(rows) == 800
    (gap,) = feed.of(Gap)
    assert (gap.lost, gap.bridged) == (None, False)
    assert gap.end_s == pytest.approx(again.start_s, abs=0.02)
    assert feed.clock.ledger[0].restarts == 1
    assert rows.time_s[400] == pytest.approx(again.start_s, abs=0.02)


def test_a_reconnect_whose_first_packet_seems_older_than_the_last_row_still_rises(bench) -> None:
    feed, sensor, n = feed_of(bench, "last")
    feed.run(sensor, range(0, 360, n))
    feed.restart(feed.host_s + 0.01)
    again = bench.Sensor(sensor.timing, sensor.period_s, boot=1, start_s=feed.host_s - 35 * sensor.period_s)
    feed.run(again, range(0, 720, n))
    bench.check_rows(feed.samples)
    assert feed.samples.time_s[-1] == pytest.approx(again.ready_s(684), abs=0.02)


def test_u32_microseconds_wrap_after_71_58_minutes(bench) -> None:
    for name in ("shin", "dot"):
        feed, sensor, n = feed_of(bench, name, ticks=2**32 - 2_000_000, counter=65400)
        feed.run(sensor, range(0, 480, n))
        assert feed.events == []
        assert np.array_equal(feed.real[:, 1], np.arange(480))
        assert feed.samples.dt_s == pytest.approx(sensor.period_s, rel=1e-3)
        # and a session of three hours, in jumps of half an hour that the stamp can count
        for hop in range(1, 6):
            first = hop * int(1800 / sensor.period_s / n) * n
            feed.run(sensor, range(first, first + 40, n))
            assert feed.samples.time_s[-1] == pytest.approx(sensor.ready_s(first + 40 - n), abs=0.05)
        assert feed.of(SensorRestarted) == []
        assert feed.clock.ledger[0].decoded + feed.clock.ledger[0].lost == first + 40


def test_a_silence_longer_than_the_clues_can_count_is_a_new_segment(bench) -> None:
    feed, sensor, n = feed_of(bench, "packets")  # 8 bits of packets: 256 packets are 9.8 s
    feed.run(sensor, range(0, 400, n))
    feed.run(sensor, range(8000, 8400, n))
    (restart,) = feed.of(SensorRestarted)
    assert "silent" in restart.reason
    bench.check_rows(feed.samples)
    assert feed.samples.time_s[-1] == pytest.approx(sensor.ready_s(8396), abs=0.05)


@pytest.mark.parametrize(("samples", "rejected", "lost"), [(4, 4, 0), (None, 4, 0), (2, 2, 2), (9, 4, 0)])
def test_a_refused_packet_is_rejected_within_the_gap_it_leaves(bench, samples, rejected: int, lost: int) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, range(0, 200, n))
    feed.clock.reject(99, feed.host_s, "raw6", samples)
    feed.run(sensor, range(204, 400, n))
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.rejected, ledger.bad_packets) == (396, lost, rejected, 1)
    assert len(feed.samples) == 400


def test_a_refused_packet_that_left_no_gap_takes_nothing(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, range(0, 200, n))
    feed.clock.reject(99, feed.host_s, None, None)
    feed.run(sensor, [*range(200, 300, n), *range(304, 400, n)])
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.rejected, ledger.bad_packets) == (396, 4, 0, 1)


def test_without_a_clock_on_the_wire_a_refused_packet_is_a_gap_of_its_samples(bench) -> None:
    feed, sensor, _ = feed_of(bench, "wit")
    feed.run(sensor, range(300))
    feed.clock.reject(99, feed.host_s, "wit", 3)
    feed.run(sensor, range(303, 600))
    rows = feed.samples
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(600))
    assert np.flatnonzero(rows.flags & Flag.BRIDGED).tolist() == [300, 301, 302]
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.lost, ledger.estimated_deficit) == (597, 3, None, 0.0)


def test_flush_counts_what_was_held_and_is_idempotent(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin", counter=500, ticks=int(500 / 104 * 1e6))
    feed.run(sensor, range(0, 200, n))
    feed.push(feed.host_s + 0.1, bench.Sensor(sensor.timing, sensor.period_s).packet(0))
    assert feed.clock.ledger[0].stale_packets == 0
    assert len(feed.flush().events) == 1
    assert feed.clock.ledger[0].stale_packets == 1
    assert feed.flush().events == ()


def test_an_empty_update_gives_no_rows_of_the_right_shape(bench) -> None:
    out = bench.Feed(bench.timings["shin"]).push(1.0)
    assert len(out.samples) == 0
    assert out.samples.acc_m_s2.shape == (0, 3)
    assert out.samples.flags.dtype == np.uint16
    assert out.events == ()


def test_streams_that_cannot_give_the_angle_are_refused(bench) -> None:
    with pytest.raises(SensorError, match="one acc and one gyr"):
        SensorClock((bench.timings["acc"],), 0)
    with pytest.raises(SensorError, match="nothing"):
        SensorClock((), 0)
    with pytest.raises(SensorError, match="period_s is 0"):
        SensorClock((StreamTiming("a", "imu", 0.0),), 0)
    with pytest.raises(SensorError, match="tick_s"):
        SensorClock((StreamTiming("a", "imu", 0.01, tick_bits=32),), 0)
    with pytest.raises(SensorError, match="counts"):
        SensorClock((StreamTiming("a", "imu", 0.01, counter_bits=8),), 0)
    with pytest.raises(SensorError, match="both named"):
        SensorClock((StreamTiming("a", "acc", 0.01), StreamTiming("a", "gyr", 0.01)), 0)


def test_a_packet_that_does_not_belong_is_refused(bench) -> None:
    feed = bench.Feed(bench.timings["shin"])
    with pytest.raises(SensorError, match="'dot'"):
        feed.push(0.1, bench.Sensor(bench.timings["dot"], 1 / 60).packet(0))
    half = bench.Sensor(StreamTiming("raw6", "acc", 1 / 104, 4, 16, "samples"), 1 / 104)
    with pytest.raises(SensorError, match="no gyr"):
        feed.push(0.1, half.packet(0))


def test_memory_stays_bounded_over_a_long_stream(bench) -> None:
    feed, sensor, n = feed_of(bench, "wit")
    clock = feed.clock
    for order, first in enumerate(range(0, 40000, n)):
        clock.update(order, sensor.ready_s(first) + 0.004 * (first % 5), (sensor.packet(first),))
    stream = clock._lead
    assert len(stream._recent._packets) <= ClockParams().repeat_memory
    assert len(stream._map._points) < 200
    assert stream._held == []
    assert stream.events == []
