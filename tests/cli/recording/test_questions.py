"""Questions: an answer that makes no sense is asked for again, and nobody's answer is made up."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.recording.commands import of_line
from sensor_pipeline.cli.recording.questions import NOBODY, Ask, Nobody, Program, Terminal, checked
from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.safety import SafetyAnswers
from sensor_pipeline.types import Json

SCALE = Ask("pain_after", "Pain?", "scale", 0, 10)
CHOICE = Ask("site", "Where?", "choice", choices=(("front", "front of the ankle"), ("calf", "calf")))
YES = Ask("cleared", "Cleared?", "yes_no")
LENGTH = Ask("shank_length_cm", "How long?", "number", 0, 70)


def program(ask: Ask | SafetyAnswers | None, *lines: str | None) -> tuple[Any, list[dict[str, Any]]]:
    """Answer a question (or the safety questions) with lines, None = the input ends."""
    out = io.StringIO()

    async def main() -> Any:
        one = Program(out)
        asked = one.answer(ask) if isinstance(ask, Ask) else one.safety(ask)
        task = asyncio.ensure_future(asked)
        for line in lines:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if line is None:
                one.close()
            else:
                one.take_or_refuse(line, of_line(line))
        try:
            return await task
        except UserError as error:
            return error

    value = asyncio.run(main())
    return value, [json.loads(line) for line in out.getvalue().splitlines()]


def terminal(ask: Ask, typed: str) -> tuple[Json, Terminal]:
    found: list[Json] = []
    one = Terminal()

    @click.command()
    def command() -> None:
        found.append(asyncio.run(one.answer(ask)))

    CliRunner().invoke(command, input=typed, catch_exceptions=False)
    return found[0], one


def test_a_program_is_asked_by_a_line_and_answers_by_one() -> None:
    value, lines = program(SCALE, '{"command": "answer", "value": {"pain_after": 2}}')
    assert value == 2
    assert (lines[0]["event"], lines[0]["question"], lines[0]["hi"]) == ("ask", "pain_after", 10)


def test_nonsense_and_answers_to_something_else_are_refused_and_asked_again() -> None:
    value, lines = program(
        SCALE,
        '{"command": "answer", "value": {"pain_after": 2.5}}',
        '{"command": "answer", "value": {"site": "calf"}}',
        "mark",
        '{"command": "answer", "value": {"pain_after": 1}}',
    )
    assert value == 1
    assert [line["reason"].split(":")[0] for line in lines if line["event"] == "refused"] == [
        "pain_after '2.5'",
        "pain_after is asked",
        "a question waits for its answer",
    ]


@pytest.mark.parametrize("line", ["next-try", None])
def test_a_question_may_stay_open(line: str | None) -> None:
    assert program(CHOICE, line)[0] is None


def test_safety_must_be_answered_with_pain_each_time() -> None:
    assert str(program(None, None)[0]) == NOBODY
    value, lines = program(
        None,
        "next-try",
        '{"command": "answer", "value": {"safety": {"excluded": []}}}',
        '{"command": "answer", "value": {"safety": {"excluded": ["swelling"], "pain": 1, "pain_site": "other"}}}',
    )
    assert value == SafetyAnswers(("swelling",), False, 1, "other")
    assert [line["event"] for line in lines].count("refused") == 2


def test_known_safety_answers_are_confirmed_in_one_word_with_today_s_pain() -> None:
    known = SafetyAnswers(("swelling",), True)
    value, lines = program(
        known,
        '{"command": "answer", "value": {"safety": {"confirm": true}}}',
        '{"command": "answer", "value": {"safety": {"confirm": true, "pain": 2, "pain_site": "other"}}}',
    )
    assert lines[0]["known"]["excluded"] == ["swelling"]
    assert value == SafetyAnswers(("swelling",), True, 2, "other")
    assert "pain" in lines[1]["reason"]


def test_stop_is_no_answer() -> None:
    value, _ = program(None, "stop")
    assert isinstance(value, UserError)
    assert "nothing was recorded" in str(value)


@pytest.mark.parametrize(
    ("ask", "typed", "value"),
    [
        (SCALE, "3\n", 3),
        (SCALE, "many\n11\n0\n", 0),
        (CHOICE, "3\n2\n", "calf"),
        (CHOICE, "\n", None),
        (YES, "maybe\ny\n", True),
        (LENGTH, "43,5\n", 43.5),
        (Ask("strapped", "Move it.", "ready"), "\n", True),
    ],
)
def test_at_the_terminal(ask: Ask, typed: str, value: Json) -> None:
    assert terminal(ask, typed)[0] == value


def test_leaving_a_terminal_question_stops() -> None:
    value, one = terminal(SCALE, "")
    assert (value, one.stopped) == (None, True)


def test_nobody_answers_nothing_and_safety_least_of_all() -> None:
    assert asyncio.run(Nobody().answer(SCALE)) is None
    with pytest.raises(UserError, match="--answers none"):
        asyncio.run(Nobody().safety(None))


@pytest.mark.parametrize(("ask", "value"), [(SCALE, True), (LENGTH, 71), (LENGTH, "43"), (YES, 1), (CHOICE, "knee")])
def test_what_makes_no_sense_is_refused_by_name(ask: Ask, value: Json) -> None:
    with pytest.raises(UserError, match=ask.id):
        checked(ask, value)
