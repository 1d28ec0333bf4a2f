"""A repetition measured between two times: an angle with a formula gives the figures that the formula has."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.edit_measure import AngleTrack, Rules, measure
from sensor_pipeline.signal.hold import HoldParams
from sensor_pipeline.signal.lowpass import LowpassParams
from sensor_pipeline.signal.reps import RepParams
from sensor_pipeline.types import Flag, Rep, Targets

RATE_HZ = 100.0
RULES = Rules(RATE_HZ, Targets(), RepParams(), HoldParams(), LowpassParams())
DOWN_S, HOLD_S, STAND_S = 1.5, 2.0, 2.0
BASE_DEG, PEAK_DEG = 1.0, 41.0
END_S = STAND_S + 2 * DOWN_S + HOLD_S


def track() -> AngleTrack:
    """Standing at 1 deg, a smooth way down to 41 deg, two seconds there, the same way back, standing."""
    t = np.arange(int((END_S + 2.0) * RATE_HZ)) / RATE_HZ
    phase = np.interp(t, [STAND_S, STAND_S + DOWN_S, END_S - DOWN_S, END_S], [0.0, 1.0, 1.0, 0.0])
    angle = BASE_DEG + (PEAK_DEG - BASE_DEG) * 0.5 * (1.0 - np.cos(math.pi * phase))
    return AngleTrack("left", t, angle, np.ones(len(t), np.bool_), np.zeros(len(t), np.uint16), (0.0,))


def measured(of: AngleTrack, start_s: float = STAND_S, end_s: float = END_S, rules: Rules = RULES) -> Rep:
    return measure(of, rules, 7, start_s, end_s, what="added", before_s=-math.inf, best_deg=None)


def test_an_analytic_repetition_has_its_analytic_figures() -> None:
    rep = measured(track())
    assert (rep.side, rep.rep, rep.start_s, rep.end_s) == ("left", 7, STAND_S, END_S)
    assert (rep.start_deg, rep.peak_deg, rep.rom_deg) == pytest.approx(
        (BASE_DEG, PEAK_DEG, PEAK_DEG - BASE_DEG), abs=0.02
    )
    fastest = (PEAK_DEG - BASE_DEG) * 0.5 * math.pi / DOWN_S
    assert rep.peak_velocity_deg_s == pytest.approx(fastest, rel=0.01)
    assert rep.hold_s == pytest.approx(HOLD_S, abs=0.5)  # the slow ends of the ways belong to it, to 5 deg/s and 3 deg
    assert rep.descent_s + rep.hold_s + rep.ascent_s == pytest.approx(END_S - STAND_S, abs=1e-9)
    assert (rep.scored, rep.reason, rep.faults) == (True, "edited: added", ())
    for unknown in ("peak_sd_deg", "sparc_descent", "sparc_ascent", "frontal_change_deg", "axial_change_deg", "score"):
        assert getattr(rep, unknown) is None, unknown
    assert rep.heel == "not_checked"


def test_targets_make_the_faults_that_they_make_live() -> None:
    rules = dataclasses.replace(RULES, targets=Targets(angle_deg=45.0, hold_s=5.0))
    assert measured(track(), rules=rules).faults == ("short_of_target", "hold_short")
    assert measured(track(), end_s=END_S - 0.7).faults == ("incomplete_return",)


@pytest.mark.parametrize(("flag", "reason"), [(Flag.SETTLING, "gap"), (Flag.CLIPPED, "clipped")])
def test_rows_that_are_not_to_be_trusted_keep_it_from_being_scored(flag: Flag, reason: str) -> None:
    spoilt = track()
    spoilt.flags[int((STAND_S + 1.0) * RATE_HZ)] = int(flag)
    rep = measured(spoilt)
    assert (rep.scored, rep.reason) == (False, f"edited: added; {reason}")
    outside = track()
    outside.flags[10] = int(flag)
    assert measured(outside).scored


def test_a_hole_in_it_keeps_it_from_being_scored() -> None:
    whole = track()
    kept = (whole.time_s < 4.0) | (whole.time_s > 5.2)
    holed = AngleTrack(
        "left", *(a[kept] for a in (whole.time_s, whole.dorsiflexion_deg, whole.known, whole.flags)), (0.0,)
    )
    assert measured(holed).reason == "edited: added; gap"


def test_the_start_level_is_the_lowest_angle_since_the_offset_before_and_never_across_a_mounting() -> None:
    low = track()
    low.dorsiflexion_deg[:100] = -5.0
    assert measured(low).start_deg == pytest.approx(-5.0, abs=0.01)
    since = measure(low, RULES, 1, STAND_S, END_S, what="added", before_s=1.2, best_deg=None)
    assert since.start_deg == pytest.approx(BASE_DEG, abs=0.02)
    remounted = dataclasses.replace(low, mounting_starts_s=(0.0, 1.2))
    assert measured(remounted).start_deg == pytest.approx(BASE_DEG, abs=0.02)


def test_the_start_level_is_where_the_person_has_come_to_stand_as_in_the_detector() -> None:
    """Five seconds lie between the lowest angle and the rise: what was lower before does not count."""
    for stood_s, start_deg in ((1.5, -4.0), (9.0, BASE_DEG)):
        t = np.arange(round((END_S + 12.0) * RATE_HZ)) / RATE_HZ
        late = dataclasses.replace(
            track(),
            time_s=t,
            dorsiflexion_deg=np.where(t < 1.0, -4.0, np.interp(t - stood_s, track().time_s, track().dorsiflexion_deg)),
            known=np.ones(len(t), np.bool_),
            flags=np.zeros(len(t), np.uint16),
        )
        rep = measured(late, STAND_S + stood_s, END_S + stood_s)
        assert rep.start_deg == pytest.approx(start_deg, abs=0.02)
        assert rep.rom_deg == pytest.approx(PEAK_DEG - start_deg, abs=0.05)


def test_an_interval_without_an_angle_or_with_a_new_mounting_is_refused() -> None:
    with pytest.raises(UserError, match="a new mounting began in it"):
        measured(dataclasses.replace(track(), mounting_starts_s=(0.0, STAND_S + 1.0)))
    unknown = track()
    unknown.known[: int((STAND_S + 0.5) * RATE_HZ)] = False
    with pytest.raises(UserError, match=r"it has one from 2\.50 to 8\.99 s"):
        measured(unknown)
    unknown.known[:] = False
    with pytest.raises(UserError, match="its mounting was not found"):
        measured(unknown)
    with pytest.raises(UserError, match="too little of it"):
        measured(track(), end_s=STAND_S + 0.03)
