"""Where the table begins in a text file: separator, decimal sign, preamble, header line, row of units.

In: the first bytes of a file. Out: :class:`Header`. Must not live here: the rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers import units
from sensor_pipeline.recording.importers.cell import shown

HEAD_BYTES: Final = 65_536
"""How much of the file is searched for the header: the longest preamble seen (GENEActiv) is 100 lines."""
SEPARATORS: Final = (",", ";", "\t")
MIN_COLUMNS: Final = 3
"""A table has at least this many columns: preambles of ``key,value`` lines have two, one sensor's axes make three."""
LOOK_AHEAD: Final = 20
"""Lines below a header in which a row with numbers must come: merged exports start with rows that are mostly empty."""

_DECIMAL_COMMA: Final = re.compile(r"^\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*$")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Header:
    """How to read the rows of a text file.

    Attributes:
        separator: between cells.
        decimal: ``.`` or ``,``.
        names: the columns in order; an empty last name where rows end with a separator.
        unit_texts: the row of units below the header, empty without one.
        first_row: lines to skip to the first row of data.
        has_rows: False where nothing follows the header.
    """

    separator: str
    decimal: str
    names: tuple[str, ...]
    unit_texts: tuple[str, ...]
    first_row: int
    has_rows: bool


def find_header(head: bytes, file_name: str, *, complete: bool, encoding: str = "utf-8") -> Header:
    """Find the header of a delimited text file.

    Args:
        head: its first ``HEAD_BYTES`` bytes (or all of them).
        file_name: for messages.
        complete: True where ``head`` is the whole file.
        encoding: of the text.

    Raises:
        FileError: it is no text, is compressed, has no header, or has a header that is no names.
    """
    _refuse_binary(head, file_name)
    lines = _LINE_END.split(head.decode(encoding, errors="replace").removeprefix("\ufeff"))
    if not complete and len(lines) > 1:
        lines.pop()  # cut in the middle
    if not any(line.strip() for line in lines):
        raise FileError(f"{file_name}: holds no text, only blank lines; export it again")
    start, separators = _stated_separator(lines)
    found = [header for sep in separators if (header := _header_with(lines, start, sep)) is not None]
    if found:
        return max(found, key=lambda header: (header.has_rows, len(header.names)))
    first = next(line for line in lines if line.strip())
    rows = [_cells(line, sep) for line in lines[start:] if line.strip() for sep in separators]
    if any(_numbers(cells) == len(cells) >= MIN_COLUMNS for cells in rows[:LOOK_AHEAD]):
        raise FileError(
            f"{file_name}: has no header, its first line is {shown(first)}; "
            f"add a first line with the column names, for example time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
        )
    raise FileError(
        f"{file_name}: no table found; needs a line of names separated by comma, semicolon or tab, then numbers; "
        f"its first line is {shown(first)}"
    )


def _refuse_binary(head: bytes, file_name: str) -> None:
    if head[:2] == b"PK":
        raise FileError(f"{file_name}: is a zip archive; unpack it and import the file or folder inside")
    if head[:2] == b"\x1f\x8b":
        raise FileError(f"{file_name}: is compressed with gzip; unpack it first (gunzip)")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileError(f"{file_name}: is UTF-16 text; save it as UTF-8 (in Excel: 'CSV UTF-8')")
    if b"\x00" in head:
        raise FileError(f"{file_name}: is no text and no Parquet file; import a CSV or Parquet export")


def _stated_separator(lines: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """(line to start at, separators to try): Excel's first line ``sep=;`` decides where there is one."""
    first = lines[0].strip("\r\n\ufeff ")
    if first.lower().startswith("sep=") and len(first) <= 5:
        return 1, (first[4:] or "\t",)
    return 0, SEPARATORS


def _header_with(lines: Sequence[str], start: int, separator: str) -> Header | None:
    filled = [n for n in range(start, len(lines)) if lines[n].strip()]
    only_names: Header | None = None
    for at, line_number in enumerate(filled):
        names = _header_cells(lines[line_number], separator)
        if len(names) < MIN_COLUMNS or any(_is_number(name) for name in names):
            continue
        below = [_cells(lines[n], separator) for n in filled[at + 1 : at + 1 + LOOK_AHEAD]]
        if not below:
            only_names = only_names or Header(separator, ".", names, (), line_number + 1, has_rows=False)
        elif _numbers(below[0]) >= 1 and any(_numbers(cells) >= MIN_COLUMNS for cells in below):
            unit_texts: tuple[str, ...] = ()
            above = _header_cells(lines[filled[at - 1]], separator) if at else ()
            if len(above) == len(names) and all(units.is_unit(name) for name in names if name):
                names, unit_texts = above, names
            if len(below[0]) == len(names) + 1 and not below[0][-1].strip():
                names = (*names, "")
            decimal = "," if separator != "," and _has_decimal_comma(below) else "."
            return Header(separator, decimal, names, unit_texts, line_number + 1, has_rows=True)
    return only_names


def _header_cells(line: str, separator: str) -> tuple[str, ...]:
    cells = _cells(line.lstrip("#"), separator) if line.startswith("#") else _cells(line, separator)
    return tuple(cell.strip() for cell in cells)


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _has_decimal_comma(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    return any(_DECIMAL_COMMA.match(cell) for cell in cells) and not any(
        "." in cell for cell in cells if _is_number(cell)
    )


def _numbers(cells: Sequence[str]) -> int:
    return sum(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    if _DECIMAL_COMMA.match(cell):
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True
