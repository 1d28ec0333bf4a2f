"""Replay: stored records through a fresh engine, and the comparison of what comes out with what was stored.

In: records, a setup; the tables of a session. Out: results as arrays; differences. Must not live here: files, printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.clock import joined
from sensor_pipeline.recording.outcome import EndedStream, Outcome, compute
from sensor_pipeline.types import (
    Angles,
    Block,
    BoolArray,
    Event,
    FloatArray,
    Json,
    Mounting,
    Record,
    Rep,
    Samples,
    Side,
    StreamLedger,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from sensor_pipeline.engine import SessionSetup


_NONE: FloatArray = np.empty(0, np.float64)
_NO_VECTORS: FloatArray = np.empty((0, 3), np.float64)
_NO_BOOLS: BoolArray = np.empty(0, np.bool_)


@dataclass(frozen=True, slots=True)
class SensorResults:
    """Everything the records of one sensor lead to.

    Attributes:
        side: the leg.
        samples, angles: all rows in time order.
        mountings, ledger, info: see :class:`~sensor_pipeline.recording.outcome.SensorOutcome`.
    """

    side: Side
    samples: Samples
    angles: Angles
    mountings: tuple[Mounting, ...]
    ledger: tuple[StreamLedger, ...]
    info: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the records of a session lead to: rows, and ``outcome`` for the rest."""

    sensors: tuple[SensorResults, ...]
    outcome: Outcome

    @property
    def reps(self) -> tuple[Rep, ...]:
        """The repetitions in the order they were done."""
        return self.outcome.reps

    @property
    def events(self) -> tuple[Event, ...]:
        """All events but blocks."""
        return self.outcome.events

    @property
    def duration_s(self) -> float:
        """Session time of the end."""
        return self.outcome.duration_s

    def tables(self) -> SessionTables:
        """Return samples and repetitions as they would be stored."""
        import pyarrow as pa

        from sensor_pipeline.recording.columns import SAMPLES
        from sensor_pipeline.recording.parquet_file import arrow_schema
        from sensor_pipeline.recording.rows import pack_rows
        from sensor_pipeline.recording.tables import rep_table, sample_table

        parts = [
            sample_table(pack_rows(s.samples, s.angles), s.side, self.reps) for s in self.sensors if len(s.samples)
        ]
        samples = pa.concat_tables(parts) if parts else arrow_schema(SAMPLES).empty_table()
        return SessionTables(samples, rep_table(self.reps))


@dataclass(frozen=True, slots=True)
class SessionTables:
    """The result tables of a session, as stored or as they would be stored."""

    samples: pa.Table
    reps: pa.Table


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """How one column of a table differs.

    Attributes:
        table, column: which.
        rows: number of rows that differ in value or in being known.
        first_row: index of the first of them.
        stored, fresh: the two values there, None = null.
        largest: largest absolute difference of numbers, None where the column holds none.
    """

    table: str
    column: str
    rows: int
    first_row: int
    stored: object
    fresh: object
    largest: float | None


@dataclass(frozen=True, slots=True)
class Differences:
    """How fresh results differ from stored ones; empty = bit for bit the same.

    Attributes:
        row_counts: (table, stored rows, fresh rows) of tables of unequal length; their columns are not compared.
        columns: columns that differ.
    """

    row_counts: tuple[tuple[str, int, int], ...] = ()
    columns: tuple[ColumnDifference, ...] = ()

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.row_counts or self.columns)

    def lines(self) -> tuple[str, ...]:
        """Return one line of plain English for each difference."""
        counts = [f"{table}: {stored} rows stored, {fresh} now" for table, stored, fresh in self.row_counts]
        columns = [
            f"{d.table}.{d.column}: {d.rows} rows differ, first row {d.first_row}: {d.stored!r} stored, {d.fresh!r} now"
            + ("" if d.largest is None else f", largest difference {d.largest:.3g}")
            for d in self.columns
        ]
        return (*counts, *columns)


def replay(records: Iterable[Record], setup: SessionSetup) -> Results:
    """Run records through a fresh engine and keep everything.

    Args:
        records: of a session, in order; an end mark is added where they have none.
        setup: the session's own, or another to try.

    Raises:
        UserError: the setup's orientation filter is not installed.
        SpecError: the spec of a sensor is refused.
    """
    blocks: list[list[Block]] = [[] for _ in setup.sensors]
    outcome = compute(EndedStream(records), setup, lambda block: blocks[block.sensor or 0].append(block))
    sensors = tuple(
        SensorResults(
            sensor.side,
            joined([block.samples for block in parts]),
            _join_angles([block.angles for block in parts]),
            sensor.mountings,
            sensor.ledger,
            sensor.info,
        )
        for sensor, parts in zip(outcome.sensors, blocks, strict=True)
    )
    return Results(sensors, outcome)


def compare(stored: SessionTables, fresh: SessionTables) -> Differences:
    """Compare two sets of tables bit for bit (a difference in sign of zero counts, too)."""
    counts: list[tuple[str, int, int]] = []
    columns: list[ColumnDifference] = []
    for name in ("samples", "reps"):
        a, b = getattr(stored, name), getattr(fresh, name)
        if len(a) != len(b):
            counts.append((name, len(a), len(b)))
            continue
        for column in b.column_names:
            difference = _compare_column(name, column, a[column], b[column])
            if difference is not None:
                columns.append(difference)
    return Differences(tuple(counts), tuple(columns))


def _compare_column(table: str, name: str, stored: pa.ChunkedArray, fresh: pa.ChunkedArray) -> ColumnDifference | None:
    import pyarrow as pa

    if pa.types.is_integer(fresh.type) or pa.types.is_floating(fresh.type):
        known_a, known_b = ~stored.is_null().to_numpy(), ~fresh.is_null().to_numpy()
        a, b = (column.fill_null(0).to_numpy() for column in (stored, fresh))
        unequal = (known_a != known_b) | (known_a & known_b & (_bits(a) != _bits(b)))
        both = unequal & known_a & known_b
        largest = float(np.max(np.abs(a[both].astype(np.float64) - b[both]))) if both.any() else None
    else:
        pairs = zip(stored.to_pylist(), fresh.to_pylist(), strict=True)
        unequal = np.array([x != y for x, y in pairs], dtype=np.bool_)
        largest = None
    rows = np.flatnonzero(unequal)
    if not len(rows):
        return None
    first = int(rows[0])
    return ColumnDifference(table, name, len(rows), first, stored[first].as_py(), fresh[first].as_py(), largest)


def _bits(values: NDArray[Any]) -> NDArray[Any]:
    return values.view(f"u{values.dtype.itemsize}") if values.dtype.kind == "f" else values


def _join_angles(parts: Sequence[Angles]) -> Angles:
    return Angles(
        dorsiflexion_rad=np.concatenate([_NONE, *(p.dorsiflexion_rad for p in parts)]),
        has_dorsiflexion=np.concatenate([_NO_BOOLS, *(p.has_dorsiflexion for p in parts)]),
        frontal_rad=np.concatenate([_NONE, *(p.frontal_rad for p in parts)]),
        has_frontal=np.concatenate([_NO_BOOLS, *(p.has_frontal for p in parts)]),
        axial_rad=np.concatenate([_NONE, *(p.axial_rad for p in parts)]),
        has_axial=np.concatenate([_NO_BOOLS, *(p.has_axial for p in parts)]),
    )
