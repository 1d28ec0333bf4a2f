"""One repetition measured between two times that a person gave, by the definitions of the online detector.

In: stored sample rows of one leg and an interval. Out: a :class:`~sensor_pipeline.types.Rep`. Must not live here: a
definition of its own (smoothing, hold and thresholds are the core's), files, what is done with the result.

What the detector knows only while it runs is measured from the stored angle instead, which has single precision: equal
to the detector's own figures to about 1e-5 deg. Onset and offset are the person's. What is not measured here is null.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.recording.edits import EDITED
from sensor_pipeline.signal.candidate import lead
from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.hold import HoldParams, HoldTimer
from sensor_pipeline.signal.lowpass import Lowpass, LowpassParams
from sensor_pipeline.signal.reps import RepParams
from sensor_pipeline.types import BoolArray, Flag, FlagArray, FloatArray, Rep, Side, Targets

MIN_ROWS: Final = 5
"""Fewest rows of angle in a repetition: with fewer neither a peak nor a speed means anything (own choice)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a session was measured with: nominal rate in Hz, targets, and the stages' parameters."""

    rate_hz: float
    targets: Targets
    reps: RepParams
    hold: HoldParams
    lowpass: LowpassParams


@dataclass(frozen=True, slots=True)
class AngleTrack:
    """The stored rows of one leg.

    Attributes:
        side: the leg.
        time_s: (n,) session time, strictly rising.
        dorsiflexion_deg: (n,) stored angle; where ``known`` is False it means nothing.
        known: (n,).
        flags: (n,) bits of :class:`~sensor_pipeline.types.Flag`.
        mounting_starts_s: when each mounting began to hold: angles before and after mean different things.
    """

    side: Side
    time_s: FloatArray
    dorsiflexion_deg: FloatArray
    known: BoolArray
    flags: FlagArray
    mounting_starts_s: tuple[float, ...]


def measure(
    track: AngleTrack,
    rules: Rules,
    number: int,
    start_s: float,
    end_s: float,
    *,
    what: str,
    before_s: float,
    best_deg: float | None,
) -> Rep:
    """Measure the repetition in [start_s, end_s).

    Args:
        track: rows of its leg.
        rules: of the session.
        number: it will carry.
        start_s, end_s: as the person gave them, session time.
        what: how it came to be (added, split ...); goes into ``reason`` behind "edited: ".
        before_s: offset of the repetition before it: the start level is looked for since then, as the detector does.
        best_deg: best peak of the earlier repetitions, for the time at end range without a target; None = none.

    Raises:
        UserError: no interval, not all of it has an angle, a mounting began in it, or the angle does not rise in it.
    """
    shown = f"{start_s:g}:{end_s:g}"
    if not (math.isfinite(start_s) and math.isfinite(end_s) and start_s < end_s):
        raise UserError(f"{shown}: a repetition needs a start before its end, in seconds of session time")
    inside = (track.time_s >= start_s) & (track.time_s < end_s)
    rows = np.flatnonzero(inside)
    if len(rows) < MIN_ROWS or not track.known[rows].all():
        raise UserError(f"{shown}: {_without_angle(track)}")
    if any(start_s < mounting_s <= end_s for mounting_s in track.mounting_starts_s):
        raise UserError(f"{shown}: a new mounting began in it, angles before and after do not compare; shorten it")
    time_s, angle = _smooth_stretch(track, rules, int(rows[0]), end_s)
    rep_t, rep_a = time_s[(time_s >= start_s) & (time_s < end_s)], angle[(time_s >= start_s) & (time_s < end_s)]
    if len(rep_a) < MIN_ROWS:
        raise UserError(f"{shown}: {_without_angle(track)}")
    top = int(np.argmax(rep_a))
    peak = float(rep_a[top])
    way_out = (time_s >= min(before_s, start_s)) & (time_s <= rep_t[top])
    start = _start_level(time_s[way_out], angle[way_out], rules.reps)
    if not peak > start:
        raise UserError(f"{shown}: the angle does not rise in it; give an interval with a movement")
    held, speed = _followed(rep_t, rep_a, start, end_s, rules)
    return _described(
        track, rules, number, (start_s, end_s), (time_s, angle), (start, top), held, speed, what, best_deg
    )


def _without_angle(track: AngleTrack) -> str:
    known = track.time_s[track.known]
    if not len(known):
        return f"the {track.side} leg has no angle in this session: its mounting was not found"
    return (
        f"the {track.side} leg has no angle, or too little of it, in that interval; "
        f"it has one from {known[0]:.2f} to {known[-1]:.2f} s"
    )


