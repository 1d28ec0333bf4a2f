"""The gate in front of a recording: confirmed where it is known, refused where the answers take the protocol out."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from sensor_pipeline.cli.recording.gating import answered, judged
from sensor_pipeline.cli.recording.plan import Plan
from sensor_pipeline.cli.recording.questions import Nobody
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.protocols.safety import SafetyAnswers
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

ACHILLES = SafetyAnswers(pain=2, pain_site="achilles")


class Someone(Nobody):
    known: SafetyAnswers | None = None

    async def safety(self, known: SafetyAnswers | None) -> SafetyAnswers:
        self.known = known
        return SafetyAnswers()


def test_what_earlier_sessions_say_is_given_to_be_confirmed_without_its_pain(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, SessionSetup((SensorSetup("left", 100.0),)), person="ann")
    writer.append(Tick(0, 0, None))
    writer.finish()
    answers = {"safety": SafetyAnswers(("swelling",), True, 3, "other").document()}
    write_manifest(writer.path, dataclasses.replace(read_manifest(writer.path), answers=answers))
    someone = Someone()
    asyncio.run(answered(Plan(tmp_path, (), person="ann"), None, someone))
    assert someone.known == SafetyAnswers(("swelling",), True)
    asyncio.run(answered(Plan(tmp_path, (), person="bob"), None, someone))
    assert someone.known is None


def test_given_answers_are_read_and_a_simulated_person_is_not_asked(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ())
    assert asyncio.run(answered(plan, "none", Nobody())) == SafetyAnswers()
    assert asyncio.run(answered(plan, {"pain": 1, "pain_site": "other"}, Nobody())) == SafetyAnswers(
        pain=1, pain_site="other"
    )
    assert asyncio.run(answered(dataclasses.replace(plan, simulated=True), None, Nobody())) is None
    with pytest.raises(UserError, match="nobody to ask"):
        asyncio.run(answered(plan, None, Nobody()))


def test_the_protocol_decides_what_an_answer_takes_out(tmp_path: Path) -> None:
    plan = Plan(tmp_path, ())
    free = judged(dataclasses.replace(plan, protocol=load_protocol("ktw_standing")), ACHILLES)
    assert (free.push, free.answers) == (False, ACHILLES)
    with pytest.raises(UserError, match=r"nothing was recorded\. Pain in the Achilles"):
        judged(dataclasses.replace(plan, protocol=load_protocol("gastroc_step")), ACHILLES)
    with pytest.raises(UserError, match="ask your clinician"):
        judged(plan, SafetyAnswers(("swelling",)))
    assert judged(plan, None) is plan
