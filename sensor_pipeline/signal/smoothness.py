"""Smoothness of one phase of a movement: the spectral arc length of its speed.

In: a speed profile, evenly sampled. Out: one number. Must not live here: what a phase is, what is smooth enough.

Source: Balasubramanian, Melendez-Calderon, Roby-Brami, Burdet 2015, doi 10.1186/s12984-015-0090-9, and its reference
implementation (github siva82kb/SPARC, ``scripts/smoothness.py``). Closer to 0 is smoother: -1.4 is a minimum-jerk
movement, whatever its duration. It belongs to one phase: over a whole repetition the pause at the top would count as
roughness.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import FloatArray

PAD_LEVEL: Final = 4
"""Zero-padding: the spectrum has 2^4 times the next power of two rows (the reference's default)."""
MAX_HZ: Final = 10.0
"""Frequencies up to here count (the reference's default)."""
LEAST_PART: Final = 0.05
"""The spectrum counts from the first to the last frequency at which it has this part of its maximum (as above)."""
LEAST_ROWS: Final = 8
"""Fewer rows than this are no phase of a movement (own choice)."""


def sparc(speed: FloatArray, rate_hz: float) -> float:
    """Spectral arc length of a speed profile.

    Args:
        speed: (n,) speed, >= 0, any unit: its scale does not matter; n >= ``LEAST_ROWS``, not all zero.
        rate_hz: sample rate, Hz, more than twice ``MAX_HZ`` for the figure to compare with others.

    Returns:
        The spectral arc length, at most -1.

    Raises:
        UserError: too few rows, a value that is not finite, a speed that is zero throughout, or no rate.
    """
    n = len(speed)
    if n < LEAST_ROWS:
        raise UserError(f"sparc: {n} rows of speed, needs {LEAST_ROWS} or more")
    if not (math.isfinite(rate_hz) and rate_hz > 0.0):
        raise UserError(f"sparc: rate_hz {rate_hz}: must be more than 0")
    padded = 1 << ((n - 1).bit_length() + PAD_LEVEL)
    step_hz = rate_hz / padded
    # a speed is never negative, so its spectrum is largest at 0 Hz: what lies beyond the band need not be looked at
    part: FloatArray = np.abs(np.fft.rfft(speed, padded)[: int(MAX_HZ / step_hz) + 1])
    highest = float(part[0])
    if not (math.isfinite(highest) and highest > 0.0):
        raise UserError("sparc: the speed is zero throughout, or not finite")
    part /= highest
    last = int((part >= LEAST_PART).nonzero()[0][-1])
    if last == 0:
        return -1.0
    rise = part[1 : last + 1] - part[:last]
    run = 1.0 / last
    # adds from left to right, which is the same on every machine; a sum does not promise an order
    return -float(np.add.accumulate(np.sqrt(run * run + rise * rise))[-1])
