"""Finished repetitions get their quality from the rows they span: through the whole chain, on simulated people."""

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.pipeline.chain import Chain
from sensor_pipeline.pipeline.grade import GradeParams, Grader, NoGrade
from sensor_pipeline.pipeline.intake import Intake
from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.signal.history import KeptRows
from sensor_pipeline.signal.orientation import make_filter
from sensor_pipeline.signal.reps import RepDetector
from sensor_pipeline.simulate.faults import parse_fault
from sensor_pipeline.simulate.scenario import LossKind, Scenario, Staged, stage
from sensor_pipeline.types import (
    Event,
    Flag,
    Flush,
    Mounting,
    Notification,
    Record,
    Rep,
    RepDone,
    RepStarted,
    Targets,
)
from tests.signal.lunges import MOUNTING, rep_of, span_of

FLAT = 6
QUALITY = (
    "peak_sd_deg",
    "sparc_descent",
    "sparc_ascent",
    "frontal_change_deg",
    "axial_change_deg",
)


@functools.cache
def staged(*faults: str, reps: int = 8, seed: int = 3, loss: LossKind = "none") -> Staged:
    asked = tuple(parse_fault(text) for text in faults)
    return stage(Scenario(spec_text("shin-imu-v1"), reps=reps, seed=seed, faults=asked, loss=loss))


@functools.cache
def records(one: Staged) -> tuple[Record, ...]:
    return tuple(one.simulation.records())


def graded(one: Staged, targets: Targets | None, *, packets: bool = False) -> tuple[Rep, ...]:
    """Run the records through the stages, all at once or packet by packet."""
    setup, params = one.simulation.setup, PipelineParams()
    chain = Chain(
        setup,
        0,
        params,
        make_filter(setup.rate_hz, "vqf", params.orientation),
        RepDetector(setup.side, targets or Targets(), 0, params.reps, params.hold),
        targets,
    )
    intake = Intake(setup, 0, params.clock)
    zero_ns = records(one)[0].host_time_ns
    events: list[Event] = []
    for record in records(one):
        session_s = (record.host_time_ns - zero_ns) / 1e9
        samples, _ = intake.take(record, session_s)
        if samples is not None and isinstance(record, Notification) and packets:
            events += chain.update_packet(samples, record.order)
        elif samples is not None:
            events += chain.update(samples, np.full(len(samples), record.order, np.int64))
        if isinstance(record, Flush):
            events += chain.flush(record.order, session_s)
    return tuple(event.rep for event in events if isinstance(event, RepDone))


def scored(reps: Sequence[Rep]) -> list[Rep]:
    return [rep for rep in reps if rep.scored]


def test_clean_repetitions_have_every_figure_a_high_score_and_no_words() -> None:
    one = staged()
    reps = graded(one, one.targets)
    assert len(reps) == 8
    for rep in reps:
        assert rep.scored
        assert (rep.faults, rep.reason) == ((), "")
        assert rep.score is not None
        assert rep.score > 95.0
    for rep in reps[1:]:  # the first one is measured as a total tilt
        assert all(getattr(rep, name) is not None for name in QUALITY)
    assert reps[0].frontal_change_deg is None
    assert reps[0].peak_sd_deg is not None


def test_packets_give_the_same_bits_as_blocks() -> None:
    one = staged("heel_lift:20mm@8")
    targets = replace(one.targets, flat_reps=FLAT)
    assert graded(one, targets) == graded(one, targets, packets=True)


def test_the_axis_joins_and_the_flat_baseline_stays() -> None:
    one = staged("heel_lift:20mm@8")
    reps = graded(one, replace(one.targets, flat_reps=FLAT))
    assert [rep.heel for rep in reps] == ["not_checked"] * FLAT + ["no_lift_seen", "possible_lift"]
    lifted = reps[-1]
    assert lifted.heel_lift_mm == pytest.approx(20.0, abs=6.0)
    assert lifted.faults == ("heel_lift",)
    assert (lifted.scored, lifted.score) == (False, None)
    assert lifted.reason.startswith("heel_lift: the ankle rose")


