"""Session ids: the name of a session's folder, for example ``20261120T180412Z-left-knee_to_wall-7f3a``.

In: wall-clock time, sides, protocol. Out: an id. Must not live here: folders, lookup.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Side

_ALLOWED: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MAX_PROTOCOL: Final = 25
"""Longest protocol part, characters: time, left_right, suffix and dashes take 33 of 64; some are in reserve."""


def is_session_id(text: str) -> bool:
    """Say whether ``text`` has the form of a session id: 1 to 64 of 0-9 A-Z a-z _ -."""
    return _ALLOWED.fullmatch(text) is not None


def check_session_id(text: str) -> str:
    """Return ``text`` where it has the form of a session id.

    Raises:
        UserError: it has not; nothing else may ever become part of a path.
    """
    if not is_session_id(text):
        raise UserError(f"{printable(text, 64)!r} is no session id: it has 1 to 64 of the characters 0-9 A-Z a-z _ -")
    return text


def new_session_id(created_utc: datetime, sides: Sequence[Side], protocol: str) -> str:
    """Return an id that sorts by time, names sides and protocol, and ends in four random hex digits.

    Args:
        created_utc: an aware time; it is shown in UTC.
        sides: the legs measured.
        protocol: protocol id; characters an id may not hold become ``_``.
    """
    stamp = created_utc.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    legs = "_".join(sorted(set(sides))) or "none"
    name = re.sub(r"[^0-9A-Za-z_]", "_", protocol)[:_MAX_PROTOCOL] or "none"
    return f"{stamp}-{legs}-{name}-{secrets.token_hex(2)}"
