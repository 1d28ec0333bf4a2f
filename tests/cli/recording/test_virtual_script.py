"""The simulated person does what a protocol asks for: enough repetitions, deep and long enough, leg after leg."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from sensor_pipeline.cli.recording.virtual_script import NOT_TOUCHED_S, later, script_of, timer_s
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.protocols.protocol import Dose
from sensor_pipeline.protocols.try_set import SAME_TOUCH_DEG, STILL_S

PEAK_RAD = 0.65


def test_a_search_goes_farther_until_one_fails_then_stands_still_then_tries_at_the_furthest() -> None:
    protocol = load_protocol("ktw_standing")
    script = script_of(protocol, protocol.dose, PEAK_RAD, 11.0)
    assert script[0].start_s == 11.0
    assert all(rep.peak_rad < after.peak_rad for rep, after in pairwise(script[:4]))
    assert script[4].start_s - script[3].end_s > NOT_TOUCHED_S > STILL_S
    assert len(script) == 4 + 2  # the furthest touch is the first of three tries
    assert all(abs(rep.peak_rad - PEAK_RAD) < SAME_TOUCH_DEG / 57.3 for rep in script[2:])
    assert all(rep.hold_s > (protocol.dose.hold_s or 0.0) for rep in script)


@pytest.mark.parametrize(
    ("dose", "count"),
    [
        (Dose(reps=4), 4),
        (Dose(reps=4, sets=2), 8),
        (Dose(reps=2, directions=("in", "out", "ahead")), 6),
        (Dose(), 3),
        (Dose(total_s=30.0), 5),
    ],
)
def test_as_many_repetitions_as_the_dose_asks_for(dose: Dose, count: int) -> None:
    assert len(script_of(load_protocol("dynamic_mob"), dose, PEAK_RAD, 5.0)) == count


@pytest.mark.parametrize("name", ["cal_static_upright", "ankle_circles", "pain"])
def test_nothing_moves_where_no_repetition_is_asked_for(name: str) -> None:
    protocol = load_protocol(name)
    assert script_of(protocol, protocol.dose, PEAK_RAD, 5.0) == []


def test_a_timer_lasts_all_its_rounds_in_all_directions() -> None:
    dose = Dose(reps=2, hold_s=10.0, rest_s=5.0, sets=2, directions=("a", "b"))
    assert timer_s(dose) == 2 * (4 * 15.0 + 5.0)
    assert timer_s(replace(dose, hold_s=None, pace_s=3.0, rest_s=None)) == 2 * (4 * 3.0 + 5.0)


def test_the_other_leg_does_the_same_later() -> None:
    script = script_of(load_protocol("dynamic_mob"), Dose(reps=2), PEAK_RAD, 5.0)
    assert [rep.start_s for rep in later(script, 30.0)] == [rep.start_s + 30.0 for rep in script]
