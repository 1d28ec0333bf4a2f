"""Sessions at the edge of what people do: the result against the simulation's truth, and what the person is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline import frames
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.frames import RAD_PER_DEG, medial_sign
from sensor_pipeline.lab.mounting_accuracy import axis_aligned
from sensor_pipeline.library.session import load_session
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.replay import replay
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.labels import true_reps
from sensor_pipeline.simulate.movement import Movement, lunging_already, shift_weight
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep, script_set
from sensor_pipeline.simulate.sensor import SensorParams
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.simulate.strap import STRAPS, Slip, StrapParams
from sensor_pipeline.types import (
    Block,
    Event,
    Flag,
    Flush,
    Input,
    MountingRefused,
    MountingSet,
    Record,
    Rep,
    RepDone,
    Side,
)

SHIN = spec_text("shin-imu-v1")
PEAK_DEG = 0.7
"""Typical chips without a calibration of their own, rigid shin: the largest peak error of 200 random straps was 0.7."""

DEEP = PersonParams(peak_rad=60.0 * RAD_PER_DEG)


@dataclass(frozen=True)
class Seen:
    """What the engine said of one leg."""

    events: Sequence[Event]
    engine: Engine

    @property
    def reps(self) -> list[Rep]:
        return [event.rep for event in self.events if isinstance(event, RepDone)]

    @property
    def refusals(self) -> list[MountingRefused]:
        return [event for event in self.events if isinstance(event, MountingRefused)]

    @property
    def methods(self) -> list[str]:
        return [event.mounting.method for event in self.events if isinstance(event, MountingSet)]

    def column(self, part: str, name: str) -> np.ndarray:
        blocks = [event for event in self.events if isinstance(event, Block)]
        return np.concatenate([getattr(getattr(block, part), name) for block in blocks])


def see(simulation: Simulation, records: Sequence[Record] | None = None) -> Seen:
    engine = Engine(SessionSetup(simulation.setups))
    return Seen(engine.push_many(tuple(simulation.records()) if records is None else records), engine)


def assert_true(seen: Seen, true: Sequence[Rep], peak_deg: float = PEAK_DEG) -> None:
    assert [rep.rep for rep in seen.reps] == list(range(1, len(true) + 1))
    assert [rep.peak_deg for rep in seen.reps] == pytest.approx([rep.peak_deg for rep in true], abs=peak_deg)
    assert [rep.start_s for rep in seen.reps] == pytest.approx([rep.start_s for rep in true], abs=0.15)
    assert [rep.end_s for rep in seen.reps] == pytest.approx([rep.end_s for rep in true], abs=0.15)


def leg(reps: int, movements: Callable[[Side], Sequence[Movement]], after_s: float = 0.0) -> Callable[[Side], Lunge]:
    def make(side: Side) -> Lunge:
        person = PersonParams()
        return Lunge(side, person, script_set(person, reps, side, 1, after_s), 1, movements(side))

    return make


# --- how it is strapped on ---


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("axes", axis_aligned())
def test_every_way_to_strap_it_on_measures_the_same_lunges(axes: str, side: Side) -> None:
    """24 mountings, also upside down and face inwards: nothing was stated, nothing is asked."""
    chip = SensorParams(104.0, mounting=frames.parse_axes(axes))
    simulation = simulate_session(SHIN, side=side, reps=2, sensor=chip)
    seen = see(simulation)
    assert seen.methods == ["pose", "pose+axis"]
    assert not seen.refusals
    assert_true(seen, true_reps(simulation.truth), 0.4)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_knee_that_goes_further_inwards_counts_inwards_on_either_leg(side: Side) -> None:
    """The first lunge is straight and sets the axis, the second goes inwards by 8 deg: + means inwards on both legs."""
    person = PersonParams(sway_sd_rad=0.0, frontal_sway_sd_rad=0.0, axial_sway_sd_rad=0.0)
    script = [ScriptedRep(6.0, 1.5, 2.0, 1.5, 0.7), ScriptedRep(14.0, 1.5, 2.0, 1.5, 0.7, 8.0 * RAD_PER_DEG)]
    simulation = simulate_session(SHIN, side=side, person=person, script=script)
    seen = see(simulation)
    time_s, frontal = seen.column("samples", "time_s"), seen.column("angles", "frontal_rad")
    held = (time_s > 15.8) & (time_s < 17.2)
    assert seen.column("angles", "has_frontal")[held].all()
    assert np.mean(frontal[held]) / RAD_PER_DEG == pytest.approx(8.0, abs=1.5)
    assert medial_sign("left") == -medial_sign("right")


# --- the person ---


def test_one_repetition_is_one_repetition() -> None:
    simulation = simulate_session(SHIN, reps=1)
    assert_true(see(simulation), true_reps(simulation.truth))


def test_nobody_who_lunges_is_nobody_who_lunges() -> None:
    seen = see(simulate_session(SHIN, reps=0))
    assert seen.reps == []
    assert seen.methods == ["pose"]


def test_two_hundred_repetitions_are_two_hundred_and_the_last_is_as_good_as_the_first() -> None:
    """What drifts is the orientation filter's own error while it learns the gyroscope's offset: 0.2 deg."""
    simulation = simulate_session(SHIN, reps=200, person=PersonParams(rest_s=1.0, hold_s=1.0))
    seen, true = see(simulation), true_reps(simulation.truth)
    assert len(true) == 200
    assert_true(seen, true)
    errors = [found.peak_deg - rep.peak_deg for found, rep in zip(seen.reps, true, strict=True)]
    assert np.mean(errors[:50]) == pytest.approx(np.mean(errors[-50:]), abs=0.3)


def test_who_never_stands_still_gets_no_angle_and_is_told_why_now_and_then() -> None:
    simulation = simulate_session(SHIN, legs=leg(4, lambda side: [shift_weight(0.0, 40, side)]))
    seen = see(simulation)
    assert not seen.column("angles", "has_dorsiflexion").any()
    assert seen.reps == []
    assert seen.methods == []
    reminders = seen.refusals[:-1]
    assert [refusal.time_s for refusal in reminders] == pytest.approx(
        [3.5 + 10.1 * number for number in range(len(reminders))], abs=1.0
    )
    assert len(reminders) == 4
    assert {refusal.remedy for refusal in reminders} == {"stand tall, weight on both feet, and keep still for 3 s"}
    assert "ends without 3 s of standing still" in seen.refusals[-1].reason


@pytest.mark.parametrize("until_s", [1.0, 2.5])
def test_a_session_that_begins_in_a_lunge_waits_for_the_standing_pose(until_s: float) -> None:
    def movements(side: Side) -> Sequence[Movement]:
        return [lunging_already(until_s, 40.0 * RAD_PER_DEG)]

    simulation = simulate_session(SHIN, legs=leg(3, movements, after_s=until_s + 1.4))
    seen = see(simulation)
    (told,) = seen.refusals
    assert "the shin moved" in told.reason
    assert_true(seen, true_reps(simulation.truth))


def test_who_lunges_before_standing_still_is_measured_from_the_first_standing_pose_on() -> None:
    """Four lunges with short rests and no pose: no angle is invented for them."""
    person = PersonParams()
    script = [replace(rep, start_s=rep.start_s - 5.0) for rep in script_set(person, 4, "left", 1)]
    simulation = simulate_session(SHIN, legs=lambda side: Lunge(side, person, script, 1))
    seen = see(simulation)
    known = seen.column("angles", "has_dorsiflexion")
    time_s = seen.column("samples", "time_s")
    assert seen.reps == []
    assert seen.refusals
    assert time_s[known][0] > script[-1].end_s


# --- the strap ---


@pytest.mark.parametrize(
    ("size_deg", "axis"), [(6.0, (0.0, 1.0, 0.0)), (6.0, (1.0, 0.0, 0.0)), (-6.0, (0.0, 1.0, 0.0))]
)
def test_a_strap_that_slips_between_repetitions_is_said_and_flagged(size_deg: float, axis: tuple) -> None:
    """Simulated: 6 deg forwards, sideways or backwards in the third rest; the count stays right."""
    person = PersonParams(rest_s=4.0)
    slips_s = script_set(person, 5, "left", 1)[2].end_s + 1.0
    strap = StrapParams(coupling=0.0, slips=(Slip(slips_s, size_deg * RAD_PER_DEG, axis),))
    simulation = simulate_session(SHIN, reps=5, person=person, strap=strap)
    seen = see(simulation)
    (told,) = seen.refusals
    assert slips_s < told.time_s < slips_s + 3.0
    assert "slipped on the strap" in told.remedy
    slipped = (seen.column("samples", "flags") & Flag.SLIPPED) != 0
    time_s = seen.column("samples", "time_s")
    assert not slipped[time_s < slips_s].any()
    assert slipped[time_s > told.time_s].all()
    true = true_reps(simulation.truth)
    assert len(seen.reps) == len(true) == 5
    before = [rep for rep in seen.reps if rep.end_s < slips_s]
    assert [rep.peak_deg for rep in before] == pytest.approx([rep.peak_deg for rep in true[:3]], abs=PEAK_DEG)


def test_a_new_zero_after_a_slip_measures_as_before_it() -> None:
    person = PersonParams(rest_s=4.0)
    script = script_set(person, 6, "left", 1)
    strap = StrapParams(coupling=0.0, slips=(Slip(script[2].end_s + 1.0, 6.0 * RAD_PER_DEG, (0.0, 1.0, 0.0)),))
    simulation = simulate_session(SHIN, reps=6, person=person, strap=strap)
    records = list(simulation.records())
    asked_ns = records[0].host_time_ns + round((script[3].end_s + 0.3) * 1e9)
    before = [record for record in records if record.host_time_ns <= asked_ns]
    after = records[len(before) :]
    asked = Input(len(before), asked_ns, None, "re-zero")
    seen = see(simulation, [*before, asked, *(replace(record, order=record.order + 1) for record in after)])
    assert seen.methods == ["pose", "pose+axis", "pose+axis"]
    assert [rep.peak_deg for rep in seen.reps][-2:] == pytest.approx(
        [rep.peak_deg for rep in true_reps(simulation.truth)][-2:], abs=PEAK_DEG
    )


@pytest.mark.parametrize("size_deg", [6.0, -6.0, 12.0, 20.0])
@pytest.mark.parametrize("slip_s", [0.15, 1.0], ids=["jumps", "creeps"])
def test_no_repetition_after_a_slip_is_scored(size_deg: float, slip_s: float) -> None:
    """The person does not re-zero: peaks are off by as much as the slip, best and mean must not hear of them."""
    seen, true = after_slip(size_deg, (0.0, 1.0, 0.0), slip_s)
    assert [rep.scored for rep in seen.reps] == [True] * 3 + [False] * (len(seen.reps) - 3)
    assert {rep.reason for rep in seen.reps[3:]} <= {"slipped"}
    assert "slipped on the strap" in seen.refusals[0].remedy
    best_deg = max(rep.peak_deg for rep in seen.reps if rep.scored)
    assert best_deg == pytest.approx(max(rep.peak_deg for rep in true[:3]), abs=PEAK_DEG)


@pytest.mark.parametrize("size_deg", [20.0, 30.0, 40.0, -40.0, 60.0])
def test_a_slip_as_far_as_a_lunge_leans_is_said(size_deg: float) -> None:
    for axis in ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)):
        seen, _ = after_slip(size_deg, axis)
        assert seen.refusals, axis
        assert "re-zero" in seen.refusals[0].remedy
        assert not any(rep.scored for rep in seen.reps[3:])


def test_the_repetition_after_a_slip_begins_when_the_lunge_does() -> None:
    """6 deg forwards: the rows before the slip are no start level any more."""
    seen, true = after_slip(6.0, (0.0, 1.0, 0.0))
    assert [rep.start_s for rep in seen.reps] == pytest.approx([rep.start_s for rep in true], abs=0.15)
    assert seen.reps[3].start_deg == pytest.approx(6.0, abs=0.5)


@pytest.mark.parametrize("turned_deg", [180.0, 120.0, 90.0, 60.0, 45.0, -45.0])
def test_a_strap_that_turns_about_the_leg_is_said_with_the_first_lunge_and_none_is_scored(turned_deg: float) -> None:
    """Standing it shows nothing; a lunge leans over elsewhere than forwards. 180 deg: its way back looked like one."""
    seen, _ = after_slip(turned_deg, (0.0, 0.0, 1.0))
    (told,) = seen.refusals
    assert "away from forwards" in told.reason
    assert "re-zero" in told.remedy
    assert [rep.scored for rep in seen.reps] == [True] * 3 + [False] * (len(seen.reps) - 3)
    # peaks of nothing: what came out of -40 deg has no peak of 0.2 deg
    assert all(rep.start_deg > -15.0 for rep in seen.reps)


@pytest.mark.parametrize("turned_deg", [30.0, -30.0])
def test_a_strap_that_turns_by_30_deg_is_said_with_the_second_lunge(turned_deg: float) -> None:
    seen, _ = after_slip(turned_deg, (0.0, 0.0, 1.0))
    assert len(seen.refusals) == 1
    assert [rep.scored for rep in seen.reps] == [True] * 4 + [False] * 2


def after_slip(size_deg: float, axis: tuple[float, float, float], slip_s: float = 0.15) -> tuple[Seen, Sequence[Rep]]:
    """Six lunges, 4 s of rest between them; the strap slips in the third rest."""
    simulation = slipping(size_deg, axis, slip_s)
    return see(simulation), true_reps(simulation.truth)


def slipping(size_deg: float, axis: tuple[float, float, float], slip_s: float = 0.15) -> Simulation:
    person = PersonParams(rest_s=4.0)
    at_s = script_set(person, 6, "left", 1)[2].end_s + 1.0
    strap = StrapParams(coupling=0.0, slips=(Slip(at_s, size_deg * RAD_PER_DEG, axis, slip_s),))
    return simulate_session(SHIN, reps=6, person=person, strap=strap)


# --- the zero ---


def on_a_table(off_deg: float, axis: tuple[float, float, float], stand_s: float) -> Simulation:
    """The sensor lies still for 8 s and is strapped on within a second; the first lunge comes at ``stand_s``."""
    strap = StrapParams(coupling=0.0, slips=(Slip(8.0, off_deg * RAD_PER_DEG, axis, 1.0),))
    return simulate_session(SHIN, reps=4, person=PersonParams(stand_s=stand_s), strap=strap)


@pytest.mark.parametrize("stand_s", [12.0, 20.0])
@pytest.mark.parametrize(
    ("off_deg", "axis"),
    [
        (30.0, (0.0, 1.0, 0.0)),
        (30.0, (1.0, 0.0, 0.0)),
        (70.0, (0.6, 0.8, 0.0)),
        (90.0, (1.0, 0.0, 0.0)),
        (180.0, (0.0, 1.0, 0.0)),
    ],
)
def test_a_sensor_that_lay_on_a_table_has_its_zero_where_the_person_stands(
    off_deg: float, axis: tuple[float, float, float], stand_s: float
) -> None:
    """The first lunge shows it; the other three count, and nothing else does."""
    simulation = on_a_table(off_deg, axis, stand_s)
    seen, true = see(simulation), true_reps(simulation.truth)
    (told,) = seen.refusals
    assert "the zero moves to where you stand" in told.reason
    assert true[0].end_s < told.time_s < true[1].start_s
    assert [rep.peak_deg for rep in seen.reps] == pytest.approx([rep.peak_deg for rep in true[1:]], abs=PEAK_DEG)
    assert all(rep.scored for rep in seen.reps)


@pytest.mark.parametrize("lean_deg", [18.0, 40.0])
@pytest.mark.parametrize("until_s", [4.5, 7.0, 30.0])
def test_a_zero_taken_in_a_lunge_is_refused_when_the_person_comes_up_and_taken_anew_standing(
    until_s: float, lean_deg: float
) -> None:
    """Inverted, every rest would be a repetition with a plausible peak."""
    simulation = simulate_session(SHIN, legs=deep_first(until_s, lean_deg))
    seen, true = see(simulation), true_reps(simulation.truth)
    (told,) = seen.refusals
    assert "in a lunge, not standing" in told.reason
    assert "stand tall" in told.remedy
    assert "re-zero" in told.remedy
    assert until_s < told.time_s < until_s + 2.0
    assert_true(seen, true)
    assert all(rep.scored for rep in seen.reps)


def deep_first(until_s: float, lean_deg: float) -> Callable[[Side], Lunge]:
    def make(side: Side) -> Lunge:
        person = PersonParams(peak_rad=lean_deg * RAD_PER_DEG)
        script = script_set(person, 4, side, 1, until_s + 1.4)
        return Lunge(side, person, script, 1, [lunging_already(until_s, lean_deg * RAD_PER_DEG)])

    return make


@pytest.mark.parametrize(("rest_s", "scored"), [(2.5, 0), (4.5, 3)])
def test_who_never_stands_before_holds_of_5_s_gets_no_inverted_repetitions(rest_s: float, scored: int) -> None:
    """Rests too short for a pose: nothing is scored. Longer ones: the zero is taken in the first of them."""
    person = PersonParams(hold_s=5.0, rest_s=rest_s)
    script = [replace(rep, start_s=rep.start_s - 5.0) for rep in script_set(person, 4, "left", 1)]
    simulation = simulate_session(SHIN, legs=lambda side: Lunge(side, person, script, 1))
    seen, true = see(simulation), true_reps(simulation.truth)
    assert any("in a lunge" in told.reason for told in seen.refusals)
    found = [rep for rep in seen.reps if rep.scored]
    assert [rep.peak_deg for rep in found] == pytest.approx(
        [rep.peak_deg for rep in true[len(true) - scored :]], abs=PEAK_DEG
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_people_who_stand_first_are_told_nothing(seed: int) -> None:
    """Also with holds of a minute at the top: a hold is no place to stand."""
    for person in (draw_person(seed), replace(draw_person(seed), hold_s=60.0)):
        simulation = simulate_session(SHIN, reps=2, seed=seed, person=person, strap=STRAPS["sloppy"])
        seen = see(simulation)
        assert not seen.refusals
        assert not (seen.column("samples", "flags") & Flag.SLIPPED).any()
        assert [rep.scored for rep in seen.reps] == [True] * len(true_reps(simulation.truth))


@pytest.mark.parametrize(
    "make",
    [
        lambda: slipping(12.0, (0.0, 1.0, 0.0), 1.0),
        lambda: slipping(45.0, (0.0, 0.0, 1.0)),
        lambda: on_a_table(70.0, (0.6, 0.8, 0.0), 12.0),
        lambda: simulate_session(SHIN, legs=deep_first(4.5, 40.0)),
    ],
    ids=["slips", "turns", "table", "in-lunge"],
)
def test_record_by_record_it_is_found_in_the_same_row(make: Callable[[], Simulation]) -> None:
    simulation = make()
    records = tuple(simulation.records())
    whole = see(simulation, records)
    engine = Engine(SessionSetup(simulation.setups))
    single = Seen([event for record in records for event in engine.push(record)], engine)
    assert single.refusals == whole.refusals
    assert single.reps == whole.reps
    for part, name in (("samples", "flags"), ("angles", "dorsiflexion_rad"), ("angles", "frontal_rad")):
        np.testing.assert_array_equal(single.column(part, name), whole.column(part, name))


# --- how fast, how long ---


@pytest.mark.parametrize(
    "person",
    [PersonParams(hold_s=30.0), PersonParams(rest_s=0.0), PersonParams(rest_s=0.0, hold_s=0.0), DEEP],
    ids=["holds-30-s", "never-rests", "neither-rests-nor-holds", "leans-60-deg"],
)
def test_long_holds_no_rests_and_deep_lunges_are_repetitions_like_others(person: PersonParams) -> None:
    simulation = simulate_session(SHIN, reps=3, person=person)
    assert_true(see(simulation), true_reps(simulation.truth))


RATES = [
    ("movesense-gsp", 26.0),
    ("shin-imu-v1", 52.0),
    ("shin-imu-v1", 416.0),
    ("movesense-gsp", 416.0),
    ("movella-dot", 60.0),
    ("witmotion-ble5", 50.0),
    ("witmotion-ble5", 100.0),
]


@pytest.mark.parametrize(("spec", "rate_hz"), RATES)
def test_slow_and_fast_sensors_find_the_same_lunges(spec: str, rate_hz: float) -> None:
    simulation = simulate_session(spec_text(spec), reps=3, seed=2, rate_hz=rate_hz)
    seen = see(simulation)
    assert_true(seen, true_reps(simulation.truth))
    (ledger,) = seen.engine.ledger(0)
    (counts,) = simulation.sample_counts()
    assert ledger.decoded == counts.sent
    assert not ledger.lost
    assert ledger.measured_hz == pytest.approx(simulation.sensors[0].wire.chip.true_hz, rel=1e-3)


def cut(simulation: Simulation, length_s: float) -> list[Record]:
    """The records of the first seconds, ended there."""
    records = list(simulation.records())
    end_ns = records[0].host_time_ns + round(length_s * 1e9)
    kept = [record for record in records if record.host_time_ns <= end_ns]
    return [*kept, Flush(kept[-1].order + 1, end_ns, None)]


@pytest.mark.parametrize("length_s", [0.0, 0.3, 1.0])
def test_a_session_of_a_second_is_stored_and_reads_as_what_it_is(length_s: float, tmp_path: Path) -> None:
    """From no record of a sample to one second: no angle, no repetition, and the same after reading it back."""
    simulation = simulate_session(SHIN, reps=1)
    records = cut(simulation, length_s)
    setup = SessionSetup(simulation.setups)
    with SessionWriter.create(tmp_path, setup, simulated=True) as writer:
        for record in records:
            writer.append(record)
    session = load_session(writer.path)
    assert list(session.records()) == records
    decoded = Engine(setup)
    decoded.push_many(records)
    (ledger,) = decoded.ledger(0)
    assert len(session.samples()) == ledger.decoded
    assert (ledger.decoded > 0) == (length_s == 1.0)
    assert session.samples()["dorsiflexion_deg"].isna().all()
    assert len(session.reps()) == 0
    assert replay(records, setup).reps == ()


def test_a_long_session_is_stored_whole_with_the_result_it_had_live(tmp_path: Path) -> None:
    """Simulated: 30 repetitions in a quarter of an hour, long enough to be stored and read in several pieces."""
    simulation = simulate_session(
        SHIN, reps=30, rate_hz=52.0, person=PersonParams(rest_s=27.0), firmware=FirmwareParams(samples_per_packet=14)
    )
    records = tuple(simulation.records())
    seen = see(simulation, records)
    assert simulation.duration_s > 900.0
    with SessionWriter.create(tmp_path, SessionSetup(simulation.setups), simulated=True) as writer:
        for record in records:
            writer.append(record)
    session = load_session(writer.path)
    (counts,) = simulation.sample_counts()
    assert len(session.samples()) == counts.sent
    assert session.reps()["peak_deg"].tolist() == [rep.peak_deg for rep in seen.reps]
    assert_true(seen, true_reps(simulation.truth))
