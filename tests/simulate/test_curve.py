"""Curves know their own derivatives."""

import numpy as np
import pytest

from sensor_pipeline.simulate.curve import Curve, minimum_jerk, sinusoids

TIME_S = np.arange(-0.5, 3.0, 1e-4)


def assert_derivatives(curve: Curve, tolerance: float) -> None:
    """Central differences of each order agree with the next one."""
    step = TIME_S[1] - TIME_S[0]
    for lower, higher in ((curve.value, curve.rate), (curve.rate, curve.acceleration)):
        numeric = (lower[2:] - lower[:-2]) / (2.0 * step)
        assert np.max(np.abs(numeric - higher[1:-1])) < tolerance


def test_a_minimum_jerk_step_goes_from_0_to_1_in_its_duration() -> None:
    step = minimum_jerk(np.array([-1.0, 0.2, 0.95, 1.7, 9.0]), np.array([0.2]), np.array([1.5]))
    assert step.value == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0], abs=1e-12)
    assert step.rate == pytest.approx([0.0, 0.0, 1.875 / 1.5, 0.0, 0.0], abs=1e-12)
    assert step.acceleration == pytest.approx([0.0] * 5, abs=1e-12)


def test_derivatives_of_a_step_are_exact() -> None:
    assert_derivatives(minimum_jerk(TIME_S, np.array([0.2]), np.array([1.5])), 2e-3)


def test_derivatives_of_a_sway_are_exact_and_its_power_is_half_the_squares() -> None:
    amplitude, frequency, phase = np.array([0.3, 0.1]), np.array([1.0, 2.0]), np.array([0.4, 2.0])
    assert_derivatives(sinusoids(TIME_S, amplitude, frequency, phase), 1e-5)
    whole = sinusoids(np.arange(0.0, 10.0, 1e-3), amplitude, frequency, phase).value
    assert np.mean(whole * whole) == pytest.approx((0.3**2 + 0.1**2) / 2.0, rel=1e-9)


def test_sums_and_multiples_hold_for_all_three_orders() -> None:
    a = minimum_jerk(TIME_S, np.array([0.2]), np.array([1.5]))
    b = sinusoids(TIME_S, np.array([0.3]), np.array([1.0]), np.array([0.4]))
    for got, x, y in zip(a.times(2.0).plus(b), a, b, strict=True):
        assert np.array_equal(got, 2.0 * x + y)
