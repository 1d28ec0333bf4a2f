"""An open candidate: the angle has risen, and what it becomes is not known yet.

In: rows of the smoothed angle. Out: where it begins, what its hold says, and how it ends. Must not live here: whether
it counts (``reps``), its numbers (``course``).

One row has one meaning, written in :meth:`Candidate.follow`. :meth:`Candidate.pass_over` takes several rows at once
where their extremes prove that nothing happens: the state it leaves is bit for bit the one that ``follow`` would have
left.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.end_range import EndRange
from sensor_pipeline.signal.hold import HoldTimer, Said
from sensor_pipeline.signal.parts import few_speeds
from sensor_pipeline.signal.rep_params import RepParams


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


def lead(
    time_s: Sequence[float], angle_rad: Sequence[float], lowest_rad: float, params: RepParams
) -> tuple[int, float]:
    """Where a candidate begins that opens with the last of these rows.

    Args:
        time_s, angle_rad: rows from the last one at the lowest angle (within the onset level's least margin) on.
        lowest_rad: the lowest angle since the last offset.
        params: thresholds.

    Returns:
        Its first row, and its start level in rad.
    """
    since_s = time_s[-1] - params.lead_s
    if time_s[0] >= since_s:
        return 0, lowest_rad
    first = bisect_left(time_s, since_s)
    return first, min(angle_rad[first:])


class Candidate:
    """One open candidate. ``time_s`` and ``angle_rad`` are its rows so far, as arrays: dropped in one go at its end."""

    __slots__ = (
        "_dip",
        "_end_range",
        "_hold",
        "_low",
        "_low_s",
        "_max_peak",
        "_near",
        "_opened",
        "_p",
        "_peak",
        "_peak_s",
        "_peak_speed",
        "_rerise",
        "_start",
        "_still",
        "_still_since",
        "angle_rad",
        "time_s",
    )

    def __init__(
        self,
        params: RepParams,
        hold: HoldTimer,
        start_rad: float,
        time_s: list[float],
        angle_rad: list[float],
        end_range_rad: float,
    ) -> None:
        """Open one.

        Args:
            params: thresholds.
            hold: a fresh hold timer.
            start_rad: the start level.
            time_s, angle_rad: the rows up to the one that opened it, which is the highest.
            end_range_rad: the level of end range if its peak is no new best.
        """
        self._p = params
        self._hold = hold
        self._start = start_rad
        self.time_s = array("d", time_s)
        self.angle_rad = array("d", angle_rad)
        self._peak_s = self._low_s = time_s[-1]  # when the peak and the lowest angle since were reached
        self._peak = self._low = self._dip = angle_rad[-1]
        self._opened = len(time_s) - 1  # from here to the peak no row is below ``_dip``
        self._peak_speed = 0.0
        self._still_since: float | None = None
        self._rerise = params.rerise_deg * RAD_PER_DEG
        self._still = params.still_deg_s * RAD_PER_DEG
        self._max_peak = params.max_peak_deg * RAD_PER_DEG
        # a row less far back from the peak than this part of the range ends nothing (0.9: clear of rounding)
        self._near = 0.9 * min(params.valley, params.returned, 1.0 - params.edge)
        self._end_range = EndRange(end_range_rad)
        if self._peak >= end_range_rad:
            self._end_range.follow(time_s, angle_rad)

    def follow(self, t: float, a: float, speed: float) -> tuple[Said, End | None]:
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
        pace = abs(speed)
        if pace > self._peak_speed:
            self._peak_speed = pace
        if a > self._peak:
            if self._low < self._dip:
                self._dip = self._low
            self._peak = self._low = a
            self._peak_s = self._low_s = t
        elif a < self._low:
            self._low, self._low_s = a, t
        end_range = self._end_range
        if (a >= end_range.level_rad) != end_range.inside:
            end_range.turn(t)
        return self._hold.update(t, a, speed), self._end(t, a, pace)

    def _end(self, t: float, a: float, pace: float) -> End | None:
        p, peak = self._p, self._peak
        rom, back = peak - self._start, peak - a
        if a <= self._start + p.edge * rom:
            return End(len(self.time_s), t, crossed=True)
        if a > self._max_peak:
            words = f"the shin leans beyond {p.max_peak_deg:g} deg: that is kneeling or sitting, not a lunge"
            return End(len(self.time_s), t, refused=("too_far", words))
        if peak - self._low >= p.valley * rom and a - self._low >= self._rerise:
            return self._end_at_lowest()
        if pace > self._still or back < p.returned * rom:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = t
        elif t - self._still_since >= p.still_s:
            return self._end_at_lowest()
        if t - self.time_s[0] > p.longest_s:
            return End(len(self.time_s), t, refused=("no_return", f"no way back within {p.longest_s:g} s"))
        return None

    def _end_at_lowest(self) -> End:
        return End(bisect_right(self.time_s, self._low_s), self._low_s)

    def pass_over(
        self,
        t: list[float],
        a: list[float],
        low: float,
        high: float,
        speeds: tuple[float, float] | None,
        before: tuple[float, float],
    ) -> bool:
        """Pass over rows by their extremes, if it is plain from them that nothing happens.

        Args:
            t, a: times and angles of the rows, at least one.
            low, high: smallest and largest of the angles.
            speeds: smallest and largest speed, signed, as for :meth:`follow`; None where they are not known.
            before: (time, angle) of the row before.

        Returns:
            Whether that was done; if not, nothing has changed.
        """
        p, peak = self._p, self._peak
        rom = peak - self._start
        lowest = low if low < self._low else self._low
        if high > self._max_peak or t[-1] - self.time_s[0] > p.longest_s:
            return False
        if high > peak:
            # the range grows: near enough to any of the peaks in between, no row ends anything
            if high - lowest >= self._near * rom:
                return False
        elif low <= self._start + p.edge * rom or (peak - lowest >= p.valley * rom and high - lowest >= self._rerise):
            return False
        slowest, fastest = few_speeds(t, a, before) if speeds is None else speeds
        still_since = None
        if high <= peak and peak - low >= p.returned * rom and slowest <= self._still and fastest >= -self._still:
            # some row may be still after most of the way back: plain only if all are, and not for long
            still_since = t[0] if self._still_since is None else self._still_since
            if (
                slowest < -self._still
                or fastest > self._still
                or peak - high < p.returned * rom
                or t[-1] - still_since >= p.still_s
            ):
                return False
        if not self._hold.pass_over(t, a, low, high, slowest, fastest):
            return False
        self._still_since = still_since
        if fastest > self._peak_speed:
            self._peak_speed = fastest
        if -slowest > self._peak_speed:
            self._peak_speed = -slowest
        self.time_s.fromlist(t)
        self.angle_rad.fromlist(a)
        end_range = self._end_range
        if low < end_range.level_rad if end_range.inside else high >= end_range.level_rad:
            end_range.follow(t, a)
        if high > peak:
            if lowest < self._dip:
                self._dip = lowest
            first = a.index(high)
            self._peak, self._peak_s = high, t[first]
            self._low, self._low_s = high, t[first]
            low = min(a[first:])
        if low < self._low:
            self._low = low
            self._low_s = t[a.index(low, first if high > peak else 0)]
        return True

    def cut(self) -> End:
        """End it at its newest row, whatever it is."""
        return End(len(self.time_s), self.time_s[-1])

    def close(self, end: End) -> tuple[list[float], Course]:
        """End it: the lengths of a hold that was still running, if any, and its course."""
        held = self._hold.close(end.end_s)
        whole = end.rows == len(self.time_s)
        clear = self._dip > self._start + self._p.edge * (self._peak - self._start)
        course = Course(
            self.time_s if whole else self.time_s[: end.rows],
            self.angle_rad if whole else self.angle_rad[: end.rows],
            self._start,
            (self._peak_s, self._peak),
            self._p.edge,
            end.crossed,
            end.end_s,
            self._peak_speed,
            self._hold.longest,
            opened=self._opened if clear else None,
            end_range=self._end_range if whole else None,
        )
        self._hold.reset()
        return held, course
