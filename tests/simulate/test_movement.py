"""What a leg does besides lunges: every piece is true to itself and ends at rest."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline import frames
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.movement import (
    STRIDE_M,
    Movement,
    dip,
    kneel,
    lunging_already,
    pivot_of,
    shift_weight,
    tap,
    touch_wall,
    walk,
)
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep
from sensor_pipeline.simulate.shank import SensorSite
from sensor_pipeline.types import Side

STEADY = PersonParams(
    sway_sd_rad=0.0, frontal_sway_sd_rad=0.0, axial_sway_sd_rad=0.0, site=SensorSite(0.04, 0.012, 0.26)
)
SIDES: tuple[Side, ...] = ("left", "right")
# each begins at 0.2 s; how far in time its truth is looked at, with which step, and what the finite difference allows
PIECES: dict[str, tuple[Callable[[Side], Movement], float, float, float]] = {
    "walk": (lambda side: walk(0.2, 1, side), 2.3, 1e-4, 0.02),
    "shift": (lambda side: shift_weight(0.2, 2, side), 3.6, 5e-4, 0.02),
    "kneel": (lambda side: kneel(0.2), 6.2, 5e-4, 0.02),
    "tap": (lambda side: tap(0.2, 2), 1.2, 5e-5, 0.02),
    "touch": (lambda side: touch_wall(0.2, 1e-4), 0.5, 1e-4, 0.02),
    "dip": (lambda side: dip(1.0, -0.2), 2.0, 5e-4, 0.02),
    "heel": (lambda side: HeelLift(0.2, 0.6, 1.0, 1.5, 0.03), 1.7, 2e-4, 0.02),
    "heel-leans": (lambda side: HeelLift(0.2, 0.6, 0.6, 1.1, 0.03, leans_shin=True), 1.3, 2e-4, 0.02),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", PIECES)
def test_every_piece_is_true_to_itself(name: str, side: Side, self_consistent: Callable[..., None]) -> None:
    make, stop_s, step_s, bound = PIECES[name]
    self_consistent(Lunge(side, STEADY, [], 1, [make(side)]), 0.1, stop_s, step_s, bound)


@pytest.mark.parametrize("side", SIDES)
def test_pieces_add_up_and_stay_true_to_themselves(side: Side, self_consistent: Callable[..., None]) -> None:
    rep = ScriptedRep(6.0, 1.0, 0.6, 1.0, 0.7, 0.1, 0.15)
    movements = [HeelLift(6.4, 7.0, 7.6, 8.0, 0.03, leans_shin=True), shift_weight(5.9, 1, side), touch_wall(7.0, 1e-4)]
    self_consistent(Lunge(side, STEADY, [rep], 1, movements), 5.8, 8.8, 2e-4, 0.03)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", PIECES)
def test_every_piece_begins_and_ends_upright_and_still(name: str, side: Side) -> None:
    piece = PIECES[name][0](side)
    leg = Lunge(side, STEADY, [], 1, [piece])
    motion = leg.motion(np.array([0.0, 0.15, piece.end_s + 0.2, piece.end_s + 5.0]))
    assert motion.gyr_rad_s == pytest.approx(np.zeros((4, 3)), abs=1e-4)
    assert motion.acc_m_s2 == pytest.approx(np.tile([0.0, 0.0, frames.G_M_S2], (4, 1)), abs=2e-3)
    assert leg.done_s == piece.end_s + STEADY.stand_s


def test_walking_moves_on_by_its_strides_and_strikes_the_floor() -> None:
    piece = walk(1.0, 3, "left")
    time_s = np.arange(0.0, 8.0, 0.002)
    place = piece.pivot(time_s)
    assert place.forwards.value[-1] == pytest.approx(3.0 * STRIDE_M)
    assert np.max(place.up.value) == pytest.approx(0.10, abs=1e-3)
    force = Lunge("left", STEADY, [], 1, [piece]).motion(time_s).acc_m_s2
    assert np.max(np.abs(np.linalg.norm(force, axis=1) - frames.G_M_S2)) > 5.0
    assert np.all(piece.heel_m(time_s) == 0.0)


def test_the_right_leg_walks_half_a_stride_behind_and_both_end_together() -> None:
    left, right = walk(0.0, 2, "left"), walk(0.0, 2, "right")
    at_s = np.linspace(0.0, 4.0, 50)
    assert right.angles(at_s + 0.65).dorsiflexion.value == pytest.approx(left.angles(at_s).dorsiflexion.value)
    assert left.end_s == right.end_s


def test_shifting_weight_takes_one_knee_in_where_the_other_goes_out() -> None:
    at_s = np.linspace(0.0, 2.0, 50)
    left, right = (shift_weight(0.0, 1, side).angles(at_s).frontal.value for side in SIDES)
    assert left == pytest.approx(-right)
    assert np.max(np.abs(left)) > 2.0 * RAD_PER_DEG


def test_a_session_can_begin_deep_in_a_lunge() -> None:
    leg = Lunge("left", STEADY, [], 1, [lunging_already(2.0, 0.7)])
    angles = leg.angles(np.array([0.0, 1.0, 2.0, 3.4, 9.0]))
    assert angles.dorsiflexion.value == pytest.approx([0.7, 0.7, 0.7, 0.0, 0.0])
    assert angles.dorsiflexion.rate == pytest.approx(np.zeros(5))


def test_a_tap_is_a_short_knock_of_about_two_g() -> None:
    at_s = np.arange(0.0, 2.0, 0.001)
    force = Lunge("left", STEADY, [], 1, [tap(0.5, 2)]).motion(at_s).acc_m_s2
    knock = np.abs(force[:, 0])
    assert 15.0 < np.max(knock) < 30.0
    assert np.mean(knock > 1.0) < 0.2


def test_a_dip_in_the_hold_comes_up_and_goes_down_again() -> None:
    rep = ScriptedRep(6.0, 1.0, 3.0, 1.0, 0.7)
    angle = Lunge("left", STEADY, [rep], 1, [dip(8.5, 0.2)]).angles(np.array([7.5, 8.5, 9.5])).dorsiflexion.value
    assert angle == pytest.approx([0.7, 0.5, 0.7])


def test_a_leg_without_movements_has_an_ankle_that_stands_still() -> None:
    assert Lunge("left", STEADY, [], 1).pivot(np.zeros(3)) is None
    assert [curve.value.tolist() for curve in pivot_of([], np.zeros(2))] == [[0.0, 0.0]] * 3


def test_a_touch_belongs_to_every_repetition_of_a_person_who_touches_the_wall() -> None:
    reps = [ScriptedRep(6.0, 1.0, 1.0, 1.0, 0.7), ScriptedRep(12.0, 1.0, 1.0, 1.0, 0.7)]
    leg = Lunge("left", replace(STEADY, touch_m=1e-4), reps, 1)
    assert [movement.name for movement in leg.movements] == ["touch_wall"] * 2
    at_s = np.array([7.012, 13.012])
    assert np.all(np.abs(leg.motion(at_s).acc_m_s2 - Lunge("left", STEADY, reps, 1).motion(at_s).acc_m_s2).max(1) > 0.3)
