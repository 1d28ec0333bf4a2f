"""The hold timer is causal: what it says live is what is stored."""

import math

import pytest

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
