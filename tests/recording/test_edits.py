"""Edits change what is shown, never what is stored."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.edits import Edit, apply_edits
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.types import Rep

REPS = tuple(
    Rep("left", n, n, None, n + 0.5, None, n + 0.9, 0, 40, 40, None, 1, 0, 1, None, 80, scored=True, score=90)
    for n in (1, 2, 3)
)
NOW = "2026-11-20T18:04:12Z"


def test_each_kind_of_edit_does_what_it_says_in_order() -> None:
    edits = [
        Edit(NOW, "left", 1, "not_a_rep"),
        Edit(NOW, "left", 2, "not_scored", reason="talked"),
        Edit(NOW, "left", 3, "set_faults", faults=("jerky",)),
        Edit(NOW, "left", 3, "set_heel", heel="possible_lift"),
        Edit(NOW, "left", 3, "set_faults", faults=()),
        Edit(NOW, "left", 1, "set_heel", heel="possible_lift"),  # of a repetition that was taken out
    ]
    second, third = apply_edits(REPS, edits)
    assert (second.rep, second.scored, second.score, second.reason) == (2, False, None, "talked")
    assert (third.rep, third.heel, third.faults, third.scored) == (3, "possible_lift", (), True)
    assert apply_edits(REPS, []) == REPS


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit(NOW, "right", 1, "not_a_rep"), "edit of right repetition 1: the session has no such repetition"),
        (Edit(NOW, "left", 9, "not_a_rep"), "edit of left repetition 9: the session has no such repetition"),
        (Edit(NOW, "left", 1, "set_heel"), "set_heel needs its new value"),
        (Edit(NOW, "left", 1, "set_faults"), "set_faults needs its new value"),
    ],
)
def test_an_edit_that_fits_nothing_is_refused(edit: Edit, message: str) -> None:
    with pytest.raises(UserError, match=message):
        apply_edits(REPS, [edit])


def test_a_session_shows_its_edits_and_keeps_the_original(finished: Path) -> None:
    edited = dataclasses.replace(read_manifest(finished), edits=(Edit(NOW, "left", 2, "not_a_rep"),))
    before = (finished / "reps.parquet").read_bytes()
    write_manifest(finished, edited)
    session = load_session(finished)
    assert list(session.reps()["rep"]) == [1, 3]
    assert list(session.reps(original=True)["rep"]) == [1, 2, 3]
    assert session.report()["summary"]["count"] == 2
    assert session.report(original=True)["summary"]["count"] == 3
    assert (finished / "reps.parquet").read_bytes() == before
