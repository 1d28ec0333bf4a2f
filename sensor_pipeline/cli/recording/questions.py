"""Who answers before and between sessions: a person at the terminal, a program over JSON lines, or nobody.

In: questions as data. Out: answers. Must not live here: when something is asked, what an answer means.

Over JSON lines a question is one object: ``{"event": "ask", "question": ID, "text": ..., "kind": ..., ...}``; its
answer comes as ``{"command": "answer", "value": {ID: ...}}``. ``{"command": "next-try"}`` leaves it unanswered,
where it may be, and so does the end of the input; ``stop`` ends what is being asked for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, TextIO

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.commands import Command
    from sensor_pipeline.protocols.safety import SafetyAnswers
    from sensor_pipeline.types import Json

AskKind = Literal["safety", "number", "scale", "choice", "yes_no", "ready"]
SAFETY: Final = "safety"
STOPPED: Final = "nothing was recorded: stopped before it began"
NOBODY: Final = (
    "the safety questions need answers, and there is nobody to ask: --answers none states that no "
    "exclusion applies and nothing hurts; see dorsi record --help"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question.

    Attributes:
        id: key of its answer.
        text: as asked.
        kind: safety; number; scale (a whole number); choice; yes_no; ready (go on, when it is done).
        lo, hi: ends of a number or a scale.
        choices: (id, text) of a choice.
        optional: may stay unanswered.
        known: the earlier answer that is to be confirmed, None = there is none.
    """

    id: str
    text: str
    kind: AskKind
    lo: float = 0.0
    hi: float = 0.0
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = True
    known: Json = None


class Answerer(Protocol):
    """Somebody who answers; ``stopped`` becomes True when an end was asked for instead of an answer."""

    stopped: bool

    async def answer(self, ask: Ask) -> Json:
        """The answer; None = left open."""

    async def safety(self, known: SafetyAnswers | None) -> SafetyAnswers:
        """Answers to the safety questions; those kept from before are confirmed, pain is asked each time."""


class Nobody:
    """There is nobody to ask: everything but safety stays open."""

    def __init__(self) -> None:
        self.stopped = False

    async def answer(self, ask: Ask) -> Json:
        """Nothing."""
        return None

    async def safety(self, known: SafetyAnswers | None) -> SafetyAnswers:
        """Refuse: nobody said that nothing applies."""
        raise UserError(NOBODY)


class Terminal:
    """A person at a terminal."""

    def __init__(self) -> None:
        self.stopped = False

    async def answer(self, ask: Ask) -> Json:
        """Ask until the answer makes sense; Enter leaves it open, where it may be. Ctrl-C stops."""
        try:
            return self._asked(ask)
        except click.Abort:
            self.stopped = True
            return None

    def _asked(self, ask: Ask) -> Json:
        from sensor_pipeline.cli.recording.safety_questions import ctrl_c_leaves

        with ctrl_c_leaves():
            if ask.kind == "ready":
                click.prompt(f"{ask.text} Then press Enter", default="", show_default=False, err=True)
                return True
            click.echo(ask.text, err=True)
            for number, (_, text) in enumerate(ask.choices, 1):
                click.echo(f"  {number} {text}", err=True)
            while True:
                typed = str(
                    click.prompt(_hint(ask), default="" if ask.optional else None, show_default=False, err=True)
                )
                if ask.optional and not typed.strip():
                    return None
                try:
                    return checked(ask, _meant(ask, typed.strip()))
                except UserError as error:
                    click.echo(str(error), err=True)

    async def safety(self, known: SafetyAnswers | None) -> SafetyAnswers:
        """Ask; one key confirms what was answered before."""
        from sensor_pipeline.cli.recording import safety_questions

        return safety_questions.ask() if known is None else safety_questions.confirm(known)


