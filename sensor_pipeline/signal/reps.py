"""Online repetition detector: which stretches of the angle are repetitions, and when each thing becomes known.

In: smoothed angle rows (:class:`AngleRows`). Out: events (started, hold, done, rejected) and, per row, whether a
candidate was open. Must not live here: scores, sounds, file columns.

Definitions (``docs/architecture.md``, "A repetition"):

- *start level*: the lowest smoothed angle since the last offset;
- a *candidate* opens when the angle has risen ``rise_deg`` above it;
- *onset* and *offset*: crossings of start level + 5 % of the range of motion before and after the peak;
- without a crossing on the way back, the lowest point before the next rise (or before standing still) ends the
  repetition, with the fault ``incomplete_return``;
- *hold*: see :mod:`sensor_pipeline.signal.hold`. Intervals are half-open.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.signal.hold import HoldParams, HoldTimer
from sensor_pipeline.types import (
    BoolArray,
    Event,
    Flag,
    FlagArray,
    FloatArray,
    HoldEnded,
    HoldStarted,
    IntArray,
    Rep,
    RepDone,
    RepRejected,
    RepStarted,
    Side,
    Targets,
)


@dataclass(frozen=True, slots=True)
class RepParams:
    """Thresholds of the detector. Angles in degrees of the smoothed angle.

    Attributes:
        rise_deg: rise above the start level that opens a candidate; smaller = earlier, more false starts from sway
            (standing sway of the shin is about 1 deg, a shift of weight up to 5).
        min_rom_deg: smallest range of motion that counts. Ten degrees is the smallest exercise in the catalogue.
        edge: onset and offset level as a part of the range of motion. By definition, 5 %.
        valley: how far the angle must come back, as a part of the range of motion, before a new rise starts a new
            repetition; less than that is a dip within the same one.
        rerise_deg: rise from the lowest point on the way back that starts the next repetition.
        returned: part of the range of motion that must be undone before standing still ends the repetition.
        still_deg_s, still_s: standing still after a return: speed in deg/s and how long in s.
        hole_s: rows farther apart than this, s, end an open candidate at the last row before the hole, with the reason
            "gap": what the leg did meanwhile is not known, and two repetitions may have become one.
        longest_s: a candidate open for longer is closed as it is, s; bounds the memory.
    """

    rise_deg: float = 8.0
    min_rom_deg: float = 10.0
    edge: float = 0.05
    valley: float = 0.5
    rerise_deg: float = 6.0
    returned: float = 0.7
    still_deg_s: float = 5.0
    still_s: float = 1.0
    hole_s: float = 1.0
    longest_s: float = 300.0


@dataclass(frozen=True, slots=True)
class AngleRows:
    """A block for the detector: smoothed angle (n,) in rad at ``time_s``, known at ``known_s`` by record ``order``."""

    time_s: FloatArray
    known_s: FloatArray
    angle_rad: FloatArray
    flags: FlagArray
    order: IntArray


@dataclass(frozen=True, slots=True)
class RepRows:
    """What the detector says of a block: events in time order, and per row whether a candidate was open."""

    events: tuple[Event, ...]
    in_rep: BoolArray


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
        self._rerise = params.rerise_deg * RAD_PER_DEG
        self._still = params.still_deg_s * RAD_PER_DEG
        target = None if targets.angle_deg is None else targets.angle_deg * RAD_PER_DEG
        self._hold = HoldTimer(target, hold_params or HoldParams())
        self._count = 0
        self._best_rad: float | None = None
        self._start: float | None = None  # start level, rad; None = no row seen since the last offset
        self._trail: list[tuple[float, float, int]] = []  # (time, angle, flags) since the angle last was at its start
        self._open = False
        self._peak = (0.0, 0.0)  # (time, angle) of the running maximum
        self._low = (0.0, 0.0)  # (time, angle) of the lowest point since the peak
        self._low_index = 0
        self._peak_speed = 0.0
        self._still_since: float | None = None
        self._last: tuple[float, float] | None = None

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of rows; returns events and the open state of each row."""
        events: list[Event] = []
        in_rep = np.zeros(len(rows.time_s), np.bool_)
        for i, (t, known, a, flags, order) in enumerate(
            zip(
                rows.time_s.tolist(),
                rows.known_s.tolist(),
                rows.angle_rad.tolist(),
                rows.flags.tolist(),
                rows.order.tolist(),
                strict=True,
            )
        ):
            if self._last is not None and t - self._last[0] > self._p.hole_s:
                self._leave(known, order, "gap", events)
            if self._open:
                self._follow(t, known, a, flags, order, events)
            else:
                self._wait(t, known, a, flags, order, events)
            self._last = (t, a)
            in_rep[i] = self._open
        return RepRows(tuple(events), in_rep)

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """End the stream: an open candidate closes with the reason "ended"; rows that follow begin anew."""
        events: list[Event] = []
        self._leave(known_s, order, "ended", events)
        return tuple(events)

    def _leave(self, known: float, order: int, reason: str, events: list[Event]) -> None:
        """Close what is open at the last row seen and forget the start level: what comes next begins anew."""
        if self._open and self._last is not None:
            self._close(*self._last, len(self._trail), known, order, events, cut_off=reason)
        self._start = None
        self._last = None
        self._trail.clear()

    # --- between repetitions ---

    def _wait(self, t: float, known: float, a: float, flags: int, order: int, events: list[Event]) -> None:
        start = self._start
        # the onset level is at least start + edge * min_rom: rows before the last one below it are never needed
        if start is None or a <= start + self._p.edge * self._p.min_rom_deg * RAD_PER_DEG:
            self._trail.clear()
        self._trail.append((t, a, flags))
        if start is None or a < start:
            self._start = a
            return
        if t - self._trail[0][0] > self._p.longest_s:
            del self._trail[0]
        if a - start >= self._rise:
            self._open = True
            self._peak = self._low = (t, a)
            self._low_index = len(self._trail) - 1
            self._peak_speed = 0.0
            self._still_since = None
            events.append(RepStarted(order, self._sensor, known, self._count + 1))

    # --- inside a candidate ---

    def _follow(self, t: float, known: float, a: float, flags: int, order: int, events: list[Event]) -> None:
        start, (_, peak) = self._start or 0.0, self._peak
        before_t, before_a = self._last or (t, a)
        speed = (a - before_a) / (t - before_t) if t > before_t else 0.0
        self._trail.append((t, a, flags))
        self._peak_speed = max(self._peak_speed, abs(speed))
        if a > peak:
            self._peak = self._low = (t, a)
            self._low_index = len(self._trail) - 1
            peak = a
        elif a < self._low[1]:
            self._low = (t, a)
            self._low_index = len(self._trail) - 1
        for what, value in self._hold.update(t, a, speed):
            if what == "started":
                events.append(HoldStarted(order, self._sensor, known, self._count + 1, value))
            else:
                events.append(HoldEnded(order, self._sensor, known, self._count + 1, value))
        rom = peak - start
        if a <= start + self._p.edge * rom:
            self._close(t, a, len(self._trail), known, order, events, crossed=True)
            return
        back = peak - self._low[1]
        if back >= self._p.valley * rom and a - self._low[1] >= self._rerise:
            self._close(*self._low, self._low_index + 1, known, order, events)
            return
        if abs(speed) > self._still or peak - a < self._p.returned * rom:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = t
        elif t - self._still_since >= self._p.still_s:
            self._close(*self._low, self._low_index + 1, known, order, events)
            return
        if t - self._trail[0][0] > self._p.longest_s:
            self._close(t, a, len(self._trail), known, order, events)

    def _close(
        self,
        end_t: float,
        end_a: float,
        length: int,
        known: float,
        order: int,
        events: list[Event],
        *,
        crossed: bool = False,
        cut_off: str = "",
    ) -> None:
        """End the candidate at its ``length``-th trail row; what came after it starts the next one."""
        start, (peak_t, peak) = self._start or 0.0, self._peak
        trail, rest = self._trail[:length], self._trail[length:]
        rom = peak - start
        level = start + self._p.edge * rom
        for hold in self._hold.close(end_t):
            events.append(HoldEnded(order, self._sensor, known, self._count + 1, hold))
        onset = _onset(trail, level, peak_t)
        if crossed and len(trail) > 1:
            end_t = _crossing(trail[-2], trail[-1], level)
        if rom * DEG_PER_RAD < self._p.min_rom_deg:
            reason = f"range {rom * DEG_PER_RAD:.1f} deg is below {self._p.min_rom_deg:g} deg"
            events.append(RepRejected(order, self._sensor, known, onset, peak * DEG_PER_RAD, reason))
        else:
            self._count += 1
            self._best_rad = peak if self._best_rad is None else max(self._best_rad, peak)
            seen = 0
            for _, _, flags in trail:
                seen |= flags
            reason = "gap" if seen & Flag.SETTLING else "clipped" if seen & Flag.CLIPPED else cut_off
            rep = self._describe(trail, start, onset, end_t, reason, incomplete=not (crossed or cut_off))
            events.append(RepDone(order, self._sensor, known, rep))
        self._hold.reset()
        self._open = False
        self._start = end_a
        self._trail = [trail[-1]] if trail else []
        self._last = (self._trail[-1][0], self._trail[-1][1]) if self._trail else None
        # rows after a valley have been seen already: they open the next candidate, known now
        for t, a, flags in rest:
            if self._open:
                self._follow(t, known, a, flags, order, events)
            else:
                self._wait(t, known, a, flags, order, events)
            self._last = (t, a)

    def _describe(
        self,
        trail: list[tuple[float, float, int]],
        start: float,
        onset: float,
        end_t: float,
        reason: str,
        incomplete: bool,
    ) -> Rep:
        peak_t, peak = self._peak
        held = self._hold.longest
        reference = peak if self._best_rad is None else self._best_rad
        if self._targets.angle_deg is not None:
            reference = self._targets.angle_deg * RAD_PER_DEG
        top = reference - END_RANGE_DEG * RAD_PER_DEG
        in_top = sum(b[0] - a[0] for a, b in itertools.pairwise(trail) if a[1] >= top)
        faults = []
        if self._targets.angle_deg is not None and peak * DEG_PER_RAD < self._targets.angle_deg:
            faults.append("short_of_target")
        if self._targets.hold_s > 0 and (held is None or held[1] - held[0] < self._targets.hold_s):
            faults.append("hold_short")
        if incomplete:
            faults.append("incomplete_return")
        return Rep(
            side=self._side,
            rep=self._count,
            start_s=onset,
            hold_start_s=None if held is None else held[0],
            peak_s=peak_t,
            hold_end_s=None if held is None else held[1],
            end_s=end_t,
            start_deg=start * DEG_PER_RAD,
            peak_deg=peak * DEG_PER_RAD,
            rom_deg=(peak - start) * DEG_PER_RAD,
            peak_sd_deg=None,
            descent_s=(peak_t if held is None else held[0]) - onset,
            hold_s=0.0 if held is None else held[1] - held[0],
            ascent_s=end_t - (peak_t if held is None else held[1]),
            end_range_s=in_top,
            peak_velocity_deg_s=self._peak_speed * DEG_PER_RAD,
            scored=not reason,
            faults=tuple(faults),
            reason=reason,
        )


END_RANGE_DEG = 2.0
"""Time at end range counts rows within this many degrees of the target or the own best (the column's definition)."""


def _crossing(a: tuple[float, float, int], b: tuple[float, float, int], level: float) -> float:
    """Time at which the line from row a to row b meets ``level``."""
    if a[1] == b[1]:
        return b[0]
    return a[0] + (b[0] - a[0]) * min(1.0, max(0.0, (level - a[1]) / (b[1] - a[1])))


def _onset(trail: list[tuple[float, float, int]], level: float, peak_s: float) -> float:
    """Last upward crossing of ``level`` before the peak; the first known row where there is none."""
    onset = trail[0][0]
    for a, b in itertools.pairwise(trail):
        if b[0] > peak_s:
            break
        if a[1] <= level < b[1]:
            onset = _crossing(a, b, level)
    return onset