def test_without_flat_repetitions_the_heel_is_not_checked() -> None:
    one = staged("heel_lift:20mm@8")
    assert {(rep.heel, rep.heel_lift_mm) for rep in graded(one, one.targets)} == {("not_checked", None)}


def test_a_knee_that_goes_inwards_is_told_from_one_s_own_usual() -> None:
    one = staged("knee_in:8deg@7")
    reps = graded(one, one.targets)
    assert [rep.faults for rep in reps] == [()] * 6 + [("shin_tilts_in",)] + [()]
    assert reps[6].reason.startswith("shin_tilts_in: the knee moved ")
    assert "your baseline is " in reps[6].reason


def test_a_set_that_is_half_as_deep_throughout_scores_low() -> None:
    one = staged()
    asked = Targets(angle_deg=2.0 * (one.targets.angle_deg or 0.0), hold_s=0.0)
    reps = graded(one, asked)
    assert max(rep.score for rep in reps if rep.score is not None) < 25.0
    assert all("short_of_target: " in rep.reason for rep in reps)


def test_a_hole_gives_no_score_and_says_why() -> None:
    one = staged(seed=5, loss="heavy")
    lost = [rep for rep in graded(one, one.targets) if not rep.scored]
    assert lost
    for rep in lost:
        assert rep.reason in ("gap", "ended")
        assert (rep.score, rep.components, rep.peak_sd_deg, rep.heel) == (None, {}, None, "not_checked")


# --- the grader alone ---


def grader_with(rep: Rep, *, flags: int = 0, mounting: Mounting = MOUNTING, targets: Targets | None = None) -> Grader:
    grader = Grader(targets or Targets(angle_deg=40.0), 90.0, GradeParams())
    span = span_of(rep)
    rows = KeptRows(
        span.time_s,
        span.gyr_rad_s,
        span.acc_m_s2,
        span.quat,
        span.lean_rad,
        np.full(len(span.time_s), flags, np.uint16),
        mounting,
    )
    grader.keep(rows, float(span.time_s[-1]))
    return grader


def done(rep: Rep) -> RepDone:
    return RepDone(1, 0, rep.end_s, rep)


def only(events: Sequence[Event]) -> Rep:
    (event,) = events
    assert isinstance(event, RepDone)
    return event.rep


def test_a_slip_gives_no_score_and_says_why() -> None:
    rep = rep_of()
    found = only(grader_with(rep, flags=Flag.SLIPPED).grade([done(rep)]))
    assert (found.scored, found.reason, found.score, found.sparc_descent) == (False, "slipped", None, None)


def test_a_saturated_repetition_stays_as_the_detector_left_it() -> None:
    rep = replace(rep_of(), scored=False, reason="clipped")
    assert only(grader_with(rep).grade([done(rep)])) is rep


def test_a_stated_mounting_states_no_uncertainty() -> None:
    rep = rep_of()
    mounting = replace(MOUNTING, zero_sd_deg=None)
    found = only(grader_with(rep, mounting=mounting).grade([done(rep)]))
    assert found.peak_sd_deg is None
    assert found.score is not None


def test_other_events_pass() -> None:
    event = RepStarted(1, 0, 2.0, 1)
    assert grader_with(rep_of()).grade([event]) == [event]


def test_rows_of_another_time_grade_nothing() -> None:
    grader = grader_with(rep_of())
    late = rep_of()
    late = replace(late, start_s=late.start_s + 50.0, end_s=late.end_s + 50.0)
    assert only(grader.grade([done(late)])) is late


def test_a_chain_without_targets_grades_nothing() -> None:
    one = staged()
    rep = rep_of()
    assert NoGrade().grade([done(rep)]) == [done(rep)]
    bare = graded(one, None)
    assert len(bare) == 8
    assert all(
        (rep.score, rep.sparc_descent, rep.peak_sd_deg, rep.components) == (None, None, None, {}) for rep in bare
    )
