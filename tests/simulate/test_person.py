"""The scripted person."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sensor_pipeline import frames
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.curve import PROFILES
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep, script_set
from sensor_pipeline.types import Side

STEADY = PersonParams(sway_sd_rad=0.0, frontal_sway_sd_rad=0.0, axial_sway_sd_rad=0.0)


def test_a_set_is_stand_then_repetitions_with_rests_between() -> None:
    script = script_set(PersonParams(), 5, "left", 1)
    assert len(script) == 5
    assert script[0].start_s == PersonParams().stand_s >= 5.0
    for before, after in pairwise(script):
        assert after.start_s > before.end_s


def test_without_spread_every_repetition_is_the_params() -> None:
    params = replace(STEADY, peak_sd_rad=0.0, frontal_sd_rad=0.0, axial_sd_rad=0.0, duration_cv=0.0)
    for rep in script_set(params, 3, "left", 1):
        assert (rep.peak_rad, rep.frontal_rad, rep.axial_rad) == (params.peak_rad, params.frontal_rad, params.axial_rad)
        assert (rep.descent_s, rep.hold_s, rep.ascent_s) == (params.descent_s, params.hold_s, params.ascent_s)
        assert rep.end_s - rep.start_s == pytest.approx(params.descent_s + params.hold_s + params.ascent_s)


def test_spread_is_what_the_params_say() -> None:
    params = PersonParams()
    script = script_set(params, 4000, "left", 1)
    peaks = np.array([rep.peak_rad for rep in script])
    holds = np.array([rep.hold_s for rep in script])
    assert np.mean(peaks) == pytest.approx(params.peak_rad, abs=4.0 * params.peak_sd_rad / 4000**0.5)
    # Draws are held at 2.5 sd, which narrows the spread by 2 %.
    assert np.std(peaks) == pytest.approx(0.98 * params.peak_sd_rad, rel=0.05)
    assert np.std(holds) == pytest.approx(0.98 * params.duration_cv * params.hold_s, rel=0.05)


def test_both_legs_keep_the_same_time_with_their_own_angles() -> None:
    left, right = (script_set(PersonParams(), 4, side, 1) for side in ("left", "right"))
    assert [rep.start_s for rep in left] == [rep.start_s for rep in right]
    assert all(a.peak_rad != b.peak_rad for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("side", ["left", "right"])
def test_angles_are_zero_before_at_the_peak_in_the_hold_and_zero_after(side: Side) -> None:
    rep = ScriptedRep(6.0, 1.5, 2.0, 1.2, peak_rad=0.7, frontal_rad=0.05, axial_rad=-0.04)
    angles = Lunge(side, STEADY, [rep], 1).angles(
        np.array([0.0, 5.9, rep.hold_start_s, 8.0, rep.hold_end_s, rep.end_s, 30.0])
    )
    shape = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    assert angles.dorsiflexion.value == pytest.approx(0.7 * shape, abs=1e-12)
    assert angles.frontal.value == pytest.approx(0.05 * shape, abs=1e-12)
    assert angles.axial.value == pytest.approx(-0.04 * shape, abs=1e-12)


def test_a_steady_person_standing_feels_exactly_one_g() -> None:
    motion = Lunge("left", STEADY, script_set(STEADY, 1, "left", 1), 1).motion(np.linspace(0.0, 5.9, 50))
    assert np.all(motion.gyr_rad_s == 0.0)
    assert motion.acc_m_s2 == pytest.approx(np.tile([0.0, 0.0, frames.G_M_S2], (50, 1)), abs=1e-12)


def test_sway_has_the_stated_size_and_is_slow() -> None:
    params = PersonParams(sway_sd_rad=0.2 * RAD_PER_DEG)
    time_s = np.arange(0.0, 600.0, 0.05)
    sway = Lunge("left", params, [], 7).angles(time_s).dorsiflexion
    assert np.std(sway.value) == pytest.approx(0.2 * RAD_PER_DEG, rel=0.1)
    assert np.max(np.abs(sway.rate)) < 3.0 * RAD_PER_DEG  # stays below what counts as still


def test_angles_do_not_depend_on_which_times_are_asked_together() -> None:
    lunge = Lunge("left", PersonParams(), script_set(PersonParams(), 2, "left", 1), 1)
    time_s = np.linspace(0.0, 20.0, 101)
    whole = lunge.angles(time_s).dorsiflexion.value
    single = [lunge.angles(time_s[i : i + 1]).dorsiflexion.value[0] for i in range(101)]
    assert whole == pytest.approx(single, abs=1e-15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stand_s": 4.0}, "stand_s 4.0: the standing pose needs 5 s"),
        ({"descent_s": 0.1}, r"descent_s 0\.1: must be 0\.2 s or more"),
        ({"hold_s": float("nan")}, "hold_s nan: must be 0 or more"),
        ({"profile": "jerky"}, "profile 'jerky': choose minimum_jerk"),
        ({"tremor_sd_rad": -1.0}, r"tremor_sd_rad -1\.0: must be 0 or more"),
        ({"peak_rad": 40.0}, r"peak_rad 40\.0: a shin leans no further"),
    ],
)
def test_senseless_people_are_refused(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        PersonParams(**change)


def test_senseless_scripts_are_refused() -> None:
    rep = ScriptedRep(6.0, 1.5, 2.0, 1.2, 0.7)
    with pytest.raises(UserError, match=r"repetition 2 starts at 9\.0 s; it can start from 10\.7 s on"):
        Lunge("left", STEADY, [rep, replace(rep, start_s=9.0)], 1)
    with pytest.raises(UserError, match="repetition 1: descent and ascent must last more than 0 s"):
        Lunge("left", STEADY, [replace(rep, ascent_s=0.0)], 1)
    with pytest.raises(UserError, match="reps -1: must be 0 or more"):
        script_set(STEADY, -1, "left", 1)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "half_cosine"])
def test_a_lunge_of_any_profile_is_true_to_itself_with_tremor_and_a_touch(
    side: Side, profile: str, self_consistent: Callable[..., None]
) -> None:
    params = replace(STEADY, profile=profile, tremor_sd_rad=0.02 * RAD_PER_DEG, touch_m=1e-4)
    rep = ScriptedRep(6.0, 0.9, 0.5, 0.9, 0.7, 0.05, -0.1, profile)
    self_consistent(Lunge(side, params, [rep], 3), 5.9, 8.4, 2e-4, 0.02)


def test_repetitions_of_different_profiles_in_one_set_keep_their_own() -> None:
    first = ScriptedRep(6.0, 1.0, 1.0, 1.0, 0.7, profile="slow_start")
    second = ScriptedRep(12.0, 1.0, 1.0, 1.0, 0.7, profile="trapezoid")
    both = Lunge("left", STEADY, [first, second], 1).angles(np.linspace(5.0, 16.0, 500)).dorsiflexion.value
    apart = [
        Lunge("left", STEADY, [rep], 1).angles(np.linspace(5.0, 16.0, 500)).dorsiflexion.value
        for rep in (first, second)
    ]
    assert both == pytest.approx(apart[0] + apart[1], abs=1e-12)


def test_tremor_grows_with_the_lunge_and_lies_in_its_band() -> None:
    params = replace(STEADY, tremor_sd_rad=0.1 * RAD_PER_DEG)
    rep = ScriptedRep(6.0, 1.0, 60.0, 1.0, 0.7)
    at_s = np.arange(0.0, 68.0, 0.005)
    tremor = Lunge("left", params, [rep], 1).angles(at_s).dorsiflexion.value
    tremor = tremor - Lunge("left", STEADY, [rep], 1).angles(at_s).dorsiflexion.value
    assert np.all(tremor[at_s < 6.0] == 0.0)
    top = tremor[(at_s > 7.0) & (at_s < 67.0)]
    assert np.std(top) == pytest.approx(0.1 * RAD_PER_DEG, rel=0.1)
    power = np.abs(np.fft.rfft(top)) ** 2
    hz = np.fft.rfftfreq(len(top), 0.005)
    assert np.sum(power[(hz > 7.9) & (hz < 12.1)]) > 0.99 * np.sum(power)


def test_a_knee_that_drifts_goes_further_inwards_with_every_repetition() -> None:
    params = replace(PersonParams(), frontal_sd_rad=0.0, frontal_drift_rad=0.01)
    assert np.diff([rep.frontal_rad for rep in script_set(params, 4, "left", 1)]) == pytest.approx([0.01] * 3)
