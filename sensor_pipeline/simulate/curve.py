"""Smooth curves of time with their exact first and second derivatives: what a scripted joint angle is made of.

In: times (n,) s. Out: :class:`Curve`. Must not live here: people, legs, random draws.

A step goes from 0 to 1 in one of the :data:`PROFILES`; a course (:class:`Waypoints`, :class:`Ring`) gives a curve at
any time and is what movements are composed of.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np

from sensor_pipeline.types import FloatArray


class Curve(NamedTuple):
    """A quantity over time: value, first and second time derivative, (n,) each, for example rad, rad/s, rad/s^2."""

    value: FloatArray
    rate: FloatArray
    acceleration: FloatArray

    def plus(self, other: Curve) -> Curve:
        """Sum of two curves over the same times."""
        return Curve(self.value + other.value, self.rate + other.rate, self.acceleration + other.acceleration)

    def times(self, factor: float | FloatArray) -> Curve:
        """This curve times a number, or times a number per row that is constant wherever the curve moves."""
        return Curve(self.value * factor, self.rate * factor, self.acceleration * factor)

    def product(self, other: Curve) -> Curve:
        """This curve times another one over the same times."""
        return Curve(
            self.value * other.value,
            self.rate * other.value + self.value * other.rate,
            self.acceleration * other.value + 2.0 * self.rate * other.rate + self.value * other.acceleration,
        )


def zero(time_s: FloatArray) -> Curve:
    """The curve that stays at 0."""
    return Curve(np.zeros_like(time_s), np.zeros_like(time_s), np.zeros_like(time_s))


def minimum_jerk(time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray) -> Curve:
    """The minimum-jerk step from 0 to 1, 10 x^3 - 15 x^4 + 6 x^5.

    Source: Flash and Hogan 1985, doi 10.1523/JNEUROSCI.05-07-01688.1985.

    Args:
        time_s: (n,) times.
        start_s: (n,) or (1,) start of the step.
        duration_s: (n,) or (1,) its duration, > 0.

    Returns:
        The step: 0 before, 1 after, with continuous second derivative.
    """
    x = np.minimum(np.maximum((time_s - start_s) / duration_s, 0.0), 1.0)
    one_minus = 1.0 - x
    return Curve(
        x * x * x * (10.0 + x * (6.0 * x - 15.0)),
        30.0 * x * x * one_minus * one_minus / duration_s,
        60.0 * x * one_minus * (1.0 - 2.0 * x) / (duration_s * duration_s),
    )


def sinusoids(time_s: FloatArray, amplitude: FloatArray, frequency_hz: FloatArray, phase_rad: FloatArray) -> Curve:
    """A sum of sinusoids, added in the given order.

    Args:
        time_s: (n,) times.
        amplitude: (k,) amplitudes.
        frequency_hz: (k,) frequencies.
        phase_rad: (k,) phases.

    Returns:
        The sum.
    """
    total = zero(time_s)
    for a, f, p in zip(amplitude.tolist(), frequency_hz.tolist(), phase_rad.tolist(), strict=True):
        w = 2.0 * math.pi * f
        angle = w * time_s + p
        sine = np.sin(angle)
        total = total.plus(Curve(a * sine, a * w * np.cos(angle), -a * w * w * sine))
    return total


def half_cosine(time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray) -> Curve:
    """The step (1 - cos pi x) / 2 from 0 to 1: speed is half a sine; its acceleration jumps at both ends.

    Args and result as in :func:`minimum_jerk`.
    """
    x = np.minimum(np.maximum((time_s - start_s) / duration_s, 0.0), 1.0)
    inside = (time_s >= start_s) & (time_s <= start_s + duration_s)
    w = math.pi / duration_s
    angle = math.pi * x
    return Curve(
        0.5 - 0.5 * np.cos(angle),
        np.where(inside, 0.5 * w * np.sin(angle), 0.0),
        np.where(inside, 0.5 * w * w * np.cos(angle), 0.0),
    )


def ramped(time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray, rise: float, fall: float) -> Curve:
    """A step from 0 to 1 whose speed rises smoothly, stays, and falls smoothly: a trapezoid with rounded corners.

    Args:
        time_s, start_s, duration_s: as in :func:`minimum_jerk`.
        rise, fall: share of the duration in which the speed rises and falls, each > 0, together at most 1.

    Returns:
        The step, with continuous second derivative.
    """
    x = np.minimum(np.maximum((time_s - start_s) / duration_s, 0.0), 1.0)
    area = 1.0 - (rise + fall) / 2.0  # under a speed of height 1
    up = np.minimum(x / rise, 1.0)
    down = np.minimum((1.0 - x) / fall, 1.0)
    # the speed is s(up) s(down) with s(y) = 3 y^2 - 2 y^3, whose integral is y^3 - y^4 / 2
    before = rise * up * up * up * (1.0 - 0.5 * up)
    after = fall * down * down * down * (1.0 - 0.5 * down)
    flat = np.minimum(np.maximum(x - rise, 0.0), 1.0 - rise - fall)
    speed = up * up * (3.0 - 2.0 * up) * down * down * (3.0 - 2.0 * down)
    change = 6.0 * up * (1.0 - up) / rise - 6.0 * down * (1.0 - down) / fall
    return Curve(
        (before + flat + fall / 2.0 - after) / area,
        speed / (area * duration_s),
        change / (area * duration_s * duration_s),
    )


def trapezoid(time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray) -> Curve:
    """The step with an even speed for half of its time; args and result as in :func:`minimum_jerk`."""
    return ramped(time_s, start_s, duration_s, 0.25, 0.25)


def slow_start(time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray) -> Curve:
    """The step that starts hesitantly and ends briskly; args and result as in :func:`minimum_jerk`."""
    return ramped(time_s, start_s, duration_s, 0.65, 0.2)


PROFILES: Final[dict[str, Callable[[FloatArray, FloatArray, FloatArray], Curve]]] = {
    "minimum_jerk": minimum_jerk,
    "trapezoid": trapezoid,
    "slow_start": slow_start,
    "half_cosine": half_cosine,
}
"""How a step can go from 0 to 1, by name. The shares of the ramps are own choices: no profile of lunges was found."""


class Course(Protocol):
    """A quantity that has a value at any time."""

    def at(self, time_s: FloatArray) -> Curve:
        """The curve over (n,) times."""
        ...


@dataclass(frozen=True, slots=True)
class Waypoints:
    """Minimum-jerk steps from value to value; the first value holds before, the last one after.

    Attributes:
        times_s: when each value is reached, rising, two or more.
        values: the values, rad or m.
    """

    times_s: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, time_s: FloatArray) -> Curve:
        """The curve over (n,) times."""
        times, values = np.array(self.times_s), np.array(self.values)
        leg = np.minimum(np.maximum(np.searchsorted(times, time_s, side="right") - 1, 0), len(times) - 2)
        step = minimum_jerk(time_s, times[leg], np.diff(times)[leg])
        moved = step.times(np.diff(values)[leg])
        return Curve(values[leg] + moved.value, moved.rate, moved.acceleration)


@dataclass(frozen=True, slots=True)
class Ring:
    """A short vibration after a knock: a sine under the envelope (x exp(1 - x))^3, x = time since the start / rise.

    Attributes:
        start_s: when it begins.
        amplitude: largest value of the envelope, rad or m.
        frequency_hz: of the sine.
        rise_s: from the start to the largest envelope; below 1e-6 of it after 8 times as long.
    """

    start_s: float
    amplitude: float
    frequency_hz: float
    rise_s: float

    def at(self, time_s: FloatArray) -> Curve:
        """The curve over (n,) times."""
        since_s = np.maximum(time_s - self.start_s, 0.0)
        x = since_s / self.rise_s
        e = self.amplitude * np.exp(3.0 - 3.0 * x)
        envelope = Curve(
            e * x * x * x,
            e * 3.0 * x * x * (1.0 - x) / self.rise_s,
            e * x * (6.0 + x * (9.0 * x - 18.0)) / (self.rise_s * self.rise_s),
        )
        w = 2.0 * math.pi * self.frequency_hz
        sine = np.sin(w * since_s)
        return envelope.product(Curve(sine, w * np.cos(w * since_s), -w * w * sine))
