"""A heel that lifts: the foot turns about its ball, which moves the ankle and may lean the shin further.

In: when, how high. Out: a movement. Must not live here: finding heel lifts, which repetitions have one.

With the foot turned by phi about the ball, the heel is L sin(phi) high and the ankle, which stands a behind and b above
the ball, moves by a (1 - cos phi) + b sin(phi) forwards and by a sin(phi) - b (1 - cos phi) upwards. 1 cm of heel is
0.7 cm of ankle and 3.2 deg of foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.curve import Curve, Waypoints, zero
from sensor_pipeline.simulate.shank import Pivot, ShankAngles
from sensor_pipeline.types import FloatArray

HEEL_TO_BALL_M: Final = 0.18
"""Heel to the joint of the big toe (assumption, 0.16 to 0.20 m)."""
ANKLE_BEHIND_BALL_M: Final = 0.13
"""The ankle's axis behind that joint (assumption: 0.72 of the heel's lever)."""
ANKLE_ABOVE_BALL_M: Final = 0.07
"""The ankle's axis above that joint with the foot flat (assumption)."""


@dataclass(frozen=True, slots=True)
class HeelLift:
    """The heel rises, stays up and comes down.

    Attributes:
        start_s, top_s, leave_s, end_s: when it begins to rise, is up, begins to sink, is down; rising.
        height_m: how high the heel is then, below ``HEEL_TO_BALL_M``.
        leans_shin: True where the ankle keeps its angle, so that the foot's turn leans the shin further; False where
            the shin goes as far as without the lift (the person stops at the same place), so that the angle gives
            nothing away.
        name: what it is.
    """

    start_s: float
    top_s: float
    leave_s: float
    end_s: float
    height_m: float
    leans_shin: bool = False
    name: str = "heel_lift"

    def __post_init__(self) -> None:
        if not self.start_s < self.top_s <= self.leave_s < self.end_s:
            raise UserError(
                f"heel lift at {self.start_s}, {self.top_s}, {self.leave_s}, {self.end_s} s: these times must rise"
            )
        if not 0.0 <= self.height_m <= 0.5 * HEEL_TO_BALL_M:
            raise UserError(f"heel lift height_m {self.height_m}: must be 0 to {0.5 * HEEL_TO_BALL_M} m")

    def heel_m(self, time_s: FloatArray) -> FloatArray:
        """Height of the heel at (n,) times, m."""
        return self._height(time_s).value

    def angles(self, time_s: FloatArray) -> ShankAngles:
        """What it adds to the shin's angles at (n,) times, rad."""
        turn = self._foot(time_s)[0] if self.leans_shin else zero(time_s)
        return ShankAngles(turn, zero(time_s), zero(time_s))

    def pivot(self, time_s: FloatArray) -> Pivot:
        """Where it moves the ankle at (n,) times, m."""
        _, sine, cosine = self._foot(time_s)
        a, b = ANKLE_BEHIND_BALL_M, ANKLE_ABOVE_BALL_M
        lowered = Curve(1.0 - cosine.value, -cosine.rate, -cosine.acceleration)
        return Pivot(lowered.times(a).plus(sine.times(b)), zero(time_s), sine.times(a).plus(lowered.times(-b)))

    def _height(self, time_s: FloatArray) -> Curve:
        if self.leave_s > self.top_s:
            points = Waypoints((self.start_s, self.top_s, self.leave_s, self.end_s), (0.0, 1.0, 1.0, 0.0))
        else:
            points = Waypoints((self.start_s, self.top_s, self.end_s), (0.0, 1.0, 0.0))
        return points.at(time_s).times(self.height_m)

    def _foot(self, time_s: FloatArray) -> tuple[Curve, Curve, Curve]:
        """The foot's turn, its sine and its cosine."""
        sine = self._height(time_s).times(1.0 / HEEL_TO_BALL_M)
        s, ds, dds = sine
        c = np.sqrt(1.0 - s * s)
        turn = Curve(np.arcsin(s), ds / c, dds / c + s * ds * ds / (c * c * c))
        cosine = Curve(c, -s * turn.rate, -s * turn.acceleration - c * turn.rate * turn.rate)
        return turn, sine, cosine
