"""Edits: a layer over the stored repetitions that changes none of them.

In: repetitions and the edits of session.json. Out: repetitions as a person corrected them. Must not live here: files,
the detection of repetitions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import HeelState, Rep, Side

NOT_A_REP: Final = "not_a_rep"
NOT_SCORED: Final = "not_scored"
SET_HEEL: Final = "set_heel"
SET_FAULTS: Final = "set_faults"


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction by a person.

    Attributes:
        made_utc: wall-clock time, ISO 8601, UTC.
        side, rep: the repetition concerned, by its stored number.
        change: not_a_rep takes it out; not_scored keeps it, without a score; set_heel and set_faults replace that
            field.
        heel: the new value of a set_heel.
        faults: the new value of a set_faults.
        reason: why, in the person's words.
    """

    made_utc: str
    side: Side
    rep: int
    change: Literal["not_a_rep", "not_scored", "set_heel", "set_faults"]
    heel: HeelState | None = None
    faults: tuple[str, ...] | None = None
    reason: str = ""


def apply_edits(reps: Sequence[Rep], edits: Sequence[Edit]) -> tuple[Rep, ...]:
    """Return the repetitions with every edit applied in order; numbers stay, so that edits keep meaning the same.

    Raises:
        UserError: an edit names a repetition that the session has not, or lacks its value.
    """
    edited: dict[tuple[Side, int], Rep | None] = {(rep.side, rep.rep): rep for rep in reps}
    for edit in edits:
        if (edit.side, edit.rep) not in edited:
            raise UserError(f"edit of {edit.side} repetition {edit.rep}: the session has no such repetition")
        rep = edited[edit.side, edit.rep]
        edited[edit.side, edit.rep] = None if rep is None else _apply(rep, edit)
    return tuple(rep for rep in edited.values() if rep is not None)


def _apply(rep: Rep, edit: Edit) -> Rep | None:
    if edit.change == NOT_A_REP:
        return None
    if edit.change == NOT_SCORED:
        return dataclasses.replace(rep, scored=False, score=None, reason=edit.reason or "edited")
    if edit.change == SET_HEEL and edit.heel is not None:
        return dataclasses.replace(rep, heel=edit.heel)
    if edit.change == SET_FAULTS and edit.faults is not None:
        return dataclasses.replace(rep, faults=edit.faults)
    raise UserError(f"edit of {edit.side} repetition {edit.rep}: {edit.change} needs its new value")
