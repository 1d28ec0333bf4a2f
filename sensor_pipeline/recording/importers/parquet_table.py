"""Reads a table from Parquet: our own ``samples.parquet`` or any file with numeric columns.

In: a path. Out: a :class:`.source.Source`. Must not live here: which column is which, units, time.

Sizes and types are checked from the file's footer before anything is unpacked; page checksums are verified where the
file has them; extension types of Arrow are never built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers.cell import file_name, shown
from sensor_pipeline.recording.importers.source import refuse_large, refuse_many_cells
from sensor_pipeline.recording.importers.table import TimeArray
from sensor_pipeline.types import FloatArray

_UNIT_KEYS = (b"unit", b"units")


class ParquetTable:
    """A table in a Parquet file: the footer is read at once, columns on request."""

    def __init__(self, path: Path) -> None:
        """Read the footer.

        Raises:
            FileError: the file is damaged, too large, or has no rows.
        """
        refuse_large(path)
        self._path = path
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True, arrow_extensions_enabled=False)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error
        rows = self._file.metadata.num_rows
        refuse_many_cells(path, rows, self._file.metadata.num_columns)
        if rows == 0:
            raise FileError(f"{file_name(path)}: has columns and no rows; export it again", str(path))
        self._schema: Any = self._file.schema_arrow

    @property
    def file_name(self) -> str:
        """The file's name, for messages."""
        return file_name(self._path)

    @property
    def names(self) -> Sequence[str]:
        """The columns in order."""
        return tuple(self._schema.names)

    @property
    def stated_units(self) -> Mapping[int, str]:
        """Position to unit as text, from the metadata of the fields."""
        found: dict[int, str] = {}
        for position, field in enumerate(self._schema):
            for key in _UNIT_KEYS:
                if field.metadata and key in field.metadata:
                    found[position] = field.metadata[key].decode("utf-8", errors="replace")
        return found

    def load(self, positions: Sequence[int]) -> FloatArray:
        """Read columns as numbers: (n, len(positions)), NaN where a cell is null.

        Raises:
            FileError: a column does not hold numbers, or the file is damaged.
        """
        columns = []
        for position in positions:
            kind = self._schema.field(position).type
            if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
                raise FileError(
                    f"{self.file_name}: column {shown(self.names[position])} holds {kind}, not numbers; "
                    f"name another one with --columns",
                    str(self._path),
                )
            columns.append(self._column(position).cast(pa.float64(), safe=False).to_numpy())
        return np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)

    def load_time(self, position: int) -> tuple[TimeArray, bool]:
        """Read one column as times; see :meth:`.source.Source.load_time`."""
        column = self._column(position)
        if column.null_count:
            empty = next(row for row, value in enumerate(column) if not value.is_valid)
            raise FileError(
                f"{self.file_name}: data row {empty + 1}: no time in column {shown(self.names[position])}; "
                f"remove the row or state --rate HZ",
                str(self._path),
            )
        if pa.types.is_timestamp(column.type):
            unit = "ns"
            return column.cast(pa.timestamp(unit, tz=column.type.tz)).cast(pa.int64()).to_numpy(), True
        if pa.types.is_integer(column.type):
            return column.cast(pa.int64()).to_numpy(), False
        return np.ascontiguousarray(self.load([position])[:, 0]), False

    def load_text(self, position: int) -> list[str]:
        """Read one column as text, empty where a cell is null."""
        return [value or "" for value in self._column(position).cast(pa.string()).to_pylist()]

    def _column(self, position: int) -> Any:
        try:
            column = self._file.read(columns=[self.names[position]]).column(0)
            column.validate(full=True)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._damaged(error) from error
        return column

    def _damaged(self, error: Exception) -> FileError:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        return FileError(f"{self.file_name}: damaged Parquet file ({reason}); export it again", str(self._path))
