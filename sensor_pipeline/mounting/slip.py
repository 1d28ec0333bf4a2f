"""Hints that the strap moved: is "up" at rest where the standing pose had it, and do lunges still go forwards?

In: rest state and orientation, row by row. Out: :class:`Mark`, rows that say something about the strap. Must not live
here: what is done about it.

A rest that leans away from the zero is a slip, a seat or a hold. It is a slip for certain (``moved``) where the shin
came there more quickly than a person moves, or where it comes back to it from farther forwards: lunges go on from
there. A hold at one depth, left backwards, is none. A strap that turned about the leg leans nowhere at rest; then the
lunges go elsewhere than forwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG, Rotation
from sensor_pipeline.types import BoolArray, FloatArray

MOVES, RESTS = b"\0", b"\1"
"""A row in the bytes of a BoolArray: not at rest, at rest."""
Up = tuple[float, float, float]
_State = tuple[int, int | None, Up | None, Up | None, Up | None, float, bool, bool]


@dataclass(frozen=True, slots=True)
class SlipParams:
    """When a rest or a movement contradicts the mounting.

    Attributes:
        rest_s: how long the rest detector must have said "rest", s; it takes 0.5 s of stillness itself, so that 1.5 s
            are two seconds still.
        max_lean_deg: larger lean from the zero at rest, deg, is a slip: twice what two standing poses may differ by.
        seat_deg: a rest that leans farther, deg, may be a seat: it takes more than one rest to call it a slip.
        lying_deg: lean beyond which the person kneels or lies, deg: says nothing. The largest angle of a lunge.
        quick_s: a shin that goes from the zero to a rest elsewhere in less, s, was not moved by the person: the rest
            detector's 0.5 s, and 0.35 s, less than the way down of the quickest repetition.
        sample_s: how often the lean is looked at while the shin moves, s: a quick lunge stays near its top for longer.
        near_s: how long the lean must be below ``max_lean_deg`` for the shin to have been back, s: a lunge that only
            passes the zero takes less, one that turns there takes more.
        left_deg: how far the shin must go from a rest for the next one to be another, deg: the rise of a repetition.
        lunge_deg: smallest movement whose direction counts, deg: at 20 deg a knee 5 deg off the line is 14 deg off.
        turned_deg: how far from forwards two movements in a row must go for the strap to have turned, deg. Knees that
            go 10 deg inwards at 40 deg are 14 deg off; 30 deg cost 3.4 deg of a peak of 40.
        far_turned_deg: how far one movement alone must go, deg: 40 deg cost 8 of 40. A knee that goes 25 deg inwards
            at 40 deg is 33 deg off.
        straight_deg: a movement nearer than this to forwards shows that it is back, deg.
    """

    rest_s: float = 1.5
    max_lean_deg: float = 3.0
    seat_deg: float = 20.0
    lying_deg: float = 65.0
    quick_s: float = 0.85
    sample_s: float = 0.1
    near_s: float = 0.4
    left_deg: float = 8.0
    lunge_deg: float = 20.0
    turned_deg: float = 25.0
    far_turned_deg: float = 40.0
    straight_deg: float = 15.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A row that says something about the strap.

    Attributes:
        row: of the block.
        kind: stands (a rest at the zero), leans (a rest away from it, a slip unless it is a hold), moved (a slip),
            turned (movements go elsewhere than forwards), straight (they go forwards).
        deg: lean from the zero; with turned and straight how far from forwards.
    """

    row: int
    kind: Literal["stands", "leans", "moved", "turned", "straight"]
    deg: float


class RestWatch:
    """Finds the row at which each rest has lasted long enough. Costs a few steps for each rest, not for each row."""

    def __init__(self, rows: int) -> None:
        """Args: how many rows are long enough."""
        self._rows = rows
        self._run = 0  # rows that the present rest has lasted

    @property
    def rows_missing(self) -> int:
        """How many more rows at least, all at rest, :meth:`update` needs before it can name one."""
        return self._rows - self._run if self._run < self._rows else self._rows + 1

    def reset(self) -> None:
        """Samples are missing, or the shin moves: the rest begins anew."""
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


