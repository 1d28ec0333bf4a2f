"""The supervisor of one sensor's link as a state machine: what happened and when in, what to do next out.

In: happenings with event loop time. Out: the next state, actions. Must not live here: radio, clock, tasks, randomness
that is not a function of the state.

seeking -> connecting -> starting -> streaming -> (stalled ->) closing -> waiting -> seeking or connecting ...; a stop
ends it from anywhere. Every phase but seeking and ended has a deadline, so that nothing can make it wait for ever.
Each attempt has a generation; what belongs to an older one changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sensor_pipeline.ble.status import LinkPhase


@dataclass(frozen=True, slots=True)
class MachineParams:
    """Times of the supervisor, s.

    Attributes:
        watchdog_s: silence that counts as a stall: 1 s or 20 packets' time, whichever is longer (a connection event is
            0.05 s at most, and short radio shadows are no stalls). See :func:`watchdog_for`.
        restart_s: time for data to come again after START was sent again; a shadow shorter than a supervision timeout
            (4 to 6 s) mostly ends within it, and nothing is lost then.
        attempt_s: longest attempt, connection and settings together; the attempt is bounded by itself, this is the
            second lock on the door.
        close_s: longest disconnection; likewise.
        backoff_min_s, backoff_max_s: pause after the first and after many failures in a row, before jitter.
        returned_s: after so long a silence an advertisement is a return, and cuts the pause short.
        steady_s: data must have come for so long before failures are forgotten.
        blind_s: a sensor that is lost and does not advertise for so long is tried without an advertisement: a system
            that still takes it for connected keeps it silent (BlueZ after suspend, Windows after a disconnection).
        seed: decides the jitter.
    """

    watchdog_s: float = 1.0
    restart_s: float = 2.0
    attempt_s: float = 50.0
    close_s: float = 15.0
    backoff_min_s: float = 0.25
    backoff_max_s: float = 5.0
    returned_s: float = 1.0
    steady_s: float = 2.0
    blind_s: float = 20.0
    seed: int = 1


STOPPED: Final = "stopped"
"""``State.why`` of a link that was good until it was stopped."""
WATCHDOG_MIN_S: Final = 1.0
"""Shortest silence that is a stall, see :class:`MachineParams`."""
WATCHDOG_PACKETS: Final = 20
"""Missing packets that are a stall at low packet rates."""


def watchdog_for(packet_s: float) -> float:
    """Silence that counts as a stall for a sensor that sends a packet each ``packet_s``, s."""
    return max(WATCHDOG_MIN_S, WATCHDOG_PACKETS * packet_s)


# what happens


@dataclass(frozen=True, slots=True)
class Heard:
    """The sensor, or one that may be it, advertised."""


@dataclass(frozen=True, slots=True)
class Linked:
    """An attempt has a connection to the right sensor."""

    generation: int


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt has done all it had to: the stream was started."""

    generation: int


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt failed."""

    generation: int
    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The radio says that the connection has ended."""

    generation: int
    why: str


@dataclass(frozen=True, slots=True)
class Data:
    """Data came while none was expected to flow yet, or any more."""

    generation: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection was given up, with whatever success."""

    generation: int


@dataclass(frozen=True, slots=True)
class Woken:
    """The deadline has come. ``last_data_s``: when the latest data came, None = none in this generation."""

    last_data_s: float | None


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The recording ends."""


Happening = Heard | Linked | Started | Failed | Dropped | Data | Closed | Woken | StopAsked

# what to do


@dataclass(frozen=True, slots=True)
class Connect:
    """Begin an attempt; ``blind``: without an advertisement."""

    generation: int
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Resend:
    """Send START again."""

    generation: int


@dataclass(frozen=True, slots=True)
class Close:
    """Give the attempt and its connection up; ``polite``: send STOP first. Answer with Closed."""

    generation: int
    polite: bool = False


@dataclass(frozen=True, slots=True)
class SayConnected:
    """Record that the link is there."""


@dataclass(frozen=True, slots=True)
class SayLost:
    """Record that it is gone."""

    why: str


Action = Connect | Resend | Close | SayConnected | SayLost


