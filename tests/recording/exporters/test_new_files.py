import pytest

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.exporters.new_files import write_new_files


def text(content):
    return lambda sink: sink.write(content)


def test_files_are_written_and_folders_made(tmp_path):
    write_new_files({tmp_path / "a" / "b" / "one": text(b"1"), tmp_path / "a" / "two": text(b"2")}, force=False)
    assert (tmp_path / "a" / "b" / "one").read_bytes() == b"1"
    assert (tmp_path / "a" / "two").read_bytes() == b"2"


def test_a_file_that_is_there_stays_and_nothing_new_appears(tmp_path):
    (tmp_path / "two").write_bytes(b"old")
    with pytest.raises(UserError, match="two is there already; replace it with --force"):
        write_new_files({tmp_path / "one": text(b"1"), tmp_path / "two": text(b"2")}, force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    assert (tmp_path / "two").read_bytes() == b"old"


def test_force_replaces(tmp_path):
    (tmp_path / "two").write_bytes(b"old")
    write_new_files({tmp_path / "two": text(b"2")}, force=True)
    assert (tmp_path / "two").read_bytes() == b"2"


def test_after_a_failure_old_files_are_whole_and_new_ones_are_gone(tmp_path):
    def fail(sink):
        sink.write(b"half")
        raise FileError("the disk is full")

    (tmp_path / "one").write_bytes(b"old")
    with pytest.raises(FileError, match="the disk is full"):
        write_new_files({tmp_path / "one": text(b"1"), tmp_path / "two": fail}, force=True)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("one", b"old")]


def test_a_folder_in_a_files_place_is_refused_even_with_force(tmp_path):
    (tmp_path / "one").mkdir()
    with pytest.raises(UserError, match="one is there already; choose another --out"):
        write_new_files({tmp_path / "one": text(b"1")}, force=True)


def test_a_file_in_a_folders_place_is_refused(tmp_path):
    (tmp_path / "one").write_bytes(b"old")
    with pytest.raises(UserError, match="a file stands where the folder should be"):
        write_new_files({tmp_path / "one" / "two": text(b"2")}, force=True)
