"""Makes a session of an imported file, through the same writer as a live recording.

In: a checked table, the session's setup. Out: records; a session in the library. Must not live here: reading and
checking of files, the session's files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import parse_axes
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.table import ImportedTable, ImportOptions
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Flush, ImportedSamples, Input, Record, SensorSetup

if TYPE_CHECKING:
    from sensor_pipeline.recording.finish import FinishReport

BLOCK_ROWS: Final = 1000
"""Rows in a record: 56 kB, some ten seconds; any number gives the same results."""
NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What the session is, beside the file.

    Attributes:
        protocol: id of what the person did; None = the engine's default.
        mounting_axes: known mounting, ``forwards,left,up`` in sensor axes; None = find out.
        upright_s: (start, end) in s of a standing pose, in the file's time from its first row; None = wait for one.
        person: pseudonym.
    """

    protocol: str | None = None
    mounting_axes: str | None = None
    upright_s: tuple[float, float] | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The table that was read, and what finishing its session came to."""

    table: ImportedTable
    finished: FinishReport


def import_file(
    path: Path, options: ImportOptions, library_dir: Path, session: SessionOptions | None = None
) -> ImportReport:
    """Read a file and store it as a session.

    Args:
        path: the file or folder.
        options: what the person stated about it.
        library_dir: where sessions are kept.
        session: what the person stated about the session.

    Returns:
        The table and the report with the session's id.

    Raises:
        FileError: the file or the library cannot be used.
        UserError: an option cannot be carried out.
    """
    from sensor_pipeline.engine import SessionSetup  # loads the filters: not for a file that is refused
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.signal.orientation import available_filters, make_filter

    wanted = session or SessionOptions()
    if wanted.mounting_axes is not None:
        parse_axes(wanted.mounting_axes)
    table = read_table(path, options)
    if wanted.upright_s is not None:
        check_upright(wanted.upright_s, table)
    sensor = SensorSetup(
        side=options.side,
        rate_hz=table.rate_hz,
        mounting_axes=wanted.mounting_axes,
        upright_s=wanted.upright_s,
    )
    make_filter(table.rate_hz)  # says what to install where there is no filter: before a folder is made
    setup = SessionSetup(sensors=(sensor,), orientation=available_filters()[0])
    if wanted.protocol is not None:
        setup = replace(setup, protocol=wanted.protocol)
    with SessionWriter.create(library_dir, setup, person=wanted.person, notes=source_note(table)) as writer:
        for record in records_of(table):
            writer.append(record)
    return ImportReport(table, writer.finish())


def records_of(table: ImportedTable) -> Iterator[Record]:
    """Yield the records of an imported table: a start, its rows in blocks of ``BLOCK_ROWS``, a flush.

    A block's host time is the time of its last row: time enters as data.
    """
    order = 0
    yield Input(order, 0, None, "start")
    last_ns = 0
    for start in range(0, len(table.time_s), BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        time_s = np.ascontiguousarray(table.time_s[rows])
        last_ns = max(last_ns, round(float(time_s[-1]) * NS_PER_S))
        order += 1
        yield ImportedSamples(
            order,
            last_ns,
            0,
            time_s,
            np.ascontiguousarray(table.acc_m_s2[rows]),
            np.ascontiguousarray(table.gyr_rad_s[rows]),
        )
    yield Flush(order + 1, last_ns, None)


def source_note(table: ImportedTable) -> str:
    """Where the session came from and how it was read, for session.json: the file's name, never its place."""
    lines = (f"imported from {printable(table.file_name)}, sha256 {table.sha256}", *table.notes)
    return "\n".join(lines)


def check_upright(upright_s: tuple[float, float], table: ImportedTable) -> None:
    """Check a stated standing pose against the file's times.

    Raises:
        UserError: it is empty or not inside the file.
    """
    start_s, end_s = upright_s
    first_s, last_s = float(table.time_s[0]), float(table.time_s[-1])
    if not first_s <= start_s < end_s <= last_s:
        raise UserError(
            f"--upright {start_s:g}:{end_s:g}: must rise and lie inside {table.file_name}, "
            f"which goes from {first_s:g} to {last_s:g} s"
        )
