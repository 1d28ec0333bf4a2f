"""A candidate ends for one reason, at one row."""

import numpy as np
import pytest

from sensor_pipeline.signal.candidate import Candidate, End
from sensor_pipeline.signal.hold import HoldParams, HoldTimer
from sensor_pipeline.signal.rep_params import RepParams

RATE_HZ = 100.0


def end_of(*corners: tuple[float, float], params: RepParams | None = None) -> tuple[Candidate, End | None]:
    """A candidate from (0 s, 8 deg) along straight lines through (time, degrees), start level 0, to its end."""
    candidate = Candidate(
        params or RepParams(), HoldTimer(None, HoldParams()), 0.0, [0.0], [np.radians(8.0)], np.radians(38.0)
    )
    t = np.arange(1, round(corners[-1][0] * RATE_HZ) + 1) / RATE_HZ
    a = np.radians(np.interp(t, *zip((0.0, 8.0), *corners, strict=True)))
    speed = np.diff(a, prepend=np.radians(8.0)) * RATE_HZ
    for row in zip(t.tolist(), a.tolist(), speed.tolist(), strict=True):
        _, end = candidate.follow(*row)
        if end is not None:
            return candidate, end
    return candidate, None


def test_it_ends_at_the_first_row_at_or_below_5_percent() -> None:
    candidate, end = end_of((1.0, 40.0), (2.0, 0.0))
    assert end is not None
    assert end.crossed
    assert end.end_s == pytest.approx(1.95)
    assert end.rows == len(candidate.time_s)


def test_it_ends_at_the_valley_once_the_angle_has_risen_again() -> None:
    candidate, end = end_of((1.0, 40.0), (2.0, 10.0), (3.0, 40.0))
    assert end is not None
    assert not end.crossed
    assert end.end_s == pytest.approx(2.0)
    # 6 deg above the valley at 30 deg/s: 0.2 s of rows belong to the next one
    assert len(candidate.time_s) - end.rows == pytest.approx(20, abs=1)


def test_it_ends_at_the_lowest_point_when_the_shin_stands_still_after_most_of_the_way_back() -> None:
    _, end = end_of((1.0, 40.0), (2.0, 8.0), (4.0, 8.0))
    assert end is not None
    assert end.end_s == pytest.approx(2.0)


def test_it_goes_on_while_the_shin_stays_deep() -> None:
    assert end_of((1.0, 40.0), (60.0, 40.0))[1] is None
    assert end_of((1.0, 40.0), (2.0, 25.0), (3.0, 40.0), (4.0, 25.0))[1] is None


def test_too_far_and_too_long_are_refused_at_once() -> None:
    _, far = end_of((2.0, 80.0))
    assert far is not None
    assert far.refused is not None
    assert far.refused[0] == "too_far"
    assert far.end_s == pytest.approx(2.0 * (65.0 - 8.0) / (80.0 - 8.0), abs=0.011)
    _, long = end_of((1.0, 40.0), (9.0, 40.0), params=RepParams(longest_s=5.0))
    assert long is not None
    assert long.refused is not None
    assert long.refused[0] == "no_return"
    assert long.end_s == pytest.approx(5.01)
