"""A hint that the strap moved: does a rest between repetitions still show "up" where the standing pose had it?

In: rest state and orientation, row by row. Out: rows at which a rest has lasted long enough, and the lean there.
Must not live here: what is done about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline import frames
from sensor_pipeline.frames import DEG_PER_RAD, Rotation
from sensor_pipeline.types import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class SlipParams:
    """When a rest contradicts the zero.

    Attributes:
        rest_s: how long the rest detector must have said "rest", s; it takes 0.5 s of stillness itself, so that 1.5 s
            are two seconds still.
        max_lean_deg: larger lean from the zero at rest, deg, is a slip: twice what two standing poses may differ by.
        seat_deg: lean beyond which the person sits or does something else, deg: says nothing about the strap.
    """

    rest_s: float = 1.5
    max_lean_deg: float = 3.0
    seat_deg: float = 20.0


class SlipWatch:
    """Finds the row at which each rest has lasted ``rest_s``. Costs one addition a row."""

    def __init__(self, rate_hz: float, params: SlipParams) -> None:
        """Args: the set sample rate in Hz and the thresholds."""
        self._rows = max(1, round(params.rest_s * rate_hz))
        self._run = 0

    def reset(self) -> None:
        """Samples are missing: the rest begins anew."""
        self._run = 0

    def update(self, at_rest: BoolArray) -> list[int]:
        """Follow a block; returns the rows (of (n,)) at which a rest has just lasted long enough."""
        run, need = self._run, self._rows
        due = []
        for row, rest in enumerate(at_rest.tolist()):
            run = run + 1 if rest else 0
            if run == need:
                due.append(row)
        self._run = run
        return due


def lean_deg(rotation: Rotation, quat: FloatArray) -> float:
    """Lean of one row, deg: the angle between "up" and the z of a mounting.

    Args:
        rotation: sensor to shin axes.
        quat: (1, 4) sensor-to-earth quaternion.
    """
    return float(frames.tilt_rad(*frames.rotate(rotation, *frames.up_in_sensor(quat)))[0]) * DEG_PER_RAD
