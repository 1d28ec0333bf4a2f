"""The tables of a session: records, samples, repetitions, reference, labels.

In: records, sample rows, repetitions; paths. Out: Parquet files; the same values again. Must not live here: encodings
and checks of a Parquet file (:mod:`.parquet_file`), the order of steps when a session is finished.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.columns import RECORDS, REFERENCE_KEY, REPS, SAMPLES, Column, TableKind
from sensor_pipeline.recording.parquet_file import (
    PANDAS_ATTRS,
    ROW_GROUP_ROWS,
    TableReader,
    TableWriter,
    arrow_schema,
    to_table,
)
from sensor_pipeline.recording.record_codec import Flat, flatten, kind_named, restore
from sensor_pipeline.recording.rows import Rows, rep_of_rows
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import HeelState, Record, Rep, Side

if TYPE_CHECKING:
    import pandas as pd

RECORDS_FILE: Final = "records.parquet"
SAMPLES_FILE: Final = "samples.parquet"
REPS_FILE: Final = "reps.parquet"
REFERENCE_FILE: Final = "reference.parquet"
_GROUP_BYTES: Final = 32 << 20
"""Payload bytes after which a row group of records is written early: imported samples come in large records."""
_RATER: Final = re.compile(r"[0-9A-Za-z_-]{1,32}")
_LABEL_KEY: Final = ("side", "rep", "start_s", "end_s")
LABELS: Final = TableKind(
    "labels", tuple(column._replace(nullable=column.name not in _LABEL_KEY) for column in REPS.columns)
)
"""A person's labels, or the truth of a simulation: the columns of the repetitions, unknown ones null."""


class RecordsWriter:
    """Writes records.parquet in bounded memory.

    Args:
        path: the final name; :meth:`publish` of ``table`` gives it.
    """

    def __init__(self, path: Path) -> None:
        self.table = TableWriter(path, RECORDS)
        self._waiting: list[tuple[Record, Flat]] = []
        self._bytes = 0

    def write(self, record: Record) -> None:
        """Add one record; a row group is written when enough have come together."""
        flat = flatten(record)
        self._waiting.append((record, flat))
        self._bytes += len(flat.payload)
        if len(self._waiting) >= ROW_GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        rows = self._waiting
        if not rows:
            return
        columns = [
            pa.array([record.order for record, _ in rows], pa.int64()),
            pa.array([record.host_time_ns for record, _ in rows], pa.int64()),
            pa.array([record.sensor for record, _ in rows], pa.int16()),
            pa.array([flat.kind.name.lower() for _, flat in rows], pa.string()),
            pa.array([flat.name for _, flat in rows], pa.string()),
            pa.array([flat.payload for _, flat in rows], pa.binary()),
        ]
        self.table.write(to_table(RECORDS, columns))
        self._waiting, self._bytes = [], 0

    def close(self) -> Path:
        """Write what waits, put the file on the disk and return its temporary path."""
        self._write_group()
        return self.table.close()


def read_records(path: Path) -> Iterator[Record]:
    """Yield the records of a records.parquet in order, in bounded memory.

    Raises:
        FileError: missing, damaged, of a newer schema, or holding what no record can be.
    """
    last_order: int | None = None
    with TableReader(path, RECORDS) as reader:
        for table in reader.groups():
            for row in zip(*(table[column.name].to_pylist() for column in RECORDS.columns), strict=True):
                order, host_time_ns, sensor, kind, name, payload = row
                if last_order is not None and order <= last_order:
                    raise FileError(
                        f"{printable(str(path))}: record order {order} after {last_order}; it must rise", str(path)
                    )
                last_order = order
                try:
                    yield restore(order, host_time_ns, sensor, Flat(kind_named(name=kind), name, payload))
                except FileError as error:
                    raise FileError(f"{printable(str(path))}: {error}", str(path)) from error


