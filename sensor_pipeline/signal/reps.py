"""Online repetition detector: which stretches of the angle are repetitions, and when each thing becomes known.

In: smoothed angle rows (:class:`AngleRows`). Out: events (started, hold, done, rejected) and, per row, whether a
candidate was open. Must not live here: what happens inside a candidate (``candidate``), its numbers (``course``),
scores, sounds, file columns.

Definitions (``docs/architecture.md``, "A repetition"):

- the detector *arms* when the shin has been still, and disarms when two candidates in a row were too fast, or one went
  too far, for a lunge: steps to the wall or kneeling down make one or two rejected candidates, and nothing more until
  the person stands still;
- *start level*: the lowest smoothed angle since the last offset;
- a *candidate* opens when the angle has risen ``rise_deg`` above it;
- *onset* and *offset*: crossings of start level + 5 % of the range of motion before and after the peak;
- without a crossing on the way back, the lowest point before the next rise (or before standing still) ends the
  repetition, with the fault ``incomplete_return``;
- a candidate that is no repetition is an event too, with its reason and numbers. Intervals are half-open.

One row has one meaning, written in ``_step``. Rows in which nothing can happen are passed over in bulk (``_skip_*``,
``_pass_few``) with comparisons, minima and maxima only, so that the state left behind is bit for bit that of ``_step``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Final

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.signal.candidate import Candidate, End
from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.hold import HoldParams, HoldTimer
from sensor_pipeline.signal.rep_params import RepParams
from sensor_pipeline.signal.rep_rows import AngleRows, RepRows
from sensor_pipeline.signal.runs import first_row, held_since
from sensor_pipeline.types import (
    BoolArray,
    Event,
    Flag,
    FloatArray,
    HoldEnded,
    HoldStarted,
    RepDone,
    RepRejected,
    RepStarted,
    Side,
    Targets,
)

__all__ = ["AngleRows", "RepDetector", "RepParams", "RepRows"]

FEW_ROWS: Final = 16
"""Blocks up to this size go row by row: numpy's cost per call would exceed theirs (measured)."""
WINDOW_ROWS: Final = (64, 2048)
"""Rows looked at in one bulk step: few after an event, then four times as many with each step without one."""
SETTLING, CLIPPED = int(Flag.SETTLING), int(Flag.CLIPPED)  # plain integers: an enum's "&" costs microseconds
DISTRUSTED: Final = SETTLING | CLIPPED
"""Flags that keep a repetition from being scored."""


