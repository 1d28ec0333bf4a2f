"""Making an edit: checked against the session, measured by the detector's definitions, appended, never lost."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.edit_actions import Editor
from sensor_pipeline.recording.manifest import read_manifest, setup_of, write_manifest
from sensor_pipeline.recording.replay import replay
from sensor_pipeline.types import Rep, RepDone

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
STORED = ("records.parquet", "samples.parquet", "reps.parquet")


@pytest.fixture
def editor(finished: Path) -> Editor:
    return Editor(finished, lambda: NOW)


def reps(folder: Path) -> tuple[Rep, ...]:
    return load_session(folder).rep_values()


# --- measuring: truth first ---


def test_re_timed_to_its_own_times_a_repetition_measures_as_the_detector_measured_it(
    editor: Editor, finished: Path
) -> None:
    for before in load_session(finished).rep_values(original=True):
        editor.retime(before.rep, before.start_s, before.end_s)
        after = next(rep for rep in reps(finished) if rep.rep == before.rep)
        for name in ("start_s", "peak_s", "end_s", "descent_s", "hold_s", "ascent_s", "hold_start_s", "hold_end_s"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-9), name
        for name in ("start_deg", "peak_deg", "rom_deg"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=1e-4), name
        assert after.end_range_s == pytest.approx(before.end_range_s, abs=0.011)  # one row
        assert after.peak_velocity_deg_s == pytest.approx(before.peak_velocity_deg_s, abs=0.02)
        assert (after.faults, after.scored, after.reason) == (before.faults, True, "edited: re-timed")


def test_a_deleted_repetition_that_is_added_again_measures_the_same_under_a_new_number(
    editor: Editor, finished: Path
) -> None:
    second = reps(finished)[1]
    editor.delete(2)
    editor.add(second.start_s, second.end_s, reason="it was one")
    added = reps(finished)[1]
    assert (added.rep, added.reason) == (4, "edited: added")
    assert added.peak_deg == pytest.approx(second.peak_deg, abs=1e-4)
    assert added.rom_deg == pytest.approx(second.rom_deg, abs=1e-4)


def test_a_split_gives_two_and_their_merge_gives_the_whole_again(editor: Editor, finished: Path) -> None:
    whole = reps(finished)[1]
    at_s = 0.5 * (whole.start_s + whole.peak_s)
    editor.split(2, at_s)
    first, rest = (rep for rep in reps(finished) if rep.rep in (2, 4))
    assert (first.start_s, first.end_s, rest.start_s, rest.end_s) == (
        whole.start_s,
        at_s,
        at_s,
        whole.end_s,
    )
    assert "incomplete_return" in first.faults
    assert rest.start_deg == pytest.approx(first.peak_deg, abs=1.0)  # its start level is where it begins
    editor.merge(4, 2)
    merged = reps(finished)[1]
    assert (merged.rep, merged.start_s, merged.end_s) == (2, whole.start_s, whole.end_s)
    assert merged.peak_deg == pytest.approx(whole.peak_deg, abs=1e-4)
    assert merged.reason == "edited: merged with 4"


def test_standing_still_can_be_counted_but_is_not_scored(editor: Editor, finished: Path) -> None:
    third = reps(finished)[2]
    editor.add(third.end_s + 0.3, third.end_s + 1.2)
    added = reps(finished)[-1]
    assert not added.scored
    assert "deg is below" in added.reason
    assert load_session(finished).report()["summary"] == {
        **load_session(finished).report(original=True)["summary"],
        "count": 4,
        "faults": load_session(finished).report()["summary"]["faults"],
        "by_side": load_session(finished).report()["summary"]["by_side"],
    }


# --- a layer ---


def test_the_tables_stay_byte_for_byte_and_every_edit_can_be_taken_back(editor: Editor, finished: Path) -> None:
    before = {name: (finished / name).read_bytes() for name in STORED}
    original, samples = reps(finished), load_session(finished).samples()
    editor.delete(1)
    editor.retime(2, end_s=original[1].end_s - 0.2)
    editor.split(3, original[2].peak_s - 0.5)
    editor.set("side", "right")
    editor.set("footwear", "barefoot")
    for _ in range(5):
        editor.undo()
    assert {name: (finished / name).read_bytes() for name in STORED} == before
    assert reps(finished) == original
    assert load_session(finished).samples().equals(samples)
    with pytest.raises(UserError, match="no edit in effect"):
        editor.undo()
    log = editor.log()
    assert len(log) == 10
    assert not any(line.in_effect for line in log)
    assert {line.edit.made_utc for line in log} == {"2026-11-21T09:30:00Z"}


def test_samples_name_the_edited_repetitions_and_the_original_ones_on_request(editor: Editor, finished: Path) -> None:
    editor.delete(2)
    session = load_session(finished)
    assert set(session.samples()["rep"].dropna()) == {1, 3}
    assert set(session.samples(original=True)["rep"].dropna()) == {1, 2, 3}
    assert session.samples().attrs == session.samples(original=True).attrs
    assert session.samples().dtypes.equals(session.samples(original=True).dtypes)


def test_edited_repetitions_are_labels(editor: Editor, finished: Path) -> None:
    editor.delete(2)
    labels = load_session(finished).labels("edited")
    assert list(labels["rep"]) == [1, 3]
    assert list(labels["start_s"]) == list(load_session(finished).reps()["start_s"])


# --- the other leg ---


def test_a_corrected_side_is_what_a_replay_on_that_leg_gives(editor: Editor, finished: Path) -> None:
    editor.set("side", "right", reason="strapped to the other one")
    session = load_session(finished)
    fresh = replay(session.records(), session.corrected_setup())
    assert session.corrected_setup().sensors[0].side == "right"
    assert session.setup().sensors[0].side == "left"
    assert session.rep_values() == fresh.reps
    expected, samples = fresh.tables().samples.to_pandas(), session.samples()
    assert set(samples["side"]) == {"right"}
    assert samples["frontal_deg"].abs().max() > 0.0
    for name in ("dorsiflexion_deg", "frontal_deg", "axial_deg"):
        np.testing.assert_array_equal(samples[name], expected[name], name)
    assert session.report()["sensors"][0]["side"] == "right"
    assert session.report(original=True)["sensors"][0]["side"] == "left"
    editor.delete(1)  # by the leg it has now
    assert {rep.side for rep in reps(finished)} == {"right"}
    assert len(reps(finished)) == 2


def test_two_legs_are_swapped_together(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from sensor_pipeline.cli.demo import demo

    assert (
        CliRunner().invoke(demo, ["--fast", "--reps", "1", "--side", "both", "--library", str(tmp_path)]).exit_code == 0
    )
    (folder,) = tmp_path.iterdir()
    before, samples = reps(folder), load_session(folder).samples()
    editor = Editor(folder)
    editor.delete(1, "left")
    editor.set("side", "swap")
    (kept,) = reps(folder)
    (was,) = (rep for rep in before if rep.side == "right")
    assert (kept.side, kept.peak_deg, kept.start_s) == ("left", was.peak_deg, was.start_s)
    swapped = load_session(folder).samples()
    assert list(swapped["side"].map({"left": "right", "right": "left"})) == list(samples["side"])
    assert set(swapped["rep"][swapped["side"] == "right"].dropna()) == set()
    assert swapped["time_s"].equals(samples["time_s"])


def test_a_side_that_this_version_cannot_compute_anew_is_refused(editor: Editor, finished: Path) -> None:
    from sensor_pipeline.recording.tables import write_reps

    stored = reps(finished)
    write_reps(finished / "reps.parquet", [dataclasses.replace(stored[0], peak_deg=60.0), *stored[1:]])
    with pytest.raises(UserError, match="no longer finds the repetitions that are stored"):
        editor.set("side", "right")
    assert read_manifest(finished).edits == ()


# --- what was said ---


def test_what_was_said_is_corrected_in_the_report_and_stays_in_the_file(editor: Editor, finished: Path) -> None:
    for field, text in (
        ("person", "p2"),
        ("protocol", "ktw_kneeling"),
        ("footwear", "barefoot"),
        ("warm_up", "after"),
        ("distance_cm", "9.5"),
        ("notes", "n"),
    ):
        editor.set(field, text)
    session = load_session(finished)
    meta = session.corrected_meta()
    assert (meta.person, meta.protocol, meta.notes) == ("p2", "ktw_kneeling", "n")
    assert (meta.conditions.footwear, meta.conditions.warm_up) == ("barefoot", "after")
    assert meta.answers["distance_cm"] == 9.5
    assert session.report()["protocol"] == "ktw_kneeling"
    assert session.meta.person == "p1"
    editor.set("person", "")
    editor.set("distance_cm", "")
    meta = load_session(finished).corrected_meta()
    assert meta.person is None
    assert "distance_cm" not in meta.answers


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("footware", "x", "did you mean 'footwear'"),
        ("zzz", "x", "there is side, person"),
        ("distance_cm", "far", "give a number from 0 to 50"),
        ("distance_cm", "nan", "give a number from 0 to 50"),
        ("distance_cm", "51", "give a number from 0 to 50"),
        ("warm_up", "later", "must be before or after"),
        ("side", "left", "on the left leg already"),
        ("side", "swap", "one sensor only; say right"),
        ("side", "both", "must be left or right"),
        ("protocol", "", "cannot be empty"),
        ("person", "x" * 201, "at most 200 fit"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused_and_nothing_is_written(
    editor: Editor, finished: Path, field: str, text: str, message: str
) -> None:
    before = (finished / "session.json").read_bytes()
    with pytest.raises(UserError, match=message):
        editor.set(field, text)
    assert (finished / "session.json").read_bytes() == before


# --- refusals ---


def test_what_makes_no_sense_is_refused_with_what_to_do(editor: Editor, finished: Path) -> None:
    first = reps(finished)[0]
    for wrong, message in (
        (lambda: editor.delete(9), "no repetition 9; there is left 1, left 2, left 3"),
        (lambda: editor.delete(1, "right"), "no right repetition 1"),
        (lambda: editor.split(1, first.end_s), "repetition 1 lies from"),
        (lambda: editor.split(1, first.peak_s + 0.1), "the angle does not rise in it"),
        (lambda: editor.merge(1, 1), "two different repetitions"),
        (lambda: editor.merge(1, 3), "repetition 2 lies between them"),
        (lambda: editor.retime(1), "a new start, a new end or both"),
        (lambda: editor.retime(1, end_s=first.start_s), "a start before its end"),
        (lambda: editor.retime(1, end_s=math.inf), "overlaps repetition 2"),
        (lambda: editor.retime(1, end_s=math.nan), "a start before its end"),
        (lambda: editor.add(first.start_s, first.peak_s), "overlaps repetition 1"),
        (lambda: editor.add(0.0, 1.0), "has no angle, or too little of it, in that interval; it has one from"),
        (lambda: editor.add(500.0, 501.0), "it has one from"),
        (lambda: editor.add(1.0, 2.0, "right"), "--side right: the session has the left leg only"),
    ):
        with pytest.raises(UserError, match=message):
            wrong()
    assert read_manifest(finished).edits == ()


def test_two_legs_need_the_side_said(tmp_path: Path) -> None:
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.recording.tables import write_reps
    from sensor_pipeline.types import SensorSetup, Tick

    setup = SessionSetup(sensors=(SensorSetup("left", 100.0), SensorSetup("right", 100.0)))
    with SessionWriter.create(tmp_path, setup, session_id="both") as writer:
        writer.append(Tick(0, 0, None))
    rep = Rep("left", 1, 1.0, None, 1.5, None, 2.0, 0.0, 40.0, 40.0, None, 1.0, 0.0, 1.0, None, 80.0)
    write_reps(writer.path / "reps.parquet", [rep, dataclasses.replace(rep, side="right")])
    editor = Editor(writer.path)
    with pytest.raises(UserError, match="repetition 1: both legs have one; say --side left or --side right"):
        editor.delete(1)
    with pytest.raises(UserError, match="both legs wore a sensor"):
        editor.add(1.0, 2.0)
    with pytest.raises(UserError, match="only 'swap' makes sense"):
        editor.set("side", "left")
    editor.delete(1, "right")
    assert [rep.side for rep in reps(writer.path)] == ["left"]


def test_an_unfinished_session_and_one_that_is_being_edited_are_left_alone(editor: Editor, finished: Path) -> None:
    with editor._session(), pytest.raises(FileError, match="is being edited by another program"):
        Editor(finished).delete(1)
    write_manifest(finished, dataclasses.replace(read_manifest(finished), state="recording"))
    with pytest.raises(FileError, match="dorsi recover"):
        editor.delete(1)


def test_the_small_corrections_of_a_row(editor: Editor, finished: Path) -> None:
    editor.leave_unscored(1, reason="talked")
    editor.set_heel(2, "possible_lift")
    editor.set_faults(3, ("jerky",))
    first, second, third = reps(finished)
    assert (first.scored, first.reason) == (False, "talked")
    assert (second.heel, third.faults) == ("possible_lift", ("jerky",))
    document = json.loads((finished / "session.json").read_text())
    assert [edit["change"] for edit in document["edits"]] == ["not_scored", "set_heel", "set_faults"]


def test_a_replay_is_compared_with_the_recording_not_with_its_edits(editor: Editor, finished: Path) -> None:
    from sensor_pipeline.recording.same import same_as_stored

    editor.delete(1)
    session = load_session(finished)
    results = replay(session.records(), setup_of(session.meta))
    assert same_as_stored(finished, results)
    assert sum(isinstance(event, RepDone) for event in results.events) == 3
