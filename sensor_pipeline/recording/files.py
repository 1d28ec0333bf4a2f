"""Durable files: written in full or not at all, on the disk when a call returns.

In: paths and bytes. Out: files under their final name, FileError with a remedy. Must not live here: what the bytes
mean.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.text import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TEMP_SUFFIX: Final = ".tmp"
"""A name that ends so is unfinished and may be deleted at any time."""

_WRITE_BYTES: Final = 1 << 20
"""Bytes that are collected for one write: Parquet writers hand on a few dozen at a time."""

_REMEDIES: Final = {
    errno.ENOSPC: "free some disk space",
    errno.EDQUOT: "free some disk space, your quota is used up",
    errno.EFBIG: "raise the file size limit (ulimit -f) or use another disk",
    errno.EACCES: "allow writing there or choose another folder with --library",
    errno.EPERM: "allow writing there or choose another folder with --library",
    errno.EROFS: "the disk is read-only, choose another folder with --library",
    errno.ENOENT: "check the name",
    errno.ENOTDIR: "a file stands where a folder should be, choose another folder",
    errno.EEXIST: "something of that name exists already, choose another name",
    errno.EISDIR: "a folder stands where a file should be, check the name",
    errno.EIO: "the disk reports a fault, copy what is there and use another disk",
}


def file_error(path: Path, doing: str, error: OSError) -> FileError:
    """Turn an ``OSError`` into the project's error: what failed, on which file, why, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, "check the disk")
    shown = printable(str(path))
    return FileError(f"{shown}: cannot {doing}: {error.strerror or error}; {remedy}", path=str(path))


def write_all(descriptor: int, data: ReadableBuffer) -> None:
    """Write all of ``data``: a short write is continued, an error raises OSError with its errno."""
    view = memoryview(data).cast("B")
    while view:
        written = os.write(descriptor, view)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        view = view[written:]


def sync_folder(folder: Path) -> None:
    """Put a folder's entries (new, renamed and removed names) on the disk.

    Raises:
        FileError: the folder cannot be synchronised.
    """
    if os.name == "nt":
        return  # Windows has no handle to a folder that can be synchronised; NTFS journals its entries itself
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise file_error(folder, "synchronise the folder", error) from error


def remove(path: Path) -> None:
    """Remove a file; one that is not there is fine.

    Raises:
        FileError: it is there and cannot be removed.
    """
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error(path, "remove the file", error) from error


class NewFile(io.RawIOBase):
    """A file that is written under a temporary name and gets its own only by :meth:`publish`.

    Closing puts its bytes on the disk.

    Args:
        path: the final name. The temporary one is beside it, ``path`` + ``.tmp``; a leftover one is overwritten.

    Raises:
        FileError: the temporary file cannot be made, written or synchronised.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.temp = path.with_name(path.name + TEMP_SUFFIX)
        self._waiting = bytearray()
        self._abandoned = False
        self._descriptor = -1
        try:
            self._descriptor = os.open(
                self.temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666
            )
        except OSError as error:
            raise file_error(path, "write the file", error) from error

    def writable(self) -> bool:
        """Say that bytes can be written."""
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Take all of ``data``; returns its length in bytes. What is written after :meth:`abandon` is dropped."""
        if self.closed:
            raise ValueError(f"write to the closed file {self.path.name}")
        if not self._abandoned:
            self._waiting += data
            if len(self._waiting) >= _WRITE_BYTES:
                self._write_waiting()
        return memoryview(data).nbytes

    def _write_waiting(self) -> None:
        try:
            write_all(self._descriptor, self._waiting)
        except OSError as error:
            raise file_error(self.path, "write the file", error) from error
        self._waiting = bytearray()

    def close(self) -> None:
        """Put the bytes on the disk and close; a second call does nothing."""
        if self.closed:
            return
        super().close()
        if self._descriptor < 0:
            return
        try:
            if not self._abandoned:
                self._write_waiting()
                os.fsync(self._descriptor)
        except OSError as error:
            raise file_error(self.path, "put the file on the disk", error) from error
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def publish(self) -> None:
        """Close and give the file its final name; an older file of that name is replaced in one step.

        The folder is not synchronised: call :func:`sync_folder` once after the last of a group.
        """
        self.close()
        try:
            os.replace(self.temp, self.path)
        except OSError as error:
            raise file_error(self.path, "rename the file", error) from error

    def abandon(self) -> None:
        """Remove the temporary file; used when an error has already been raised, so it raises none itself.

        The object stays writable, into nothing: a Parquet writer insists on writing a footer when it is dropped.
        """
        self._abandoned = True
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):
                os.close(descriptor)
        with contextlib.suppress(FileError):
            remove(self.temp)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the file ``path`` by ``data`` in one step: after a crash it holds the old bytes or the new ones.

    Raises:
        FileError: it cannot be written; the old file is untouched.
    """
    new = NewFile(path)
    try:
        new.write(data)
        new.publish()
    except FileError:
        new.abandon()
        raise
    sync_folder(path.parent)


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a whole file of at most ``limit`` bytes.

    Raises:
        FileError: it is missing, unreadable or larger than ``limit``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise file_error(path, "read the file", error) from error
    if len(data) > limit:
        raise FileError(f"{printable(str(path))}: larger than {limit} bytes, not a file of this kind", path=str(path))
    return data
