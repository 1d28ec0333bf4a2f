import json
from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.importers import session as under_test
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.session import SessionOptions, import_file, records_of
from sensor_pipeline.recording.importers.table import ImportOptions
from sensor_pipeline.types import Block, Flush, ImportedSamples, Input, SensorSetup

LEFT = ImportOptions("left")


def rows(records):
    return [record for record in records if isinstance(record, ImportedSamples)]


def test_records_are_a_start_blocks_of_rows_and_a_flush(motion, write_csv):
    table = read_table(write_csv(motion.table), LEFT)
    records = list(records_of(table))
    assert isinstance(records[0], Input)
    assert (records[0].action, records[0].host_time_ns, records[0].sensor) == ("start", 0, None)
    assert isinstance(records[-1], Flush)
    assert [len(record.time_s) for record in rows(records)] == [1000, 1000, 500]
    assert [record.order for record in records] == list(range(5))
    assert [record.host_time_ns for record in rows(records)] == [9_990_000_000, 19_990_000_000, 24_990_000_000]
    assert np.array_equal(np.concatenate([record.gyr_rad_s for record in rows(records)]), motion.gyr)


def test_the_size_of_blocks_changes_no_row(motion, write_csv, monkeypatch):
    table = read_table(write_csv(motion.table), LEFT)

    def angles():
        engine = Engine(SessionSetup((SensorSetup("left", 100.0, upright_s=(0.0, 2.5)),)))
        blocks = [event for event in engine.push_many(list(records_of(table))) if isinstance(event, Block)]
        return np.concatenate([block.angles.dorsiflexion_rad for block in blocks])

    whole = angles()
    monkeypatch.setattr(under_test, "BLOCK_ROWS", 137)
    assert angles().tobytes() == whole.tobytes()


def test_a_file_becomes_a_session_that_loads(motion, write_csv, tmp_path):
    options = SessionOptions(protocol="ktw_standing", mounting_axes="+x,+y,+z", upright_s=(0.0, 2.5), person="p1")
    report = import_file(write_csv(motion.table, name="my file.csv"), LEFT, tmp_path / "library", options)
    session = load_session(report.finished.session, tmp_path / "library")
    assert session.id == report.finished.session
    meta = session.meta
    assert (meta.state, meta.person, meta.simulated, meta.protocol) == ("complete", "p1", False, "ktw_standing")
    setup = meta.sensors[0].setup
    assert (setup.side, setup.mounting_axes, setup.upright_s) == ("left", "+x,+y,+z", (0.0, 2.5))
    assert setup.rate_hz == pytest.approx(100.0)
    samples = session.samples()
    assert np.array_equal(samples["time_s"], motion.time_s)
    assert np.array_equal(samples[["acc_x", "acc_y", "acc_z"]].to_numpy(), motion.acc)
    assert np.array_equal(samples[["gyr_x", "gyr_y", "gyr_z"]].to_numpy(), motion.gyr)


def test_the_tilt_that_was_made_is_the_angle_that_is_stored(motion, write_csv, tmp_path):
    options = SessionOptions(mounting_axes="+x,+y,+z", upright_s=(0.0, 2.5))
    report = import_file(write_csv(motion.table), LEFT, tmp_path / "library", options)
    angle = load_session(report.finished.path).samples()["dorsiflexion_deg"]
    assert angle.max() == pytest.approx(35.0, abs=0.5)
    assert angle.iloc[290] == pytest.approx(0.0, abs=0.1)


def test_the_session_names_the_file_its_sum_and_what_was_assumed_and_never_its_place(motion, write_csv, tmp_path):
    report = import_file(write_csv(motion.table, name="deep/down/file.csv"), LEFT, tmp_path / "library")
    notes = load_session(report.finished.path).meta.notes
    assert notes.startswith(f"imported from file.csv, sha256 {report.table.sha256}")
    assert "accelerometer in m/s2" in notes
    text = json.dumps(notes)
    assert "deep" not in text
    assert str(tmp_path) not in text


def test_missing_rows_are_accounted_for(motion, write_csv, tmp_path):
    table = motion.table.copy()
    table[100, 1] = np.nan
    report = import_file(write_csv(table), LEFT, tmp_path / "library")
    assert report.table.missing_rows == 1
    (ledger,) = load_session(report.finished.path).meta.sensors[0].found.ledger
    assert ledger.decoded == len(table) - 1
    assert (ledger.lost or 0) + ledger.rejected == 1


@pytest.mark.parametrize("upright_s", [(2.0, 1.0), (-1.0, 2.0), (0.0, 99.0), (float("nan"), 1.0)])
def test_a_standing_pose_outside_the_file_is_refused_before_a_session_is_made(motion, write_csv, tmp_path, upright_s):
    with pytest.raises(UserError, match=r"must rise and lie inside file.csv, which goes from 0 to 24\.99 s"):
        import_file(write_csv(motion.table), LEFT, tmp_path / "library", SessionOptions(upright_s=upright_s))
    assert not (tmp_path / "library").exists()


def test_a_wrong_mounting_is_refused_before_the_file_is_read(tmp_path):
    with pytest.raises(UserError, match="--mounting"):
        import_file(tmp_path / "none.csv", LEFT, tmp_path / "library", SessionOptions(mounting_axes="up"))


def test_a_refused_file_leaves_no_session(motion, write_csv, tmp_path):
    with pytest.raises(UserError, match="use --acc-unit m/s2"):
        import_file(write_csv(motion.table), replace(LEFT, acc_unit="g"), tmp_path / "library")
    assert not (tmp_path / "library").exists()
