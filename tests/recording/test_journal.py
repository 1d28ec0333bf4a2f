"""The journal: nothing acknowledged is lost, nothing damaged is believed."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording import frame
from sensor_pipeline.recording.journal import (
    FILE_HEADER_BYTES,
    BeingRecordedError,
    DamagedSpan,
    JournalReader,
    JournalWriter,
    read_journal,
)
from sensor_pipeline.recording.record_codec import flatten
from sensor_pipeline.types import Flush, Input, Notification, Record, Tick


def keys(records: list[Record]) -> list[tuple[object, ...]]:
    return [(type(r), r.order, r.host_time_ns, r.sensor, flatten(r)) for r in records]


def write(path: Path, records: list[Record]) -> list[int]:
    """Write a journal and return where each frame starts, and the end."""
    starts = []
    with JournalWriter(path) as journal:
        for record in records:
            starts.append(path.stat().st_size)
            journal.append(record)
    return [*starts, path.stat().st_size]


@pytest.fixture
def small() -> list[Record]:
    payload = np.random.default_rng(3).bytes(16)
    return [
        Input(0, 10, None, "start"),
        Notification(1, 20, 0, "data", payload),
        Notification(2, 30, 1, "data", frame.MAGIC + payload),
        Tick(5, 40, None),
        Flush(6, 50, None),
    ]


def test_what_was_appended_is_read_back_in_order(tmp_path: Path, every_kind: list[Record]) -> None:
    write(tmp_path / "j", every_kind)
    contents = read_journal(tmp_path / "j")
    assert keys(contents.records) == keys(every_kind)
    assert contents.skipped == ()
    assert contents.torn_bytes == 0


def test_a_journal_killed_before_its_first_record_is_empty_not_damaged(tmp_path: Path) -> None:
    write(tmp_path / "j", [])
    whole = (tmp_path / "j").read_bytes()
    assert len(whole) == FILE_HEADER_BYTES
    for length in range(len(whole) + 1):
        (tmp_path / "j").write_bytes(whole[:length])
        contents = read_journal(tmp_path / "j")
        assert (contents.records, contents.skipped) == ([], ())


def test_truncated_at_every_position_every_whole_record_is_kept(tmp_path: Path, small: list[Record]) -> None:
    path = tmp_path / "j"
    bounds = write(path, small)
    whole = path.read_bytes()
    for length in range(FILE_HEADER_BYTES, len(whole) + 1):
        path.write_bytes(whole[:length])
        contents = read_journal(path)
        complete = sum(end <= length for end in bounds[1:])
        assert keys(contents.records) == keys(small[:complete])
        assert contents.skipped == ()  # a torn tail is normal
        assert contents.torn_bytes == length - bounds[complete]


def test_any_flipped_bit_costs_at_most_one_record_and_never_gives_wrong_data(
    tmp_path: Path, small: list[Record]
) -> None:
    path = tmp_path / "j"
    bounds = write(path, small)
    whole = path.read_bytes()
    wanted = keys(small)
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(damaged)
        contents = read_journal(path)
        hit = sum(start <= bit // 8 for start in bounds[:-1]) - 1  # -1: the file header
        assert keys(contents.records) == [key for i, key in enumerate(wanted) if i != hit]
        assert contents.skipped or contents.torn_bytes
        if 0 <= hit < len(small) - 1:
            assert contents.skipped == (DamagedSpan(bounds[hit], bounds[hit + 1]),)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_after_any_damage_what_is_read_was_written(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("j") / "j"
    payloads = data.draw(st.lists(st.binary(max_size=40), min_size=1, max_size=8))
    records: list[Record] = [Notification(i, i, 0, "data", payload) for i, payload in enumerate(payloads)]
    write(path, records)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(damaged) - 1))
        hole = data.draw(st.binary(min_size=1, max_size=30))
        damaged[start : start + len(hole)] = hole
    path.write_bytes(damaged)
    written = keys(records)
    assert all(key in written for key in keys(read_journal(path).records))


def test_a_frame_inside_a_payload_never_passes_for_a_record(tmp_path: Path) -> None:
    path = tmp_path / "j"
    forged = frame.pack(Notification(1, 0, 0, "data", b"forged"), FILE_HEADER_BYTES)
    outer = Notification(1, 0, 0, "data", forged)
    bounds = write(path, [Tick(0, 0, None), outer, Tick(2, 0, None)])
    damaged = bytearray(path.read_bytes())
    damaged[bounds[1] + 6] ^= 0xFF  # the outer frame's length: its payload is now searched for frames
    path.write_bytes(damaged)
    assert [record.order for record in read_journal(path).records] == [0, 2]


def test_a_torn_tail_and_other_records_behind_it_are_told_apart(tmp_path: Path, small: list[Record]) -> None:
    path = tmp_path / "j"
    bounds = write(path, small)
    whole = path.read_bytes()
    path.write_bytes(whole[: bounds[1] + 9] + b"\0" * (bounds[2] - bounds[1] - 9) + whole[bounds[2] :])
    contents = read_journal(path)
    assert keys(contents.records) == keys(small[:1] + small[2:])
    assert contents.skipped == (DamagedSpan(bounds[1], bounds[2]),)


def test_orders_must_rise(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j") as journal:
        journal.append(Tick(4, 0, None))
        with pytest.raises(ValueError, match="record order must rise: 4 after 4"):
            journal.append(Tick(4, 0, None))
    with pytest.raises(ValueError, match="closed journal"):
        journal.append(Tick(5, 0, None))
    assert [record.order for record in read_journal(tmp_path / "j").records] == [4]


def test_a_negative_order_is_refused(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j") as journal, pytest.raises(FileError, match="record order -1 is not in"):
        journal.append(Tick(-1, 0, None))


def test_an_existing_journal_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "j", [Tick(0, 0, None)])
    with pytest.raises(FileError, match="cannot start the journal: File exists"):
        JournalWriter(tmp_path / "j")
    assert len(read_journal(tmp_path / "j").records) == 1


def test_a_journal_in_use_is_left_alone(tmp_path: Path) -> None:
    with (
        JournalWriter(tmp_path / "j") as journal,
        pytest.raises(BeingRecordedError, match="in use by another process"),
    ):
        read_journal(tmp_path / "j")
    assert read_journal(tmp_path / "j").records == []
    journal.close()  # a second close does nothing


def test_a_newer_journal_is_refused_by_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor_pipeline.recording.journal.JOURNAL_VERSION", 2)
    write(tmp_path / "j", [])
    monkeypatch.undo()
    with pytest.raises(FileError, match="journal version 2, this program reads up to 1"):
        read_journal(tmp_path / "j")


def test_a_missing_journal_is_an_error_of_its_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot read the journal: No such file") as caught:
        JournalReader(tmp_path / "none")
    assert caught.value.path == str(tmp_path / "none")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (Tick(2**63, 0, None), "record order 9223372036854775808 is not in"),
        (Tick(1, 2**63, None), "host time 9223372036854775808 ns does not fit"),
        (Tick(1, 0, 40000), "sensor 40000 is not in"),
        (Tick(1, 0, -1), "sensor -1 is not in"),
    ],
)
def test_numbers_out_of_range_are_refused_and_the_journal_stays_whole(
    tmp_path: Path, record: Record, message: str
) -> None:
    with JournalWriter(tmp_path / "j") as journal:
        journal.append(Tick(0, 0, None))
        with pytest.raises(FileError, match=message):
            journal.append(record)
        journal.append(Tick(7, 0, None))
    assert [r.order for r in read_journal(tmp_path / "j").records] == [0, 7]


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_short_write_is_an_error_at_once_and_leaves_no_torn_frame(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with JournalWriter(path) as journal:
        journal.append(Notification(0, 0, 0, "data", bytes(100)))
        before = path.stat().st_size
        with (
            file_size_limit(before + 50),
            pytest.raises(FileError, match="cannot write to the journal: File too large; raise the file size limit"),
        ):
            journal.append(Notification(1, 0, 0, "data", bytes(100)))
        assert path.stat().st_size == before
        journal.append(Notification(2, 0, 0, "data", bytes(100)))
    contents = read_journal(path)
    assert [record.order for record in contents.records] == [0, 2]
    assert contents.skipped == ()


def test_a_frame_that_cannot_be_taken_back_is_skipped_by_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j"

    def no_truncate(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with JournalWriter(path) as journal:
        journal.append(Notification(0, 0, 0, "data", bytes(100)))
        before = path.stat().st_size
        monkeypatch.setattr(os, "ftruncate", no_truncate)
        with file_size_limit(before + 50), pytest.raises(FileError, match="File too large"):
            journal.append(Notification(1, 0, 0, "data", bytes(100)))
        journal.append(Notification(2, 0, 0, "data", bytes(100)))
    contents = read_journal(path)
    assert [record.order for record in contents.records] == [0, 2]
    assert contents.skipped == (DamagedSpan(before, before + 50),)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_at_once(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = JournalWriter(path)
    journal.append(Tick(0, 0, None))
    full, kept = os.open("/dev/full", os.O_WRONLY), os.dup(journal._descriptor)
    os.dup2(full, journal._descriptor)  # from here on the kernel itself says ENOSPC
    with pytest.raises(FileError, match="No space left on device; free some disk space") as caught:
        journal.append(Tick(1, 0, None))
    assert caught.value.path == str(path)
    os.dup2(kept, journal._descriptor)
    journal.close()
    os.close(full)
    os.close(kept)
    assert [record.order for record in read_journal(path).records] == [0]


@pytest.fixture
def failing_sync(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    return lambda: monkeypatch.setattr(os, "fsync", fail)


def test_a_failed_synchronisation_surfaces_on_a_later_append(
    tmp_path: Path, failing_sync: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = JournalWriter(tmp_path / "j", sync_interval_s=0.001)
    failing_sync()

    def append_until_told() -> None:
        for order in range(10_000_000):
            journal.append(Tick(order, 0, None))

    with pytest.raises(FileError, match="cannot put the journal on the disk: Input/output error; the disk reports"):
        append_until_told()
    monkeypatch.undo()
    with contextlib.suppress(FileError):  # the thread may have failed once more in between
        journal.close()


def test_a_failed_last_synchronisation_surfaces_on_close(tmp_path: Path, failing_sync: Callable[[], None]) -> None:
    journal = JournalWriter(tmp_path / "j", sync_interval_s=1000.0)
    journal.append(Tick(0, 0, None))
    failing_sync()
    with pytest.raises(FileError, match="cannot put the journal on the disk"):
        journal.close()


def test_the_thread_puts_records_on_the_disk_without_being_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    synced = threading.Event()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (real(fd), synced.set())[0])
    with JournalWriter(tmp_path / "j", sync_interval_s=0.001) as journal:
        journal.append(Tick(0, 0, None))
        assert synced.wait(30.0)
