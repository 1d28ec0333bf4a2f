"""A rest is looked at once, when it has lasted; what it shows is the lean from the zero."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.mounting.slip import SlipParams, SlipWatch, lean_deg


def test_each_rest_is_due_once_after_its_time_however_the_rows_arrive() -> None:
    at_rest = np.array([0, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0], np.bool_)
    params = SlipParams(rest_s=0.03)
    assert SlipWatch(100.0, params).update(at_rest) == [3, 12]
    watch = SlipWatch(100.0, params)
    assert [row for row in range(len(at_rest)) if watch.update(at_rest[row : row + 1])] == [3, 12]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=12), st.lists(st.integers(0, 60), max_size=4))
def test_any_cut_names_the_rows_that_counting_row_by_row_names(runs: list[tuple[bool, int]], cuts: list[int]) -> None:
    at_rest = np.array([rest for rest, rows in runs for _ in range(rows)], np.bool_)
    expected, run = [], 0
    for row, rest in enumerate(at_rest.tolist()):
        run = run + 1 if rest else 0
        if run == 4:
            expected.append(row)
    watch, found = SlipWatch(100.0, SlipParams(rest_s=0.04)), []
    edges = [0, *sorted(min(cut, len(at_rest)) for cut in cuts), len(at_rest)]
    for a, b in itertools.pairwise(edges):
        missing = watch.rows_missing
        due = [a + row for row in watch.update(at_rest[a:b])]
        assert all(row - a + 1 >= missing for row in due), "it named one earlier than it had said that it could"
        found += due
    assert found == expected


def test_it_says_how_many_rows_it_needs_at_least() -> None:
    watch = SlipWatch(100.0, SlipParams(rest_s=0.04))
    assert watch.rows_missing == 4
    watch.update(np.array([1, 1, 1], np.bool_))
    assert watch.rows_missing == 1
    watch.update(np.array([1, 1], np.bool_))
    assert watch.rows_missing == 5, "this rest has been named: it takes a row that is none, and four of the next one"
    watch.update(np.array([0], np.bool_))
    assert watch.rows_missing == 4


def test_a_hole_starts_the_rest_anew() -> None:
    watch = SlipWatch(100.0, SlipParams(rest_s=0.03))
    assert watch.update(np.ones(2, np.bool_)) == []
    watch.reset()
    assert watch.update(np.ones(3, np.bool_)) == [2]


def test_the_lean_is_the_angle_from_the_zero_in_any_direction() -> None:
    for degrees, axis in ((4.0, (1, 0, 0)), (7.0, (0, 1, 0)), (5.0, (0.6, -0.8, 0))):
        quat = Rotation.from_rotvec(np.radians(degrees) * np.array(axis)).as_quat(scalar_first=True)
        assert lean_deg(frames.IDENTITY, quat.reshape(1, 4)) == pytest.approx(degrees)
