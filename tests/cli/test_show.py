"""dorsi show: what is stored, in the words and the JSON that were agreed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.replay import replay
from sensor_pipeline.cli.show import show
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.edits import Edit
from sensor_pipeline.recording.manifest import Stored, read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.tables import write_reps
from sensor_pipeline.types import Flush, ImportedSamples, Json, Rep, SensorSetup, StreamLedger, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),))
REP = Rep(
    "left", 1, 1.0, None, 1.5, None, 2.0, 0.0, 41.25, 41.0, 0.8, 1.0, 2.5, 1.0, None, 80.0, scored=True, score=88.0
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    with SessionWriter.create(tmp_path, SETUP, session_id="mine", person="\x1b[2Jp", notes="a\nb\x07") as writer:
        writer.append(Tick(0, 0, None))
    poor = dataclasses.replace(
        REP, rep=2, scored=False, score=None, reason="gap", faults=("heel_lift",), heel="possible_lift"
    )
    checked = dataclasses.replace(REP, rep=3, heel="no_lift_seen", peak_deg=39.0)
    write_reps(writer.path / "reps.parquet", [REP, poor, checked])
    return tmp_path


def run(library: Path, *arguments: str) -> str:
    result = CliRunner().invoke(show, [*arguments, "--library", str(library)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_people_see_repetitions_integrity_and_summary(library: Path) -> None:
    text = run(library, "mine")
    assert "41.2°" in text
    assert "not scored: gap" in text
    assert "possible lift" in text
    assert "no lift seen" in text
    assert "0 samples, 0 lost, 0 gaps, 0 bad packets, mounting not found" in text
    assert "3 repetitions, 2 scored, best 41.2°, mean 40.1°, spread 1.6°" in text
    assert "not yet checked on people; heel lift and strap site not included" in text


def test_what_came_from_elsewhere_is_escaped(library: Path) -> None:
    text = run(library, "mine")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert r"\x1b[2Jp" in text
    assert r"b\x07" in text


def test_it_never_says_more_than_was_measured(library: Path) -> None:
    text = run(library, "mine").lower()
    for word in ("normal", "patient", "diagnos", "stayed down", "healthy"):
        assert word not in text


def test_programs_get_the_agreed_object_with_edits_or_without(library: Path) -> None:
    edit = Edit("2026-11-21T00:00:00Z", "left", 1, "not_a_rep")
    write_manifest(library / "mine", dataclasses.replace(read_manifest(library / "mine"), edits=(edit,)))
    edited = json.loads(run(library, "mine", "--json"))
    original = json.loads(run(library, "mine", "--json", "--original"))
    assert [rep["rep"] for rep in edited["reps"]] == [2, 3]
    assert edited["summary"]["best_deg"] == 39.0
    assert [rep["rep"] for rep in original["reps"]] == [1, 2, 3]
    assert original == load_session(library / "mine").report(original=True)
    assert "2 repetitions" in run(library, "mine")
    assert "3 repetitions" in run(library, "mine", "--original")


def test_damage_and_simulation_are_said(library: Path) -> None:
    manifest = read_manifest(library / "mine")
    write_manifest(library / "mine", dataclasses.replace(manifest, simulated=True, stored=Stored(1, 2)))
    text = run(library, "mine")
    assert "simulated: nobody wore a sensor" in text
    assert "2 places of the journal could not be read; what stood there is lost" in text


MOVED = {"time_s": 4.25, "sensor": 0, "reason": "the shin moved", "remedy": "stand tall\x07"}


def with_found(library: Path, **found: object) -> None:
    """Store a session whose sensor was found so."""
    manifest = read_manifest(library / "mine")
    entry = manifest.sensors[0]
    entry = dataclasses.replace(entry, found=dataclasses.replace(entry.found, **found))
    write_manifest(library / "mine", dataclasses.replace(manifest, sensors=(entry,)))


def with_summary(library: Path, summary: dict[str, Json]) -> None:
    write_manifest(library / "mine", dataclasses.replace(read_manifest(library / "mine"), summary=summary))


def test_what_stands_against_the_mounting_is_said_with_its_remedy(library: Path) -> None:
    manifest = read_manifest(library / "mine")
    with_summary(library, {**(manifest.summary or {}), "notices": [MOVED, {**MOVED, "time_s": 31.0, "reason": "slip"}]})
    lines = run(library, "mine").splitlines()
    assert r"notice    at 4.2 s, left: the shin moved: stand tall\x07" in lines
    assert r"notice    at 31.0 s, left: slip: stand tall\x07" in lines
    report = json.loads(run(library, "mine", "--json"))
    assert report["notices"][0] == MOVED
    assert "notices" not in report["summary"]


def test_a_session_that_never_saw_a_standing_pose_says_so(tmp_path: Path) -> None:
    time_s = np.arange(0.0, 10.0, 0.01)
    angle = 0.4 * np.sin(3.0 * time_s)  # a shin that never keeps still
    acc = G_M_S2 * np.stack([-np.sin(angle), np.zeros(1000), np.cos(angle)], axis=1)
    gyr = np.stack([np.zeros(1000), 1.2 * np.cos(3.0 * time_s), np.zeros(1000)], axis=1)
    with SessionWriter.create(tmp_path, SETUP, session_id="mine") as writer:
        writer.append(ImportedSamples(0, 0, 0, time_s, acc, gyr))
        writer.append(Flush(1, 10_000_000_000, None))
    (notice,) = json.loads(run(tmp_path, "mine", "--json"))["notices"]
    assert notice["sensor"] == 0
    text = run(tmp_path, "mine")
    assert "mounting not found" in text
    assert f"{notice['reason']}: {notice['remedy']}" in text
    replayed = CliRunner().invoke(replay, ["mine", "--library", str(tmp_path)], catch_exceptions=False)
    assert f"notice: at {notice['time_s']:.1f} s, left: {notice['reason']}: {notice['remedy']}" in replayed.output


def test_where_the_reason_was_not_stored_it_says_who_finds_it(library: Path) -> None:
    assert "dorsi replay" not in run(library, "mine")
    with_found(library, rows=500)
    with_summary(library, {"count": 3})
    assert "why no mounting was found was not stored; 'dorsi replay mine' says it" in run(library, "mine")
    assert json.loads(run(library, "mine", "--json"))["notices"] == []


def test_a_loss_that_may_be_larger_is_at_least_what_was_counted(library: Path) -> None:
    ledger = StreamLedger("imu", 500, 156, 0, 0, 0, 0, 1, 1)
    with_found(library, ledger=(ledger,))
    assert "at least 156 lost, 1 gaps" in run(library, "mine")
    with_found(library, ledger=(dataclasses.replace(ledger, restarts=0),))
    assert ", 156 lost, 1 gaps" in run(library, "mine")
    with_found(library, ledger=(dataclasses.replace(ledger, lost=None),))
    assert ", loss unknown, 1 gaps" in run(library, "mine")


def test_an_unknown_or_unfinished_session_says_what_to_do(library: Path) -> None:
    result = CliRunner().invoke(show, ["mien", "--library", str(library)])
    assert isinstance(result.exception, UserError)
    assert "did you mean mine?" in str(result.exception)
    SessionWriter.create(library, SETUP, session_id="cut")._journal.close()
    result = CliRunner().invoke(show, ["cut", "--library", str(library)])
    assert isinstance(result.exception, FileError)
    assert "dorsi recover cut" in str(result.exception)
