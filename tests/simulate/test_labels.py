"""True repetitions are found by the core's own functions, and the measured ones agree with them."""

import numpy as np
import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.labels import true_reps
from sensor_pipeline.simulate.session import simulate_session
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
