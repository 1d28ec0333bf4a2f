"""A gyroscope's offset from its first rests: the plain mean of the rows, long before a slow filter has it.

In: rows of a gyroscope and an accelerometer. Out: the offset, each time it is known better. Must not live here: what
takes the offset off, how it is followed later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Vector = tuple[float, float, float]
ZERO: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class RestMeanParams:
    """When the mean of a rest is taken for the offset.

    Attributes:
        below_deg_s: a row is quiet while every axis stays below this, deg/s; a larger offset is never found.
        stretch_s: rest counts in stretches of this length, s, all of it quiet; smaller knows the offset sooner, and
            takes the beginning of a slow movement for it sooner.
        enough_s: rest after which the mean is good, s; larger learns more from the first rests and less from the slow
            filter behind, which follows changes.
        tilt_g: how far the accelerometer's mean may be in the second half of a stretch from that in the first, g: a
            turn too slow for ``below_deg_s`` tilts the sensor, an offset does not.
    """

    below_deg_s: float
    stretch_s: float
    enough_s: float
    tilt_g: float


class RestMean:
    """Adds up quiet rows, one after the other: any split gives the same bits."""

    def __init__(self, rate_hz: float, params: RestMeanParams) -> None:
        """Args: the set sample rate, Hz, and the thresholds."""
        self._below = params.below_deg_s
        self._half = max(1, round(0.5 * params.stretch_s * rate_hz))
        self._enough = params.enough_s * rate_hz
        self._tilt = params.tilt_g
        self._sum, self._rows = ZERO, 0  # of all stretches
        self.restart()

    @property
    def done(self) -> bool:
        """Whether there was rest enough."""
        return self._rows >= self._enough

    def restart(self) -> None:
        """The stretch under way ends: a movement, or rows are missing."""
        self._run = 0  # its rows
        self._gyr = self._first_acc = self._second_acc = ZERO  # sums over it, and over its halves

    def update(self, gyr_deg_s: Sequence[float], acc_g: Sequence[float]) -> Vector | None:
        """Take the next row, (3,) each; returns the offset in deg/s where this row makes it known, or known better."""
        x, y, z = gyr_deg_s
        below = self._below
        if not (-below < x < below and -below < y < below and -below < z < below):
            if self._run:
                self.restart()
            return None
        self._run += 1
        self._gyr = _plus(self._gyr, gyr_deg_s)
        if self._run <= self._half:
            self._first_acc = _plus(self._first_acc, acc_g)
            return None
        self._second_acc = _plus(self._second_acc, acc_g)
        if self._run < 2 * self._half:
            return None
        level = self._moved_g() <= self._tilt
        if level:
            self._sum, self._rows = _plus(self._sum, self._gyr), self._rows + self._run
        self.restart()
        if not level:
            return None
        a, b, c = self._sum
        return a / self._rows, b / self._rows, c / self._rows

    def _moved_g(self) -> float:
        """How far the accelerometer's mean moved from one half to the other."""
        x, y, z = (b - a for a, b in zip(self._first_acc, self._second_acc, strict=True))
        return float((x * x + y * y + z * z) ** 0.5) / self._half


def _plus(a: Vector, b: Sequence[float]) -> Vector:
    x, y, z = b
    return a[0] + x, a[1] + y, a[2] + z
