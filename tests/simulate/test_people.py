"""People drawn from seeds."""

import numpy as np
import pytest

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.mounting.pose import Pose, PoseParams, judge_pose
from sensor_pipeline.simulate.curve import PROFILES
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import Lunge

PEOPLE = [draw_person(seed) for seed in range(3000)]


def test_a_seed_is_a_person() -> None:
    assert draw_person(7) == draw_person(7)
    assert len({person.descent_s for person in PEOPLE}) == len(PEOPLE)


def test_people_differ_as_much_as_stated() -> None:
    peaks = np.array([person.peak_rad for person in PEOPLE]) * DEG_PER_RAD
    assert np.mean(peaks) == pytest.approx(40.0, abs=4.0 * 5.0 / 3000**0.5)
    assert np.std(peaks) == pytest.approx(0.98 * 5.0, rel=0.05)  # draws are held at 2.5 sd
    ways = [person.descent_s + person.ascent_s for person in PEOPLE]
    holds = [person.hold_s for person in PEOPLE]
    assert 2.0 <= min(ways) < 2.3
    assert 7.7 < max(ways) <= 8.0
    assert 0.0 <= min(holds) < 0.2
    assert 4.8 < max(holds) <= 5.0
    up = [person.site.up_m for person in PEOPLE]
    assert 0.2 <= min(up) < max(up) <= 0.3
    assert {person.profile for person in PEOPLE} == set(PROFILES)
    assert 0.4 < np.mean([person.touch_m > 0.0 for person in PEOPLE]) < 0.6


def test_everybody_stands_still_enough_for_a_zero() -> None:
    """In 3 s of standing; the person of seed 210 sways by 0.54 deg/s rms in them."""
    time_s = 1.0 + np.arange(312) / 104.0
    for seed in range(150, 250):
        motion = Lunge("left", draw_person(seed), [], seed).motion(time_s)
        assert isinstance(judge_pose(motion.acc_m_s2, motion.gyr_rad_s, PoseParams()), Pose), seed
