"""Measures of repetitions whose course is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.frames import frontal_rad, rotate, up_in_sensor
from sensor_pipeline.signal.angle import SideRows
from sensor_pipeline.signal.quality import Measures, measure, side_turns
from sensor_pipeline.simulate.curve import Curve, Waypoints
from sensor_pipeline.simulate.sensor import draw_strap
from sensor_pipeline.types import Mounting, Rep, Side

from .lunges import BEFORE_S, rep_of, span_of, times_of


def measured(rep: Rep, **how: object) -> Measures:
    found = measure(span_of(rep, **how), rep)  # type: ignore[arg-type]  # handed on
    assert found is not None
    return found


def wave(rep: Rep, amplitude_deg: float, hz: float) -> Curve:
    time_s, w = times_of(rep), 2.0 * np.pi * hz
    a = np.radians(amplitude_deg)
    return Curve(a * np.sin(w * time_s), a * w * np.cos(w * time_s), -a * w * w * np.sin(w * time_s))


@pytest.mark.parametrize("way_s", [0.8, 1.6, 3.0])
@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 208.0])
def test_both_ways_of_a_minimum_jerk_lunge_are_smooth(way_s: float, rate_hz: float) -> None:
    found = measured(rep_of(down_s=way_s, back_s=way_s), rate_hz=rate_hz)
    assert found.sparc_descent == pytest.approx(-1.40, abs=0.05)
    assert found.sparc_ascent == pytest.approx(-1.40, abs=0.05)


def test_tremor_makes_it_rougher() -> None:
    rep = rep_of()
    calm, trembling = measured(rep), measured(rep, extra=wave(rep, 0.5, 6.0))
    assert calm.sparc_descent is not None
    assert trembling.sparc_descent is not None
    assert trembling.sparc_descent < calm.sparc_descent - 0.5


def test_a_perfect_hold_neither_drifts_nor_sways() -> None:
    found = measured(rep_of())
    assert found.hold_drift_deg == pytest.approx(0.0, abs=0.02)
    assert found.hold_rms_deg == pytest.approx(0.0, abs=0.02)
    assert found.dip_deg == pytest.approx(0.0, abs=1e-9)
    assert found.missing_deg == pytest.approx(0.0, abs=0.01)


def test_sway_in_the_hold_is_its_root_mean_square() -> None:
    rep = rep_of(hold_s=5.0)
    found = measured(rep, extra=wave(rep, 1.0, 0.6))
    assert found.hold_rms_deg == pytest.approx(np.sqrt(0.5), rel=0.1)


def test_sinking_in_the_hold_is_drift() -> None:
    rep = rep_of(hold_s=4.0)
    sink = Waypoints((BEFORE_S + 1.6, BEFORE_S + 5.6), (0.0, -np.radians(2.0))).at(times_of(rep))
    found = measured(rep, extra=sink)
    assert found.hold_drift_deg is not None
    assert -2.6 < found.hold_drift_deg < -1.8


def test_no_hold_has_no_steadiness() -> None:
    found = measured(rep_of(hold_s=0.0))
    assert (found.hold_drift_deg, found.hold_rms_deg) == (None, None)
    assert found.sparc_descent == pytest.approx(-1.40, abs=0.1)


def test_coming_up_and_going_down_again_is_a_dip() -> None:
    rep = rep_of(hold_s=3.0)
    middle = BEFORE_S + 1.6 + 1.5
    dip = Waypoints((middle - 0.7, middle, middle + 0.7), (0.0, -np.radians(10.0), 0.0)).at(times_of(rep))
    assert measured(rep, extra=dip).dip_deg == pytest.approx(10.0, abs=0.2)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("frontal_deg", "axial_deg"), [(6.0, 0.0), (-4.0, 0.0), (0.0, 8.0), (3.0, -5.0)])
def test_side_movements_have_the_sign_of_the_body(side: Side, frontal_deg: float, axial_deg: float) -> None:
    """Positive = knee towards the midline, shin turning inwards, on both legs."""
    from dataclasses import replace

    rep = replace(rep_of(), side=side)
    found = measured(rep, frontal_deg=frontal_deg, axial_deg=axial_deg)
    assert found.frontal_change_deg == pytest.approx(frontal_deg, abs=0.05)
    assert found.axial_change_deg == pytest.approx(axial_deg, abs=0.05)


def test_a_leg_that_does_not_come_back_has_something_left() -> None:
    rep = rep_of()
    half_way = Waypoints((BEFORE_S + 3.6, BEFORE_S + 5.0), (0.0, np.radians(10.0))).at(times_of(rep))
    assert measured(rep, extra=half_way).missing_deg == pytest.approx(10.0, abs=0.2)


def test_before_the_axis_is_known_there_are_no_side_movements() -> None:
    from dataclasses import replace

    rep = rep_of()
    span = replace(span_of(rep, frontal_deg=5.0), mounting=Mounting("pose", 0.0, (1.0,) * 9, True))
    found = measure(span, rep)
    assert found is not None
    assert (found.frontal_change_deg, found.axial_change_deg) == (None, None)


def test_rows_that_begin_in_the_middle_measure_nothing() -> None:
    from dataclasses import replace

    rep = rep_of()
    span = span_of(rep)
    late = replace(span, time_s=span.time_s + 3.0)
    assert measure(late, rep) is None


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_side_turns_are_the_angles_of_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quat = rng.standard_normal((40, 4))
    quat /= np.sqrt((quat * quat).sum(axis=1))[:, None]
    mounting = Mounting("pose+axis", 0.0, draw_strap(rng), False)
    expected = SideRows(quat, mounting, "left", quat[:1], False, True).angles()
    sideways, twist = side_turns(quat, mounting.rotation)
    assert sideways == pytest.approx(expected.frontal_rad, abs=1e-12)
    assert np.cos(twist + expected.axial_rad) == pytest.approx(np.ones(40), abs=1e-12)
    _, u_y, _ = rotate(mounting.rotation, *up_in_sensor(quat))  # type: ignore[arg-type]  # nine floats
    assert sideways == pytest.approx(frontal_rad(u_y, "left"), abs=1e-12)
