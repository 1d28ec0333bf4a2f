"""A rigid shin that turns about its ankle, which may move: what an ideal sensor on it feels.

In: the three angles of :mod:`sensor_pipeline.frames` with their derivatives, where the ankle is, and where the sensor
sits. Out: angular rate and specific force at the sensor, shin axes, by exact formulas (no numerical differentiation).
Must not live here: who moves and when (person), what a real sensor makes of it (sensor).

With u = "up" in shin axes (du/dt = u x w for an angular rate w):

* dorsiflexion d, frontal f (sign s = ``medial_sign``): u = (-sin d cos f, s sin f, cos d cos f),
* everything across u: a = (du/dt) x u,
* along u: the part that gives the swing-twist angle p about the shin's z its rate. From p = 2 atan2(q_z, q_w) and
  dq/dt = q w / 2 follows dp/dt = w_z + (u_x w_x + u_y w_y) / (1 + u_z), hence w = a + (dp/dt - a_z / (1 + u_z)) u,
* specific force at r: dw/dt x r + w x (w x r) + g u (tangential and centripetal terms, gravity), plus the acceleration
  of the ankle where it moves, turned from earth into shin axes: the twist p about z after the shortest turn that takes
  "up" to its place in shin axes.

The axial angle is counted from the standing pose (no twist), so it equals frames' "since the last rest" as long as the
leg rests there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensor_pipeline.frames import G_M_S2, medial_sign
from sensor_pipeline.simulate.curve import Curve
from sensor_pipeline.types import FloatArray, Side

Components = tuple[FloatArray, FloatArray, FloatArray]


class ShankAngles(NamedTuple):
    """The shin's angles over time, rad, signs as in frames: |dorsiflexion| and |frontal| < pi/2."""

    dorsiflexion: Curve
    frontal: Curve
    axial: Curve


class SensorSite(NamedTuple):
    """Where the sensor sits, m from the ankle's axis in shin axes at the standing pose."""

    anterior_m: float
    left_m: float
    up_m: float


class Pivot(NamedTuple):
    """Where the ankle is, m from where it is at the standing pose; earth axes: forwards, left, up as seen there."""

    forwards: Curve
    left: Curve
    up: Curve


class ShankMotion(NamedTuple):
    """What an ideal sensor feels, shin axes: angular rate (n, 3) rad/s and specific force (n, 3) m/s^2."""

    gyr_rad_s: FloatArray
    acc_m_s2: FloatArray


def shank_motion(angles: ShankAngles, side: Side, site: SensorSite, pivot: Pivot | None = None) -> ShankMotion:
    """Angular rate and specific force at the sensor for given angles.

    Args:
        angles: curves of (n,) rows.
        side: which leg; decides the signs of frontal and axial.
        site: where the sensor sits.
        pivot: where the ankle is, curves of (n,) rows; None = it stands still.

    Returns:
        Rates and specific force in shin axes, exact up to rounding.
    """
    medial = medial_sign(side)
    d, f = angles.dorsiflexion, angles.frontal.times(medial)
    # frames: axial = -medial * twist, so the twist about z is -medial * axial.
    twist = angles.axial.times(-medial)
    sd, cd = _sine(d), _cosine(d)
    sf, cf = _sine(f), _cosine(f)
    ux, uy, uz = sd.product(cf).times(-1.0), sf, cd.product(cf)
    u = (ux.value, uy.value, uz.value)
    du = (ux.rate, uy.rate, uz.rate)
    ddu = (ux.acceleration, uy.acceleration, uz.acceleration)

    across, d_across = _cross(du, u), _cross(ddu, u)
    below = 1.0 + u[2]
    along = twist.rate - across[2] / below
    d_along = twist.acceleration - d_across[2] / below + across[2] * du[2] / (below * below)
    w = tuple(a + along * b for a, b in zip(across, u, strict=True))
    dw = tuple(a + d_along * b + along * c for a, b, c in zip(d_across, u, du, strict=True))

    r = tuple(np.full_like(u[0], metres) for metres in site)
    euler = _cross((dw[0], dw[1], dw[2]), (r[0], r[1], r[2]))
    rate = (w[0], w[1], w[2])
    centripetal = _cross(rate, _cross(rate, (r[0], r[1], r[2])))
    force = [e + c + G_M_S2 * b for e, c, b in zip(euler, centripetal, u, strict=True)]
    if pivot is not None:
        moved = (pivot.forwards.acceleration, pivot.left.acceleration, pivot.up.acceleration)
        force = [a + b for a, b in zip(force, _earth_in_shin(moved, u, twist.value), strict=True)]
    return ShankMotion(np.stack(rate, axis=1), np.stack(force, axis=1))


def _earth_in_shin(earth: Components, u: Components, twist_rad: FloatArray) -> Components:
    """Turn earth axes into shin axes, heading 0 at the standing pose."""
    s, c = np.sin(twist_rad), np.cos(twist_rad)
    # up before the twist about z; the shortest turn from z to it has the closed form below (Rodrigues)
    x, y, z = c * u[0] - s * u[1], s * u[0] + c * u[1], u[2]
    fore, left, up = earth
    share = (x * fore + y * left) / (1.0 + z)
    a, b = fore - x * share + x * up, left - y * share + y * up
    return c * a + s * b, c * b - s * a, z * up - x * fore - y * left


def _cross(a: Components, b: Components) -> Components:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _sine(angle: Curve) -> Curve:
    s, c = np.sin(angle.value), np.cos(angle.value)
    return Curve(s, c * angle.rate, c * angle.acceleration - s * angle.rate * angle.rate)


def _cosine(angle: Curve) -> Curve:
    s, c = np.sin(angle.value), np.cos(angle.value)
    return Curve(c, -s * angle.rate, -s * angle.acceleration - c * angle.rate * angle.rate)
