"""A closed candidate's numbers, on straight lines whose crossings are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.signal.course import Course
from sensor_pipeline.types import Targets

RATE_HZ = 100.0


def course(corners: list[tuple[float, float]], *, crossed: bool = True) -> Course:
    """Straight lines through (time, degrees), start level 0."""
    t = np.arange(0.0, corners[-1][0] + 0.5 / RATE_HZ, 1.0 / RATE_HZ)
    deg = np.interp(t, *zip(*corners, strict=True))
    if crossed:  # as the detector does: the first row at or below the offset level is the last
        top = int(np.argmax(deg))
        last = top + int(np.argmax(deg[top:] <= 0.05 * deg.max())) + 1
        t, deg = t[:last], deg[:last]
    a = np.radians(deg).tolist()
    peak = int(np.argmax(a))
    return Course(t.tolist(), a, 0.0, (float(t[peak]), a[peak]), 0.05, crossed, float(t[-1]), 1.0, None)


def test_onset_and_offset_lie_between_rows_where_the_line_crosses_5_percent() -> None:
    c = course([(0.0, 0.0), (1.003, 0.0), (2.003, 40.0), (3.0, 40.0), (5.0, 0.0)])
    assert c.onset_s == pytest.approx(1.053, abs=1e-3)
    assert c.offset_s == pytest.approx(4.9, abs=1e-9)


def test_the_ways_count_from_5_to_95_percent_and_not_the_time_on_top() -> None:
    up_in_1_s = course([(0.0, 0.0), (1.0, 40.0), (4.0, 40.0), (6.0, 0.0)])
    assert up_in_1_s.ways_s() == pytest.approx((0.9, 1.8), abs=0.011)
    down_in_half_a_second = course([(0.0, 0.0), (1.0, 40.0), (4.0, 40.0), (4.5, 0.0)])
    assert down_in_half_a_second.ways_s() == pytest.approx((0.9, 0.45), abs=0.011)


def test_a_jerk_on_top_is_no_fast_way() -> None:
    c = course([(0.0, 0.0), (1.0, 38.5), (2.0, 38.5), (2.02, 40.0), (2.04, 38.5), (3.0, 38.5), (4.0, 0.0)])
    assert c.ways_s() == pytest.approx(((38.0 - 2.0) / 38.5, (38.0 - 2.0) / 38.5), abs=0.01)


def test_a_way_back_that_was_not_completed_has_no_duration() -> None:
    c = course([(0.0, 0.0), (1.0, 40.0), (2.0, 40.0), (2.1, 10.0)], crossed=False)
    out_s, back_s = c.ways_s()
    assert out_s == pytest.approx(0.9, abs=0.011)
    assert back_s is None
    assert c.offset_s == pytest.approx(2.1)


def test_time_at_end_range_is_measured_from_the_target_or_from_the_own_best() -> None:
    c = course([(0.0, 0.0), (1.0, 40.0), (3.0, 40.0), (4.0, 0.0)])
    assert c.rep("left", 1, Targets(), None, "", incomplete=False).end_range_s == pytest.approx(2.1, abs=0.02)
    assert c.rep("left", 1, Targets(), np.radians(50.0), "", incomplete=False).end_range_s == 0.0
    rep = c.rep("left", 1, Targets(angle_deg=30.0), None, "", incomplete=False)
    assert rep.end_range_s == pytest.approx(2.6, abs=0.02)
    assert (rep.scored, rep.faults) == (True, ())


def test_the_search_for_the_onset_may_begin_where_the_candidate_opened() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.2, 3.0), (1.4, 1.5), (2.4, 40.0), (3.0, 40.0), (5.0, 0.0)]
    whole = course(corners)
    opened = next(row for row, angle in enumerate(whole.angle_rad) if angle >= np.radians(8.0))
    near = Course(
        whole.time_s, whole.angle_rad, 0.0, whole.peak, 0.05, True, whole.time_s[-1], 1.0, None, opened=opened
    )
    assert near.onset_s == whole.onset_s == pytest.approx(1.4 + 0.5 / 38.5, abs=1e-3)


@given(
    up_s=st.floats(0.1, 2.0),
    down_s=st.floats(0.1, 2.0),
    wobble_deg=st.floats(0.0, 8.0),
    way_s=st.floats(0.05, 1.5),
    seed=st.integers(0, 99),
)
def test_ways_that_look_long_from_the_largest_speed_are_long(
    up_s: float, down_s: float, wobble_deg: float, way_s: float, seed: int
) -> None:
    corners = [(0.0, 0.0), (0.5, 0.0), (0.5 + up_s, 40.0), (1.0 + up_s, 38.0), (1.0 + up_s + down_s, 0.0)]
    t = np.arange(0.0, corners[-1][0], 1.0 / RATE_HZ)
    deg = np.interp(t, *zip(*corners, strict=True))
    deg += wobble_deg * np.random.default_rng(seed).random(len(t)) * (deg > 9.0)
    a = np.radians(np.append(deg, 0.0)).tolist()
    t = np.append(t, t[-1] + 1.0 / RATE_HZ)
    opened = next(row for row, angle in enumerate(a) if angle >= np.radians(8.0))
    peak = int(np.argmax(a))
    speed = float(np.abs(np.diff(a) / np.diff(t))[opened:].max())
    c = Course(t.tolist(), a, 0.0, (float(t[peak]), a[peak]), 0.05, True, t[-1], speed, None, opened=opened)
    out_s, back_s = c.ways_s()
    assert back_s is not None
    if c.each_way_takes(way_s):
        assert min(out_s, back_s) >= way_s


def test_a_slow_repetition_looks_slow_and_a_quick_one_or_an_incomplete_one_does_not() -> None:
    def seen(seconds: float, *, crossed: bool = True) -> bool:
        c = course([(0.0, 0.0), (seconds, 40.0), (2 * seconds, 0.0)], crossed=crossed)
        opened = next(row for row, angle in enumerate(c.angle_rad) if angle >= np.radians(8.0))
        speed = np.radians(40.0) / seconds
        return Course(
            c.time_s, c.angle_rad, 0.0, c.peak, 0.05, crossed, c.time_s[-1], speed, None, opened=opened
        ).each_way_takes(0.4)

    assert seen(1.0)
    assert not seen(1.0, crossed=False)
    assert not seen(0.4)


def test_a_reason_keeps_it_out_of_the_scores() -> None:
    c = course([(0.0, 0.0), (1.0, 40.0), (2.0, 0.0)])
    rep = c.rep("right", 3, Targets(angle_deg=45.0), None, "gap", incomplete=True)
    assert (rep.rep, rep.side, rep.scored, rep.reason) == (3, "right", False, "gap")
    assert rep.faults == ("short_of_target", "incomplete_return")