class Program:
    """A program: questions as JSON lines, answers as commands.

    Args:
        out: where questions are written.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._waiting: asyncio.Future[Command | None] | None = None
        self._over = False
        self.stopped = False

    def close(self) -> None:
        """The input is at its end: nothing is answered any more."""
        self.take(None)

    @property
    def waits(self) -> bool:
        """Whether a question waits for its answer."""
        return self._waiting is not None and not self._waiting.done()

    def take(self, command: Command | None) -> str:
        """Take a command while a question waits; None = the input is at its end. Returns why not, "" = taken."""
        if command is None:
            self._over = True
        if self._waiting is None or self._waiting.done():
            return ""
        if command is not None and command.action not in ("answer", "next-try", "stop", "hurts-stop"):
            return "a question waits for its answer: answer, next-try or stop"
        self._waiting.set_result(command)
        return ""

    def refuse(self, line: str, reason: str) -> None:
        """Say why a line was no answer, and no command."""
        self._line(event="refused", line=line[:200], reason=reason)

    def take_or_refuse(self, line: str, command: Command) -> None:
        """Take a command while a question waits, or say why not."""
        why_not = self.take(command)
        if why_not:
            self.refuse(line, why_not)

    async def answer(self, ask: Ask) -> Json:
        """Write the question and wait; an answer that makes no sense is refused, and asked for again."""
        while True:
            value = await self._value(ask)
            if value is None:
                return None
            try:
                return checked(ask, value)
            except UserError as error:
                self.refuse(json.dumps(value), str(error))

    async def safety(self, known: SafetyAnswers | None) -> SafetyAnswers:
        """Ask for an object of safety answers; ``{"confirm": true, "pain": N}`` confirms those kept from before."""
        from sensor_pipeline.protocols.gate import reconfirmed
        from sensor_pipeline.protocols.safety import EXCLUSIONS, PURPOSE, read_answers

        ask = Ask(
            SAFETY,
            f"{PURPOSE} Before you load an ankle: does any of these apply, on either leg? And pain right now, 0 to 10?",
            "safety",
            choices=tuple(EXCLUSIONS),
            optional=False,
            known=None if known is None else known.document(),
        )
        while True:
            value = await self._value(ask)
            try:
                if known is not None and isinstance(value, dict) and value.get("confirm") is True:
                    rest = {key: item for key, item in value.items() if key != "confirm"}
                    if "pain" not in rest or set(rest) - {"pain", "pain_site"}:
                        raise UserError('confirm needs pain, asked each time: {"confirm": true, "pain": 0}')
                    today = read_answers(rest)
                    return reconfirmed(known, today.pain, today.pain_site)
                if isinstance(value, dict) and "pain" not in value:
                    raise UserError('safety answers: pain is asked each time: {"excluded": [], "pain": 0}')
                return read_answers(value)
            except UserError as error:
                self.refuse(json.dumps(value), str(error))

    async def _value(self, ask: Ask) -> Json:
        """One try at an answer."""
        self._line(
            event="ask",
            question=ask.id,
            text=ask.text,
            kind=ask.kind,
            lo=ask.lo,
            hi=ask.hi,
            choices=[list(choice) for choice in ask.choices],
            optional=ask.optional,
            known=ask.known,
        )
        while True:
            if self._over:
                if ask.optional:
                    return None
                raise UserError(NOBODY)
            self._waiting = asyncio.get_running_loop().create_future()
            command = await self._waiting
            self._waiting = None
            if command is None:
                continue
            if command.action in ("stop", "hurts-stop"):
                self.stopped = True
                if ask.optional:
                    return None
                raise UserError(STOPPED)
            if command.action == "next-try":
                if ask.optional:
                    return None
                self.refuse("next-try", f"{ask.id} needs an answer")
            elif ask.id in command.value:
                return command.value[ask.id]
            else:
                self.refuse(json.dumps(command.value), f"{ask.id} is asked")

    def _line(self, **values: Json) -> None:
        try:
            self._out.write(json.dumps(values, allow_nan=False) + "\n")
            self._out.flush()
        except (OSError, ValueError):  # ValueError: closed
            self._over = True


def checked(ask: Ask, value: Json) -> Json:
    """An answer, if it makes sense.

    Raises:
        UserError: it does not; the message says what does.
    """
    if ask.kind in ("yes_no", "ready"):
        if not isinstance(value, bool):
            raise UserError(f"{ask.id} {str(value)[:40]!a}: yes or no (true or false)")
        return value
    if ask.kind == "choice":
        ids = [name for name, _ in ask.choices]
        if value not in ids:
            raise UserError(f"{ask.id} {str(value)[:40]!a}: choose one of {', '.join(ids)}")
        return value
    whole = ask.kind == "scale"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not ask.lo <= value <= ask.hi:
        number = "a whole number" if whole else "a number"
        raise UserError(f"{ask.id} {str(value)[:40]!a}: give {number} from {ask.lo:g} to {ask.hi:g}")
    return value


def _hint(ask: Ask) -> str:
    hints = {"yes_no": "[y/n]", "choice": "number", "scale": f"{ask.lo:g} to {ask.hi:g}"}
    return hints.get(ask.kind, "cm") + (", or Enter to leave it" if ask.optional else "")


def _meant(ask: Ask, typed: str) -> Json:
    """What typed text means; text that means nothing comes back as it is, and is refused."""
    if ask.kind == "yes_no":
        return {"y": True, "yes": True, "n": False, "no": False}.get(typed.lower(), typed)
    try:
        if ask.kind == "choice":
            number = int(typed)
            return ask.choices[number - 1][0] if 1 <= number <= len(ask.choices) else typed
        return int(typed) if ask.kind == "scale" else float(typed.replace(",", "."))
    except ValueError:
        return typed
