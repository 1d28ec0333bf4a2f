"""``dorsi edit``: corrections as a layer, told in plain English."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.demo import demo
from sensor_pipeline.cli.edit import edit
from sensor_pipeline.cli.show import show
from sensor_pipeline.errors import UserError


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("library")
    assert CliRunner().invoke(demo, ["--fast", "--reps", "2", "--library", str(library)]).exit_code == 0
    (folder,) = library.iterdir()
    return folder


@pytest.fixture
def stored(recorded: Path, tmp_path: Path) -> Path:
    shutil.copytree(recorded, tmp_path / recorded.name)
    return tmp_path / recorded.name


def run(*arguments: object) -> Result:
    return CliRunner().invoke(edit, [str(a) for a in arguments])


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result


def test_every_kind_of_edit_by_command_and_what_show_makes_of_it(stored: Path) -> None:
    first, second = load_session(stored).rep_values()
    assert "left repetition 1 deleted" in done(stored, "delete", 1, "--reason", "a step").stderr
    assert "added" in done(stored, "add", f"{first.start_s}:{first.end_s}").stderr
    assert "split" in done(stored, "split", 2, second.peak_s - 0.5).stderr
    assert "merged with 4" in done(stored, "merge", 2, 4).stderr
    assert "re-timed" in done(stored, "retime", 2, "--end", second.end_s - 0.1).stderr
    done(stored, "unscore", 3)
    done(stored, "heel", 2, "possible_lift")
    done(stored, "faults", 2, "jerky", "hold_short")
    assert "person is p7" in done(stored, "set", "person", "p7").stderr
    edited = load_session(stored).rep_values()
    assert [rep.rep for rep in edited] == [3, 2]
    assert edited[1].faults == ("jerky", "hold_short")
    shown = CliRunner().invoke(show, [str(stored)]).stdout
    assert "person    p7" in shown
    assert "9 applied; --original shows what was recorded" in shown
    original = CliRunner().invoke(show, [str(stored), "--original"]).stdout
    assert "applied" not in original
    assert "p7" not in original


def test_the_log_keeps_what_was_undone(stored: Path) -> None:
    assert "no edits" in done(stored, "log").stderr
    done(stored, "delete", 1, "--reason", "\x1b[31mred")
    assert "undone: left repetition 1 deleted" in done(stored, "undo").stderr
    text = done(stored, "log").stdout
    assert "undone" in text
    assert "\x1b" not in text
    values = json.loads(done(stored, "log", "--json").stdout)["edits"]
    assert [(value["number"], value["change"], value["in_effect"]) for value in values] == [
        (1, "not_a_rep", False),
        (2, "undo", False),
    ]
    assert isinstance(run(stored, "undo").exception, UserError)


def test_a_session_is_named_by_id_too(stored: Path) -> None:
    done("--library", stored.parent, stored.name, "delete", 2)
    assert len(load_session(stored).rep_values()) == 1


@pytest.mark.parametrize("text", ["3", "a:b", "1:2:3", ""])
def test_an_interval_that_is_none_is_refused(stored: Path, text: str) -> None:
    result = run(stored, "add", text)
    assert result.exit_code == 2
    assert "START:END" in result.stderr


def test_a_session_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = run("--library", tmp_path, "nothing", "log")
    assert isinstance(result.exception, UserError)
