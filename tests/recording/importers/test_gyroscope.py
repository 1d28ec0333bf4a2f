import math

import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.importers.gyroscope import settle_gyroscope

DEG = 180.0 / math.pi


def settle(motion, scale=1.0, stated=None, by_option=True):
    return settle_gyroscope(motion.time_s, motion.acc, motion.gyr * scale, stated, by_option, "file.csv")


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "rad/s"), (DEG, "deg/s")])
def test_an_unstated_unit_is_found_from_the_movement(motion, scale, unit):
    found, notes = settle(motion, scale)
    assert found == unit
    assert "found from" in notes[0]


@pytest.mark.parametrize(("scale", "unit"), [(1.0, "rad/s"), (DEG, "deg/s")])
def test_a_stated_unit_that_is_right_passes(motion, scale, unit):
    found, notes = settle(motion, scale, unit)
    assert found == unit
    assert "turns agree, ratio 1.0" in notes[0]


def test_degrees_called_radians_are_caught_with_the_ratio_and_the_option(motion):
    with pytest.raises(
        UserError, match=r"not in rad/s \(as you stated\): 'up' turns 0\.017\d* times.*use --gyr-unit deg/s"
    ):
        settle(motion, DEG, "rad/s")


def test_radians_called_degrees_are_caught_with_the_ratio_and_the_option(motion):
    with pytest.raises(
        UserError, match=r"not in deg/s \(stated by the file\): 'up' turns 5\d\.\d times.*--gyr-unit rad/s"
    ):
        settle(motion, 1.0, "deg/s", by_option=False)


def test_a_rate_wrong_by_half_is_caught(motion):
    with pytest.raises(UserError, match=r"fits neither rad/s nor deg/s; check the rate"):
        settle_gyroscope(motion.time_s * 2.0, motion.acc, motion.gyr, "rad/s", True, "file.csv")


def test_an_unknown_scale_is_refused(motion):
    with pytest.raises(UserError, match="fits neither rad/s nor deg/s"):
        settle(motion, 1000.0)


def test_a_reversed_gyroscope_is_refused(motion):
    with pytest.raises(UserError, match=r"turns the opposite way .*agreement -1.00"):
        settle(motion, -1.0, "rad/s")


def test_without_movement_a_stated_unit_is_taken_and_said_to_be_unchecked(still):
    found, notes = settle(still, 1.0, "deg/s")
    assert found == "deg/s"
    assert "cannot check it: there is no slow turn in the file" in notes[0]


def test_without_movement_an_unstated_unit_is_asked_for(still):
    with pytest.raises(UserError, match=r"not stated, and there is no slow turn.*--gyr-unit rad/s or --gyr-unit deg/s"):
        settle(still)


def test_a_sensor_that_is_only_carried_about_cannot_be_checked(motion):
    chance = np.random.default_rng(3)
    acc = motion.acc[:1] + np.cumsum(0.05 * chance.standard_normal(motion.acc.shape), axis=0) % 2.0
    _, notes = settle_gyroscope(motion.time_s, acc, 0.01 * motion.gyr[:, [2, 0, 1]] + 1e-3, "rad/s", True, "file.csv")
    assert "cannot check it" in notes[0]
