"""Durable files: all or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.files import NewFile, read_bytes, remove, sync_folder, write_all, write_atomically


def test_a_new_file_appears_under_its_name_only_when_published(tmp_path: Path) -> None:
    file = NewFile(tmp_path / "a")
    file.write(b"x" * 3_000_000)
    assert not (tmp_path / "a").exists()
    file.publish()
    assert (tmp_path / "a").read_bytes() == b"x" * 3_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with pytest.raises(ValueError, match="write to the closed file a"):
        file.write(b"y")


def test_an_abandoned_file_is_gone_and_what_is_written_later_goes_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    file = NewFile(tmp_path / "a")
    file.write(b"new")
    file.abandon()
    other = os.open(tmp_path / "b", os.O_WRONLY | os.O_CREAT)  # takes the number that the abandoned file had
    file.write(b"x" * 2_000_000)
    file.close()
    os.close(other)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert (tmp_path / "b").read_bytes() == b""


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data[:3])))
    write_atomically(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_disk_that_takes_nothing_is_full_not_an_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda fd, data: 0)
    with pytest.raises(OSError, match="No space left on device"):
        write_all(1, b"x")


def test_errors_name_the_file_the_reason_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot write the file: No such file or directory; check the name") as caught:
        write_atomically(tmp_path / "no\x1b" / "a", b"")
    assert "\x1b" not in str(caught.value)
    (tmp_path / "big").write_bytes(b"1234")
    with pytest.raises(FileError, match="larger than 3 bytes"):
        read_bytes(tmp_path / "big", 3)
    with pytest.raises(FileError, match="cannot synchronise the folder"):
        sync_folder(tmp_path / "none")
    with pytest.raises(FileError, match="cannot remove the file"):
        remove(tmp_path)
    remove(tmp_path / "never was")
