"""Did the heel lift? The ankle's rise in a repetition, beyond what the person's own flat repetitions show.

In: rows of finished repetitions, the first of which somebody watched the heel in. Out: :class:`Finding`. Must not live
here: what a lift does to a score.

A sensor at rest feels its tilt only: how high the heel is cannot be seen. Its rise can, while it happens. Over a window
of T s the vertical acceleration f = u . acc - g ("up" in chip axes times specific force) gives, integrated twice,

    integral of (T/2 - t) f dt  =  rise of the sensor - T/2 (its vertical velocity at both ends).

With the foot flat the sensor turns about the ankle: its height is u . p and its velocity (u x w) . p, with its place p
on the shin. A bias b of the accelerometer adds b . (integral of (T/2 - t) u dt), a scale error the same with u acc. All
that is linear in p, b and the scale errors: nine numbers that the flat repetitions tell, beginning from what they are
for people and chips in general. What is left over is the ankle's own rise: 0.72 of the heel's height.

There are two windows, the end of the way down and the beginning of the way back, each with an end deep in the hold: a
heel that is still rising when the shin has stopped is seen whole.

Limits: a heel that creeps up within a hold, that was up from the start, or in the flat repetitions too, is not seen.
Source: own. The timing of heel rises in walking has been validated from one shin sensor (Salminen 2024, Heliyon
e33546); nothing was found on lunges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2, up_in_sensor
from sensor_pipeline.signal.history import Span
from sensor_pipeline.signal.still_hold import last_still_s
from sensor_pipeline.types import Flag, FloatArray, HeelState, Rep

HEEL_TO_BALL_M: Final = 0.18
"""Heel to the joint of the big toe, about which the foot turns (0.16 to 0.20 m, assumption)."""
ANKLE_PART: Final = 0.13 / HEEL_TO_BALL_M
"""The ankle's axis is 0.13 m behind that joint: so much of the heel's height is the ankle's (assumption)."""
BRIDGED: Final = np.uint16(Flag.BRIDGED)
UNKNOWNS: Final = 9


@dataclass(frozen=True, slots=True)
class HeelParams:
    """How heel lifts are looked for.

    Attributes:
        lag_s: how far into the hold a window reaches, s (to its middle in a shorter hold): a heel that is still rising
            then would be taken for the sensor's drift.
        window_s: longest window, s: longer ones add drift, shorter ones lose heels that rise slowly.
        least_reps: flat repetitions without which there is no baseline.
        longest_hold_s: a repetition with a longer hold is not checked, s: within the hold nothing can be seen.
        speed_rows_s: velocities at a window's ends are averaged over this time, s: noise of the gyroscope.
        site_m: where the sensor sits before anything is known: forwards, left, up from the ankle, m ...
        site_sd_m: ... and its spread (1 sd), m.
        acc_bias_m_s2, acc_scale: spread (1 sd) of a chip's errors after its factory calibration: 20 mg, 1 %.
        noise_m: what varies between flat repetitions, m (1 sd): arch, skin, sway.
        noise_m_s2: the same as a wrong acceleration: grows with the square of the window.
        noise_reps: the flat repetitions tell the noise, too; this stands for as many values of usual size.
        flagged: from how many standard deviations on a rise is a possible lift: 1 % of the flat repetitions of
            simulated people with the loosest strap and the softest tissue (seeds 5001 to 5030), fewer with better ones.
        flagged_m: and from which height of the heel on, m: a card under the heel is no lift.
    """

    lag_s: float = 0.8
    window_s: float = 2.0
    least_reps: int = 3
    longest_hold_s: float = 8.0
    speed_rows_s: float = 0.06
    site_m: tuple[float, float, float] = (0.045, 0.0, 0.25)
    site_sd_m: tuple[float, float, float] = (0.02, 0.02, 0.06)
    acc_bias_m_s2: float = 0.02 * G_M_S2
    acc_scale: float = 0.01
    noise_m: float = 0.004
    noise_m_s2: float = 0.0005
    noise_reps: float = 6.0
    flagged: float = 2.2
    flagged_m: float = 0.005


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one repetition.

    Attributes:
        state: see :class:`~sensor_pipeline.types.Rep`.
        lift_mm: estimate of the heel's height, None where it was not checked. Its error goes both ways: a flat
            repetition has one below 0 as often as above.
        words: what speaks for a lift, "" without one.
    """

    state: HeelState = "not_checked"
    lift_mm: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """One window's double integral (m), what it depends on (9,), and its length, s."""

    rise_m: float
    terms: FloatArray
    length_s: float


