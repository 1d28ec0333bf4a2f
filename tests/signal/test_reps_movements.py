"""What people do besides lunging makes no ghost repetition; what they do while lunging loses none."""

from collections.abc import Sequence

import numpy as np
import pytest

from sensor_pipeline.signal.lowpass import Lowpass, LowpassParams
from sensor_pipeline.signal.reps import AngleRows, RepDetector, RepParams
from sensor_pipeline.types import Event, Rep, RepDone, RepRejected, RepStarted, Targets

RATE_HZ = 104.0


def moves(*legs: tuple[float, float]) -> np.ndarray:
    """Degrees from minimum-jerk moves: (seconds, end angle); starts at 0."""
    parts, angle = [np.zeros(1)], 0.0
    for seconds, end in legs:
        s = np.arange(1, round(seconds * RATE_HZ) + 1) / round(seconds * RATE_HZ)
        parts.append(angle + (end - angle) * s**3 * (10 - 15 * s + 6 * s * s))
        angle = end
    return np.concatenate(parts)


def stand(seconds: float) -> np.ndarray:
    return 0.15 * np.sin(2 * np.pi * 0.3 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def swing(seconds: float, amplitude: float, hz: float = 1.0, phase: float = 0.0) -> np.ndarray:
    """A leg that swings as in walking."""
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ + phase)


def gait(strides: int, seconds: float) -> np.ndarray:
    """Strides of ``seconds``: the shin leans slowly from -20 to +50 deg in stance and swings back in a third of it."""
    out, swing_s = moves((0.4, -20.0)), 0.33 * seconds
    for _ in range(strides):
        for duration, a, b in ((seconds - swing_s, -20.0, 50.0), (swing_s, 50.0, -20.0)):
            s = np.arange(1, round(duration * RATE_HZ) + 1) / round(duration * RATE_HZ)
            out = np.concatenate((out, a + (b - a) * s**3 * (10 - 15 * s + 6 * s * s)))
    return out


LUNGE = moves((1.0, 40.0), (1.0, 40.0), (1.0, 0.0))


def detect(*parts: np.ndarray, unsigned: bool = False, flush: bool = True) -> list[Event]:
    """Smooth the joined parts as the pipeline does, and detect; ``unsigned`` as with a tilt-only mounting."""
    deg = np.concatenate(parts)
    deg = np.abs(deg) if unsigned else deg
    time_s = np.arange(len(deg)) / RATE_HZ
    skipped, centre_s, smooth = Lowpass(RATE_HZ, LowpassParams()).update(time_s, np.radians(deg))
    n = len(smooth)
    rows = AngleRows(centre_s, time_s[skipped:], smooth, np.zeros(n, np.uint16), np.arange(n, dtype=np.int64))
    detector = RepDetector("left", Targets(), 0, RepParams())
    events = [*detector.update(rows).events]
    return [*events, *detector.flush(n, float(time_s[-1]))] if flush else events


def reps(events: Sequence[Event]) -> list[Rep]:
    return [event.rep for event in events if isinstance(event, RepDone)]


def rejected(events: Sequence[Event]) -> list[RepRejected]:
    return [event for event in events if isinstance(event, RepRejected)]


# --- ghosts ---


@pytest.mark.parametrize("unsigned", [False, True])
@pytest.mark.parametrize("phase", [0.0, np.pi])
@pytest.mark.parametrize("amplitude", [20.0, 30.0, 45.0, 60.0])
def test_walking_to_the_wall_is_no_repetition_and_the_lunge_after_it_is_one(
    amplitude: float, phase: float, unsigned: bool
) -> None:
    walk = swing(8.0, amplitude, phase=phase)
    events = detect(stand(3.0), walk, stand(2.0), LUNGE, stand(2.0), unsigned=unsigned)
    (rep,) = reps(events)
    assert rep.peak_deg == pytest.approx(40.0, abs=0.3)
    assert 1 <= len(rejected(events)) <= 2, "steps are said once or twice, not with every step"


@pytest.mark.parametrize("seconds", [1.0, 1.2, 1.4])
def test_strides_with_a_slow_stance_and_a_quick_swing_are_no_repetitions(seconds: float) -> None:
    events = detect(stand(3.0), gait(8, seconds), moves((0.4, 0.0)), stand(2.0), LUNGE, stand(2.0))
    assert [rep.peak_deg for rep in reps(events)] == pytest.approx([40.0], abs=0.3)


def test_shifting_weight_is_no_repetition() -> None:
    for seconds in (1.0, 2.0, 4.0):
        assert reps(detect(stand(2.0), swing(20.0, 6.0, 1.0 / seconds), stand(2.0))) == []


