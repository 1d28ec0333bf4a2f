"""Online repetition detector: which stretches of the angle are repetitions, and when each thing becomes known.

In: smoothed angle rows (:class:`AngleRows`). Out: events (started, hold, done, rejected) and, per row, whether a
candidate was open. Must not live here: what happens inside a candidate (``candidate``), its numbers (``course``),
scores, sounds, file columns.

Definitions (``docs/architecture.md``, "A repetition"):

- the detector *arms* when the shin has been still, and disarms when two candidates in a row were too fast, or one went
  too far, for a lunge: steps to the wall or kneeling down make one or two rejected candidates, and nothing more until
  the person stands still;
- *start level*: the lowest smoothed angle since the last offset; where the angle has not been back there for ``lead_s``
  when the candidate opens, the lowest of the last ``lead_s``: a person who stands anew starts from there. Where the
  strap is found slipped, or back in its place, between candidates, it begins anew;
- a *candidate* opens when the angle has risen ``rise_deg`` above it;
- *onset* and *offset*: crossings of start level + 5 % of the range of motion before and after the peak;
- without a crossing on the way back, the lowest point before the next rise (or before standing still) ends the
  repetition, with the fault ``incomplete_return``;
- a candidate that is no repetition is an event too, with its reason and numbers. Intervals are half-open;
- one that overlaps slipped rows counts, and is not scored; if the zero is set anew inside it, it is no repetition.

One row has one meaning, written in ``_step``. Rows in whose extremes it shows that nothing happens are passed over at
once (``_pass_over``), with comparisons only, so that the state left behind is bit for bit that of ``_step``.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.signal.candidate import Candidate, End, lead
from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.hold import HoldParams, HoldTimer
from sensor_pipeline.signal.parts import LARGE, SMALL, BlockRows, few_speeds, parts_of
from sensor_pipeline.signal.rep_params import RepParams
from sensor_pipeline.signal.rep_rows import AngleRows, RepRows
from sensor_pipeline.signal.tally import Tally
from sensor_pipeline.types import (
    Event,
    Flag,
    FloatArray,
    HoldEnded,
    HoldStarted,
    RepStarted,
    Side,
    Targets,
)

__all__ = ["AngleRows", "RepDetector", "RepParams", "RepRows"]

SETTLING, CLIPPED, SLIPPED = (
    int(Flag.SETTLING),
    int(Flag.CLIPPED),
    int(Flag.SLIPPED),
)  # plain integers: an enum's "&" costs microseconds
DISTRUSTED: Final = SETTLING | CLIPPED | SLIPPED
"""Flags that keep a repetition from being scored."""


class RepDetector:
    """Counts repetitions, one row after the other. Nothing but the rows moves its time."""

    def __init__(
        self, side: Side, targets: Targets, sensor: int, params: RepParams, hold_params: HoldParams | None = None
    ) -> None:
        """Args: the leg, the set's targets, the sensor's index, and the thresholds."""
        self._sensor = sensor
        self._tally = Tally(side, targets, sensor, params)
        self._p = params
        self._rise = params.rise_deg * RAD_PER_DEG
        self._still = params.still_deg_s * RAD_PER_DEG
        # the onset level is at least start + edge * rise: rows before the last one below it are never needed
        self._margin = params.edge * self._rise
        target = None if targets.angle_deg is None else targets.angle_deg * RAD_PER_DEG
        self._hold = HoldTimer(target, hold_params or HoldParams())
        self._armed = False
        self._calm_since: float | None = None  # not armed: first row of the present stillness
        self._start = math.inf  # start level, rad: minimum of the rows since the last offset (of none: infinity)
        self._t: list[float] = []  # rows since the angle last was at its start: time, angle
        self._a: list[float] = []
        self._distrust: list[tuple[float, int]] = []  # (time, flags) of rows among them that have distrusted flags
        self._open: Candidate | None = None
        self._last: tuple[float, float] | None = None
        self._slipped = False  # whether the last row was

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of rows.

        Args:
            rows: the next rows; an angle that is not finite is not allowed.

        Returns:
            Events, and the open state of each row; the same bit for bit however the rows are cut.
        """
        t, a, flags, n = rows.time_s.tolist(), rows.angle_rad.tolist(), None, len(rows.time_s)
        if not n:
            return RepRows((), np.zeros(0, np.bool_))
        if self._slipped or np.count_nonzero(rows.flags & np.uint16(DISTRUSTED)):
            flags = rows.flags.tolist()
        block = BlockRows(t, a, rows.known_s, flags, rows.order)
        whole = n - n % LARGE
        if whole:
            self._in_parts(block, rows.time_s[:whole], rows.angle_rad[:whole])
        for i in range(whole, n, SMALL):
            j = min(i + SMALL, n)
            if not self._few_over(*block.part(i, j)):
                self._one_by_one(block, i, j)
            elif self._open is not None:
                block.passed(i, j)
        return RepRows(tuple(block.events), np.frombuffer(block.in_rep, np.bool_))

    def update_few(
        self, time_s: list[float], known_s: list[float], angle_rad: list[float], flags: list[int] | None, order: int
    ) -> tuple[Sequence[Event], bool | list[bool]]:
        """Follow a few rows that came with one record: as :meth:`update`, without the price of arrays.

        Args:
            time_s, known_s, angle_rad: the next rows, lists of one length (meant for up to 16).
            flags: their flags, None where all are zero.
            order: the record that they came with.

        Returns:
            Events, and whether a candidate was open: per row, or one bool where it is the same for all rows.
        """
        if not time_s or self._few_over(time_s, angle_rad, flags):
            return (), self._open is not None
        n = len(time_s)
        block = BlockRows(time_s, angle_rad, known_s, flags, [order] * n)
        self._one_by_one(block, 0, n)
        return block.events, [state == 1 for state in block.in_rep]

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
        elif self._tally.turned_down is not None:
            events.append(self._tally.count(self._tally.turned_down, "marked", False, order, time_s))
        else:
            t, a = self._last
            nothing = Course([t], [a], a, (t, a), self._p.edge, False, t, 0.0, None)
            events.append(self._tally.count(nothing, "marked", False, order, time_s))
        return tuple(events)

    # --- several rows ---

    def _in_parts(self, block: BlockRows, time_s: FloatArray, angle_rad: FloatArray) -> None:
        """Follow the first rows of a block, as many as ``time_s`` and ``angle_rad`` have: a multiple of ``LARGE``."""
        n = len(time_s)
        before_s, before_rad = (time_s[0], angle_rad[0]) if self._last is None else self._last
        step_s = np.diff(time_s, prepend=before_s)
        speed = np.divide(np.diff(angle_rad, prepend=before_rad), step_s, out=np.zeros(n), where=step_s > 0.0)
        holes = np.flatnonzero(step_s > self._p.hole_s).tolist()
        holed_large, holed_small = ({row // size for row in holes} for size in (LARGE, SMALL))
        small, large = parts_of(angle_rad, speed)
        for i in range(n // LARGE):
            begin, end = i * LARGE, (i + 1) * LARGE
            if i not in holed_large and self._pass_over(*block.part(begin, end), *large[i]):
                if self._open is not None:
                    block.passed(begin, end)
                continue
            for k in range(begin // SMALL, end // SMALL):
                begin, end = k * SMALL, (k + 1) * SMALL
                if k in holed_small or not self._pass_over(*block.part(begin, end), *small[k]):
                    self._one_by_one(block, begin, end)
                elif self._open is not None:
                    block.passed(begin, end)

    def _one_by_one(self, block: BlockRows, begin: int, end: int) -> None:
        """Follow rows [begin, end) of a block in which something may happen."""
        t, a, flags = block.part(begin, end)
        known, order = block.records(begin, end)
        for i in range(end - begin):
            self._step(t[i], known[i], a[i], 0 if flags is None else flags[i], order[i], block.events)
            block.in_rep[begin + i] = self._open is not None

    def _few_over(self, t: list[float], a: list[float], flags: list[int] | None) -> bool:
        """Pass over a few rows if nothing happens in them; whether that was done."""
        last = self._last
        if last is None or t[-1] - last[0] > self._p.hole_s:
            return False
        return self._pass_over(t, a, flags, min(a), max(a), None)

    def _pass_over(
        self,
        t: list[float],
        a: list[float],
        flags: list[int] | None,
        low: float,
        high: float,
        speeds: tuple[float, float] | None,
    ) -> bool:
        """Pass over rows by their extremes if it is plain from them that nothing happens; whether that was done.

        There is no hole before any of them. ``speeds`` are found from the rows if they are needed and not given.
        """
        if flags is None:
            if self._slipped:
                return False
        elif any((bits & SLIPPED != 0) != self._slipped for bits in flags):
            return False
        before = self._last or (t[0], a[0])
        if self._open is not None:
            if not self._open.pass_over(t, a, low, high, speeds, before):
                return False
        elif self._armed:
            start = low if low < self._start else self._start
            if high - start >= self._rise:
                return False
            self._wait_through(t, a, low, start)
        elif not self._settle_through(t, a, *(few_speeds(t, a, before) if speeds is None else speeds)):
            return False
        if flags is not None:
            self._distrust += [(when, bits) for when, bits in zip(t, flags, strict=True) if bits & DISTRUSTED]
        self._last = (t[-1], a[-1])
        return True

    def _wait_through(self, t: list[float], a: list[float], low: float, start: float) -> None:
        """Waiting, in rows in which no candidate opens; ``low``: their minimum, ``start``: start level after them."""
        self._start = start
        level = start + self._margin
        if low <= level:
            first = len(a) - 1
            while a[first] > level:
                first -= 1
            self._t, self._a = t[first:], a[first:]
        else:
            self._t += t
            self._a += a
        self._forget()

    def _settle_through(self, t: list[float], a: list[float], slowest: float, fastest: float) -> bool:
        """Not armed, in rows that are all too quick, or all calm but not for long; whether they are."""
        if slowest > self._still or fastest < -self._still:
            self._calm_since = None
            self._t, self._a, self._distrust = [], [], []
            return True
        since = t[0] if self._calm_since is None else self._calm_since
        if slowest < -self._still or fastest > self._still or t[-1] - since >= self._p.rest_s:
            return False
        if self._calm_since is None:
            self._calm_since = since
            self._t, self._a = [], []
        self._t += t
        self._a += a
        return True

    def _forget(self) -> None:
        """Drop rows that no candidate can reach any more: bounds the memory, changes no result."""
        if self._distrust and self._distrust[0][0] < self._t[0]:
            self._distrust = [(t, flags) for t, flags in self._distrust if t >= self._t[0]]
        if self._t[-1] - self._t[0] > 2.0 * self._p.lead_s:
            # one row older than ``lead_s`` stays: it shows that the start level is
            first = bisect_left(self._t, self._t[-1] - self._p.lead_s) - 1
            del self._t[:first], self._a[:first]

    # --- one row ---

    def _step(self, t: float, known: float, a: float, flags: int, order: int, events: list[Event]) -> None:
        last = self._last
        if last is not None and t - last[0] > self._p.hole_s:
            self._leave(known, order, "gap", events)
            last = None
        if (flags & SLIPPED != 0) != self._slipped:
            self._slipped = not self._slipped
            if self._open is None:
                self._start = math.inf  # the angles before mean something else
                self._t, self._a = [], []
        if flags & DISTRUSTED:
            self._distrust.append((t, flags))
        self._last = (t, a)
        speed = 0.0 if last is None or t <= last[0] else (a - last[1]) / (t - last[0])
        candidate = self._open
        if candidate is not None:
            said, end = candidate.follow(t, a, speed)
            for what, value in said:
                kind = HoldStarted if what == "started" else HoldEnded
                events.append(kind(order, self._sensor, known, self._tally.next_number, value))
            if end is not None:
                self._close(candidate, end, known, order, events)
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
        if not calm:
            self._distrust = []
        if self._calm_since is not None:
            self._t.append(t)
            self._a.append(a)
            if t - self._calm_since >= self._p.rest_s:
                self._armed, self._calm_since = True, None
                rested_t, rested_a, self._t, self._a = self._t, self._a, [], []
                low = min(rested_a)
                self._wait_through(rested_t, rested_a, low, low)

    def _wait(self, t: float, known: float, a: float, order: int, events: list[Event]) -> None:
        """Armed, between repetitions."""
        if a < self._start:
            self._start = a
        if a <= self._start + self._margin:
            self._t, self._a = [], []
        self._t.append(t)
        self._a.append(a)
        self._forget()
        if a - self._start >= self._rise:
            first, start = lead(self._t, self._a, self._start, self._p)
            end_range_rad = self._tally.end_range_rad
            self._open = Candidate(self._p, self._hold, start, self._t[first:], self._a[first:], end_range_rad)
            events.append(RepStarted(order, self._sensor, known, self._tally.next_number))

    # --- the end of a candidate ---

    def _close(
        self, candidate: Candidate, end: End, known: float, order: int, events: list[Event], *, cut_off: str = ""
    ) -> None:
        """End the candidate; rows that came after its end start the next one. ``cut_off``: gap, ended, marked."""
        held, course = candidate.close(end)
        for hold_s in held:
            events.append(HoldEnded(order, self._sensor, known, self._tally.next_number, hold_s))
        marked = cut_off == "marked"
        refused = None if marked else end.refused or self._tally.unlike_a_lunge(course)
        distrusted = self._distrusted(course)
        if cut_off == "ended" and distrusted == "slipped" and refused is None:
            refused = ("slipped", "it was under way when the zero was found wrong: what it was is not known")
        if refused is None:
            reason = cut_off if marked else distrusted or cut_off
            events.append(self._tally.count(course, reason, not (end.crossed or cut_off), order, known))
        else:
            if self._tally.disarms(course, refused[0]):
                self._armed, self._calm_since = False, None
            events.append(self._tally.reject(course, refused, order, known))
        self._open = None
        t, a = course.time_s[-1], course.angle_rad[-1]
        self._start, self._last = a, (t, a)
        self._t, self._a = [t], [a]
        self._forget()
        # rows after a valley have been seen already: they open the next candidate, known now
        slipped = SLIPPED if self._slipped else 0
        for when, angle in zip(candidate.time_s[end.rows :], candidate.angle_rad[end.rows :], strict=True):
            self._step(when, known, angle, slipped, order, events)

    def _distrusted(self, course: Course) -> str:
        """The reason why rows of a course keep it from being scored, "" where none does."""
        seen = 0
        for when, flags in self._distrust:
            if course.time_s[0] <= when <= course.time_s[-1]:
                seen |= flags
        return "gap" if seen & SETTLING else "slipped" if seen & SLIPPED else "clipped" if seen & CLIPPED else ""
