"""The result of one check.

In: what a check found. Out: :class:`Check`. Must not live here: any check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail", "not checked"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what was looked at.
        state: ok; warn = works, with a drawback; fail = recording will not work; not checked = cannot be known here.
        found: what was found, one line.
        next_step: what to do, "" where there is nothing to do.
    """

    name: str
    state: State
    found: str
    next_step: str = ""