def sample_table(rows: Rows, side: Side, reps: Sequence[Rep]) -> pa.Table:
    """Return the rows of one side as a table: unknown is null, ``rep`` from the repetitions' half-open intervals."""
    n = len(rows)
    rep, in_rep = rep_of_rows(rows["time_s"], [r for r in reps if r.side == side])
    columns: list[pa.Array] = [pa.array([side], pa.string()).take(pa.array(np.zeros(n, np.int8)))]
    columns.append(pa.array(np.ascontiguousarray(rows["time_s"])))
    columns.extend(_nullable(rows[sensor][:, axis]) for sensor in ("acc_m_s2", "gyr_rad_s") for axis in range(3))
    for bit, name in enumerate(("dorsiflexion_deg", "frontal_deg", "axial_deg")):
        columns.append(_nullable(rows[name], rows["known"] & (1 << bit) != 0))
    columns.append(pa.array(rep, pa.int32(), mask=~in_rep))
    columns.append(pa.array(np.ascontiguousarray(rows["flags"])))
    return to_table(SAMPLES, columns)


def _nullable(values: NDArray[Any], known: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return values with null where they are unknown; NaN and infinity are unknown too, whoever made them."""
    mask = ~np.isfinite(values)
    if known is not None:
        mask |= ~known
    return pa.array(np.ascontiguousarray(values), mask=mask)


def rep_table(reps: Sequence[Rep], kind: TableKind = REPS) -> pa.Table:
    """Return repetitions as a table, one row each.

    Raises:
        FileError: a number is NaN or infinite.
    """
    return _table_of_rows([{column.name: getattr(rep, column.name) for column in kind.columns} for rep in reps], kind)


def _table_of_rows(rows: Sequence[Mapping[str, object]], kind: TableKind) -> pa.Table:
    schema = arrow_schema(kind)
    columns = []
    for column in kind.columns:
        values = [_plain(row.get(column.name), column) for row in rows]
        columns.append(pa.array(values, schema.field(column.name).type))
    return to_table(kind, columns)


def _plain(value: object, column: Column) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise FileError(f"{column.name} is {value}: an unknown value must be None")
    if value is None and not column.nullable:
        raise FileError(f"{column.name} is None: every row needs a value")
    if column.type == "numbers" and isinstance(value, Mapping):
        for name, number in value.items():
            if not math.isfinite(number):
                raise FileError(f"{column.name}.{name} is {number}: leave an unknown value out")
        return [(str(name), float(number)) for name, number in value.items()]
    if column.type == "texts" and isinstance(value, list | tuple):
        return [str(item) for item in value]
    return value


def reps_of_table(table: pa.Table, path: Path) -> tuple[Rep, ...]:
    """Return the repetitions of a table of kind reps.

    Raises:
        FileError: a side or a heel state that does not exist.
    """
    reps = []
    for row in table.to_pylist():
        if row["side"] not in get_args(Side) or row["heel"] not in get_args(HeelState):
            raise FileError(
                f"{printable(str(path))}: side {printable(row['side'], 20)!r}, heel {printable(row['heel'], 20)!r} "
                "are no values of a repetition",
                str(path),
            )
        row["components"] = dict(row["components"])
        row["faults"] = tuple(row["faults"])
        reps.append(Rep(**row))
    return tuple(reps)


def write_table(path: Path, table: pa.Table, kind: TableKind) -> None:
    """Write a whole table as a file of its own, in one step.

    Raises:
        FileError: it cannot be written.
    """
    writer = TableWriter(path, kind)
    try:
        for start in range(0, len(table), ROW_GROUP_ROWS):
            writer.write(table.slice(start, ROW_GROUP_ROWS))
        writer.close()
        writer.publish()
    except BaseException:
        writer.abandon()
        raise


def read_table(path: Path, kind: TableKind) -> pa.Table:
    """Read a whole table of ``kind``, checked.

    Raises:
        FileError: missing, damaged, of a newer schema, with other columns, or too large.
    """
    with TableReader(path, kind) as reader:
        return reader.table()


def write_reps(path: Path, reps: Sequence[Rep]) -> None:
    """Write repetitions as a reps.parquet, in one step.

    Raises:
        FileError: it cannot be written, or a number is NaN or infinite.
    """
    write_table(path, rep_table(reps), REPS)


def read_reps(path: Path) -> tuple[Rep, ...]:
    """Read the repetitions of a reps.parquet.

    Raises:
        FileError: missing, damaged, of a newer schema, or with values that no repetition has.
    """
    return reps_of_table(read_table(path, REPS), path)


def write_reference(
    path: Path, side: Side | Sequence[Side], time_s: NDArray[np.float64], columns: Mapping[str, NDArray[Any]]
) -> None:
    """Write a reference.parquet: an independent measurement (or a simulation's truth) beside the session.

    Args:
        path: the file.
        side: the leg, or the leg of each row where there are both.
        time_s: (n,) session time, s; rows of a leg in time order.
        columns: (n,) each, by name; the name ends in its unit: ``_deg``, ``_mm``, ``_rad_s`` ... NaN becomes null.

    Raises:
        FileError: it cannot be written.
        UserError: lengths differ.
    """
    units = {
        "_deg_s": "deg/s",
        "_rad_s": "rad/s",
        "_m_s2": "m/s^2",
        "_deg": "deg",
        "_rad": "rad",
        "_mm": "mm",
        "_s": "s",
    }
    sides = pa.array([side] * len(time_s) if isinstance(side, str) else side, pa.string())
    if len(sides) != len(time_s):
        raise UserError(f"reference: {len(sides)} sides for {len(time_s)} times")
    for name, values in columns.items():
        if len(values) != len(time_s):
            raise UserError(f"reference column {name}: {len(values)} values for {len(time_s)} times")
    kind = TableKind(
        "reference",
        REFERENCE_KEY
        + tuple(
            Column(
                name, "float64", next((unit for end, unit in units.items() if name.endswith(end)), ""), nullable=True
            )
            for name in columns
        ),
    )
    floats = [_nullable(np.asarray(values, dtype=np.float64)) for values in columns.values()]
    write_table(path, to_table(kind, [sides, pa.array(np.asarray(time_s, dtype=np.float64)), *floats]), kind)


def read_reference(path: Path) -> pa.Table:
    """Read a reference.parquet: side, time_s and float columns of its own choice.

    Raises:
        FileError: missing, damaged, of a newer schema, or with other columns.
    """
    with TableReader(path, TableKind("reference", REFERENCE_KEY), extra=True) as reader:
        return reader.table()


def labels_file(rater: str) -> str:
    """Return the name of a rater's label file.

    Raises:
        UserError: the rater's name cannot be part of a file name.
    """
    if _RATER.fullmatch(rater) is None:
        raise UserError(f"rater {printable(rater, 40)!r}: use 1 to 32 of the characters 0-9 A-Z a-z _ -")
    return f"labels-{rater}.parquet"


def write_labels(folder: Path, rater: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write labels-<rater>.parquet into a session folder.

    Args:
        folder: of the session.
        rater: who labelled, or ``truth`` for a simulation.
        rows: one mapping a repetition with side, rep, start_s, end_s and whatever else of a repetition is known.

    Raises:
        FileError: it cannot be written, or a value is NaN, infinite or missing.
        UserError: a key is no column of a repetition, or the rater's name cannot be part of a file name.
    """
    known = {column.name for column in LABELS.columns}
    for row in rows:
        for name in row:
            if name not in known:
                raise UserError(f"label column {name!r} is none of {', '.join(sorted(known))}")
    write_table(folder / labels_file(rater), _table_of_rows(rows, LABELS), LABELS)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a DataFrame with ``attrs["units"]``; null is NA (text, integers) or NaN (floats)."""
    frame: pd.DataFrame = table.to_pandas(maps_as_pydicts="strict")
    frame.attrs = json.loads((table.schema.metadata or {}).get(PANDAS_ATTRS, b"{}"))  # older pyarrow forgets them
    return frame
