"""Curves know their own derivatives."""

import numpy as np
import pytest

from sensor_pipeline.simulate.curve import PROFILES, Curve, Ring, Waypoints, minimum_jerk, sinusoids, slow_start

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


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_goes_from_0_to_1_in_its_duration_and_knows_its_derivatives(name: str) -> None:
    start, duration = np.array([0.2]), np.array([1.5])
    step = PROFILES[name](np.array([-1.0, 0.2, 1.7, 9.0]), start, duration)
    assert step.value == pytest.approx([0.0, 0.0, 1.0, 1.0], abs=1e-12)
    assert step.rate == pytest.approx([0.0] * 4, abs=1e-12)
    inside = PROFILES[name](TIME_S[(TIME_S > 0.21) & (TIME_S < 1.69)], start, duration)
    assert np.all(inside.rate > 0.0)
    h = 1e-4
    for lower, higher in ((inside.value, inside.rate), (inside.rate, inside.acceleration)):
        assert np.max(np.abs((lower[2:] - lower[:-2]) / (2.0 * h) - higher[1:-1])) < 5e-3


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "half_cosine"])
def test_profiles_start_and_end_without_a_jump_of_acceleration(name: str) -> None:
    assert_derivatives(PROFILES[name](TIME_S, np.array([0.2]), np.array([1.5])), 6e-3)


def test_a_slow_start_is_slow_at_the_start() -> None:
    at = np.linspace(0.0, 1.0, 1001)
    slow, usual = (step(at, np.zeros(1), np.ones(1)) for step in (slow_start, minimum_jerk))
    assert np.all(slow.value[50:500] < 0.8 * usual.value[50:500] + 1e-3)
    assert at[np.argmax(slow.rate)] > 0.6 > at[np.argmax(usual.rate)]


def test_waypoints_pass_through_their_values_and_rest_there() -> None:
    course = Waypoints((0.0, 0.5, 1.0, 2.0), (0.1, -0.4, -0.4, 0.3))
    at = course.at(np.array([-5.0, 0.0, 0.5, 0.7, 1.0, 2.0, 7.0]))
    assert at.value == pytest.approx([0.1, 0.1, -0.4, -0.4, -0.4, 0.3, 0.3], abs=1e-12)
    assert at.rate == pytest.approx([0.0] * 7, abs=1e-12)
    assert_derivatives(course.at(TIME_S), 2e-2)


def test_a_ring_swings_with_its_amplitude_and_dies_out() -> None:
    ring = Ring(0.3, 0.5, 20.0, 0.05)
    assert_derivatives(ring.at(TIME_S), 2.0)  # of 7900 per s^2
    value = ring.at(TIME_S).value
    assert np.all(value[TIME_S <= 0.3] == 0.0)
    assert 0.4 < np.max(np.abs(value)) <= 0.5
    assert np.max(np.abs(value[TIME_S > 0.3 + 8.0 * 0.05])) < 1e-6


def test_a_product_follows_the_product_rule() -> None:
    a = minimum_jerk(TIME_S, np.array([0.2]), np.array([1.5]))
    b = sinusoids(TIME_S, np.array([0.3]), np.array([1.0]), np.array([0.4]))
    assert_derivatives(a.product(b), 2e-3)
    assert np.array_equal(a.product(b).value, a.value * b.value)
