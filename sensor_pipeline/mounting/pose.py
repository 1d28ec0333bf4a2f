"""A checked standing pose: is this stretch of samples a person standing still, and where is "up" in it?

In: sample rows of a stretch. Out: a :class:`Pose` or the reason why it is none. Must not live here: when to look.

Sums run row after row (``cumsum``), so that the result does not depend on how the rows arrived.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2
from sensor_pipeline.types import FloatArray


@dataclass(frozen=True, slots=True)
class PoseParams:
    """What counts as standing still.

    Attributes:
        window_s: length of the pose, s. Three seconds average a breath's sway (protocol "static zero").
        max_gyr_rms_deg_s: largest angular rate about its own mean, rms over the window, deg/s; the mean is taken out,
            because a sensor's bias is no movement. Standing freely, the centre of pressure sways 5.0 +- 2.5 mm rms
            forwards and 3.3 +- 1.1 mm sideways (PMC3966255, table 3): at 0.9 m of height, two standard deviations above
            the mean, 0.64 and 0.35 deg, which the sway model turns into up to 1.5 deg/s (99 % of windows). A slow lunge
            has 4 deg/s. It does not bound the zero's error (``max_drift_deg``, ``sway_sd_deg``): it tells movement from
            standing.
        max_drift_deg: largest angle between "up" in the two halves of the window, deg: beyond it the person has not
            settled yet, or leans over so steadily that the rate about its mean shows nothing. The mean of both halves
            is then off by half of it. At the sway of the mean person above, 99 % of windows stay below 0.75 deg.
        max_gyr_mean_deg_s: largest mean rate, deg/s: above it the person turns steadily, or the gyroscope is faulty.
        max_acc_off_g: largest distance of the mean |acc| from 1 g, in g: beyond it the sensor or its unit is at fault.
        least_s: shortest stated upright interval, s: a breath lasts longer, so less would take sway for the zero.
        max_apart_deg: largest angle between two poses that count as the same, deg. Six standard deviations of standing
            sway (0.25 deg), and what the zero costs is one to one: a lean of 1.5 deg is 1.5 deg in every peak.
        max_lean_deg: a still stretch farther than this from the first pose, deg, is a hold or a seat and no standing:
            it is not compared. The rise that opens a repetition, so that what is no repetition is compared.
        sway_sd_deg: standing sway of the shin, slower than the window, so that a pose cannot show it (1 sd), deg: 4 mm
            rms at the height of the centre of mass, 0.9 m. Part of the stated uncertainty of the zero.
        remind_s: how often a refusal is repeated while no pose is found, s.
    """

    window_s: float = 3.0
    max_gyr_rms_deg_s: float = 1.5
    max_drift_deg: float = 1.0
    max_gyr_mean_deg_s: float = 5.0
    max_acc_off_g: float = 0.05
    least_s: float = 1.0
    max_apart_deg: float = 1.5
    max_lean_deg: float = 8.0
    sway_sd_deg: float = 0.25
    remind_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Pose:
    """A pose that passed.

    Attributes:
        up: mean direction of "up" in chip axes, a unit vector.
        sd_deg: standard deviation of that mean: noise and sway, or half of what lies between the window's halves where
            that is more; of two poses also half of what lies between them.
        gyr_rad_s: mean angular rate in chip axes: nothing turned, so it is the gyroscope's bias.
        gyr_sd_rad_s: standard deviation of one angular rate, rms over the three axes.
    """

    up: tuple[float, float, float]
    sd_deg: float
    gyr_rad_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gyr_sd_rad_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pose that did not pass: ``cause`` is a stable id, the texts are for the person."""

    cause: str
    reason: str
    remedy: str


