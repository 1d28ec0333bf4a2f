"""Checks of the library folder: can it be written, is there room, was a recording cut off.

In: the library's folder. Out: checks. Must not live here: repair (``dorsi recover``).
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.cli.checks.check import Check
from sensor_pipeline.errors import DorsiError
from sensor_pipeline.recording.text import printable

if TYPE_CHECKING:
    from sensor_pipeline.library.sessions import Library

_MEGABYTE: Final = 1_000_000
LITTLE_BYTES: Final = 1_000 * _MEGABYTE
"""Below: a warning. An hour of one sensor at 104 Hz takes about 25 MB: 14 MB of finished files (simulated sessions,
3.8 kB/s) and until then a journal of about 10 MB."""
TOO_LITTLE_BYTES: Final = 100 * _MEGABYTE
"""Below: a failure; a long session of two sensors with its journal would not be safe."""


def home(folder: Path | None = None) -> list[Check]:
    """Check the library.

    Args:
        folder: where it is, None = ``$DORSI_LIBRARY`` or the platform's user data folder.
    """
    from sensor_pipeline.library.sessions import Library

    library = Library(folder)
    try:
        path = library.path
    except DorsiError as error:
        return [Check("library", "fail", str(error), "choose a folder with --library or $DORSI_LIBRARY")]
    there = next(parent for parent in (path, *path.absolute().parents) if parent.is_dir())
    return [_writable(path, there), _room(there), *_unfinished(library)]


def _writable(path: Path, there: Path) -> Check:
    shown = printable(str(path))
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"dorsi")
    except OSError as error:
        step = "allow yourself to write there, or choose another folder with --library or $DORSI_LIBRARY"
        return Check("library", "fail", f"{shown} cannot be written: {error.strerror or error}", step)
    return Check("library", "ok", shown if there == path else f"{shown} (made with the first session)")


def _room(there: Path) -> Check:
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check("free space", "not checked", f"the system does not tell: {error.strerror or error}")
    return room(free)


def room(free: int) -> Check:
    """Judge free space in bytes."""
    found = f"{free / _MEGABYTE:.0f} MB free" if free < LITTLE_BYTES else f"{free / _MEGABYTE / 1000:.1f} GB free"
    step = "make room, or choose a folder on another disk with --library"
    if free < TOO_LITTLE_BYTES:
        return Check("free space", "fail", found, step)
    return Check("free space", "warn", found, step) if free < LITTLE_BYTES else Check("free space", "ok", found)


def _unfinished(library: Library) -> list[Check]:
    try:
        listings = library.sessions()
    except DorsiError as error:
        return [Check("sessions", "fail", str(error), "look at the folder's permissions")]
    unfinished = [item.id for item in listings if item.state == "recording"]
    damaged = [item for item in listings if item.state == "damaged"]
    checks = []
    if unfinished:
        names = ", ".join(map(printable, unfinished[:3])) + (" ..." if len(unfinished) > 3 else "")
        found = f"{len(unfinished)} not finished: {names}"
        checks.append(Check("unfinished sessions", "warn", found, "'dorsi recover' finishes what was cut off"))
    else:
        checks.append(Check("unfinished sessions", "ok", f"none among {len(listings)}"))
    if damaged:
        found = f"{len(damaged)} damaged; the first: {damaged[0].reason}"
        checks.append(Check("damaged sessions", "warn", found, "'dorsi sessions' lists them with the reason"))
    return checks
