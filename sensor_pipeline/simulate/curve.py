"""Smooth curves of time with their exact first and second derivatives: what a scripted joint angle is made of.

In: times (n,) s. Out: :class:`Curve`. Must not live here: people, legs, random draws.
"""

from __future__ import annotations

import math
from typing import NamedTuple

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
    total = Curve(np.zeros_like(time_s), np.zeros_like(time_s), np.zeros_like(time_s))
    for a, f, p in zip(amplitude.tolist(), frequency_hz.tolist(), phase_rad.tolist(), strict=True):
        w = 2.0 * math.pi * f
        angle = w * time_s + p
        sine = np.sin(angle)
        total = total.plus(Curve(a * sine, a * w * np.cos(angle), -a * w * w * sine))
    return total
