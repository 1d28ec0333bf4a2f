"""Recording: the folder explains itself from its first second on, and a kill loses nothing that was acknowledged."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.finish import finish
from sensor_pipeline.recording.journal import read_journal
from sensor_pipeline.recording.manifest import Conditions, read_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.session_id import is_session_id
from sensor_pipeline.types import ImportedSamples, Record, Tick

KILLS = 24


def test_the_folder_explains_itself_before_the_first_record(tmp_path: Path, setup: SessionSetup) -> None:
    now = datetime(2026, 11, 20, 19, 4, 12, tzinfo=timezone(timedelta(hours=1)))
    writer = SessionWriter.create(
        tmp_path / "new" / "library",
        setup,
        person="p7",
        simulated=True,
        visit="v1",
        strap="s1",
        conditions=Conditions(footwear="barefoot", warm_up="after"),
        notes="first try",
        now=now,
    )
    manifest = read_manifest(writer.path)
    assert writer.id == writer.path.name == manifest.id
    assert is_session_id(writer.id)
    assert writer.id.startswith("20261120T180412Z-left-ktw_standing-")
    assert (manifest.created.utc, manifest.created.utc_offset_s) == ("2026-11-20T18:04:12Z", 3600)
    assert (manifest.state, manifest.person, manifest.simulated) == ("recording", "p7", True)
    assert (manifest.visit, manifest.strap, manifest.notes) == ("v1", "s1", "first try")
    assert manifest.conditions == Conditions(footwear="barefoot", warm_up="after")
    assert load_session(writer.path).setup() == setup
    writer.finish()


def test_a_record_is_in_the_journal_when_append_returns(tmp_path: Path, setup: SessionSetup) -> None:
    writer = SessionWriter.create(tmp_path, setup)
    sizes = []
    for order in range(5):
        writer.append(Tick(order, order, None))
        sizes.append((writer.path / "journal.bin").stat().st_size)
    assert sizes == sorted(set(sizes))  # it grew with each append: nothing waits in a buffer
    writer.finish()
    assert writer.finish() is writer.finish()


def test_two_sessions_of_one_second_get_two_folders(tmp_path: Path, setup: SessionSetup) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    writers = [SessionWriter.create(tmp_path, setup, now=now) for _ in range(20)]
    assert len({writer.id for writer in writers}) == 20
    for writer in writers:
        writer._journal.close()


def test_a_taken_or_impossible_id_is_refused(tmp_path: Path, setup: SessionSetup) -> None:
    SessionWriter.create(tmp_path, setup, session_id="mine")._journal.close()
    with pytest.raises(FileError, match="mine: exists already; choose another id"):
        SessionWriter.create(tmp_path, setup, session_id="mine")
    with pytest.raises(UserError, match=r"'\.\./evil' is no session id"):
        SessionWriter.create(tmp_path, setup, session_id="../evil")


def test_a_library_that_is_a_file_is_told(tmp_path: Path, setup: SessionSetup) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot make the library folder: File exists; something of that name exists"):
        SessionWriter.create(tmp_path / "file", setup)


def record_until_unplugged(writer: SessionWriter, records: list[Record]) -> None:
    for record in records:
        writer.append(record)
    raise RuntimeError("unplugged")


def test_an_exception_in_the_block_still_finishes_what_is_there(
    tmp_path: Path, setup: SessionSetup, lunges: Callable[..., list[Record]]
) -> None:
    records = lunges(2)[:12]
    writer = SessionWriter.create(tmp_path, setup)
    with pytest.raises(RuntimeError, match="unplugged"), writer:
        record_until_unplugged(writer, records)
    session = load_session(writer.path)
    assert session.meta.state == "complete"
    assert len(session.records()) == len(records) + 1


def test_trouble_while_finishing_is_added_to_the_error_that_ended_the_block(
    tmp_path: Path, setup: SessionSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_finish(_: Path) -> None:
        raise FileError("disk full")

    monkeypatch.setattr("sensor_pipeline.recording.recorder.finish", no_finish)
    with (
        pytest.raises(RuntimeError, match="unplugged") as caught,
        SessionWriter.create(tmp_path, setup, session_id="a"),
    ):
        raise RuntimeError("unplugged")
    assert caught.value.__notes__ == ["disk full; run 'dorsi recover a' later"]
    with pytest.raises(FileError, match="disk full"), SessionWriter.create(tmp_path, setup):
        pass


@pytest.mark.parametrize("operation", range(2, 12))  # 1 asks for the library folder, which is there
def test_a_session_that_cannot_be_started_leaves_no_folder(
    tmp_path: Path, setup: SessionSetup, monkeypatch: pytest.MonkeyPatch, operation: int
) -> None:
    """The N-th file operation finds the disk full."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == operation:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("mkdir", "open", "write", "fsync", "replace"):
            patch.setattr(os, name, counted(getattr(os, name)))
        with pytest.raises(FileError, match="No space left on device; free some disk space"):
            SessionWriter.create(tmp_path, setup)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_random_times_everything_acknowledged_is_recovered(tmp_path: Path) -> None:
    script = Path(__file__).with_name("killed_recordings.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path, str(KILLS), "11"],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == KILLS
    for name, acknowledged in lines:
        contents = read_journal(tmp_path / name / "journal.bin")
        assert contents.skipped == ()
        orders = [record.order for record in contents.records]
        assert orders == list(range(len(orders)))
        assert len(orders) > int(acknowledged)
        report = finish(tmp_path / name)
        assert report.recovered
        assert report.records == len(orders) + 1
        last = load_session(tmp_path / name).records()[-2]
        assert isinstance(last, ImportedSamples)
        assert last.time_s[0] == pytest.approx(last.order * 0.05)
