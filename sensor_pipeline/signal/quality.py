"""What a finished repetition says about how it was done: smoothness, steadiness, side movements.

In: the rows of a repetition and its phases. Out: :class:`Measures`. Must not live here: thresholds on the results,
faults, scores.

All angles are changes within the repetition: what a strap adds for good, a baseline takes away (``score``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, medial_sign
from sensor_pipeline.signal.history import Span
from sensor_pipeline.signal.smoothness import LEAST_ROWS, sparc
from sensor_pipeline.signal.still_hold import last_still_s
from sensor_pipeline.types import FloatArray, Mounting, Rep, Side

LEAD_S: Final = 1.5
"""Rows before the onset that belong to the way out: a minimum-jerk way of 5 s has taken 0.95 s to 5 % of its range."""
LEAST_HZ: Final = 25.0
"""Of rows that come faster, only every second, third ... is looked at, so that they still come at this rate: a speed is
then measured over 40 ms, and spectral arc length counts frequencies up to 10 Hz."""
STILL_PART: Final = 0.05
"""A way begins and ends where its speed is this part of its largest: a cut at a speed adds roughness of its own (at the
onset, where a lunge has 30 % of its largest speed: -1.54 instead of -1.40)."""


@dataclass(frozen=True, slots=True)
class QualityParams:
    """How the measures are taken.

    Attributes:
        settle_s: rows this soon after a hold's start and this close before the end of its still part are arriving and
            leaving, s.
        smooth_s: side angles are averaged over this time, s: shorter than any change of direction of a knee, long
            enough that a knock at the wall (some 0.05 s) is no movement.
    """

    settle_s: float = 0.25
    smooth_s: float = 0.25


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one repetition; None where there is nothing to measure.

    Attributes:
        sparc_descent, sparc_ascent: spectral arc length of the speed of each way, at most -1.
        hold_drift_deg: change of the angle over the still part of the hold, by a straight line.
        hold_rms_deg: root mean square about that line.
        frontal_change_deg, axial_change_deg: largest change since the onset with its sign, see frames.
        dip_deg: how far the angle came back, at most, before it rose again.
        missing_deg: how far above its start level the repetition ended.
    """

    sparc_descent: float | None
    sparc_ascent: float | None
    hold_drift_deg: float | None
    hold_rms_deg: float | None
    frontal_change_deg: float | None
    axial_change_deg: float | None
    dip_deg: float
    missing_deg: float


def measure(span: Span, rep: Rep, params: QualityParams = QualityParams()) -> Measures | None:
    """Measure one repetition.

    Args:
        span: its rows, from up to ``LEAD_S`` before its onset to its end.
        rep: its phases.
        params: how.

    Returns:
        The measures; None if the rows do not reach back to its onset or are too few.
    """
    time_s = span.time_s
    if time_s[0] > rep.start_s:
        return None
    every = max(1, int(span.rate_hz / LEAST_HZ))
    time_s, lean_rad = time_s[::every], span.lean_rad[::every]
    n = len(time_s)
    top_s = rep.peak_s if rep.hold_start_s is None else rep.hold_start_s
    left_s = rep.peak_s if rep.hold_end_s is None else rep.hold_end_s
    first, top_first, top_last = time_s.searchsorted((rep.start_s, top_s, left_s)).tolist()
    if n - first < LEAST_ROWS:
        return None
    rate_hz = span.rate_hz / every
    speed = (lean_rad[1:] - lean_rad[:-1]) * rate_hz  # row i: from row i to row i + 1
    lean = lean_rad[first:]
    still_from, still_to = top_first, top_first
    if rep.hold_start_s is not None and rep.hold_end_s is not None:
        still_s = last_still_s(time_s, lean_rad, rep.hold_start_s, rep.hold_end_s, rate_hz)
        edges = (rep.hold_start_s + params.settle_s, still_s - params.settle_s)
        still_from, still_to = time_s.searchsorted(edges).tolist()
    drift_deg, rms_deg = _steadiness(lean_rad[still_from:still_to])
    frontal_deg, axial_deg = _side_changes(span.quat[::every][first:], span.mounting, rep.side, rate_hz, params)
    before, after = np.maximum.accumulate(lean), np.maximum.accumulate(lean[::-1])[::-1]
    return Measures(
        _smoothness(speed, first, top_first, rate_hz),
        _smoothness(-speed[::-1], 0, n - 1 - top_last, rate_hz),
        drift_deg,
        rms_deg,
        frontal_deg,
        axial_deg,
        float((np.minimum(before, after) - lean).max()) * DEG_PER_RAD,
        max(0.0, float(lean[-1]) * DEG_PER_RAD - rep.start_deg),
    )


