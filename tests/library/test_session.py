"""A session as a person works with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.tables import write_labels, write_reference
from sensor_pipeline.types import Flush, Rep, SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="right", rate_hz=100.0),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with SessionWriter.create(tmp_path, SETUP, session_id="mine", person="p") as writer:
        writer.append(Tick(0, 5, None))
    return writer.path


def test_it_gives_meta_records_setup_and_frames(folder: Path, tmp_path: Path) -> None:
    for session in (load_session(folder), load_session("mine", tmp_path), load_session("mi", str(tmp_path))):
        assert session.id == "mine"
        assert session.meta.person == "p"
        assert session.setup() == SETUP
        assert session.records() == [Tick(0, 5, None), Flush(1, 5, None)]
        assert session.samples().attrs["units"]["time_s"] == "s"
        assert list(session.reps().columns)[:3] == ["side", "rep", "start_s"]
        assert session.rep_values() == ()
        assert repr(session) == "Session('mine', complete)"


def test_reference_and_labels_are_there_where_they_were_written(folder: Path) -> None:
    session = load_session(folder)
    with pytest.raises(FileError, match=r"reference\.parquet: cannot read the file: "):
        session.reference()
    with pytest.raises(FileError, match=r"labels-anna\.parquet: cannot read the file: "):
        session.labels("anna")
    with pytest.raises(UserError, match=r"rater '\.\./x'"):
        session.labels("../x")
    write_reference(folder / "reference.parquet", "right", np.array([0.0]), {"dorsiflexion_deg": np.array([40.0])})
    write_labels(folder, "anna", [{"side": "right", "rep": 1, "start_s": 0.0, "end_s": 1.0}])
    assert list(session.reference()["dorsiflexion_deg"]) == [40.0]
    assert list(session.labels("anna")["end_s"]) == [1.0]


def test_an_unfinished_session_has_meta_and_says_what_to_do(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, SETUP, session_id="cut")
    session = load_session("cut", tmp_path)
    assert session.meta.state == "recording"
    for use in (session.records, session.samples, session.reps, session.report, session.tables):
        with pytest.raises(FileError, match="not finished; run 'dorsi recover cut' first"):
            use()
    writer.finish()


@pytest.mark.parametrize("name", ["records.parquet", "samples.parquet", "reps.parquet"])
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    session = load_session(folder)
    with pytest.raises(FileError, match=name):
        _ = (session.records(), session.tables())


def test_repetitions_as_values_and_as_a_frame_say_the_same(folder: Path) -> None:
    from sensor_pipeline.recording.tables import write_reps

    rep = Rep(
        "right", 1, 1.0, None, 1.5, None, 2.0, 0.0, 40.0, 40.0, None, 1, 0, 1, None, 80.0, components={"depth": 0.5}
    )
    write_reps(folder / "reps.parquet", [rep])
    session = load_session(folder)
    assert session.rep_values() == (rep,)
    assert session.reps()["components"][0] == {"depth": 0.5}
    assert session.reps()["hold_start_s"].isna().all()


def test_opening_a_session_loads_no_table_library() -> None:
    code = (
        "import sys; from sensor_pipeline.library.session import load_session; "
        "from sensor_pipeline.library.sessions import Library; "
        "print([m for m in ('pandas', 'pyarrow', 'scipy', 'vqf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
