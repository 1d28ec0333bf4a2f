"""What a person said about a session, corrected: the part of the edits that concerns no single repetition.

In: a manifest with its edits; a field and a text. Out: the manifest as corrected; a checked value. Must not live here:
repetitions, files.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Mapping
from typing import Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.edits import OTHER_SIDE, SET, Edit, Field, in_effect, turns_sides
from sensor_pipeline.recording.manifest import Conditions, Manifest
from sensor_pipeline.recording.text import printable

FIELDS: Final[tuple[str, ...]] = typing.get_args(Field)
SWAP: Final = "swap"
"""The value of ``side`` for a session with a sensor on each leg."""
LARGEST_DISTANCE_CM: Final = 50.0
"""Knee to wall: published means are near 10 cm, the farthest single values below 25; beyond twice that is a typing
error (own choice)."""
_LONGEST_TEXT: Final[Mapping[str, int]] = {"notes": 10_000}
_LONGEST: Final = 200
_CONDITIONS: Final = tuple(item.name for item in dataclasses.fields(Conditions))


def field_named(name: str) -> Field:
    """Return ``name`` where it is a field that an edit can set.

    Raises:
        UserError: it is none; the message names the nearest.
    """
    if name in FIELDS:
        return typing.cast(Field, name)
    from difflib import get_close_matches

    near = get_close_matches(name, FIELDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(FIELDS)}"
    raise UserError(f"no field {printable(name, 40)!r} to set; {hint}")


def checked_value(field: Field, text: str) -> str | float | None:
    """Return the value that a typed text stands for; an empty text is None, "not said".

    Raises:
        UserError: the field cannot hold it.
    """
    limit = _LONGEST_TEXT.get(field, _LONGEST)
    if len(text) > limit:
        raise UserError(f"{field}: {len(text)} characters; at most {limit} fit")
    if not text:
        if field in ("side", "protocol"):
            raise UserError(f"{field}: cannot be empty; give the right one")
        return None
    return _READERS.get(field, str)(text)


def _distance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= LARGEST_DISTANCE_CM:
        raise UserError(f"distance_cm {printable(text, 40)!r}: give a number from 0 to {LARGEST_DISTANCE_CM:g}")
    return value


def _warm_up(text: str) -> str:
    if text not in ("before", "after"):
        raise UserError(f"warm_up {printable(text, 40)!r}: must be before or after")
    return text


def _side(text: str) -> str:
    if text not in (*OTHER_SIDE, SWAP):
        raise UserError(f"side {printable(text, 40)!r}: must be left or right, or {SWAP} with a sensor on each leg")
    return text


_READERS: Final[Mapping[str, Callable[[str], str | float]]] = {
    "distance_cm": _distance,
    "warm_up": _warm_up,
    "side": _side,
}


def corrected(manifest: Manifest) -> Manifest:
    """Return the manifest as its edits in effect correct it; its ``edits`` and stored results stay as they are.

    Raises:
        UserError: an edit sets no field, or to a value that the field cannot hold.
    """
    for edit in in_effect(manifest.edits):
        if edit.change == SET:
            manifest = _set(manifest, edit)
    return manifest


def _set(manifest: Manifest, edit: Edit) -> Manifest:
    field = edit.field
    if field is None:
        raise UserError("edit set: names no field")
    value = checked_value(field, "" if edit.value is None else str(edit.value))
    if turns_sides(edit):
        return with_other_sides(manifest)
    if field == "distance_cm":
        answers = {key: item for key, item in manifest.answers.items() if key != field}
        return dataclasses.replace(manifest, answers=answers if value is None else {**answers, field: value})
    changes: dict[str, typing.Any] = {field: "" if field == "notes" and value is None else value}
    if field in _CONDITIONS:
        changes = {"conditions": dataclasses.replace(manifest.conditions, **changes)}
    return dataclasses.replace(manifest, **changes)


def with_other_sides(manifest: Manifest) -> Manifest:
    """Return the manifest with every sensor on the other leg."""
    sensors = tuple(
        dataclasses.replace(entry, setup=dataclasses.replace(entry.setup, side=OTHER_SIDE[entry.setup.side]))
        for entry in manifest.sensors
    )
    return dataclasses.replace(manifest, sensors=sensors)
