"""Rest: has the shin been still for a while, row by row?

In: sample blocks. Out: one boolean per row. Must not live here: what anybody does with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.types import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class RestParams:
    """When a shin counts as resting.

    Attributes:
        max_gyr_deg_s: largest angular rate, deg/s; smaller = stricter. 4 leaves room for an uncorrected bias of
            1-2 deg/s (LSM6DS3TR-C data sheet: +-3 typical at +-2000 dps, far less after a factory trim) plus sway.
        max_acc_off_g: largest distance of |acc| from 1 g, in g; 0.06 leaves room for 5 % scale error.
        min_s: how long both must hold, s.
    """

    max_gyr_deg_s: float = 4.0
    max_acc_off_g: float = 0.06
    min_s: float = 0.5


class RestDetector:
    """Streaming rest detection: a row is at rest when it and all rows of the last ``min_s`` were still."""

    def __init__(self, rate_hz: float, params: RestParams) -> None:
        """Args: the set sample rate in Hz (turns ``min_s`` into rows) and the thresholds."""
        self._rows = max(1, round(params.min_s * rate_hz))
        self._gyr_sq = (params.max_gyr_deg_s * RAD_PER_DEG) ** 2
        self._acc_low_sq = ((1.0 - params.max_acc_off_g) * G_M_S2) ** 2
        self._acc_high_sq = ((1.0 + params.max_acc_off_g) * G_M_S2) ** 2
        self._run = 0  # still rows up to and including the last one seen

    def reset(self) -> None:
        """Forget the run of still rows: samples are missing."""
        self._run = 0

    def update(self, gyr_rad_s: FloatArray, acc_m_s2: FloatArray) -> BoolArray:
        """Judge a block.

        Args:
            gyr_rad_s: (n, 3) angular rate in rad/s.
            acc_m_s2: (n, 3) specific force in m/s^2.

        Returns:
            (n,) True where the shin is at rest.
        """
        n = len(gyr_rad_s)
        gx, gy, gz = gyr_rad_s[:, 0], gyr_rad_s[:, 1], gyr_rad_s[:, 2]
        ax, ay, az = acc_m_s2[:, 0], acc_m_s2[:, 1], acc_m_s2[:, 2]
        acc_sq = ax * ax + ay * ay + az * az
        still = (
            (gx * gx + gy * gy + gz * gz <= self._gyr_sq) & (acc_sq >= self._acc_low_sq) & (acc_sq <= self._acc_high_sq)
        )
        rows = np.arange(n)
        last_moving = np.maximum.accumulate(np.where(still, -1 - self._run, rows)) if n else rows
        run = rows - last_moving
        if n:
            self._run = min(int(run[-1]), self._rows)
        return run >= self._rows

    def update_few(self, gyr_rad_s: FloatArray, acc_m_s2: FloatArray) -> list[bool] | None:
        """Judge a packet: :meth:`update` for a few rows, quickly; None where no row is at rest."""
        n, need = len(gyr_rad_s), self._rows
        x, y, z = gyr_rad_s[-1].tolist()
        limit_sq = self._gyr_sq
        if self._run + n <= need and x * x + y * y + z * z > limit_sq:
            self._run = 0  # no row before the last one can have been long enough at rest
            return None
        run, low_sq, high_sq = self._run, self._acc_low_sq, self._acc_high_sq
        at_rest = []
        for (x, y, z), (a, b, c) in zip(gyr_rad_s.tolist(), acc_m_s2.tolist(), strict=True):
            run = run + 1 if x * x + y * y + z * z <= limit_sq and low_sq <= a * a + b * b + c * c <= high_sq else 0
            at_rest.append(run >= need)
        self._run = run if run < need else need
        return at_rest if True in at_rest else None
