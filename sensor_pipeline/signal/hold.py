"""Causal hold timer: the number the person hears counting is the number that is stored.

In: smoothed angle rows inside a repetition. Out: when a hold began, when it ended and how long it was. Must not live
here: what a hold is good for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.signal.runs import first_row, held_since
from sensor_pipeline.types import FloatArray


@dataclass(frozen=True, slots=True)
class HoldParams:
    """What counts as holding still near the top.

    Attributes:
        max_speed_deg_s: largest speed of the smoothed angle, deg/s.
        min_s: shortest hold, s: below it there is no hold.
        near_top: part of the target (or of the running maximum where there is no target) that must be reached.
        drop_deg: a hold ends this far below its own maximum, degrees; also how much deeper a quick further descent must
            go before the pause on the way no longer counts as the hold.
    """

    max_speed_deg_s: float = 5.0
    min_s: float = 0.5
    near_top: float = 0.7
    drop_deg: float = 3.0


class HoldTimer:
    """One repetition's hold. ``longest`` is its longest hold (start, end), None while there was none."""

    def __init__(self, target_rad: float | None, params: HoldParams) -> None:
        """Args: the target angle in rad, None without one, and the thresholds."""
        self._target = target_rad
        self._p = params
        self._max_speed = params.max_speed_deg_s * RAD_PER_DEG
        self._drop = params.drop_deg * RAD_PER_DEG
        self.reset()

    def reset(self) -> None:
        """Be ready for the next repetition."""
        self.longest: tuple[float, float] | None = None
        self._top: float | None = None  # the repetition's running maximum
        self._since: float | None = None  # first still row of the present stretch
        self._holding = False
        self._max = 0.0  # the hold's running maximum
        self._entry = 0.0  # angle at the hold's first row

    def update(self, t: float, angle_rad: float, speed_rad_s: float) -> list[tuple[Literal["started", "ended"], float]]:
        """Follow one row.

        Returns:
            ("started", time of the hold's first row) once it has lasted ``min_s``; ("ended", its length in s).
        """
        self._top = angle_rad if self._top is None else max(self._top, angle_rad)
        if self._holding:
            self._max = max(self._max, angle_rad)
            if angle_rad < self._max - self._drop:
                return self._end(t)
            if speed_rad_s >= self._max_speed and angle_rad > self._entry + self._drop:
                ended = self._end(t)
                self.longest = None  # a pause on the way down, not the hold
                return ended
            return []
        near = self._p.near_top * (self._top if self._target is None else self._target)
        if abs(speed_rad_s) >= self._max_speed or angle_rad < near:
            self._since = None
            return []
        if self._since is None:
            self._since, self._entry = t, angle_rad
        if t - self._since < self._p.min_s:
            return []
        self._holding = True
        self._max = angle_rad
        return [("started", self._since)]

    def skip(self, time_s: FloatArray, angle_rad: FloatArray, speed_rad_s: FloatArray) -> int:
        """Follow the first rows of a block up to the one at which :meth:`update` has something to say.

        Args:
            time_s, angle_rad, speed_rad_s: (n,) each, the next rows of the repetition.

        Returns:
            How many rows were followed; the state is bit for bit the one that :meth:`update` would have left.
        """
        if not len(time_s):
            return 0
        if self._holding:
            top = np.maximum(np.maximum.accumulate(angle_rad), self._max)
            onwards = (speed_rad_s >= self._max_speed) & (angle_rad > self._entry + self._drop)
            n = first_row((angle_rad < top - self._drop) | onwards)
            if n:
                self._max = float(top[n - 1])
                self._top = max(self._max, self._max if self._top is None else self._top)
            return n
        top = np.maximum.accumulate(angle_rad)
        if self._top is not None:
            top = np.maximum(top, self._top)
        near = self._p.near_top * (top if self._target is None else self._target)
        since = held_since(~((np.abs(speed_rad_s) >= self._max_speed) | (angle_rad < near)), time_s, self._since)
        n = first_row(time_s - since >= self._p.min_s)
        if n:
            self._top = float(top[n - 1])
            last = float(since[n - 1])
            if last == math.inf:
                self._since = None
            elif last != self._since:
                self._since = last
                self._entry = float(angle_rad[int(np.searchsorted(time_s, last))])
        return n

    def skip_few(self, low_rad: float, high_rad: float, slowest_rad_s: float, fastest_rad_s: float) -> bool:
        """Pass over a few rows by their extremes, if it is plain from them that :meth:`update` would say nothing.

        Args:
            low_rad, high_rad: smallest and largest angle of the rows.
            slowest_rad_s, fastest_rad_s: smallest and largest speed, signed.

        Returns:
            Whether that was done, with the state that :meth:`update` would have left; if not, nothing has changed.
        """
        top = high_rad if self._top is None else max(self._top, high_rad)
        if self._holding:
            highest = max(self._max, high_rad)
            if low_rad < highest - self._drop:
                return False
            if fastest_rad_s >= self._max_speed and high_rad > self._entry + self._drop:
                return False
            self._max = highest
        else:
            near = self._p.near_top * (self._least_top(low_rad) if self._target is None else self._target)
            if not (slowest_rad_s >= self._max_speed or fastest_rad_s <= -self._max_speed or high_rad < near):
                return False
            self._since = None
        self._top = top
        return True

    def close(self, t: float) -> list[float]:
        """End the repetition at ``t``: the length of a hold that was still running, if any."""
        return [length for _, length in self._end(t)] if self._holding else []

    def _least_top(self, low_rad: float) -> float:
        return low_rad if self._top is None else max(self._top, low_rad)

    def _end(self, t: float) -> list[tuple[Literal["started", "ended"], float]]:
        since = t if self._since is None else self._since
        self._holding = False
        self._since = None
        if self.longest is None or t - since > self.longest[1] - self.longest[0]:
            self.longest = (since, t)
        return [("ended", t - since)]
