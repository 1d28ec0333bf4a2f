"""The gate: nothing that loads before the questions; stretches out with Achilles pain; no pushing through pain."""

from __future__ import annotations

import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.library.protocols import load_protocols
from sensor_pipeline.protocols.gate import ACHILLES, NOT_ASKED, clearance_of, gate, kept, reconfirmed
from sensor_pipeline.protocols.safety import EXCLUSIONS, SafetyAnswers, judge

PROTOCOLS = load_protocols()
LOADING = [one for one in PROTOCOLS.values() if one.care.loads]
FREE = [one for one in PROTOCOLS.values() if not one.care.loads]


def test_before_anybody_answered_nothing_that_loads_is_done() -> None:
    assert clearance_of(None) is None
    assert {gate(one, None).say for one in LOADING} == {NOT_ASKED}
    assert not any(gate(one, None).allowed for one in LOADING)
    assert all(gate(one, None).allowed for one in FREE)


@pytest.mark.parametrize("exclusion", [one.id for one in EXCLUSIONS])
def test_an_exclusion_holds_back_every_load_until_a_clinician_cleared_it(exclusion: str) -> None:
    barred = judge(SafetyAnswers((exclusion,)))
    assert not any(gate(one, barred).allowed for one in LOADING)
    assert all("clinician" in gate(one, barred).say for one in LOADING)
    cleared = judge(SafetyAnswers((exclusion,), cleared=True))
    verdicts = [gate(one, cleared) for one in LOADING]
    assert all(verdict.allowed and not verdict.push for verdict in verdicts)


@pytest.mark.parametrize("site", ["front", "pinching"])
def test_front_pain_or_pinching_stops_everything_that_loads(site: str) -> None:
    clearance = judge(SafetyAnswers(pain=1, pain_site=site))  # type: ignore[arg-type] # parametrize knows only str
    assert not any(gate(one, clearance).allowed for one in LOADING)


def test_achilles_pain_takes_the_stretches_out_and_ends_the_pushing() -> None:
    clearance = judge(SafetyAnswers(pain=2, pain_site="achilles"))
    out = {one.id for one in LOADING if not gate(one, clearance).allowed}
    assert {"gastroc_step", "soleus_lunge", "calf_3d", "wblt_knee_straight", "release_achilles"} <= out
    assert gate(PROTOCOLS["soleus_lunge"], clearance).say.startswith(ACHILLES)
    assert not any(gate(one, clearance).push for one in PROTOCOLS.values())


def test_nothing_wrong_lets_everything_be_done() -> None:
    clearance = judge(SafetyAnswers())
    assert all(gate(one, clearance).allowed and gate(one, clearance).push for one in PROTOCOLS.values())


def test_pain_is_never_kept_and_asked_each_time() -> None:
    answers = SafetyAnswers(("swelling",), True, 3, "other")
    assert kept(answers) == SafetyAnswers(("swelling",), True)
    assert reconfirmed(kept(answers), 2, "achilles") == SafetyAnswers(("swelling",), True, 2, "achilles")
    with pytest.raises(UserError, match="pain 11"):
        reconfirmed(kept(answers), 11, "other")
