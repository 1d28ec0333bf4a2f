"""A strap: a damped spring in the signal, a turn when it slips."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.shank import ShankMotion
from sensor_pipeline.simulate.strap import STRAPS, Slip, StrapParams, StrappedMotion, draw_slip
from sensor_pipeline.types import FloatArray

FREE = StrapParams(resonance_hz=10.0, damping=0.2, coupling=1.0, tilt_rad_m=0.0)


def shaken(hz: float) -> StrappedMotion:
    def bone(time_s: FloatArray) -> ShankMotion:
        force = np.zeros((len(time_s), 3))
        force[:, 0] = np.sin(2.0 * math.pi * hz * time_s)
        return ShankMotion(np.zeros((len(time_s), 3)), force)

    return StrappedMotion(FREE, bone)


def resting(time_s: FloatArray) -> ShankMotion:
    n = len(time_s)
    return ShankMotion(np.zeros((n, 3)), np.tile([-3.0, 0.0, math.sqrt(G_M_S2**2 - 9.0)], (n, 1)))


@pytest.mark.parametrize("hz", [1.0, 5.0, 10.0, 14.0, 30.0])
def test_a_shaken_sensor_answers_as_a_damped_spring_does(hz: float) -> None:
    at_s = np.arange(0.0, 6.0, 1.0 / 208.0)
    force = shaken(hz)(at_s).acc_m_s2[:, 0]
    late = at_s > 2.0
    wave = np.exp(-2j * math.pi * hz * at_s[late])
    gain = abs(np.mean(force[late] * wave)) / abs(np.mean(np.sin(2.0 * math.pi * hz * at_s[late]) * wave))
    w, w0, z = hz, FREE.resonance_hz, FREE.damping
    expected = abs((w0**2 + 2j * z * w * w0) / (w0**2 - w**2 + 2j * z * w * w0))
    assert gain == pytest.approx(expected, rel=0.02)


def test_a_sensor_at_rest_feels_one_g_however_it_sags() -> None:
    motion = StrappedMotion(STRAPS["sloppy"], resting)(np.arange(0.0, 1.0, 0.01))
    assert np.linalg.norm(motion.acc_m_s2, axis=1) == pytest.approx(np.full(100, G_M_S2), rel=1e-4)
    assert motion.gyr_rad_s == pytest.approx(np.zeros((100, 3)), abs=1e-9)


def test_a_sloppy_strap_shows_a_wrong_angle_under_a_lean_and_a_good_one_hardly() -> None:
    at_s = np.arange(0.0, 0.1, 0.01)
    true_rad = math.atan2(3.0, math.sqrt(G_M_S2**2 - 9.0))
    error_deg = {}
    for name, params in STRAPS.items():
        acc = StrappedMotion(params, resting)(at_s).acc_m_s2[-1]
        error_deg[name] = abs(math.atan2(-acc[0], acc[2]) - true_rad) / RAD_PER_DEG
    assert 0.1 < error_deg["sloppy"] < 1.0
    assert error_deg["good"] < 0.05


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 90), min_size=2, max_size=5))
def test_asking_in_portions_gives_the_same_motion(portions: list[int]) -> None:
    at_s = np.arange(sum(portions)) / 104.0
    whole = shaken(9.0)(at_s).acc_m_s2
    cuts = np.cumsum([max(portions[0], 2), *portions[1:]])  # the spacing is known from two rows on
    strapped = shaken(9.0)
    parts = [strapped(part) for part in np.split(at_s, cuts) if len(part)]
    assert np.concatenate([part.acc_m_s2 for part in parts]) == pytest.approx(whole, abs=1e-9)


def test_a_rigid_strap_changes_nothing() -> None:
    at_s = np.arange(0.0, 1.0, 0.01)
    assert np.array_equal(StrappedMotion(StrapParams(coupling=0.0), resting)(at_s).acc_m_s2, resting(at_s).acc_m_s2)


def test_a_slip_turns_the_sensor_by_its_angle_in_both_signals() -> None:
    axis = (0.6, 0.0, 0.8)
    slip = Slip(0.5, 8.0 * RAD_PER_DEG, axis)
    at_s = np.arange(0.0, 1.5, 1e-4)
    motion = StrappedMotion(StrapParams(coupling=0.0, slips=(slip,)), resting)(at_s)
    turned = np.sum(motion.gyr_rad_s, axis=0) * 1e-4
    assert turned == pytest.approx(slip.angle_rad * np.array(axis), abs=1e-6)
    before = resting(at_s[:1]).acc_m_s2[0]
    assert motion.acc_m_s2[0] == pytest.approx(before)
    assert motion.acc_m_s2[-1] == pytest.approx(Rotation.from_rotvec(turned).inv().apply(before), abs=1e-5)


def test_drawn_slips_are_a_few_degrees_mostly_round_the_leg() -> None:
    slips = [draw_slip(3.0, generator(seed, "slip")) for seed in range(300)]
    sizes = np.abs([slip.angle_rad for slip in slips]) / RAD_PER_DEG
    assert 3.0 <= np.min(sizes) < 3.3
    assert 7.7 < np.max(sizes) <= 8.0
    assert np.mean([slip.axis[2] for slip in slips]) > 0.95
    assert 0.4 < np.mean([slip.angle_rad > 0.0 for slip in slips]) < 0.6


def test_senseless_straps_are_refused() -> None:
    with pytest.raises(UserError, match="resonance_hz 0"):
        StrapParams(resonance_hz=0.0)
    with pytest.raises(UserError, match=r"damping 0\.0: must be above 0"):
        StrapParams(damping=0.0)
    with pytest.raises(UserError, match=r"coupling 2\.0: must be 0 to 1"):
        StrapParams(coupling=2.0)
    with pytest.raises(UserError, match="its length must be 1, is 2"):
        Slip(0.0, 0.1, (2.0, 0.0, 0.0))
    with pytest.raises(UserError, match=r"duration_s 0\.0"):
        Slip(0.0, 0.1, duration_s=0.0)