def _smoothness(speed: FloatArray, begin: int, end: int, rate_hz: float) -> float | None:
    """Arc length of a way whose rows are [begin, end), widened to where its speed has (almost) ended."""
    if end - begin < LEAST_ROWS or not len(speed):
        return None
    floor = STILL_PART * float(speed[begin:end].max())
    if floor <= 0.0:
        return None
    (slow,) = (speed <= floor).nonzero()
    earlier, later = int(slow.searchsorted(begin)), int(slow.searchsorted(end))
    first = int(slow[earlier - 1]) + 1 if earlier else 0
    last = int(slow[later]) if later < len(slow) else len(speed)
    return sparc(np.abs(speed[first:last]), rate_hz)


def _steadiness(angle_rad: FloatArray) -> tuple[float | None, float | None]:
    """Drift and unsteadiness of a hold's still part, deg."""
    n = len(angle_rad)
    if n < LEAST_ROWS:
        return None, None
    angle = angle_rad * DEG_PER_RAD
    row = np.arange(n) - (n - 1) / 2.0
    angle -= angle.mean()
    slope = float((row * angle).sum() / (row * row).sum())
    angle -= slope * row
    return slope * (n - 1), math.sqrt((angle * angle).mean())


def _side_changes(
    quat: FloatArray, mounting: Mounting, side: Side, rate_hz: float, params: QualityParams
) -> tuple[float | None, float | None]:
    """Largest change of the frontal and of the axial angle since the first row, deg; None while there is no axis."""
    if mounting.tilt_only:
        return None, None
    width = min(max(1, round(params.smooth_s * rate_hz)), len(quat))
    frontal_rad, axial_rad = side_turns(quat, mounting.rotation)
    medial = medial_sign(side)
    return _largest(medial * frontal_rad, width), _largest(-medial * axial_rad, width)


def side_turns(quat: FloatArray, rotation: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """Sideways lean and twist of the shin: ``frames.frontal_rad`` and ``axial_rad`` without their side's sign.

    Written as linear and quadratic forms of the quaternion, so that a few array operations do: the numpy calls of the
    general way (``signal.angle``) would cost more than the orientation filter did for these rows.

    Args:
        quat: (n, 4) sensor-to-earth quaternions.
        rotation: sensor to shin axes by rows.

    Returns:
        (n,) sideways lean, rad, positive to the person's right; (n,) twist about the shin since the first row, rad.
    """
    q = np.ascontiguousarray(quat.T)
    _, _, _, d, e, f, g, h, i = rotation
    w, x, y, z = q[:, 0].tolist()
    products = q[FIRST_FACTOR] * q[SECOND_FACTOR]
    products *= np.array((2.0 * d, -2.0 * d, 2.0 * e, 2.0 * e, -2.0 * f, -2.0 * f))[:, None]
    # of conj(first) * quat: the scalar part, and the part along the shin's z
    parts = np.array(
        (
            (w, x, y, z),
            (-g * x - h * y - i * z, g * w - h * z + i * y, g * z + h * w - i * x, -g * y + h * x + i * w),
        )
    )
    cosine, sine = np.add.reduce(parts[:, :, None] * q, axis=1)
    cosine, sine = np.where(cosine < 0.0, -cosine, cosine), np.where(cosine < 0.0, -sine, sine)
    sideways = np.minimum(np.maximum(np.add.reduce(products, axis=0) + f, -1.0), 1.0)
    return np.arcsin(sideways), 2.0 * np.arctan2(sine, cosine)


FIRST_FACTOR: Final = np.array((1, 0, 2, 0, 1, 2))
SECOND_FACTOR: Final = np.array((3, 2, 3, 1, 1, 2))
"""Components of the quaternion whose products make "up" in the sensor: xz, wy, yz, wx, xx, yy."""


def _largest(angle_rad: FloatArray, width: int) -> float:
    """Signed change, of largest size, of the running mean over ``width`` rows since its first value, deg."""
    total = np.concatenate(((0.0,), np.add.accumulate(angle_rad)))
    total = total[width:] - total[:-width]
    low, high = float(total.min() - total[0]), float(total.max() - total[0])
    return (high if high >= -low else low) * (DEG_PER_RAD / width)
