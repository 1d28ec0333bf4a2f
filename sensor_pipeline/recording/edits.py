"""Edits: a layer over the stored repetitions that changes none of them.

In: repetitions and the edits of session.json. Out: repetitions as a person corrected them. Must not live here: files,
the detection of repetitions, how an edit is made (:mod:`.edit_actions`), what else of a session it can correct
(:mod:`.edit_manifest`).

An edit carries the repetitions that it led to, measured when it was made: reading needs nothing but the stored rows,
and a later version of the measuring code changes no result in silence. Nothing is ever taken out of the list: ``undo``
is an edit, too.
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
ADD: Final = "add"
SPLIT: Final = "split"
MERGE: Final = "merge"
RETIME: Final = "retime"
SET: Final = "set"
UNDO: Final = "undo"
SIDE_FIELD: Final = "side"
EDITED: Final = "edited"
"""Begins the ``reason`` of every repetition that an edit has measured anew."""
OTHER_SIDE: Final[dict[Side, Side]] = {"left": "right", "right": "left"}

Change = Literal["not_a_rep", "not_scored", "set_heel", "set_faults", "add", "split", "merge", "retime", "set", "undo"]
Field = Literal[
    "side", "person", "protocol", "distance_cm", "footwear", "strap_site", "back_foot", "warm_up", "strap", "notes"
]


@dataclass(frozen=True, slots=True)
class Edit:
    """One correction by a person.

    Attributes:
        made_utc: wall-clock time, ISO 8601, UTC.
        side, rep: the repetition concerned, by its stored number and the leg it had when the edit was made; None where
            the edit concerns the whole session.
        change: not_a_rep takes it out; not_scored keeps it, without a score; set_heel and set_faults replace that
            field; add, split, merge and retime put ``measured`` in the place of ``rep`` (and ``other``); set gives
            ``field`` the new ``value``; undo takes back the last edit that is in effect.
        heel: the new value of a set_heel.
        faults: the new value of a set_faults.
        reason: why, in the person's words.
        other: the second repetition of a merge.
        measured: the repetitions that an add, split, merge or retime led to; of a set of the side, all of the session,
            computed anew for the right leg.
        field, value: what a set corrects, and the new value; None = not said.
    """

    made_utc: str
    side: Side | None
    rep: int | None
    change: Change
    heel: HeelState | None = None
    faults: tuple[str, ...] | None = None
    reason: str = ""
    other: int | None = None
    measured: tuple[Rep, ...] = ()
    field: Field | None = None
    value: str | float | None = None


def in_effect(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the edits that hold: without undo and without what it took back.

    Raises:
        UserError: an undo with nothing before it.
    """
    stack: list[Edit] = []
    for edit in edits:
        if edit.change != UNDO:
            stack.append(edit)
        elif stack:
            stack.pop()
        else:
            raise UserError("undo: no edit is in effect")
    return tuple(stack)


def side_changed(edits: Sequence[Edit]) -> bool:
    """Say whether the legs are the other way round than recorded, by the edits in effect."""
    return sum(turns_sides(edit) for edit in in_effect(edits)) % 2 == 1


def apply_edits(reps: Sequence[Rep], edits: Sequence[Edit]) -> tuple[Rep, ...]:
    """Return the repetitions with every edit applied in order; see :func:`edited_by_number`.

    Returns:
        In the stored order; by their end where an edit has measured some of them anew.

    Raises:
        UserError: an edit names a repetition that the session has not, or lacks its value.
    """
    found = [rep for rep in edited_by_number(reps, edits).values() if rep is not None]
    measured = any(edit.measured for edit in in_effect(edits))
    return tuple(sorted(found, key=lambda rep: rep.end_s) if measured else found)


def edited_by_number(reps: Sequence[Rep], edits: Sequence[Edit]) -> dict[tuple[Side, int], Rep | None]:
    """Return every repetition there is or was, None where an edit took it out.

    Numbers stay, and one that was taken out is not given again, so that edits keep meaning the same. A corrected side
    holds for the whole session: what was edited before it moves to the right leg with it.

    Args:
        reps: as stored.
        edits: all of session.json, undone ones included.

    Raises:
        UserError: an edit names a repetition that the session has not, or lacks its value.
    """
    held = in_effect(edits)
    turns = [edit for edit in held if turns_sides(edit)]
    edited: dict[tuple[Side, int], Rep | None] = {
        (rep.side, rep.rep): rep for rep in (turns[-1].measured if turns else reps)
    }
    turns_left = len(turns)  # how often the legs were swapped after an edit was made
    for edit in held:
        if turns_sides(edit):
            turns_left -= 1
        elif edit.change != SET:
            _apply(edited, _turned(edit) if turns_left % 2 else edit)
    return edited


def name_of(edit: Edit) -> str:
    """Return what an edit concerns, for messages: ``edit of left repetition 3``."""
    if edit.rep is None:
        return f"edit {edit.change} {edit.field or ''}".rstrip()
    return f"edit of {edit.side} repetition {edit.rep}"


def turns_sides(edit: Edit) -> bool:
    """Say whether an edit corrects the leg."""
    return edit.change == SET and edit.field == SIDE_FIELD


def _turned(edit: Edit) -> Edit:
    """The same edit for the other leg; signed angles turn with it (:data:`sensor_pipeline.frames.MOVEMENTS`)."""
    measured = tuple(
        dataclasses.replace(
            rep,
            side=OTHER_SIDE[rep.side],
            frontal_change_deg=None if rep.frontal_change_deg is None else -rep.frontal_change_deg,
            axial_change_deg=None if rep.axial_change_deg is None else -rep.axial_change_deg,
        )
        for rep in edit.measured
    )
    return dataclasses.replace(edit, side=None if edit.side is None else OTHER_SIDE[edit.side], measured=measured)


def _apply(edited: dict[tuple[Side, int], Rep | None], edit: Edit) -> None:
    if edit.side is None or edit.rep is None:
        raise UserError(f"edit {edit.change}: needs the side and the number of a repetition")
    key = (edit.side, edit.rep)
    if (key in edited) == (edit.change == ADD):
        problem = "has one of that number already" if key in edited else "has no such repetition"
        raise UserError(f"{name_of(edit)}: the session {problem}")
    rep = edited.get(key)
    if edit.change in (ADD, SPLIT, MERGE, RETIME):
        if not edit.measured:
            raise UserError(f"{name_of(edit)}: {edit.change} needs the repetitions it led to")
        gone = {key} if edit.other is None else {key, (edit.side, edit.other)}
        for number in gone - {key}:
            if number not in edited:
                raise UserError(f"{name_of(edit)}: merged with {edit.other}, which the session has not")
        edited.update(dict.fromkeys(gone))
        edited.update({(new.side, new.rep): new for new in edit.measured})
    elif rep is not None:  # a change of what was taken out before changes nothing
        edited[key] = _changed(rep, edit)


def _changed(rep: Rep, edit: Edit) -> Rep | None:
    if edit.change == NOT_A_REP:
        return None
    if edit.change == NOT_SCORED:
        return dataclasses.replace(rep, scored=False, score=None, reason=edit.reason or EDITED)
    if edit.change == SET_HEEL and edit.heel is not None:
        return dataclasses.replace(rep, heel=edit.heel)
    if edit.change == SET_FAULTS and edit.faults is not None:
        return dataclasses.replace(rep, faults=edit.faults)
    raise UserError(f"{name_of(edit)}: {edit.change} needs its new value")
