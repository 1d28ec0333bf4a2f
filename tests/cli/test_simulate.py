"""``dorsi simulate`` writes a session with its truth beside it."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.simulate import simulate
from sensor_pipeline.errors import DorsiError, UserError


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(simulate, list(arguments))


def made(library: Path, *arguments: str) -> Path:
    result = invoke("--out", str(library), "--json", *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads(result.stdout)
    path = Path(told["path"])
    assert path.name == told["session"]
    return path


def test_a_session_with_its_truth_for_both_legs(tmp_path: Path) -> None:
    faults = ["--fault", "heel_lift:20mm@2", "--fault", "knee_in:9deg@1"]
    path = made(
        tmp_path, "--reps", "2", "--side", "both", "--before", "walk,tap", "--protocol", "ktw_half_kneel", *faults
    )
    assert sorted(item.name for item in path.iterdir()) == [
        "labels-truth.parquet",
        "records.parquet",
        "reference.parquet",
        "reps.parquet",
        "samples.parquet",
        "session.json",
    ]
    session = load_session(path)
    assert session.meta.simulated
    assert session.meta.protocol == "ktw_half_kneel"
    for words in ("seed 1", "walk, tap", "heel_lift:20mm@2", "strap good"):
        assert words in session.meta.notes
    labels = pd.read_parquet(path / "labels-truth.parquet")
    assert labels[["side", "rep"]].to_numpy().tolist() == [["left", 1], ["left", 2], ["right", 1], ["right", 2]]
    assert [list(faults) for faults in labels["faults"]] == [["shin_tilts_in"], ["heel_lift"]] * 2
    assert labels["heel_lift_mm"].tolist() == pytest.approx([0.0, 20.0, 0.0, 20.0])
    reference = pd.read_parquet(path / "reference.parquet")
    assert reference.attrs["units"]["heel_lift_mm"] == "mm"
    for side in ("left", "right"):
        leg, own = reference[reference["side"] == side], labels[labels["side"] == side]
        assert leg["time_s"].is_monotonic_increasing
        for rep in own.itertuples():
            inside = leg[(leg["time_s"] >= rep.start_s) & (leg["time_s"] < rep.end_s)]
            assert inside["dorsiflexion_deg"].max() == pytest.approx(rep.peak_deg, abs=0.1)


def test_the_stored_angle_follows_the_reference(tmp_path: Path) -> None:
    """Simulated: typical chip, good strap, one person; rms over the last repetition, zero and axis included."""
    path = made(tmp_path, "--reps", "3", "--seed", "3")
    samples, reference = (pd.read_parquet(path / f"{name}.parquet") for name in ("samples", "reference"))
    last = samples[samples["rep"] == 3]
    true = reference.set_index("time_s")["dorsiflexion_deg"]
    nearest = true.iloc[true.index.get_indexer(last["time_s"], method="nearest")].to_numpy()
    assert ((last["dorsiflexion_deg"].to_numpy() - nearest) ** 2).mean() ** 0.5 < 1.5


def test_equal_seeds_make_equal_truth(tmp_path: Path) -> None:
    frames = [
        pd.read_parquet(made(tmp_path / name, "--reps", "1", "--seed", seed) / "labels-truth.parquet")
        for name, seed in (("a", "5"), ("b", "5"), ("c", "6"))
    ]
    pd.testing.assert_frame_equal(frames[0], frames[1])
    assert not frames[0].equals(frames[2])


def test_every_option_together_and_another_sensor(tmp_path: Path) -> None:
    options = ["--sensor", "movella-dot", "--rate-error", "-6.6", "--strap", "sloppy", "--loss", "heavy", "--reps", "3"]
    path = made(tmp_path, *options, "--before", "shift,kneel", "--fault", "double_dip@2")
    report = load_session(path).report()
    assert report["sensors"][0]["sensor"] == "movella-dot"
    assert report["sensors"][0]["lost_samples"] > 0


def test_a_set_without_repetitions_is_a_session_too(tmp_path: Path) -> None:
    path = made(tmp_path, "--reps", "0")
    assert len(pd.read_parquet(path / "labels-truth.parquet")) == 0
    assert len(load_session(path).reps()) == 0


def test_without_json_the_id_is_printed_and_the_rest_is_talk(tmp_path: Path) -> None:
    result = invoke("--out", str(tmp_path), "--reps", "0")
    (folder,) = tmp_path.iterdir()
    assert result.stdout == f"{folder.name}\n"
    assert str(folder) in result.stderr
    assert "simulated, seed 1" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fault", "heal_lift:20mm@1"], "did you mean 'heel_lift:MMmm@REP'?"),
        (["--fault", "heel_lift:20mm@6"], "repetitions 1 to 5"),
        (["--strap", "slopy"], "did you mean 'sloppy'?"),
        (["--loss", "hevy"], "did you mean 'heavy'?"),
        (["--before", "walk,neel"], "did you mean 'kneel'?"),
        (["--sensor", "shin-imu"], "did you mean 'shin-imu-v1'?"),
        (["--rate-error", "9"], "rate error 9 %"),
        (["--rate-error", "nan"], "rate error nan %"),
        (["--sensor", "polar-h10"], "polar-h10"),
        (["--protocol", ""], "--protocol ''"),
        (["--protocol", "ktw_standin"], "did you mean 'ktw_standing'?"),
        (["--protocol", "pain"], "questionnaire"),
    ],
)
def test_bad_values_are_refused_in_one_line_and_leave_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    result = invoke("--out", str(tmp_path / "new"), *arguments)
    assert isinstance(result.exception, DorsiError)
    assert words in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("arguments", [["--reps", "-1"], ["--seed", "x"], ["--side", "middle"]])
def test_usage_errors(tmp_path: Path, arguments: list[str]) -> None:
    assert invoke("--out", str(tmp_path), *arguments).exit_code == 2
    assert invoke().exit_code == 2


def test_a_folder_that_is_a_file_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("--out", str(tmp_path / "file"), "--reps", "0")
    assert isinstance(result.exception, DorsiError)
    assert not isinstance(result.exception, UserError)
