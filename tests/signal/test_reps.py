"""Repetitions: counted, bounded and described as defined, on angle curves whose truth is known."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.signal.reps import AngleRows, RepDetector, RepParams
from sensor_pipeline.types import Event, Flag, HoldEnded, HoldStarted, Rep, RepDone, RepRejected, RepStarted, Targets

RATE_HZ = 100.0


def curve(*legs: tuple[float, float]) -> np.ndarray:
    """Degrees from straight lines and minimum-jerk moves: (seconds, end angle); starts at 0."""
    parts, angle = [np.zeros(1)], 0.0
    for seconds, end in legs:
        s = np.arange(1, round(seconds * RATE_HZ) + 1) / round(seconds * RATE_HZ)
        parts.append(angle + (end - angle) * s**3 * (10 - 15 * s + 6 * s * s))
        angle = end
    return np.concatenate(parts)


def rows(deg: np.ndarray, flags: np.ndarray | None = None) -> AngleRows:
    t = np.arange(len(deg)) / RATE_HZ
    return AngleRows(
        t,
        t + 0.05,
        np.radians(deg),
        np.zeros(len(deg), np.uint16) if flags is None else flags,
        np.arange(len(deg), dtype=np.int64),
    )


def detect(deg: np.ndarray, targets: Targets | None = None, flags: np.ndarray | None = None) -> list[Event]:
    detector = RepDetector("left", targets or Targets(), 0, RepParams())
    block = rows(deg, flags)
    return [*detector.update(block).events, *detector.flush(len(deg), len(deg) / RATE_HZ)]


def reps(events: Sequence[Event]) -> list[Rep]:
    return [event.rep for event in events if isinstance(event, RepDone)]


REP = [(1.0, 0.0), (1.5, 40.0), (2.0, 40.0), (1.5, 0.0), (1.0, 0.0)]


def test_one_lunge_is_one_repetition_with_its_numbers() -> None:
    events = detect(curve(*REP))
    assert [type(e) for e in events] == [RepStarted, HoldStarted, HoldEnded, RepDone]
    (rep,) = reps(events)
    assert rep.rep == 1
    assert rep.peak_deg == pytest.approx(40.0)
    assert rep.rom_deg == pytest.approx(40.0)
    # a minimum-jerk rise crosses 5 % of its range after 18.93 % of its time (root of 10 s^3 - 15 s^4 + 6 s^5 = 0.05)
    assert rep.start_s == pytest.approx(1.0 + 0.18926 * 1.5, abs=0.002)
    assert rep.end_s == pytest.approx(4.5 + (1 - 0.18926) * 1.5, abs=0.002)
    # minimum jerk peaks at 1.875 times its mean speed
    assert rep.peak_velocity_deg_s == pytest.approx(1.875 * 40 / 1.5, rel=0.01)
    assert 2.0 <= rep.hold_s <= 2.6
    assert rep.descent_s + rep.hold_s + rep.ascent_s == pytest.approx(rep.end_s - rep.start_s)
    assert rep.faults == ()
    assert rep.reason == ""


def test_the_stored_hold_is_the_live_one() -> None:
    events = detect(curve(*REP))
    live = [event.hold_s for event in events if isinstance(event, HoldEnded)]
    assert live == [reps(events)[0].hold_s]


def test_ten_lunges_are_ten() -> None:
    assert [rep.rep for rep in reps(detect(curve(*(REP * 10))))] == list(range(1, 11))


def test_a_small_sway_is_nothing_and_a_small_lunge_is_rejected_with_its_reason() -> None:
    assert detect(curve((1.0, 0.0), (0.5, 5.0), (0.5, 0.0), (1.0, 0.0))) == []
    events = detect(curve((1.0, 0.0), (0.8, 9.0), (0.8, 0.0), (1.0, 0.0)))
    (rejected,) = [event for event in events if isinstance(event, RepRejected)]
    assert "9.0 deg" in rejected.reason
    assert reps(events) == []


def test_a_dip_at_the_bottom_is_one_repetition_and_a_deep_one_is_two() -> None:
    dip = curve((1.0, 0.0), (1.0, 40.0), (0.5, 30.0), (0.5, 40.0), (1.0, 0.0), (1.0, 0.0))
    assert len(reps(detect(dip))) == 1
    two = curve((1.0, 0.0), (1.0, 40.0), (0.7, 12.0), (0.7, 40.0), (1.0, 0.0), (1.0, 0.0))
    found = reps(detect(two))
    assert len(found) == 2
    assert found[0].faults == ("incomplete_return",)
    assert found[0].end_s == pytest.approx(2.7, abs=0.03)
    assert found[1].faults == ()
    assert found[1].start_deg == pytest.approx(12.0, abs=0.1)


def test_standing_still_short_of_the_start_ends_the_repetition() -> None:
    (rep,) = reps(detect(curve((1.0, 0.0), (1.0, 40.0), (1.0, 5.0), (3.0, 5.0))))
    assert rep.faults == ("incomplete_return",)
    assert rep.reason == ""


def test_the_end_of_the_session_closes_an_open_repetition_once() -> None:
    detector = RepDetector("right", Targets(), 0, RepParams())
    detector.update(rows(curve((1.0, 0.0), (1.0, 40.0), (1.0, 40.0))))
    (rep,) = reps(detector.flush(0, 3.0))
    assert (rep.reason, rep.side) == ("ended", "right")
    assert detector.flush(0, 3.0) == ()


def test_a_long_hole_ends_an_open_repetition_where_it_began_and_the_next_one_is_its_own() -> None:
    deg = curve((1.0, 0.0), (1.0, 40.0), (3.0, 40.0), (1.0, 0.0), (1.0, 0.0), *REP)
    block = rows(deg)
    keep = (block.time_s < 2.5) | (block.time_s > 4.5)
    holed = AngleRows(*(getattr(block, name)[keep] for name in AngleRows.__slots__))
    found = reps(RepDetector("left", Targets(), 0, RepParams()).update(holed).events)
    assert [(rep.reason, rep.scored) for rep in found] == [("gap", False), ("", True)]
    assert found[0].end_s == pytest.approx(2.49)
    assert found[1].start_s > 7.0


def test_targets_give_faults() -> None:
    (rep,) = reps(detect(curve(*REP), Targets(angle_deg=45.0, hold_s=5.0)))
    assert rep.faults == ("short_of_target", "hold_short")
    (rep,) = reps(detect(curve(*REP), Targets(angle_deg=38.0, hold_s=2.0)))
    assert rep.faults == ()
    assert rep.end_range_s is not None
    assert rep.end_range_s > 2.0


@pytest.mark.parametrize(
    ("flag", "reason"),
    [(Flag.SETTLING, "gap"), (Flag.SLIPPED, "slipped"), (Flag.CLIPPED, "clipped"), (Flag.BRIDGED, "")],
)
def test_rows_that_cannot_be_trusted_leave_the_count_and_say_why(flag: Flag, reason: str) -> None:
    deg = curve(*REP)
    flags = np.zeros(len(deg), np.uint16)
    flags[200:210] = flag
    (rep,) = reps(detect(deg, flags=flags))
    assert rep.reason == reason


def test_a_slip_between_repetitions_starts_the_start_level_anew() -> None:
    """Found 1 s after it, 2 s before the lunge: from 0 the lunge would begin with the slip."""
    deg = curve((2.0, 0.0), (0.15, 6.0), (3.0, 6.0), (1.5, 46.0), (1.5, 6.0), (1.0, 6.0))
    flags = np.zeros(len(deg), np.uint16)
    flags[315:] = Flag.SLIPPED
    (rep,) = reps(detect(deg, flags=flags))
    assert rep.start_deg == pytest.approx(6.0, abs=0.01)
    assert rep.start_s == pytest.approx(5.15 + 0.189 * 1.5, abs=0.02)
    assert (rep.scored, rep.reason) == (False, "slipped")


def test_a_candidate_under_a_wrong_zero_is_no_repetition_when_a_new_zero_ends_it() -> None:
    deg = curve((1.0, 0.0), (1.5, 40.0), (3.0, 40.0))
    flags = np.zeros(len(deg), np.uint16)
    flags[300:] = Flag.SLIPPED
    events = detect(deg, flags=flags)
    assert reps(events) == []
    (rejected,) = [event for event in events if isinstance(event, RepRejected)]
    assert rejected.cause == "slipped"
    assert [rep.reason for rep in reps(detect(deg))] == ["ended"]


def test_each_row_says_whether_a_candidate_was_open() -> None:
    deg = curve(*REP)
    detector = RepDetector("left", Targets(), 0, RepParams())
    in_rep = detector.update(rows(deg)).in_rep
    t = np.arange(len(deg)) / RATE_HZ
    assert not in_rep[t < 1.0].any()
    assert in_rep[(t > 1.8) & (t < 5.5)].all()
    assert not in_rep[t > 6.0].any()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.2, 0.5, 1.0, 2.0]), st.floats(-10, 60)), min_size=1, max_size=12),
    st.lists(st.integers(0, 2000), max_size=10),
    st.lists(st.integers(0, 2000), max_size=3),
)
def test_any_split_gives_the_same_events(legs: list[tuple[float, float]], cuts: list[int], slips: list[int]) -> None:
    deg = curve(*legs)
    flags = np.zeros(len(deg), np.uint16)
    for row in slips:
        flags[row:] ^= np.uint16(Flag.SLIPPED)
    block = rows(deg, flags)
    whole = RepDetector("left", Targets(angle_deg=35.0, hold_s=1.0), 0, RepParams())
    expected = whole.update(block)
    split = RepDetector("left", Targets(angle_deg=35.0, hold_s=1.0), 0, RepParams())
    events: list[Event] = []
    in_rep = []
    edges = [0, *sorted(min(cut, len(deg)) for cut in cuts), len(deg)]
    for a, b in itertools.pairwise(edges):
        part = split.update(
            AngleRows(block.time_s[a:b], block.known_s[a:b], block.angle_rad[a:b], block.flags[a:b], block.order[a:b])
        )
        events += part.events
        in_rep.append(part.in_rep)
    assert tuple(events) == expected.events
    assert np.array_equal(np.concatenate(in_rep), expected.in_rep)
    assert split.flush(9, 9.0) == whole.flush(9, 9.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.3, 0.7, 1.5]), st.floats(-10, 60)), min_size=1, max_size=15))
def test_repetitions_follow_each_other_without_overlap(legs: list[tuple[float, float]]) -> None:
    found = reps(detect(curve(*legs)))
    for rep in found:
        assert rep.start_s <= rep.peak_s <= rep.end_s
        assert rep.rom_deg >= RepParams().min_rom_deg
        assert rep.hold_start_s is None or rep.start_s <= rep.hold_start_s <= rep.end_s
    for a, b in itertools.pairwise(found):
        assert a.end_s <= b.start_s
