"""The coach: what to do now, said once, at the right moment.

In: the session's records and the core's events, in one order. Out: the same events with cues among them. Must not live
here: angles, sounds, words on a screen, clocks: time goes on only through records.

This coach guides a set at a fixed target: stand, lunge, hold, return, count. Its cues have stable ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from sensor_pipeline.types import (
    Block,
    Cue,
    Event,
    Flush,
    HoldEnded,
    HoldStarted,
    MountingRefused,
    MountingSet,
    Record,
    RepDone,
    RepRejected,
    Targets,
)


class Coach:
    """Follows one set. A deadline fires when the first later record arrives, stamped with its due time."""

    def __init__(self, targets: Targets) -> None:
        """Args: what the set asks for."""
        self._targets = targets
        self._greeted = False
        self._done = False
        self._count: dict[int | None, int] = {}
        self._hold_due: tuple[float, int | None] | None = (
            None  # when the asked-for hold will have been held, and by whom
        )

    def follow(self, records: Sequence[Record], events: Sequence[Event], zero_ns: int) -> list[Event]:
        """Merge cues into the events of some records.

        Args:
            records: the records, in order.
            events: what the pipelines made of them, sorted by ``order``.
            zero_ns: host time of session time 0.

        Returns:
            All events and cues; a cue stands after the event that caused it.
        """
        out: list[Event] = []
        rest = iter(events)
        event = next(rest, None)
        for record in records:
            now_s = (record.host_time_ns - zero_ns) / 1e9
            if not self._greeted:
                self._greeted = True
                out.append(_cue(record.order, None, now_s, "stand", "Stand tall, weight on both feet, and keep still."))
            out += self._deadline(record, now_s)
            while event is not None and event.order <= record.order:
                out.append(event)
                if not isinstance(event, Block):
                    out += self._answer(event)
                event = next(rest, None)
            if isinstance(record, Flush):
                self._done = True
        if event is not None:
            out += [event, *rest]
        return out

    def _deadline(self, record: Record, now_s: float) -> list[Event]:
        if self._hold_due is None or now_s <= self._hold_due[0]:
            return []
        (due_s, sensor), self._hold_due = self._hold_due, None
        return [_cue(record.order, sensor, due_s, "hold_done", "Hold done. Come back up slowly.", self._targets.hold_s)]

    def _answer(self, event: Event) -> list[Event]:
        if self._done:
            return []
        order, sensor, at = event.order, event.sensor, event.time_s
        match event:
            case MountingSet():
                text = "Zero taken. Lunge: knee towards the wall, heel on the floor."
                return [_cue(order, sensor, at, "descend", text)]
            case MountingRefused():
                return [_cue(order, sensor, at, "stand_again", f"No zero yet: {event.reason}. {event.remedy}.")]
            case HoldStarted() if self._targets.hold_s > 0:
                self._hold_due = (event.since_s + self._targets.hold_s, sensor)
                return [_cue(order, sensor, at, "hold", "Hold.", self._targets.hold_s)]
            case HoldEnded():
                self._hold_due = None
            case RepRejected():
                return [_cue(order, sensor, at, "not_counted", f"Not counted: {event.reason}.")]
            case RepDone():
                return self._counted(event)
        return []

    def _counted(self, event: RepDone) -> list[Event]:
        count = self._count[event.sensor] = self._count.get(event.sensor, 0) + 1
        order, sensor, at = event.order, event.sensor, event.time_s
        cues: list[Event] = [_cue(order, sensor, at, "rep_counted", str(count), float(count))]
        for fault in event.rep.faults:
            cues.append(_cue(order, sensor, at, fault, FAULT_WORDS[fault]))
        if self._targets.reps is not None and count >= self._targets.reps:
            if count == self._targets.reps:
                cues.append(_cue(order, sensor, at, "set_done", "Set done.", float(count)))
        else:
            cues.append(_cue(order, sensor, at, "rest", "Rest, then the next one."))
        return cues


FAULT_WORDS = {
    "heel_lift": "The heel may have lifted.",
    "short_of_target": "Short of the target.",
    "too_fast": "Slower.",
    "hold_short": "Hold longer.",
    "hold_unsteady": "Hold it more still.",
    "incomplete_return": "Come all the way back up.",
    "shin_tilts_in": "Knee over the second toe.",
    "shin_rotates": "Keep the shin from turning.",
    "jerky": "Move more evenly.",
}
"""Every fault a repetition can have, in the words said to the person."""


def _cue(order: int, sensor: int | None, time_s: float, cue: str, text: str, value: float | None = None) -> Cue:
    return Cue(order, sensor, time_s, cue, text, value)
