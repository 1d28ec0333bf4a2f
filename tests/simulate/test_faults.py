"""Faults asked for: how they are written, and what they do to a script."""

from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.faults import ABORT_SHARE, DIP_HOLD_S, FAULTS, Fault, parse_fault, with_faults
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.person import Lunge, PersonParams, script_set

STEADY = PersonParams(sway_sd_rad=0.0, frontal_sway_sd_rad=0.0, axial_sway_sd_rad=0.0)
SCRIPT = script_set(STEADY, 4, "left", 1)
TARGET_RAD = 36.0 * RAD_PER_DEG


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("heel_lift:20mm@4", Fault("heel_lift", 20.0, 4)),
        ("knee_in:7.5deg@1", Fault("knee_in", 7.5, 1)),
        ("abort@12", Fault("abort", None, 12)),
    ],
)
def test_a_fault_is_read_and_written_the_same_way(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert str(fault) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("heal_lift:20mm@4", "did you mean 'heel_lift:MMmm@REP'?"),
        ("xyzzy", "choose heel_lift:MMmm@REP"),
        ("heel_lift@4", "write heel_lift:MMmm@REP"),
        ("heel_lift:20deg@4", "write heel_lift:MMmm@REP"),
        ("abort:3mm@1", "write abort@REP"),
        ("abort", "write abort@REP"),
        ("heel_lift:-3mm@1", "write heel_lift:MMmm@REP"),
        ("heel_lift:0mm@1", "above 0 and at most 60 mm"),
        ("knee_in:90deg@1", "at most 25 deg"),
        ("", "choose"),
    ],
)
def test_what_is_no_fault_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(UserError, match=r"fault '") as caught:
        parse_fault(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        (["abort@5"], "repetitions 1 to 4"),
        (["abort@0"], "repetitions 1 to 4"),
        (["abort@2", "hold_short@2"], "exclude each other"),
        (["heel_lift:10mm@2", "heel_lift:20mm@2"], "exclude each other"),
        (["short:24.5deg@1"], "no repetition any more"),
    ],
)
def test_faults_that_cannot_be_made_are_refused(faults: list[str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        with_faults(SCRIPT, [parse_fault(text) for text in faults], TARGET_RAD)


def test_without_faults_the_script_is_as_it_was() -> None:
    assert with_faults(SCRIPT, [], TARGET_RAD).script == SCRIPT


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_touches_its_own_repetition_only(kind: str) -> None:
    size = {"": None, "mm": 20.0, "deg": 5.0}[FAULTS[kind].unit]
    script, movements = (
        with_faults(SCRIPT, [Fault(kind, size, 2)], TARGET_RAD).script,
        with_faults(SCRIPT, [Fault(kind, size, 2)], TARGET_RAD).movements,
    )
    assert script[0] == SCRIPT[0]
    assert script[1] != SCRIPT[1] or movements
    for piece in movements:
        assert script[1].start_s < piece.end_s <= script[1].end_s
    for i in (2, 3):  # what follows keeps its distance
        assert replace(script[i], start_s=0.0) == replace(SCRIPT[i], start_s=0.0)
        assert script[i].start_s - script[i - 1].end_s == pytest.approx(SCRIPT[i].start_s - SCRIPT[i - 1].end_s)
    Lunge("left", STEADY, script, 1, movements)  # and nothing overlaps


def test_each_fault_is_what_it_says() -> None:
    asked = ["knee_in:8deg@1", "rotate_in:6deg@1", "short:5deg@2", "abort@3", "double_dip@4", "heel_lift:20mm@4"]
    faulty = with_faults(SCRIPT, [parse_fault(text) for text in asked], TARGET_RAD)
    one, two, three, four = faulty.script
    assert one.frontal_rad - SCRIPT[0].frontal_rad == pytest.approx(8.0 * RAD_PER_DEG)
    assert one.axial_rad - SCRIPT[0].axial_rad == pytest.approx(6.0 * RAD_PER_DEG)
    assert two.peak_rad == pytest.approx(31.0 * RAD_PER_DEG)
    assert (three.peak_rad, three.hold_s) == (ABORT_SHARE * SCRIPT[2].peak_rad, 0.0)
    assert four.hold_s >= DIP_HOLD_S
    leg = Lunge("left", STEADY, faulty.script, 1, faulty.movements)
    at_s = np.linspace(four.hold_start_s, four.hold_end_s, 101)
    held = leg.angles(at_s).dorsiflexion.value
    assert np.min(held) == pytest.approx(2.0 / 3.0 * four.peak_rad)
    assert held[[0, -1]] == pytest.approx(four.peak_rad)
    assert leg.heel_m(at_s) == pytest.approx(np.full(101, 0.020))
    (lift,) = (piece for piece in faulty.movements if isinstance(piece, HeelLift))
    assert four.start_s < lift.start_s < four.hold_start_s
    assert lift.end_s < four.end_s