class StrapWatch:
    """Watches one mounting with a known axis. Rows may come in any split."""

    def __init__(self, rate_hz: float, rotation: Rotation, params: SlipParams) -> None:
        """Args: the set sample rate in Hz, sensor to shin axes, and the thresholds."""
        self._p = params
        self._rotation = rotation
        self._rest = RestWatch(max(1, round(params.rest_s * rate_hz)))
        self._every = max(1, round(params.sample_s * rate_hz))
        self._near = max(1, round(params.near_s / params.sample_s))
        self._quick = (params.rest_s + params.quick_s) * rate_hz / self._every
        self._cos_near, self._cos_left, self._cos_lunge = (
            math.cos(deg * RAD_PER_DEG) for deg in (params.max_lean_deg, params.left_deg, params.lunge_deg)
        )
        self._until = self._every  # rows until the next sample
        self._place: Up | None = None  # of the last rest away from the zero, if the shin has not been back since
        self._farthest: Up | None = None  # the shin's farthest from it since, if it has left it
        self._off_before_deg: float | None = None  # how far off, signed, the last movement went
        self.restart()

    def restart(self) -> None:
        """Samples are missing: neither a rest nor a movement spans the hole."""
        self._rest.reset()
        self._near_run = 0  # samples near the zero
        self._away: int | None = None  # samples since the shin was near it for long enough
        self._peak: Up | None = None  # of the movement under way
        self._cos_half = -1.0  # it is judged where the lean is back to half of that
        self._judged = False
        self._began = False  # at the zero

    def pass_few(self, quat: FloatArray, at_rest: Sequence[bool] | None) -> bool:
        """Follow a packet in which there is nothing to mark.

        Args:
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state, None where no row is at rest.

        Returns:
            Whether that was done; if not, nothing has changed.
        """
        n, until = len(quat), self._until
        if at_rest is not None and self._rest.rows_missing <= n:
            return False
        before = self._state()
        while until <= n:
            up, row = self._up(quat[until - 1].tolist()), until - 1
            if self._returns(up) or self._comes_back(up, at_rest is not None and at_rest[row]):
                self._restore(before)
                return False
            self._follow(up)
            until += self._every
        self._until = until - n
        if at_rest is None:
            self._rest.reset()
        else:
            self._rest.update(np.array(at_rest, np.bool_))
        return True

    def update(self, quat: FloatArray, at_rest: BoolArray) -> list[Mark]:
        """Follow a block.

        Args:
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state.

        Returns:
            Marks in the order of their rows.
        """
        n = len(at_rest)
        due = set(self._rest.update(at_rest))
        samples = range(self._until - 1, n, self._every)
        self._until += len(samples) * self._every - n
        marks: list[Mark] = []
        for row in sorted({*due, *samples}):
            up = self._up(quat[row].tolist())
            if row in samples:
                if self._returns(up):
                    marks += self._direction(row)
                if self._comes_back(up, bool(at_rest[row])):
                    self._farthest = None
                    marks.append(Mark(row, "moved", _lean_deg(up)))
                self._follow(up)
            if row in due:
                marks += self._rested(row, up)
        return marks

    def _up(self, quat: Sequence[float]) -> Up:
        """ "Up" in shin axes, see ``frames.up_in_sensor`` and ``frames.rotate``."""
        w, x, y, z = quat
        p, q, s = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
        a, b, c, d, e, f, g, h, i = self._rotation
        return a * p + b * q + c * s, d * p + e * q + f * s, g * p + h * q + i * s

    def _state(self) -> _State:
        return (
            self._near_run,
            self._away,
            self._place,
            self._farthest,
            self._peak,
            self._cos_half,
            self._judged,
            self._began,
        )

    def _restore(self, state: _State) -> None:
        (
            self._near_run,
            self._away,
            self._place,
            self._farthest,
            self._peak,
            self._cos_half,
            self._judged,
            self._began,
        ) = state

    # --- movements ---

    def _comes_back(self, up: Up, rest: bool) -> bool:
        """Whether the shin rests again where it rested away from the zero, after it has been farther forwards."""
        place, farthest = self._place, self._farthest
        if not rest or place is None or farthest is None:
            return False
        # the smaller u_x, the farther forwards (frames)
        return _dot(up, place) >= self._cos_near and farthest[0] < place[0]

    def _returns(self, up: Up) -> bool:
        """Whether the movement under way is to be judged in this sample."""
        return self._peak is not None and not self._judged and up[2] >= self._cos_half

    def _follow(self, up: Up) -> None:
        """Follow one sample."""
        cos = up[2]
        if cos >= self._cos_near:
            self._near_run += 1
            if self._near_run >= self._near:
                self._place = self._farthest = None
                self._away = 0
        else:
            self._near_run = 0
            if self._away is not None:
                self._away += 1
        if cos >= self._cos_left:
            self._peak, self._judged = None, False
        elif cos < self._cos_lunge and not self._judged and (self._peak is None or cos < self._peak[2]):
            if self._peak is None:
                self._began = self._place is None
            self._peak = up
            self._cos_half = math.cos(0.5 * math.acos(max(-1.0, cos)))
        place = self._place
        if place is not None:
            along = _dot(up, place)
            if along < self._cos_left and (self._farthest is None or along < _dot(self._farthest, place)):
                self._farthest = up

    def _direction(self, row: int) -> list[Mark]:
        """Judge a movement that is half-way back."""
        self._judged = True
        x, y, z = self._peak or (0.0, 0.0, 1.0)
        if not self._began or math.acos(max(-1.0, z)) * DEG_PER_RAD > self._p.lying_deg:
            return []  # it began elsewhere than at the zero, or was no lunge
        off_deg, before_deg = math.atan2(y, -x) * DEG_PER_RAD, self._off_before_deg
        self._off_before_deg = off_deg
        if abs(off_deg) <= self._p.straight_deg:
            return [Mark(row, "straight", abs(off_deg))]
        again = before_deg is not None and before_deg * off_deg > 0.0 and abs(before_deg) > self._p.turned_deg
        if abs(off_deg) > self._p.far_turned_deg or (again and abs(off_deg) > self._p.turned_deg):
            return [Mark(row, "turned", abs(off_deg))]
        return []

    # --- rests ---

    def _rested(self, row: int, up: Up) -> list[Mark]:
        """Judge a rest that has lasted."""
        p, lean_deg = self._p, _lean_deg(up)
        if lean_deg <= p.max_lean_deg:
            return [Mark(row, "stands", lean_deg)]
        if lean_deg > p.lying_deg:
            return []
        self._place, self._farthest = up, None
        if self._away is not None and self._away <= self._quick:
            return [Mark(row, "moved", lean_deg)]
        return [Mark(row, "leans", lean_deg)] if lean_deg <= p.seat_deg else []


def _lean_deg(up: Up) -> float:
    """Angle from the zero."""
    return math.atan2(math.hypot(up[0], up[1]), up[2]) * DEG_PER_RAD


def _dot(a: Up, b: Up) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
