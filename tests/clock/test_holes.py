"""What a silence cost where nothing on the wire can tell: holes against arrivals whose truth is known."""

import numpy as np
import pytest

from sensor_pipeline.clock.holes import HoleWatch
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.types import Flag, Gap

PERIOD_S = 0.01


def watch(arrivals: list[tuple[float, float]], slope: float = 0.0) -> list[float]:
    """Losses found; each arrival is (index of the newest sample, host time)."""
    found, believed_s = [], 0.0
    holes = HoleWatch(arrivals[0][0] * PERIOD_S, arrivals[0][1], ClockParams())
    for index, host_s in arrivals[1:]:
        device_s = index * PERIOD_S
        late_s = host_s - device_s * (1.0 + slope) - believed_s
        lost_s = holes.update(device_s, host_s, late_s, slope, True, PERIOD_S)
        believed_s += lost_s
        if lost_s:
            found.append(lost_s)
    return found


def test_a_loss_behind_a_silence_is_found_and_measured() -> None:
    arrivals = [(k, k * PERIOD_S) for k in range(500)] + [(k, k * PERIOD_S + 0.8) for k in range(500, 1500)]
    assert watch(arrivals) == [pytest.approx(0.8, abs=PERIOD_S)]


def test_a_stall_that_delivers_its_backlog_cost_nothing() -> None:
    arrivals = [(k, max(k * PERIOD_S, 7.0 + (k - 500) * 0.003 if k >= 500 else 0.0)) for k in range(2000)]
    assert watch(arrivals) == []


def test_a_slow_sensor_with_stalls_loses_nothing() -> None:
    slope = 1 / 0.934 - 1.0
    arrivals = [(k, max(k * PERIOD_S * (1 + slope), 9.0 if 600 <= k < 800 else 0.0)) for k in range(3000)]
    assert watch(arrivals, slope) == []


def test_a_silence_longer_than_a_living_link_can_have_is_decided_at_once() -> None:
    arrivals = [(k, k * PERIOD_S) for k in range(500)] + [(500, 5.0 + 20.0), (501, 25.01)]
    assert watch(arrivals) == [pytest.approx(20.0, abs=PERIOD_S)]


def test_a_loss_believed_too_soon_is_taken_back_when_the_backlog_comes_after_all() -> None:
    late = [(k, k * PERIOD_S + 1.5) for k in range(500, 900)]
    caught_up = [(k, max(k * PERIOD_S, 10.49 + (k - 900) * 0.002)) for k in range(900, 2000)]
    found = watch([(k, k * PERIOD_S) for k in range(500)] + late + caught_up)
    assert found[0] == pytest.approx(1.5, abs=PERIOD_S)
    assert sum(found) == pytest.approx(0.0, abs=3 * PERIOD_S)


def test_deficit_in_the_ledger_counts_holes_and_not_a_slow_rate(bench) -> None:
    feed = bench.Feed(bench.timings["wit"])
    sensor = bench.Sensor(bench.timings["wit"], 1 / 93.4)
    feed.run(sensor, range(2000))
    assert feed.clock.ledger[0].estimated_deficit == 0.0
    assert feed.clock.ledger[0].lost is None
    for first in range(2000, 3000):  # 100 samples never came
        feed.push(sensor.ready_s(first + 100) + 0.005, sensor.packet(first))
    ledger = feed.clock.ledger[0]
    assert ledger.estimated_deficit == pytest.approx(100, abs=2)
    assert ledger.gaps == 1
    (gap,) = feed.of(Gap)
    assert gap.lost is None
    assert not gap.bridged
    (marked,) = np.flatnonzero(feed.samples.flags & Flag.GAP_BEFORE)
    assert feed.samples.time_s[marked] == gap.end_s
    assert feed.clock.measured_hz == pytest.approx(93.4, rel=1e-3)
    bench.check_rows(feed.samples)
    late_s = feed.samples.time_s[-1] - sensor.ready_s(3099)
    assert late_s == pytest.approx(0.005, abs=0.01)


def test_random_stalls_of_a_link_invent_no_deficit(bench) -> None:
    rng = np.random.default_rng(4)
    feed = bench.Feed(bench.timings["wit"])
    sensor = bench.Sensor(bench.timings["wit"], 1 / 93.4)
    host_s, stall_end_s = 0.0, 0.0
    for first in range(6000):
        ready_s = sensor.ready_s(first)
        if rng.random() < 1 / 1500:
            stall_end_s = ready_s + float(rng.uniform(0.3, 2.0))
        host_s = max(host_s + 0.002, ready_s + 0.004 + float(rng.exponential(0.01)), stall_end_s)
        feed.push(host_s, sensor.packet(first))
    assert feed.clock.ledger[0].estimated_deficit == 0.0
    assert feed.of(Gap) == []
