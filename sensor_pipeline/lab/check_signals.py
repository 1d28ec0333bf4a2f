"""The signals an algorithm is checked on: lunges as an angle and as a sensor's rows, made from a formula and a seed.

In: nothing. Out: rows, the same every time. Must not live here: laws.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.signal.reps import AngleRows
from sensor_pipeline.types import Flag, FloatArray

RATE_HZ: Final = 100.0
REPS: Final = 4
STAND_S: Final = 2.0
REP_S: Final = 4.0
PERIOD_S: Final = 6.0
PEAK_DEG: Final = 38.0
HOLE_S: Final = (STAND_S + 2 * PERIOD_S + 1.5, STAND_S + 2 * PERIOD_S + 2.7)
"""The hole of :func:`lunge_angle_with_hole`: over the peak of the third lunge, longer than any gap that is filled."""
SWAY_DEG: Final = 0.2
"""Standard deviation of the noise on the angle: what is left of standing sway after smoothing (own choice)."""
KNOWN_AFTER_S: Final = 0.05
"""The smoothed angle of a row becomes known that much later (:mod:`sensor_pipeline.signal.lowpass`)."""


def _course(time_s: FloatArray) -> FloatArray:
    phase = np.clip(np.mod(time_s - STAND_S, PERIOD_S) / REP_S, 0.0, 1.0) * (time_s >= STAND_S)
    return PEAK_DEG * RAD_PER_DEG * np.sin(math.pi * phase) ** 2


def _grid() -> FloatArray:
    return np.arange(int((STAND_S + REPS * PERIOD_S) * RATE_HZ)) / RATE_HZ


def lunge_angle() -> AngleRows:
    """Four lunges of 38 deg with two seconds of standing between, as a detector gets them: 2600 rows."""
    time_s = _grid()
    angle = _course(time_s) + np.random.default_rng(1).normal(0.0, SWAY_DEG * RAD_PER_DEG, len(time_s))
    n = len(time_s)
    return AngleRows(time_s, time_s + KNOWN_AFTER_S, angle, np.zeros(n, np.uint16), np.arange(n, dtype=np.int64) // 4)


def lunge_angle_with_hole() -> AngleRows:
    """The same without the rows in ``HOLE_S``; after it rows are flagged as settling, as the pipeline does."""
    whole = lunge_angle()
    kept = (whole.time_s < HOLE_S[0]) | (whole.time_s >= HOLE_S[1])
    flags = whole.flags.copy()
    after = whole.time_s >= HOLE_S[1]
    flags[after & (whole.time_s < HOLE_S[1] + 2.0)] |= np.uint16(Flag.SETTLING)
    return AngleRows(whole.time_s[kept], whole.known_s[kept], whole.angle_rad[kept], flags[kept], whole.order[kept])


def odd_angle() -> AngleRows:
    """Angles as no leg moves: constant, steps, half a turn, a spike, 600 rows."""
    angle = np.zeros(600)
    angle[100:200] = math.pi
    angle[200:300] = -math.pi
    angle[350] = 1.5
    angle[400:] = np.tile([0.0, 1.0], 100)
    time_s = np.arange(600) / RATE_HZ
    flags = np.full(600, int(Flag.CLIPPED | Flag.BRIDGED | Flag.TILT_ONLY), np.uint16)
    return AngleRows(time_s, time_s + KNOWN_AFTER_S, angle, flags, np.arange(600, dtype=np.int64))


def lunge_sensor_rows() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Angular rate (n, 3) rad/s, specific force (n, 3) m/s^2 and spacing (n,) s of a sensor turned by the lunges.

    The spacing varies by a few percent as a device's clock does.
    """
    time_s = _grid()
    angle = _course(time_s)
    n = len(time_s)
    rng = np.random.default_rng(2)
    rate = np.gradient(angle, 1.0 / RATE_HZ)
    gyr = np.column_stack((np.zeros(n), rate, np.zeros(n))) + rng.normal(0.0, 0.002, (n, 3))
    acc = G_M_S2 * np.column_stack((-np.sin(angle), np.zeros(n), np.cos(angle))) + rng.normal(0.0, 0.02, (n, 3))
    return gyr, acc, (1.0 + rng.uniform(-0.03, 0.03, n)) / RATE_HZ


def odd_sensor_rows() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Finite rows as no leg makes them: zeros (no direction), free fall, 16 g, 2000 deg/s, 400 rows."""
    gyr, acc = np.zeros((400, 3)), np.zeros((400, 3))
    acc[50:150] = (0.0, 0.0, G_M_S2)
    gyr[150:200] = (0.0, 2000.0 * RAD_PER_DEG, 0.0)
    acc[200:250] = (16.0 * G_M_S2, -16.0 * G_M_S2, 16.0 * G_M_S2)
    acc[250:300] = (0.0, 0.0, -G_M_S2)
    acc[300:350] = 1e-9
    return gyr, acc, np.full(400, 1.0 / RATE_HZ)
