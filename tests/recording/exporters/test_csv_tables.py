import csv
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.columns import REPS, SAMPLES
from sensor_pipeline.recording.edits import Edit
from sensor_pipeline.recording.exporters.csv_tables import CSV
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.table import ImportOptions
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.tables import REPS_FILE, SAMPLES_FILE, write_reps
from sensor_pipeline.types import Rep

REP = replace(
    Rep("left", 1, 1.0, 2.0, 2.5, 3.0, 4.5, 0.1, 35.25, 35.15, 1.5, 1.0, 1.0, 1.5, 0.5, 42.0),
    faults=("too_fast", "jerky"),
    components={"depth": 0.1, "hold": 1.0},
    scored=True,
    score=81.5,
    reason="=1+1",
)


@pytest.fixture
def session(finished, tmp_path):
    """A copy of the session with two repetitions that try what text can do."""
    folder = tmp_path / "a-session"
    shutil.copytree(finished, folder)
    write_reps(
        folder / REPS_FILE, [REP, replace(REP, rep=2, start_s=6.0, score=None, scored=False, reason='a,"b"\n@c')]
    )
    return folder


def written(session, table, original=False):
    sink = io.BytesIO()
    CSV.write_table(session, table, sink, original=original)
    return list(csv.DictReader(io.StringIO(sink.getvalue().decode("utf-8"), newline="")))


def test_a_folder_holds_both_tables_and_their_units(session, tmp_path):
    files = CSV.write_folder(session, tmp_path / "out", original=False, force=False)
    assert sorted(path.name for path in files) == ["reps.csv", "samples.csv", "units.json"]
    units = json.loads((tmp_path / "out" / "units.json").read_text())
    assert units["session"] == "a-session"
    assert units["files"]["samples.csv"]["acc_x"]["unit"] == "m/s^2"
    assert list(units["files"]["reps.csv"]) == [column.name for column in REPS.columns]
    assert "not a medical device" in units["about"]


def test_columns_are_those_of_the_sessions_tables(session):
    assert list(written(session, "samples")[0]) == [column.name for column in SAMPLES.columns]
    assert list(written(session, "reps")[0]) == [column.name for column in REPS.columns]


def test_numbers_are_written_to_the_last_bit(session, samples):
    rows = written(session, "samples")
    time_s, acc, gyr = samples
    assert [float(row["time_s"]) for row in rows] == time_s.tolist()
    assert [float(row["acc_y"]) for row in rows] == acc[:, 1].tolist()
    assert [float(row["gyr_z"]) for row in rows] == gyr[:, 2].tolist()


def test_export_then_import_gives_the_same_samples(session, samples, tmp_path):
    CSV.write_folder(session, tmp_path / "out", original=False, force=False)
    found = read_table(tmp_path / "out" / "samples.csv", ImportOptions("left"))
    assert (found.time_s.tobytes(), found.acc_m_s2.tobytes(), found.gyr_rad_s.tobytes()) == tuple(
        values.tobytes() for values in samples
    )


def test_the_sessions_own_parquet_imports_the_same_way(session, samples):
    found = read_table(session / SAMPLES_FILE, ImportOptions("left"))
    assert np.array_equal(found.acc_m_s2, samples[1])


def test_unknown_values_are_empty_cells(session):
    row = written(session, "samples")[0]
    assert (row["axial_deg"], row["rep"]) == ("", "")


def test_text_is_harmless_and_lists_are_json(session):
    first, second = written(session, "reps")
    assert first["reason"] == "'=1+1"
    assert second["reason"] == r'a,"b"\x0a@c'
    assert json.loads(first["faults"]) == ["too_fast", "jerky"]
    assert json.loads(first["components"]) == {"depth": 0.1, "hold": 1.0}
    assert (first["scored"], first["score"], second["score"]) == ("true", "81.5", "")


def test_edits_are_applied_unless_the_original_is_asked_for(session):
    manifest = read_manifest(session)
    write_manifest(session, replace(manifest, edits=(Edit("2026-01-01T00:00:00Z", "left", 1, "not_a_rep"),)))
    assert [row["rep"] for row in written(session, "reps")] == ["2"]
    assert [row["rep"] for row in written(session, "reps", original=True)] == ["1", "2"]


def test_nothing_is_overwritten_without_force(session, tmp_path):
    out = tmp_path / "out"
    CSV.write_folder(session, out, original=False, force=False)
    (out / "reps.csv").write_text("mine")
    with pytest.raises(UserError, match="is there already; replace it with --force"):
        CSV.write_folder(session, out, original=False, force=False)
    assert (out / "reps.csv").read_text() == "mine"
    CSV.write_folder(session, out, original=False, force=True)
    assert (out / "reps.csv").read_text().startswith("side,rep,")


def test_a_damaged_session_leaves_no_files(session, tmp_path):
    content = bytearray((session / SAMPLES_FILE).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (session / SAMPLES_FILE).write_bytes(content)
    with pytest.raises(FileError):
        CSV.write_folder(session, tmp_path / "out", original=False, force=False)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_session_that_is_still_recording_is_refused(session, tmp_path):
    write_manifest(session, replace(read_manifest(session), state="recording"))
    with pytest.raises(FileError, match="not finished; finish it with 'dorsi recover'"):
        CSV.write_folder(session, tmp_path / "out", original=False, force=False)


def test_an_unknown_table_is_refused(session):
    with pytest.raises(UserError, match="--table 'rep': no such table; there is samples, reps"):
        CSV.write_table(session, "rep", io.BytesIO(), original=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reason=st.text(max_size=40), score=st.floats(0, 100), peak=st.floats(-180, 180))
def test_any_repetition_is_one_row_that_reads_back(session, reason, score, peak):
    write_reps(
        session / REPS_FILE,
        [replace(REP, reason=reason.encode("utf-8", "replace").decode(), score=score, peak_deg=peak)],
    )
    (row,) = written(session, "reps")
    assert (float(row["score"]), float(row["peak_deg"])) == (score, peak)
    assert None not in row