@dataclass(frozen=True, slots=True)
class State:
    """Where the supervision of a link stands.

    Attributes:
        phase: see :data:`~sensor_pipeline.ble.status.LinkPhase`.
        since_s: when the phase began.
        generation: number of the latest attempt, 0 = none yet.
        deadline_s: when Woken is due, None = never.
        linked: True from SayConnected to SayLost.
        failures: attempts in a row that gave no lasting data.
        heard_s: latest advertisement, None = none.
        ended_s: end of the latest attempt or link, None = none has ended.
        first_data_s: first data of this generation, None = none.
        last_data_s: latest data known of in this generation, None = none.
        known: True once a stream was started: there is a sensor to try without an advertisement.
        why: why the latest attempt or link ended, "" = none has.
        stopping: True after StopAsked.
    """

    phase: LinkPhase = "seeking"
    since_s: float = 0.0
    generation: int = 0
    deadline_s: float | None = None
    linked: bool = False
    failures: int = 0
    heard_s: float | None = None
    ended_s: float | None = None
    first_data_s: float | None = None
    last_data_s: float | None = None
    known: bool = False
    why: str = ""
    stopping: bool = False

    @property
    def wants_scan(self) -> bool:
        """True while the sensor's advertisements matter: always, except while it is connected or at the end."""
        return not self.stopping and self.phase in ("seeking", "connecting", "closing", "waiting")


Step = tuple[State, tuple[Action, ...]]


def step(state: State, happening: Happening, now_s: float, params: MachineParams) -> Step:
    """What a happening leads to.

    Args:
        state: where it stands.
        happening: what happened.
        now_s: when; never earlier than before.
        params: the times.

    Returns:
        The next state and what to do, in order.
    """
    if state.phase == "ended":
        return state, ()
    generation = getattr(happening, "generation", state.generation)
    if generation != state.generation:
        return state, ()
    match happening:
        case Heard():
            return _heard(state, now_s, params)
        case Data():
            return _data(state, now_s, params)
        case Woken(last_data_s):
            return _woken(state, last_data_s, now_s, params)
        case StopAsked():
            return _stop(state, now_s, params)
        case Closed():
            return _closed(state, now_s, params)
        case Linked():
            if state.phase != "connecting" or state.linked:
                return state, ()
            return replace(state, linked=True), (SayConnected(),)
        case Started():
            return _started(state, now_s, params)
        case Failed(_, why) | Dropped(_, why):
            if state.phase in ("connecting", "starting", "streaming", "stalled"):
                return _close(state, why, now_s, params)
    return state, ()


def backoff_s(failures: int, generation: int, params: MachineParams) -> float:
    """Pause after an attempt: twice as long after each failure, up to half of it taken off at random."""
    doublings = min(max(failures - 1, 0), 16)
    longest_s = min(params.backoff_min_s * 2.0**doublings, params.backoff_max_s)
    share = random.Random(f"{params.seed}/{generation}").random()
    return max(params.backoff_min_s, longest_s * (1.0 - 0.5 * share))


def _enter(state: State, phase: LinkPhase, now_s: float, deadline_s: float | None) -> State:
    return replace(state, phase=phase, since_s=now_s, deadline_s=deadline_s)


def _heard(state: State, now_s: float, params: MachineParams) -> Step:
    # a connected sensor is silent: its first advertisement right after a link is no return
    silent_since_s = max((t for t in (state.heard_s, state.ended_s) if t is not None), default=None)
    returned = silent_since_s is None or now_s - silent_since_s >= params.returned_s
    state = replace(state, heard_s=now_s)
    if state.phase == "seeking":
        return _connect(state, now_s, params)
    if state.phase == "waiting" and returned and state.deadline_s is not None:
        ended_s = now_s if state.ended_s is None else state.ended_s
        return replace(state, deadline_s=min(state.deadline_s, max(ended_s + params.backoff_min_s, now_s))), ()
    return state, ()


def _connect(state: State, now_s: float, params: MachineParams, *, blind: bool = False) -> Step:
    state = replace(
        _enter(state, "connecting", now_s, now_s + params.attempt_s),
        generation=state.generation + 1,
        first_data_s=None,
        last_data_s=None,
    )
    return state, (Connect(state.generation, blind),)


def _started(state: State, now_s: float, params: MachineParams) -> Step:
    if state.phase != "connecting":
        return state, ()
    state = replace(state, known=True)
    if state.last_data_s is not None:  # it streams as soon as it is subscribed to
        return _enter(state, "streaming", now_s, now_s + params.watchdog_s), ()
    return _enter(state, "starting", now_s, now_s + params.watchdog_s), ()


