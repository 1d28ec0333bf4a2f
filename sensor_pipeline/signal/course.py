"""The course of one closed candidate: where it begins, how fast it went, and the repetition it makes.

In: its rows, start level, peak and hold. Out: onset, durations of the two ways, :class:`Rep`. Must not live here: when
a candidate opens, closes or counts.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.types import Rep, Side, Targets

END_RANGE_DEG = 2.0
"""Time at end range counts rows within this many degrees of the target or the own best (the column's definition)."""


@dataclass(frozen=True, slots=True)
class Course:
    """A closed candidate.

    Attributes:
        time_s, angle_rad: its rows, at least one, from a row at or below the onset level on; rad.
        start_rad: its start level.
        peak: (time, angle) of its maximum.
        edge: onset and offset level as a part of the range of motion.
        crossed: whether the last row has crossed that level on the way back.
        end_s: its last row's time, or where it ends by definition.
        peak_speed_rad_s: largest speed.
        hold: (start, end) of its hold, None without one.
    """

    time_s: list[float]
    angle_rad: list[float]
    start_rad: float
    peak: tuple[float, float]
    edge: float
    crossed: bool
    end_s: float
    peak_speed_rad_s: float
    hold: tuple[float, float] | None

    @property
    def rom_rad(self) -> float:
        """Range of motion, rad."""
        return self.peak[1] - self.start_rad

    def level(self, part: float) -> float:
        """The angle, rad, at a part of the range of motion above the start level."""
        return self.start_rad + part * self.rom_rad

    def onset_s(self) -> float:
        """Last upward crossing of the edge level before the peak; the first row where there is none."""
        level, t, a = self.level(self.edge), self.time_s, self.angle_rad
        for i in range(self._peak_row() - 1, -1, -1):
            if a[i] <= level < a[i + 1]:
                return _crossing((t[i], a[i]), (t[i + 1], a[i + 1]), level)
        return t[0]

    def offset_s(self) -> float:
        """Where the candidate ends: the crossing on the way back, else ``end_s``."""
        if not self.crossed or len(self.time_s) < 2:
            return self.end_s
        t, a = self.time_s, self.angle_rad
        return _crossing((t[-2], a[-2]), (t[-1], a[-1]), self.level(self.edge))

    def ways_s(self) -> tuple[float, float | None]:
        """Durations of the way out and the way back between the edge levels (5 % and 95 % of the range), s.

        The way out ends when the upper level is first reached, the way back begins when it is last left: a jerk on top
        does not count. The way back is None where it was not completed.
        """
        top, t, a, peak = self.level(1.0 - self.edge), self.time_s, self.angle_rad, self._peak_row()
        onset = self.onset_s()
        reached = self.peak[0]
        for i in range(bisect_right(t, onset), peak + 1):
            if a[i] >= top:
                reached = t[i] if i == 0 else _crossing((t[i - 1], a[i - 1]), (t[i], a[i]), top)
                break
        if not self.crossed:
            return reached - onset, None
        left = self.peak[0]
        for i in range(len(a) - 2, peak - 1, -1):
            if a[i] >= top:
                left = _crossing((t[i], a[i]), (t[i + 1], a[i + 1]), top)
                break
        return reached - onset, self.offset_s() - left

    def rep(
        self, side: Side, number: int, targets: Targets, best_rad: float | None, reason: str, *, incomplete: bool
    ) -> Rep:
        """Describe it as a repetition.

        Args:
            side: the leg.
            number: the repetition's number.
            targets: what it is measured against.
            best_rad: largest peak so far, None where there is none: end range is measured from it without a target.
            reason: why it is not scored, "" where it is.
            incomplete: whether the way back stopped short.
        """
        peak_t, peak = self.peak
        onset, offset, hold = self.onset_s(), self.offset_s(), self.hold
        reference = peak if best_rad is None else max(best_rad, peak)
        if targets.angle_deg is not None:
            reference = targets.angle_deg * RAD_PER_DEG
        top = reference - END_RANGE_DEG * RAD_PER_DEG
        steps = zip(self.angle_rad, itertools.pairwise(self.time_s), strict=False)
        faults = []
        if targets.angle_deg is not None and peak * DEG_PER_RAD < targets.angle_deg:
            faults.append("short_of_target")
        if targets.hold_s > 0 and (hold is None or hold[1] - hold[0] < targets.hold_s):
            faults.append("hold_short")
        if incomplete:
            faults.append("incomplete_return")
        return Rep(
            side=side,
            rep=number,
            start_s=onset,
            hold_start_s=None if hold is None else hold[0],
            peak_s=peak_t,
            hold_end_s=None if hold is None else hold[1],
            end_s=offset,
            start_deg=self.start_rad * DEG_PER_RAD,
            peak_deg=peak * DEG_PER_RAD,
            rom_deg=self.rom_rad * DEG_PER_RAD,
            peak_sd_deg=None,
            descent_s=(peak_t if hold is None else hold[0]) - onset,
            hold_s=0.0 if hold is None else hold[1] - hold[0],
            ascent_s=offset - (peak_t if hold is None else hold[1]),
            end_range_s=sum([after - before for angle, (before, after) in steps if angle >= top]),
            peak_velocity_deg_s=self.peak_speed_rad_s * DEG_PER_RAD,
            scored=not reason,
            faults=tuple(faults),
            reason=reason,
        )

    def _peak_row(self) -> int:
        return bisect_left(self.time_s, self.peak[0])


def _crossing(a: tuple[float, float], b: tuple[float, float], level: float) -> float:
    """Time at which the line from row a (time, angle) to row b meets ``level``."""
    if a[1] == b[1]:
        return b[0]
    return a[0] + (b[0] - a[0]) * min(1.0, max(0.0, (level - a[1]) / (b[1] - a[1])))
