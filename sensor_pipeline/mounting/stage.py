"""The mounting stage: decides, row by row, which mounting holds.

In: sample blocks with rest and orientation. Out: stretches of rows that share one mounting (or none), and events. Must
not live here: angles, what a pose, an axis or a slip is.

1. A standing pose sets "up": total tilt only. A second one confirms it. Two that differ are refused: until the first
   movement the newer one is the zero, and the search for its confirmation goes on; after it the zero stays, so that
   the repetitions of a set can be compared. Where movements show that the pose was none of standing, rows are flagged
   slipped until the person has stood still elsewhere; where it was left for another place, that is the zero.
2. The first movements set the mediolateral axis; it takes over at rest, outside any repetition. The zero is then the
   middle of the two poses, if there were two.
3. From then on only a slip of the strap is looked for. A new zero keeps the axis, unless the strap has turned.

A stated mounting skips all but its pose. Rows once handed out are never rewritten; a hole in the data changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from sensor_pipeline import frames
from sensor_pipeline.mounting import words
from sensor_pipeline.mounting.axis import Axis, AxisFinder
from sensor_pipeline.mounting.pose import Pose, Refusal, apart_deg, joint_pose
from sensor_pipeline.mounting.slip import StrapWatch
from sensor_pipeline.mounting.standing import InLunge, StandingWatch
from sensor_pipeline.mounting.strap_rows import MountingParams, StrapRows, Stretch
from sensor_pipeline.mounting.window import PoseWindow
from sensor_pipeline.types import Event, FloatArray, Mounting, MountingRefused, MountingSet, Samples, SensorSetup

AXIS_SD_GIVEN_DEG = 0.0
"""A mounting that was stated is taken as exact; what a strap adds is the stater's to know."""
LEAST_ALONG_UP = math.cos(math.radians(45.0))
"""A known "up" axis farther than 45 deg from the pose's is another axis: stated wrongly, or strapped on anew."""
__all__ = ["MountingParams", "MountingStage", "StrapRows", "Stretch"]


