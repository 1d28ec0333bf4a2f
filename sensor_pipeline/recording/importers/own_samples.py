"""Reads this project's own samples table, as Parquet or as exported CSV.

In: an open file with the columns of ``samples.parquet``. Out: :class:`.table.Channels`. Must not live here: writing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.importers.source import Source
from sensor_pipeline.recording.importers.table import ACC_ROLES, GYR_ROLES, Channels
from sensor_pipeline.types import Flag, Side

_COLUMNS: Final = frozenset({"side", "time_s", *ACC_ROLES, *GYR_ROLES, "flags"})
_NOT_RECEIVED: Final = Flag.BRIDGED
"""Rows with this flag were filled between two received samples. They become missing again: the core fills them anew and
counts them as lost, so that no session claims samples that no sensor sent."""


def is_own_samples(names: Sequence[str]) -> bool:
    """True for the columns of ``samples.parquet`` and of the CSV exported from it."""
    return set(names) >= _COLUMNS


def read_own_samples(source: Source, side: Side) -> Channels:
    """Read the rows of one leg.

    Args:
        source: the open table.
        side: which leg.

    Raises:
        UserError: the table has no rows of that leg.
        FileError: a cell is damaged.
    """
    at = {name: position for position, name in enumerate(source.names)}
    sides = np.array(source.load_text(at["side"]))
    rows = sides == side
    if not np.any(rows):
        found = ", ".join(sorted({str(value) for value in np.unique(sides)})[:3])
        raise UserError(f"{source.file_name}: has no rows of side {side}, only {found}; import it with --side {found}")
    time, _ = source.load_time(at["time_s"])
    flags = source.load([at["flags"]])[:, 0]
    if not np.all(np.isfinite(flags)):
        row = int(np.flatnonzero(~np.isfinite(flags))[0])
        raise FileError(f"{source.file_name}: data row {row + 1}, column 'flags' is empty; export it again")
    table = source.load([at[role] for role in (*ACC_ROLES, *GYR_ROLES)])[rows]
    bridged = (flags[rows].astype(np.int64) & _NOT_RECEIVED) != 0
    table[bridged] = np.nan
    notes = ["a samples table of this program: SI units, times of its session"]
    if np.any(bridged):
        notes.append(f"{np.count_nonzero(bridged)} rows had been filled in a gap: taken as missing")
    return Channels(
        time=time[rows],
        acc=np.ascontiguousarray(table[:, :3]),
        gyr=np.ascontiguousarray(table[:, 3:]),
        labels={"time": "time_s", **{role: role for role in (*ACC_ROLES, *GYR_ROLES)}},
        time_unit="s",
        acc_unit="m/s2",
        gyr_unit="rad/s",
        keep_zero=True,
        notes=tuple(notes),
    )
