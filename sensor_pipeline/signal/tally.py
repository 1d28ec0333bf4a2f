"""What a closed candidate becomes: a repetition with its number, or a rejection with its reason.

In: its course, and why it may not be scored. Out: the event. Must not live here: when a candidate opens and ends
(``reps``, ``candidate``), its numbers (``course``).
"""

from __future__ import annotations

import math

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.signal.course import Course, end_range_level
from sensor_pipeline.signal.rep_params import RepParams
from sensor_pipeline.types import RepDone, RepRejected, Side, Targets


class Tally:
    """Counts. ``turned_down`` is the newest candidate rejected since the last count, None without one."""

    def __init__(self, side: Side, targets: Targets, sensor: int, params: RepParams) -> None:
        """Args: the leg, the set's targets, the sensor's index, and the thresholds."""
        self._side: Side = side
        self._targets = targets
        self._sensor = sensor
        self._p = params
        self._count = 0
        self._best_rad: float | None = None
        self._fast_end_s: float | None = None  # where the last candidate that was too fast ended
        self.turned_down: Course | None = None

    @property
    def next_number(self) -> int:
        """The number of the next repetition."""
        return self._count + 1

    @property
    def end_range_rad(self) -> float:
        """From which angle on the next repetition is at end range, if it is no new best."""
        return end_range_level(self._targets, math.inf if self._best_rad is None else self._best_rad)

    def count(self, course: Course, reason: str, incomplete: bool, order: int, known_s: float) -> RepDone:
        """Count it; ``reason``: why it is not scored, "" where it is; ``incomplete``: its way back stopped short."""
        self._count += 1
        rep = course.rep(self._side, self._count, self._targets, self._best_rad, reason, incomplete=incomplete)
        peak = course.peak[1]
        if self._best_rad is None or peak > self._best_rad:
            self._best_rad = peak
        self.turned_down = self._fast_end_s = None
        return RepDone(order, self._sensor, known_s, rep)

    def reject(self, course: Course, refused: tuple[str, str], order: int, known_s: float) -> RepRejected:
        """Turn it down; ``refused``: why (stable id, words)."""
        self.turned_down = course
        return RepRejected(
            order,
            self._sensor,
            known_s,
            start_s=course.onset_s,
            peak_deg=course.peak[1] * DEG_PER_RAD,
            reason=refused[1],
            cause=refused[0],
            start_deg=course.start_rad * DEG_PER_RAD,
            peak_s=course.peak[0],
            rom_deg=course.rom_rad * DEG_PER_RAD,
            duration_s=course.offset_s - course.onset_s,
            peak_velocity_deg_s=course.peak_speed_rad_s * DEG_PER_RAD,
        )

    def unlike_a_lunge(self, course: Course) -> tuple[str, str] | None:
        """Why a closed candidate is no repetition (id, words); None where it is one."""
        p, rom_deg = self._p, course.rom_rad * DEG_PER_RAD
        if rom_deg < p.min_rom_deg:
            return ("range", f"range {rom_deg:.1f} deg is below {p.min_rom_deg:g} deg")
        start_deg = course.start_rad * DEG_PER_RAD
        if start_deg < p.min_start_deg:
            return (
                "behind",
                f"it began {-start_deg:.0f} deg behind the zero, a lunge begins at it: the strap turned about the leg, "
                "or the zero was set in a lunge; stand tall and set the zero anew",
            )
        if course.each_way_takes(max(p.min_way_s, 0.5 * p.min_both_s)):
            return None
        out_s, back_s = course.ways_s()
        if min(out_s, out_s if back_s is None else back_s) < p.min_way_s or (
            back_s is not None and out_s + back_s < p.min_both_s
        ):
            back = "" if back_s is None else f" and back in {back_s:.2f} s"
            return ("fast", f"out in {out_s:.2f} s{back} is a step or a knock, not a lunge: stand still first")
        return None

    def disarms(self, course: Course, cause: str) -> bool:
        """Whether a rejected candidate says that the person does something else: walks, or kneels down.

        One quick candidate alone is a tap on the sensor or a leg that comes back with a bounce; two without a pause
        between them are steps. Asked once for each rejected candidate.
        """
        if cause != "fast":
            return cause != "range"
        before, self._fast_end_s = self._fast_end_s, course.offset_s
        return before is not None and course.onset_s - before < self._p.still_s
