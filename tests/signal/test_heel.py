"""Lifted heels in exact signals: a foot that turns about its ball under a shin that goes as deep as ever."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.signal.heel import Finding, HeelParams, HeelWatch, without_lift_deg
from sensor_pipeline.signal.history import Span
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.shank import SensorSite
from sensor_pipeline.types import Flag, Rep

from .lunges import SITE, flagged, rep_of, span_of

FLAT = 6


def lift_of(rep: Rep, height_m: float, way_s: float = 0.6) -> HeelLift:
    top = rep.start_s + rep.descent_s
    return HeelLift(top - way_s, top, top + rep.hold_s, top + rep.hold_s + way_s, height_m)


def watch(
    *, reps: int = FLAT, bias: tuple[float, float, float] = (0.0, 0.0, 0.0), site: SensorSite = SITE
) -> HeelWatch:
    """A watch that has seen flat repetitions of different depth and tempo."""
    found = HeelWatch(FLAT)
    for number in range(1, reps + 1):
        rep = rep_of(36.0 + 1.5 * number, down_s=1.2 + 0.15 * number, back_s=1.9 - 0.12 * number, number=number)
        assert found.check(span_of(rep, bias_m_s2=bias, site=site), rep) == Finding()
    return found


def checked(found: HeelWatch, rep: Rep, height_m: float, **how: object) -> Finding:
    lift = lift_of(rep, height_m) if height_m else None
    return found.check(span_of(rep, lift=lift, **how), rep)  # type: ignore[arg-type]  # handed on


@pytest.mark.parametrize("height_mm", [10.0, 20.0, 30.0])
def test_the_height_of_the_heel_is_found(height_mm: float) -> None:
    found = checked(watch(), rep_of(number=7), height_mm / 1000.0)
    assert found.state == "possible_lift"
    assert found.lift_mm == pytest.approx(height_mm, abs=1.5)  # it turns on an arc: 1 mm at 3 cm


def test_a_heel_that_stays_down_is_not_seen_to_lift() -> None:
    found = checked(watch(), rep_of(number=7), 0.0)
    assert (found.state, found.words) == ("no_lift_seen", "")
    assert found.lift_mm == pytest.approx(0.0, abs=0.5)


def test_a_larger_angle_gives_nothing_away() -> None:
    found = checked(watch(), rep_of(50.0, number=7), 0.0)
    assert found.state == "no_lift_seen"
    assert found.lift_mm == pytest.approx(0.0, abs=1.0)


@settings(max_examples=20, deadline=None)
@given(
    st.tuples(*[st.floats(-0.02, 0.02)] * 3),
    st.floats(0.03, 0.06),
    st.floats(0.18, 0.32),
    st.sampled_from([0.0, 0.02]),
)
def test_the_person_s_own_flat_repetitions_take_site_and_bias_out(
    bias_g: tuple[float, float, float], forwards_m: float, up_m: float, height_m: float
) -> None:
    bias = (bias_g[0] * G_M_S2, bias_g[1] * G_M_S2, bias_g[2] * G_M_S2)
    site = SensorSite(forwards_m, 0.0, up_m)
    found = checked(watch(bias=bias, site=site), rep_of(number=7), height_m, bias_m_s2=bias, site=site)
    assert found.state == ("possible_lift" if height_m else "no_lift_seen")
    assert found.lift_mm == pytest.approx(1000.0 * height_m, abs=2.5)


@pytest.mark.parametrize("way_s", [0.3, 0.6, 1.0])
def test_quick_and_slow_lifts(way_s: float) -> None:
    rep = rep_of(down_s=2.2, back_s=2.0, number=7)
    found = watch().check(span_of(rep, lift=lift_of(rep, 0.02, way_s)), rep)
    assert found.lift_mm == pytest.approx(20.0, abs=2.0)


def test_a_lunge_without_a_hold_is_checked_too() -> None:
    rep = rep_of(hold_s=0.0, number=7)
    top = rep.start_s + rep.descent_s
    found = watch().check(span_of(rep, lift=HeelLift(top - 0.5, top, top, top + 0.5, 0.02)), rep)
    assert found.state == "possible_lift"
    assert found.lift_mm == pytest.approx(20.0, abs=3.0)


def test_what_speaks_for_a_lift_stands_beside_the_angle() -> None:
    words = checked(watch(), rep_of(40.0, number=7), 0.02).words
    assert words.startswith("heel_lift: the ankle rose 1")
    assert "40.0 deg would be some 3" in words
    assert without_lift_deg(40.0, 0.02) == pytest.approx(40.0 - np.degrees(np.arcsin(0.02 / 0.18)))
    assert without_lift_deg(40.0, -0.01) == 40.0


def test_the_flat_repetitions_themselves_are_not_checked() -> None:
    found = HeelWatch(FLAT)
    rep = rep_of(number=3)
    assert found.check(span_of(rep, lift=lift_of(rep, 0.03)), rep) == Finding("not_checked", None, "")


def test_two_flat_repetitions_are_no_baseline() -> None:
    assert checked(watch(reps=2), rep_of(number=7), 0.02) == Finding()


def test_after_a_slip_nothing_is_checked_any_more() -> None:
    found = watch()
    found.forget()
    assert checked(found, rep_of(number=7), 0.02) == Finding()


def test_a_static_hold_is_not_checked() -> None:
    assert checked(watch(), rep_of(hold_s=HeelParams().longest_hold_s + 1.0, number=7), 0.02) == Finding()


def test_rows_that_were_filled_in_are_not_checked() -> None:
    rep = rep_of(number=7)
    span: Span = flagged(span_of(rep), rep.start_s + 1.0, rep.start_s + 1.1, Flag.BRIDGED)
    assert watch().check(span, rep) == Finding()


def test_flat_repetitions_that_vary_widen_the_doubt() -> None:
    """The same 1 cm is a possible lift for a steady foot, and none for one that gives way by centimetres."""
    unsteady = HeelWatch(FLAT)
    for number, height_m in enumerate((0.0, 0.03, 0.0, 0.025, 0.0, 0.03), start=1):
        rep = rep_of(number=number)
        unsteady.check(span_of(rep, lift=lift_of(rep, height_m) if height_m else None), rep)
    rep = rep_of(number=7)
    assert checked(unsteady, rep, 0.01).state == "no_lift_seen"
    assert checked(watch(), rep, 0.01).state == "possible_lift"


def test_the_result_is_the_same_at_any_usual_rate() -> None:
    for rate_hz in (50.0, 104.0, 208.0):
        found = HeelWatch(FLAT)
        for number in range(1, FLAT + 1):
            rep = rep_of(36.0 + number, number=number)
            found.check(span_of(rep, rate_hz=rate_hz), rep)
        rep = replace(rep_of(number=7))
        finding = found.check(span_of(rep, lift=lift_of(rep, 0.02), rate_hz=rate_hz), rep)
        assert finding.lift_mm == pytest.approx(20.0, abs=1.5)