def _data(state: State, now_s: float, params: MachineParams) -> Step:
    if state.phase not in ("connecting", "starting", "streaming", "stalled"):
        return state, ()
    first_s = now_s if state.first_data_s is None else state.first_data_s
    state = replace(state, first_data_s=first_s, last_data_s=now_s)
    if state.phase in ("starting", "stalled"):
        return _enter(state, "streaming", now_s, now_s + params.watchdog_s), ()
    return state, ()


def _woken(state: State, last_data_s: float | None, now_s: float, params: MachineParams) -> Step:
    if state.deadline_s is None or now_s < state.deadline_s:
        return state, ()
    if last_data_s is not None and state.phase in ("starting", "streaming", "stalled"):
        first_s = last_data_s if state.first_data_s is None else state.first_data_s
        state = replace(state, first_data_s=first_s, last_data_s=last_data_s)
        if now_s < last_data_s + params.watchdog_s:
            phase_is_new = state.phase != "streaming"
            deadline_s = last_data_s + params.watchdog_s
            return (
                _enter(state, "streaming", now_s, deadline_s) if phase_is_new else replace(state, deadline_s=deadline_s)
            ), ()
    return _OVERDUE[state.phase](state, now_s, params)


def _overdue_data(state: State, now_s: float, params: MachineParams) -> Step:
    return _enter(state, "stalled", now_s, now_s + params.restart_s), (Resend(state.generation),)


def _overdue_restart(state: State, now_s: float, params: MachineParams) -> Step:
    if state.last_data_s is None:
        return _close(state, "it is connected, but sends nothing", now_s, params)
    return _close(state, f"connected, but no data for {now_s - state.last_data_s:.1f} s", now_s, params)


def _overdue_attempt(state: State, now_s: float, params: MachineParams) -> Step:
    return _close(state, f"the attempt was not over after {params.attempt_s:g} s", now_s, params)


def _overdue_wait(state: State, now_s: float, params: MachineParams) -> Step:
    fresh = state.heard_s is not None and state.ended_s is not None and state.heard_s >= state.ended_s
    return _connect(state, now_s, params) if fresh else _seek(state, now_s, params)


def _overdue_seek(state: State, now_s: float, params: MachineParams) -> Step:
    return _connect(state, now_s, params, blind=True)


def _closed(state: State, now_s: float, params: MachineParams) -> Step:
    if state.phase != "closing":
        return state, ()
    state = replace(state, ended_s=now_s, linked=False)
    if state.stopping:
        return _enter(state, "ended", now_s, None), ()
    pause_s = backoff_s(state.failures, state.generation, params)
    return _enter(state, "waiting", now_s, now_s + pause_s), ()


def _seek(state: State, now_s: float, params: MachineParams) -> Step:
    return _enter(state, "seeking", now_s, now_s + params.blind_s if state.known else None), ()


def _close(state: State, why: str, now_s: float, params: MachineParams, *, polite: bool = False) -> Step:
    """Give the link up. It is told as lost once, and never where a person ended it."""
    first_s, last_s = state.first_data_s, state.last_data_s
    steady = first_s is not None and last_s is not None and last_s - first_s >= params.steady_s
    said: tuple[Action, ...] = (SayLost(why),) if state.linked and not state.stopping else ()
    state = replace(
        _enter(state, "closing", now_s, now_s + params.close_s),
        failures=0 if steady else state.failures + 1,
        linked=state.linked and state.stopping,
        why=why,
    )
    return state, (*said, Close(state.generation, polite))


def _stop(state: State, now_s: float, params: MachineParams) -> Step:
    state = replace(state, stopping=True)
    match state.phase:
        case "seeking" | "waiting":
            return _enter(state, "ended", now_s, None), ()
        case "closing":
            return state, ()
        case "connecting":
            return _close(state, state.why or "the recording ended before it was connected", now_s, params)
        case "streaming":
            return _close(state, STOPPED, now_s, params, polite=True)
    return _close(state, state.why or "it was connected, but sent nothing", now_s, params, polite=True)


_OVERDUE: Final[dict[LinkPhase, Callable[[State, float, MachineParams], Step]]] = {
    "seeking": _overdue_seek,
    "connecting": _overdue_attempt,
    "starting": _overdue_data,
    "streaming": _overdue_data,
    "stalled": _overdue_restart,
    "closing": _closed,
    "waiting": _overdue_wait,
}