@pytest.mark.parametrize("angle", [68.0, 75.0, 90.0])
@pytest.mark.parametrize("seconds", [1.5, 4.0])
def test_kneeling_down_is_rejected_at_once_and_standing_up_again_is_nothing(angle: float, seconds: float) -> None:
    kneel, up = moves((seconds, angle)), angle - moves((seconds, angle))
    events = detect(stand(2.0), kneel, np.full(2000, angle), up, stand(2.0), LUNGE, stand(2.0))
    (event,) = rejected(events)
    assert event.cause == "too_far"
    assert event.time_s < 2.0 + seconds
    assert [rep.peak_deg for rep in reps(events)] == pytest.approx([40.0], abs=0.3)


def test_staying_down_as_far_as_a_lunge_goes_is_rejected_in_the_end() -> None:
    down = moves((2.0, 60.0))
    events = detect(stand(2.0), down, np.full(round(100 * RATE_HZ), 60.0), flush=False)
    (event,) = rejected(events)
    assert event.cause == "no_return"
    assert reps(events) == []


@pytest.mark.parametrize("held_s", [30.0, 60.0, 80.0])
def test_a_long_stay_as_far_as_a_lunge_goes_is_a_hold(held_s: float) -> None:
    events = detect(stand(2.0), moves((2.0, 60.0)), np.full(round(held_s * RATE_HZ), 60.0), 60.0 - moves((2.0, 60.0)))
    (rep,) = reps(events)
    assert rep.hold_s == pytest.approx(held_s, abs=1.2)  # slower than 5 deg/s before and after
    assert rejected(events) == []


def test_after_a_stay_that_was_rejected_the_way_up_is_nothing_and_the_next_lunge_counts() -> None:
    stay = np.full(round(100 * RATE_HZ), 55.0)
    events = detect(stand(2.0), moves((2.0, 55.0)), stay, 55.0 - moves((2.0, 55.0)), stand(0.5), LUNGE, stand(2.0))
    assert [event.cause for event in rejected(events)] == ["no_return"]
    assert [rep.peak_deg for rep in reps(events)] == pytest.approx([40.0], abs=0.3)


@pytest.mark.parametrize("down_s", [1.0, 4.0])
def test_a_tilt_without_a_sign_begins_a_little_late_and_as_high_as_the_sway(down_s: float) -> None:
    set_of_one = (stand(3.0), moves((down_s, 40.0)), 40.0 - moves((1.5, 40.0)), stand(2.0))
    (signed,), (unsigned,) = reps(detect(*set_of_one)), reps(detect(*set_of_one, unsigned=True))
    assert 0.1 < unsigned.start_deg - signed.start_deg < 0.2
    assert 0.0 < unsigned.start_s - signed.start_s < 0.01 * down_s
    assert unsigned.peak_deg == pytest.approx(signed.peak_deg, abs=1e-9)


# --- standing anew ---


@pytest.mark.parametrize("further_deg", [1.0, 3.0, 6.0])
@pytest.mark.parametrize("stood_s", [6.0, 20.0, 95.0])
def test_a_lunge_starts_where_the_person_has_come_to_stand(further_deg: float, stood_s: float) -> None:
    """Not where the angle was lowest long ago: that lunge would begin with the standing and never come back."""
    settle = moves((1.0, further_deg))
    before = 2.0 + len(settle) / RATE_HZ + stood_s
    here = further_deg + stand(stood_s)
    events = detect(stand(2.0), settle, here, further_deg + LUNGE, further_deg + stand(2.0))
    (rep,) = reps(events)
    assert rejected(events) == []
    assert rep.start_deg == pytest.approx(further_deg, abs=0.4 + 0.15)  # a twentieth of the rise, and sway
    assert rep.start_s == pytest.approx(before + 0.189, abs=0.03)
    assert rep.end_s == pytest.approx(before + 3.0 - 0.189, abs=0.03)
    assert rep.faults == ()


def test_a_shift_of_posture_shortly_before_a_lunge_still_belongs_to_it() -> None:
    events = detect(stand(2.0), moves((1.0, 3.0)), np.full(round(RATE_HZ), 3.0), 3.0 + LUNGE, stand(2.0))
    (rep,) = reps(events)
    assert rep.start_deg == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("seconds", [10.0, 20.0])
def test_a_very_slow_way_down_loses_less_than_its_beginning(seconds: float) -> None:
    events = detect(stand(2.0), moves((seconds, 40.0)), 40.0 - moves((2.0, 40.0)), stand(2.0))
    (rep,) = reps(events)
    assert rep.rom_deg == pytest.approx(40.0, abs=0.6)


@pytest.mark.parametrize("size", [15.0, 30.0])
def test_tapping_the_sensor_is_no_repetition_and_loses_none(size: float) -> None:
    tap = size * np.exp(-(((np.arange(21) - 10) / 5.0) ** 2))
    events = detect(stand(2.0), tap, stand(1.5), tap, stand(0.1), LUNGE, stand(2.0))
    assert len(reps(events)) == 1


# --- repetitions ---


