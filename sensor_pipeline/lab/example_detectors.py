"""Two repetition detectors to learn from: one that breaks the laws, and one, as simple, that keeps them.

In: smoothed angle rows. Out: events. Must not live here: the detector this package uses
(:class:`~sensor_pipeline.signal.reps.RepDetector`), which does much more.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.signal.reps import AngleRows, RepRows
from sensor_pipeline.types import Event, Flag, Rep, RepDone, Side

LEVEL_DEG: Final = 15.0
"""Both examples call it a repetition while the angle is above this: below any lunge, above any sway (own choice)."""
BAD_FLAGS: Final = int(Flag.SETTLING | Flag.CLIPPED)
HOLE_S: Final = 0.5
"""Rows farther apart than this leave open what the leg did (own choice; longer than any gap that is filled)."""


class BlockwiseDetector:
    """Deliberately bad: looks at one block at a time, so that its result depends on how the rows are cut.

    A repetition over the edge of two blocks is lost or counted twice, one over a gap is taken at face value.
    """

    def __init__(self, side: Side = "left", sensor: int = 0) -> None:
        """Args: the leg and the sensor's index."""
        self._side: Side = side
        self._sensor = sensor
        self._count = 0

    def update(self, rows: AngleRows) -> RepRows:
        """Count the stretches of this block that are above the level."""
        above = rows.angle_rad > LEVEL_DEG * RAD_PER_DEG
        edges = np.flatnonzero(np.diff(np.concatenate(([False], above, [False])).astype(np.int8)))
        events: list[Event] = []
        for first, after in edges.reshape(-1, 2).tolist():
            self._count += 1
            last = after - 1
            span = [(t, a) for t, a in zip(rows.time_s[first:after], rows.angle_rad[first:after], strict=True)]
            rep = _rep(self._side, self._count, span, float(rows.time_s[last]), "")
            events.append(RepDone(int(rows.order[last]), self._sensor, float(rows.known_s[last]), rep))
        return RepRows(tuple(events), above)

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """Nothing is kept between blocks, so nothing is left to close."""
        return ()


class LevelDetector:
    """The same idea, kept row by row: what is open is carried to the next block, and a hole is told."""

    def __init__(self, side: Side = "left", sensor: int = 0) -> None:
        """Args: the leg and the sensor's index."""
        self._side: Side = side
        self._sensor = sensor
        self._count = 0
        self._span: list[tuple[float, float]] = []  # (time, angle) of the open repetition's rows
        self._flags = 0  # of these rows together
        self._before_s: float | None = None  # time of the last row

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of rows."""
        events: list[Event] = []
        in_rep = np.zeros(len(rows.time_s), np.bool_)
        columns = (rows.time_s, rows.known_s, rows.angle_rad, rows.flags, rows.order)
        for i, (t, known_s, angle, flags, order) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
            if self._before_s is not None and t - self._before_s > HOLE_S:
                events += self._close(self._before_s, order, known_s, "gap")
            if angle > LEVEL_DEG * RAD_PER_DEG:
                self._span.append((t, angle))
                self._flags |= flags
            else:
                events += self._close(t, order, known_s, "")
            self._before_s = t
            in_rep[i] = bool(self._span)
        return RepRows(tuple(events), in_rep)

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """Close what is open; rows that follow begin anew."""
        end_s, self._before_s = self._before_s, None
        return tuple(self._close(known_s if end_s is None else end_s, order, known_s, "ended"))

    def _close(self, end_s: float, order: int, known_s: float, reason: str) -> list[Event]:
        span, flags = self._span, self._flags
        self._span, self._flags = [], 0
        if len(span) < 2:  # one row above the level is a spike, no movement
            return []
        self._count += 1
        reason = "gap" if flags & BAD_FLAGS else reason
        return [RepDone(order, self._sensor, known_s, _rep(self._side, self._count, span, end_s, reason))]


def _rep(side: Side, number: int, span: list[tuple[float, float]], end_s: float, reason: str) -> Rep:
    """A repetition of the rows above the level: only its times and peak mean something."""
    start_s = span[0][0]
    peak_s, peak = max(span, key=lambda row: row[1])
    return Rep(
        side=side,
        rep=number,
        start_s=start_s,
        hold_start_s=None,
        peak_s=peak_s,
        hold_end_s=None,
        end_s=end_s,
        start_deg=LEVEL_DEG,
        peak_deg=peak * DEG_PER_RAD,
        rom_deg=peak * DEG_PER_RAD - LEVEL_DEG,
        peak_sd_deg=None,
        descent_s=peak_s - start_s,
        hold_s=0.0,
        ascent_s=end_s - peak_s,
        end_range_s=None,
        peak_velocity_deg_s=0.0,
        scored=not reason,
        reason=reason,
    )
