"""THE page on axes, signs, units, gravity and angle formulas. Everything else links here.

In: arrays in SI units. Out: arrays in SI units. Must not live here: state, thresholds, anything about time.

Units
    SI inside (m/s^2, rad/s, rad, s). Degrees appear only in ``*_deg`` columns, on the command line and on pages.
Acceleration
    Specific force: a sensor at rest reads +1 g along "up".
Quaternions
    (w, x, y, z), rotate sensor vectors into the earth frame, earth z points up.
Sensor frame
    The chip's own axes as its data sheet draws them.
Shin frame
    x anterior (forwards), y to the person's left, z up the tibia. Right-handed. z = "up" at the standing pose.

Angles, from u = "up" seen in the shin frame:

==============  ==========================================  =======================================
angle           formula                                     positive when
==============  ==========================================  =======================================
dorsiflexion    atan2(-u_x, u_z)                            the knee moves forwards over the toes
frontal         +asin(u_y) left leg, -asin(u_y) right leg   the knee moves towards the midline
axial           -twist about z left leg, +twist right leg   the shin rotates internally
==============  ==========================================  =======================================

0 is the standing pose. The twist is the z part of the swing-twist split of the rotation since the last rest.
``MOVEMENTS`` holds the same table as data: a test turns a leg by each row and checks the sign, both legs.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Side

FloatArray = NDArray[np.float64]

G_M_S2: Final = 9.80665
"""Standard gravity in m/s^2 (CGPM 1901; exact). The only place in the project where it is written down."""
RAD_PER_DEG: Final = math.pi / 180.0
DEG_PER_RAD: Final = 180.0 / math.pi

ANTERIOR: Final = (1.0, 0.0, 0.0)
LEFT: Final = (0.0, 1.0, 0.0)
UP: Final = (0.0, 0.0, 1.0)

Rotation = tuple[float, float, float, float, float, float, float, float, float]
"""A 3x3 rotation matrix by rows: sensor axes to shin axes, ``shin = R sensor``."""
IDENTITY: Final[Rotation] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


class Movement(NamedTuple):
    """One row of the sign table: a rotation of the shin about a shin axis, and the sign it must give."""

    name: str
    angle: str  # dorsiflexion | frontal | axial
    axis: tuple[float, float, float]  # right-handed rotation of the leg about this shin axis
    sign_left: int  # sign of the angle for the left leg
    sign_right: int


MOVEMENTS: Final = (
    Movement("knee forwards over the toes", "dorsiflexion", LEFT, +1, +1),
    Movement("knee backwards", "dorsiflexion", (0.0, -1.0, 0.0), -1, -1),
    Movement("knee to the person's right", "frontal", ANTERIOR, +1, -1),
    Movement("knee to the person's left", "frontal", (-1.0, 0.0, 0.0), -1, +1),
    Movement("shin turns to the person's right", "axial", (0.0, 0.0, -1.0), +1, -1),
    Movement("shin turns to the person's left", "axial", UP, -1, +1),
)


def medial_sign(side: Side) -> float:
    """Sign that turns "towards the person's right" into "towards the midline": +1 left leg, -1 right leg."""
    return 1.0 if side == "left" else -1.0


def up_in_sensor(quat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Earth's "up" seen in the sensor frame.

    Args:
        quat: (n, 4) unit quaternions w, x, y, z, sensor to earth.

    Returns:
        Three (n,) arrays: the components of the unit vector "up" along the sensor's x, y and z.
    """
    w, x, y, z = quat[:, 0], quat[:, 1], quat[:, 2], quat[:, 3]
    return 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)


