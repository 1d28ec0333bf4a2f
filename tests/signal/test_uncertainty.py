"""The stated standard deviation: its parts, and what makes it larger. Whether it holds: tests/lab/test_coverage.py."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.frames import IDENTITY
from sensor_pipeline.signal.uncertainty import UncertaintyParams, holes, peak_sd_deg
from sensor_pipeline.types import Mounting

from .lunges import MOUNTING, rep_of

EXACT = UncertaintyParams(0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0)


def sd(*args: object, **how: object) -> float:
    found = peak_sd_deg(*args, **how)  # type: ignore[arg-type]  # handed on
    assert found is not None
    return found


def test_with_an_exact_sensor_the_zero_is_left() -> None:
    straight = replace(MOUNTING, axis_sd_deg=0.0)
    assert sd(rep_of(), straight, params=EXACT) == pytest.approx(0.25)


def test_an_axis_that_is_off_shows_the_cosine() -> None:
    mounting = replace(MOUNTING, zero_sd_deg=0.0, axis_sd_deg=8.8)
    assert sd(rep_of(40.0), mounting, params=EXACT) == pytest.approx(40.0 * (1.0 - np.cos(np.radians(8.8))), rel=0.01)


def test_a_quick_lunge_is_as_good_as_the_gyroscope() -> None:
    mounting = replace(MOUNTING, zero_sd_deg=0.0, axis_sd_deg=0.0)
    quick = rep_of(40.0, down_s=0.8, hold_s=0.0)
    assert sd(quick, mounting, params=replace(EXACT, gyr_scale=0.005)) == pytest.approx(0.2, abs=0.01)


def test_a_long_hold_is_as_good_as_the_accelerometer() -> None:
    """10 mg on two axes are 2 b sin(20 deg) at 40 deg, once the filter has followed."""
    mounting = replace(MOUNTING, zero_sd_deg=0.0, axis_sd_deg=0.0)
    long = rep_of(40.0, hold_s=60.0)
    expected = np.degrees(2.0 * 0.010 * np.sin(np.radians(20.0)))
    assert sd(long, mounting, params=replace(EXACT, acc_bias_g=0.010)) == pytest.approx(expected, rel=0.01)


def test_a_bridged_hole_makes_it_larger_with_its_cube() -> None:
    rep, whole = rep_of(), sd(rep_of(), MOUNTING)
    added = [sd(rep, MOUNTING, (hole_s,)) ** 2 - whole**2 for hole_s in (0.1, 0.2)]
    assert added[1] / added[0] == pytest.approx(64.0, rel=1e-6)
    assert sd(rep, MOUNTING, (0.3,)) > 1.5 * whole


def test_a_filter_that_started_anew_is_trusted_less_for_a_while() -> None:
    rep = rep_of()
    found = [sd(rep, MOUNTING, (), since_s) for since_s in (2.0, 10.0, 100.0)]
    assert found[0] > found[1] > found[2] == pytest.approx(sd(rep, MOUNTING), rel=0.01)


def test_a_stated_mounting_states_no_zero() -> None:
    assert peak_sd_deg(rep_of(), Mounting("given", 0.0, IDENTITY, False, 0.0)) is None


@given(st.floats(1.0, 80.0), st.floats(0.3, 8.0), st.floats(0.0, 60.0))
def test_it_is_at_least_the_zero_s(peak_deg: float, way_s: float, hold_s: float) -> None:
    assert 0.25 <= sd(rep_of(peak_deg, down_s=way_s, hold_s=hold_s), MOUNTING) < 2.0


def test_holes_reach_from_good_row_to_good_row() -> None:
    time_s = np.arange(10) / 10.0
    bridged = np.array([0, 0, 1, 1, 0, 0, 1, 0, 0, 1], bool)
    assert holes(time_s, bridged) == pytest.approx((0.3, 0.2, 0.1))
    assert holes(time_s, np.zeros(10, bool)) == ()
