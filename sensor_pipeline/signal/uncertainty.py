"""How far the stated peak angle may be off: one standard deviation from zero, axis, sensor, filter, motion and gaps.

In: a repetition, its mounting, its bridged rows. Out: ``peak_sd_deg``. Must not live here: what is printed with it.

The model: a sensor with a consumer chip's errors, a snug strap, a shin that is rigid under it. What is not in it:
whether the heel lifts, where on the shin the strap sits, how far skin and muscle carry the sensor along. Its parts add
as squares. 1.96 of it are the 95 % interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.types import BoolArray, FloatArray, Mounting, Rep


@dataclass(frozen=True, slots=True)
class UncertaintyParams:
    """The sensor and strap model behind the standard deviation; each one standard deviation.

    Attributes:
        acc_bias_g: bias of each accelerometer axis, g. 10 mg: a consumer chip after its factory calibration. At rest it
            turns "up" by as much, otherwise at the top than at the zero.
        acc_scale: error of each accelerometer axis' scale, as a part. 0.5 %, as above.
        gyr_scale: error of the gyroscope's scale, as a part: 0.5 %, as above.
        settle_s: time constant with which the orientation filter follows the accelerometer, s: vqf's default
            ``tauAcc``, whose second-order low-pass has come to 9, 28, 49 and 93 % of a step after 1, 2, 3 and 6 s. So a
            quick lunge is measured by the gyroscope, the end of a long hold by the accelerometer.
        motion_deg: what sway, tremor and knocks leave in the largest of the smoothed angles, deg. Spread of the error
            between repetitions of one simulated person.
        strap_deg: rocking of a snug strap at the largest lean, deg. A loose one rocks by 0.7 deg: that is not covered.
        gap_part: error of the angle over a bridged hole of d s in a way of T s with the largest speed v:
            ``gap_part v d^3 / T^2``. A straight line through d s of a curve is off by its second derivative d^3 / 12; a
            minimum-jerk way has 32 v / T^2 at most and 20 in the root mean square.
        restart_deg, restart_s: error right after the orientation filter has started anew behind a longer hole, deg, and
            how long it takes to fall to 37 %, s: until then it learns the gyroscope's bias again. Root mean square
            over simulated people with holes (seeds 2001 to 2050): 0.8, 0.6, 0.5 deg after 4, 8 and 15 s.
    """

    acc_bias_g: float = 0.010
    acc_scale: float = 0.005
    gyr_scale: float = 0.005
    settle_s: float = 3.0
    motion_deg: float = 0.05
    strap_deg: float = 0.02
    gap_part: float = 20.0 / 12.0
    restart_deg: float = 1.2
    restart_s: float = 12.0


def peak_sd_deg(
    rep: Rep,
    mounting: Mounting,
    holes_s: tuple[float, ...] = (),
    since_restart_s: float | None = None,
    params: UncertaintyParams = UncertaintyParams(),
) -> float | None:
    """Standard deviation of a repetition's peak angle.

    Args:
        rep: the repetition.
        mounting: that it was measured with.
        holes_s: how long each bridged stretch before its peak is, see :func:`holes`.
        since_restart_s: how long before its peak the orientation filter started anew, None = it did not.
        params: the model.

    Returns:
        Degrees; None where the zero's own error is not known (a stated mounting: then it is the stater's).
    """
    if mounting.zero_sd_deg is None:
        return None
    lean_rad = rep.peak_deg * RAD_PER_DEG
    # how much of the angle the accelerometer has decided by the time of the peak
    leaning_s = max(0.0, rep.peak_s - rep.start_s - 0.5 * rep.descent_s)
    x = leaning_s / params.settle_s
    share = 1.0 - math.exp(-x) * (math.cos(x) + math.sin(x))
    # a bias turns "up" by b cos + b sin of the lean: relative to the zero, 2 b sin(lean / 2) for two equal biases
    bias = 2.0 * params.acc_bias_g * math.sin(abs(lean_rad) / 2.0)
    scale = math.sqrt(0.5) * params.acc_scale * math.sin(2.0 * abs(lean_rad))
    acc_deg = share * math.hypot(bias, scale) * DEG_PER_RAD
    gyr_deg = (1.0 - share) * params.gyr_scale * abs(rep.peak_deg)
    way_s = max(rep.descent_s, 0.1)
    gap_deg = math.hypot(*(params.gap_part * rep.peak_velocity_deg_s * d * d * d / (way_s * way_s) for d in holes_s))
    anew_deg = 0.0
    if since_restart_s is not None:
        anew_deg = params.restart_deg * math.exp(-since_restart_s / params.restart_s)
    return math.hypot(
        mounting.zero_sd_deg,
        # an axis off by a turn shows the cosine of it
        0.5 * abs(rep.peak_deg) * ((mounting.axis_sd_deg or 0.0) * RAD_PER_DEG) ** 2,
        acc_deg,
        gyr_deg,
        gap_deg,
        anew_deg,
        params.motion_deg,
        params.strap_deg,
    )


def holes(time_s: FloatArray, bridged: BoolArray) -> tuple[float, ...]:
    """How long each stretch of bridged rows is, from the last good row before to the first one after it, s.

    Args:
        time_s: (n,) row times.
        bridged: (n,) whether a row was filled in.
    """
    if not bridged.any():
        return ()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], bridged, [False])).astype(np.int8)))
    last = len(time_s) - 1
    return tuple(
        float(time_s[min(end, last)] - time_s[max(begin - 1, 0)])
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )
