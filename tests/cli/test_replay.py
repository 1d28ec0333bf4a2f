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
