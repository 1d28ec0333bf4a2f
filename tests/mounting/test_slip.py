"""A rest is looked at once, when it has lasted; what it shows is the lean from the zero."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.mounting.slip import SlipParams, SlipWatch, lean_deg


def test_each_rest_is_due_once_after_its_time_however_the_rows_arrive() -> None:
    at_rest = np.array([0, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0], np.bool_)
    params = SlipParams(rest_s=0.03)
    assert SlipWatch(100.0, params).update(at_rest) == [3, 12]
    watch = SlipWatch(100.0, params)
    assert [row for row in range(len(at_rest)) if watch.update(at_rest[row : row + 1])] == [3, 12]


def test_a_hole_starts_the_rest_anew() -> None:
    watch = SlipWatch(100.0, SlipParams(rest_s=0.03))
    assert watch.update(np.ones(2, np.bool_)) == []
    watch.reset()
    assert watch.update(np.ones(3, np.bool_)) == [2]


def test_the_lean_is_the_angle_from_the_zero_in_any_direction() -> None:
    for degrees, axis in ((4.0, (1, 0, 0)), (7.0, (0, 1, 0)), (5.0, (0.6, -0.8, 0))):
        quat = Rotation.from_rotvec(np.radians(degrees) * np.array(axis)).as_quat(scalar_first=True)
        assert lean_deg(frames.IDENTITY, quat.reshape(1, 4)) == pytest.approx(degrees)
