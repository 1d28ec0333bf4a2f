"""Runs of rows for which something holds, found for a whole block at once and carried over its border.

In: a condition row by row, times, and since when it held before the block. Out: since when it holds, row by row. Must
not live here: what the condition is.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline.types import BoolArray, FloatArray


def held_since(holds: BoolArray, time_s: FloatArray, since_s: float | None) -> FloatArray:
    """Since when a condition has held without a break, for each row.

    Args:
        holds: (n,) whether it holds.
        time_s: (n,) row times.
        since_s: since when it held at the row before the block, None where it did not.

    Returns:
        (n,) time of the first row of the run that the row is in; infinity where the condition does not hold, so that
        ``time_s - held_since`` is then below any duration.
    """
    n = len(holds)
    rows = np.arange(n)
    first = np.maximum.accumulate(np.where(holds, -1, rows)) + 1
    since = time_s[np.minimum(first, n - 1)]
    if since_s is not None:
        since = np.where(first == 0, since_s, since)
    out: FloatArray = np.where(holds, since, np.inf)
    return out


def first_row(fires: BoolArray) -> int:
    """The first row for which ``fires`` (n,) is True; n where there is none."""
    if not len(fires):
        return 0
    row = int(fires.argmax())
    return row if fires[row] else len(fires)
