"""The rigid shin: its signals agree with its angles, in frames' signs, by independent means."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation as SciRotation

from sensor_pipeline import frames
from sensor_pipeline.simulate.curve import Curve, minimum_jerk, sinusoids
from sensor_pipeline.simulate.shank import SensorSite, ShankAngles, shank_motion
from sensor_pipeline.types import FloatArray, Side

SITE = SensorSite(anterior_m=0.045, left_m=0.02, up_m=0.25)
ANKLE = SensorSite(0.0, 0.0, 0.0)
SIDES: tuple[Side, ...] = ("left", "right")


def still(*angles_rad: float) -> ShankAngles:
    return ShankAngles(*(Curve(np.array([a]), np.zeros(1), np.zeros(1)) for a in angles_rad))


def busy(time_s: FloatArray) -> ShankAngles:
    """A three-dimensional movement, far livelier than a lunge, that starts untwisted and upright."""
    ramp = minimum_jerk(time_s, np.array([0.5]), np.array([1.0]))
    wave = sinusoids(time_s, np.array([0.2]), np.array([0.8]), np.array([0.3]))
    return ShankAngles(
        ramp.times(0.9),
        ramp.times(0.3).plus(Curve(ramp.value * wave.value, *_product_rule(ramp, wave))),
        ramp.times(-0.5),
    )


def _product_rule(a: Curve, b: Curve) -> tuple[FloatArray, FloatArray]:
    return (
        a.rate * b.value + a.value * b.rate,
        a.acceleration * b.value + 2.0 * a.rate * b.rate + a.value * b.acceleration,
    )


def integrate(gyr_rad_s: FloatArray, step_s: float) -> FloatArray:
    """Orientation (n, 4) w, x, y, z from rates at half steps: exact rotations, one after the other."""
    turns = SciRotation.from_rotvec(gyr_rad_s * step_s)
    total = SciRotation.identity()
    rows = [total.as_quat()]
    for turn in turns:
        total = total * turn
        rows.append(total.as_quat())
    x, y, z, w = np.array(rows).T
    return np.stack([w, x, y, z], axis=1)


@pytest.mark.parametrize("side", SIDES)
def test_integrating_the_true_rate_gives_the_true_angles_in_frames_signs(side: Side) -> None:
    step_s = 5e-4
    time_s = np.arange(0.0, 2.5, step_s)
    quat = integrate(shank_motion(busy(time_s[:-1] + step_s / 2.0), side, SITE).gyr_rad_s, step_s)
    truth = busy(time_s)
    u_x, u_y, u_z = frames.up_in_sensor(quat)
    assert np.max(np.abs(frames.dorsiflexion_rad(u_x, u_z) - truth.dorsiflexion.value)) < 1e-6
    assert np.max(np.abs(frames.frontal_rad(u_y, side) - truth.frontal.value)) < 1e-6
    assert np.max(np.abs(frames.axial_rad(quat[:, 3], quat[:, 0], side) - truth.axial.value)) < 1e-6


@pytest.mark.parametrize("side", SIDES)
def test_specific_force_is_the_second_derivative_of_the_sensors_place_plus_gravity(side: Side) -> None:
    step_s = 5e-4
    time_s = np.arange(0.0, 2.5, step_s)
    quat = integrate(shank_motion(busy(time_s[:-1] + step_s / 2.0), side, SITE).gyr_rad_s, step_s)
    to_earth = SciRotation.from_quat(quat[:, [1, 2, 3, 0]])
    place = to_earth.apply(np.array(SITE))
    wide = 8  # wide differences: the integration's rounding is divided by the square of the step
    h = wide * step_s
    second = (place[2 * wide :] - 2.0 * place[wide:-wide] + place[: -2 * wide]) / (h * h)
    expected = to_earth[wide:-wide].inv().apply(second + np.array([0.0, 0.0, frames.G_M_S2]))
    got = shank_motion(busy(time_s), side, SITE).acc_m_s2[wide:-wide]
    # Where a minimum-jerk step begins or ends its third derivative jumps, which a wide difference smears.
    away = np.min(np.abs(time_s[wide:-wide, None] - np.array([0.5, 1.5])), axis=1) > 2.0 * h
    assert np.max(np.abs(got - expected)[away]) < 1e-3
    assert np.max(np.abs(got - frames.G_M_S2 * to_earth[wide:-wide].inv().apply([0.0, 0.0, 1.0]))) > 1.0  # it moves


def test_a_planar_lunge_is_the_textbook_pendulum() -> None:
    d, rate, acc, r = 0.5, 1.2, -3.0, 0.25
    zero = Curve(np.zeros(1), np.zeros(1), np.zeros(1))
    angles = ShankAngles(Curve(np.array([d]), np.array([rate]), np.array([acc])), zero, zero)
    motion = shank_motion(angles, "left", SensorSite(0.0, 0.0, r))
    assert motion.gyr_rad_s[0] == pytest.approx([0.0, rate, 0.0])
    tangential, centripetal = acc * r, -rate * rate * r
    g = frames.G_M_S2
    assert motion.acc_m_s2[0] == pytest.approx([tangential - g * math.sin(d), 0.0, centripetal + g * math.cos(d)])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("movement", frames.MOVEMENTS, ids=lambda movement: movement.name)
def test_each_movement_of_the_sign_table_turns_about_its_axis(movement: frames.Movement, side: Side) -> None:
    sign = movement.sign_left if side == "left" else movement.sign_right
    turning = Curve(np.zeros(1), np.array([0.7]), np.zeros(1))
    zero = Curve(np.zeros(1), np.zeros(1), np.zeros(1))
    angles = ShankAngles(
        **{name: turning.times(sign) if name == movement.angle else zero for name in ShankAngles._fields}
    )
    assert shank_motion(angles, side, ANKLE).gyr_rad_s[0] == pytest.approx(0.7 * np.array(movement.axis))


@settings(deadline=None)
@given(
    st.floats(-1.4, 1.4),
    st.floats(-1.4, 1.4),
    st.floats(-3.0, 3.0),
    st.sampled_from(SIDES),
)
def test_at_rest_the_sensor_feels_one_g_along_up_and_no_rate(d: float, f: float, p: float, side: Side) -> None:
    motion = shank_motion(still(d, f, p), side, SITE)
    assert np.all(motion.gyr_rad_s == 0.0)
    u_x, u_y, u_z = (motion.acc_m_s2[:, i] / frames.G_M_S2 for i in range(3))
    assert math.hypot(u_x[0], u_y[0], u_z[0]) == pytest.approx(1.0, abs=1e-12)
    assert frames.dorsiflexion_rad(u_x, u_z)[0] == pytest.approx(d, abs=1e-12)
    assert frames.frontal_rad(u_y, side)[0] == pytest.approx(f, abs=1e-9)
