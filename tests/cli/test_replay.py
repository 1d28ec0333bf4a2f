"""``dorsi replay``: the same result, or what differs and between which versions."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.demo import demo
from sensor_pipeline.cli.replay import replay
from sensor_pipeline.errors import FileError, UserError


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("library")
    assert CliRunner().invoke(demo, ["--fast", "--reps", "2", "--library", str(library)]).exit_code == 0
    (folder,) = library.iterdir()
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(replay, [str(a) for a in arguments])


def test_a_replay_is_bit_for_bit_the_stored_result(stored: Path) -> None:
    result = run(stored, "--json")
    assert result.exit_code == 0
    assert "bit for bit" in result.stderr
    assert json.loads(result.stdout) == load_session(stored).report()


def test_a_replay_by_id(stored: Path) -> None:
    assert run(stored.name, "--library", stored.parent).exit_code == 0


def test_another_filter_shows_its_differences_and_is_no_failure(stored: Path) -> None:
    result = run(stored, "--orientation", "imufusion")
    assert result.exit_code == 0
    assert "samples.dorsiflexion_deg" in result.stderr
    assert "with vqf" in result.stderr
    assert "with imufusion" in result.stderr


def test_a_stored_result_that_this_version_does_not_reproduce_is_exit_code_1(stored: Path, tmp_path: Path) -> None:
    from sensor_pipeline.recording.tables import read_reps, write_reps

    folder = tmp_path / stored.name
    shutil.copytree(stored, folder)
    reps = read_reps(folder / "reps.parquet")
    write_reps(folder / "reps.parquet", [dataclasses.replace(reps[0], peak_deg=55.0), *reps[1:]])
    result = run(folder)
    assert result.exit_code == 1
    assert "reps.peak_deg: 1 rows differ" in result.stderr
    assert "55.0 stored" in result.stderr


def test_a_replay_can_be_stored_and_is_the_same_session(stored: Path, tmp_path: Path) -> None:
    result = run(stored, "--write", tmp_path)
    assert result.exit_code == 0
    (copy,) = tmp_path.iterdir()
    assert str(copy) in result.stderr
    assert load_session(copy).rep_values() == load_session(stored).rep_values()
    assert load_session(copy).records() == load_session(stored).records()
    assert load_session(copy).meta.simulated


def test_speed_shows_it_live_and_leaves_the_result_alone(stored: Path) -> None:
    result = run(stored, "--speed", "1000", "--json")
    assert result.exit_code == 0
    assert "Zero taken" in result.stderr
    assert json.loads(result.stdout)["summary"]["count"] == 2


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "1e9"])
def test_a_speed_that_is_none_is_refused(stored: Path, speed: str) -> None:
    result = run(stored, "--speed", speed)
    assert result.exit_code == 2
    assert "or max" in result.stderr


def test_an_unknown_filter_is_refused_with_what_there_is(stored: Path) -> None:
    result = run(stored, "--orientation", "madgwick")
    assert isinstance(result.exception, UserError)
    assert "vqf, imufusion" in str(result.exception)


def test_a_damaged_table_is_named(stored: Path, tmp_path: Path) -> None:
    folder = tmp_path / stored.name
    shutil.copytree(stored, folder)
    path = folder / "records.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    result = run(folder)
    assert isinstance(result.exception, FileError)
    assert "records.parquet" in str(result.exception)


def test_explain_says_of_every_candidate_what_became_of_it(stored: Path) -> None:
    result = run(stored, "--explain", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    rows = document.pop("explain")
    assert document == load_session(stored).report()
    assert [row["time_s"] for row in rows] == sorted(row["time_s"] for row in rows)
    assert [row["rep"] for row in rows if row["what"] == "accepted"] == [1, 2]
    candidates = [row for row in rows if row["what"] == "candidate"]
    assert len(candidates) == sum(row["what"] in ("accepted", "rejected") for row in rows)
    assert any(row["what"] == "mounting" for row in rows)
    text = run(stored, "--explain").stdout
    assert "known at s" in text
    assert "would be repetition 1" in text
    assert "repetition 2, " in text


def test_explain_puts_every_number_of_an_event_into_words() -> None:
    from sensor_pipeline.cli.replay import reason_cells
    from sensor_pipeline.recording.report import explain
    from sensor_pipeline.types import BatteryLevel, Gap, MountingRefused, RepRejected, SensorSetup

    events = [
        RepRejected(3, 0, 9.0, start_s=7.25, peak_deg=9.5, reason="range 9.5 deg is too small"),
        Gap(2, 0, 5.0, stream="imu", end_s=6.5, lost=None, bridged=False),
        BatteryLevel(2, 0, 5.0, 80.0),
        MountingRefused(1, 0, 4.0, reason="moved", remedy="stand still"),
    ]
    rows = explain(events, (SensorSetup("right", 100.0),))
    assert [row["what"] for row in rows] == ["mounting refused", "gap", "rejected"]
    assert reason_cells(rows[0]) == ("4.00", "right", "mounting refused", "moved: stand still")
    assert reason_cells(rows[1])[3] == "imu: to 6.50 s, loss unknown, not filled"
    detail = reason_cells(rows[2])[3]
    assert detail.startswith("range 9.5 deg is too small; ")
    assert "start_s 7.25" in detail
    assert "peak_deg 9.50" in detail