class MountingStage:
    """Finds the mounting and says from which row on it holds. Earlier rows are never rewritten."""

    def __init__(self, setup: SensorSetup, sensor: int, params: MountingParams) -> None:
        """Args: the sensor's setup (rate, known axes, stated upright interval), its index, thresholds."""
        self._p = params.pose
        self._params = params
        self._rate_hz = setup.rate_hz
        self._sensor = sensor
        self._axes = None if setup.mounting_axes is None else frames.parse_axes(setup.mounting_axes)
        self._upright = setup.upright_s
        self._window = PoseWindow(setup.rate_hz, params.pose)
        self._said: dict[str, float] = {}  # refusal cause -> when it was last said
        self.mounting: Mounting | None = None
        self._searching = self._axes is None or self._upright is not None
        self._confirming = False  # a second pose is looked for
        self._finder: AxisFinder | None = None  # while the axis is looked for
        self._standing: StandingWatch | None = None  # while it may show that the zero is wrong
        self._in_lunge: Pose | None = None  # a pose that was taken in a lunge: the next one must be elsewhere
        self._watch: StrapWatch | None = None  # once the axis is known
        self._slipped = False
        self._turned = False

    def rezero(self) -> None:
        """Take the standing pose anew; the present mounting holds until then, its axis beyond."""
        self._searching = True
        self._confirming = False
        self._finder = None
        self._upright = None
        self._in_lunge = None
        self._said.clear()
        self.restart()

    def restart(self) -> None:
        """Samples are missing: neither a pose nor a movement nor a rest may span the hole. The mounting holds."""
        self._window.clear()
        for watch in (self._watch, self._finder, self._standing):
            if watch is not None:
                watch.restart()

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
        while begin < n:
            for stretch in self._next(rows, begin, events, busy):
                yield stretch
                begin = stretch.end

    def _next(self, rows: StrapRows, begin: int, events: list[Event], busy: Callable[[], bool]) -> Iterator[Stretch]:
        """Hand out rows until what is looked for changes, or the block ends."""
        if self._searching:
            end, row, pose = self._collect(rows, begin, events)
            yield self._stretch(begin, end)
            if pose is not None:
                self._set(self._mount(pose, float(rows.samples.time_s[row])), rows, row, events)
        elif self._finder is not None:
            yield from self._seek_axis(self._finder, rows, begin, events, busy)
        elif self._watch is not None:
            yield from self._seek_slip(self._watch, rows, begin, events, busy)
        else:
            yield self._stretch(begin, len(rows.samples))

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
        if mounting is not self.mounting or self._searching or self._slipped or self._turned:
            return False
        finder, standing = self._finder, self._standing
        if finder is None:
            return self._watch is None or self._watch.pass_few(quat, at_rest)
        if self._confirming and self._window.missing <= n:
            return False
        looking = standing is not None and not standing.settled
        if looking and (at_rest is None or not all(at_rest)):
            return False
        if not finder.pass_few(quat, at_rest):
            return False
        if standing is not None and looking:
            standing.rest_few(samples, quat)
        if self._confirming:
            self._window.add(samples, 0, n)
        return True

    def flush(self, order: int, time_s: float) -> tuple[Event, ...]:
        """End the stream: a stated upright interval that was never reached, or a pose never found, is refused."""
        if not self._searching:
            return ()
        self._searching = False
        said = words.never_stood(self._p.window_s) if self._upright is None else words.never_upright(self._upright)
        return (MountingRefused(order, self._sensor, time_s, said.reason, said.remedy),)

    # --- the mounting ---

    def _stretch(self, begin: int, end: int) -> Stretch:
        return Stretch(begin, end, self.mounting, self._slipped or self._turned)

    def _set(self, mounting: Mounting, rows: StrapRows, row: int, events: list[Event]) -> None:
        self.mounting = mounting
        self._searching = self._slipped = self._turned = False
        self._watch = None
        if mounting.method == "pose+axis":
            self._watch = StrapWatch(self._rate_hz, _rotation(mounting), self._params.slip)
        events.append(MountingSet(int(rows.order[row]), self._sensor, mounting.start_s, mounting))

    def _mount(self, pose: Pose, start_s: float) -> Mounting:
        if self._axes is not None:
            rotation = frames.shin_axes(pose.up, (self._axes[3], self._axes[4], self._axes[5]))
            return Mounting("given+pose", start_s, rotation, False, AXIS_SD_GIVEN_DEG, pose.sd_deg)
        old = self.mounting
        if old is not None and not old.tilt_only and not self._turned and _fits(pose, old.rotation):
            old_axes = _rotation(old)
            rotation = frames.shin_axes(pose.up, (old_axes[3], old_axes[4], old_axes[5]))
            return Mounting("pose+axis", start_s, rotation, False, old.axis_sd_deg, pose.sd_deg)
        # any direction does as "left" where only the tilt is used: take the chip axis farthest from up
        farthest = min(range(3), key=lambda i: abs(pose.up[i]))
        left = (float(farthest == 0), float(farthest == 1), float(farthest == 2))
        rotation = frames.shin_axes(pose.up, left)
        self._confirming = self._upright is None  # a stated pose is the person's word
        self._finder = AxisFinder(rotation, pose, self._params.axis)
        self._standing = None
        if self._upright is None:
            self._standing = StandingWatch(self._rate_hz, pose, self._p, self._params.standing)
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
            wrong = self._find_wrong(rows, first, last)
            if wrong is not None:
                last = wrong[0] + 1
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
            if newer is None and wrong is not None:
                yield Stretch(begin, last - 1, self.mounting)
                self._slipped = True
                yield self._stretch(last - 1, last)
                self._replace(finder.pose, wrong[1], rows, last - 1, events)
                return
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
        self._finder = self._standing = None
        self._confirming = False
        self._window.clear()

    def _find_wrong(self, rows: StrapRows, begin: int, end: int) -> tuple[int, Pose | InLunge] | None:
        """The first of rows [begin, end) that shows the pose to be none of standing, and how."""
        if self._standing is None or self._standing.settled:
            return None
        return self._standing.update(rows.samples, rows.gyr_rad_s, rows.quat, rows.at_rest, begin, end)

    def _replace(self, pose: Pose, found: Pose | InLunge, rows: StrapRows, row: int, events: list[Event]) -> None:
        """The pose was none of standing: move the zero, or look for another."""
        self._window.clear()
        if isinstance(found, Pose):
            self._say(words.elsewhere(apart_deg(pose, found)), rows, row, events)
            self._set(self._mount(found, float(rows.samples.time_s[row])), rows, row, events)
            return
        self._searching, self._confirming = True, False
        self._finder = self._standing = None
        self._in_lunge = pose
        self._refuse(words.in_lunge("the zero was set", self._p.window_s), rows, row, events)

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
        refusal = words.two_poses(off_deg, self._p.max_apart_deg, begun=finder.begun)
        if finder.begun:
            self._refuse(refusal, rows, end - 1, events)
            self._window.slide()
            return None
        self._say(refusal, rows, end - 1, events)
        self._window.clear()
        return second

    # --- the slip ---

    def _seek_slip(
        self, watch: StrapWatch, rows: StrapRows, begin: int, events: list[Event], busy: Callable[[], bool]
    ) -> Iterator[Stretch]:
        """Hand out rows, cut where the strap was found moved, or back in its place."""
        first = begin
        for mark in watch.update(rows.quat[first:], rows.at_rest[first:]):
            leans, turned = mark.kind in ("leans", "moved"), mark.kind == "turned"
            if mark.kind in ("turned", "straight"):
                changes, leans = turned != self._turned, self._slipped
            else:
                changes, turned = leans != self._slipped, self._turned
            if not changes:
                continue
            row = first + mark.row
            yield self._stretch(begin, row + 1)
            begin = row + 1
            if mark.kind in ("stands", "leans") and busy():
                continue
            self._slipped, self._turned = leans, turned
            refusal = words.strap_moved(mark, self._params.slip.max_lean_deg)
            if refusal is not None:
                self._say(refusal, rows, row, events)
        if begin < len(rows.samples):
            yield self._stretch(begin, len(rows.samples))

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
            result: Pose | Refusal = Refusal("too_short", reason, words.UPRIGHT_REMEDY)
        elif len(self._window) < 2:
            result = Refusal("empty", "no samples in the stated upright interval", words.UPRIGHT_REMEDY)
        else:
            result = self._stands(self._fits_axes(self._window.judge()))
        if isinstance(result, Pose):
            self._window.clear()
            return result
        self._refuse(result, rows, row, events)
        return None

    def _stands(self, pose: Pose | Refusal) -> Pose | Refusal:
        if isinstance(pose, Refusal) or self._in_lunge is None:
            return pose
        return (
            pose
            if apart_deg(pose, self._in_lunge) > self._p.max_lean_deg
            else words.in_lunge("you keep still", self._p.window_s)
        )

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


def _fits(pose: Pose, rotation: tuple[float, ...]) -> bool:
    return _along(pose.up, rotation[6:]) >= LEAST_ALONG_UP


def _along(up: tuple[float, float, float], axis: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(up, axis, strict=True))


def _rotation(mounting: Mounting) -> frames.Rotation:
    a, b, c, d, e, f, g, h, i = mounting.rotation
    return (a, b, c, d, e, f, g, h, i)
