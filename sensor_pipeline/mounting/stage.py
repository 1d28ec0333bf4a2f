"""The mounting stage: decides, row by row, which mounting holds.

In: sample blocks with rest and orientation. Out: stretches of rows that share one mounting (or none), and events. Must
not live here: angles, what a pose, an axis or a slip is.

1. A standing pose sets "up": total tilt only. A second one confirms it. Two that differ are refused: until the first
   movement the newer one is the zero, and the search for its confirmation goes on; after it the zero stays, so that
   the repetitions of a set can be compared.
2. The first movements set the mediolateral axis; it takes over at rest, outside any repetition. The zero is then the
   middle of the two poses, if there were two.
3. From then on only a slip of the strap is looked for. A new zero keeps the axis.

A stated mounting skips all but its pose. Rows once handed out are never rewritten; a hole in the data changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from sensor_pipeline import frames
from sensor_pipeline.mounting.axis import Axis, AxisFinder, AxisParams
from sensor_pipeline.mounting.pose import Pose, PoseParams, Refusal, apart_deg, joint_pose
from sensor_pipeline.mounting.slip import SlipParams, SlipWatch, lean_deg
from sensor_pipeline.mounting.window import PoseWindow
from sensor_pipeline.types import (
    BoolArray,
    Event,
    FloatArray,
    IntArray,
    Mounting,
    MountingRefused,
    MountingSet,
    Samples,
    SensorSetup,
)

AXIS_SD_GIVEN_DEG = 0.0
"""A mounting that was stated is taken as exact; what a strap adds is the stater's to know."""
LEAST_ALONG_UP = math.cos(math.radians(45.0))
"""A known "up" axis farther than 45 deg from the pose's is another axis: stated wrongly, or strapped on anew."""
UPRIGHT_REMEDY = "give an interval of standing still inside the recording: --upright START:END"
STAND_REMEDY = "stand tall, weight on both feet, and set the zero anew (re-zero); tighten the strap if it moved"