def rotate(
    rotation: Rotation, x: FloatArray, y: FloatArray, z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rotate component arrays (n,) by a 3x3 matrix, elementwise (no dot: rows must not depend on their block)."""
    r = rotation
    return (
        r[0] * x + r[1] * y + r[2] * z,
        r[3] * x + r[4] * y + r[5] * z,
        r[6] * x + r[7] * y + r[8] * z,
    )


def dorsiflexion_rad(u_x: FloatArray, u_z: FloatArray) -> FloatArray:
    """Dorsiflexion (n,) in rad from "up" in the shin frame; see the table at the top."""
    return np.arctan2(-u_x, u_z)


def frontal_rad(u_y: FloatArray, side: Side) -> FloatArray:
    """Frontal tilt (n,) in rad, positive with the knee towards the midline."""
    return medial_sign(side) * np.arcsin(np.minimum(np.maximum(u_y, -1.0), 1.0))


def lean_few(quat: FloatArray, rotation: tuple[float, ...], *, tilt_only: bool) -> FloatArray:
    """Dorsiflexion, or with ``tilt_only`` the unsigned tilt, of the rows of a packet (n, 4), (n,) in rad.

    The formulas of :func:`up_in_sensor`, :func:`rotate`, :func:`dorsiflexion_rad` and :func:`tilt_rad`, bit for bit:
    the factor 2 stands with the rotation, where it changes no rounding. For a few rows numpy's cost per call would
    exceed that of the arithmetic.
    """
    a, b, c, d, e, f, g, h, i = rotation
    g, h = 2.0 * g, 2.0 * h
    far: list[float] = []
    near: list[float] = []
    if tilt_only:
        a, b, d, e = 2.0 * a, 2.0 * b, 2.0 * d, 2.0 * e
        for w, x, y, z in quat.tolist():
            p, q, r = x * z - w * y, y * z + w * x, 1.0 - 2.0 * (x * x + y * y)
            u_x, u_y = a * p + b * q + c * r, d * p + e * q + f * r
            far.append(math.sqrt(u_x * u_x + u_y * u_y))
            near.append(g * p + h * q + i * r)
    else:
        a, b = 2.0 * a, 2.0 * b
        for w, x, y, z in quat.tolist():
            p, q, r = x * z - w * y, y * z + w * x, 1.0 - 2.0 * (x * x + y * y)
            far.append(-(a * p + b * q + c * r))
            near.append(g * p + h * q + i * r)
    n = len(far)
    both: FloatArray = np.array(far + near)
    lean_rad: FloatArray = np.arctan2(both[:n], both[n:])
    return lean_rad


def tilt_rad(u_x: FloatArray, u_y: FloatArray, u_z: FloatArray) -> FloatArray:
    """Unsigned angle (n,) in rad between "up" and the shin's z: what a pose alone can give."""
    return np.arctan2(np.sqrt(u_x * u_x + u_y * u_y), u_z)


def axial_rad(twist_z: FloatArray, twist_w: FloatArray, side: Side) -> FloatArray:
    """Axial rotation (n,) in rad, positive internal, from the z and w parts of the rotation since the last rest.

    Args:
        twist_z: (n,) z component, in the shin frame, of conj(q_rest) * q.
        twist_w: (n,) its w component.
        side: which leg.
    """
    turn = 2.0 * np.arctan2(twist_z, twist_w)
    wrapped = turn - 2.0 * math.pi * np.round(turn / (2.0 * math.pi))
    return -medial_sign(side) * wrapped


def shin_axes(up: tuple[float, float, float], left: tuple[float, float, float]) -> Rotation:
    """Sensor-to-shin rotation from "up" at the standing pose and the approximate mediolateral axis.

    Args:
        up: "up" in the sensor frame while standing; need not be a unit vector.
        left: the direction of the person's left in the sensor frame; only its part orthogonal to ``up`` is used.

    Returns:
        The rotation by rows: rows are the shin's x, y and z in sensor axes.

    Raises:
        ValueError: the two directions are parallel or zero.
    """
    z = _unit(up)
    along = sum(a * b for a, b in zip(left, z, strict=True))
    y = _unit((left[0] - along * z[0], left[1] - along * z[1], left[2] - along * z[2]))
    x = (y[1] * z[2] - y[2] * z[1], y[2] * z[0] - y[0] * z[2], y[0] * z[1] - y[1] * z[0])
    return (*x, *y, *z)


def parse_axes(text: str) -> Rotation:
    """Read a known mounting: which sensor axis points forwards, left and up, for example ``+x,+y,+z`` or ``-z,+y,+x``.

    Raises:
        UserError: not three signed axes, or not a right-handed set; the message names what is wrong.
    """
    rows: list[tuple[float, float, float]] = []
    parts = [part.strip().lower() for part in text.split(",")]
    if len(parts) != 3:
        raise UserError(
            f"--mounting {text!r}: needs three axes, forwards,left,up, for example '+x,+y,+z'; got {len(parts)}"
        )
    for part in parts:
        axis = part.lstrip("+-")
        if axis not in ("x", "y", "z") or len(part) - len(axis) > 1:
            raise UserError(f"--mounting {text!r}: {part!r} is no axis; use one of +x -x +y -y +z -z")
        sign = -1.0 if part.startswith("-") else 1.0
        rows.append((sign * (axis == "x"), sign * (axis == "y"), sign * (axis == "z")))
    (a, b, c), (d, e, f), (g, h, i) = rows
    if a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) != 1.0:
        raise UserError(f"--mounting {text!r}: forwards, left, up must be three axes, right-handed; flip a sign")
    return (a, b, c, d, e, f, g, h, i)


def _unit(v: tuple[float, float, float]) -> tuple[float, float, float]:
    norm = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    if not norm > 1e-9:
        raise ValueError(f"no direction: {v} has length {norm}")
    return (v[0] / norm, v[1] / norm, v[2] / norm)
