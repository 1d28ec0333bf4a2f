"""A standing pose is judged by what it is: still, upright, one g."""

import numpy as np
import pytest

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.mounting.pose import Pose, PoseParams, Refusal, apart_deg, joint_pose, judge_pose

N = 312


def still(seed: int = 1, *, gyr_deg_s: float = 0.05, acc_m_s2: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    acc = np.array([0.0, 0.0, G_M_S2]) + rng.normal(0, acc_m_s2, (N, 3))
    return acc, np.radians(rng.normal(0, gyr_deg_s, (N, 3)))


def test_a_still_sensor_gives_up_and_a_small_uncertainty() -> None:
    pose = judge_pose(*still(), PoseParams())
    assert isinstance(pose, Pose)
    np.testing.assert_allclose(pose.up, (0, 0, 1), atol=5e-4)
    assert pose.gyr_sd_rad_s == pytest.approx(np.radians(0.05), rel=0.1)


def test_the_zero_is_as_uncertain_as_its_noise_and_the_sway_it_cannot_see() -> None:
    noisy = judge_pose(*still(acc_m_s2=0.5), PoseParams(sway_sd_deg=0.0))
    assert isinstance(noisy, Pose)
    # sqrt(3) * 0.5 / 9.80665 rad / sqrt(312)
    assert noisy.sd_deg == pytest.approx(np.degrees(np.sqrt(3) * 0.5 / G_M_S2 / np.sqrt(N)), rel=0.1)
    quiet = judge_pose(*still(), PoseParams())
    assert isinstance(quiet, Pose)
    assert quiet.sd_deg == pytest.approx(0.25, rel=0.01)


def test_a_gyroscope_bias_is_no_movement() -> None:
    acc, gyr = still()
    pose = judge_pose(acc, gyr + np.radians([2.0, -1.0, 0.5]), PoseParams())
    assert isinstance(pose, Pose)
    np.testing.assert_allclose(np.degrees(pose.gyr_rad_s), [2.0, -1.0, 0.5], atol=0.01)


def swaying(sd_deg: float, hz: float, phase: float, steady_deg_s: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Forwards and back by a sine, and leaning over steadily: acc and gyr of a sensor with noise."""
    acc, gyr = still()
    t = np.arange(N) / 104.0
    lean = np.radians(np.sqrt(2) * sd_deg * np.sin(2 * np.pi * hz * t + phase) + steady_deg_s * (t - 1.5))
    acc += G_M_S2 * np.column_stack((-np.sin(lean), 0 * t, np.cos(lean) - 1.0))
    gyr[:, 1] += np.gradient(lean) * 104.0
    return acc, gyr


@pytest.mark.parametrize("phase", [0.0, 1.0, 2.0, 3.0])
def test_quiet_standing_with_the_sway_of_people_is_a_pose(phase: float) -> None:
    """0.32 deg rms forwards (5 mm at 0.9 m), at a frequency in the middle of sway: faster than 0.5 deg/s."""
    acc, gyr = swaying(0.32, 0.3, phase)
    assert np.degrees(np.sqrt(np.var(gyr, axis=0).sum())) > 0.5
    pose = judge_pose(acc, gyr, PoseParams())
    assert isinstance(pose, Pose)
    assert np.degrees(np.arcsin(np.hypot(*pose.up[:2]))) < 0.32


def test_leaning_over_steadily_is_no_pose_though_the_rate_about_its_mean_shows_nothing() -> None:
    acc, gyr = swaying(0.0, 0.3, 0.0, steady_deg_s=2.0)
    assert np.degrees(np.sqrt(np.var(gyr, axis=0).sum())) < 0.2
    refusal = judge_pose(acc, gyr, PoseParams())
    assert isinstance(refusal, Refusal)
    assert refusal.cause == "drifted"
    assert "3.0 deg" in refusal.reason  # between the means of two halves, 1.5 s apart


def test_half_of_what_lies_between_the_halves_is_uncertainty() -> None:
    pose = judge_pose(*swaying(0.0, 0.3, 0.0, steady_deg_s=0.6), PoseParams())
    assert isinstance(pose, Pose)
    assert pose.sd_deg == pytest.approx(0.45, abs=0.02)


def test_a_single_row_has_no_halves() -> None:
    acc, gyr = still()
    assert isinstance(judge_pose(acc[:1], gyr[:1], PoseParams()), Pose)


@pytest.mark.parametrize(
    ("acc_scale", "gyr_noise_deg_s", "gyr_bias_deg_s", "cause", "words"),
    [
        (1.0, 1.0, 0.0, "moved", "deg/s rms"),
        (1.0, 0.05, 8.0, "turning", "gyroscope"),
        (1.08, 0.05, 0.0, "not_1_g", "1.080 g"),
        (0.92, 0.05, 0.0, "not_1_g", "0.920 g"),
    ],
)
def test_refusals_name_the_value_and_the_remedy(
    acc_scale: float, gyr_noise_deg_s: float, gyr_bias_deg_s: float, cause: str, words: str
) -> None:
    acc, gyr = still(gyr_deg_s=gyr_noise_deg_s)
    refusal = judge_pose(acc * acc_scale, gyr + np.radians([0, gyr_bias_deg_s, 0]), PoseParams())
    assert isinstance(refusal, Refusal)
    assert refusal.cause == cause
    assert words in refusal.reason
    assert refusal.remedy


def leaning(deg: float, sd_deg: float = 0.0) -> Pose:
    return Pose((float(np.sin(np.radians(deg))), 0.0, float(np.cos(np.radians(deg)))), sd_deg)


def test_two_poses_are_joined_half_way_and_their_distance_is_uncertainty() -> None:
    a, b = leaning(0.0, 0.3), leaning(1.2, 0.4)
    assert apart_deg(a, b) == pytest.approx(1.2)
    joint = joint_pose(a, b)
    np.testing.assert_allclose(joint.up, leaning(0.6).up, atol=1e-12)
    assert joint.sd_deg == pytest.approx(np.sqrt(0.3**2 + 0.4**2 + 1.2**2) / 2)