def judge_pose(acc_m_s2: FloatArray, gyr_rad_s: FloatArray, params: PoseParams) -> Pose | Refusal:
    """Check a stretch of samples as a standing pose.

    Args:
        acc_m_s2: (n, 3) specific force in m/s^2, n >= 1.
        gyr_rad_s: (n, 3) angular rate in rad/s.
        params: thresholds.

    Returns:
        The pose, or why it is refused.
    """
    acc = _mean(acc_m_s2)
    gyr = _mean(gyr_rad_s)
    spread = _mean((gyr_rad_s - np.array(gyr)) ** 2)
    rms_deg_s = math.sqrt(sum(spread)) * DEG_PER_RAD
    mean_deg_s = math.sqrt(sum(v * v for v in gyr)) * DEG_PER_RAD
    half = len(acc_m_s2) // 2
    drift_deg = between_deg(_mean(acc_m_s2[:half]), _mean(acc_m_s2[half:])) if half else 0.0
    if rms_deg_s > params.max_gyr_rms_deg_s:
        return Refusal(
            "moved",
            f"the shin moved: {rms_deg_s:.2f} deg/s rms, at most {params.max_gyr_rms_deg_s:g} is still",
            f"stand tall, weight on both feet, and keep still for {params.window_s:g} s",
        )
    if drift_deg > params.max_drift_deg:
        return Refusal(
            "drifted",
            f"the shin leaned over by {drift_deg:.1f} deg within the pose, at most {params.max_drift_deg:g} is still",
            f"stand tall, weight on both feet, settle, and keep still for {params.window_s:g} s",
        )
    if mean_deg_s > params.max_gyr_mean_deg_s:
        return Refusal(
            "turning",
            f"the gyroscope reads {mean_deg_s:.1f} deg/s while nothing else moves",
            "lay the sensor on a table: if it still reads that, its gyroscope needs calibrating",
        )
    norm = math.sqrt(sum(v * v for v in acc))
    if abs(norm / G_M_S2 - 1.0) > params.max_acc_off_g:
        return Refusal(
            "not_1_g",
            f"the accelerometer reads {norm / G_M_S2:.3f} g at rest, 1 g +- {params.max_acc_off_g * 100:g} % is right",
            "check the sensor's range and unit, or calibrate its accelerometer: a wrong scale bends every angle",
        )
    up = (acc[0] / norm, acc[1] / norm, acc[2] / norm)
    across = acc_m_s2 - np.array(acc)
    spread_acc = _mean(across**2)
    noise_deg = math.sqrt(sum(spread_acc)) / norm * DEG_PER_RAD / math.sqrt(len(acc_m_s2))
    # two values a distance d apart have a mean with the standard deviation d / 2, of which the noise is a part
    sd_deg = max(math.hypot(noise_deg, params.sway_sd_deg), drift_deg / 2.0)
    return Pose(up, sd_deg, gyr, math.sqrt(sum(spread) / 3.0))


def apart_deg(a: Pose, b: Pose) -> float:
    """Angle between "up" of two poses, deg."""
    return between_deg(a.up, b.up)


def between_deg(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """Angle between two vectors, deg."""
    (ax, ay, az), (bx, by, bz) = a, b
    across = math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return math.atan2(across, ax * bx + ay * by + az * bz) * DEG_PER_RAD


def joint_pose(a: Pose, b: Pose) -> Pose:
    """One pose from two that agree: "up" half-way, its standard deviation from their noise and their distance.

    Two values a distance d apart have a mean with the standard deviation d / 2; the noise of both is added to it.
    """
    x, y, z = (p + q for p, q in zip(a.up, b.up, strict=True))
    norm = math.hypot(x, y, z)
    sd_deg = math.hypot(a.sd_deg, b.sd_deg, apart_deg(a, b)) / 2.0
    return Pose((x / norm, y / norm, z / norm), sd_deg, b.gyr_rad_s, max(a.gyr_sd_rad_s, b.gyr_sd_rad_s))


def _mean(rows: FloatArray) -> tuple[float, float, float]:
    totals = np.cumsum(rows, axis=0)[-1] / len(rows)
    return (float(totals[0]), float(totals[1]), float(totals[2]))
