"""The library lists what it holds and finds a session by id, by its beginning, or by path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.sessions import Library, library_folder
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),))
START = datetime(2026, 11, 20, 18, 4, 12, tzinfo=UTC)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    def make(days: float = 0.0, session_id: str | None = None, *, finish: bool = True) -> Path:
        now = START + timedelta(days=days)
        writer = SessionWriter.create(tmp_path / "library", SETUP, session_id=session_id, now=now)
        writer.append(Tick(0, 0, None))
        if finish:
            writer.finish()
        else:
            writer._journal.close()
        return writer.path

    return make


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def test_the_folder_is_the_stated_one_else_the_variable_else_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DORSI_LIBRARY", str(tmp_path / "variable"))
    assert library_folder(tmp_path / "stated") == tmp_path / "stated"
    assert library_folder() == tmp_path / "variable"
    monkeypatch.delenv("DORSI_LIBRARY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert library_folder().parts[-2:] == ("dorsi", "sessions")


def test_it_lists_newest_first_and_marks_the_unfinished_and_the_damaged(
    make: Callable[..., Path], library: Library
) -> None:
    old, new = make(0.0), make(2.0)
    cut_off = make(1.0, "zz", finish=False)
    (library.path / "20261121T000000Z-left-x-0000").mkdir()
    empty = make(-1.0, "empty", finish=False)
    (empty / "journal.bin").unlink()
    (library.path / ".hidden").mkdir()
    (library.path / "a file").write_text("x")
    listings = library.sessions()
    assert [item.id for item in listings] == [new.name, cut_off.name, "20261121T000000Z-left-x-0000", old.name, "empty"]
    assert [item.state for item in listings] == ["complete", "recording", "damaged", "complete", "damaged"]
    assert "nothing was recorded; delete the folder" in listings[4].reason
    assert "cannot read the file: No such file" in listings[2].reason
    assert listings[2].manifest is None
    assert listings[0].manifest is not None


def test_a_library_that_does_not_exist_yet_is_empty(library: Library) -> None:
    assert library.sessions() == ()
    with pytest.raises(UserError, match=r"no session 'x' in .*; it is empty"):
        library.find("x")


def test_a_library_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for use in (Library(tmp_path / "file").sessions, lambda: Library(tmp_path / "file").path):
        with pytest.raises(UserError, match="is a file, not a library folder; choose a folder with --library"):
            use()


def test_a_session_is_found_by_id_by_its_beginning_and_by_path(make: Callable[..., Path], library: Library) -> None:
    first, second = make(0.0, "alpha-1"), make(0.0, "alphabet-2")
    assert library.find("alpha-1") == first
    assert library.find("alphab") == second
    assert library.find(first) == first
    assert library.find(str(first)) == first
    assert library.find(first / "session.json") == first


def test_an_exact_id_wins_over_a_longer_one(make: Callable[..., Path], library: Library) -> None:
    assert make(0.0, "one") == library.find("one")
    make(0.0, "one-more")
    assert library.find("one").name == "one"


def test_a_beginning_of_several_and_a_typing_mistake_are_told(make: Callable[..., Path], library: Library) -> None:
    make(0.0, "alpha-1")
    make(0.0, "alpha-2")
    with pytest.raises(UserError, match="'alpha' is the beginning of 2 sessions: alpha-2, alpha-1; type more of it"):
        library.find("alpha")
    with pytest.raises(UserError, match=r"no session 'alhpa-1' in .*; did you mean alpha-1"):
        library.find("alhpa-1")
    with pytest.raises(UserError, match="'dorsi sessions' lists them"):
        library.find("zzzzzz")


@pytest.mark.parametrize("text", ["../secret", "..", "/etc", "a/../../b", "\x1b[2J", "", "x" * 65, "a.b"])
def test_what_is_no_id_is_never_joined_to_the_folder(
    make: Callable[..., Path], library: Library, tmp_path: Path, text: str
) -> None:
    make()
    (tmp_path / "secret").mkdir()
    with pytest.raises(UserError) as caught:
        library.find(text)
    assert str(caught.value).isprintable()


def test_a_folder_that_cannot_be_listed_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.path.mkdir()

    def no_list(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", no_list)
    with pytest.raises(FileError, match="cannot list the library: Permission denied; allow writing there or choose"):
        library.names()
