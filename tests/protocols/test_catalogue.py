"""The catalogue holds every test, exercise, dose, target and fault, and says honestly what is not measured."""

from __future__ import annotations

import pytest

from sensor_pipeline.library.protocols import load_programme, load_protocols, programme_ids
from sensor_pipeline.protocols.coach import FAULT_WORDS
from sensor_pipeline.protocols.protocol import FAULTS, ROUTINE

PROTOCOLS = load_protocols()

# id: (reps, hold_s, longest hold or length of the set) as the articles give them
ARTICLE_DOSES = {
    "ankle_circles": (20, None, None),
    "banded_lunge": (30, None, None),
    "dynamic_mob": (None, None, 120.0),
    "eccentric_drop": (30, 5.0, None),
    "gastroc_step": (3, 30.0, None),
    "nerve_floss": (20, None, None),
    "release_achilles": (1, 60.0, 180.0),
    "release_calf": (1, 60.0, 180.0),
    "seated_df_hold": (20, 10.0, None),
    "soleus_lunge": (1, 30.0, None),
    "traction": (3, 30.0, None),
}
NO_DOSE = {"anterior_reach", "calf_3d", "deep_squat", "heel_raise", "plate_squat", "step_down"}
OWN_DOSES = {"cal_flat_foot", "cal_static_upright", "ktw_half_kneel", "ktw_standing", "wblt_knee_straight", "big_toe"}
QUESTIONS = {"cleared", "pain", "restriction_site"}
UNSEEN = {"ankle_circles", "nerve_floss", "release_achilles", "release_calf", "seated_df_hold", "traction"}


def test_the_catalogue_is_whole() -> None:
    assert set(PROTOCOLS) == set(ARTICLE_DOSES) | NO_DOSE | OWN_DOSES | QUESTIONS


@pytest.mark.parametrize("name", sorted(ARTICLE_DOSES))
def test_a_dose_is_the_article_s(name: str) -> None:
    dose = PROTOCOLS[name].dose
    assert (dose.reps, dose.hold_s, dose.max_s or dose.total_s) == ARTICLE_DOSES[name]
    assert not {"reps", "hold_s", "max_s", "total_s"} & set(dose.ours)


@pytest.mark.parametrize("name", sorted(NO_DOSE))
def test_where_the_article_gives_no_dose_none_is_invented(name: str) -> None:
    dose = PROTOCOLS[name].dose
    assert (dose.reps, dose.hold_s, dose.max_s, dose.total_s, dose.rest_s) == (None,) * 5


@pytest.mark.parametrize("name", sorted(OWN_DOSES))
def test_a_number_of_our_own_is_named_as_ours(name: str) -> None:
    dose = PROTOCOLS[name].dose
    given = {key for key in ("reps", "hold_s", "pace_s", "rest_s", "step_cm") if getattr(dose, key) is not None}
    assert set(dose.ours) == given


def test_what_the_sensor_cannot_see_is_a_timer_and_never_a_measurement() -> None:
    for name in UNSEEN:
        one = PROTOCOLS[name]
        assert (one.way, one.measured.extent, one.measured.angle) == ("timer", "timer", "none"), name
        assert one.watch.judged == ()


def test_the_sensor_is_on_the_back_leg_where_the_back_leg_works() -> None:
    assert {name for name, one in PROTOCOLS.items() if one.sensor_leg == "back"} == {
        "calf_3d",
        "soleus_lunge",
        "wblt_knee_straight",
    }


def test_only_a_flat_level_foot_may_be_called_dorsiflexion() -> None:
    assert PROTOCOLS["plate_squat"].measured.angle == "shin_angle"
    assert PROTOCOLS["heel_raise"].measured.angle == "none"
    assert PROTOCOLS["ktw_standing"].measured.angle == "dorsiflexion"


def test_the_targets_of_the_articles_stand_there_as_theirs() -> None:
    target = PROTOCOLS["ktw_standing"].target
    assert target.distance_cm == 8.0
    assert "article B suggests" in target.text
    assert "50 to 60 degrees" in PROTOCOLS["big_toe"].target.text
    assert "about 2 minutes" in PROTOCOLS["dynamic_mob"].target.text


def test_the_gate_stands_before_everything_that_loads_or_stretches() -> None:
    free = {name for name, one in PROTOCOLS.items() if not one.care.loads}
    assert free == QUESTIONS | {"ankle_circles", "release_calf", "seated_df_hold"}
    stretches = {name for name, one in PROTOCOLS.items() if one.care.strains_achilles}
    assert {"gastroc_step", "soleus_lunge", "calf_3d"} <= stretches


def test_every_judged_fault_has_words_and_what_cannot_be_seen_is_looked_for() -> None:
    assert set(FAULTS) == set(FAULT_WORDS)
    looked_for = " ".join(text for one in PROTOCOLS.values() for text in one.watch.look_for)
    assert "toes turned out" in looked_for
    assert "arch" in looked_for
    assert "heel_lift" not in PROTOCOLS["soleus_lunge"].watch.judged  # a static hold: never checked


def test_the_restriction_site_is_asked_with_all_places_and_only_the_article_suggests() -> None:
    (question,) = PROTOCOLS["restriction_site"].questions
    assert [choice.id for choice in question.choices][:5] == ["front", "back", "calf", "shin", "big_toe"]
    for choice in question.choices:
        assert not choice.suggests or choice.suggests.startswith("article B suggests")
        assert not choice.suggests or "challenging" in choice.suggests


def test_pain_is_asked_each_time_from_0_to_10_before_and_after() -> None:
    questions = PROTOCOLS["pain"].questions
    assert [question.id for question in questions] == ["pain_before", "pain_after"]
    assert all((q.kind, q.lo, q.hi, q.each_time) == ("scale", 0, 10, True) for q in questions)


def test_no_word_diagnoses() -> None:
    banned = ("equinus", "impingement", "abnormal", "injury risk", "validated", "clinical grade", "diagnos")
    for one in PROTOCOLS.values():
        assert not [word for word in banned if word in one.text.lower()], one.id


def test_every_protocol_says_where_it_comes_from_and_what_is_not_measured() -> None:
    for one in PROTOCOLS.values():
        assert one.sources
        assert one.measured.unseen


@pytest.mark.parametrize("name", programme_ids())
def test_a_routine_keeps_the_order_soft_tissue_before_joint(name: str) -> None:
    kinds = [PROTOCOLS[i.protocol].kind for i in load_programme(name).items if i.part == "exercise"]
    places = [ROUTINE.index(kind) for kind in kinds]
    assert places == sorted(places)


@pytest.mark.parametrize("name", programme_ids())
def test_pain_is_asked_before_and_after_every_visit(name: str) -> None:
    items = load_programme(name).items
    asked = [(items.index(i), i.questions) for i in items if i.protocol == "pain"]
    assert [questions for _, questions in asked] == [("pain_before",), ("pain_after",)]
    loads = [n for n, item in enumerate(items) if PROTOCOLS[item.protocol].care.loads]
    assert asked[0][0] < loads[0] <= loads[-1] < asked[1][0]
