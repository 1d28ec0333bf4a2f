"""dorsi show: what is stored, in the words and the JSON that were agreed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.show import show
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.edits import Edit
from sensor_pipeline.recording.manifest import Stored, read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.tables import write_reps
from sensor_pipeline.types import Rep, SensorSetup, Tick

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


def test_an_unknown_or_unfinished_session_says_what_to_do(library: Path) -> None:
    result = CliRunner().invoke(show, ["mien", "--library", str(library)])
    assert isinstance(result.exception, UserError)
    assert "did you mean mine?" in str(result.exception)
    SessionWriter.create(library, SETUP, session_id="cut")._journal.close()
    result = CliRunner().invoke(show, ["cut", "--library", str(library)])
    assert isinstance(result.exception, FileError)
    assert "dorsi recover cut" in str(result.exception)
