"""The course of one closed candidate: where it begins, how fast it went, and the repetition it makes.

In: its rows, start level, peak and hold. Out: onset, durations of the two ways, :class:`Rep`. Must not live here: when
a candidate opens, closes or counts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.signal.end_range import EndRange
from sensor_pipeline.types import Rep, Side, Targets

END_RANGE_DEG = 2.0
"""Time at end range counts rows within this many degrees of the target or the own best (the column's definition)."""


def end_range_level(targets: Targets, best_rad: float) -> float:
    """The angle, rad, from which on rows count as end range: near the target, or near ``best_rad`` without one."""
    reference = best_rad if targets.angle_deg is None else targets.angle_deg * RAD_PER_DEG
    return reference - END_RANGE_DEG * RAD_PER_DEG


class Course:
    """A closed candidate.

    Attributes:
        time_s, angle_rad: its rows, at least one, from a row at or below the onset level on; rad.
        start_rad: its start level.
        peak: (time, angle) of its maximum.
        rom_rad: range of motion.
        onset_s: last upward crossing of the edge level before the peak; the first row where there is none.
        offset_s: where it ends: the crossing on the way back, else ``end_s``.
        peak_speed_rad_s: largest speed.
        hold: (start, end) of its hold, None without one.
    """

    __slots__ = (
        "_crossed",
        "_edge",
        "_end_range",
        "_opened",
        "angle_rad",
        "hold",
        "offset_s",
        "onset_s",
        "peak",
        "peak_speed_rad_s",
        "rom_rad",
        "start_rad",
        "time_s",
    )

    def __init__(
        self,
        time_s: Sequence[float],
        angle_rad: Sequence[float],
        start_rad: float,
        peak: tuple[float, float],
        edge: float,
        crossed: bool,
        end_s: float,
        peak_speed_rad_s: float,
        hold: tuple[float, float] | None,
        *,
        opened: int | None = None,
        end_range: EndRange | None = None,
    ) -> None:
        """Describe a candidate.

        Args:
            time_s, angle_rad, start_rad, peak, peak_speed_rad_s, hold: see the attributes.
            edge: onset and offset level as a part of the range of motion.
            crossed: whether the last row has crossed that level on the way back.
            end_s: its last row's time, or where it ends by definition.
            opened: the row that opened it, if from there to the peak none is at or below the onset level, else None:
                the search for the onset may begin there.
            end_range: what has followed all its rows, None where nothing has.
        """
        self.time_s = time_s
        self.angle_rad = angle_rad
        self.start_rad = start_rad
        self.peak = peak
        self.rom_rad = peak[1] - start_rad
        self.peak_speed_rad_s = peak_speed_rad_s
        self.hold = hold
        self._edge = edge
        self._crossed = crossed and len(time_s) > 1
        self._end_range = end_range
        self._opened = opened
        self.onset_s = self._onset_s()
        self.offset_s = self._crossing_s(len(time_s) - 1, self.level(edge)) if self._crossed else end_s

    def level(self, part: float) -> float:
        """The angle, rad, at a part of the range of motion above the start level."""
        return self.start_rad + part * self.rom_rad

    def each_way_takes(self, way_s: float) -> bool:
        """Whether each of :meth:`ways_s` is at least ``way_s``, seen from the largest speed: False says nothing.

        That speed counts from the row that opened the candidate, so the way out is longer than the rest of it takes.
        """
        if self._opened is None or not self._crossed:
            return False
        covered = self.level(1.0 - self._edge) - max(self.angle_rad[self._opened], self.level(self._edge))
        return covered >= 1.001 * way_s * self.peak_speed_rad_s  # 0.1 % more: clear of rounding

    def ways_s(self) -> tuple[float, float | None]:
        """Durations of the way out and the way back between the edge levels (5 % and 95 % of the range), s.

        The way out ends when the upper level is first reached, the way back begins when it is last left: a jerk on top
        does not count. The way back is None where it was not completed.
        """
        top, t, a, peak = self.level(1.0 - self._edge), self.time_s, self.angle_rad, self._peak_row()
        onset = self.onset_s
        reached = self.peak[0]
        for i in range(bisect_right(t, onset), peak + 1):
            if a[i] >= top:
                reached = t[i] if i == 0 else self._crossing_s(i, top)
                break
        if not self._crossed:
            return reached - onset, None
        left = self.peak[0]
        for i in range(len(a) - 2, peak - 1, -1):
            if a[i] >= top:
                left = self._crossing_s(i + 1, top)
                break
        return reached - onset, self.offset_s - left

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
        onset, offset, hold = self.onset_s, self.offset_s, self.hold
        end_range = end_range_level(targets, peak if best_rad is None else max(best_rad, peak))
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
            end_range_s=self._at_or_above_s(end_range),
            peak_velocity_deg_s=self.peak_speed_rad_s * DEG_PER_RAD,
            scored=not reason,
            faults=tuple(faults),
            reason=reason,
        )

    def _onset_s(self) -> float:
        level, a = self.level(self._edge), self.angle_rad
        row = self._peak_row() if self._opened is None else self._opened
        after = a[row]
        while row > 0:
            before = a[row - 1]
            if before <= level < after:
                return self._crossing_s(row, level)
            row, after = row - 1, before
        return self.time_s[0]

    def _at_or_above_s(self, level: float) -> float:
        """How long the angle was at or above a level, s."""
        followed = self._end_range
        if followed is None or followed.level_rad != level:
            followed = EndRange(level)
            followed.follow(self.time_s, self.angle_rad)
        return followed.until(self.time_s[-1])

    def _peak_row(self) -> int:
        return bisect_left(self.time_s, self.peak[0])

    def _crossing_s(self, row: int, level: float) -> float:
        """Time at which the line from the row before to this one meets ``level``."""
        before, a = self.angle_rad[row - 1], self.angle_rad[row]
        before_s, t = self.time_s[row - 1], self.time_s[row]
        if before == a:
            return t
        return before_s + (t - before_s) * min(1.0, max(0.0, (level - before) / (a - before)))
