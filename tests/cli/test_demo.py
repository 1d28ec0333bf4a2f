"""``dorsi demo`` makes a real session without hardware, terminal or display."""

import json
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sensor_pipeline import load_session
from sensor_pipeline.cli.demo import demo


def run(library: Path, *arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(demo, ["--fast", "--library", str(library), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_the_demo_leaves_a_session_and_names_the_next_commands(tmp_path: Path) -> None:
    out, err = run(tmp_path, "--reps", "2")
    (folder,) = tmp_path.iterdir()
    log = ["connection.log"] if find_spec("bumble") else []
    assert sorted(path.name for path in folder.iterdir()) == [
        *log,
        "records.parquet",
        "reps.parquet",
        "samples.parquet",
        "session.json",
    ]
    session = load_session(folder)
    assert session.meta.simulated
    assert len(session.reps()) == 2
    assert "2 repetitions" in out
    assert str(folder) in out
    for command in ("dorsi show", "dorsi replay", "dorsi export", "dorsi sessions"):
        assert command in err
    assert "Zero taken" in err
    assert "rep 2 (left)" in err


def test_it_says_whether_a_virtual_radio_carried_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    assert "found and connected as a real one" in run(tmp_path / "air", "--reps", "1")[1]
    monkeypatch.setattr("sensor_pipeline.cli.demo.find_spec", lambda name: None)
    out, err = run(tmp_path / "process", "--reps", "1")
    assert "no radio" in err
    assert "pip install 'sensor-pipeline[virtual]'" in err
    assert "1 repetition" in out
    (folder,) = (tmp_path / "process").iterdir()
    assert not (folder / "connection.log").exists()


def test_the_files_explain_themselves_to_plain_pandas(tmp_path: Path) -> None:
    run(tmp_path, "--reps", "1")
    (folder,) = tmp_path.iterdir()
    samples = pd.read_parquet(folder / "samples.parquet")
    assert samples.attrs["units"]["acc_x"] == "m/s^2"
    assert samples.attrs["units"]["dorsiflexion_deg"] == "deg"
    assert samples["rep"].dropna().unique().tolist() == [1]


def test_json_is_the_report_and_nothing_else(tmp_path: Path) -> None:
    out, _ = run(tmp_path, "--reps", "3", "--hold", "1", "--target", "30", "--json")
    report = json.loads(out)
    assert report["summary"]["count"] == 3
    assert report["sensors"][0]["lost_samples"] == 0
    assert {"session", "protocol", "sensors", "duration_s", "reps", "summary"} <= set(report)


def test_equal_seeds_make_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    reports = []
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        report = json.loads(run(tmp_path / name, "--reps", "1", "--seed", seed, "--json")[0])
        reports.append(report["reps"])
    assert reports[0] == reports[1] != reports[2]


@pytest.mark.parametrize("sensor", ["movella-dot", "witmotion-ble5", "movesense-gsp"])
def test_other_sensors_and_both_legs(tmp_path: Path, sensor: str) -> None:
    report = json.loads(run(tmp_path, "--reps", "2", "--sensor", sensor, "--side", "both", "--json")[0])
    assert [(s["side"], s["sensor"]) for s in report["sensors"]] == [("left", sensor), ("right", sensor)]
    assert report["summary"]["by_side"]["left"]["count"] == 2
    assert report["summary"]["by_side"]["right"]["count"] == 2


def test_an_unknown_sensor_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    from sensor_pipeline.errors import UserError

    result = CliRunner().invoke(demo, ["--fast", "--library", str(tmp_path), "--sensor", "shin-imu"])
    assert isinstance(result.exception, UserError)
    assert "shin-imu-v1" in str(result.exception)
