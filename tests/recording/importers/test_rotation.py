import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.recording.importers.rotation import match_rotation


@pytest.mark.parametrize("scale", [1.0, 180.0 / math.pi, 0.5])
@pytest.mark.parametrize("acc_scale", [1.0, 1.0 / 9.8, 100.0])
def test_the_ratio_is_the_gyroscopes_scale_whatever_the_accelerometers(motion, scale, acc_scale):
    found = match_rotation(motion.time_s, motion.acc * acc_scale, motion.gyr * scale)
    assert found is not None
    assert found.tells
    assert found.ratio * scale == pytest.approx(1.0, abs=0.02)
    assert found.agreement == pytest.approx(1.0, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), bias=st.floats(-0.02, 0.02), noise=st.floats(0.0, 0.02))
def test_offset_and_noise_of_a_real_sensor_do_not_change_the_verdict(motion, seed, bias, noise):
    chance = np.random.default_rng(seed)
    acc = motion.acc + noise * 10.0 * chance.standard_normal(motion.acc.shape)
    gyr = motion.gyr + bias + noise * chance.standard_normal(motion.gyr.shape)
    found = match_rotation(motion.time_s, acc, gyr)
    assert found is not None
    assert found.tells
    assert found.ratio == pytest.approx(1.0, abs=0.15)


def test_the_sensors_orientation_does_not_matter(motion):
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))[0]
    turn *= np.linalg.det(turn)
    found = match_rotation(motion.time_s, motion.acc @ turn.T, motion.gyr @ turn.T)
    assert found is not None
    assert found.ratio == pytest.approx(1.0, abs=0.02)


def test_a_gyroscope_with_the_wrong_sign_turns_the_opposite_way(motion):
    found = match_rotation(motion.time_s, motion.acc, -motion.gyr)
    assert found is not None
    assert found.tells
    assert found.agreement == pytest.approx(-1.0, abs=0.01)


def test_without_movement_nothing_is_said(still):
    assert match_rotation(still.time_s, still.acc, still.gyr) is None


def test_swapped_axes_do_not_agree(motion):
    found = match_rotation(motion.time_s, motion.acc, motion.gyr[:, [1, 2, 0]])
    assert found is None or not found.tells


def test_missing_values_and_gaps_are_stepped_over(motion):
    acc, gyr, time_s = motion.acc.copy(), motion.gyr.copy(), motion.time_s.copy()
    acc[500] = np.nan
    gyr[900, 1] = np.nan
    time_s[1500:] += 3.0
    found = match_rotation(time_s, acc, gyr)
    assert found is not None
    assert found.ratio == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("rows", [0, 1])
def test_too_little_data_says_nothing(motion, rows):
    acc = np.full((3, 3), np.nan)
    acc[:rows] = motion.acc[:rows]
    assert match_rotation(motion.time_s[:3], acc, motion.gyr[:3]) is None


@pytest.mark.parametrize(("trial", "tells"), [("02", True), ("24", True), ("11", False), ("14", False)])
def test_recorded_movements_of_broad(recorded, trial, tells):
    h5py = pytest.importorskip("h5py", reason="reads the recorded MATLAB files: the extra [test]")
    with h5py.File(next((recorded / "broad").glob(f"{trial}_*"))) as file:
        acc, gyr = np.array(file["imu_acc"]), np.array(file["imu_gyr"])
    found = match_rotation(np.arange(len(acc)) * 7.0 / 2000.0, acc, gyr)
    assert found is not None
    assert found.tells is tells
    assert not tells or found.ratio == pytest.approx(1.0, abs=0.02)
