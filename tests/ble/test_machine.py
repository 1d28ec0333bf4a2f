"""The state machine of the supervisor, by itself: no radio, no clock, any order of happenings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.ble.machine import (
    Action,
    Close,
    Closed,
    Connect,
    Data,
    Dropped,
    Failed,
    Happening,
    Heard,
    Linked,
    MachineParams,
    Resend,
    SayConnected,
    SayLost,
    Started,
    State,
    StopAsked,
    Woken,
    backoff_s,
    step,
    watchdog_for,
)

PARAMS = MachineParams()


def run(state: State, *timed: tuple[float, Happening], params: MachineParams = PARAMS) -> tuple[State, list[Action]]:
    done: list[Action] = []
    for time_s, happening in timed:
        state, actions = step(state, happening, time_s, params)
        done += actions
    return state, done


def streaming(at_s: float = 1.0) -> State:
    state, _ = run(State(), (0.0, Heard()), (0.5, Linked(1)), (at_s, Started(1)), (at_s, Data(1)))
    assert state.phase == "streaming"
    return state


def test_an_advertisement_leads_to_a_stream():
    state, done = run(State(), (3.0, Heard()), (3.5, Linked(1)), (4.0, Started(1)), (4.1, Data(1)))
    assert done == [Connect(1), SayConnected()]
    assert (state.phase, state.generation, state.linked) == ("streaming", 1, True)


def test_data_that_comes_before_the_stream_was_started_counts():
    state, _ = run(State(), (0.0, Heard()), (0.5, Linked(1)), (0.6, Data(1)), (0.7, Started(1)))
    assert state.phase == "streaming"


def test_a_stall_leads_to_start_again_then_to_a_disconnection():
    state = streaming(1.0)
    assert state.deadline_s == 2.0
    state, done = run(state, (2.0, Woken(1.9)))
    assert (state.phase, state.deadline_s, done) == ("streaming", 2.9, [])
    state, done = run(state, (2.9, Woken(1.9)))
    assert (state.phase, done) == ("stalled", [Resend(1)])
    state, done = run(state, (4.9, Woken(1.9)))
    assert (state.phase, done) == ("closing", [SayLost("connected, but no data for 3.0 s"), Close(1)])


def test_data_after_start_was_sent_again_is_no_loss():
    state, _ = run(streaming(1.0), (2.0, Woken(1.0)))
    state, done = run(state, (2.7, Data(1)))
    assert (state.phase, done) == ("streaming", [])


def test_a_connection_without_any_data_is_given_up():
    state, done = run(
        State(), (0.0, Heard()), (0.5, Linked(1)), (1.0, Started(1)), (2.0, Woken(None)), (4.0, Woken(None))
    )
    assert state.phase == "closing"
    assert done[2:] == [Resend(1), SayLost("it is connected, but sends nothing"), Close(1)]
    assert state.failures == 1


def test_lasting_data_ends_the_row_of_failures_and_a_moment_of_it_does_not():
    failed = replace(streaming(1.0), failures=4)
    short, _ = run(failed, (2.0, Woken(1.9)), (2.1, Dropped(1, "gone")))
    long, _ = run(failed, (2.0, Woken(1.9)), (2.9, Woken(2.8)), (3.8, Woken(3.7)), (3.9, Dropped(1, "gone")))
    assert (short.failures, long.failures) == (5, 0)


def waiting(failures: int, ended_s: float = 10.0) -> State:
    state = State(phase="connecting", generation=7, failures=failures - 1, heard_s=ended_s, deadline_s=99.0)
    state, _ = run(state, (ended_s, Failed(7, "refused")), (ended_s, Closed(7)))
    assert state.phase == "waiting"
    return state


@pytest.mark.parametrize("failures", [1, 3, 6, 40])
def test_a_sensor_that_advertises_all_the_time_is_tried_again_after_the_pause(failures):
    state = waiting(failures)
    pause_s = (state.deadline_s or 0.0) - 10.0
    assert max(0.25, min(5.0, 0.25 * 2.0 ** (failures - 1)) / 2.0) <= pause_s <= min(5.0, 0.25 * 2.0 ** (failures - 1))
    state, done = run(state, (10.1, Heard()), (10.2, Heard()), (10.0 + pause_s, Woken(None)))
    assert done == [Connect(8)]


def test_an_advertisement_after_silence_ends_the_pause():
    state, done = run(waiting(10), (11.5, Heard()))
    assert (state.deadline_s, done) == (11.5, [])
    _, done = run(state, (11.5, Woken(None)))
    assert done == [Connect(8)]


def test_the_first_advertisement_after_a_link_is_no_return():
    state = replace(waiting(10), heard_s=2.0)  # connected from 2 s on, and silent
    after, _ = run(state, (10.1, Heard()))
    assert after.deadline_s == state.deadline_s


def test_without_an_advertisement_there_is_no_attempt_but_a_search():
    state, done = run(waiting(1), (10.25, Woken(None)))
    assert (state.phase, done) == ("connecting", [Connect(8)])  # heard at the moment it ended
    state, done = run(replace(waiting(1), heard_s=9.0), (10.25, Woken(None)))
    assert (state.phase, done) == ("seeking", [])


def test_a_lost_sensor_that_is_not_heard_is_tried_without_an_advertisement():
    state, _ = run(replace(waiting(1), heard_s=9.0, known=True), (10.25, Woken(None)))
    assert state.deadline_s == 30.25
    _, done = run(state, (30.25, Woken(None)))
    assert done == [Connect(8, blind=True)]


def test_stop_while_streaming_is_polite_and_no_loss():
    state, done = run(streaming(1.0), (5.0, StopAsked()))
    assert done == [Close(1, polite=True)]
    assert (state.linked, state.wants_scan) == (True, False)
    state, done = run(state, (5.1, Dropped(1, "gone")), (5.2, Closed(1)))
    assert (state.phase, state.why, state.linked, done) == ("ended", "stopped", False, [])


@pytest.mark.parametrize("state", [State(), waiting(3)])
def test_stop_without_a_link_ends_at_once(state):
    assert run(state, (20.0, StopAsked()))[0].phase == "ended"


def test_stop_while_reconnecting_remembers_that_it_was_lost():
    state, _ = run(waiting(1), (10.1, Heard()), (11.0, Woken(None)), (11.5, StopAsked()), (11.6, Closed(8)))
    assert (state.phase, state.why) == ("ended", "refused")


def test_the_watchdog_follows_the_packet_rate():
    assert watchdog_for(4 / 104) == 1.0
    assert watchdog_for(0.1) == 2.0


def test_jitter_differs_between_generations_and_is_the_same_for_a_seed():
    pauses = [backoff_s(6, generation, PARAMS) for generation in range(20)]
    assert len(set(pauses)) == 20
    assert pauses == [backoff_s(6, generation, PARAMS) for generation in range(20)]
    assert pauses != [backoff_s(6, generation, replace(PARAMS, seed=2)) for generation in range(20)]


# laws, over any order of happenings

GENERATIONS = st.integers(0, 6)
HAPPENINGS = st.one_of(
    st.just(Heard()),
    st.builds(Linked, GENERATIONS),
    st.builds(Started, GENERATIONS),
    st.builds(Failed, GENERATIONS, st.just("x")),
    st.builds(Dropped, GENERATIONS, st.just("y")),
    st.builds(Data, GENERATIONS),
    st.builds(Closed, GENERATIONS),
    st.just(Woken(None)),
)
SCHEDULES = st.lists(st.tuples(st.floats(0.0, 8.0), HAPPENINGS), max_size=60)


@dataclass(frozen=True)
class Seen:
    time_s: float
    state: State
    actions: tuple[Action, ...]


def play(schedule: Sequence[tuple[float, Happening]], *, closes: bool = True) -> list[Seen]:
    """Any happenings after any pauses; deadlines are kept, as a timer keeps them. ``closes``: Close is answered."""
    state, now_s, seen = State(), 0.0, []

    def use(happening: Happening) -> None:
        nonlocal state
        state, actions = step(state, happening, now_s, PARAMS)
        seen.append(Seen(now_s, state, actions))
        if closes:
            for action in actions:
                if isinstance(action, Close):
                    use(Closed(action.generation))

    for pause_s, happening in schedule:
        until_s = now_s + pause_s
        while state.deadline_s is not None and state.deadline_s <= until_s:
            now_s = state.deadline_s
            use(Woken(state.last_data_s))
        now_s = until_s
        use(happening)
    return seen


@given(SCHEDULES, st.booleans())
def test_each_attempt_is_closed_before_the_next(schedule, closes):
    open_generation: int | None = None
    for seen in play(schedule, closes=closes):
        for action in seen.actions:
            if isinstance(action, Connect):
                assert open_generation is None
                open_generation = action.generation
            elif isinstance(action, Close):
                assert open_generation == action.generation
                open_generation = None


@given(SCHEDULES, st.booleans())
def test_connected_and_lost_are_told_in_turn(schedule, closes):
    told = [a for seen in play(schedule, closes=closes) for a in seen.actions if isinstance(a, SayConnected | SayLost)]
    assert all(isinstance(action, SayConnected) == (index % 2 == 0) for index, action in enumerate(told))


@given(SCHEDULES)
def test_attempts_are_never_closer_than_the_shortest_pause(schedule):
    ended_s: float | None = None
    for seen in play(schedule):
        for action in seen.actions:
            if isinstance(action, Connect) and ended_s is not None:
                assert seen.time_s >= ended_s + PARAMS.backoff_min_s - 1e-9
            elif isinstance(action, Close):
                ended_s = seen.time_s


@given(SCHEDULES, st.booleans())
def test_there_is_always_a_deadline_and_always_a_scan_without_a_link(schedule, closes):
    for seen in play(schedule, closes=closes):
        state = seen.state
        assert state.deadline_s is not None or (state.phase == "seeking" and not state.known)
        if state.deadline_s is not None:
            assert state.deadline_s - seen.time_s <= PARAMS.attempt_s + 1e-9
        if not state.linked:
            assert state.wants_scan or state.phase in ("starting", "streaming", "stalled")


@given(SCHEDULES, st.booleans())
def test_a_sensor_that_advertises_and_streams_is_streaming_again_in_bounded_time(schedule, closes):
    """Whatever happened before: from now on the radio works, and nobody reports anything it need not."""
    seen = play(schedule, closes=closes)
    state, now_s = (seen[-1].state, seen[-1].time_s) if seen else (State(), 0.0)
    by_s = now_s + PARAMS.attempt_s + PARAMS.close_s + PARAMS.restart_s + 2 * PARAMS.watchdog_s + 10.0
    while state.phase != "streaming":
        assert now_s < by_s
        now_s += 0.1
        if state.deadline_s is not None and state.deadline_s <= now_s:
            state, actions = step(state, Woken(state.last_data_s), now_s, PARAMS)
        else:
            state, actions = step(state, Heard(), now_s, PARAMS)
        for action in actions:
            if isinstance(action, Connect):
                state, _ = step(state, Linked(state.generation), now_s, PARAMS)
                state, _ = step(state, Started(state.generation), now_s, PARAMS)
                state, _ = step(state, Data(state.generation), now_s, PARAMS)


@given(SCHEDULES, HAPPENINGS)
def test_what_belongs_to_an_older_attempt_changes_nothing(schedule, late):
    seen = play(schedule)
    state, now_s = (seen[-1].state, seen[-1].time_s) if seen else (State(), 0.0)
    if getattr(late, "generation", state.generation) != state.generation:
        assert step(state, late, now_s + 1.0, PARAMS) == (state, ())


@given(SCHEDULES, st.booleans())
def test_stop_ends_it_in_bounded_time(schedule, closes):
    seen = play(schedule, closes=closes)
    state, now_s = (seen[-1].state, seen[-1].time_s) if seen else (State(), 0.0)
    state, _ = step(state, StopAsked(), now_s, PARAMS)
    if state.phase != "ended":
        assert state.phase == "closing"
        assert state.deadline_s is not None
        assert state.deadline_s <= now_s + PARAMS.close_s
        state, _ = step(state, Woken(None), state.deadline_s, PARAMS)
    assert state.phase == "ended"
    assert step(state, Heard(), now_s + 100.0, PARAMS) == (state, ())
