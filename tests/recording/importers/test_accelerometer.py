import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.importers.accelerometer import settle_accelerometer


def settle(motion, scale=1.0, stated=None, by_option=True, gyr=None):
    return settle_accelerometer(
        motion.time_s, motion.acc * scale, motion.gyr if gyr is None else gyr, stated, by_option, "file.csv"
    )


UNITS = [(1.0, "m/s2"), (1.0 / G_M_S2, "g"), (1000.0 / G_M_S2, "mg")]


@pytest.mark.parametrize(("scale", "unit"), UNITS)
@pytest.mark.parametrize("stated", [True, False])
def test_the_unit_is_found_and_a_right_one_passes(motion, scale, unit, stated):
    found, notes = settle(motion, scale, unit if stated else None)
    assert found == unit
    assert "reads 1.000 g at rest" in notes[0]


@pytest.mark.parametrize(("scale", "unit"), UNITS)
@pytest.mark.parametrize("wrong", ["m/s2", "g", "mg"])
def test_every_wrong_unit_is_caught_with_the_right_one(motion, scale, unit, wrong):
    if wrong == unit:
        assert settle(motion, scale, wrong)[0] == unit
        return
    with pytest.raises(UserError, match=rf"not in {wrong} \(as you stated\).*use --acc-unit {unit}"):
        settle(motion, scale, wrong)


@pytest.mark.parametrize("stated", ["m/s2", None])
def test_gravity_that_was_removed_is_named(motion, stated):
    free = motion.acc * 0.0 + 0.02 * np.random.default_rng(1).standard_normal(motion.acc.shape)
    with pytest.raises(UserError, match=r"if gravity has been removed .* export the total acceleration"):
        settle_accelerometer(motion.time_s, free, motion.gyr, stated, False, "file.csv")


@pytest.mark.parametrize("scale", [0.951, 1.049])
def test_five_per_cent_off_passes(motion, scale):
    assert settle(motion, scale)[0] == "m/s2"


@pytest.mark.parametrize("scale", [0.949, 1.051])
def test_more_than_five_per_cent_off_at_rest_is_refused(motion, scale):
    with pytest.raises(UserError, match=r"reads (0\.949|1\.051) g at rest in m/s2, more than 5 % from 1 g"):
        settle(motion, scale)


def test_only_rest_counts(motion):
    acc = motion.acc.copy()
    acc[np.abs(motion.gyr[:, 1]) > 0.3] *= 1.4
    assert settle_accelerometer(motion.time_s, acc, motion.gyr, "m/s2", True, "file.csv")[0] == "m/s2"


def test_without_rest_it_says_that_it_cannot_check(motion):
    _, notes = settle(motion, 1.04, "m/s2", gyr=motion.gyr + 1.0)
    assert "cannot check it within 5 %: no rest in the file" in notes[0]


def test_a_file_of_missing_values_is_refused(motion):
    with pytest.raises(UserError, match="every row has a missing value"):
        settle(motion, np.nan, "g")
