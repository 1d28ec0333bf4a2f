"""Lifted heels of simulated people (one here; all on the accuracy page), and the figures made of them."""

import numpy as np
import pytest

from sensor_pipeline.lab.heel_accuracy import LIFTS_MM, CheckedRep, HeelRow, checked_reps
from sensor_pipeline.lab.heel_people import FLAT_REPS, TISSUES, GivingWay, heel_set, lift
from sensor_pipeline.simulate.person import ScriptedRep


def reps(seed: int, heights: dict[float, list[float]], flagged_from: float) -> list[CheckedRep]:
    return [CheckedRep(seed, true, value, value > flagged_from) for true, found in heights.items() for value in found]


def test_one_person_s_lifts_are_told_apart() -> None:
    found = checked_reps(6101, "good", "firm")
    means = [np.mean([rep.estimate_mm for rep in found if rep.heel_mm == height]) for height in (0.0, *LIFTS_MM)]
    assert means == pytest.approx([0.0, 10.0, 20.0, 30.0], abs=5.0)
    assert sum(rep.flagged for rep in found if rep.heel_mm == 20.0) >= 4
    assert sum(rep.flagged for rep in found if rep.heel_mm == 0.0) <= 1


def test_thresholds_come_from_the_people_to_choose_on() -> None:
    chosen = tuple(reps(1, {0.0: [float(value) for value in range(1, 101)]}, 1e9))
    reported = tuple(reps(2, {0.0: [96.0, 1.0, 2.0, 3.0, 4.0], 10.0: [97.0, 1.0, 97.0, 97.0, 97.0]}, 96.5))
    row = HeelRow("good", "rigid", chosen, reported)
    assert row.threshold_mm == pytest.approx(95.05)
    assert (row.found(0.0), row.found(10.0)) == (0.2, 0.8)
    assert (row.flagged(0.0), row.flagged(10.0)) == (0.0, 0.8)
    assert row.set_threshold_mm == pytest.approx(np.percentile([3.0 + 5.0 * k for k in range(20)], 95.0))
    assert row.sets_found(10.0) == 0.0


def test_false_alarms_add_up_over_a_set_person_by_person() -> None:
    steady, unsteady = reps(1, {0.0: [0.0] * 10}, 5.0), reps(2, {0.0: [9.0] + [0.0] * 9}, 5.0)
    row = HeelRow("good", "rigid", (), (*steady, *unsteady))
    assert row.false_alarm(3) == pytest.approx((1.0 - 0.9**3) / 2.0)


def test_a_heel_set_begins_flat_and_holds_every_lift() -> None:
    made = heel_set(1, "good", "soft", [0.0, 10.0, 20.0])
    assert made.heel_mm[:FLAT_REPS] == (0.0,) * FLAT_REPS
    assert sorted(made.heel_mm[FLAT_REPS:]) == [0.0, 10.0, 20.0]
    truth = made.simulation.truth
    for rep, height in zip(truth.reps, made.heel_mm, strict=True):
        inside = (truth.time_s >= rep.start_s) & (truth.time_s < rep.end_s)
        assert 1000.0 * truth.heel_m[inside].max() == pytest.approx(height, abs=1e-6)


def test_a_lift_is_up_for_the_hold_and_down_at_the_ends() -> None:
    rep = ScriptedRep(1.0, 1.0, 2.0, 1.0, 0.7)
    made = lift(rep, 0.02, 0.9)
    heel = made.heel_m(np.array([1.4, 2.0, 3.0, 4.0, 4.6]))
    assert heel == pytest.approx([0.0, 0.02, 0.02, 0.02, 0.0])


def test_what_gives_way_is_nothing_while_standing_and_all_of_it_at_the_top() -> None:
    rep = ScriptedRep(1.0, 1.0, 2.0, 1.0, 0.7)
    tissue = GivingWay([rep], 0.25, np.array([[0.008], [0.0], [0.0], [0.7]]))
    up = tissue.pivot(np.array([0.5, 3.0, 6.0])).up.value
    assert up == pytest.approx([0.0, -0.008, 0.0])
    rocking = GivingWay([rep], 0.25, np.array([[0.0], [0.0], [0.02], [0.7]]))
    assert rocking.angles(np.array([3.0])).dorsiflexion.value == pytest.approx([0.02])
    assert TISSUES["rigid"].arch_m == 0.0


def test_gives_way_smoothly() -> None:
    """Its acceleration is the second difference of its place."""
    rep = ScriptedRep(1.0, 1.0, 2.0, 1.0, 0.7)
    tissue = GivingWay([rep], 0.25, np.array([[0.008], [0.004], [0.02], [0.7]]))
    time_s = np.arange(0.9, 4.1, 1e-3)
    pivot = tissue.pivot(time_s)
    for curve in (pivot.forwards, pivot.up):
        second = (curve.value[2:] - 2.0 * curve.value[1:-1] + curve.value[:-2]) / 1e-6
        assert second == pytest.approx(curve.acceleration[1:-1], abs=2e-3)
