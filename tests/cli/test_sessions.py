"""dorsi sessions: a list for people and for programs; a name from elsewhere commands nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.sessions import sessions
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0), SensorSetup(side="right", rate_hz=100.0)))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    now = datetime(2026, 11, 20, 18, 4, tzinfo=UTC)
    with SessionWriter.create(tmp_path, SETUP, session_id="done", person="\x1b[2J[red]eve", now=now) as writer:
        writer.append(Tick(0, 0, None))
    SessionWriter.create(tmp_path, SETUP, session_id="cut", simulated=True)._journal.close()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "session.json").write_text('{"schema_version": 9}')
    return tmp_path


def test_people_get_a_table_and_hints(library: Path) -> None:
    result = CliRunner().invoke(sessions, ["--library", str(library)])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["session", "made", "protocol", "legs", "reps", "best", "person", "state"]
    done = next(line for line in lines if line.startswith("done"))
    assert "2026-11-20 18:04" in done
    assert "left+right" in done
    assert r"\x1b[2J[red]eve" in done
    assert "\x1b" not in result.output
    assert next(line for line in lines if line.startswith("cut")).endswith("unfinished")
    assert next(line for line in lines if line.startswith("broken")).endswith("damaged")
    assert "1 unfinished; 'dorsi recover'" in result.stderr
    assert "schema version 9, this program reads up to 1" in result.stderr


def test_on_a_terminal_the_table_is_drawn_and_markup_in_names_stays_text(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    sessions.main(["--library", str(library)], standalone_mode=False)
    drawn = capsys.readouterr().out
    assert r"\x1b[2J[red]eve" in drawn
    assert "done" in drawn


def test_programs_get_one_json_object(library: Path) -> None:
    result = CliRunner().invoke(sessions, ["--library", str(library), "--json"])
    found = json.loads(result.stdout)
    assert found["library"] == str(library)
    by_id = {item["session"]: item for item in found["sessions"]}
    assert set(by_id) == {"done", "cut", "broken"}
    assert by_id["done"]["sides"] == ["left", "right"]
    assert by_id["done"]["summary"]["count"] == 0
    assert by_id["cut"]["state"] == "recording"
    assert by_id["broken"]["reason"]


def test_an_empty_library_is_no_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(sessions, ["--library", str(tmp_path / "none")])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no sessions in" in result.stderr


def test_a_library_that_is_a_file_is_a_mistake_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = CliRunner().invoke(sessions, ["--library", str(tmp_path / "file")])
    assert isinstance(result.exception, UserError)


def test_the_list_shows_a_session_as_it_was_edited(tmp_path: Path) -> None:
    from sensor_pipeline.cli.demo import demo
    from sensor_pipeline.cli.edit import edit

    assert CliRunner().invoke(demo, ["--fast", "--reps", "2", "--library", str(tmp_path)]).exit_code == 0
    (folder,) = tmp_path.iterdir()
    for arguments in (["delete", "1"], ["set", "person", "Kim"]):
        assert CliRunner().invoke(edit, ["--library", str(tmp_path), folder.name, *arguments]).exit_code == 0
    (listed,) = json.loads(CliRunner().invoke(sessions, ["--library", str(tmp_path), "--json"]).stdout)["sessions"]
    assert listed["summary"]["count"] == 1
    assert listed["person"] == "Kim"
