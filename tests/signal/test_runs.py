"""Runs found for a block at once are those found row by row."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.signal.runs import first_row, held_since


def test_a_run_goes_on_over_the_border_of_a_block() -> None:
    holds, t = np.array([True, True, False, True]), np.array([1.0, 2.0, 3.0, 4.0])
    assert held_since(holds, t, 0.5).tolist() == [0.5, 0.5, math.inf, 4.0]
    assert held_since(holds, t, None).tolist() == [1.0, 1.0, math.inf, 4.0]


@given(st.lists(st.booleans(), max_size=40), st.booleans())
def test_runs_are_those_of_a_loop(holds: list[bool], before: bool) -> None:
    since = -1.0 if before else None
    expected = []
    for i, held in enumerate(holds):
        since = None if not held else float(i) if since is None else since
        expected.append(math.inf if since is None else since)
    times = np.arange(len(holds), dtype=float)
    assert held_since(np.array(holds, np.bool_), times, -1.0 if before else None).tolist() == expected


def test_the_first_row_is_found_and_none_is_the_length() -> None:
    assert first_row(np.array([False, True, True])) == 1
    assert first_row(np.array([False, False])) == 2
    assert first_row(np.zeros(0, np.bool_)) == 0
