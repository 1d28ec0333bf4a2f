"""Movements that lie on top of a scripted set: what else a leg does, piece by piece.

In: when and how much. Out: :class:`Movement` pieces; their sums. Must not live here: repetitions (person), which pieces
happen in a session (scenario).

A piece says how it changes the three angles and where it puts the ankle; pieces add up, so that a timeline is a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG, medial_sign
from sensor_pipeline.simulate.curve import Course, Curve, Ring, Waypoints, zero
from sensor_pipeline.simulate.shank import Pivot, ShankAngles
from sensor_pipeline.types import FloatArray, Side

Channel = Literal["dorsiflexion", "frontal", "axial", "forwards", "left", "up"]
"""The three angles, rad, and the three places of the ankle, m."""

STRIDE_S = 1.3
"""One stride of calm walking (own choice: some 92 steps a minute)."""
STRIDE_M = 0.6
"""Length of that stride: short, because the wall is near (own choice)."""
WAY_UP_S = 1.4
"""Out of a lunge (the usual ascent of ``PersonParams``)."""
KNOCK_HZ = 25.0
"""Vibration of a shin after a light knock (assumption)."""
KNOCK_RISE_S = 0.02
"""From a knock to its strongest vibration (assumption)."""


class Movement(Protocol):
    """A piece of a leg's movement."""

    @property
    def name(self) -> str:
        """What it is."""
        ...

    @property
    def end_s(self) -> float:
        """When the leg is back at rest."""
        ...

    def angles(self, time_s: FloatArray) -> ShankAngles:
        """What it adds to the angles at (n,) times, rad."""
        ...

    def pivot(self, time_s: FloatArray) -> Pivot:
        """What it adds to the ankle's place at (n,) times, m."""
        ...

    def heel_m(self, time_s: FloatArray) -> FloatArray:
        """How high it lifts the heel of a foot that should stand flat, (n,) m."""
        ...


@dataclass(frozen=True, slots=True)
class Gesture:
    """A movement given as courses of its channels; a channel that is not named stays at 0.

    Attributes:
        name: what it is.
        end_s: when the leg is back at rest.
        channels: courses of each channel, added up.
    """

    name: str
    end_s: float
    channels: Mapping[Channel, Sequence[Course]]

    def angles(self, time_s: FloatArray) -> ShankAngles:
        """What it adds to the angles at (n,) times, rad."""
        return ShankAngles(*(self._sum(name, time_s) for name in ("dorsiflexion", "frontal", "axial")))

    def pivot(self, time_s: FloatArray) -> Pivot:
        """What it adds to the ankle's place at (n,) times, m."""
        return Pivot(*(self._sum(name, time_s) for name in ("forwards", "left", "up")))

    def heel_m(self, time_s: FloatArray) -> FloatArray:
        """0: outside a repetition a lifted heel is no fault."""
        return np.zeros_like(time_s)

    def _sum(self, name: Channel, time_s: FloatArray) -> Curve:
        total = zero(time_s)
        for course in self.channels.get(name, ()):
            total = total.plus(course.at(time_s))
        return total


def pivot_of(movements: Iterable[Movement], time_s: FloatArray) -> Pivot:
    """Where the ankle is at (n,) times: all pieces together."""
    total = Pivot(zero(time_s), zero(time_s), zero(time_s))
    for movement in movements:
        total = Pivot(*(a.plus(b) for a, b in zip(total, movement.pivot(time_s), strict=True)))
    return total


def walk(start_s: float, strides: int, side: Side) -> Gesture:
    """Walking up to the wall: the shin swings, the ankle travels, the heel strikes the floor.

    Args:
        start_s: when it begins.
        strides: how many strides this leg makes; the right leg is half a stride behind the left one.
        side: which leg.

    Returns:
        The walk; the leg stands upright at its new place afterwards.
    """
    begin_s = start_s if side == "left" else start_s + STRIDE_S / 2.0
    shin_s, shin_rad = [begin_s], [0.0]
    fore_s, fore_m = [begin_s], [0.0]
    up_s, up_m = [begin_s], [0.0]
    strikes: list[Course] = []
    for stride in range(strides):
        t = begin_s + stride * STRIDE_S
        # push-off leans the shin forwards, the swing brings it behind the vertical, the next stance upright again
        shin_s += [t + 0.40 * STRIDE_S, t + 0.75 * STRIDE_S, t + STRIDE_S]
        shin_rad += [45.0 * RAD_PER_DEG, -15.0 * RAD_PER_DEG, 0.0]
        fore_s += [t + 0.25 * STRIDE_S, t + 0.75 * STRIDE_S]
        fore_m += [stride * STRIDE_M, (stride + 1) * STRIDE_M]
        up_s += [t + 0.20 * STRIDE_S, t + 0.45 * STRIDE_S, t + 0.75 * STRIDE_S]
        up_m += [0.0, 0.10, 0.0]
        strikes.append(Ring(t + 0.75 * STRIDE_S, 0.0006, KNOCK_HZ, KNOCK_RISE_S))
    courses: dict[Channel, Sequence[Course]] = {
        "dorsiflexion": [Waypoints(tuple(shin_s), tuple(shin_rad))],
        "forwards": [Waypoints(tuple(fore_s), tuple(fore_m))],
        "up": [Waypoints(tuple(up_s), tuple(up_m)), *strikes],
    }
    return Gesture("walk", start_s + (strides + 0.5) * STRIDE_S, courses)


