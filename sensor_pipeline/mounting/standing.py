"""Is the zero where the person stands? A pose may have been taken in a lunge, or on a table.

In: rows from a standing pose on, until the first movements have given an axis. Out: what speaks against the pose.
Must not live here: what is done about it, how heights are found.

Standing is where lunges go down from and come back up to (:mod:`~sensor_pipeline.mounting.height`):

- a turn that goes up from the zero, or down to it: it was taken in a lunge (:class:`InLunge`);
- a turn that goes down from the zero, or up to it: the zero is right, and nothing more is looked for;
- until then, a still place away from it, from which a turn went down and to which the shin has come back: there the
  person stands (the place's :class:`Pose`). A hold is no such place, however long: turns go up from it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from sensor_pipeline import frames
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.mounting.height import HeightParams, Heights, Turn, Up
from sensor_pipeline.mounting.pose import Pose, PoseParams, between_deg
from sensor_pipeline.mounting.window import PoseWindow
from sensor_pipeline.types import BoolArray, FloatArray, Samples

KEPT_PLACES = 4
"""Places remembered: standing, a hold, a seat and one more; the memory stays bounded."""


@dataclass(frozen=True, slots=True)
class StandingParams:
    """What speaks against a zero.

    Attributes:
        height: which turns count.
        same_deg: two still places nearer to each other than this are one, deg: as for a slip of the strap.
        place_s: how long the shin must be at rest in a place, s: shorter than a pose, because a set's rests are, and
            because heights tell it from a hold. A second pose confirms it.
    """

    height: HeightParams = field(default_factory=HeightParams)
    same_deg: float = 3.0
    place_s: float = 1.5


@dataclass(frozen=True, slots=True)
class InLunge:
    """The zero was taken in a lunge."""


@dataclass(slots=True)
class _Place:
    pose: Pose
    above: bool  # a turn went down from it, or up to it
    left: bool = False


class StandingWatch:
    """Looks for what speaks against one pose. Rows may come in any split."""

    def __init__(self, rate_hz: float, pose: Pose, pose_params: PoseParams, params: StandingParams) -> None:
        """Args: the set sample rate in Hz, the pose, what counts as one, thresholds."""
        self._p = params
        self._zero = pose.up
        self._near_deg = pose_params.max_lean_deg
        self._cos_near = math.cos(self._near_deg * RAD_PER_DEG)
        self._cos_same = math.cos(params.same_deg * RAD_PER_DEG)
        self._heights = Heights(pose.gyr_rad_s, params.height)
        self._window = PoseWindow(rate_hz, replace(pose_params, window_s=params.place_s))
        self._places: list[_Place] = []
        self._last: Turn | None = None
        self.settled = False
        """Whether the zero was found to be right: nothing more is looked for."""

    def restart(self) -> None:
        """Samples are missing: no turn and no pose spans the hole."""
        self._heights.restart()
        self._window.clear()
        self._last = None

    def rest_few(self, samples: Samples, quat: FloatArray) -> None:
        """Follow rows that are all at rest near the zero: :meth:`update` where it finds nothing."""
        if self.settled:
            return
        self._window.clear()
        for up, acc in zip(_ups(quat), samples.acc_m_s2.tolist(), strict=True):
            self._heights.rest(up, acc)

    def update(
        self, samples: Samples, gyr_rad_s: FloatArray, quat: FloatArray, at_rest: BoolArray, begin: int, end: int
    ) -> tuple[int, Pose | InLunge] | None:
        """Follow rows [begin, end) of a block.

        Args:
            samples: n rows as they came.
            gyr_rad_s: (n, 3) angular rate in rad/s, chip axes, finite.
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state.
            begin, end: which of them.

        Returns:
            The first row that shows the zero to be wrong, and how; rows after it have not been followed.
        """
        if self.settled:
            return None
        heights = self._heights
        columns = (column[begin:end].tolist() for column in (at_rest, samples.acc_m_s2, gyr_rad_s, samples.dt_s))
        rows = zip(_ups(quat[begin:end]), *columns, strict=True)
        for row, (up, rest, force, rate, dt_s) in enumerate(rows, start=begin):
            if rest:
                heights.rest(up, force)
                turn = None
            else:
                turn = heights.move(up, force, rate, dt_s)
            if turn is not None and self._judge(turn):
                return row, InLunge()
            if self.settled:
                return None
            stood = self._visit(up, rest, samples, row)
            if stood is not None:
                return row, stood
        return None

    def _judge(self, turn: Turn) -> bool:
        """What a turn says; whether it says that the zero was taken in a lunge."""
        self._last = turn
        from_zero = between_deg(turn.before, self._zero) <= self._near_deg
        to_zero = between_deg(turn.after, self._zero) <= self._near_deg
        if from_zero != to_zero:
            self.settled = turn.rose == to_zero
            return not self.settled
        for place in self._places:
            if between_deg(turn.before, place.pose.up) <= self._near_deg:
                place.above = not turn.rose
            elif between_deg(turn.after, place.pose.up) <= self._near_deg:
                place.above = turn.rose
        return False

    def _visit(self, up: Up, rest: bool, samples: Samples, row: int) -> Pose | None:
        """Where the shin is in one row; the pose of the place where the person stands once that is plain."""
        for place in self._places:
            along = _dot(up, place.pose.up)
            if along < self._cos_near:
                place.left = True
            elif rest and place.left and place.above and along > self._cos_same:
                return place.pose
        if not rest or _dot(up, self._zero) > self._cos_near:
            self._window.clear()
            return None
        self._window.add(samples, row, row + 1)
        if self._window.missing:
            return None
        pose = self._window.judge()
        self._window.slide()
        if isinstance(pose, Pose) and all(_dot(pose.up, place.pose.up) < self._cos_same for place in self._places):
            came_up = self._last is not None and self._last.rose
            above = came_up and self._last is not None and between_deg(self._last.after, pose.up) <= self._near_deg
            self._places = [*self._places[1 - KEPT_PLACES :], _Place(pose, above)]
        return None


def _ups(quat: FloatArray) -> list[Up]:
    x, y, z = frames.up_in_sensor(quat)
    return list(zip(x.tolist(), y.tolist(), z.tolist(), strict=True))


def _dot(a: Up, b: Up) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