class HeelWatch:
    """Checks the repetitions of one sensor against the flat ones at the beginning of the set."""

    def __init__(self, flat_reps: int, params: HeelParams = HeelParams()) -> None:
        """Args: how many repetitions at the beginning are flat, and how to look."""
        self._flat_reps = flat_reps
        self._p = params
        self._flat: list[tuple[Window, Window]] = []
        self._known: _Known | None = None
        self._lost = False

    def forget(self) -> None:
        """The strap moved, or was put on anew: the baseline means nothing any more."""
        self._lost = True

    def check(self, span: Span, rep: Rep) -> Finding:
        """Look at a repetition that was measured whole; the flat ones of the beginning make the baseline.

        Args:
            span: its rows, from before its onset to its end.
            rep: its phases.

        Returns:
            What is found.
        """
        if self._lost or rep.hold_s > self._p.longest_hold_s:
            return Finding()
        ways = self._ways(span, rep)
        if rep.rep <= self._flat_reps:
            if ways is not None:
                self._flat.append(ways)
            return Finding()
        if self._known is None:
            if len(self._flat) < self._p.least_reps:
                return Finding()
            self._known = _Known(self._flat, span.mounting.rotation, self._p)
        return Finding() if ways is None else self._judged(self._known, ways, rep)

    def _judged(self, known: _Known, ways: tuple[Window, Window], rep: Rep) -> Finding:
        ankle_m, sd_m = known.rise(ways)
        heel_m = ankle_m / ANKLE_PART
        if ankle_m < self._p.flagged * sd_m or heel_m < self._p.flagged_m:
            return Finding("no_lift_seen", 1000.0 * heel_m)
        without_deg = without_lift_deg(rep.peak_deg, heel_m)
        words = (
            f"heel_lift: the ankle rose {1000.0 * ankle_m:.0f} mm more than in your flat repetitions, as with a heel "
            f"{1000.0 * heel_m:.0f} mm high; {rep.peak_deg:.1f} deg would be some {without_deg:.0f} deg without it"
        )
        return Finding("possible_lift", 1000.0 * heel_m, words)

    def _ways(self, span: Span, rep: Rep) -> tuple[Window, Window] | None:
        """The two windows; None where rows in them were filled in, or are missing."""
        p, time_s = self._p, span.time_s
        if rep.hold_start_s is None or rep.hold_end_s is None:
            down_s = back_s = rep.peak_s
        else:
            # the hold ends when the shin is 3 deg on its way back: its still part ends before
            still_s = last_still_s(time_s, span.lean_rad, rep.hold_start_s, rep.hold_end_s, span.rate_hz)
            lag_s = min(p.lag_s, 0.5 * (still_s - rep.hold_start_s))
            down_s, back_s = rep.hold_start_s + lag_s, still_s - lag_s
        edges = time_s.searchsorted((down_s - p.window_s, down_s, back_s, back_s + p.window_s)).tolist()
        first, down, back = edges[0], edges[1], edges[2]
        last = min(edges[3], len(time_s) - 1)
        if down - first < 8 or last - back < 8 or np.count_nonzero(span.flags[first : last + 1] & BRIDGED):
            return None
        return self._window(span, first, down), self._window(span, back, last)

    def _window(self, span: Span, first: int, last: int) -> Window:
        """The double integral over rows first ... last, and what it depends on."""
        rows = slice(first, last + 1)
        time_s = span.time_s[rows]
        length_s = float(time_s[-1] - time_s[0])
        width = np.empty(len(time_s))
        width[1:-1] = 0.5 * (time_s[2:] - time_s[:-2])
        width[0], width[-1] = 0.5 * (time_s[1] - time_s[0]), 0.5 * (time_s[-1] - time_s[-2])
        kernel = (0.5 * (time_s[0] + time_s[-1]) - time_s) * width
        up = np.stack(up_in_sensor(span.quat[rows]))
        along = up * span.acc_m_s2[rows].T
        sums = np.add.reduce(kernel * np.concatenate((along, up, [np.full(len(time_s), G_M_S2)])), axis=1)
        rise_m = float(sums[0] + sums[1] + sums[2] - sums[6])
        turning = self._velocity(span, first) + self._velocity(span, last)
        terms = np.concatenate((up[:, -1] - up[:, 0] - 0.5 * length_s * turning, sums[3:6], sums[:3]))
        return Window(rise_m, terms, length_s)

    def _velocity(self, span: Span, row: int) -> FloatArray:
        """How fast "up" turns in the sensor at a row, (3,) 1/s."""
        half = max(1, round(0.5 * self._p.speed_rows_s * span.rate_hz))
        rows = slice(max(0, row - half), row + half + 1)
        ux, uy, uz = up_in_sensor(span.quat[rows])
        gx, gy, gz = span.gyr_rad_s[rows].T
        turn = np.stack((uy * gz - uz * gy, uz * gx - ux * gz, ux * gy - uy * gx))
        mean: FloatArray = np.add.reduce(turn, axis=1) / turn.shape[1]
        return mean