def test_a_set_that_begins_in_the_middle_of_a_lunge_counts_from_the_first_full_one() -> None:
    coming_up, rising = LUNGE[150:], LUNGE[40:]
    for first in (coming_up, rising):
        events = detect(first, stand(1.0), LUNGE, stand(1.0), LUNGE, stand(1.0))
        assert [rep.rep for rep in reps(events)] == [1, 2]
        assert reps(events)[0].start_s > len(first) / RATE_HZ


def test_the_knee_meeting_the_wall_is_no_rejection() -> None:
    """Simulated: 3 deg off within 30 ms, at 300 deg/s, where the knee meets the wall, and again where it leaves."""
    jerk = 3.0 * np.exp(-(((np.arange(13) - 6) / 2.0) ** 2))
    hit = LUNGE.copy()
    for at in (104, 150, 205):
        hit[at : at + 13] += jerk
    events = detect(stand(2.0), hit, stand(2.0))
    (rep,) = reps(events)
    assert rejected(events) == []
    assert rep.start_s == pytest.approx(reps(detect(stand(2.0), LUNGE, stand(2.0)))[0].start_s, abs=0.02)


def test_a_dip_on_top_is_one_and_two_quick_ones_in_a_row_are_two() -> None:
    double_dip = moves((1.0, 40.0), (0.5, 28.0), (0.5, 40.0), (1.0, 0.0))
    assert len(reps(detect(stand(2.0), double_dip, stand(2.0)))) == 1
    two = moves((0.7, 40.0), (0.7, 0.0), (0.7, 40.0), (0.7, 0.0))
    assert len(reps(detect(stand(2.0), two, stand(2.0)))) == 2


def test_an_aborted_try_is_rejected_with_its_reason_and_numbers_and_the_next_counts() -> None:
    events = detect(stand(2.0), moves((1.0, 11.0), (1.0, 0.0)), LUNGE, stand(2.0))
    (event,) = rejected(events)
    assert event.cause == "range"
    assert "11.1 deg" in event.reason or "11.0 deg" in event.reason
    assert event.peak_deg == pytest.approx(11.0, abs=0.2)
    assert event.rom_deg == pytest.approx(11.0, abs=0.3)
    assert event.start_deg == pytest.approx(0.0, abs=0.3)
    assert event.peak_s == pytest.approx(3.0, abs=0.05)
    # 5 % crossings of two minimum-jerk seconds: 0.189 s from either end
    assert event.duration_s == pytest.approx(2.0 - 2 * 0.189, abs=0.06)
    assert event.peak_velocity_deg_s == pytest.approx(1.875 * 11.0, rel=0.05)
    assert len(reps(events)) == 1


def test_every_candidate_ends_in_a_count_or_in_a_rejection() -> None:
    aborted, walk = moves((1.0, 11.0), (1.0, 0.0)), swing(5.0, 40.0)
    events = detect(stand(2.0), LUNGE, aborted, walk, stand(1.0), moves((2.0, 70.0)))
    started = sum(isinstance(event, RepStarted) for event in events)
    assert started == len(reps(events)) + len(rejected(events))


# --- the person's own mark ---


def marked(deg: np.ndarray) -> tuple[list[Event], Rep]:
    detector = RepDetector("left", Targets(), 0, RepParams())
    time_s = np.arange(len(deg)) / RATE_HZ
    rows = AngleRows(time_s, time_s, np.radians(deg), np.zeros(len(deg), np.uint16), np.arange(len(deg)))
    before = list(detector.update(rows).events)
    events = detector.mark(len(deg), float(time_s[-1]))
    (rep,) = reps(events)
    assert (rep.reason, rep.scored) == ("marked", False)
    assert detector.flush(len(deg) + 1, float(time_s[-1])) == (), "a mark leaves nothing open"
    return before, rep


def test_a_mark_closes_the_open_candidate_as_a_repetition() -> None:
    before, rep = marked(np.concatenate((stand(1.0), LUNGE[:200])))
    assert reps(before) == []
    assert rep.rep == 1
    assert rep.peak_deg == pytest.approx(40.0, abs=0.3)


def test_a_mark_counts_the_candidate_that_was_just_rejected() -> None:
    before, rep = marked(np.concatenate((stand(1.0), moves((1.0, 11.0), (1.0, 0.0)), stand(1.0))))
    (event,) = rejected(before)
    assert (rep.start_s, rep.peak_deg, rep.rom_deg) == (event.start_s, event.peak_deg, event.rom_deg)


def test_a_mark_while_standing_counts_a_repetition_without_range() -> None:
    _, rep = marked(stand(2.0))
    assert rep.start_s == rep.peak_s == rep.end_s
    assert rep.rom_deg == 0.0


def test_a_mark_before_the_first_row_is_nothing() -> None:
    assert RepDetector("left", Targets(), 0, RepParams()).mark(0, 0.0) == ()
