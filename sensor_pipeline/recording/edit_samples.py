"""Sample rows as a person's edits make them: which repetition each lies in, and on which leg the sensor was.

In: stored rows as a table, the edited repetitions. Out: a new table. Must not live here: files, repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from sensor_pipeline.recording.edits import OTHER_SIDE
from sensor_pipeline.recording.rows import rep_of_rows
from sensor_pipeline.types import Rep

SIGNED_BY_LEG: Final = ("frontal_deg", "axial_deg")
"""The angles whose formula holds the leg, as a sign alone (``frames.medial_sign``): their negative is what a replay
with the sensor on the other leg gives."""


def with_edits(table: pa.Table, reps: Sequence[Rep], *, other_sides: bool) -> pa.Table:
    """Return sample rows with ``rep`` by the edited repetitions.

    Args:
        table: rows as stored, all of them or any part.
        reps: the repetitions with edits applied.
        other_sides: the legs are the other way round than recorded: turn ``side`` and the signs that hang on it.
    """
    sides = table["side"].to_pylist()
    if other_sides:
        sides = [OTHER_SIDE[side] for side in sides]
        table = _with(table, "side", pa.array(sides, pa.string()))
        for name in SIGNED_BY_LEG:
            column = table[name]
            values = -column.fill_null(0.0).to_numpy()
            table = _with(table, name, pa.array(values, mask=column.is_null().to_numpy()))
    time_s, leg = table["time_s"].to_numpy(), np.array(sides, dtype=object)
    numbers, inside = np.zeros(len(time_s), np.int32), np.zeros(len(time_s), np.bool_)
    for side in OTHER_SIDE:
        rows = leg == side
        numbers[rows], inside[rows] = rep_of_rows(time_s[rows], [rep for rep in reps if rep.side == side])
    return _with(table, "rep", pa.array(numbers, pa.int32(), mask=~inside))


def _with(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with a column replaced; its field keeps unit and meaning."""
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)
