"""The gate lets nobody through whom the list keeps out, and asks nobody to go further who hurts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols import safety
from sensor_pipeline.protocols.safety import EXCLUSIONS, PAIN_SITES, SafetyAnswers, judge, read_answers

IDS = [exclusion.id for exclusion in EXCLUSIONS]
ANSWERS = st.builds(
    lambda excluded, cleared, pain, site: SafetyAnswers(tuple(excluded), cleared, pain, site if pain else None),
    st.lists(st.sampled_from(IDS), unique=True),
    st.booleans(),
    st.integers(0, 10),
    st.sampled_from(PAIN_SITES),
)


def test_nothing_applies_and_nothing_hurts_everything_is_open_and_the_stop_signs_are_said() -> None:
    found = judge(SafetyAnswers())
    assert (found.load, found.stretch, found.push) == (True, True, True)
    assert found.say == "Sudden calf pain, a pop, pinching: stop."


@pytest.mark.parametrize("excluded", IDS)
def test_every_exclusion_alone_stops_and_sends_to_the_clinician(excluded: str) -> None:
    found = judge(SafetyAnswers((excluded,)))
    assert (found.load, found.stretch, found.push) == (False, False, False)
    assert "ask your clinician" in found.say


@pytest.mark.parametrize("excluded", IDS)
def test_who_was_cleared_goes_on_without_prompts_to_push(excluded: str) -> None:
    found = judge(SafetyAnswers((excluded,), cleared=True))
    assert found.load
    assert not found.push


@pytest.mark.parametrize("site", ["front", "pinching"])
def test_front_pain_and_pinching_stop_even_the_cleared(site: safety.PainSite) -> None:
    assert not judge(SafetyAnswers(pain=1, pain_site=site)).load
    assert not judge(SafetyAnswers(("swelling",), True, 1, site)).load


def test_achilles_pain_takes_the_stretches_out() -> None:
    found = judge(SafetyAnswers(pain=1, pain_site="achilles"))
    assert (found.load, found.stretch, found.push) == (True, False, False)


@given(ANSWERS)
def test_what_applies_or_hurts_is_never_pushed_and_never_answered_by_silence(answers: SafetyAnswers) -> None:
    found = judge(answers)
    if answers.excluded or answers.pain:
        assert not found.push
    assert not (found.push and not found.load)
    assert not (found.stretch and not found.load)
    assert found.say


@given(ANSWERS)
def test_more_that_applies_never_allows_more(answers: SafetyAnswers) -> None:
    found = judge(answers)
    worse = judge(SafetyAnswers(tuple(IDS), False, answers.pain, answers.pain_site))
    for name in ("load", "stretch", "push"):
        assert getattr(worse, name) <= getattr(found, name)


@given(ANSWERS)
def test_answers_survive_session_json(answers: SafetyAnswers) -> None:
    assert read_answers(json.loads(json.dumps(answers.document()))) == answers


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "object"),
        ({"hurts": 1}, "hurts"),
        ({"excluded": "swelling"}, "array"),
        ({"excluded": ["gout"]}, "gout"),
        ({"cleared": "yes"}, "true or false"),
        ({"pain": 11, "pain_site": "front"}, "0 to 10"),
        ({"pain": True, "pain_site": "front"}, "0 to 10"),
        ({"pain": 3.5, "pain_site": "front"}, "0 to 10"),
        ({"pain": 3}, "pain_site"),
        ({"pain": 3, "pain_site": "knee"}, "knee"),
        ({"pain": 0, "pain_site": "front"}, "without pain"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_by_name(document: object, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_answers(document)


def test_no_wording_claims_more_than_a_self_tracker_may() -> None:
    said = [safety.PURPOSE, safety.STOP_SIGNS, *(e.text for e in EXCLUSIONS), *safety.PAIN_SITE_TEXTS.values()]
    said += [judge(SafetyAnswers((i,), c)).say for i in IDS for c in (True, False)]
    said += [judge(SafetyAnswers((), False, 5, site)).say for site in PAIN_SITES]
    for words in ("equinus", "impingement", "injury risk", "rehabilitation", "normal", "validated", "clinical grade"):
        assert not any(words in text.lower() for text in said), words
