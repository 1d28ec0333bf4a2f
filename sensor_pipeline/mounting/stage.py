"""The mounting stage: decides, row by row, which mounting holds.

In: sample blocks. Out: stretches of rows that share one mounting (or none), and events. Must not live here: angles.

The room is made to grow: the mediolateral axis from first movements takes its place beside the pose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from sensor_pipeline import frames
from sensor_pipeline.mounting.pose import Pose, PoseParams, Refusal, judge_pose
from sensor_pipeline.types import (
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
"""A stated "up" axis farther than 45 deg from the pose's is another axis: the statement is wrong, not imprecise."""
UPRIGHT_REMEDY = "give an interval of standing still inside the recording: --upright START:END"


@dataclass(frozen=True, slots=True)
class MountingParams:
    """Settings of the mounting stage: see :class:`~sensor_pipeline.mounting.pose.PoseParams`."""

    pose: PoseParams = field(default_factory=PoseParams)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows [begin, end) of a block under one mounting; None before the standing pose."""

    begin: int
    end: int
    mounting: Mounting | None


class MountingStage:
    """Finds a standing pose and says from which row on its mounting holds. Earlier rows are never rewritten."""

    def __init__(self, setup: SensorSetup, sensor: int, params: MountingParams) -> None:
        """Args: the sensor's setup (rate, known axes, stated upright interval), its index, thresholds."""
        self._p = params.pose
        self._sensor = sensor
        self._axes = None if setup.mounting_axes is None else frames.parse_axes(setup.mounting_axes)
        self._upright = setup.upright_s
        self._window = max(2, round(self._p.window_s * setup.rate_hz))
        self._acc: FloatArray = np.empty((0, 3))  # rows of the pose being collected
        self._gyr: FloatArray = np.empty((0, 3))
        self._said: dict[str, float] = {}  # refusal cause -> when it was last said
        self.mounting: Mounting | None = None
        self._searching = self._axes is None or self._upright is not None

    def rezero(self) -> None:
        """Take the standing pose anew; the present mounting holds until then."""
        self._searching = True
        self._upright = None
        self._said.clear()
        self.restart()

    def restart(self) -> None:
        """Samples are missing: a pose must not be averaged across the hole."""
        self._acc = self._gyr = np.empty((0, 3))

    def update(self, samples: Samples, order: IntArray) -> tuple[list[Stretch], list[Event]]:
        """Follow a block.

        Args:
            samples: the rows.
            order: (n,) the record each row came with.

        Returns:
            The block cut where the mounting changes, and what happened.
        """
        n = len(samples)
        events: list[Event] = []
        stretches: list[Stretch] = []
        begin = 0
        if n and self.mounting is None and self._axes is not None and not self._searching:
            self._set(
                Mounting("given", float(samples.time_s[0]), self._axes, False, AXIS_SD_GIVEN_DEG), order, 0, events
            )
        while begin < n and self._searching:
            end, row, pose = self._collect(samples, order, begin, events)
            stretches.append(Stretch(begin, end, self.mounting))
            begin = end
            if pose is not None:
                self._set(self._mount(pose, float(samples.time_s[row])), order, row, events)
        if begin < n:
            stretches.append(Stretch(begin, n, self.mounting))
        return stretches, events

    def _set(self, mounting: Mounting, order: IntArray, row: int, events: list[Event]) -> None:
        self.mounting = mounting
        self._searching = False
        events.append(MountingSet(int(order[row]), self._sensor, mounting.start_s, mounting))

    def _mount(self, pose: Pose, start_s: float) -> Mounting:
        if self._axes is None:
            # any direction does as "left" where only the tilt is used: take the chip axis farthest from up
            farthest = min(range(3), key=lambda i: abs(pose.up[i]))
            left = (float(farthest == 0), float(farthest == 1), float(farthest == 2))
            return Mounting("pose", start_s, frames.shin_axes(pose.up, left), True, None, pose.sd_deg)
        rotation = frames.shin_axes(pose.up, (self._axes[3], self._axes[4], self._axes[5]))
        return Mounting("given+pose", start_s, rotation, False, AXIS_SD_GIVEN_DEG, pose.sd_deg)

    def flush(self, order: int, time_s: float) -> tuple[Event, ...]:
        """End the stream: a stated upright interval that was never reached is refused."""
        if not self._searching or self._upright is None:
            return ()
        self._searching = False
        start, stop = self._upright
        reason = f"the recording ends before the stated upright interval {start:g}:{stop:g} s does"
        return (MountingRefused(order, self._sensor, time_s, reason, UPRIGHT_REMEDY),)

    def _collect(
        self, samples: Samples, order: IntArray, begin: int, events: list[Event]
    ) -> tuple[int, int, Pose | None]:
        """Add rows to the pose until it is judged or the block ends.

        Returns:
            The first row not used, the row at which the verdict fell, and the pose if it passed.
        """
        n = len(samples)
        if self._upright is None:
            take = min(n, begin + self._window - len(self._acc))
            self._add(samples, begin, take)
            if len(self._acc) < self._window:
                return take, take - 1, None
            return take, take - 1, self._judged(samples, order, take - 1, events, slide=True)
        start, stop = self._upright
        first = begin + int(np.searchsorted(samples.time_s[begin:], start, side="left"))
        last = begin + int(np.searchsorted(samples.time_s[begin:], stop, side="left"))
        self._add(samples, first, last)
        if last == n:
            return n, n - 1, None
        pose = self._judged(samples, order, last, events, slide=False)
        if pose is None:
            self._upright = None  # the stated pose was no pose: wait for the person to stand still
            self.restart()
        return last, last, pose

    def _fits_axes(self, pose: Pose | Refusal) -> Pose | Refusal:
        if isinstance(pose, Refusal) or self._axes is None:
            return pose
        along = sum(a * b for a, b in zip(self._axes[6:], pose.up, strict=True))
        if along >= LEAST_ALONG_UP:
            return pose
        seen = ", ".join(f"{v:+.2f}" for v in pose.up)
        off_deg = math.degrees(math.acos(max(along, -1.0)))
        return Refusal(
            "axes",
            f"standing, up is at ({seen}) in sensor axes, {off_deg:.0f} deg from the stated mounting",
            "state which sensor axes point forwards, left and up: --mounting FORWARDS,LEFT,UP",
        )

    def _add(self, samples: Samples, begin: int, end: int) -> None:
        self._acc = np.concatenate((self._acc, samples.acc_m_s2[begin:end]))
        self._gyr = np.concatenate((self._gyr, samples.gyr_rad_s[begin:end]))

    def _judged(self, samples: Samples, order: IntArray, row: int, events: list[Event], *, slide: bool) -> Pose | None:
        time_s = float(samples.time_s[row])
        if len(self._acc) < 2:
            result: Pose | Refusal = Refusal("empty", "no samples in the stated upright interval", UPRIGHT_REMEDY)
        else:
            result = self._fits_axes(judge_pose(self._acc, self._gyr, self._p))
        if isinstance(result, Pose):
            self.restart()
            return result
        if time_s - self._said.get(result.cause, -self._p.remind_s) >= self._p.remind_s:
            self._said[result.cause] = time_s
            events.append(MountingRefused(int(order[row]), self._sensor, time_s, result.reason, result.remedy))
        if slide:
            # move on by a tenth of the window: a pose is found soon after the person stands still
            step = max(1, self._window // 10)
            self._acc, self._gyr = self._acc[step:], self._gyr[step:]
        return None
