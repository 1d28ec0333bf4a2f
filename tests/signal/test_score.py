"""Faults and scores from known measures."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.protocols.coach import FAULT_WORDS
from sensor_pipeline.signal.quality import Measures
from sensor_pipeline.signal.score import ORDER, Baseline, Usual, Verdict, judge, ramp, score
from sensor_pipeline.types import Targets

from .lunges import rep_of

GOOD = Measures(-1.5, -1.5, 0.1, 0.1, 2.0, 1.0, 0.0, 0.0)
BASELINE = Baseline(Usual(2.0, 1.0), Usual(1.0, 1.0))
TARGETS = Targets(angle_deg=40.0, hold_s=2.0)


def test_a_good_repetition_gets_a_hundred_and_no_words() -> None:
    verdict = judge(rep_of(), GOOD, TARGETS, BASELINE)
    assert set(verdict.components) == {
        "depth",
        "tempo",
        "hold",
        "steadiness",
        "return",
        "tilt",
        "rotation",
        "smoothness",
    }
    assert set(verdict.components.values()) == {1.0}
    assert score(verdict.components, TARGETS) == 100.0
    assert (verdict.faults, verdict.words) == ([], [])


def test_half_as_deep_is_worth_nothing_however_well_it_is_done() -> None:
    for peak_deg, expected in ((20.0, 0.0), (30.0, 50.0), (36.0, 80.0), (45.0, 100.0)):
        rep = rep_of(peak_deg, faults=("short_of_target",) if peak_deg < 40.0 else ())
        verdict = judge(rep, GOOD, TARGETS, BASELINE)
        assert score(verdict.components, TARGETS) == pytest.approx(expected)
    assert judge(rep_of(36.0, faults=("short_of_target",)), GOOD, TARGETS, None).words == [
        "short_of_target: 36.0 of 40 deg"
    ]


def test_where_pain_was_logged_a_larger_angle_earns_nothing() -> None:
    careful = replace(TARGETS, grade_depth=False)
    scores = {score(judge(rep_of(peak), GOOD, careful, BASELINE).components, careful) for peak in (15.0, 30.0, 60.0)}
    assert scores == {100.0}


def test_without_a_target_there_is_no_score() -> None:
    verdict = judge(rep_of(), GOOD, Targets(), BASELINE)
    assert "depth" not in verdict.components
    assert score(verdict.components, Targets()) is None


@pytest.mark.parametrize(
    ("change", "fault", "component", "words"),
    [
        (
            {"frontal_change_deg": 6.5},
            "shin_tilts_in",
            "tilt",
            "the knee moved 6.5 deg inwards, your baseline is 2.0 deg inwards +- 1.0",
        ),
        (
            {"axial_change_deg": -6.0},
            "shin_rotates",
            "rotation",
            "the shin turned 6.0 deg outwards, your baseline is 1.0 deg inwards +- 1.0",
        ),
        (
            {"hold_rms_deg": 1.5},
            "hold_unsteady",
            "steadiness",
            "swayed by 1.5 deg rms in the hold, up to 0.75 is steady",
        ),
        ({"dip_deg": 13.0}, "hold_unsteady", "steadiness", "came up by 13 deg and went down again"),
        (
            {"sparc_ascent": -4.0},
            "jerky",
            "smoothness",
            "the way back has a spectral arc length of -4.0; a smooth one has -1.4 to -1.9",
        ),
    ],
)
def test_each_fault_says_what_speaks_for_it(change: dict[str, float], fault: str, component: str, words: str) -> None:
    verdict = judge(rep_of(), replace(GOOD, **change), TARGETS, BASELINE)
    assert verdict.faults == [fault]
    assert verdict.words == [f"{fault}: {words}"]
    assert verdict.components[component] < 1.0
    assert {name for name, value in verdict.components.items() if value < 1.0} == {component}


def test_the_way_that_is_too_fast_is_named() -> None:
    verdict = judge(rep_of(back_s=0.45), GOOD, TARGETS, None)
    assert verdict.faults == ["too_fast"]
    assert verdict.words == ["too_fast: back in 0.5 s, 0.6 s or more is asked for"]
    asked = judge(rep_of(), GOOD, replace(TARGETS, way_s=2.0), None)
    assert asked.words == ["too_fast: back in 1.4 s, 2 s or more is asked for"]


def test_what_the_detector_found_is_explained() -> None:
    rep = replace(rep_of(faults=("hold_short", "incomplete_return")), hold_s=1.0)
    verdict = judge(rep, replace(GOOD, missing_deg=8.0), TARGETS, None)
    assert verdict.faults == ["hold_short", "incomplete_return"]
    assert verdict.words == ["hold_short: held 1.0 of 2 s", "incomplete_return: ended 8 deg above the start"]
    assert verdict.components["hold"] == 0.5
    assert verdict.components["return"] == pytest.approx(0.75)


def test_a_knee_that_goes_outwards_is_no_fault() -> None:
    assert judge(rep_of(), replace(GOOD, frontal_change_deg=-9.0), TARGETS, BASELINE).faults == []


def test_without_a_baseline_nothing_is_said_of_the_side() -> None:
    verdict = judge(rep_of(), replace(GOOD, frontal_change_deg=15.0), TARGETS, None)
    assert verdict.faults == []
    assert "tilt" not in verdict.components


def test_a_baseline_that_varies_more_allows_more() -> None:
    moved = replace(GOOD, frontal_change_deg=9.0)
    assert judge(rep_of(), moved, TARGETS, Baseline(Usual(2.0, 3.0), Usual(1.0, 1.0))).faults == []
    assert judge(rep_of(), moved, TARGETS, BASELINE).faults == ["shin_tilts_in"]


def test_what_is_usual() -> None:
    assert Usual.of((1.0, 2.0, 3.0), 0.5) == Usual(2.0, 1.0)
    assert Usual.of((2.0, 2.0, 2.0), 0.5) == Usual(2.0, 0.5)


def test_a_fault_of_a_detector_of_one_s_own_stays() -> None:
    verdict = judge(rep_of(faults=("my_own", "hold_short")), GOOD, TARGETS, None)
    assert verdict.faults == ["hold_short", "my_own"]


def test_every_fault_has_words_for_the_person() -> None:
    assert set(ORDER) == set(FAULT_WORDS)


@given(st.floats(0.0, 80.0), st.floats(-10.0, -1.0), st.floats(0.0, 5.0), st.floats(-20.0, 20.0))
def test_components_and_score_stay_in_their_range(peak: float, arc: float, rms: float, frontal: float) -> None:
    rep = rep_of(max(peak, 1.0))
    measures = replace(GOOD, sparc_descent=arc, hold_rms_deg=rms, frontal_change_deg=frontal)
    verdict = judge(rep, measures, TARGETS, BASELINE)
    assert all(0.0 <= value <= 1.0 for value in verdict.components.values())
    total = score(verdict.components, TARGETS)
    assert total is not None
    assert 0.0 <= total <= 100.0
    explained = {word.split(":")[0] for word in verdict.words}
    assert len(explained) >= sum(value < 1.0 for value in verdict.components.values())


def test_a_ramp() -> None:
    assert [ramp(value, 1.0, 3.0) for value in (0.0, 1.0, 2.0, 3.0, 9.0)] == [1.0, 1.0, 0.5, 0.0, 0.0]
    assert ramp(-3.2, -2.4, -4.0) == pytest.approx(0.5)


def test_a_component_is_held_between_nothing_and_all() -> None:
    verdict = Verdict()
    verdict.part("depth", 1.7, "deep")
    verdict.part("hold", -2.0, "short")
    assert verdict.components == {"depth": 1.0, "hold": 0.0}
    assert verdict.words == ["hold: short"]
