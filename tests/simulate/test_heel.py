"""A lifted heel moves the ankle as a foot turning about its ball does."""

import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.simulate.heel import ANKLE_ABOVE_BALL_M, ANKLE_BEHIND_BALL_M, HEEL_TO_BALL_M, HeelLift

UP_S = np.array([1.5])


def lift(height_m: float, leans_shin: bool = False) -> HeelLift:
    return HeelLift(0.0, 1.0, 2.0, 3.0, height_m, leans_shin)


def test_one_centimetre_of_heel_is_seven_millimetres_of_ankle_and_three_degrees_of_foot() -> None:
    piece = lift(0.01, leans_shin=True)
    assert piece.heel_m(UP_S) == pytest.approx([0.01])
    assert piece.pivot(UP_S).up.value == pytest.approx([0.0072], abs=2e-4)
    assert piece.angles(UP_S).dorsiflexion.value * DEG_PER_RAD == pytest.approx([3.18], abs=0.02)


@pytest.mark.parametrize("height_m", [0.0, 0.02, 0.06])
def test_the_ankle_stays_at_its_distance_from_the_ball_of_the_foot(height_m: float) -> None:
    place = lift(height_m).pivot(np.linspace(0.0, 3.0, 40))
    behind, above = -ANKLE_BEHIND_BALL_M + place.forwards.value, ANKLE_ABOVE_BALL_M + place.up.value
    assert np.hypot(behind, above) == pytest.approx(np.full(40, np.hypot(ANKLE_BEHIND_BALL_M, ANKLE_ABOVE_BALL_M)))


def test_a_matched_lift_leaves_the_angle_as_it_is() -> None:
    angles = lift(0.03).angles(np.linspace(0.0, 3.0, 40))
    assert all(np.all(curve.value == 0.0) for curve in angles)


def test_the_foot_is_flat_before_and_after() -> None:
    place = lift(0.03).pivot(np.array([-1.0, 0.0, 3.0, 9.0]))
    assert np.all(place.up.value == 0.0)
    assert np.all(place.forwards.value == 0.0)


def test_senseless_lifts_are_refused() -> None:
    with pytest.raises(UserError, match=r"these times must rise"):
        HeelLift(1.0, 0.5, 2.0, 3.0, 0.01)
    with pytest.raises(UserError, match=r"height_m 0\.2: must be 0 to 0\.09 m"):
        lift(0.2)
    assert lift(0.5 * HEEL_TO_BALL_M).heel_m(UP_S) == pytest.approx([0.09])
