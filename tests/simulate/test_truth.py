"""The truth of a simulated set."""

import numpy as np
import pytest

from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.person import Lunge, PersonParams, script_set
from sensor_pipeline.simulate.truth import TRUTH_HZ, true_course

LUNGE = Lunge("right", PersonParams(), script_set(PersonParams(), 3, "right", 5), 5)
TRUTH = true_course(LUNGE, 40.0)


def test_the_grid_covers_the_session_and_holds_the_legs_own_angles() -> None:
    assert TRUTH.side == "right"
    assert TRUTH.time_s[0] == 0.0
    assert TRUTH.time_s[-1] == 40.0
    assert np.diff(TRUTH.time_s) == pytest.approx(1.0 / TRUTH_HZ)
    angles = LUNGE.angles(TRUTH.time_s)
    assert np.array_equal(TRUTH.dorsiflexion_rad, angles.dorsiflexion.value)
    assert np.array_equal(TRUTH.frontal_rad, angles.frontal.value)
    assert np.array_equal(TRUTH.axial_rad, angles.axial.value)
    assert np.all(TRUTH.heel_m == 0.0)


def test_a_lifted_heel_is_in_the_truth() -> None:
    lifted = Lunge("right", LUNGE.params, LUNGE.script, 5, [HeelLift(7.0, 7.5, 9.0, 9.5, 0.02)])
    truth = true_course(lifted, 40.0)
    assert np.max(truth.heel_m) == pytest.approx(0.02)
    assert np.all((truth.heel_m > 0.0) == ((truth.time_s > 7.0) & (truth.time_s < 9.5)))


def test_repetitions_are_as_scripted_and_their_top_is_the_largest_angle() -> None:
    assert [rep.rep for rep in TRUTH.reps] == [1, 2, 3]
    for rep, script in zip(TRUTH.reps, LUNGE.script, strict=True):
        assert rep.start_s < rep.hold_start_s < rep.peak_s < rep.hold_end_s < rep.end_s
        assert (rep.start_s, rep.end_s, rep.hold_s, rep.peak_rad) == (
            script.start_s,
            script.end_s,
            script.hold_s,
            script.peak_rad,
        )
        inside = (TRUTH.time_s >= rep.start_s) & (TRUTH.time_s < rep.end_s)
        assert rep.top_rad == np.max(TRUTH.dorsiflexion_rad[inside])
        assert TRUTH.dorsiflexion_rad[TRUTH.time_s == rep.top_s] == rep.top_rad
        assert rep.hold_start_s - 0.3 < rep.top_s < rep.hold_end_s + 0.3
        assert abs(rep.top_rad - rep.peak_rad) < 4.0 * PersonParams().sway_sd_rad