def shift_weight(start_s: float, times: int, side: Side) -> Gesture:
    """Shifting weight from one foot to the other: the shin tilts sideways and a little forwards, the foot stays.

    Args:
        start_s: when it begins.
        times: how often it goes there and back, 1.6 s each.
        side: which leg; the body moves to its left first, so that one knee goes out where the other goes in.
    """
    at_s, tilt_rad, lean_rad = [start_s], [0.0], [0.0]
    for number in range(times):
        t = start_s + 1.6 * number
        at_s += [t + 0.6, t + 1.2, t + 1.6]
        tilt_rad += [-2.5 * RAD_PER_DEG * medial_sign(side), 2.0 * RAD_PER_DEG * medial_sign(side), 0.0]
        lean_rad += [1.5 * RAD_PER_DEG, -0.5 * RAD_PER_DEG, 0.0]
    times_s = tuple(at_s)
    return Gesture(
        "shift",
        times_s[-1],
        {"frontal": [Waypoints(times_s, tuple(tilt_rad))], "dorsiflexion": [Waypoints(times_s, tuple(lean_rad))]},
    )


def kneel(start_s: float) -> Gesture:
    """Kneeling down on this knee and getting up again: the shin comes close to the floor, toes tucked, heel up."""
    times_s = (start_s, start_s + 1.8, start_s + 4.0, start_s + 5.8)
    lean, back, height = 75.0 * RAD_PER_DEG, -0.06, 0.05
    return Gesture(
        "kneel",
        times_s[-1],
        {
            "dorsiflexion": [Waypoints(times_s, (0.0, lean, lean, 0.0))],
            "forwards": [Waypoints(times_s, (0.0, back, back, 0.0))],
            "up": [Waypoints(times_s, (0.0, height, height, 0.0))],
        },
    )


def lunging_already(until_s: float, lean_rad: float) -> Gesture:
    """Deep in a lunge when the session begins, still until ``until_s``, then up into the standing pose.

    Args:
        until_s: when the way up begins.
        lean_rad: dorsiflexion until then.
    """
    times_s = (until_s, until_s + WAY_UP_S)
    return Gesture("lunging_already", times_s[-1], {"dorsiflexion": [Waypoints(times_s, (lean_rad, 0.0))]})


def tap(start_s: float, taps: int) -> Gesture:
    """Tapping on the sensor with a finger: short knocks of some 2 g backwards, 0.4 s apart.

    The skin gives, not the bone; the sensor feels the same when the whole shin is moved by as much.
    """
    knocks = [Ring(start_s + 0.4 * number, -0.0003, 30.0, 0.012) for number in range(taps)]
    rocking = [Ring(start_s + 0.4 * number, 0.2 * RAD_PER_DEG, 15.0, 0.02) for number in range(taps)]
    return Gesture("tap", start_s + 0.4 * taps, {"forwards": knocks, "dorsiflexion": rocking})


def touch_wall(start_s: float, size_m: float) -> Gesture:
    """The knee touches the wall: a short vibration of the shin.

    Args:
        start_s: when it touches.
        size_m: largest displacement; 0.1 mm at 25 Hz are some 2.5 m/s^2.
    """
    return Gesture("touch_wall", start_s + 8.0 * KNOCK_RISE_S, {"forwards": [Ring(start_s, -size_m, KNOCK_HZ, 0.02)]})


def dip(middle_s: float, depth_rad: float) -> Gesture:
    """Coming up a little in the middle of a hold and going down again (a double dip), 1.4 s in all."""
    times_s = (middle_s - 0.7, middle_s, middle_s + 0.7)
    return Gesture("double_dip", times_s[-1], {"dorsiflexion": [Waypoints(times_s, (0.0, -depth_rad, 0.0))]})
