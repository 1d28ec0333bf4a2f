"""Writes a session as CSV: samples.csv, reps.csv and units.json, with the column names of the session's own tables.

In: a session folder. Out: UTF-8 files, comma, decimal point, one header line, empty cells where a value is not known.
Must not live here: which session, where to.

Numbers are written in the shortest form that reads back to the same float64 (or float32) bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
from pyarrow import csv as arrow_csv

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.columns import REPS, SAMPLES, TableKind
from sensor_pipeline.recording.edit_samples import with_edits
from sensor_pipeline.recording.edits import apply_edits, in_effect, side_changed
from sensor_pipeline.recording.exporters.new_files import write_new_files
from sensor_pipeline.recording.exporters.text_cell import text_cell
from sensor_pipeline.recording.manifest import Manifest, read_manifest
from sensor_pipeline.recording.parquet_file import TableReader
from sensor_pipeline.recording.tables import REPS_FILE, SAMPLES_FILE, read_reps, rep_table
from sensor_pipeline.recording.text import printable
from sensor_pipeline.version import __version__

UNITS_FILE: Final = "units.json"
_KINDS: Final[Mapping[str, TableKind]] = {"samples": SAMPLES, "reps": REPS}
_ABOUT: Final = (
    "Times are session time in s; intervals are half-open. acc is specific force (+1 g along up at rest) and gyr "
    "angular rate, both in chip axes. Dorsiflexion is positive with the knee forwards over the toes, frontal with the "
    "knee towards the midline, axial with the shin turned inwards; 0 is the standing pose. Empty cells are values that "
    "are not known. A text that begins with = + - or @ has an apostrophe before it. Recorded for fitness, "
    "self-tracking and research; not a medical device."
)


class CsvExporter:
    """The ``csv`` format."""

    tables = tuple(_KINDS)

    def write_folder(self, session: Path, out: Path, *, original: bool, force: bool) -> tuple[Path, ...]:
        """Write all tables and units.json into a folder; see :meth:`.registry.Exporter.write_folder`.

        Raises:
            UserError: a file is there already and ``force`` is False, or a folder's place is taken by a file.
            FileError: the session is damaged or not finished, or the disk is full; no file appears then.
        """
        manifest = _complete_manifest(session)
        contents: dict[Path, Callable[[BinaryIO], None]] = {
            out / f"{table}.csv": _table_writer(self, session, table, original) for table in self.tables
        }
        contents[out / UNITS_FILE] = lambda sink: _write_units(sink, manifest, original)
        write_new_files(contents, force=force)
        return tuple(contents)

    def write_table(self, session: Path, table: str, sink: BinaryIO, *, original: bool) -> None:
        """Write one table to an open binary file; see :meth:`.registry.Exporter.write_table`.

        Raises:
            UserError: there is no such table.
            FileError: the session is damaged or not finished.
        """
        if table not in _KINDS:
            raise UserError(f"--table {printable(table, 40)!r}: no such table; there is {', '.join(_KINDS)}")
        manifest = _complete_manifest(session)
        sink.write((",".join(column.name for column in _KINDS[table].columns) + "\n").encode())
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
        for group in _groups(session, table, manifest, original):
            # Arrow writes into memory here and the bytes go on at once: sinks are raw files and pipes alike.
            buffer = pa.BufferOutputStream()
            arrow_csv.write_csv(_plain(group), buffer, write_options=options)
            sink.write(buffer.getvalue().to_pybytes())


CSV: Final = CsvExporter()


def _table_writer(exporter: CsvExporter, session: Path, table: str, original: bool) -> Callable[[BinaryIO], None]:
    return lambda sink: exporter.write_table(session, table, sink, original=original)


def _complete_manifest(session: Path) -> Manifest:
    manifest = read_manifest(session)
    if manifest.state != "complete":
        raise FileError(
            f"{printable(str(session))}: the session is not finished; finish it with 'dorsi recover'", str(session)
        )
    return manifest


def _groups(session: Path, table: str, manifest: Manifest, original: bool) -> Iterator[pa.Table]:
    edited = not original and bool(in_effect(manifest.edits))
    reps = read_reps(session / REPS_FILE) if edited or table == "reps" else ()
    if edited:
        reps = apply_edits(reps, manifest.edits)
    if table == "reps":
        yield rep_table(reps)
        return
    with TableReader(session / SAMPLES_FILE, SAMPLES) as reader:
        for group in reader.groups():
            yield with_edits(group, reps, other_sides=side_changed(manifest.edits)) if edited else group


def _plain(table: pa.Table) -> pa.Table:
    """Columns as CSV can hold them: text made harmless, lists and maps as JSON."""
    columns = [_plain_column(table.column(name)) for name in table.schema.names]
    return pa.table(dict(zip(table.schema.names, columns, strict=True)))


def _plain_column(column: Any) -> Any:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.array([None if text is None else text_cell(text) for text in column.to_pylist()], pa.string())
    if pa.types.is_map(kind):
        return pa.array([json.dumps(dict(items), ensure_ascii=True) for items in column.to_pylist()], pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.array([json.dumps(items, ensure_ascii=True) for items in column.to_pylist()], pa.string())
    return column


def _write_units(sink: BinaryIO, manifest: Manifest, original: bool) -> None:
    files = {
        f"{name}.csv": {
            column.name: {"unit": column.unit or None, "meaning": column.meaning} for column in kind.columns
        }
        for name, kind in _KINDS.items()
    }
    document = {
        "session": manifest.id,
        "written_by": f"sensor_pipeline {__version__}",
        "edits_applied": not original and bool(manifest.edits),
        "simulated": manifest.simulated,
        "about": _ABOUT,
        "files": files,
    }
    sink.write(json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n")
