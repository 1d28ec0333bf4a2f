"""Reads a table from delimited text (CSV and its relatives).

In: a path. Out: a :class:`.source.Source`. Must not live here: which column is which, units, time.

Numbers are read to the nearest float64, so that a value written with ``repr`` comes back bit for bit.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers.cell import file_name, shown, shown_names
from sensor_pipeline.recording.importers.header import HEAD_BYTES, Header, find_header
from sensor_pipeline.recording.importers.source import refuse_large, refuse_many_cells
from sensor_pipeline.recording.importers.table import TimeArray
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import FloatArray

EMPTY_CELLS: Final = ("", "nan", "NaN", "NAN", "na", "NA", "N/A", "#N/A", "null", "NULL", "None")
"""Cells that say "no value here"; everything else in a number's place is an error."""


class TextTable:
    """A table in a text file: the header is read at once, columns on request."""

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            FileError: the file is missing, empty, too large, no text, or has no header or no rows.
        """
        size = refuse_large(path)
        self._path = path
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        lines, self._encoding = _survey(path)
        self._header: Header = find_header(head, file_name(path), complete=size <= HEAD_BYTES, encoding=self._encoding)
        if not self._header.has_rows:
            raise FileError(
                f"{file_name(path)}: has a header ({shown_names(self.names)}) and no rows; export it again", str(path)
            )
        refuse_many_cells(path, lines, len(self.names))

    @property
    def file_name(self) -> str:
        """The file's name, for messages."""
        return file_name(self._path)

    @property
    def names(self) -> Sequence[str]:
        """The columns in order."""
        return self._header.names

    @property
    def stated_units(self) -> Mapping[int, str]:
        """Position to unit as text, from a row of units below the header."""
        return {position: text for position, text in enumerate(self._header.unit_texts) if text}

    def load(self, positions: Sequence[int]) -> FloatArray:
        """Read columns as numbers.

        Args:
            positions: which columns.

        Returns:
            (n, len(positions)), NaN where a cell is empty.

        Raises:
            FileError: a cell is no number (row, column, value) or a row has another number of cells.
        """
        try:
            table = self._read(positions, pa.float64())
        except pa.ArrowInvalid as error:
            raise self._not_a_number(positions, error) from error
        columns = [table.column(k).to_numpy() for k in range(len(positions))]
        return np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)

    def load_time(self, position: int) -> tuple[TimeArray, bool]:
        """Read one column as times: whole numbers, numbers or ISO 8601 dates.

        Returns:
            (n,) times, and True where they were dates (then in ns since 1970).

        Raises:
            FileError: a cell is empty or none of the three.
        """
        problem: Exception | None = None
        for kind in (pa.int64(), pa.float64(), pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
            try:
                column = self._read([position], kind).column(0)
            except pa.ArrowInvalid as error:
                problem = error
                continue
            if column.null_count:
                empty = next(row for row, value in enumerate(column) if not value.is_valid)
                raise FileError(
                    f"{self.file_name}: data row {empty + 1}: no time in column {shown(self.names[position])}; "
                    f"remove the row or state --rate HZ",
                    str(self._path),
                )
            if pa.types.is_timestamp(kind):
                return column.cast(pa.int64()).to_numpy(), True
            return column.to_numpy(), False
        raise self._not_a_number([position], problem) from problem

    def load_text(self, position: int) -> list[str]:
        """Read one column as text, empty where a cell is empty."""
        return [value or "" for value in self._read([position], pa.string()).column(0).to_pylist()]

    def _read(self, positions: Sequence[int], kind: Any) -> Any:
        """Columns as an Arrow table; refuses rows with a wrong number of cells by name."""
        columns = [f"column {k}" for k in range(len(self.names))]
        wanted = [columns[position] for position in positions]
        ragged: list[tuple[int | None, int]] = []

        def note_ragged(row: Any) -> str:
            ragged.append((row.number, row.actual_columns))
            return "skip"

        table = arrow_csv.read_csv(
            self._path,
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                skip_rows=self._header.first_row,
                column_names=columns,
                block_size=1 << 22,
                encoding=self._encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._header.separator, invalid_row_handler=note_ragged, ignore_empty_lines=True
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, kind),
                null_values=list(EMPTY_CELLS),
                strings_can_be_null=True,
                decimal_point=self._header.decimal,
            ),
        )
        if ragged:
            number, cells = ragged[0]
            # Arrow counts from the top of the file and leaves out blank lines below the header.
            row = f"data row {number - self._header.first_row}" if number is not None else "a row"
            raise FileError(
                f"{self.file_name}: {row} has {cells} cells where the header has {len(columns)} "
                f"({len(ragged)} such rows); the file is cut off or its separator is used inside a cell",
                str(self._path),
            )
        return table

    def _not_a_number(self, positions: Sequence[int], problem: Exception | None) -> FileError:
        """Name the first cell that is no number; where there is none, say why the rows cannot be read at all."""
        try:
            for position in positions:
                for row, text in enumerate(self.load_text(position)):
                    if text and not _reads_as_number(text, self._header.decimal):
                        return FileError(
                            f"{self.file_name}: data row {row + 1}, column {shown(self.names[position])}: "
                            f"{shown(text)} is no number; correct or empty that cell",
                            str(self._path),
                        )
        except pa.ArrowInvalid as error:
            problem = error
        reason = printable(str(problem).partition("\n")[0])
        return FileError(f"{self.file_name}: the rows cannot be read ({reason}); export it again", str(self._path))


def _reads_as_number(text: str, decimal: str) -> bool:
    try:
        float(text.replace(decimal, "."))
    except ValueError:
        return False
    return "_" not in text  # float() takes 1_000, a table does not


def _survey(path: Path) -> tuple[int, str]:
    """Number of lines, and the encoding: UTF-8, or Latin-1 (what older Windows programs write) where it is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, encoding = 0, "utf-8"
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            lines += chunk.count(b"\n") or chunk.count(b"\r")
            try:
                if encoding == "utf-8":
                    decoder.decode(chunk, final=len(chunk) < 1 << 20)
            except UnicodeDecodeError:
                encoding = "latin-1"
    return lines, encoding
