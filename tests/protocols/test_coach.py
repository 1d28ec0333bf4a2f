"""The coach says the right thing once, at the right moment, and time moves only through records."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.protocols.coach import FAULT_WORDS, Coach
from sensor_pipeline.types import (
    Cue,
    Event,
    Flush,
    HoldEnded,
    HoldStarted,
    Input,
    Mounting,
    MountingRefused,
    MountingSet,
    Record,
    Rep,
    RepDone,
    RepRejected,
    Targets,
    Tick,
)

REP = Rep(
    side="left",
    rep=1,
    start_s=5.0,
    hold_start_s=6.0,
    peak_s=6.5,
    hold_end_s=8.0,
    end_s=9.0,
    start_deg=0.0,
    peak_deg=38.0,
    rom_deg=38.0,
    peak_sd_deg=None,
    descent_s=1.0,
    hold_s=2.0,
    ascent_s=1.0,
    end_range_s=2.0,
    peak_velocity_deg_s=60.0,
)


def tick(order: int, at_s: float) -> Tick:
    return Tick(order, round(at_s * 1e9), None)


def cues(events: list[Event]) -> list[tuple[str, float]]:
    return [(event.cue, event.time_s) for event in events if isinstance(event, Cue)]


def follow(coach: Coach, records: list[Record], events: list[Event]) -> list[Event]:
    return coach.follow(records, events, 0)


def test_the_set_begins_with_standing_still_and_goes_on_when_the_zero_is_taken() -> None:
    coach = Coach(Targets())
    mounted = MountingSet(1, 0, 3.0, Mounting("pose", 3.0, (0.0,) * 9, True))
    assert cues(follow(coach, [tick(0, 0.0), tick(1, 3.0)], [mounted])) == [("stand", 0.0), ("descend", 3.0)]
    assert cues(follow(coach, [tick(2, 4.0)], [])) == []


def test_a_refused_pose_is_explained_with_its_remedy() -> None:
    coach = Coach(Targets())
    out = follow(coach, [tick(0, 1.0)], [MountingRefused(0, 0, 1.0, "the shin moved", "keep still")])
    assert [event.text for event in out if isinstance(event, Cue)][-1] == "No zero yet: the shin moved. Keep still."


def test_an_axis_found_later_is_not_a_new_zero_and_a_doubt_after_the_zero_is_no_missing_one() -> None:
    coach = Coach(Targets())
    zero = MountingSet(0, 0, 1.0, Mounting("pose", 1.0, (0.0,) * 9, True))
    axis = MountingSet(0, 0, 9.0, Mounting("pose+axis", 9.0, (0.0,) * 9, False))
    slip = MountingRefused(0, 0, 20.0, "the sensor moved on the strap", "stand tall and take a new zero")
    again = MountingSet(0, 0, 30.0, Mounting("pose", 30.0, (0.0,) * 9, True))
    said = cues(follow(coach, [tick(0, 40.0)], [zero, axis, slip, again]))
    assert said == [("stand", 40.0), ("descend", 1.0), ("mounting_doubt", 20.0), ("descend", 30.0)]


def test_the_hold_is_done_when_the_first_later_record_arrives_stamped_with_its_due_time() -> None:
    coach = Coach(Targets(hold_s=2.0))
    follow(coach, [tick(0, 0.0)], [])
    assert cues(follow(coach, [tick(1, 6.5)], [HoldStarted(1, 0, 6.5, 1, 6.0)])) == [("hold", 6.5)]
    assert cues(follow(coach, [tick(2, 8.0)], [])) == []
    assert cues(follow(coach, [tick(3, 8.3)], [])) == [("hold_done", 8.0)]
    assert cues(follow(coach, [tick(4, 9.0)], [])) == []


def test_a_hold_that_ends_early_is_never_called_done() -> None:
    coach = Coach(Targets(hold_s=2.0))
    follow(coach, [tick(0, 0.0)], [HoldStarted(0, 0, 0.0, 1, 0.0), HoldEnded(0, 0, 1.0, 1, 1.0)])
    assert cues(follow(coach, [tick(1, 9.0)], [])) == []


def test_every_repetition_is_counted_by_its_own_cue_and_the_last_ends_the_set_once() -> None:
    coach = Coach(Targets(reps=2))
    done = [RepDone(0, 0, 9.0, REP), RepDone(0, 0, 14.0, dataclasses.replace(REP, rep=2, faults=("short_of_target",)))]
    said = cues(follow(coach, [tick(0, 15.0)], list(done)))
    assert said == [
        ("stand", 15.0),
        ("rep_counted", 9.0),
        ("rest", 9.0),
        ("rep_counted", 14.0),
        ("short_of_target", 14.0),
        ("set_done", 14.0),
    ]
    third = RepDone(1, 0, 20.0, dataclasses.replace(REP, rep=3))
    assert ("set_done", 20.0) not in cues(follow(coach, [tick(1, 21.0)], [third]))


def test_two_legs_are_counted_apart() -> None:
    coach = Coach(Targets(reps=1))
    out = follow(coach, [tick(0, 9.0)], [RepDone(0, 0, 9.0, REP), RepDone(0, 1, 9.0, REP)])
    assert [(e.sensor, e.value) for e in out if isinstance(e, Cue) and e.cue == "rep_counted"] == [(0, 1.0), (1, 1.0)]


def test_a_rejected_candidate_is_explained() -> None:
    out = follow(Coach(Targets()), [tick(0, 2.0)], [RepRejected(0, 0, 2.0, 1.0, 9.0, "range 9.0 deg is below 10 deg")])
    assert any(isinstance(e, Cue) and e.text == "Not counted: range 9.0 deg is below 10 deg." for e in out)


def test_after_the_end_nothing_is_said() -> None:
    coach = Coach(Targets())
    follow(coach, [Flush(0, 0, None)], [])
    assert cues(follow(coach, [tick(1, 1.0)], [RepDone(1, 0, 1.0, REP)])) == []


@pytest.mark.parametrize("together", [True, False])
def test_one_by_one_and_together_say_the_same(together: bool) -> None:
    records: list[Record] = [tick(i, i * 0.5) for i in range(30)]
    events: list[Event] = [
        MountingSet(6, 0, 3.0, Mounting("pose", 3.0, (0.0,) * 9, True)),
        HoldStarted(13, 0, 6.5, 1, 6.0),
        HoldEnded(19, 0, 9.5, 1, 3.5),
        RepDone(22, 0, 11.0, REP),
    ]
    coach = Coach(Targets(hold_s=2.0, reps=1))
    if together:
        out = follow(coach, records, events)
    else:
        out = [e for r in records for e in follow(coach, [r], [x for x in events if x.order == r.order])]
    assert cues(out) == [
        ("stand", 0.0),
        ("descend", 3.0),
        ("hold", 6.5),
        ("hold_done", 8.0),
        ("rep_counted", 11.0),
        ("set_done", 11.0),
    ]


def test_every_fault_has_words() -> None:
    assert set(FAULT_WORDS) == {
        "heel_lift",
        "short_of_target",
        "too_fast",
        "hold_short",
        "hold_unsteady",
        "incomplete_return",
        "shin_tilts_in",
        "shin_rotates",
        "jerky",
    }


def pressed(order: int, at_s: float, action: str, value: str = "null", sensor: int | None = None) -> Input:
    return Input(order, round(at_s * 1e9), sensor, action, value)


def done(order: int, start_s: float, end_s: float, **changes: object) -> RepDone:
    return RepDone(order, 0, end_s, dataclasses.replace(REP, start_s=start_s, end_s=end_s, **changes))


def safe(**answers: object) -> str:
    return json.dumps({"safety": answers})


def test_a_pause_is_silent_and_what_is_done_in_it_does_not_count() -> None:
    coach = Coach(Targets(reps=5, hold_s=2.0))
    follow(coach, [tick(0, 0.0)], [])
    assert cues(follow(coach, [pressed(1, 10.0, "pause")], [])) == [("paused", 10.0)]
    in_pause = [HoldStarted(2, 0, 12.0, 1, 11.5), MountingRefused(2, 0, 12.0, "a", "b"), done(2, 11.0, 13.0)]
    assert cues(follow(coach, [tick(2, 14.0)], list(in_pause))) == []
    assert cues(follow(coach, [pressed(3, 20.0, "resume")], [])) == [("resumed", 20.0)]
    assert cues(follow(coach, [tick(4, 24.0)], [done(4, 21.0, 24.0)]))[0] == ("rep_counted", 24.0)


def test_a_repetition_that_ended_before_the_pause_counts_and_one_across_its_end_does_not() -> None:
    coach = Coach(Targets(reps=5))
    follow(coach, [tick(0, 0.0), pressed(1, 10.0, "pause")], [])
    assert cues(follow(coach, [tick(2, 10.2)], [done(2, 6.0, 9.9)])) == [("rep_counted", 9.9)]
    follow(coach, [pressed(3, 20.0, "resume")], [])
    assert cues(follow(coach, [tick(4, 21.0)], [done(4, 18.0, 19.9)])) == [("not_counted", 19.9)]
    assert cues(follow(coach, [tick(5, 22.0)], [done(5, 19.0, 21.5)])) == [("not_counted", 21.5)]


def test_pause_twice_and_resume_without_a_pause_say_nothing() -> None:
    coach = Coach(Targets())
    follow(coach, [tick(0, 0.0)], [])
    assert cues(follow(coach, [pressed(1, 1.0, "resume")], [])) == []
    follow(coach, [pressed(2, 2.0, "pause")], [])
    assert cues(follow(coach, [pressed(3, 3.0, "pause")], [])) == []


def test_next_try_takes_the_try_under_way_out_of_the_set_and_its_hold_timer() -> None:
    coach = Coach(Targets(reps=1, hold_s=2.0))
    follow(coach, [tick(0, 0.0)], [HoldStarted(0, 0, 6.5, 1, 6.0)])
    assert cues(follow(coach, [pressed(1, 7.0, "next-try")], [])) == [("next_try", 7.0)]
    assert cues(follow(coach, [tick(2, 9.0)], [done(2, 5.0, 8.5)])) == [("not_counted", 8.5)]
    assert ("set_done", 13.0) in cues(follow(coach, [tick(3, 13.0)], [done(3, 10.0, 13.0)]))


def test_a_new_zero_is_asked_for_and_taken_as_one_even_with_the_old_axis() -> None:
    coach = Coach(Targets())
    follow(coach, [tick(0, 0.0)], [MountingSet(0, 0, 1.0, Mounting("pose", 1.0, (0.0,) * 9, True))])
    assert cues(follow(coach, [pressed(1, 5.0, "re-zero")], [])) == [("stand", 5.0)]
    again = MountingSet(2, 0, 9.0, Mounting("pose+axis", 9.0, (0.0,) * 9, False))
    assert cues(follow(coach, [tick(2, 9.0)], [again])) == [("descend", 9.0)]


@pytest.mark.parametrize(("action", "said"), [("hurts-stop", ["hurts_stop"]), ("stop", [])])
def test_it_hurts_and_stop_end_all_prompting(action: str, said: list[str]) -> None:
    coach = Coach(Targets(hold_s=2.0))
    follow(coach, [tick(0, 0.0)], [HoldStarted(0, 0, 6.5, 1, 6.0)])
    assert [cue for cue, _ in cues(follow(coach, [pressed(1, 7.0, action)], []))] == said
    later: list[Event] = [done(2, 5.0, 9.0), MountingRefused(2, 0, 9.0, "a", "b")]
    assert cues(follow(coach, [tick(2, 9.0), pressed(3, 9.5, "re-zero"), tick(4, 99.0)], later)) == []
    assert coach.waits


def test_who_may_not_be_pushed_hears_no_target_no_hold_and_no_short_of() -> None:
    coach = Coach(Targets(angle_deg=36.0, hold_s=2.0))
    follow(coach, [tick(0, 0.0), pressed(1, 0.1, "answer", safe(pain=3, pain_site="other"))], [])
    zero = MountingSet(2, 0, 3.0, Mounting("pose", 3.0, (0.0,) * 9, True))
    faulty = done(2, 5.0, 9.0, faults=("short_of_target", "too_fast"))
    out = follow(coach, [tick(2, 9.0)], [zero, HoldStarted(2, 0, 6.5, 1, 6.0), faulty])
    assert [cue for cue, _ in cues(out)] == ["descend", "rep_counted", "too_fast", "rest"]
    said = " ".join(event.text for event in out if isinstance(event, Cue))
    assert "towards the wall" not in said
    assert "next one" not in said


@pytest.mark.parametrize(
    ("value", "pushes"),
    [
        (safe(), True),
        ('{"distance_cm": 9}', True),
        ("plain words", True),
        (safe(pain="a lot"), False),
        (safe(excluded=["swelling"], cleared=True), False),
    ],
)
def test_only_safety_answers_that_allow_it_leave_prompts_on(value: str, pushes: bool) -> None:
    coach = Coach(Targets(hold_s=2.0))
    follow(coach, [tick(0, 0.0), pressed(1, 0.1, "answer", value)], [])
    said = cues(follow(coach, [tick(2, 6.5)], [HoldStarted(2, 0, 6.5, 1, 6.0)]))
    assert said == ([("hold", 6.5)] if pushes else [])


def test_an_input_of_one_sensor_is_not_the_coachs() -> None:
    coach = Coach(Targets())
    follow(coach, [tick(0, 0.0)], [])
    assert cues(follow(coach, [pressed(1, 1.0, "hurts-stop", sensor=0)], [])) == []
    assert cues(follow(coach, [tick(2, 9.0)], [done(2, 5.0, 9.0)])) != []


ACTIONS = ("pause", "resume", "next-try", "re-zero", "answer", "mark", "hurts-stop", "stop")


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 38)), max_size=8), st.sets(st.integers(0, 39)))
def test_inputs_anywhere_and_any_split_of_the_records_give_the_same_cues(
    presses: list[tuple[str, int]], cuts: set[int]
) -> None:
    acts = {order: action for action, order in presses}
    records: list[Record] = [
        pressed(i, i * 0.5, acts[i], safe(pain=1, pain_site="other")) if i in acts else tick(i, i * 0.5)
        for i in range(40)
    ]
    events: list[Event] = [
        MountingSet(6, 0, 3.0, Mounting("pose", 3.0, (0.0,) * 9, True)),
        HoldStarted(13, 0, 6.5, 1, 6.0),
        HoldEnded(17, 0, 8.5, 1, 2.5),
        done(20, 5.0, 9.0),
        HoldStarted(30, 0, 15.0, 2, 14.5),
        done(38, 13.0, 18.0),
    ]
    whole = Coach(Targets(hold_s=2.0, reps=2)).follow(records, events, 0)
    coach, split, begin = Coach(Targets(hold_s=2.0, reps=2)), list[Event](), 0
    for end in sorted({*cuts, len(records)} - {0}):
        part = records[begin:end]
        mine = [event for event in events if begin <= event.order < end]
        if coach.waits and not mine and not any(isinstance(record, Input) for record in part):
            before = coach.follow(part, mine, 0)
            assert before == []  # what ``waits`` promises
        else:
            split += coach.follow(part, mine, 0)
        begin = end
    assert split == whole
