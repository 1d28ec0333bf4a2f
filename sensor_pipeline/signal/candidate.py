"""An open candidate: the angle has risen, and what it becomes is not known yet.

In: rows of the smoothed angle. Out: what its hold says, and how it ends. Must not live here: whether it counts
(``reps``), its numbers (``course``).

One row has one meaning, written in :meth:`Candidate.follow`. :meth:`Candidate.skip` and :meth:`Candidate.skip_few` pass
over rows in which nothing can happen, with comparisons, minima and maxima only: the state they leave is bit for bit the
one that ``follow`` would have left.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.hold import HoldTimer
from sensor_pipeline.signal.rep_params import RepParams
from sensor_pipeline.signal.runs import first_row, held_since
from sensor_pipeline.types import FloatArray


class End(NamedTuple):
    """How a candidate ends.

    Attributes:
        rows: how many of its rows belong to it; the others come after it.
        end_s: time of its end, before the crossing is placed between rows.
        crossed: whether the angle came back to the offset level.
        refused: why it can be no lunge (stable id, words), None where nothing speaks against it so far.
    """

    rows: int
    end_s: float
    crossed: bool = False
    refused: tuple[str, str] | None = None


class Candidate:
    """One open candidate. ``time_s`` and ``angle_rad`` are its rows so far."""

    def __init__(
        self, params: RepParams, hold: HoldTimer, start_rad: float, time_s: list[float], angle_rad: list[float]
    ) -> None:
        """Args: thresholds, a fresh hold timer, the start level, and the rows up to the one that opened it."""
        self._p = params
        self._hold = hold
        self._start = start_rad
        self.time_s = time_s
        self.angle_rad = angle_rad
        self._peak = self._low = (time_s[-1], angle_rad[-1])  # (time, angle) of the maximum, and of the lowest since
        self._low_index = len(time_s) - 1
        self._peak_speed = 0.0
        self._still_since: float | None = None
        self._rerise = params.rerise_deg * RAD_PER_DEG
        self._still = params.still_deg_s * RAD_PER_DEG
        self._max_peak = params.max_peak_deg * RAD_PER_DEG
        # a row less far back from the peak than this part of the range ends nothing (0.9: clear of rounding)
        self._near = 0.9 * min(params.valley, params.returned, 1.0 - params.edge)

    def follow(
        self, t: float, a: float, speed: float
    ) -> tuple[list[tuple[Literal["started", "ended"], float]], End | None]:
        """Follow one row.

        Args:
            t: its time, s.
            a: its angle, rad.
            speed: change of the angle since the row before, rad/s.

        Returns:
            What the hold says, and how the candidate ends, None while it goes on.
        """
        self.time_s.append(t)
        self.angle_rad.append(a)
        if abs(speed) > self._peak_speed:
            self._peak_speed = abs(speed)
        if a > self._peak[1]:
            self._peak = self._low = (t, a)
            self._low_index = len(self.time_s) - 1
        elif a < self._low[1]:
            self._low = (t, a)
            self._low_index = len(self.time_s) - 1
        return self._hold.update(t, a, speed), self._end(t, a, speed)

    def _end(self, t: float, a: float, speed: float) -> End | None:
        p, peak = self._p, self._peak[1]
        rom = peak - self._start
        if a <= self._start + p.edge * rom:
            return End(len(self.time_s), t, crossed=True)
        if a > self._max_peak:
            words = f"the shin leans beyond {p.max_peak_deg:g} deg: that is kneeling or sitting, not a lunge"
            return End(len(self.time_s), t, refused=("too_far", words))
        if peak - self._low[1] >= p.valley * rom and a - self._low[1] >= self._rerise:
            return End(self._low_index + 1, self._low[0])
        if abs(speed) > self._still or peak - a < p.returned * rom:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = t
        elif t - self._still_since >= p.still_s:
            return End(self._low_index + 1, self._low[0])
        if t - self.time_s[0] > p.longest_s:
            return End(len(self.time_s), t, refused=("no_return", f"no way back within {p.longest_s:g} s"))
        return None

    def skip_few(self, t: list[float], a: list[float], before: tuple[float, float]) -> bool:
        """Pass over a whole small block near the top, if nothing happens in it.

        Args:
            t, a: times and angles of the rows, at least one.
            before: (time, angle) of the row before.

        Returns:
            Whether that was done; if not, nothing has changed.
        """
        peak, low = self._peak[1], min(a)
        high = max(a)
        rom = peak - self._start
        if (
            (high if high > peak else peak) - low >= self._near * rom
            or peak - self._low[1] >= self._near * rom
            or high > self._max_peak
            or t[-1] - self.time_s[0] > self._p.longest_s
        ):
            return False
        speeds = []
        before_t, before_a = before
        for now_t, now_a in zip(t, a, strict=True):
            speeds.append((now_a - before_a) / (now_t - before_t) if now_t > before_t else 0.0)
            before_t, before_a = now_t, now_a
        fastest, slowest = max(speeds), min(speeds)
        if not self._hold.skip_few(low, high, slowest, fastest):
            return False
        self._peak_speed = max(self._peak_speed, fastest, -slowest)
        self._still_since = None
        self._take(t, a, low, high)
        return True

    def _take(self, t: list[float], a: list[float], low: float, high: float) -> None:
        known, first = len(self.time_s), 0
        self.time_s += t
        self.angle_rad += a
        if high > self._peak[1]:
            first = a.index(high)
            self._peak = self._low = (t[first], high)
            self._low_index = known + first
            low = min(a[first:])
        if low < self._low[1]:
            first = a.index(low, first)
            self._low = (t[first], low)
            self._low_index = known + first

    def skip(self, t: FloatArray, a: FloatArray, speed: FloatArray) -> int:
        """Pass over the first rows of a block up to one in which something may happen.

        Args:
            t, a, speed: (n,) each, as for :meth:`follow`.

        Returns:
            How many rows were passed over.
        """
        start, peak, low, p = self._start, self._peak[1], self._low[1], self._p
        ends = (t - self.time_s[0] > p.longest_s) | (a > self._max_peak)
        still_since = None
        if peak - low < self._near * (peak - start):
            # near the top: no row ends anything before one is deep
            top = np.maximum(np.maximum.accumulate(a), peak)
            n = first_row(ends | ~(top - a < self._near * (top - start)))
            n = self._hold.skip(t[:n], a[:n], speed[:n])
        else:
            # on the way back: the peak stands until a row is above it
            down = np.minimum(np.minimum.accumulate(a), low)
            rom = peak - start
            ends |= (a > peak) | (a <= start + p.edge * rom)
            ends |= (peak - down >= p.valley * rom) & (a - down >= self._rerise)
            since = held_since((np.abs(speed) <= self._still) & (peak - a >= p.returned * rom), t, self._still_since)
            n = first_row(ends | (t - since >= p.still_s))
            n = self._hold.skip(t[:n], a[:n], speed[:n])
            if n and since[n - 1] < math.inf:
                still_since = float(since[n - 1])
        if n:
            self._still_since = still_since
            self._peak_speed = max(self._peak_speed, float(np.abs(speed[:n]).max()))
            self._take(t[:n].tolist(), a[:n].tolist(), float(a[:n].min()), float(a[:n].max()))
        return n

    def cut(self) -> End:
        """End it at its newest row, whatever it is."""
        return End(len(self.time_s), self.time_s[-1])

    def close(self, end: End) -> tuple[list[float], Course]:
        """End it: the lengths of a hold that was still running, if any, and its course."""
        held = self._hold.close(end.end_s)
        course = Course(
            self.time_s[: end.rows],
            self.angle_rad[: end.rows],
            self._start,
            self._peak,
            self._p.edge,
            end.crossed,
            end.end_s,
            self._peak_speed,
            self._hold.longest,
        )
        self._hold.reset()
        return held, course