def _smooth_stretch(track: AngleTrack, rules: Rules, first: int, end_s: float) -> tuple[FloatArray, FloatArray]:
    """Smoothed rows (time, rad) from the last break before row ``first`` to a little after ``end_s``.

    Breaks are where the detector forgets what came before: no angle, another mounting, a hole in time.
    """
    t, starts = track.time_s, np.zeros(len(track.time_s), np.bool_)
    starts[0] = True
    starts[1:] |= np.diff(t) > rules.reps.hole_s
    starts[1:] |= track.known[1:] & ~track.known[:-1]
    for mounting_s in track.mounting_starts_s:
        row = int(np.searchsorted(t, mounting_s, side="left"))
        if row < len(t):
            starts[row] = True
    begin = int(np.flatnonzero(starts[: first + 1])[-1])
    margin_s = 2.0 * rules.lowpass.width_s + 2.0 / rules.rate_hz  # a centred row needs that much after it
    end = int(np.searchsorted(t, end_s + margin_s, side="right"))
    unknown = np.flatnonzero(~track.known[first:end])
    end = first + int(unknown[0]) if len(unknown) else end
    lowpass = Lowpass(rules.rate_hz, rules.lowpass)
    _, centre_s, smooth = lowpass.update(t[begin:end], track.dorsiflexion_deg[begin:end] * RAD_PER_DEG)
    return centre_s, smooth


def _start_level(time_s: FloatArray, angle: FloatArray, params: RepParams) -> float:
    """The start level of a repetition whose peak is the last of these rows, rad."""
    rise, lowest = params.rise_deg * RAD_PER_DEG, float(np.min(angle))
    at_start = int(np.flatnonzero(angle <= lowest + params.edge * rise)[-1])
    risen = np.flatnonzero(angle[at_start:] - lowest >= rise)
    stop = at_start + int(risen[0]) + 1 if len(risen) else len(angle)
    return lead(time_s[at_start:stop].tolist(), angle[at_start:stop].tolist(), lowest, params)[1]


def _followed(
    time_s: FloatArray, angle: FloatArray, start: float, end_s: float, rules: Rules
) -> tuple[tuple[float, float] | None, float]:
    """The longest hold and the largest speed (rad/s), followed from where the detector opens a candidate."""
    target = None if rules.targets.angle_deg is None else rules.targets.angle_deg * RAD_PER_DEG
    risen = np.flatnonzero(angle - start >= rules.reps.rise_deg * RAD_PER_DEG)
    opened = int(risen[0]) if len(risen) else 0
    hold = HoldTimer(target, rules.hold)
    fastest = 0.0
    rows = list(zip(time_s.tolist(), angle.tolist(), strict=True))[opened:]
    for (t0, a0), (t1, a1) in itertools.pairwise(rows):
        speed = (a1 - a0) / (t1 - t0)
        fastest = max(fastest, abs(speed))
        hold.update(t1, a1, speed)
    hold.close(end_s)
    return hold.longest, fastest


def _described(
    track: AngleTrack,
    rules: Rules,
    number: int,
    interval: tuple[float, float],
    smooth: tuple[FloatArray, FloatArray],
    levels: tuple[float, int],
    held: tuple[float, float] | None,
    speed: float,
    what: str,
    best_deg: float | None,
) -> Rep:
    (start_s, end_s), (time_s, angle), (start, top) = interval, smooth, levels
    first = int(np.searchsorted(time_s, start_s, side="left"))
    # one row more than the interval: the crossing that ends a repetition lies between its last row and the next
    after = min(int(np.searchsorted(time_s, end_s, side="left")) + 1, len(time_s))
    rep_t, rep_a = time_s[first:after], angle[first:after]
    course = Course(
        time_s=rep_t.tolist(),
        angle_rad=rep_a.tolist(),
        start_rad=start,
        peak=(float(rep_t[top]), float(rep_a[top])),
        edge=rules.reps.edge,
        crossed=False,  # the end is the person's, not a crossing
        end_s=end_s,
        peak_speed_rad_s=speed,
        hold=held,
    )
    inside = (track.time_s >= start_s) & (track.time_s < end_s)
    spoilt = _spoilt(course, int(np.bitwise_or.reduce(track.flags[inside])), rep_t, rules)
    incomplete = not (rep_a[top:] <= course.level(rules.reps.edge)).any()
    best_rad = None if best_deg is None else best_deg * RAD_PER_DEG
    rep = course.rep(track.side, number, rules.targets, best_rad, spoilt, incomplete=incomplete)
    return dataclasses.replace(
        rep,
        start_s=start_s,
        descent_s=rep.descent_s + rep.start_s - start_s,
        reason=f"{EDITED}: {what}" + (f"; {spoilt}" if spoilt else ""),
    )


def _spoilt(course: Course, flags: int, time_s: FloatArray, rules: Rules) -> str:
    """Why the repetition is not scored, "" where it is."""
    if flags & Flag.SETTLING or _has_hole(time_s, rules):
        return "gap"
    if flags & Flag.CLIPPED:
        return "clipped"
    rom_deg = course.rom_rad * DEG_PER_RAD
    if rom_deg < rules.reps.min_rom_deg:  # a person may count it; it is no measure of the range
        return f"range {rom_deg:.1f} deg is below {rules.reps.min_rom_deg:g} deg"
    return ""


def _has_hole(time_s: FloatArray, rules: Rules) -> bool:
    return bool((np.diff(time_s) > rules.reps.hole_s).any())
