"""What a person or a program can tell a recording while it runs: keys, and lines on standard input.

In: a key, a line. Out: a :class:`Command`. Must not live here: reading from anywhere, what a command does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Json

Action = Literal[
    "mark", "pause", "resume", "re-zero", "next-try", "hurts-stop", "stop", "side", "person", "answer", "distance"
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
RECORDED: Final[frozenset[Action]] = frozenset(
    {"mark", "pause", "resume", "re-zero", "next-try", "hurts-stop", "stop", "answer", "distance"}
)
"""These become ``Input`` records; ``side`` and ``person`` end the session and begin another one."""
ENDS: Final[frozenset[Action]] = frozenset({"hurts-stop", "stop", "side", "person"})
"""These end the session."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, with its JSON value where it has one."""

    action: Action
    value: Json = None


class Steered(Protocol):
    """What keys and lines steer: a session, or what a programme does by the clock."""

    paused: bool

    def command(self, command: Command) -> str:
        """Do it; why not, "" = it is done."""


TOUCHED_KEY: Final = "touched"
KEYS: Final[Mapping[str, tuple[Action, str]]] = {
    "m": ("mark", "mark"),
    "p": ("pause", "pause"),
    "z": ("re-zero", "zero"),
    "n": ("next-try", "next try"),
    "y": ("answer", "touched"),
    "x": ("answer", "not"),
    "h": ("hurts-stop", "IT HURTS, STOP"),
    "s": ("side", "other leg"),
    "u": ("person", "other person"),
    "q": ("stop", "stop"),
}
"""Key, what it does, its words on the screen. Ctrl-C stops as well."""
KEY_VALUES: Final[Mapping[str, Json]] = {"y": {TOUCHED_KEY: True}, "x": {TOUCHED_KEY: False}}
"""What the answers among the keys say."""
LEGEND: Final = "  ".join(f"{key} {words}" for key, (_, words) in KEYS.items())


def of_key(key: str, paused: bool) -> Command | None:
    """The command of a key, None for a key that has none.

    Args:
        key: one character; space is ``p``, capitals are as good.
        paused: ``p`` means resume then.
    """
    found = KEYS.get("p" if key == " " else key.lower())
    if found is None:
        return None
    action = found[0]
    return Command("resume" if action == "pause" and paused else action, KEY_VALUES.get(key.lower()))


def of_line(line: str) -> Command:
    """The command of a line: a word (``mark``), a word and its value (``side right``), or a JSON object.

    Args:
        line: without its end.

    Raises:
        UserError: no such command, or a value that makes no sense; the message says what there is.
    """
    text = line.strip()
    if text.startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            raise UserError(f"{text[:60]!a}: no JSON object") from None
        unknown = sorted(set(document) - {"command", "value"})
        if unknown:
            raise UserError(f"unknown {unknown[0][:40]!a}; a command has 'command' and 'value'")
        word, value = document.get("command"), document.get("value")
    else:
        word, _, rest = text.partition(" ")
        value = rest.strip() or None
    for action in ACTIONS:
        if word == action:
            return Command(action, _checked(action, value))
    raise UserError(f"no command {str(word)[:40]!a}; there are {', '.join(ACTIONS)}")


def _checked(action: Action, value: Json) -> Json:
    if action == "side" and value not in (None, "left", "right"):
        raise UserError(f"side {str(value)[:40]!a}: left or right")
    if action == "person":
        name, answers = (value.get("name"), value.get("answers")) if isinstance(value, dict) else (value, None)
        if not isinstance(name, str) or not name.strip() or not isinstance(answers, dict | None):
            raise UserError(
                'person needs a pseudonym: person NAME, or a value {"name": "NAME", "answers": {"pain": 0}}'
            )
        return {"name": name.strip(), "answers": answers}
    if action == "answer" and not isinstance(value, dict):
        raise UserError('answer needs an object: {"command": "answer", "value": {"question": "answer"}}')
    if action == "distance":
        return _number_cm(value)
    return value


def _number_cm(value: Json) -> float:
    """A distance in cm: a number, or one in words."""
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            number = float(value)
            if math.isfinite(number):
                return number
    except ValueError:
        pass
    raise UserError(f"distance {str(value)[:40]!a}: give centimetres from the big toe to the wall: distance 8")
