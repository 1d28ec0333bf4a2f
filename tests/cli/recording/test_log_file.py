"""The connection log is beside the session from its first line, and never ends a recording."""

from pathlib import Path

from sensor_pipeline.cli.recording.log_file import LogFile


def test_lines_wait_for_the_folder_and_then_are_on_the_disk_at_once(tmp_path: Path) -> None:
    log = LogFile()
    log.line("looking")
    log.open_in(tmp_path / "library" / "session")
    log.line("found")
    assert log.path is not None
    assert log.path.read_text() == "looking\nfound\n"
    log.close()
    assert log.whole


def test_an_older_log_of_a_failed_try_is_replaced(tmp_path: Path) -> None:
    for text in ("one", "two"):
        log = LogFile()
        log.line(text)
        log.open_in(tmp_path)
        log.close()
    assert (tmp_path / "connection.log").read_text() == "two\n"


def test_a_log_that_cannot_be_written_says_so_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = LogFile()
    log.open_in(tmp_path / "file" / "library")
    log.line("lost")
    log.close()
    assert not log.whole
