"""Time at or above a level: every stretch from its first row to the first row below."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.signal.end_range import EndRange


def test_a_stretch_lasts_from_its_first_row_to_the_first_row_below() -> None:
    seen = EndRange(10.0)
    seen.follow([0.0, 1.0, 2.0, 3.0, 4.0], [9.0, 10.0, 11.0, 9.0, 12.0])
    assert seen.inside
    assert seen.until(4.0) == 2.0
    assert seen.until(4.5) == 2.5


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60), st.integers(0, 60))
def test_it_is_the_sum_of_the_steps_after_rows_inside_for_any_cut(angles: list[float], cut: int) -> None:
    t = (np.arange(len(angles)) / 104.0).tolist()
    seen = EndRange(0.5)
    seen.follow(t[:cut], angles[:cut])
    seen.follow(t[cut:], angles[cut:])
    steps = [b - a for a, b, angle in zip(t, t[1:], angles, strict=False) if angle >= 0.5]
    assert seen.until(t[-1]) == pytest.approx(sum(steps), abs=1e-12)


def test_only_the_rows_that_turn_need_to_be_shown() -> None:
    seen = EndRange(10.0)
    seen.turn(1.0)
    seen.turn(3.0)
    assert not seen.inside
    assert seen.until(9.0) == 2.0
