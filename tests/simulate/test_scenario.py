"""Whole scenarios: drawn people, what comes before the set, faults in the labels, losses that really happen."""

import numpy as np
import pytest

from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.faults import parse_fault
from sensor_pipeline.simulate.scenario import BEFORE, Scenario, Staged, before_set, draw_loss, stage
from sensor_pipeline.types import Gap, Link, RepDone

ASKED = (
    "heel_lift:20mm@2",
    "knee_in:8deg@2",
    "rotate_in:8deg@3",
    "double_dip@4",
    "abort@5",
    "hold_short@6",
    "short:5deg@7",
)


def staged(spec: SensorSpec, **asked: object) -> Staged:
    return stage(Scenario(spec, **asked))


@pytest.mark.parametrize("seed", range(12))
def test_a_set_without_faults_has_none_in_its_labels_whoever_does_it(shin: SensorSpec, seed: int) -> None:
    labels = staged(shin, reps=3, seed=seed, side="right").labels()
    assert [(rep.rep, rep.faults, rep.heel_lift_mm) for rep in labels] == [(i, (), 0.0) for i in (1, 2, 3)]


@pytest.mark.parametrize("before", [(), BEFORE])
def test_every_fault_asked_for_is_in_the_labels_of_its_repetition(shin: SensorSpec, before: tuple[str, ...]) -> None:
    faults = tuple(parse_fault(text) for text in ASKED)
    labels = staged(shin, reps=8, seed=1, side="both", faults=faults, before=before).labels()
    for side in ("left", "right"):
        found = {rep.rep: set(rep.faults) for rep in labels if rep.side == side}
        assert found[2] == {"heel_lift", "shin_tilts_in"}
        assert found[3] == {"shin_rotates"}
        assert "hold_unsteady" in found[4]
        assert found[5] == {"short_of_target", "hold_short"}
        assert found[6] == {"hold_short"}
        assert found[7] == {"short_of_target"}
        assert found[1] == found[8] == set()
        heels = [rep.heel_lift_mm for rep in labels if rep.side == side]
        assert heels == pytest.approx([0.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])


def test_a_person_asked_to_leave_a_hold_early_is_one_who_holds(shin: SensorSpec) -> None:
    short = next(seed for seed in range(50) if staged(shin, seed=seed).person.hold_s < 0.5)
    assert staged(shin, seed=short).targets.hold_s == 0.0
    asked = staged(shin, seed=short, faults=(parse_fault("hold_short@2"),))
    assert asked.targets.hold_s > 1.0
    assert [rep.rep for rep in asked.labels() if "hold_short" in rep.faults] == [2]


def test_what_comes_before_moves_the_set_and_leaves_time_to_stand(shin: SensorSpec) -> None:
    plain, after = staged(shin, reps=1), staged(shin, reps=1, before=BEFORE)
    last = before_set(BEFORE, "left")[-1]
    assert [piece.name for piece in before_set(BEFORE, "left")] == list(BEFORE)
    rep, later = plain.simulation.truth.reps[0], after.simulation.truth.reps[0]
    assert later.start_s - rep.start_s == pytest.approx(last.end_s)
    assert later.start_s - last.end_s >= 5.0
    assert (later.peak_rad, later.hold_s) == (rep.peak_rad, rep.hold_s)


def test_the_engine_finds_the_true_set_after_kneeling_and_tapping(shin: SensorSpec) -> None:
    """Simulated: typical chip, good strap, strapped on any way; one person."""
    asked = staged(shin, reps=3, seed=1, before=BEFORE)
    setup = SessionSetup(asked.simulation.setups, targets=asked.targets)
    events = Engine(setup).push_many(tuple(asked.simulation.records()))
    found = [event.rep for event in events if isinstance(event, RepDone)]
    true = asked.labels()
    measured = found[-3:]
    assert [rep.peak_deg for rep in measured] == pytest.approx([rep.peak_deg for rep in true], abs=1.0)
    assert [rep.start_s for rep in measured] == pytest.approx([rep.start_s for rep in true], abs=0.1)


def test_equal_scenarios_are_equal_and_other_seeds_differ(shin: SensorSpec) -> None:
    def records(seed: int) -> list[object]:
        asked = staged(shin, reps=1, seed=seed, loss="heavy", strap="sloppy", before=("tap",))
        return list(asked.simulation.records())

    assert records(3) == records(3)
    assert records(3) != records(4)


def test_a_sloppy_strap_changes_the_bytes_and_not_the_truth(shin: SensorSpec) -> None:
    good, sloppy = (staged(shin, reps=1, strap=strap).simulation for strap in ("good", "sloppy"))
    assert np.array_equal(good.truth.dorsiflexion_rad, sloppy.truth.dorsiflexion_rad)
    assert list(good.records()) != list(sloppy.records())


def test_a_strap_that_slips_changes_what_the_chip_feels_from_then_on(shin: SensorSpec) -> None:
    held, slipped = (staged(shin, reps=1, slip_s=slip_s) for slip_s in (None, 8.0))
    assert "slips at 8 s" in slipped.notes
    a, b = (list(one.simulation.records()) for one in (held, slipped))
    first = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
    assert (a[first].host_time_ns - a[0].host_time_ns) * 1e-9 == pytest.approx(8.0, abs=1.0)


@pytest.mark.parametrize("rate_error", [-0.07, 0.07])
def test_the_rate_error_asked_for_is_the_chips(shin: SensorSpec, rate_error: float) -> None:
    simulation = staged(shin, reps=1, rate_error=rate_error).simulation
    chip = simulation.sensors[0].wire.chip
    assert chip.true_hz == pytest.approx(chip.rate_hz * (1.0 + rate_error))
    assert chip.acc_misalignment_rad != (0.0, 0.0, 0.0)


def test_loss_is_none_light_or_heavy(shin: SensorSpec) -> None:
    """Losses, stalls, a lost connection and a restart all happen."""
    runs = {loss: staged(shin, reps=6, seed=2, loss=loss).simulation for loss in ("none", "light", "heavy")}
    dropped = {loss: run.sample_counts()[0].dropped for loss, run in runs.items()}
    states = {loss: [r.state for r in run.records() if isinstance(r, Link)] for loss, run in runs.items()}
    assert dropped["none"] == 0 < dropped["light"] < dropped["heavy"]
    assert states["none"] == states["light"] == ["connected"]
    assert states["heavy"].count("lost") >= 1
    assert "rebooted" in states["heavy"]
    gaps = Engine(SessionSetup(runs["light"].setups)).push_many(tuple(runs["light"].records()))
    assert sum(isinstance(event, Gap) for event in gaps) >= 1
    link, firmware = draw_loss("heavy", 2, 60.0)
    assert link.stalls_per_min > 0.0
    assert link.host_jitter_s > 0.0
    assert len(firmware.reboots_s) == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"strap": "slopy"}, "did you mean 'sloppy'?"),
        ({"loss": "heavi"}, "did you mean 'heavy'?"),
        ({"before": ("walk", "neel")}, "did you mean 'kneel'?"),
        ({"before": ("xyzzy",)}, "choose walk, shift, kneel, tap"),
        ({"rate_error": 0.08}, "rate error 8 %: must be -7% to 7%"),
        ({"faults": (parse_fault("abort@9"),)}, "repetitions 1 to 5"),
        ({"side": "middle"}, "choose left, right or both"),
        ({"reps": -1}, "reps -1"),
    ],
)
def test_senseless_scenarios_are_refused(shin: SensorSpec, asked: dict, words: str) -> None:
    with pytest.raises(UserError) as caught:
        stage(Scenario(shin, **asked))
    assert words in str(caught.value)