def without_lift_deg(peak_deg: float, heel_m: float) -> float:
    """Dorsiflexion with the foot's own tilt taken off: the shin leans by as much as the foot does.

    Args:
        peak_deg: shin angle.
        heel_m: height of the heel.
    """
    return peak_deg - math.asin(min(1.0, max(0.0, heel_m) / HEEL_TO_BALL_M)) * DEG_PER_RAD


class _Known:
    """What the flat repetitions tell: place of the sensor, bias, scale errors (9,), and their covariance."""

    def __init__(self, flat: list[tuple[Window, Window]], rotation: tuple[float, ...], params: HeelParams) -> None:
        self._p = params
        r = np.array(rotation).reshape(3, 3)
        site, spread = np.array(params.site_m)[:, None], np.array(params.site_sd_m)[:, None, None]
        self._mean = np.zeros(UNKNOWNS)
        self._mean[:3] = np.add.reduce(r * site, axis=0)
        self._covariance = np.zeros((UNKNOWNS, UNKNOWNS))
        self._covariance[:3, :3] = np.add.reduce(spread * spread * r[:, :, None] * r[:, None, :], axis=0)
        for row in range(3):
            self._covariance[3 + row, 3 + row] = params.acc_bias_m_s2**2
            self._covariance[6 + row, 6 + row] = params.acc_scale**2
        windows = [window for ways in flat for window in ways]
        for window in windows:
            self._learn(window)
        squares = [self._left(window) ** 2 / self._noise(window) for window in windows]
        usual = params.noise_reps
        freedom = usual + max(0.0, len(windows) - 5.0)  # a plane movement shows some five of the nine
        self._factor = (usual + math.fsum(squares)) / freedom

    def rise(self, ways: tuple[Window, Window]) -> tuple[float, float]:
        """The ankle's rise in a repetition and its standard deviation, m: the best mean of up and down."""
        down, back = ways
        over = [self._spread(way) for way in ways]
        a = _sum(down.terms * over[0]) + self._noise(down)
        b = _sum(back.terms * over[0])
        c = _sum(back.terms * over[1]) + self._noise(back)
        # down it rises by h, on the way back by -h: weights (1, -1) S^-1 with S = ((a, b), (b, c))
        total = a + 2.0 * b + c
        rise_m = ((c + b) * self._left(down) - (a + b) * self._left(back)) / total
        return rise_m, math.sqrt((a * c - b * b) / total * self._factor)

    def _learn(self, window: Window) -> None:
        spread = self._spread(window)
        gain = spread / (_sum(window.terms * spread) + self._noise(window))
        self._mean = self._mean + gain * self._left(window)
        self._covariance = self._covariance - gain[:, None] * spread[None, :]

    def _left(self, window: Window) -> float:
        """What a window's double integral is beyond what is known, m."""
        return window.rise_m - _sum(window.terms * self._mean)

    def _spread(self, window: Window) -> FloatArray:
        spread: FloatArray = np.add.reduce(self._covariance * window.terms, axis=1)
        return spread

    def _noise(self, window: Window) -> float:
        drift_m = self._p.noise_m_s2 * window.length_s * window.length_s
        return self._p.noise_m * self._p.noise_m + drift_m * drift_m


def _sum(values: FloatArray) -> float:
    return float(np.add.reduce(values))
