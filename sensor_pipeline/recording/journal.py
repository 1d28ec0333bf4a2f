"""The journal: records on the disk before they are used, readable after a kill, a full disk or a flipped bit.

In: records; a journal file. Out: appended frames; records with the spans that were damaged. Must not live here: the
layout of a frame (:mod:`.frame`), session files, results.

A record is safe from a killed process when :meth:`JournalWriter.append` returns, and from a power cut about a second
later.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording import frame, lock
from sensor_pipeline.recording.files import file_error, write_all
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Record

JOURNAL_VERSION: Final = 1
SYNC_INTERVAL_S: Final = 1.0
"""How often the journal is put on the disk. A power cut costs at most this much; more often wears SD cards."""
_FILE_MAGIC: Final = b"DORSIJNL"
_FILE_HEADER: Final = struct.Struct("<8sI")
_CHECKSUM: Final = struct.Struct("<I")
FILE_HEADER_BYTES: Final = _FILE_HEADER.size + _CHECKSUM.size


class BeingRecordedError(FileError):
    """Another process is recording into the journal, or finishing it: wait for it or stop it."""


@dataclass(frozen=True, slots=True)
class DamagedSpan:
    """Bytes [start, end) of a journal that hold no readable record: what stood there is lost."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JournalContents:
    """What a journal holds.

    Attributes:
        records: the undamaged records in order.
        skipped: the damaged spans between and behind them.
        torn_bytes: length of an unfinished frame at the end, 0 = none: its append had not returned, nothing was lost.
    """

    records: list[Record]
    skipped: tuple[DamagedSpan, ...]
    torn_bytes: int


