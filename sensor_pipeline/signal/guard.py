"""NaN, Inf and saturation never enter a filter's state.

In: samples with their flags. Out: angular rate and specific force that are safe to feed to an orientation filter, row
for row. Must not live here: the decision that a row is clipped, the filter, anything that changes the samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.types import BoolArray, Flag, FloatArray, Samples

_CLIPPED: Final = int(Flag.CLIPPED)
_NEAR_RANGE: Final = 0.98
"""A flagged row's sensor is at its end from this share of its range on: a calibration may have scaled it down."""


@dataclass(frozen=True, slots=True)
class GuardParams:
    """How bad rows are bridged.

    Attributes:
        max_hold_s: longest time, s, over which a sensor's last good value stands in for bad ones; longer turns the
            result on by a stale rate, shorter stops it too soon. Source: stretches of 100 to 500 ms of BROAD blotted
            out, 0, 0.1, 0.3 s and no limit compared with vqf's result on the whole data. 0.1 s had the smallest or
            nearly the smallest error in trials 02, 11, 14 and 24, but for 500 ms in 02, where 0.3 s was better; in 07,
            fast rotation, 0 s was. Chosen on the data it was compared on; beyond 100 ms every choice is degrees off.
        acc_range_m_s2: end of the accelerometer's range, m/s^2; None = not known.
        gyr_range_rad_s: end of the gyroscope's range, rad/s; None = not known. With both known, a clipped row loses
            only the sensor that is at its end: finger taps on BROAD's trial 24, clipped at 4 g, then leave the
            inclination as good as unclipped (0.57 against 0.61 deg RMSE), losing both costs 0.3 deg.
    """

    max_hold_s: float = 0.100
    acc_range_m_s2: float | None = None
    gyr_range_rad_s: float | None = None


class InputGuard:
    """Stands before an orientation filter. Causal; any split of the rows gives the same output bit for bit.

    A sensor's three values in a row are bad where one of them is not finite, or where the row is flagged ``CLIPPED``
    and that sensor may be the one (both, unless the ranges are known and exactly one is at its end). Bad values become
    the sensor's last good ones. With none yet, or after ``max_hold_s`` of bad ones, they become zeros: no turn, or no
    direction, which both filters ignore. Until the accelerometer's first good row the orientation means nothing.
    """

    def __init__(self, params: GuardParams = GuardParams()) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forget the last good values: after a long gap they are stale."""
        self._gyr = _Hold(self.params.max_hold_s)
        self._acc = _Hold(self.params.max_hold_s)

    def update(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        """Make the next rows safe.

        Args:
            samples: n rows; unchanged.

        Returns:
            Angular rate (n, 3) in rad/s and specific force (n, 3) in m/s^2, finite, with no clipped value among them.
            Where no row is bad these are the arrays of ``samples`` themselves.
        """
        gyr, acc, flags = samples.gyr_rad_s, samples.acc_m_s2, samples.flags
        if not len(flags):
            return gyr, acc
        # Quick look: a sum of products is finite only where every factor is. It decides which way to go and enters no
        # result, so the order of the sum does not matter; were it to overflow, the exact way would be taken.
        # Counting flags first: most packets carry none, and it is a fraction of the cost of an array operation.
        clean = not np.count_nonzero(flags) or not np.bitwise_or.reduce(flags) & _CLIPPED
        if clean and math.isfinite(np.vdot(gyr, acc)):
            self._gyr.keep(gyr)
            self._acc.keep(acc)
            return gyr, acc
        clipped = (flags & _CLIPPED) != 0
        at_gyr_end = _at_end(gyr, self.params.gyr_range_rad_s)
        at_acc_end = _at_end(acc, self.params.acc_range_m_s2)
        dt_s = samples.dt_s
        return (
            self._gyr.bridge(gyr, ~np.isfinite(gyr).all(axis=1) | (clipped & (at_gyr_end | ~at_acc_end)), dt_s),
            self._acc.bridge(acc, ~np.isfinite(acc).all(axis=1) | (clipped & (at_acc_end | ~at_gyr_end)), dt_s),
        )


class _Hold:
    """Last good values of one sensor, and for how long they have been standing in."""

    def __init__(self, max_hold_s: float) -> None:
        self._max_hold_s = max_hold_s
        self._good: FloatArray | None = None
        self._bad_s = 0.0

    def keep(self, values: FloatArray) -> None:
        """The last row of ``values`` (n, 3) is good. It is not copied before it is needed: blocks are small or rare."""
        self._good = values
        self._bad_s = 0.0

    def bridge(self, values: FloatArray, bad: BoolArray, dt_s: FloatArray) -> FloatArray:
        """Return a copy of ``values`` (n, 3) with its ``bad`` rows (n,) replaced; ``dt_s`` (n,) is their spacing."""
        out = values.copy()
        previous = -1  # the bad row before this one
        for row in np.flatnonzero(bad).tolist():
            if row > previous + 1:
                self.keep(values[row - 1 : row])
            previous = row
            self._bad_s += float(dt_s[row])
            out[row] = 0.0 if self._good is None or self._bad_s > self._max_hold_s else self._good[-1]
        if previous < len(values) - 1:
            self.keep(values[-1:].copy())
        return out


def _at_end(values: FloatArray, range_end: float | None) -> BoolArray:
    """Rows (n,) of ``values`` (n, 3) with a value at the end of the range; all of them where it is not known."""
    if range_end is None:
        return np.ones(len(values), dtype=np.bool_)
    at_end = np.abs(values) >= _NEAR_RANGE * range_end
    return at_end[:, 0] | at_end[:, 1] | at_end[:, 2]
