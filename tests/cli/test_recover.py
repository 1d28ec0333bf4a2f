"""dorsi recover: finishes what was cut off, says what was lost, and touches nothing that is being recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline.cli.recover import recover
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.journal import BeingRecordedError
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),))


def cut_off(library: Path, name: str, records: int = 5) -> Path:
    writer = SessionWriter.create(library, SETUP, session_id=name)
    for order in range(records):
        writer.append(Tick(order, order, None))
    writer._journal.close()
    return writer.path


def run(library: Path, *arguments: str) -> Result:
    return CliRunner().invoke(recover, [*arguments, "--library", str(library)])


def spoil(folder: Path, *, cut: int = 0) -> None:
    """Flip a byte in the middle of the journal, and cut bytes off its end."""
    journal = folder / "journal.bin"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 0xFF
    journal.write_bytes(data[: len(data) - cut])


def test_all_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    cut_off(tmp_path, "one")
    cut_off(tmp_path, "two")
    result = run(tmp_path)
    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == [
        "one: 6 records, 0 samples, 0 repetitions",
        "two: 6 records, 0 samples, 0 repetitions",
    ]
    assert load_session("one", tmp_path).meta.state == "complete"
    again = run(tmp_path)
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to recover" in again.stderr


def test_one_session_can_be_named_and_finished_twice(tmp_path: Path) -> None:
    cut_off(tmp_path, "one")
    cut_off(tmp_path, "two")
    for _ in range(2):
        assert run(tmp_path, "one").exit_code == 0
    assert load_session("two", tmp_path).meta.state == "recording"


def test_loss_is_exit_code_3_and_said(tmp_path: Path) -> None:
    spoil(cut_off(tmp_path, "one"), cut=3)
    result = run(tmp_path)
    assert result.exit_code == 3
    assert "1 places of the journal could not be read, what stood there is lost" in result.stdout
    assert "the last record was cut off while it was written" in result.stdout


def test_programs_get_one_json_object(tmp_path: Path) -> None:
    spoil(cut_off(tmp_path, "one"))
    result = run(tmp_path, "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout)
    assert found["failed"] == []
    assert found["recovered"][0]["session"] == "one"
    assert (found["recovered"][0]["records"], found["recovered"][0]["damaged_spans"]) == (5, 1)


def test_one_that_fails_does_not_keep_the_others_from_being_finished(tmp_path: Path) -> None:
    cut_off(tmp_path, "one")
    (cut_off(tmp_path, "bad") / "session.json").write_text("{")
    result = run(tmp_path, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert [item["session"] for item in found["recovered"]] == ["one"]
    assert [item["session"] for item in found["failed"]] == ["bad"]
    assert "failed: " in result.stderr


def test_a_session_that_is_being_recorded_is_left_alone(tmp_path: Path) -> None:
    cut_off(tmp_path, "one")
    with SessionWriter.create(tmp_path, SETUP, session_id="live") as writer:
        writer.append(Tick(0, 0, None))
        result = run(tmp_path)
        assert result.exit_code == 0
        assert "left alone: " in result.stderr
        assert result.stdout.startswith("one: ")
        named = run(tmp_path, "live")
        assert isinstance(named.exception, BeingRecordedError)
        writer.append(Tick(1, 0, None))
    assert len(load_session("live", tmp_path).records()) == 3


def test_an_unknown_session_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    result = run(tmp_path, "none")
    assert isinstance(result.exception, UserError)


@pytest.mark.parametrize("arguments", [("../x",), ("\x1b[2J",)])
def test_a_strange_name_is_refused_without_being_obeyed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = run(tmp_path, *arguments)
    assert isinstance(result.exception, UserError)
    assert str(result.exception).isprintable()
