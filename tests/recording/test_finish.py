"""Finishing: crash-safe at every step, repeatable, and never without the journal until the files are proven."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.errors import FileError
from sensor_pipeline.library.session import Session, load_session
from sensor_pipeline.recording import finish as finish_module
from sensor_pipeline.recording.finish import JOURNAL_FILE, finish
from sensor_pipeline.recording.journal import BeingRecordedError, JournalReader, read_journal
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.record_codec import flatten
from sensor_pipeline.recording.replay import compare
from sensor_pipeline.types import Flush, Input, Record

FILES = {"session.json", "records.parquet", "samples.parquet", "reps.parquet"}
Lunges = Callable[..., list[Record]]
Unfinished = Callable[..., Path]


def keys(records: list[Record]) -> list[tuple[object, ...]]:
    return [(r.order, r.host_time_ns, r.sensor, flatten(r)) for r in records]


def assert_complete(folder: Path, reference: Session) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    session = load_session(folder)
    assert session.meta.state == "complete"
    assert replace(session.meta, id=reference.id, created=reference.meta.created) == reference.meta
    assert keys(session.records()) == keys(reference.records())
    assert not compare(reference.tables(), session.tables())


def test_a_journal_becomes_the_four_files(unfinished: Unfinished, lunges: Lunges) -> None:
    records = lunges(3)
    folder = unfinished(records)
    assert {path.name for path in folder.iterdir()} == {"session.json", JOURNAL_FILE}
    report = finish(folder)
    assert {path.name for path in folder.iterdir()} == FILES
    assert (report.records, report.reps, report.samples) == (len(records), 3, 2100)
    assert (report.lost_samples, report.gaps, report.bad_packets) == (0, 0, 0)
    assert (report.damaged_spans, report.torn_bytes, report.recovered) == (0, 0, False)
    session = load_session(folder)
    assert keys(session.records()) == keys(records)
    assert session.meta.state == "complete"
    assert session.meta.sensors[0].found.mountings[0].method == "given+pose"
    assert session.meta.summary is not None
    assert session.meta.summary["best_deg"] == pytest.approx(40.0, abs=0.2)


def test_finishing_again_changes_nothing(finished: Path) -> None:
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    report = finish(finished)
    assert report.reps == 3
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before


def test_a_cut_off_recording_gets_its_end_mark_and_says_so(unfinished: Unfinished, lunges: Lunges) -> None:
    records = lunges(2, end=False)
    report = finish(folder := unfinished(records))
    assert report.recovered
    assert report.records == len(records) + 1
    assert isinstance(load_session(folder).records()[-1], Flush)


def test_answers_and_distances_are_kept(unfinished: Unfinished, lunges: Lunges) -> None:
    records = lunges(1, end=False)
    at = records[-1].host_time_ns
    inputs = [("answer", '{"pain": 2}'), ("distance", "11.5"), ("answer", "not json"), ("mark", "1")]
    records += [Input(100 + i, at, None, action, value) for i, (action, value) in enumerate(inputs)]
    finish(folder := unfinished(records))
    assert dict(read_manifest(folder).answers) == {"pain": 2, "distance": 11.5, "answer": "not json"}


def test_a_session_without_a_record_becomes_an_empty_one(unfinished: Unfinished) -> None:
    report = finish(folder := unfinished([]))
    assert (report.records, report.samples, report.reps) == (0, 0, 0)
    session = load_session(folder)
    assert len(session.samples()) == len(session.reps()) == 0
    assert list(session.samples().columns)[:2] == ["side", "time_s"]


def test_damage_in_the_journal_is_counted_and_the_rest_is_kept(unfinished: Unfinished, lunges: Lunges) -> None:
    records = lunges(1)
    folder = unfinished(records)
    journal = folder / JOURNAL_FILE
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 0x10
    journal.write_bytes(data)
    report = finish(folder)
    assert report.damaged_spans == 1
    assert report.records == len(records) - 1
    stored = read_manifest(folder).stored
    assert stored is not None
    assert stored.damaged_spans == 1


def test_without_a_journal_there_is_nothing_to_finish(unfinished: Unfinished) -> None:
    folder = unfinished([])
    (folder / JOURNAL_FILE).unlink()
    with pytest.raises(FileError, match=r"journal\.bin is missing, nothing was recorded; delete the folder"):
        finish(folder)


def test_a_session_in_use_is_left_alone(unfinished: Unfinished, lunges: Lunges) -> None:
    folder = unfinished(lunges(1))
    with JournalReader(folder / JOURNAL_FILE), pytest.raises(BeingRecordedError):
        finish(folder)
    assert {path.name for path in folder.iterdir()} == {"session.json", JOURNAL_FILE}


@pytest.mark.parametrize("name", ["records.parquet", "samples.parquet", "reps.parquet"])
def test_a_journal_outlives_files_that_turn_out_damaged(
    unfinished: Unfinished, lunges: Lunges, tmp_path: Path, name: str
) -> None:
    """Killed right before the journal is removed, then the disk spoils a file: it is made anew from the journal."""
    folder = unfinished(lunges(1))
    journal = (folder / JOURNAL_FILE).read_bytes()
    finish(folder)
    shutil.copytree(folder, tmp_path / "good")
    (folder / JOURNAL_FILE).write_bytes(journal)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 3] ^= 1
    (folder / name).write_bytes(data)
    finish(folder)
    assert_complete(folder, load_session(tmp_path / "good"))


def test_edits_and_notes_outlive_a_second_finishing(unfinished: Unfinished, lunges: Lunges) -> None:
    folder = unfinished(lunges(1))
    journal = (folder / JOURNAL_FILE).read_bytes()
    finish(folder)
    write_manifest(folder, replace(read_manifest(folder), notes="left shoe"))
    (folder / JOURNAL_FILE).write_bytes(journal)
    (folder / "reps.parquet").unlink()
    finish(folder)
    assert read_manifest(folder).notes == "left shoe"


def test_files_that_read_back_otherwise_keep_the_journal(
    unfinished: Unfinished, lunges: Lunges, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = unfinished(lunges(1))
    monkeypatch.setattr(finish_module, "_same", lambda a, b: a.order != 5)
    with pytest.raises(FileError, match="read back differs from what was written; the journal is kept"):
        finish(folder)
    assert {path.name for path in folder.iterdir()} == {"session.json", JOURNAL_FILE}
    monkeypatch.undo()
    assert finish(folder).reps == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_file_operation_a_second_finishing_completes_it(
    unfinished: Unfinished, lunges: Lunges, tmp_path: Path
) -> None:
    folder = unfinished(lunges(1))
    shutil.copytree(folder, tmp_path / "reference")
    finish(tmp_path / "reference")
    reference = load_session(tmp_path / "reference")
    out = tmp_path / "killed"
    script = Path(__file__).with_name("crash_points.py")
    done = subprocess.run(
        [sys.executable, script, folder, out], check=True, capture_output=True, text=True, timeout=120, env=ENVIRONMENT
    )
    operations = int(done.stdout)
    assert operations > 20  # three tables, three names, session.json, the journal, the folder
    states = set()
    for number in range(1, operations + 1):
        killed = out / str(number)
        states.add(frozenset(path.name for path in killed.iterdir()))
        if read_manifest(killed).state != "complete":
            assert (killed / JOURNAL_FILE).exists()  # until the session is complete the journal is the truth
        finish(killed)
        assert_complete(killed, reference)
    assert len(states) > 6  # the kills did hit different steps


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_an_error_at_any_file_operation_is_told_and_a_second_finishing_completes_it(
    unfinished: Unfinished, lunges: Lunges, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = unfinished(lunges(1))
    shutil.copytree(template, tmp_path / "reference")
    finish(tmp_path / "reference")
    reference = load_session(tmp_path / "reference")
    number = 0
    while True:
        number += 1
        folder = tmp_path / "out" / str(number)
        shutil.copytree(template, folder)
        with monkeypatch.context() as patch:
            failed = fail_at(patch, number)
            try:
                finish(folder)
            except FileError as error:
                assert "No space left on device; free some disk space" in str(error)  # noqa: PT017 (the loop goes on)
                assert "\n" not in str(error)  # noqa: PT017
            else:
                assert not failed(), f"operation {number} failed in silence"
                break
        assert failed()
        finish(folder)
        assert_complete(folder, reference)
    assert number > 20


def fail_at(patch: pytest.MonkeyPatch, number: int) -> Callable[[], bool]:
    """Let the N-th file operation fail with ENOSPC; returns whether it has been reached."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **options)

        return call

    for name in ("open", "write", "fsync", "replace", "unlink"):
        patch.setattr(os, name, counted(getattr(os, name)))
    return lambda: count >= number


def test_the_reader_of_a_journal_gives_its_lock_back(unfinished: Unfinished, lunges: Lunges) -> None:
    folder = unfinished(lunges(1))
    read_journal(folder / JOURNAL_FILE)
    assert finish(folder).reps == 1
