"""The safety gate in front of a recording: its answers, and what they do to a plan.

In: a plan, answers as typed, somebody to ask. Out: the plan with answers, or a refusal. Must not live here: the
questions, what an answer means.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.plan import Plan
    from sensor_pipeline.cli.recording.questions import Answerer
    from sensor_pipeline.protocols.safety import SafetyAnswers
    from sensor_pipeline.types import Json


async def answered(plan: Plan, given: str | Json | None, answerer: Answerer) -> SafetyAnswers | None:
    """The answers to the safety questions.

    Args:
        plan: of the session.
        given: as text or as parsed JSON, None = ask; what the library keeps of the person is confirmed then.
        answerer: who is asked.

    Returns:
        The answers, None where nobody wears the sensor.

    Raises:
        UserError: answers that make no sense, or nobody to ask.
        FileError: the library cannot be read.
    """
    from sensor_pipeline.cli.recording import safety_questions
    from sensor_pipeline.protocols.safety import read_answers

    if isinstance(given, str):
        return safety_questions.parse(given)
    if given is not None:
        return read_answers(given)
    if plan.simulated:
        return None
    known = None
    if plan.person is not None:
        from sensor_pipeline.library.known import known_of
        from sensor_pipeline.library.sessions import Library

        known = known_of(Library(plan.library), plan.person).answers
    return await answerer.safety(known)


def judged(plan: Plan, answers: SafetyAnswers | None) -> Plan:
    """Let the answers decide about the plan's protocol, or about loading where it has none.

    Returns:
        The plan with the answers, and without prompts to push where they forbid them.

    Raises:
        UserError: the answers take it out.
    """
    if answers is None:
        return plan
    from sensor_pipeline.protocols.gate import Verdict, gate
    from sensor_pipeline.protocols.safety import judge

    found = judge(answers)
    verdict = Verdict(found.load, found.push, found.say) if plan.protocol is None else gate(plan.protocol, found)
    if not verdict.allowed:
        raise UserError(f"nothing was recorded. {verdict.say}")
    if verdict.say:
        click.echo(verdict.say, err=True)
    return replace(plan, answers=answers, push=verdict.push)
