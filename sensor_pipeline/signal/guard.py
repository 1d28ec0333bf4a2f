"""NaN, Inf and saturation never enter a filter's state.

In: samples with their flags. Out: angular rate and specific force that are safe to feed to an orientation filter, row
for row. Must not live here: the decision that a row is clipped, the filter, anything that changes the samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.types import Flag, FloatArray, Samples

_CLIPPED: Final = int(Flag.CLIPPED)


@dataclass(frozen=True, slots=True)
class GuardParams:
    """How bad rows are bridged.

    Attributes:
        max_hold_s: longest time, s, over which the last good row stands in for bad ones; longer turns the result on by
            a stale rate, shorter stops it too soon. Source: the same 300 ms over which lost samples are bridged.
    """

    max_hold_s: float = 0.300


class InputGuard:
    """Stands before an orientation filter. Causal; any split of the rows gives the same output bit for bit.

    A row is bad where it is flagged ``CLIPPED`` or where any of its six values is not finite: which of the two sensors
    clipped is not known, so both are replaced. A bad row becomes the last good row. With no good row yet, or after
    ``max_hold_s`` of bad ones, it becomes zeros: no turn, and no acceleration, which both filters take for "no
    direction known" and leave their inclination alone. Before the first good row the orientation means nothing.
    """

    def __init__(self, params: GuardParams = GuardParams()) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Forget the last good row: after a long gap it is stale."""
        self._gyr_rad_s: FloatArray | None = None
        self._acc_m_s2: FloatArray | None = None
        self._bad_s = 0.0

    def update(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        """Make the next rows safe.

        Args:
            samples: n rows; unchanged.

        Returns:
            Angular rate (n, 3) in rad/s and specific force (n, 3) in m/s^2, finite, with no clipped row among them.
            Where no row is bad these are the arrays of ``samples`` themselves.
        """
        gyr, acc = samples.gyr_rad_s, samples.acc_m_s2
        if not len(samples):
            return gyr, acc
        # Quick look: a sum of products is finite only where every factor is. It decides which way to go and enters no
        # result, so the order of the sum does not matter; were it to overflow, the exact way would be taken.
        if not math.isfinite(np.vdot(gyr, acc)) or (
            np.count_nonzero(samples.flags) and int(np.bitwise_or.reduce(samples.flags)) & _CLIPPED
        ):
            gyr, acc = self._bridge(samples)
        else:
            self._gyr_rad_s, self._acc_m_s2 = gyr[-1].copy(), acc[-1].copy()
            self._bad_s = 0.0
        return gyr, acc

    def _bridge(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        gyr, acc = samples.gyr_rad_s.copy(), samples.acc_m_s2.copy()
        finite = np.isfinite(gyr).all(axis=1) & np.isfinite(acc).all(axis=1)
        bad = np.flatnonzero(~finite | ((samples.flags & _CLIPPED) != 0)).tolist()
        previous = -1  # the last bad row
        for row in bad:
            if row > previous + 1:  # the row before is good
                self._gyr_rad_s, self._acc_m_s2 = gyr[row - 1].copy(), acc[row - 1].copy()
                self._bad_s = 0.0
            self._bad_s += float(samples.dt_s[row])
            if self._gyr_rad_s is None or self._acc_m_s2 is None or self._bad_s > self.params.max_hold_s:
                gyr[row] = 0.0
                acc[row] = 0.0
            else:
                gyr[row] = self._gyr_rad_s
                acc[row] = self._acc_m_s2
            previous = row
        if previous < len(gyr) - 1:
            self._gyr_rad_s, self._acc_m_s2 = gyr[-1].copy(), acc[-1].copy()
            self._bad_s = 0.0
        return gyr, acc
