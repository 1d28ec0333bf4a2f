"""A rest is looked at once, when it has lasted; what it shows is the lean from the zero."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.mounting.slip import Mark, RestWatch, SlipParams, StrapWatch

from .conftest import RATE_HZ, Shin, lunge, shift, stand, strapped, way


def test_each_rest_is_due_once_after_its_time_however_the_rows_arrive() -> None:
    at_rest = np.array([0, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0], np.bool_)
    assert RestWatch(3).update(at_rest) == [3, 12]
    watch = RestWatch(3)
    assert [row for row in range(len(at_rest)) if watch.update(at_rest[row : row + 1])] == [3, 12]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 9)), max_size=12), st.lists(st.integers(0, 60), max_size=4))
def test_any_cut_names_the_rows_that_counting_row_by_row_names(runs: list[tuple[bool, int]], cuts: list[int]) -> None:
    at_rest = np.array([rest for rest, rows in runs for _ in range(rows)], np.bool_)
    expected, run = [], 0
    for row, rest in enumerate(at_rest.tolist()):
        run = run + 1 if rest else 0
        if run == 4:
            expected.append(row)
    watch, found = RestWatch(4), []
    edges = [0, *sorted(min(cut, len(at_rest)) for cut in cuts), len(at_rest)]
    for a, b in itertools.pairwise(edges):
        missing = watch.rows_missing
        due = [a + row for row in watch.update(at_rest[a:b])]
        assert all(row - a + 1 >= missing for row in due), "it named one earlier than it had said that it could"
        found += due
    assert found == expected


def test_it_says_how_many_rows_it_needs_at_least() -> None:
    watch = RestWatch(4)
    assert watch.rows_missing == 4
    watch.update(np.array([1, 1, 1], np.bool_))
    assert watch.rows_missing == 1
    watch.update(np.array([1, 1], np.bool_))
    assert watch.rows_missing == 5, "this rest has been named: it takes a row that is none, and four of the next one"
    watch.update(np.array([0], np.bool_))
    assert watch.rows_missing == 4


def test_a_hole_starts_the_rest_anew() -> None:
    watch = RestWatch(3)
    assert watch.update(np.ones(2, np.bool_)) == []
    watch.reset()
    assert watch.update(np.ones(3, np.bool_)) == [2]


# --- what the strap shows ---


def watch(strap: Rotation | None = None) -> StrapWatch:
    rotation = frames.IDENTITY if strap is None else tuple(strap.as_matrix().ravel().tolist())
    return StrapWatch(RATE_HZ, rotation, SlipParams())


def marks(*parts: Shin, strap: Rotation | None = None, turned_deg: float = 0.0) -> list[tuple[str, float, float]]:
    """(kind, seconds, degrees) of every mark; ``turned_deg``: the sensor has turned about the leg since."""
    rows = strapped(*parts, strap=strap)
    mounted = Rotation.from_euler("z", turned_deg, degrees=True) * (strap or Rotation.identity())
    return [(mark.kind, mark.row / RATE_HZ, mark.deg) for mark in watch(mounted).update(rows.quat, rows.at_rest)]


def kinds(*parts: Shin, turned_deg: float = 0.0) -> list[str]:
    return [kind for kind, _, _ in marks(*parts, turned_deg=turned_deg)]


def test_the_lean_is_the_angle_from_the_zero_however_it_is_strapped_on() -> None:
    for euler in ((0, 0, 0), (70, -40, 110)):
        strap = Rotation.from_euler("xyz", euler, degrees=True)
        ((kind, seconds, deg),) = marks(stand(3.0, 4.0), strap=strap)
        assert (kind, deg) == ("leans", pytest.approx(4.0, abs=0.01))
        assert seconds == pytest.approx(2.0, abs=0.1)


def test_lunges_that_go_forwards_and_rests_at_the_zero_are_no_slip() -> None:
    assert kinds(stand(3.0), lunge(), stand(3.0), lunge(20.5), stand(3.0)) == [
        "stands",
        "straight",
        "stands",
        "straight",
        "stands",
    ]


@pytest.mark.parametrize("lean_deg", [4.0, 12.0, 30.0, 60.0, -30.0])
def test_a_jump_to_another_lean_is_a_slip_at_once_however_large(lean_deg: float) -> None:
    assert kinds(stand(3.0), shift(lean_deg), stand(3.0, lean_deg)) == ["stands", "moved"]


@pytest.mark.parametrize("lean_deg", [25.0, 50.0])
def test_a_seat_is_no_slip_and_a_place_that_lunges_go_on_from_is(lean_deg: float) -> None:
    sits = [stand(3.0), way(lean_deg, 0.0), stand(4.0, lean_deg)]
    assert kinds(*sits, way(0.0, lean_deg), stand(3.0)) == ["stands", "straight", "stands"]
    assert kinds(*sits, lunge(12.0, base_deg=lean_deg), stand(1.0, lean_deg))[:2] == ["stands", "moved"]


def test_holds_at_one_depth_between_which_the_shin_comes_half_way_back_are_no_slip() -> None:
    down, hold, half, again = way(40.0, 0.0), stand(3.0, 40.0), way(15.0, 40.0), way(40.0, 15.0)
    assert "moved" not in kinds(stand(3.0), down, hold, half, again, hold, half, again, hold)


def test_lying_down_says_nothing() -> None:
    assert kinds(stand(3.0), way(85.0, 0.0), stand(4.0, 85.0)) == ["stands"]


@pytest.mark.parametrize("turned_deg", [180.0, 90.0, 60.0, -45.0])
def test_one_lunge_shows_a_strap_that_has_turned_far(turned_deg: float) -> None:
    found = marks(stand(3.0), lunge(), stand(1.0), turned_deg=turned_deg)
    assert [kind for kind, _, _ in found] == ["stands", "turned"]
    assert found[1][2] == pytest.approx(abs(turned_deg), abs=0.5)
    # half-way back: before the repetition is over
    assert 3.0 + 1.6 + 1.0 < found[1][1] < 3.0 + 1.6 + 1.0 + 1.6


def test_two_lunges_show_a_strap_that_has_turned_by_30_deg_and_one_does_not() -> None:
    again = [stand(1.0), lunge()]
    assert "turned" not in kinds(stand(1.0), lunge(), stand(1.0), turned_deg=30.0)
    assert kinds(stand(1.0), lunge(), *again, turned_deg=30.0) == ["turned"]
    assert "turned" not in kinds(stand(1.0), lunge(off_deg=30.0), stand(1.0), lunge(off_deg=-30.0), *again)


@given(
    st.lists(
        st.sampled_from(
            [stand(0.6), stand(2.2), stand(2.2, 12.0), stand(2.2, 30.0), lunge(), lunge(25.0, 60.0), shift(5.0)]
        ),
        max_size=6,
    ),
    st.lists(st.integers(1, 12), min_size=1, max_size=5),
)
def test_packets_show_what_the_whole_shows(parts: list[Shin], sizes: list[int]) -> None:
    rows = strapped(stand(1.0), *parts)
    n = len(rows.at_rest)
    packets, found, begin = watch(), [], 0
    for size in itertools.cycle(sizes):
        end = min(n, begin + size)
        quat, rest = rows.quat[begin:end], rows.at_rest[begin:end]
        if not packets.pass_few(quat, rest.tolist() if rest.any() else None):
            found += [Mark(begin + mark.row, mark.kind, mark.deg) for mark in packets.update(quat, rest)]
        begin = end
        if begin == n:
            break
    assert found == watch().update(rows.quat, rows.at_rest)