@dataclass(frozen=True, slots=True)
class MountingParams:
    """Settings of the mounting stage; each field's class documents its own."""

    pose: PoseParams = field(default_factory=PoseParams)
    axis: AxisParams = field(default_factory=AxisParams)
    slip: SlipParams = field(default_factory=SlipParams)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows [begin, end) of a block under one mounting, None before the standing pose; ``slipped``: see Flag.SLIPPED."""

    begin: int
    end: int
    mounting: Mounting | None
    slipped: bool = False


@dataclass(frozen=True, slots=True)
class StrapRows:
    """A block of n rows for this stage.

    Attributes:
        samples: as they came.
        order: (n,) the record each row came with.
        gyr_rad_s: (n, 3) angular rate, safe: finite, nothing clipped.
        quat: (n, 4) sensor-to-earth quaternions.
        at_rest: (n,) rest state.
    """

    samples: Samples
    order: IntArray
    gyr_rad_s: FloatArray
    quat: FloatArray
    at_rest: BoolArray


class MountingStage:
    """Finds the mounting and says from which row on it holds. Earlier rows are never rewritten."""

    def __init__(self, setup: SensorSetup, sensor: int, params: MountingParams) -> None:
        """Args: the sensor's setup (rate, known axes, stated upright interval), its index, thresholds."""
        self._p = params.pose
        self._axis_params = params.axis
        self._slip_params = params.slip
        self._sensor = sensor
        self._axes = None if setup.mounting_axes is None else frames.parse_axes(setup.mounting_axes)
        self._upright = setup.upright_s
        self._window = PoseWindow(setup.rate_hz, params.pose)
        self._said: dict[str, float] = {}  # refusal cause -> when it was last said
        self.mounting: Mounting | None = None
        self._searching = self._axes is None or self._upright is not None
        self._confirming = False  # a second pose is looked for
        self._finder: AxisFinder | None = None  # while the axis is looked for
        self._watch = SlipWatch(setup.rate_hz, params.slip)
        self._slipped = False

    def rezero(self) -> None:
        """Take the standing pose anew; the present mounting holds until then, its axis beyond."""
        self._searching = True
        self._confirming = False
        self._finder = None
        self._upright = None
        self._said.clear()
        self.restart()

    def restart(self) -> None:
        """Samples are missing: neither a pose nor a movement nor a rest may span the hole. The mounting holds."""
        self._window.clear()
        self._watch.reset()
        if self._finder is not None:
            self._finder.restart()

    def update(self, rows: StrapRows, events: list[Event], busy: Callable[[], bool]) -> Iterator[Stretch]:
        """Follow a block.

        Args:
            rows: the rows.
            events: what happened is added here.
            busy: whether a repetition is open after the rows of the stretch handed out last: a mounting does not
                change on its own inside one. So each stretch must be used before the next one is asked for.

        Yields:
            The block cut where the mounting or the slip changes or may change.
        """
        n = len(rows.samples)
        begin = 0
        if n and self.mounting is None and self._axes is not None and not self._searching:
            start_s = float(rows.samples.time_s[0])
            self._set(Mounting("given", start_s, self._axes, False, AXIS_SD_GIVEN_DEG), rows, 0, events)
        while begin < n and self._searching:
            end, row, pose = self._collect(rows, begin, events)
            yield Stretch(begin, end, self.mounting, self._slipped)
            begin = end
            if pose is not None:
                self._set(self._mount(pose, float(rows.samples.time_s[row])), rows, row, events)
        while begin < n and self._finder is not None:
            for stretch in self._seek_axis(self._finder, rows, begin, events, busy):
                yield stretch
                begin = stretch.end
        if begin < n and self.mounting is not None and self.mounting.method == "pose+axis":
            for stretch in self._seek_slip(self.mounting, rows, begin, events, busy):
                yield stretch
                begin = stretch.end
        if begin < n:
            yield Stretch(begin, n, self.mounting, self._slipped)

    def pass_few(self, mounting: Mounting, samples: Samples, quat: FloatArray, at_rest: Sequence[bool] | None) -> bool:
        """Follow a packet in which it is plain that nothing happens: ``mounting`` holds for all its rows, unslipped.

        Args:
            mounting: of the row before.
            samples: n rows as they came.
            quat: (n, 4) sensor-to-earth quaternions.
            at_rest: (n,) rest state, None where no row is at rest.

        Returns:
            Whether that was done; if not, nothing has changed, and :meth:`update` has to look at the rows.
        """
        n = len(quat)
        if mounting is not self.mounting or self._searching or self._slipped:
            return False
        finder = self._finder
        if finder is not None:
            if (self._confirming and self._window.missing <= n) or not finder.pass_few(quat, at_rest):
                return False
            if self._confirming:
                self._window.add(samples, 0, n)
        elif mounting.method == "pose+axis":
            if at_rest is None:
                self._watch.reset()
                return True
            if self._watch.rows_missing <= n:
                return False
            self._watch.update(np.array(at_rest, np.bool_))
        return True

    def flush(self, order: int, time_s: float) -> tuple[Event, ...]:
        """End the stream: a stated upright interval that was never reached, or a pose never found, is refused."""
        if not self._searching:
            return ()
        self._searching = False
        if self._upright is None:
            reason = f"too short: the stream ends without {self._p.window_s:g} s of standing still"
            remedy = (
                f"stand tall, weight on both feet, and keep still for {self._p.window_s:g} s before the first movement"
            )
        else:
            start, stop = self._upright
            reason = f"the recording ends before the stated upright interval {start:g}:{stop:g} s does"
            remedy = UPRIGHT_REMEDY
        return (MountingRefused(order, self._sensor, time_s, reason, remedy),)

    # --- the mounting ---

    def _set(self, mounting: Mounting, rows: StrapRows, row: int, events: list[Event]) -> None:
        self.mounting = mounting
        self._searching = False
        self._slipped = False
        self._watch.reset()
        events.append(MountingSet(int(rows.order[row]), self._sensor, mounting.start_s, mounting))

    def _mount(self, pose: Pose, start_s: float) -> Mounting:
        if self._axes is not None:
            rotation = frames.shin_axes(pose.up, (self._axes[3], self._axes[4], self._axes[5]))
            return Mounting("given+pose", start_s, rotation, False, AXIS_SD_GIVEN_DEG, pose.sd_deg)
        old = self.mounting
        if old is not None and not old.tilt_only and _along(pose.up, old.rotation[6:]) >= LEAST_ALONG_UP:
            old_axes = _rotation(old)
            rotation = frames.shin_axes(pose.up, (old_axes[3], old_axes[4], old_axes[5]))
            return Mounting("pose+axis", start_s, rotation, False, old.axis_sd_deg, pose.sd_deg)
        # any direction does as "left" where only the tilt is used: take the chip axis farthest from up
        farthest = min(range(3), key=lambda i: abs(pose.up[i]))
        left = (float(farthest == 0), float(farthest == 1), float(farthest == 2))
        rotation = frames.shin_axes(pose.up, left)
        self._confirming = self._upright is None  # a stated pose is the person's word
        self._finder = AxisFinder(rotation, pose, self._axis_params)
        return Mounting("pose", start_s, rotation, True, None, pose.sd_deg)

    def _refuse(self, refusal: Refusal, rows: StrapRows, row: int, events: list[Event]) -> None:
        """Say why, each cause at most once in its interval."""
        time_s = float(rows.samples.time_s[row])
        if time_s - self._said.get(refusal.cause, -self._p.remind_s) >= self._p.remind_s:
            self._said[refusal.cause] = time_s
            self._say(refusal, rows, row, events)

    def _say(self, refusal: Refusal, rows: StrapRows, row: int, events: list[Event]) -> None:
        order, time_s = int(rows.order[row]), float(rows.samples.time_s[row])
        events.append(MountingRefused(order, self._sensor, time_s, refusal.reason, refusal.remedy))

    # --- the axis, and the second pose meanwhile ---

    def _seek_axis(
        self, finder: AxisFinder, rows: StrapRows, begin: int, events: list[Event], busy: Callable[[], bool]
    ) -> Iterator[Stretch]:
        """Hand out rows until the mounting changes or the block ends."""
        n = len(rows.samples)
        first = begin
        while first < n:
            last = min(n, first + self._window.missing) if self._confirming else n
            marks = finder.update(rows.gyr_rad_s[first:last], rows.quat[first:last], rows.at_rest[first:last])
            for at, mark in marks:
                row = first + at
                if isinstance(mark, Refusal):
                    self._refuse(mark, rows, row, events)
                    continue
                yield Stretch(begin, row + 1, self.mounting)
                begin = row + 1
                if not busy():
                    self._take_over(finder.pose, mark, rows, row, events)
                    return
            newer = self._confirm(finder, rows, first, last, events)
            if newer is not None:
                yield Stretch(begin, last, self.mounting)
                self._set(self._mount(newer, float(rows.samples.time_s[last - 1])), rows, last - 1, events)
                return
            first = last
        if begin < n:
            yield Stretch(begin, n, self.mounting)

    def _take_over(self, pose: Pose, axis: Axis, rows: StrapRows, row: int, events: list[Event]) -> None:
        rotation = frames.shin_axes(pose.up, axis.left)
        start_s = float(rows.samples.time_s[row])
        self._set(Mounting("pose+axis", start_s, rotation, False, axis.sd_deg, pose.sd_deg), rows, row, events)
        self._finder = None
        self._confirming = False
        self._window.clear()

    def _confirm(self, finder: AxisFinder, rows: StrapRows, begin: int, end: int, events: list[Event]) -> Pose | None:
        """Add rows to the second pose; returns it where it must take the place of the first."""
        if not self._confirming:
            return None
        self._window.add(rows.samples, begin, end)
        if self._window.missing:
            return None
        second = self._window.judge()
        off_deg = apart_deg(finder.pose, second) if isinstance(second, Pose) else math.inf
        if isinstance(second, Refusal) or off_deg > self._p.max_lean_deg:
            self._window.slide()  # moving, or holding a lunge: no second pose yet
            return None
        if off_deg <= self._p.max_apart_deg:
            finder.pose = joint_pose(finder.pose, second)
            self._confirming = False
            self._window.clear()
            return None
        found = f"two standing poses differ by {off_deg:.1f} deg, at most {self._p.max_apart_deg:g} deg is one zero"
        if finder.begun:
            remedy = f"the sensor moved on the strap or you stand differently: {STAND_REMEDY}"
            self._refuse(Refusal("two_poses", f"{found}; the first stays", remedy), rows, end - 1, events)
            self._window.slide()
            return None
        remedy = "the sensor moved on the strap or you stand differently: tighten the strap, stand tall and keep still"
        self._say(Refusal("two_poses", f"{found}; the newer one counts", remedy), rows, end - 1, events)
        self._window.clear()
        return second

    # --- the slip ---

    def _seek_slip(
        self, mounting: Mounting, rows: StrapRows, begin: int, events: list[Event], busy: Callable[[], bool]
    ) -> Iterator[Stretch]:
        """Hand out rows, cut where the strap was found moved, or back in its place."""
        p = self._slip_params
        first = begin
        for at in self._watch.update(rows.at_rest[first:]):
            row = first + at
            lean = lean_deg(_rotation(mounting), rows.quat[row : row + 1])
            off = lean > p.max_lean_deg
            if off == self._slipped or lean > p.seat_deg:
                continue
            yield Stretch(begin, row + 1, mounting, self._slipped)
            begin = row + 1
            if busy():
                continue
            self._slipped = off
            if off:
                reason = (
                    f"at rest the shin leans {lean:.1f} deg from the zero, at most {p.max_lean_deg:g} deg is standing"
                )
                remedy = f"the sensor slipped on the strap or you stand differently: {STAND_REMEDY}"
                self._say(Refusal("slipped", reason, remedy), rows, row, events)

    # --- the pose ---

    def _collect(self, rows: StrapRows, begin: int, events: list[Event]) -> tuple[int, int, Pose | None]:
        """Add rows to the pose until it is judged or the block ends.

        Returns:
            The first row not used, the row at which the verdict fell, and the pose if it passed.
        """
        samples, n = rows.samples, len(rows.samples)
        if self._upright is None:
            take = min(n, begin + self._window.missing)
            self._window.add(samples, begin, take)
            if self._window.missing:
                return take, take - 1, None
            pose = self._judged(rows, take - 1, events)
            if pose is None:
                self._window.slide()
            return take, take - 1, pose
        start, stop = self._upright
        first = begin + int(np.searchsorted(samples.time_s[begin:], start, side="left"))
        last = begin + int(np.searchsorted(samples.time_s[begin:], stop, side="left"))
        self._window.add(samples, first, last)
        if last == n:
            return n, n - 1, None
        pose = self._judged(rows, last, events)
        if pose is None:
            self._upright = None  # the stated pose was no pose: wait for the person to stand still
            self._window.clear()
        return last, last, pose

    def _judged(self, rows: StrapRows, row: int, events: list[Event]) -> Pose | None:
        if self._upright is not None and self._upright[1] - self._upright[0] < self._p.least_s:
            long_s = self._upright[1] - self._upright[0]
            reason = (
                f"the stated upright interval of {long_s:g} s is too short, {self._p.least_s:g} s or more is a pose"
            )
            result: Pose | Refusal = Refusal("too_short", reason, UPRIGHT_REMEDY)
        elif len(self._window) < 2:
            result = Refusal("empty", "no samples in the stated upright interval", UPRIGHT_REMEDY)
        else:
            result = self._fits_axes(self._window.judge())
        if isinstance(result, Pose):
            self._window.clear()
            return result
        self._refuse(result, rows, row, events)
        return None

    def _fits_axes(self, pose: Pose | Refusal) -> Pose | Refusal:
        if isinstance(pose, Refusal) or self._axes is None:
            return pose
        along = _along(pose.up, self._axes[6:])
        if along >= LEAST_ALONG_UP:
            return pose
        seen = ", ".join(f"{v:+.2f}" for v in pose.up)
        off_deg = math.degrees(math.acos(max(along, -1.0)))
        return Refusal(
            "axes",
            f"standing, up is at ({seen}) in sensor axes, {off_deg:.0f} deg from the stated mounting",
            "state which sensor axes point forwards, left and up: --mounting FORWARDS,LEFT,UP",
        )


def _along(up: tuple[float, float, float], axis: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(up, axis, strict=True))


def _rotation(mounting: Mounting) -> frames.Rotation:
    a, b, c, d, e, f, g, h, i = mounting.rotation
    return (a, b, c, d, e, f, g, h, i)
