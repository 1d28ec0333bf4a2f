"""What every kind of file looks like to the importer: named columns that are loaded on request, and the limits on size.

In: a path. Out: :class:`Source`, limits, SHA-256. Must not live here: parsing of one kind of file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers.cell import file_name
from sensor_pipeline.recording.importers.table import TimeArray
from sensor_pipeline.types import FloatArray

MAX_BYTES: Final = 500_000_000
"""Largest file that is read: about 20 h of text at 104 Hz and 60 bytes a row; more is a mistake."""
MAX_CELLS: Final = 50_000_000
"""Most cells (rows x columns): 400 MB as float64, what a laptop holds beside everything else."""


class Source(Protocol):
    """A table in a file: its columns have names, and numbers are loaded on request."""

    @property
    def file_name(self) -> str:
        """The file's name, for messages."""

    @property
    def names(self) -> Sequence[str]:
        """The columns in order."""

    @property
    def stated_units(self) -> Mapping[int, str]:
        """Position to unit as text, where the file states units apart from the names."""

    def load(self, positions: Sequence[int]) -> FloatArray:
        """Columns as (n, len(positions)) float64, NaN where a cell is empty."""

    def load_time(self, position: int) -> tuple[TimeArray, bool]:
        """One column of times (n,), integers kept; and whether the cells were dates (then in ns since 1970)."""

    def load_text(self, position: int) -> list[str]:
        """One column as text, empty where a cell is empty."""


def refuse_large(path: Path) -> int:
    """Size of a file in bytes.

    Raises:
        FileError: it is empty, missing, not readable, or larger than ``MAX_BYTES``.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileError(f"{file_name(path)}: cannot be read ({error.strerror}); check the path", str(path)) from error
    if size == 0:
        raise FileError(f"{file_name(path)}: the file is empty (0 bytes); export it again", str(path))
    if size > MAX_BYTES:
        raise FileError(
            f"{file_name(path)}: {size / 1e6:.0f} MB is more than the {MAX_BYTES / 1e6:.0f} MB limit; "
            f"cut it into sessions first",
            str(path),
        )
    return size


def refuse_many_cells(path: Path, rows: int, columns: int) -> None:
    """Refuse a table before it is unpacked in memory.

    Raises:
        FileError: rows x columns is more than ``MAX_CELLS``.
    """
    if rows * columns > MAX_CELLS:
        raise FileError(
            f"{file_name(path)}: {rows} rows x {columns} columns is more than the limit of {MAX_CELLS} cells; "
            f"cut it into sessions or drop columns that are not needed",
            str(path),
        )


def sha256_of(paths: Sequence[Path]) -> str:
    """SHA-256 (hex) over the bytes of the files, in order."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
