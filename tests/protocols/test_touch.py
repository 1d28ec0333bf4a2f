"""The knee-to-wall search: only the furthest touching distance is the range."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.protocols.touch import TouchSearch


def test_the_foot_goes_back_until_a_try_fails() -> None:
    search = TouchSearch(1.0)
    assert [search.answer(True, 34.0), search.answer(True, 36.0), search.answer(False, 36.5)] == [
        "back",
        "back",
        "found",
    ]
    assert search.furthest == (1.0, 36.0)
    assert search.offset_cm == 1.0


def test_where_the_first_try_fails_the_foot_goes_closer_until_one_touches() -> None:
    search = TouchSearch(0.5)
    assert [search.answer(False, 40.0), search.answer(False, 39.5), search.answer(True, 39.0)] == [
        "closer",
        "closer",
        "found",
    ]
    assert search.furthest == (-1.0, 39.0)
    assert search.offset_cm == -1.0


@given(reach=st.integers(-12, 12))
def test_the_search_finds_the_furthest_distance_wherever_it_starts(reach: int) -> None:
    search = TouchSearch(1.0)
    for _ in range(30):
        if search.answer(search.offset_cm <= reach, 30.0 + search.offset_cm) == "found":
            break
    assert search.furthest == (float(reach), 30.0 + reach)


@pytest.mark.parametrize(("shank_cm", "angle_deg"), [(43.0, 40.0), (36.0, 30.0)])
def test_the_distance_by_the_angle_is_what_geometry_says(shank_cm: float, angle_deg: float) -> None:
    search = TouchSearch(1.0)
    # 2 cm further back, the knee at the wall: sin grows by 2 / L
    further_deg = math.degrees(math.asin(math.sin(math.radians(angle_deg)) + 2.0 / shank_cm))
    search.answer(True, angle_deg)
    assert search.by_angle_cm(shank_cm) is None
    search.answer(True, (angle_deg + further_deg) / 2.0)
    search.answer(True, further_deg)
    search.answer(False, 99.0)
    steps_cm, by_angle_cm = search.by_angle_cm(shank_cm) or (0.0, 0.0)
    assert steps_cm == 2.0
    assert by_angle_cm == pytest.approx(2.0, abs=1e-9)
