"""The hold timer is causal: what it says live is what is stored."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.signal.hold import HoldParams, HoldTimer

RATE_HZ = 100.0


def follow(
    profile: list[tuple[float, float]], target_deg: float | None = None
) -> tuple[list[tuple[str, float]], HoldTimer]:
    """Drive a timer along straight lines: (seconds, end angle in degrees), starting at 0."""
    timer = HoldTimer(None if target_deg is None else math.radians(target_deg), HoldParams())
    said: list[tuple[str, float]] = []
    t, angle = 0.0, 0.0
    for seconds, end in profile:
        steps = round(seconds * RATE_HZ)
        slope = (end - angle) / seconds
        for _ in range(steps):
            t += 1 / RATE_HZ
            angle += slope / RATE_HZ
            said += timer.update(t, math.radians(angle), math.radians(slope))
    return said, timer


def test_a_hold_starts_after_half_a_second_and_counts_from_its_first_row() -> None:
    said, timer = follow([(1.0, 40.0), (2.0, 40.0), (1.0, 0.0)])
    assert [what for what, _ in said] == ["started", "ended"]
    assert said[0][1] == pytest.approx(1.01, abs=0.011)
    # ends 3 degrees below the top, on the way back at 40 deg/s: 75 ms after the turn
    assert said[1][1] == pytest.approx(2.0 + 3.0 / 40.0, abs=0.03)
    assert timer.longest is not None


def test_a_touch_and_go_has_no_hold() -> None:
    said, timer = follow([(1.0, 40.0), (0.3, 40.0), (1.0, 0.0)])
    assert said == []
    assert timer.longest is None


def test_stillness_far_below_the_target_is_no_hold() -> None:
    said, _ = follow([(1.0, 20.0), (2.0, 20.0), (1.0, 0.0)], target_deg=40.0)
    assert said == []


def test_a_pause_on_the_way_down_gives_way_to_the_real_hold() -> None:
    said, timer = follow([(0.5, 15.0), (1.0, 15.0), (1.0, 40.0), (2.0, 40.0), (1.0, 0.0)])
    assert [what for what, _ in said] == ["started", "ended", "started", "ended"]
    assert timer.longest is not None
    assert timer.longest[0] == pytest.approx(2.5, abs=0.03)


def test_a_slow_creep_deeper_stays_one_hold() -> None:
    said, timer = follow([(1.0, 40.0), (10.0, 50.0), (1.0, 0.0)])
    assert [what for what, _ in said] == ["started", "ended"]
    assert timer.longest is not None
    assert timer.longest[1] - timer.longest[0] == pytest.approx(10.0, abs=0.1)


def test_closing_ends_a_running_hold_once() -> None:
    _, timer = follow([(1.0, 40.0), (2.0, 40.0)])
    assert timer.close(3.0) == [pytest.approx(1.99, abs=0.02)]
    assert timer.close(3.0) == []


@settings(max_examples=100, deadline=None)
@given(
    profile=st.lists(
        st.tuples(st.sampled_from([0.05, 0.3, 1.0]), st.sampled_from([0.0, 25.0, 36.0, 40.0, 44.0])),
        min_size=1,
        max_size=12,
    ),
    target_deg=st.sampled_from([None, 40.0]),
    noise_deg=st.sampled_from([0.0, 0.02, 0.3]),
    size=st.integers(1, 200),
    seed=st.integers(0, 1000),
)
def test_rows_passed_over_in_bulk_leave_the_timer_as_row_by_row(
    profile: list[tuple[float, float]], target_deg: float | None, noise_deg: float, size: int, seed: int
) -> None:
    corners = np.cumsum([0.0, *(seconds for seconds, _ in profile)])
    t = np.arange(1, round(corners[-1] * RATE_HZ) + 1) / RATE_HZ
    a = np.interp(t, corners, [0.0, *(end for _, end in profile)])
    a = np.radians(a + noise_deg * np.random.default_rng(seed).standard_normal(len(a)))
    v = np.diff(a, prepend=0.0) * RATE_HZ
    target = None if target_deg is None else math.radians(target_deg)
    single, bulk = (HoldTimer(target, HoldParams()) for _ in range(2))
    said = [x for row in zip(t.tolist(), a.tolist(), v.tolist(), strict=True) for x in single.update(*row)]
    said_bulk: list[tuple[str, float]] = []
    for i in range(0, len(t), size):
        rows = slice(i, i + size)
        extremes = (float(x) for x in (a[rows].min(), a[rows].max(), v[rows].min(), v[rows].max()))
        if not bulk.pass_over(t[rows].tolist(), a[rows].tolist(), *extremes):
            for row in zip(t[rows].tolist(), a[rows].tolist(), v[rows].tolist(), strict=True):
                said_bulk += bulk.update(*row)
    assert said_bulk == said
    assert bulk.longest == single.longest
    assert bulk.close(1e3) == single.close(1e3)


def test_rows_in_the_middle_of_a_hold_and_on_a_quick_way_are_passed_over_and_rows_with_news_are_not() -> None:
    timer, deg = HoldTimer(None, HoldParams()), math.radians(1.0)
    quick, calm = (0.5, 0.6), (-0.01, 0.01)
    assert timer.pass_over([0.0, 0.1], [10 * deg, 15 * deg], 10 * deg, 15 * deg, *quick)
    assert timer.pass_over([0.2, 0.3], [15 * deg, 15 * deg], 15 * deg, 15 * deg, *calm), "still, for 0.1 s so far"
    assert not timer.pass_over([0.4, 0.75], [15 * deg, 15 * deg], 15 * deg, 15 * deg, *calm), "here the hold starts"
    assert timer.update(0.75, 15 * deg, 0.0) == (("started", 0.2),)
    assert timer.pass_over([0.8, 9.0], [15 * deg, 14 * deg], 14 * deg, 15 * deg, *calm)
    assert not timer.pass_over([9.1, 9.2], [14 * deg, 11 * deg], 11 * deg, 14 * deg, *calm), "here it ends"
    assert timer.update(9.2, 11 * deg, 0.0) == (("ended", 9.0),)
