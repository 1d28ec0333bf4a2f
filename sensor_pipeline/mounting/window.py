"""The rows of which a standing pose is made, until there are enough to judge.

In: sample rows. Out: a full window and its verdict. Must not live here: what a pose is, what a verdict leads to.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline.mounting.pose import Pose, PoseParams, Refusal, judge_pose
from sensor_pipeline.types import FloatArray, Samples


class PoseWindow:
    """A window that fills row by row and slides on when it is no pose."""

    def __init__(self, rate_hz: float, params: PoseParams) -> None:
        """Args: the set sample rate in Hz (turns the window's length into rows) and what counts as a pose."""
        self._p = params
        self._rows = max(2, round(params.window_s * rate_hz))
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._acc: FloatArray = np.empty((0, 3))
        self._gyr: FloatArray = np.empty((0, 3))

    def __len__(self) -> int:
        """Rows collected."""
        return len(self._acc)

    @property
    def missing(self) -> int:
        """Rows that the window still needs."""
        return self._rows - len(self._acc)

    def add(self, samples: Samples, begin: int, end: int) -> None:
        """Collect rows [begin, end) of a block."""
        self._acc = np.concatenate((self._acc, samples.acc_m_s2[begin:end]))
        self._gyr = np.concatenate((self._gyr, samples.gyr_rad_s[begin:end]))

    def judge(self) -> Pose | Refusal:
        """Judge what was collected, at least one row."""
        return judge_pose(self._acc, self._gyr, self._p)

    def slide(self) -> None:
        """Drop the oldest tenth: a pose is found soon after the person stands still."""
        step = max(1, self._rows // 10)
        self._acc, self._gyr = self._acc[step:], self._gyr[step:]
