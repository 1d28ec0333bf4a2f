"""Compares the rotation that the gyroscope reports with the turn of "up" that the accelerometer sees.

In: raw accelerometer and gyroscope columns and times. Out: :class:`RotationMatch`: the ratio of the two, which is 1
where the gyroscope is in rad/s. Must not live here: what follows from the ratio (see :mod:`.gyroscope`).

For a direction that stands still in the world, seen from a body that turns with w: du/dt = -w x u. The left side comes
from the accelerometer alone (its unit cancels), the right side is linear in the gyroscope's unit. Both are
compared over pieces of a second in which |acc| stays near its usual value, so that the piece is slow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.types import FloatArray

PIECE_S: Final = 1.0
"""Length of a piece. Half a second is too short: at the start of a movement the sensor is also pushed along, which
tilts its "up" the same way (bench recording of x-io: ratio 1.35; with one second 1.02)."""
SMOOTH_S: Final = 0.2
"""Directions at both ends of a piece are means over this time: foot strikes and sensor noise average out."""
MIN_TURN_RAD: Final = 0.1
"""A piece counts from about 6 degrees on: several times what a gyroscope offset of 1 deg/s adds in a second."""
SLOW_FRACTION: Final = 0.15
"""|acc| stays within this part of its median in a piece: the accelerometer then points up to within some degrees."""
MIN_PIECES: Final = 4
"""Fewer pieces than this (they overlap by half: 2.5 s of movement) say nothing."""
MIN_AGREEMENT: Final = 0.9
"""Median cosine from which both saw the same movement: 0.99 and more on recorded turns (x-io bench, legs of Yurtman,
BROAD 02 and 24), -0.7 to -0.2 where a sensor was only carried about (BROAD 11 and 14)."""


@dataclass(frozen=True, slots=True)
class RotationMatch:
    """How the gyroscope's rotation relates to the accelerometer's.

    Attributes:
        pieces: slow pieces with a visible turn.
        ratio: median of (turn seen by the accelerometer) / (turn predicted with the gyroscope taken as rad/s).
        agreement: median cosine between the two turns: 1 the same direction, -1 opposite.
    """

    pieces: int
    ratio: float
    agreement: float

    @property
    def tells(self) -> bool:
        """True where there was enough movement, and both sensors saw the same one (or its mirror image)."""
        return self.pieces >= MIN_PIECES and abs(self.agreement) >= MIN_AGREEMENT


def match_rotation(time_s: FloatArray, acc: FloatArray, gyr: FloatArray) -> RotationMatch | None:
    """Compare both sensors over a file.

    Args:
        time_s: (n,) strictly rising.
        acc: (n, 3) in any unit; NaN where missing.
        gyr: (n, 3) in any unit; NaN where missing.

    Returns:
        The match, None where the file has no slow piece with a visible turn.
    """
    norm = np.sqrt(acc[:, 0] ** 2 + acc[:, 1] ** 2 + acc[:, 2] ** 2)
    valid = np.isfinite(norm) & np.all(np.isfinite(gyr), axis=1) & (norm > 0.0)
    if np.count_nonzero(valid) < 2:
        return None
    usual = float(np.median(norm[valid]))
    step_s = float(np.median(np.diff(time_s)))
    # A piece must hold no missing row, no fast row and no gap in time.
    good = valid & (np.abs(norm - usual) <= SLOW_FRACTION * usual)
    good[1:] &= np.diff(time_s) <= 3.0 * step_s
    up = np.where(valid[:, None], acc, 0.0) / np.where(valid, norm, 1.0)[:, None]
    rate = np.where(valid[:, None], gyr, 0.0)
    change = -np.cross(rate, up)
    spacing_s = np.minimum(np.diff(time_s), 3.0 * step_s)[:, None]
    predicted = np.vstack([np.zeros(3), np.cumsum(0.5 * (change[1:] + change[:-1]) * spacing_s, axis=0)])
    width = max(1, round(SMOOTH_S / step_s))
    length = max(2, round(PIECE_S / step_s))
    starts = np.arange(0, len(time_s) - length - width + 1, max(1, length // 2))
    bad_before = np.concatenate([[0], np.cumsum(~good)])
    starts = starts[bad_before[starts + length + width] == bad_before[starts]]
    seen_turn = _mean_at(up, starts + length, width) - _mean_at(up, starts, width)
    predicted_turn = _mean_at(predicted, starts + length, width) - _mean_at(predicted, starts, width)
    seen, foreseen = np.linalg.norm(seen_turn, axis=1), np.linalg.norm(predicted_turn, axis=1)
    use = (seen >= MIN_TURN_RAD) & (foreseen > 0.0)
    if not np.any(use):
        return None
    cosine = np.sum(seen_turn[use] * predicted_turn[use], axis=1) / (seen[use] * foreseen[use])
    return RotationMatch(
        pieces=int(np.count_nonzero(use)),
        ratio=float(np.median(seen[use] / foreseen[use])),
        agreement=float(np.median(cosine)),
    )


def _mean_at(values: FloatArray, starts: np.ndarray[tuple[int], np.dtype[np.int64]], width: int) -> FloatArray:
    """Means (m, 3) of ``width`` rows from each start."""
    sums = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    means: FloatArray = (sums[starts + width] - sums[starts]) / width
    return means