class JournalWriter:
    """Appends records to a new journal and holds its lock until closed.

    Args:
        path: the journal; must not exist.
        sync_interval_s: seconds between two synchronisations with the disk, done in a thread.

    Raises:
        FileError: the file exists or cannot be made.
    """

    def __init__(self, path: Path, sync_interval_s: float = SYNC_INTERVAL_S) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(path, flags, 0o666)
        except OSError as error:
            raise file_error(path, "start the journal", error) from error
        lock.try_lock(self._descriptor)  # a file that was made a moment ago: nobody else can hold it
        self._offset = 0
        self._last_order: int | None = None
        self._sync_error: OSError | None = None
        self._unsynced = threading.Event()
        self._stop = threading.Event()
        self._closed = False
        header = _FILE_HEADER.pack(_FILE_MAGIC, JOURNAL_VERSION)
        try:
            self._write(header + _CHECKSUM.pack(zlib.crc32(header)))
        except FileError:
            os.close(self._descriptor)
            raise
        self._thread = threading.Thread(
            target=self._synchronise, args=(sync_interval_s,), name="journal-sync", daemon=True
        )
        self._thread.start()

    def append(self, record: Record) -> None:
        """Write one record; when this returns, a kill of this process cannot lose it.

        Raises:
            FileError: it could not be written (the next append may be tried), or an earlier synchronisation failed.
            ValueError: the record's order does not rise, or the journal is closed.
        """
        if self._closed:
            raise ValueError("append to a closed journal")
        if self._last_order is not None and record.order <= self._last_order:
            raise ValueError(f"record order must rise: {record.order} after {self._last_order}")
        if self._sync_error is not None:
            late, self._sync_error = self._sync_error, None
            raise file_error(self.path, "put the journal on the disk", late) from late
        self._write(frame.pack(record, self._offset))
        self._last_order = record.order

    def _write(self, data: bytes) -> None:
        try:
            write_all(self._descriptor, data)
        except OSError as error:
            self._take_back()
            raise file_error(self.path, "write to the journal", error) from error
        self._offset += len(data)
        self._unsynced.set()

    def _take_back(self) -> None:
        """Cut a partly written frame off; where even that fails, readers skip it as damage."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, self._offset)
        with contextlib.suppress(OSError):
            self._offset = os.lseek(self._descriptor, 0, os.SEEK_END)

    def _synchronise(self, interval_s: float) -> None:
        while not self._stop.wait(interval_s):
            if self._unsynced.is_set():
                self._unsynced.clear()
                try:
                    os.fsync(self._descriptor)
                except OSError as error:
                    self._sync_error = error

    def close(self) -> None:
        """Put everything on the disk and close; a second call does nothing.

        Raises:
            FileError: the last bytes, or earlier ones, could not be put on the disk.
        """
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        self._thread.join()
        try:
            try:
                os.fsync(self._descriptor)
            finally:
                os.close(self._descriptor)
        except OSError as error:
            raise file_error(self.path, "put the journal on the disk", error) from error
        if self._sync_error is not None:
            late, self._sync_error = self._sync_error, None
            raise file_error(self.path, "put the journal on the disk", late) from late

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JournalReader:
    """Reads a journal once, in bounded memory; holds its lock, so that nobody else records into it or finishes it.

    Iterate over it for the records; then ``skipped`` and ``torn_bytes`` are complete. Use as a context manager.

    Args:
        path: the journal.

    Raises:
        BeingRecordedError: another process holds it.
        FileError: missing, unreadable, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: list[DamagedSpan] = []
        self.torn_bytes = 0
        shown = printable(str(path))
        try:
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise file_error(path, "read the journal", error) from error
        try:
            if not lock.try_lock(self._descriptor):
                raise BeingRecordedError(f"{shown}: in use by another process; stop that one first", str(path))
            size = os.fstat(self._descriptor).st_size
            self._data = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ) if size else b""
            self._header_damaged = self._read_header()
        except OSError as error:
            os.close(self._descriptor)
            raise file_error(path, "read the journal", error) from error
        except FileError:
            os.close(self._descriptor)
            raise

    def _read_header(self) -> bool:
        """Say whether the file header is damaged; frames start behind it all the same."""
        head = bytes(self._data[:FILE_HEADER_BYTES])
        if len(head) < FILE_HEADER_BYTES:
            return False  # torn, or empty: killed before the first record
        if _CHECKSUM.unpack(head[-_CHECKSUM.size :])[0] != zlib.crc32(head[: -_CHECKSUM.size]):
            return True
        magic, version = _FILE_HEADER.unpack(head[: -_CHECKSUM.size])
        if magic == _FILE_MAGIC and version > JOURNAL_VERSION:
            raise FileError(
                f"{printable(str(self.path))}: journal version {version}, this program reads up to {JOURNAL_VERSION}; "
                "update sensor_pipeline",
                path=str(self.path),
            )
        return bool(magic != _FILE_MAGIC)

    def __iter__(self) -> Iterator[Record]:
        """Yield the undamaged records in order; after damage go on at the next frame that proves itself."""
        data, position, last_order = self._data, FILE_HEADER_BYTES, -1
        self.skipped = [DamagedSpan(0, FILE_HEADER_BYTES)] if self._header_damaged else []
        self.torn_bytes = len(data) if len(data) < FILE_HEADER_BYTES else 0
        while position < len(data):
            found = frame.parse(data, position)
            # A frame out of order was not written by this journal's writer at this place: damage as well.
            if found is not None and found.record.order > last_order:
                last_order = found.record.order
                yield found.record
                position = found.end
            else:
                position = self._skip(position)

    def _skip(self, start: int) -> int:
        """Note the damaged span at ``start`` and return where the next sound frame begins."""
        data = self._data
        position = start
        while (position := data.find(frame.MAGIC, position + 1)) >= 0:
            if frame.parse(data, position) is not None:
                self.skipped.append(DamagedSpan(start, position))
                return position
        if self._is_torn(start):
            self.torn_bytes = len(data) - start
        else:
            self.skipped.append(DamagedSpan(start, len(data)))
        return len(data)

    def _is_torn(self, start: int) -> bool:
        """Say whether the rest from ``start`` is the beginning of one frame."""
        if len(self._data) - start < frame.MIN_FRAME_BYTES:
            return frame.MAGIC.startswith(bytes(self._data[start : start + len(frame.MAGIC)]))
        end = frame.claimed_end(self._data, start)
        return end is not None and end > len(self._data)

    def close(self) -> None:
        """Give the file and its lock back; a second call does nothing."""
        if isinstance(self._data, mmap.mmap):
            self._data.close()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> JournalReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> JournalContents:
    """Read a whole journal: a flipped bit costs at most one record and never gives wrong data.

    Raises:
        BeingRecordedError: another process holds it.
        FileError: missing, unreadable, or of a newer version.
    """
    with JournalReader(path) as reader:
        records = list(reader)
        return JournalContents(records, tuple(reader.skipped), reader.torn_bytes)
