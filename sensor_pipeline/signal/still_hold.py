"""The still part of a hold: a hold ends, by definition, when the shin is already on its way back.

In: rows of the angle, the hold's bounds. Out: when the shin was still for the last time. Must not live here: when a
hold begins and ends (``hold``).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.types import FloatArray

STILL_RAD_S: Final = 5.0 * RAD_PER_DEG
"""Below this speed the shin is still: the limit at which a hold begins (``HoldParams.max_speed_deg_s``)."""
OVER_S: Final = 0.1
"""Speed is measured over this time: a period of a muscle's tremor at 10 Hz, so that tremor is no movement."""


def last_still_s(time_s: FloatArray, lean_rad: FloatArray, begin_s: float, end_s: float, rate_hz: float) -> float:
    """When a hold's still part ends.

    Args:
        time_s: (n,) row times.
        lean_rad: (n,) angle.
        begin_s, end_s: the hold.
        rate_hz: sample rate.

    Returns:
        Session time, ``begin_s`` where no row of the hold was still.
    """
    first, last = time_s.searchsorted((begin_s, end_s)).tolist()
    over = max(1, round(OVER_S * rate_hz))
    lean = lean_rad[first:last]
    (still,) = (np.abs(lean[over:] - lean[:-over]) < STILL_RAD_S * over / rate_hz).nonzero()
    return float(time_s[first + int(still[-1])]) if len(still) else begin_s
