"""``dorsi record --virtual --fast``: the whole command on virtual time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.record import record
from sensor_pipeline.errors import UserError
from sensor_pipeline.recording import replay as replaying
from sensor_pipeline.recording.same import same_as_stored

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")


def run(library: Path, *arguments: str, typed: str = "", expect: int = 0) -> Result:
    arguments = ("--virtual", "--fast", "--library", str(library), *arguments)
    result = CliRunner().invoke(record, arguments, input=typed)
    assert result.exit_code == expect, (result.output, result.exception)
    return result


def test_a_session_is_recorded_talked_through_stored_and_replays_equal(tmp_path: Path) -> None:
    result = run(tmp_path, "--person", "anna", "--reps", "2", "--target", "36", "--hold", "2")
    (folder,) = tmp_path.iterdir()
    session = load_session(folder)
    assert session.meta.person == "anna"
    assert session.meta.simulated
    assert len(session.reps()) == 2
    assert same_as_stored(folder, replaying.replay(session.records(), session.setup()))
    assert "2 repetitions" in result.stdout
    assert f"recording {folder.name}: anna, left" in result.stderr
    assert "Zero taken" in result.stderr
    assert "ended: the set is done" in result.stderr
    assert f"connection log: {folder / 'connection.log'}" in result.stderr
    assert f"dorsi show {folder.name}" in result.stderr


def test_json_is_one_object_a_line_from_session_to_ended(tmp_path: Path) -> None:
    result = run(tmp_path, "--reps", "1", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds.count("session") == kinds.count("ended") == kinds.count("rep_done") == 1
    assert kinds[-1] == "ended"
    begun = lines[kinds.index("session")]
    assert begun["schema"] == 1
    assert begun["sensors"] == [{"side": "left", "spec": "shin-imu-v1", "rate_hz": 104.0}]
    rep = lines[kinds.index("rep_done")]
    assert rep["side"] == "left"
    angles = [line for line in lines if line["event"] == "angle" and line["dorsiflexion_deg"] is not None]
    assert max(line["dorsiflexion_deg"] for line in angles) == pytest.approx(rep["rep"]["peak_deg"], abs=1.0)
    assert [line["time_s"] for line in angles] == sorted(line["time_s"] for line in angles)
    assert {"state", "rate_hz", "lost", "battery", "advice"} <= set(lines[kinds.index("status")])
    assert lines[-1]["exit_code"] == 0
    assert lines[-1]["reps"] == 1
    assert lines[-1]["problems"] == []


@pytest.mark.parametrize("sensor", ["movella-dot", "witmotion-ble5", "movesense-gsp"])
def test_other_sensors_and_both_legs(tmp_path: Path, sensor: str) -> None:
    run(tmp_path, "--sensor", sensor, "--side", "left", "--sensor", sensor, "--side", "right", "--reps", "1")
    (folder,) = tmp_path.iterdir()
    report = load_session(folder).report()
    assert [(one["side"], one["sensor"], one["lost_samples"] or 0) for one in report["sensors"]] == [
        ("left", sensor, 0),
        ("right", sensor, 0),
    ]
    assert report["summary"]["by_side"]["left"]["count"] == 1
    assert report["summary"]["by_side"]["right"]["count"] == 1


def test_a_setting_that_stays_in_the_sensor_is_said_first(tmp_path: Path) -> None:
    result = run(tmp_path, "--sensor", "movella-dot", "--side", "left", "--duration", "2")
    err = result.stderr
    assert err.index("keeps its rate over power-off") < err.index("recording ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--answers", '{"excluded": ["swelling"]}'), "ask your clinician"),
        (("--answers", '{"pain": 1, "pain_site": "front"}'), "stop for today"),
        (("--answers", "yes"), "--answers"),
        (("--sensor", "Shin left"), "spec to simulate"),
        (("--side", "left", "--side", "left"), "twice"),
        (("--sensor", "movella-dot", "--side", "left", "--rate", "17"), "17 Hz"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(tmp_path, *arguments, expect=1)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_real_sensor_without_answers_and_without_anybody_to_ask_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(record, ["--side", "left", "--library", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "--answers none" in str(result.exception)


def test_a_real_sensor_wants_a_side(tmp_path: Path) -> None:
    result = CliRunner().invoke(record, ["--answers", "none", "--library", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "--side left or --side right" in str(result.exception)


def test_fast_is_for_simulated_sensors_only() -> None:
    result = CliRunner().invoke(record, ["--fast", "--side", "left"])
    assert isinstance(result.exception, UserError)
    assert "--virtual" in str(result.exception)
