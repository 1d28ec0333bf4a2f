"""Edits change what is shown, never what is stored."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.edits import Edit, apply_edits, edited_by_number, in_effect, side_changed
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


def test_an_undo_takes_back_the_last_edit_that_is_in_effect_and_a_second_one_the_one_before() -> None:
    first, second = Edit(NOW, "left", 1, "not_a_rep"), Edit(NOW, "left", 2, "not_a_rep")
    undo = Edit(NOW, None, None, "undo")
    assert in_effect([first, second, undo]) == (first,)
    assert in_effect([first, undo, second]) == (second,)
    assert apply_edits(REPS, [first, second, undo, undo]) == REPS
    with pytest.raises(UserError, match="undo: no edit is in effect"):
        in_effect([first, undo, undo])


def test_measured_repetitions_take_the_place_of_what_they_were_made_of() -> None:
    half, rest = (dataclasses.replace(REPS[1], rep=n, end_s=2.4 + n / 10) for n in (2, 4))
    split = Edit(NOW, "left", 2, "split", measured=(half, rest))
    assert [rep.rep for rep in apply_edits(REPS, [split])] == [1, 2, 4, 3]  # by their end
    merge = Edit(NOW, "left", 2, "merge", other=4, measured=(REPS[1],))
    assert apply_edits(REPS, [split, merge]) == REPS
    assert edited_by_number(REPS, [split, merge])["left", 4] is None  # its number is not given again
    added = dataclasses.replace(REPS[0], rep=9, start_s=10.0, end_s=11.0)
    assert apply_edits(REPS, [Edit(NOW, "left", 9, "add", measured=(added,))])[-1] == added
    with pytest.raises(UserError, match="has one of that number already"):
        apply_edits(REPS, [Edit(NOW, "left", 3, "add", measured=(added,))])
    with pytest.raises(UserError, match="split needs the repetitions it led to"):
        apply_edits(REPS, [Edit(NOW, "left", 2, "split")])
    with pytest.raises(UserError, match="merged with 8, which the session has not"):
        apply_edits(REPS, [Edit(NOW, "left", 2, "merge", other=8, measured=(REPS[1],))])


def test_a_corrected_side_takes_earlier_edits_with_it_and_two_are_none() -> None:
    right = tuple(dataclasses.replace(rep, side="right", faults=("jerky",)) for rep in REPS)
    turn = Edit(NOW, None, None, "set", field="side", value="right", measured=right)
    back = Edit(NOW, None, None, "set", field="side", value="left", measured=REPS)
    gone = Edit(NOW, "left", 1, "not_a_rep")
    signed = dataclasses.replace(REPS[1], frontal_change_deg=2.0, axial_change_deg=-3.0)
    retimed = Edit(NOW, "left", 2, "retime", measured=(signed,))
    edited = apply_edits(REPS, [gone, retimed, turn])
    assert [(rep.side, rep.rep) for rep in edited] == [("right", 2), ("right", 3)]
    assert (edited[0].frontal_change_deg, edited[0].axial_change_deg) == (-2.0, 3.0)
    assert edited[1].faults == ("jerky",)  # computed anew for the right leg, not copied
    assert apply_edits(REPS, [gone, turn, Edit(NOW, "right", 2, "not_a_rep")]) == right[2:]
    assert apply_edits(REPS, [gone, turn, back]) == REPS[1:]
    assert (side_changed([turn]), side_changed([turn, back])) == (True, False)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"made_utc": NOW, "side": "left", "rep": 1, "change": "vanish"},
            r"edits\[0\]\.change: must be one of",
        ),
        ({"made_utc": NOW, "side": "left", "rep": 1, "change": "add", "by": "x"}, r"edits\[0\]\.by: unknown key"),
        ({"made_utc": NOW, "side": None, "rep": None, "change": "set", "field": "age"}, r"edits\[0\]\.field: must be"),
        (
            {"made_utc": NOW, "side": "left", "rep": 1, "change": "add", "measured": [{"side": "left"}]},
            r"edits\[0\]\.measured\[0\]\.rep: missing",
        ),
    ],
)
def test_an_edit_of_another_version_is_refused_with_its_place(
    finished: Path, document: dict[str, object], message: str
) -> None:
    path = finished / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "edits": [document]}))
    with pytest.raises(FileError, match=message):
        load_session(finished)


def test_an_edit_written_before_there_were_other_kinds_is_read(finished: Path) -> None:
    path = finished / "session.json"
    old = {"made_utc": NOW, "side": "left", "rep": 2, "change": "set_heel", "heel": "possible_lift", "faults": None}
    path.write_text(json.dumps({**json.loads(path.read_text()), "edits": [{**old, "reason": ""}]}))
    assert load_session(finished).rep_values()[1].heel == "possible_lift"


CHANGES = st.builds(
    lambda rep, change: Edit(NOW, "left", rep, change),
    st.integers(1, 3),
    st.sampled_from(["not_a_rep", "not_scored"]),
)


@given(edits=st.lists(CHANGES, max_size=8), undone=st.integers(0, 8))
def test_taking_back_gives_what_was_before_bit_for_bit(edits: list[Edit], undone: int) -> None:
    undone = min(undone, len(edits))
    undos = [Edit(NOW, None, None, "undo")] * undone
    assert repr(apply_edits(REPS, [*edits, *undos])) == repr(apply_edits(REPS, edits[: len(edits) - undone]))