class RepDetector:
    """Counts repetitions, one row after the other. Nothing but the rows moves its time."""

    def __init__(
        self, side: Side, targets: Targets, sensor: int, params: RepParams, hold_params: HoldParams | None = None
    ) -> None:
        """Args: the leg, the set's targets, the sensor's index, and the thresholds."""
        self._side: Side = side
        self._targets = targets
        self._sensor = sensor
        self._p = params
        self._rise = params.rise_deg * RAD_PER_DEG
        self._still = params.still_deg_s * RAD_PER_DEG
        # the onset level is at least start + edge * rise: rows before the last one below it are never needed
        self._margin = params.edge * self._rise
        target = None if targets.angle_deg is None else targets.angle_deg * RAD_PER_DEG
        self._hold = HoldTimer(target, hold_params or HoldParams())
        self._count = 0
        self._best_rad: float | None = None
        self._armed = False
        self._calm_since: float | None = None  # not armed: first row of the present stillness
        self._start = math.inf  # start level, rad: minimum of the rows since the last offset (of none: infinity)
        self._t: list[float] = []  # rows since the angle last was at its start: time, angle
        self._a: list[float] = []
        self._distrust: list[tuple[float, int]] = []  # (time, flags) of rows among them that have distrusted flags
        self._open: Candidate | None = None
        self._last: tuple[float, float] | None = None
        self._fast_end_s: float | None = None  # where the last candidate that was too fast ended
        self._turned_down: Course | None = None  # the newest candidate rejected since the last count

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of rows.

        Args:
            rows: the next rows; an angle that is not finite is not allowed.

        Returns:
            Events, and the open state of each row; the same bit for bit however the rows are cut.
        """
        n = len(rows.time_s)
        events: list[Event] = []
        if n <= FEW_ROWS:
            in_rep = self._few(rows, events) if n else np.zeros(0, np.bool_)
        else:
            in_rep = self._many(rows, events)
        return RepRows(tuple(events), in_rep)

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """End the stream: an open candidate closes with the reason "ended"; rows that follow begin anew."""
        events: list[Event] = []
        self._leave(known_s, order, "ended", events)
        return tuple(events)

    def mark(self, order: int, time_s: float) -> tuple[Event, ...]:
        """Count a repetition because the person says so, with the reason "marked": it enters the count, not the scores.

        An open candidate ends at the newest row and counts as it is. Otherwise the newest candidate that was rejected
        since the last count counts after all. Otherwise a repetition without range is counted at the newest row.

        Args:
            order: the record that brought the mark.
            time_s: when it was given.

        Returns:
            The events; none before the first row.
        """
        if self._last is None:
            return ()
        events: list[Event] = []
        if self._open is not None:
            self._close(self._open, self._open.cut(), time_s, order, events, cut_off="marked")
        elif self._turned_down is not None:
            self._count_one(self._turned_down, "marked", False, time_s, order, events)
        else:
            t, a = self._last
            nothing = Course([t], [a], a, (t, a), self._p.edge, False, t, 0.0, None)
            self._count_one(nothing, "marked", False, time_s, order, events)
        return tuple(events)

    # --- blocks ---

    def _few(self, rows: AngleRows, events: list[Event]) -> BoolArray:
        t, a, flags = rows.time_s.tolist(), rows.angle_rad.tolist(), rows.flags.tolist()
        n = len(t)
        if self._pass_few(t, a, flags):
            return np.zeros(n, np.bool_) if self._open is None else np.full(n, True)
        in_rep = []
        for row in zip(t, rows.known_s.tolist(), a, flags, rows.order.tolist(), strict=True):
            self._step(*row, events)
            in_rep.append(self._open is not None)
        return np.array(in_rep, np.bool_)

    def _pass_few(self, t: list[float], a: list[float], flags: list[int]) -> bool:
        """Pass over a small block in which nothing happens; whether that was done."""
        last = self._last
        if last is None or t[-1] - last[0] > self._p.hole_s:
            return False
        if self._open is not None:
            if not self._open.skip_few(t, a, last):
                return False
        elif self._armed:
            start = min(self._start, *a)
            if max(a) - start >= self._rise:
                return False
            self._wait_through(t, a, start)
        else:
            return False
        for when, bits in zip(t, flags, strict=True):
            if bits & DISTRUSTED:
                self._distrust.append((when, bits))
        self._last = (t[-1], a[-1])
        return True

    def _many(self, rows: AngleRows, events: list[Event]) -> BoolArray:
        t, a, n = rows.time_s, rows.angle_rad, len(rows.time_s)
        before_t, before_a = (t[0], a[0]) if self._last is None else self._last
        step_s = np.diff(t, prepend=before_t)
        speed = np.divide(np.diff(a, prepend=before_a), step_s, out=np.zeros(n), where=step_s > 0.0)
        holes = [*np.flatnonzero(step_s > self._p.hole_s).tolist(), n]
        distrusted = np.flatnonzero(rows.flags & np.uint16(DISTRUSTED)).tolist()
        in_rep = np.zeros(n, np.bool_)
        i, window = 0, WINDOW_ROWS[0]
        while i < n:
            if holes[0] < i:
                holes.pop(0)
            j = min(i + window, holes[0])
            passed = i
            if j > i:
                skip = self._open.skip if self._open else self._skip_wait if self._armed else self._skip_settle
                passed = i + skip(t[i:j], a[i:j], speed[i:j])
            if passed > i:
                for row in distrusted[bisect_left(distrusted, i) : bisect_left(distrusted, passed)]:
                    self._distrust.append((float(t[row]), int(rows.flags[row])))
                self._last = (float(t[passed - 1]), float(a[passed - 1]))
                in_rep[i:passed] = self._open is not None
            i, window = passed, min(4 * window, WINDOW_ROWS[1]) if passed == j else WINDOW_ROWS[0]
            if i < j or i == holes[0] < n:
                order = int(rows.order[i])
                self._step(float(t[i]), float(rows.known_s[i]), float(a[i]), int(rows.flags[i]), order, events)
                in_rep[i] = self._open is not None
                i += 1
        return in_rep

    def _wait_through(self, t: list[float], a: list[float], start: float) -> None:
        """Pass over rows of waiting in which no candidate opens; ``start`` is the start level after them."""
        self._start = start
        level = start + self._margin
        if min(a) <= level:
            first = len(a) - 1
            while a[first] > level:
                first -= 1
            self._t, self._a = t[first:], a[first:]
        else:
            self._t += t
            self._a += a
        self._forget()

    def _forget(self) -> None:
        """Drop rows that no candidate can reach any more: bounds the memory, changes no result."""
        if self._distrust and self._distrust[0][0] < self._t[0]:
            self._distrust = [(t, flags) for t, flags in self._distrust if t >= self._t[0]]
        if self._t[-1] - self._t[0] > 2.0 * self._p.longest_s:
            self._cut_to_longest()

    def _cut_to_longest(self) -> None:
        first = bisect_left(self._t, self._t[-1] - self._p.longest_s)
        del self._t[:first], self._a[:first]

    def _skip_settle(self, t: FloatArray, a: FloatArray, speed: FloatArray) -> int:
        since = held_since(np.abs(speed) <= self._still, t, self._calm_since)
        n = first_row(t - since >= self._p.rest_s)
        if n:
            last = float(since[n - 1])
            first = 0 if last == self._calm_since else int(np.searchsorted(t, last))
            if last != self._calm_since:
                self._calm_since = None if last == math.inf else last
                self._t, self._a = [], []
            self._t += t[first:n].tolist()
            self._a += a[first:n].tolist()
        return n

    def _skip_wait(self, t: FloatArray, a: FloatArray, speed: FloatArray) -> int:
        low = np.minimum(np.minimum.accumulate(a), self._start)
        n = first_row(a - low >= self._rise)
        if n:
            start = float(low[n - 1])
            # a row at the start level makes those before it needless: do not copy them
            first = max(0, n - 1 - first_row((a[:n] <= start + self._margin)[::-1]))
            self._wait_through(t[first:n].tolist(), a[first:n].tolist(), start)
        return n

    # --- one row ---

    def _step(self, t: float, known: float, a: float, flags: int, order: int, events: list[Event]) -> None:
        if self._last is not None and t - self._last[0] > self._p.hole_s:
            self._leave(known, order, "gap", events)
        if flags & DISTRUSTED:
            self._distrust.append((t, flags))
        self._place(t, known, a, order, events)

    def _place(self, t: float, known: float, a: float, order: int, events: list[Event]) -> None:
        (before_t, before_a), self._last = self._last or (t, a), (t, a)
        speed = (a - before_a) / (t - before_t) if t > before_t else 0.0
        if self._open is not None:
            said, end = self._open.follow(t, a, speed)
            for what, value in said:
                kind = HoldStarted if what == "started" else HoldEnded
                events.append(kind(order, self._sensor, known, self._count + 1, value))
            if end is not None:
                self._close(self._open, end, known, order, events)
        elif self._armed:
            self._wait(t, known, a, order, events)
        else:
            self._settle(t, a, speed)

    def _leave(self, known: float, order: int, reason: str, events: list[Event]) -> None:
        """Close what is open at the last row seen and forget the start level: what comes next begins anew."""
        if self._open is not None:
            self._close(self._open, self._open.cut(), known, order, events, cut_off=reason)
        self._start = math.inf
        self._last = self._calm_since = None
        self._t, self._a, self._distrust = [], [], []

    def _settle(self, t: float, a: float, speed: float) -> None:
        """Not armed: wait for stillness."""
        calm = abs(speed) <= self._still
        if not calm or self._calm_since is None:
            self._calm_since = t if calm else None
            self._t, self._a = [], []
        if self._calm_since is not None:
            self._t.append(t)
            self._a.append(a)
            if t - self._calm_since >= self._p.rest_s:
                self._armed, self._calm_since = True, None
                rested_t, rested_a, self._t, self._a = self._t, self._a, [], []
                self._wait_through(rested_t, rested_a, min(rested_a))

    def _wait(self, t: float, known: float, a: float, order: int, events: list[Event]) -> None:
        """Armed, between repetitions."""
        self._start = min(self._start, a)
        if a <= self._start + self._margin:
            self._t, self._a = [], []
        self._t.append(t)
        self._a.append(a)
        self._forget()
        if a - self._start >= self._rise:
            self._cut_to_longest()
            self._open = Candidate(self._p, self._hold, self._start, self._t, self._a)
            events.append(RepStarted(order, self._sensor, known, self._count + 1))

    # --- the end of a candidate ---

    def _close(
        self, candidate: Candidate, end: End, known: float, order: int, events: list[Event], *, cut_off: str = ""
    ) -> None:
        """End the candidate; rows that came after its end start the next one. ``cut_off``: gap, ended, marked."""
        held, course = candidate.close(end)
        for hold_s in held:
            events.append(HoldEnded(order, self._sensor, known, self._count + 1, hold_s))
        marked = cut_off == "marked"
        refused = None if marked else end.refused or self._unlike_a_lunge(course)
        if refused is None:
            reason = cut_off if marked else self._distrusted(course) or cut_off
            self._count_one(course, reason, not (end.crossed or cut_off), known, order, events)
        else:
            self._reject(course, *refused, known, order, events)
        self._open = None
        t, a = course.time_s[-1], course.angle_rad[-1]
        self._start, self._last = a, (t, a)
        self._t, self._a = [t], [a]
        self._forget()
        # rows after a valley have been seen already: they open the next candidate, known now
        for when, angle in zip(candidate.time_s[end.rows :], candidate.angle_rad[end.rows :], strict=True):
            self._place(when, known, angle, order, events)

    def _distrusted(self, course: Course) -> str:
        """The reason why rows of a course keep it from being scored, "" where none does."""
        seen = 0
        for when, flags in self._distrust:
            if course.time_s[0] <= when <= course.time_s[-1]:
                seen |= flags
        return "gap" if seen & SETTLING else "clipped" if seen & CLIPPED else ""

    def _unlike_a_lunge(self, course: Course) -> tuple[str, str] | None:
        """Why a closed candidate is no repetition (id, words); None where it is one."""
        p, rom_deg = self._p, course.rom_rad * DEG_PER_RAD
        if rom_deg < p.min_rom_deg:
            return ("range", f"range {rom_deg:.1f} deg is below {p.min_rom_deg:g} deg")
        out_s, back_s = course.ways_s()
        if min(out_s, out_s if back_s is None else back_s) < p.min_way_s or (
            back_s is not None and out_s + back_s < p.min_both_s
        ):
            back = "" if back_s is None else f" and back in {back_s:.2f} s"
            return ("fast", f"out in {out_s:.2f} s{back} is a step or a knock, not a lunge: stand still first")
        return None

    def _disarms(self, course: Course, cause: str) -> bool:
        """Whether a rejected candidate says that the person does something else: walks, or kneels down.

        One quick candidate alone is a tap on the sensor or a leg that comes back with a bounce; two without a pause
        between them are steps.
        """
        if cause != "fast":
            return cause != "range"
        before, self._fast_end_s = self._fast_end_s, course.offset_s()
        return before is not None and course.onset_s() - before < self._p.still_s

    def _count_one(
        self, course: Course, reason: str, incomplete: bool, known: float, order: int, events: list[Event]
    ) -> None:
        self._count += 1
        rep = course.rep(self._side, self._count, self._targets, self._best_rad, reason, incomplete=incomplete)
        peak = course.peak[1]
        self._best_rad = peak if self._best_rad is None else max(self._best_rad, peak)
        self._turned_down = self._fast_end_s = None
        events.append(RepDone(order, self._sensor, known, rep))

    def _reject(self, course: Course, cause: str, words: str, known: float, order: int, events: list[Event]) -> None:
        self._turned_down = course
        if self._disarms(course, cause):
            self._armed, self._calm_since = False, None
        onset = course.onset_s()
        events.append(
            RepRejected(
                order,
                self._sensor,
                known,
                start_s=onset,
                peak_deg=course.peak[1] * DEG_PER_RAD,
                reason=words,
                cause=cause,
                start_deg=course.start_rad * DEG_PER_RAD,
                peak_s=course.peak[0],
                rom_deg=course.rom_rad * DEG_PER_RAD,
                duration_s=course.offset_s() - onset,
                peak_velocity_deg_s=course.peak_speed_rad_s * DEG_PER_RAD,
            )
        )
