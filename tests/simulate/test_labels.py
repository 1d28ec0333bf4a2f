"""True repetitions are found by the core's own functions, and the measured ones agree with them."""

from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.faults import Fault
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.labels import labelled_reps, true_reps
from sensor_pipeline.simulate.movement import kneel
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.simulate.truth import true_course
from sensor_pipeline.types import RepDone, Side, Targets


def test_true_repetitions_lie_inside_the_scripted_ones() -> None:
    truth = simulate_session(spec_text("shin-imu-v1"), reps=3, seed=11).truth
    found = true_reps(truth)
    assert len(found) == 3
    for rep, scripted in zip(found, truth.reps, strict=True):
        assert scripted.start_s < rep.start_s < scripted.hold_start_s
        assert scripted.hold_end_s < rep.end_s < scripted.end_s
        assert rep.peak_deg == pytest.approx(np.degrees(scripted.top_rad), abs=0.1)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("spec", ["shin-imu-v1", "movella-dot", "witmotion-ble5", "movesense-gsp"])
def test_measured_repetitions_agree_with_the_true_ones(spec: str, side: Side) -> None:
    """Simulated: a typical sensor, strapped on at random, no axis known: total tilt errs by less than a degree."""
    targets = Targets(angle_deg=36.0, hold_s=1.5)
    simulation = simulate_session(spec_text(spec), side=side, reps=4, seed=21)
    events = Engine(SessionSetup(simulation.setups, targets=targets)).push_many(tuple(simulation.records()))
    measured = [event.rep for event in events if isinstance(event, RepDone)]
    true = true_reps(simulation.truth, targets)
    assert len(measured) == len(true) == 4
    for rep, truth in zip(measured, true, strict=True):
        assert abs(rep.peak_deg - truth.peak_deg) < 1.0
        assert abs(rep.start_s - truth.start_s) < 0.06
        assert abs(rep.end_s - truth.end_s) < 0.06
        assert abs(rep.hold_s - truth.hold_s) < 0.15


def test_scripted_faults_are_named_and_what_was_no_repetition_is_left_out() -> None:
    person = PersonParams()
    movements = [kneel(1.0), HeelLift(14.0, 14.5, 16.0, 16.5, 0.02)]
    reps = [ScriptedRep(13.0, 1.5, 1.5, 1.5, 0.7), ScriptedRep(20.0, 1.5, 1.5, 1.5, 0.7)]
    truth = true_course(Lunge("left", person, reps, 1, movements), 28.0)
    found = [rep for rep in true_reps(truth) if rep.start_s > 10.0]
    knelt = replace(found[0], start_s=1.0, peak_s=4.0, end_s=6.8)  # kneeling down may look like a repetition
    one, two = labelled_reps(truth, [knelt, *found], [Fault("heel_lift", 20.0, 1), Fault("knee_in", 5.0, 2)])
    assert [(one.rep, one.faults), (two.rep, two.faults)] == [(1, ("heel_lift",)), (2, ("shin_tilts_in",))]
    assert [one.heel_lift_mm, two.heel_lift_mm] == pytest.approx([20.0, 0.0])
