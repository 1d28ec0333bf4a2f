"""A visit: one leg after the other on one strapping, numbers that stay, and a reason for everything left out."""

from __future__ import annotations

import pytest

from sensor_pipeline.library.protocols import load_programme, load_protocols, programme_ids
from sensor_pipeline.protocols.safety import SafetyAnswers, judge
from sensor_pipeline.protocols.walk import BOTH_DONE, OTHER_SITE, SITE_NOT_SAID, Outcome, Step, leg_order, steps_of
from sensor_pipeline.types import Side

PROTOCOLS = load_protocols()
FINE = judge(SafetyAnswers())


def visit(name: str, **sites: str) -> tuple[Step, ...]:
    return steps_of(
        load_programme(name, PROTOCOLS),
        PROTOCOLS,
        legs=("right", "left"),
        clearance=FINE,
        sites=dict(sites),  # type: ignore[arg-type] # keyword names are str
    )


@pytest.mark.parametrize("name", programme_ids())
def test_the_sensor_changes_legs_once(name: str) -> None:
    assert [step.leg for step in visit(name, left="front", right="calf") if step.strap] == ["right", "left"]


def test_test_exercise_and_retest_are_done_on_one_strapping() -> None:
    steps = visit("standard")
    for leg in ("left", "right"):
        mine = [step for step in steps if step.leg == leg]
        assert [step.part for step in mine if step.protocol == "ktw_standing"] == ["test", "retest"]
        assert [step.number for step in mine if step.strap] == [mine[0].number]


def test_numbers_stay_when_an_answer_comes_and_only_reasons_change() -> None:
    before, after = visit("by_site"), visit("by_site", right="calf", left="front")
    assert [(s.number, s.protocol, s.leg) for s in before] == [(s.number, s.protocol, s.leg) for s in after]
    floss = next(i for i, s in enumerate(before) if s.protocol == "nerve_floss" and s.leg == "right")
    assert (before[floss].skip, after[floss].skip) == (SITE_NOT_SAID, "")


def test_the_site_of_each_leg_decides_what_article_b_suggests_for_it() -> None:
    done = {(s.protocol, s.leg) for s in visit("by_site", right="calf", left="front") if not s.skip}
    assert {("nerve_floss", "right"), ("banded_lunge", "left")} <= done
    assert not {("nerve_floss", "left"), ("banded_lunge", "right"), ("soleus_lunge", "left")} & done


@pytest.mark.parametrize(
    ("right", "left", "skips"),
    [("calf", "calf", ["", BOTH_DONE]), ("front", "calf", [OTHER_SITE, ""]), ("front", "back", [OTHER_SITE] * 2)],
)
def test_what_both_legs_do_at_once_is_done_once_for_whichever_leg_asks(right: str, left: str, skips: list[str]) -> None:
    steps = [step for step in visit("by_site", right=right, left=left) if step.protocol == "gastroc_step"]
    assert [step.skip for step in steps] == skips


def test_without_answers_the_gate_leaves_only_what_does_not_load() -> None:
    steps = steps_of(load_programme("standard", PROTOCOLS), PROTOCOLS, legs=("left",))
    assert {s.protocol for s in steps if not s.skip} == {
        "cleared",
        "pain",
        "ankle_circles",
        "release_calf",
        "seated_df_hold",
    }


def test_achilles_pain_takes_the_stretches_out_whatever_the_site() -> None:
    clearance = judge(SafetyAnswers(pain=1, pain_site="achilles"))
    programme = load_programme("by_site", PROTOCOLS)
    steps = steps_of(programme, PROTOCOLS, legs=("left",), clearance=clearance, sites={"left": "back"})
    assert "soleus_lunge" not in {s.protocol for s in steps if not s.skip}
    assert not any(step.push for step in steps)


def test_either_leg_comes_first_and_the_seed_decides() -> None:
    orders: set[tuple[Side, Side]] = {leg_order(seed) for seed in range(4)}
    assert orders == {("left", "right"), ("right", "left")}
    assert leg_order(7) == leg_order(7)


def test_an_outcome_is_kept_with_its_reason() -> None:
    assert Outcome(4, "traction", "left", "skipped", "no helper").document() == {
        "step": 4,
        "protocol": "traction",
        "leg": "left",
        "became": "skipped",
        "reason": "no helper",
        "session": None,
    }
