"""Device time to session time, against arrivals whose shortest delay is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.clock.host_map import HostMap, _extend_hull
from sensor_pipeline.clock.params import ClockParams

PARAMS = ClockParams()


def run(arrivals: list[tuple[float, float]], stamped: bool = True) -> tuple[np.ndarray, HostMap]:
    first_s, host_s = arrivals[0]
    line = HostMap(first_s, host_s, 0.0, stamped, PARAMS)
    return np.array([line.place(device_s, host_s) for device_s, host_s in arrivals[1:]]), line


def test_a_constant_delay_is_mapped_exactly() -> None:
    times, _ = run([(k * 0.04, k * 0.04 + 7.0) for k in range(5000)])
    assert times == pytest.approx(np.arange(1, 5000) * 0.04 + 7.0, abs=1e-9)


def test_a_crystal_35_ppm_off_is_followed_through_late_packets() -> None:
    rng = np.random.default_rng(1)
    device = np.arange(15000) * 0.04
    true = device * (1.0 + 35e-6)
    times, line = run(list(zip(device, true + rng.exponential(0.03, len(device)), strict=True)))
    late = times[2500:] - true[2501:]
    assert np.std(late) < 0.5e-3
    assert line.slope == pytest.approx(35e-6, abs=10e-6)


def test_a_stall_in_the_first_packet_is_forgotten_within_seconds() -> None:
    arrivals = [(k * 0.04, max(k * 0.04 + 0.005, 2.0)) for k in range(500)]
    times, _ = run(arrivals)
    assert times[0] == pytest.approx(2.0, abs=0.05)
    assert times[200] == pytest.approx(201 * 0.04 + 0.005, abs=5e-3)


def test_stalls_do_not_move_session_time() -> None:
    rng = np.random.default_rng(2)
    host, arrivals = 0.0, []
    for k in range(6000):
        stall = 2.0 if k % 1000 == 999 else 0.0
        host = max(host, k * 0.04 + 0.004 + float(rng.exponential(0.005)) + stall)
        arrivals.append((k * 0.04, host))
    times, _ = run(arrivals)
    assert np.max(np.abs(times[1500:] - (np.arange(1501, 6000) * 0.04 + 0.004))) < 1e-3


def test_a_sample_index_6_6_percent_off_is_followed() -> None:
    rng = np.random.default_rng(3)
    device = np.arange(12000) * 0.01
    true = device / 0.934
    times, line = run(list(zip(device, true + rng.exponential(0.02, len(device)), strict=True)), stamped=False)
    assert line.slope == pytest.approx(1 / 0.934 - 1.0, rel=1e-3)
    assert np.std(times[6000:] - true[6001:]) < 1e-3


def test_a_stamped_clock_beyond_200_ppm_lags_by_a_bounded_amount() -> None:
    device = np.arange(20000) * 0.04
    times, line = run([(float(x), float(x) * 1.001) for x in device])
    assert line.slope == PARAMS.stamped_slope_limit
    lag = device[1:] * 1.001 - times
    window_s = PARAMS.hull_window_s + 40.0
    assert np.max(lag) <= window_s * (0.001 - PARAMS.stamped_slope_limit)


def test_memory_stays_bounded() -> None:
    _, line = run([(k * 0.04, k * 0.04 + 0.005 + 0.001 * (k % 7)) for k in range(60000)])
    assert len(line._points) < 200
    assert len(line._hull) < 200


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.001, 3.0), st.floats(0.0, 2.0)), min_size=2, max_size=200),
    st.booleans(),
    st.floats(0.0, 5.0),
)
def test_session_time_rises_whatever_arrives(steps: list[tuple[float, float]], stamped: bool, ahead_s: float) -> None:
    line = HostMap(0.0, 10.0, ahead_s, stamped, PARAMS)
    device_s, times = 0.0, [line.at(0.0)]
    for number, (step_s, delay_s) in enumerate(steps):
        device_s += step_s
        times.append(line.place(device_s, 10.0 + device_s + delay_s))
        if number % 17 == 16:
            line.shift(delay_s - 1.0, device_s)
    assert times[0] == 10.0 + ahead_s
    assert np.all(np.diff(times) > 0.0)


def test_the_start_of_a_segment_can_be_later_than_its_arrival_and_returns_to_it() -> None:
    line = HostMap(0.0, 1.0, 0.4, True, PARAMS)
    times = [line.place(k * 0.04, 1.0 + k * 0.04) for k in range(1, 500)]
    assert times[0] == pytest.approx(1.44, abs=0.04 * PARAMS.slew_start + 1e-6)
    assert times[-1] == pytest.approx(1.0 + 499 * 0.04, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.0, 0.4]))
def test_a_sample_is_placed_where_the_map_says_it_is_to_the_last_bit(seed: int, stamped: bool, ahead_s: float) -> None:
    rng = np.random.default_rng(seed)
    line = HostMap(0.0, 10.0, ahead_s, stamped, PARAMS)
    device_s = 0.0
    for number, (step_s, delay_s) in enumerate(rng.uniform(0.001, 0.5, (300, 2)).tolist()):
        device_s += step_s
        host_s = 10.0 + 1.0001 * device_s + delay_s
        expected = line.at(device_s), line.late_s(device_s, host_s)
        assert (line.place(device_s, host_s), line.delay_s) == expected
        if number % 37 == 36:
            line.shift(delay_s - 0.2, device_s)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1.0, 1.0, width=32), min_size=1, max_size=60), st.data())
def test_a_hull_lies_below_all_points_and_does_not_depend_on_how_they_came(
    heights: list[float], data: st.DataObject
) -> None:
    points = [(float(x), y) for x, y in enumerate(heights)]
    whole: list[tuple[float, float]] = []
    _extend_hull(whole, points)
    parts: list[tuple[float, float]] = []
    cut = data.draw(st.integers(0, len(points)))
    _extend_hull(parts, points[:cut])
    _extend_hull(parts, points[cut:])
    assert parts == whole
    assert (whole[0], whole[-1]) == (points[0], points[-1])
    edge = np.interp([x for x, _ in points], [x for x, _ in whole], [y for _, y in whole])
    assert np.all(np.array(heights) >= edge - 1e-12)
    slopes = np.diff([y for _, y in whole]) / np.diff([x for x, _ in whole])
    assert np.all(np.diff(slopes) > 0.0)
