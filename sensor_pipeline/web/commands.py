"""What a page may ask for, and who may ask for it.

In: a text from a page. Out: :class:`Request`. Must not live here: carrying it out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Json

if TYPE_CHECKING:
    from sensor_pipeline.web.client import Role

MAX_MESSAGE_BYTES: Final = 4096
"""Longest message from a page: an answer to the safety questions has 300 bytes."""
SESSION: Final = frozenset({"pause", "resume", "mark", "re-zero", "next-try", "undo", "stop", "hurts-stop"})
"""What can be asked of a session."""
BEFORE: Final = frozenset({"answers", "start"})
"""What is asked before a session."""
REPLAY: Final = frozenset({"play", "halt", "speed", "seek", "step"})
"""What can be asked of a replay."""
PAGE: Final = frozenset({"ping", "alive", "sound", "pageinfo"})
"""What every page may ask of the server itself."""
HOST: Final = frozenset({"grant", "revoke", "code"})
"""What only a page on this computer may ask for: control for the phones, its end, a new code."""
ANYBODY: Final = PAGE | {"hurts-stop"}
_ALL: Final = SESSION | BEFORE | REPLAY | PAGE | HOST


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what to do, and its JSON value where it has one."""

    do: str
    value: Json = None


def parse(text: str) -> Request:
    """Read a message from a page.

    Raises:
        UserError: it is none.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("no JSON") from None
    do = document.get("do") if isinstance(document, dict) and not set(document) - {"do", "value"} else None
    if not isinstance(do, str) or do not in _ALL:
        raise UserError("no such request")
    return Request(do, document.get("value"))


def may(role: Role, do: str) -> bool:
    """Whether a page of this role may ask for this: stopping because it hurts is everybody's."""
    if do in ANYBODY:
        return True
    return role == "host" or (role == "controller" and do not in HOST)


def number(value: Json, least: float, most: float) -> float:
    """Check a number from a page.

    Raises:
        UserError: it is none, or out of bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise UserError(f"{str(value)[:40]!a}: give a number from {least:g} to {most:g}")
    return float(value)
