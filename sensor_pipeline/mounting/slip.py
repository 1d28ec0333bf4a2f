"""A hint that the strap moved: does a rest between repetitions still show "up" where the standing pose had it?

In: rest state and orientation, row by row. Out: rows at which a rest has lasted long enough, and the lean there.
Must not live here: what is done about it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline import frames
from sensor_pipeline.frames import DEG_PER_RAD, Rotation
from sensor_pipeline.types import BoolArray, FloatArray

MOVES, RESTS = b"\0", b"\1"
"""A row in the bytes of a BoolArray: not at rest, at rest."""


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
    """Finds the row at which each rest has lasted ``rest_s``. Costs a few steps for each rest, not for each row."""

    def __init__(self, rate_hz: float, params: SlipParams) -> None:
        """Args: the set sample rate in Hz and the thresholds."""
        self._rows = max(1, round(params.rest_s * rate_hz))
        self._run = 0  # rows that the present rest has lasted

    @property
    def rows_missing(self) -> int:
        """How many more rows at least, all at rest, :meth:`update` needs before it can name one."""
        return self._rows - self._run if self._run < self._rows else self._rows + 1

    def reset(self) -> None:
        """Samples are missing: the rest begins anew."""
        self._run = 0

    def update(self, at_rest: BoolArray) -> list[int]:
        """Follow a block; returns the rows (of (n,)) at which a rest has just lasted long enough."""
        rows, n, due = at_rest.tobytes(), len(at_rest), []
        begin = 0  # first row of a rest, or of what goes on of the one before the block
        while begin >= 0:
            moves = rows.find(MOVES, begin)
            end = n if moves < 0 else moves
            row = begin + self._rows - self._run - 1
            if begin <= row < end:
                due.append(row)
            if moves < 0:
                self._run += n - begin
                break
            self._run = 0
            begin = rows.find(RESTS, moves)
        return due


def lean_deg(rotation: Rotation, quat: FloatArray) -> float:
    """Lean of one row, deg: the angle between "up" and the z of a mounting.

    Args:
        rotation: sensor to shin axes.
        quat: (1, 4) sensor-to-earth quaternion.
    """
    return float(frames.tilt_rad(*frames.rotate(rotation, *frames.up_in_sensor(quat)))[0]) * DEG_PER_RAD
