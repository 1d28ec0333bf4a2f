"""Analytic lunges: the rows of one repetition with a known course, as the stages would leave them."""

from dataclasses import replace

import numpy as np

from sensor_pipeline.frames import IDENTITY
from sensor_pipeline.signal.history import Span
from sensor_pipeline.simulate.curve import Curve, Waypoints, zero
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.shank import Pivot, SensorSite, ShankAngles, shank_motion
from sensor_pipeline.types import FloatArray, Mounting, Rep

RATE_HZ = 104.0
SITE = SensorSite(0.045, 0.0, 0.25)
MOUNTING = Mounting("pose+axis", 0.0, IDENTITY, False, 4.0, 0.25)
BEFORE_S = 2.0


def rep_of(
    peak_deg: float = 40.0,
    *,
    down_s: float = 1.6,
    hold_s: float = 2.0,
    back_s: float = 1.4,
    number: int = 1,
    faults: tuple[str, ...] = (),
) -> Rep:
    """A repetition whose onset is where the shin starts to move, at ``BEFORE_S``."""
    top, leave = BEFORE_S + down_s, BEFORE_S + down_s + hold_s
    return Rep(
        side="left",
        rep=number,
        start_s=BEFORE_S,
        hold_start_s=top if hold_s else None,
        peak_s=(top + leave) / 2.0,
        hold_end_s=leave + 0.1 if hold_s else None,
        end_s=leave + back_s,
        start_deg=0.0,
        peak_deg=peak_deg,
        rom_deg=peak_deg,
        peak_sd_deg=None,
        descent_s=down_s,
        hold_s=hold_s,
        ascent_s=back_s,
        end_range_s=None,
        peak_velocity_deg_s=1.9 * peak_deg / min(down_s, back_s),
        scored=True,
        faults=faults,
    )


def span_of(
    rep: Rep,
    *,
    frontal_deg: float = 0.0,
    axial_deg: float = 0.0,
    extra: Curve | None = None,
    lift: HeelLift | None = None,
    bias_m_s2: tuple[float, float, float] = (0.0, 0.0, 0.0),
    site: SensorSite = SITE,
    rate_hz: float = RATE_HZ,
    side: float = 1.0,
) -> Span:
    """Rows of a repetition with exact signals of a sensor whose axes are the shin's."""
    time_s = np.arange(0.0, rep.end_s, 1.0 / rate_hz)
    top = rep.start_s + rep.descent_s
    course = Waypoints((rep.start_s, top, top + rep.hold_s, rep.end_s), (0.0, 1.0, 1.0, 0.0))
    if not rep.hold_s:
        course = Waypoints((rep.start_s, top, rep.end_s), (0.0, 1.0, 0.0))
    share = course.at(time_s)
    lean = share.times(np.radians(rep.peak_deg))
    if extra is not None:
        lean = lean.plus(extra)
    angles = ShankAngles(lean, share.times(np.radians(frontal_deg)), share.times(np.radians(axial_deg)))
    pivot: Pivot | None = None if lift is None else lift.pivot(time_s)
    motion = shank_motion(angles, rep.side, site, pivot)
    return Span(
        time_s,
        motion.gyr_rad_s,
        motion.acc_m_s2 + np.array(bias_m_s2),
        _quaternions(angles, 1.0 if rep.side == "left" else -1.0),
        lean.value,
        np.zeros(len(time_s), np.uint16),
        MOUNTING,
    )


def times_of(rep: Rep, rate_hz: float = RATE_HZ) -> FloatArray:
    """The row times of :func:`span_of`."""
    return np.arange(0.0, rep.end_s, 1.0 / rate_hz)


def flagged(span: Span, begin_s: float, end_s: float, flag: int) -> Span:
    """The same rows with a flag in [begin_s, end_s)."""
    inside = (span.time_s >= begin_s) & (span.time_s < end_s)
    return replace(span, flags=np.where(inside, span.flags | np.uint16(flag), span.flags).astype(np.uint16))


def _quaternions(angles: ShankAngles, medial: float) -> FloatArray:
    """Sensor to earth: the shortest turn that gives "up" its place, after the twist about the shin."""
    d, f, twist = angles.dorsiflexion.value, medial * angles.frontal.value, -medial * angles.axial.value
    up = np.stack((-np.sin(d) * np.cos(f), np.sin(f), np.cos(d) * np.cos(f)), axis=1)
    # q = lean * twist: "up" in the sensor is R^T z; the twist about z comes first from the sensor's side
    s, c = np.sin(twist), np.cos(twist)
    x, y, z = c * up[:, 0] - s * up[:, 1], s * up[:, 0] + c * up[:, 1], up[:, 2]
    w = np.sqrt(0.5 * (1.0 + z))
    lean = np.stack((w, 0.5 * y / w, -0.5 * x / w, np.zeros_like(w)), axis=1)
    half = np.stack((np.cos(twist / 2.0), 0.0 * s, 0.0 * s, np.sin(twist / 2.0)), axis=1)
    return _product(lean, half)


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    w, x, y, z = a.T
    p, q, r, s = b.T
    return np.stack(
        (
            w * p - x * q - y * r - z * s,
            w * q + x * p + y * s - z * r,
            w * r - x * s + y * p + z * q,
            w * s + x * r - y * q + z * p,
        ),
        axis=1,
    )


__all__ = ["BEFORE_S", "RATE_HZ", "SITE", "flagged", "rep_of", "span_of", "times_of", "zero"]
