"""A strap between shin and sensor: soft tissue that wobbles, a strap that sits askew and may slip.

In: a motion of the bone, :class:`StrapParams`. Out: the motion of the sensor. Must not live here: the chip, people.

The sensor is a mass on a damped spring: it moves by y = coupling * x with x'' + 2 z w x' + w^2 x = -f, f the bone's
specific force, so that its own is f + y''. Tilting with y it also turns. A mass on a spring sags: the angle it shows
then differs from the bone's, as on a real shin.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.curve import minimum_jerk
from sensor_pipeline.simulate.shank import ShankMotion
from sensor_pipeline.types import FloatArray

FINE_HZ: Final = 1000.0
"""The spring is computed at least this often: at 12 Hz the trapezoidal rule then errs by 0.05 % (w h)^2 / 12."""
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Slip:
    """The strap slips once: the sensor turns by a small angle and stays there.

    Attributes:
        start_s: when; before 0 the sensor sits askew from the start.
        angle_rad: how far.
        axis: about which axis of the shin, of length 1.
        duration_s: how long it takes.
    """

    start_s: float
    angle_rad: float
    axis: Vector = (0.0, 0.0, 1.0)
    duration_s: float = 0.15

    def __post_init__(self) -> None:
        length = math.sqrt(math.fsum(c * c for c in self.axis))
        if not abs(length - 1.0) <= 1e-9:
            raise UserError(f"slip axis {self.axis}: its length must be 1, is {length:g}")
        if not self.duration_s > 0.0:
            raise UserError(f"slip duration_s {self.duration_s}: must be more than 0")


@dataclass(frozen=True, slots=True)
class StrapParams:
    """How the sensor is held.

    Attributes:
        resonance_hz: of sensor and skin; 8 to 12 Hz (assumption).
        damping: damping ratio, 0 to 1: smaller rings longer.
        coupling: share of the free spring's movement, 0 = rigid, 1 = a mass that nothing else holds.
        tilt_rad_m: how far the sensor rocks for each metre that it moves.
        slips: when the strap slips.
    """

    resonance_hz: float = 12.0
    damping: float = 0.3
    coupling: float = 0.1
    tilt_rad_m: float = 3.0
    slips: tuple[Slip, ...] = ()

    def __post_init__(self) -> None:
        if not 1.0 <= self.resonance_hz <= 50.0:
            raise UserError(f"resonance_hz {self.resonance_hz}: must be 1 to 50 Hz")
        if not 0.0 < self.damping <= 1.0:
            raise UserError(f"damping {self.damping}: must be above 0 and at most 1")
        if not 0.0 <= self.coupling <= 1.0:
            raise UserError(f"coupling {self.coupling}: must be 0 to 1")


STRAPS: Final = {
    "good": StrapParams(),
    "sloppy": StrapParams(resonance_hz=8.0, damping=0.15, coupling=0.6, tilt_rad_m=8.0),
}
"""A snug strap on the bone: it sags by 0.1 mm and rocks by 0.02 deg in a lunge; a loose one: 1.5 mm and 0.7 deg
(assumption: 4 mm of skin movement and 1 deg of rocking are the size of soft-tissue artefacts on the shin)."""


class StrappedMotion:
    """The motion of a sensor on a strap; asked for rising times only, as a chip asks.

    Args:
        params: the strap.
        bone: ideal signals of a sensor fixed to the bone, shin axes, at (n,) times.
    """

    def __init__(self, params: StrapParams, bone: Callable[[FloatArray], ShankMotion]) -> None:
        self._p = params
        self._bone = bone
        self._last_s: float | None = None
        self._fine = 1  # steps of the spring for each row
        self._state: list[tuple[float, float, float]] = []  # of each axis: x, x', the force that drove it

    def __call__(self, time_s: FloatArray) -> ShankMotion:
        """Signals of the sensor in the shin axes of its first mounting, at (n,) rising, evenly spaced times."""
        if not len(time_s):
            return self._bone(time_s)
        motion = self._wobbled(time_s) if self._p.coupling > 0.0 else self._bone(time_s)
        for slip in self._p.slips:
            motion = _slipped(motion, slip, time_s)
        return motion

    def _wobbled(self, time_s: FloatArray) -> ShankMotion:
        p = self._p
        if self._last_s is None:
            spacing_s = float(time_s[1] - time_s[0]) if len(time_s) > 1 else 1.0 / FINE_HZ
            self._last_s = float(time_s[0]) - spacing_s
            self._fine = max(1, math.ceil(spacing_s * FINE_HZ))
        before = np.concatenate(([self._last_s], time_s[:-1]))
        fine = self._fine
        share = np.arange(1, fine + 1) / fine
        times = (before[:, None] + (time_s - before)[:, None] * share[None, :]).reshape(-1)
        force = self._bone(times).acc_m_s2
        h = np.repeat((time_s - before) / fine, fine).tolist()
        if not self._state:
            w2 = (2.0 * math.pi * p.resonance_hz) ** 2
            self._state = [(-f / w2, 0.0, f) for f in force[0].tolist()]
        x, v, a = (np.empty((len(time_s), 3)) for _ in range(3))
        for axis in range(3):
            self._state[axis] = _spring(p, self._state[axis], force[:, axis].tolist(), h, fine, axis, (x, v, a))
        self._last_s = float(time_s[-1])
        gyr, acc = self._bone(time_s)
        k = p.coupling
        acc = acc + k * a
        nothing = np.zeros(len(time_s))
        lean = np.stack((-k * p.tilt_rad_m * x[:, 1], k * p.tilt_rad_m * x[:, 0], nothing), axis=1)
        turn = np.stack((-k * p.tilt_rad_m * v[:, 1], k * p.tilt_rad_m * v[:, 0], nothing), axis=1)
        return ShankMotion(gyr - _cross(lean, gyr) + turn, acc - _cross(lean, acc))


def _spring(
    p: StrapParams,
    state: tuple[float, float, float],
    force: list[float],
    h: list[float],
    fine: int,
    axis: int,
    out: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[float, float, float]:
    """Step one axis by the trapezoidal rule, writing place, speed and acceleration at every ``fine``-th step."""
    w = 2.0 * math.pi * p.resonance_hz
    c, w2 = 2.0 * p.damping * w, w * w
    x, v, f0 = state
    for i, (f, step) in enumerate(zip(force, h, strict=True)):
        half = step / 2.0
        push = v + half * (-c * v - w2 * x - f0 - f) - half * w2 * (x + half * v)
        new = push / (1.0 + half * c + half * half * w2)
        x += half * (v + new)
        v, f0 = new, f
        if (i + 1) % fine == 0:
            row = i // fine
            out[0][row, axis], out[1][row, axis], out[2][row, axis] = x, v, -c * v - w2 * x - f
    return x, v, f0


def _slipped(motion: ShankMotion, slip: Slip, time_s: FloatArray) -> ShankMotion:
    step = minimum_jerk(time_s, np.array([slip.start_s]), np.array([slip.duration_s])).times(slip.angle_rad)
    axis = np.tile(slip.axis, (len(time_s), 1))
    back, turning = -step.value, step.rate
    return ShankMotion(
        _turned(motion.gyr_rad_s, axis, back) + turning[:, None] * axis, _turned(motion.acc_m_s2, axis, back)
    )


def _turned(v: FloatArray, axis: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """Rodrigues' formula: (n, 3) vectors turned about (n, 3) axes by (n,) angles."""
    s, c = np.sin(angle_rad)[:, None], np.cos(angle_rad)[:, None]
    along = (axis[:, 0] * v[:, 0] + axis[:, 1] * v[:, 1] + axis[:, 2] * v[:, 2])[:, None]
    return v * c + _cross(axis, v) * s + axis * (along * (1.0 - c))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.stack(
        (
            a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1],
            a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
            a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0],
        ),
        axis=1,
    )


def draw_slip(start_s: float, rng: np.random.Generator) -> Slip:
    """A slip of 3 to 8 deg about an axis near the shin's own: straps slide round the leg rather than tip."""
    x, y = (0.2 * rng.standard_normal(2)).tolist()
    n = math.sqrt(x * x + y * y + 1.0)
    angle_rad = float(rng.uniform(3.0, 8.0)) * RAD_PER_DEG * (1.0 if rng.random() < 0.5 else -1.0)
    return Slip(start_s, angle_rad, (x / n, y / n, 1.0 / n))
