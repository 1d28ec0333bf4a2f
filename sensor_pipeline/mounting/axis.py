"""The mediolateral axis from the first knee-over-toe movements: about which axis does the shin turn?

In: angular rate, "up" and rest, row by row, after a standing pose. Out: an :class:`Axis` from the row on at which it
may take over, or why two movements do not agree. Must not live here: poses, the decision to take over.

A lunge turns the shin about its mediolateral axis: the principal direction of the angular rate, orthogonal to the
pose's "up". Every row weighs by its rate squared. Its sign comes from the lean: THE ASSUMPTION IS THAT THE FIRST
MOVEMENTS FROM STANDING BRING THE KNEE FORWARDS, as in a knee-to-wall set, where nobody lunges backwards.

A knee that goes inwards in the same way every time turns the axis with it: that part of the frontal angle is calibrated
away and only its change shows. The explained variance is above 0.99 with and without it, so it is not used as a check.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from sensor_pipeline import frames
from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG, Rotation
from sensor_pipeline.mounting.pose import Pose, Refusal
from sensor_pipeline.types import BoolArray, FloatArray

KEPT_MOVEMENTS = 4
"""Movements the axis is taken from where no rest lets it take over: more add nothing, and the memory stays bounded."""


@dataclass(frozen=True, slots=True)
class AxisParams:
    """What counts as a movement, and which movements suffice.

    Attributes:
        lean_deg: rows count while the shin leans more than this from the pose, deg: above sway (about 1 deg) and most
            shifts of weight, below the smallest repetition.
        least_deg: smallest peak lean of a movement, deg: the smallest repetition that counts.
        alone_deg: a movement this large suffices alone if its way out and its way back agree, deg. At 25 deg a knee
            3 deg off the straight line turns the axis by 7 deg, and that changes a dorsiflexion of 40 deg by 0.2 deg.
        max_rate_deg_s: a movement that was ever faster is a step or a blow, deg/s. Walking swings the shin at 200 to
            400 deg/s; 40 deg in 0.5 s peaks at 150.
        max_apart_deg: largest angle between the axes of two movements, or of the two ways of one, deg: two standard
            deviations of the difference where the knee goes 3 deg (1 sd) off the line at 40 deg.
        off_line_deg: how far a knee goes off the straight line in every movement alike (1 sd), deg. That cannot be seen
            in the movements, so it is part of the stated uncertainty: 3 deg is what clinical tests call consistent
            valgus. Straight movements err far less than this states.
    """

    lean_deg: float = 5.0
    least_deg: float = 10.0
    alone_deg: float = 25.0
    max_rate_deg_s: float = 150.0
    max_apart_deg: float = 15.0
    off_line_deg: float = 3.0


@dataclass(frozen=True, slots=True)
class Axis:
    """The person's left in chip axes, orthogonal to the pose's "up", and its standard deviation."""

    left: tuple[float, float, float]
    sd_deg: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over rows, in the plane across the pose's "up": angular rate squared (rad/s)^2, and the lean of "up"."""

    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0
    lean_x: float = 0.0
    lean_y: float = 0.0

    def plus(self, other: Moments, sign: float = 1.0) -> Moments:
        """Sum with, or difference from, other moments."""
        return Moments(
            self.xx + sign * other.xx,
            self.xy + sign * other.xy,
            self.yy + sign * other.yy,
            self.lean_x + sign * other.lean_x,
            self.lean_y + sign * other.lean_y,
        )

    def left_rad(self) -> float:
        """Direction of the person's left in the plane: the principal direction, its sign from the forward lean."""
        angle = 0.5 * math.atan2(2.0 * self.xy, self.xx - self.yy)
        # forwards = -lean (frames: dorsiflexion is positive where u_x < 0) and left = up x forwards
        if math.cos(angle) * self.lean_y - math.sin(angle) * self.lean_x < 0.0:
            angle += math.pi
        return angle


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement away from the pose and back: moments of the way to the peak and of the way back."""

    out: Moments
    back: Moments
    peak_deg: float

    def both(self) -> Moments:
        """Moments of the whole movement."""
        return self.out.plus(self.back)


class AxisFinder:
    """Follows movements from one standing pose. Rows may come in any split."""

    def __init__(self, rotation: Rotation, pose: Pose, params: AxisParams) -> None:
        """Args: the pose's mounting (any direction as left), the pose, thresholds."""
        self.pose = pose
        """The zero; a second pose that agrees refines it."""
        self._rotation = rotation
        self._p = params
        self._noise_rad_s = pose.gyr_sd_rad_s
        self._bias = pose.gyr_rad_s
        self._cos_lean = math.cos(params.lean_deg * RAD_PER_DEG)
        self._max_rate_sq = (params.max_rate_deg_s * RAD_PER_DEG) ** 2
        self._kept: list[Movement] = []
        self._doubt = False  # two movements disagreed: one alone does not suffice any more
        self._axis: Axis | None = None
        self.restart()

    @property
    def begun(self) -> bool:
        """Whether a movement was seen: the set has begun."""
        return bool(self._kept)

    def restart(self) -> None:
        """Samples are missing: the movement under way is not used, and the next one must start from standing."""
        self._armed = False  # the person has stood at rest near the pose since the last hole
        self._clear()

    def _clear(self) -> None:
        self._sums: Moments | None = None  # of the movement under way
        self._out = Moments()  # the same up to its peak
        self._cos_peak = 1.0
        self._too_fast = False

    def update(self, gyr_rad_s: FloatArray, quat: FloatArray, at_rest: BoolArray) -> list[tuple[int, Axis | Refusal]]:
        """Follow a block.

        Args:
            gyr_rad_s: (n, 3) angular rate in rad/s, chip axes, finite.
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state.

        Returns:
            Marked rows in their order: at each row where the person stands at rest and an axis is known, that axis; at
            a row that ends a movement which does not agree with the one before, the refusal.
        """
        bx, by, bz = self._bias
        rate_x, rate_y, _ = frames.rotate(
            self._rotation, gyr_rad_s[:, 0] - bx, gyr_rad_s[:, 1] - by, gyr_rad_s[:, 2] - bz
        )
        lean_x, lean_y, cos_lean = frames.rotate(self._rotation, *frames.up_in_sensor(quat))
        marks: list[tuple[int, Axis | Refusal]] = []
        columns = zip(
            rate_x.tolist(),
            rate_y.tolist(),
            lean_x.tolist(),
            lean_y.tolist(),
            cos_lean.tolist(),
            at_rest.tolist(),
            strict=True,
        )
        for row, (wx, wy, ux, uy, cos, rest) in enumerate(columns):
            if cos < self._cos_lean:
                if self._armed:
                    self._add(wx, wy, ux, uy, cos)
                continue
            if self._sums is not None:
                refusal = self._end(self._sums)
                if refusal is not None:
                    marks.append((row, refusal))
            if rest:
                self._armed = True
                if self._axis is not None:
                    marks.append((row, self._axis))
        return marks

    def pass_few(self, quat: FloatArray, at_rest: Sequence[bool] | None) -> bool:
        """Follow a packet between movements, before there is an axis: the person stands near the pose.

        Args:
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state, None where no row is at rest.

        Returns:
            Whether that was done; if not, nothing has changed.
        """
        if self._sums is not None or self._axis is not None:
            return False
        g, h, i = self._rotation[6:]
        for w, x, y, z in quat.tolist():
            # the component of "up" along the shin, as in update
            s_x, s_y, s_z = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
            if g * s_x + h * s_y + i * s_z < self._cos_lean:
                return False
        if at_rest is not None:
            self._armed = True
        return True

    def _add(self, wx: float, wy: float, ux: float, uy: float, cos: float) -> None:
        s = self._sums or Moments()
        self._sums = Moments(s.xx + wx * wx, s.xy + wx * wy, s.yy + wy * wy, s.lean_x + ux, s.lean_y + uy)
        self._too_fast = self._too_fast or wx * wx + wy * wy > self._max_rate_sq
        if cos < self._cos_peak:
            self._cos_peak, self._out = cos, self._sums

    def _end(self, sums: Moments) -> Refusal | None:
        """The shin is back near the pose: judge the movement."""
        peak_deg = math.acos(max(-1.0, self._cos_peak)) * DEG_PER_RAD
        movement = Movement(self._out, sums.plus(self._out, -1.0), peak_deg)
        too_fast = self._too_fast
        self._clear()
        if too_fast or peak_deg < self._p.least_deg:
            return None
        apart_deg = _apart_deg([*self._kept, movement])
        if apart_deg > self._p.max_apart_deg:
            own_deg = _apart_deg([movement])
            what = "the way back" if own_deg > self._p.max_apart_deg else "the movement before"
            self._kept = [] if own_deg > self._p.max_apart_deg else [movement]
            self._doubt = True
            self._axis = None
            return Refusal(
                "axis",
                f"the shin turned about an axis {max(apart_deg, own_deg):.0f} deg from that of {what}, at most "
                f"{self._p.max_apart_deg:g} deg is one axis",
                "lunge straight and slowly, knee over the second toe, the same way each time",
            )
        self._kept = [*self._kept[1 - KEPT_MOVEMENTS :], movement]
        if len(self._kept) >= 2 or (peak_deg >= self._p.alone_deg and not self._doubt):
            self._axis = self._joint()
        return None

    def _joint(self) -> Axis:
        total = Moments()
        for movement in self._kept:
            total = total.plus(movement.both())
        angle = total.left_rad()
        halves = [half.left_rad() for movement in self._kept for half in (movement.out, movement.back)]
        # the spread itself, not divided by the root of their number: the two ways of a movement share its crookedness
        spread = math.sqrt(sum(_turn(angle, half) ** 2 for half in halves) / (len(halves) - 1))
        noise = self._noise_rad_s / math.sqrt(total.xx + total.yy)
        smallest_deg = min(movement.peak_deg for movement in self._kept)
        off_line = math.atan2(self._p.off_line_deg, smallest_deg)
        c, s, r = math.cos(angle), math.sin(angle), self._rotation
        left = (c * r[0] + s * r[3], c * r[1] + s * r[4], c * r[2] + s * r[5])
        return Axis(left, math.hypot(spread, noise, off_line) * DEG_PER_RAD)


def _turn(a_rad: float, b_rad: float) -> float:
    """Signed angle from one direction to another, -pi to pi."""
    return math.remainder(b_rad - a_rad, 2.0 * math.pi)


def _apart_deg(movements: list[Movement]) -> float:
    """Largest angle between the axes of any two ways of these movements, deg."""
    lefts = [half.left_rad() for movement in movements for half in (movement.out, movement.back)]
    return max(abs(_turn(a, b)) for a, b in itertools.combinations(lefts, 2)) * DEG_PER_RAD
