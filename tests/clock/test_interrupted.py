"""A lost link costs a number of samples where the sensor demonstrably went on, and an unknown one elsewhere."""

from __future__ import annotations

import pytest

from sensor_pipeline.types import Gap, SensorRestarted

BOOT = 7


def feed_of(bench, name: str):
    timing = bench.timings[name]
    feed, sensor = bench.Feed(timing), bench.Sensor(timing, timing.period_s, counter=65000, ticks=40000)
    feed.clock.identify(BOOT)
    return feed, sensor, timing.samples_per_packet


def away(feed, sensor, n: int, missing_packets: int, boot: int | None = BOOT) -> None:
    """100 packets, a lost link that costs some, 100 more."""
    feed.run(sensor, [k * n for k in range(100)])
    feed.restart(feed.host_s + 1.0, "lost")
    first = 100 + missing_packets
    feed.restart(sensor.ready_s(first * n) - 0.1, "connected")
    if boot is not None:
        feed.clock.identify(boot)
    feed.run(sensor, [k * n for k in range(first, first + 100)])


@pytest.mark.parametrize("name", ["shin", "shin8", "dot", "movesense", "last"])
@pytest.mark.parametrize("missing_packets", [0, 1, 60, 500])
def test_the_same_boot_goes_on_and_the_loss_is_a_number(bench, name: str, missing_packets: int) -> None:
    feed, sensor, n = feed_of(bench, name)
    away(feed, sensor, n, missing_packets)
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.restarts) == (200 * n, missing_packets * n, 0)
    (gap,) = feed.of(Gap)
    assert (gap.lost, gap.bridged) == (missing_packets * n, False)
    bench.check_rows(feed.samples)


def test_the_stamp_says_how_often_the_counter_wrapped(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")  # 16 bits at 104 Hz: 10.5 minutes
    away(feed, sensor, n, 104 * 60 * 25 // n)
    assert feed.clock.ledger[0].lost == 104 * 60 * 25


@pytest.mark.parametrize("boot", [BOOT + 1, None])
def test_another_boot_or_one_that_was_not_read_is_unknown(bench, boot: int | None) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    away(feed, sensor, n, 60, boot)
    (gap,) = feed.of(Gap)
    (ledger,) = feed.clock.ledger
    assert (gap.lost, ledger.lost, ledger.restarts) == (None, 0, 1)


def test_a_counter_alone_may_have_wrapped(bench) -> None:
    feed, sensor, n = feed_of(bench, "counter")
    away(feed, sensor, n, 60)
    assert feed.of(Gap)[0].lost is None


def test_a_boot_that_began_without_a_word_is_not_the_one_that_was_read(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, [k * n for k in range(100)])
    again = bench.Sensor(sensor.timing, sensor.period_s, boot=1, start_s=sensor.ready_s(100 * n) + 0.5)
    feed.push(again.ready_s(0), again.packet(0, flags=("time_reset",)))
    away(feed, again, n, 60)
    assert feed.clock.ledger[0].restarts == 2


def test_a_boot_that_started_its_clock_anew_is_unknown(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, [k * n for k in range(100)])
    feed.restart(feed.host_s + 1.0)
    feed.clock.identify(BOOT)
    jumped = bench.Sensor(sensor.timing, sensor.period_s, counter=3, ticks=2**31, boot=1, start_s=feed.host_s + 5.0)
    feed.run(jumped, [k * n for k in range(100)])
    assert feed.of(Gap)[0].lost is None
    assert feed.clock.ledger[0].restarts == 1


def test_two_lost_links_are_two_numbers_and_the_segments_stay_apart(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    away(feed, sensor, n, 60)
    feed.restart(feed.host_s + 1.0, "lost")
    feed.clock.identify(BOOT)
    feed.run(sensor, [k * n for k in range(300, 400)])
    assert [gap.lost for gap in feed.of(Gap)] == [60 * n, 40 * n]
    assert len(feed.of(SensorRestarted)) == 2
    assert (feed.clock.ledger[0].lost, feed.clock.ledger[0].restarts) == (100 * n, 0)


def test_packets_refused_before_the_link_was_lost_are_rejected_not_lost(bench) -> None:
    feed, sensor, n = feed_of(bench, "shin")
    feed.run(sensor, [k * n for k in range(100)])
    feed.clock.reject(101, feed.host_s, "raw6", n)
    feed.restart(feed.host_s + 1.0)
    feed.clock.identify(BOOT)
    feed.run(sensor, [k * n for k in range(160, 200)])
    (ledger,) = feed.clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.lost) == (140 * n, n, 59 * n)


def test_both_streams_of_a_sensor_count_what_they_lost(bench) -> None:
    feed = bench.Feed(bench.timings["acc"], bench.timings["gyr"])
    feed.clock.identify(BOOT)
    sensors = [bench.Sensor(bench.timings[name], 1 / 52) for name in ("acc", "gyr")]
    for first in range(0, 400, 4):
        if 200 <= first < 300:
            continue
        if first == 300:
            feed.restart(feed.host_s + 0.5)
            feed.clock.identify(BOOT)
        for sensor in sensors:
            feed.push(sensor.ready_s(first) + 0.005, sensor.packet(first))
    assert [(row.lost, row.restarts) for row in feed.clock.ledger] == [(100, 0), (100, 0)]
