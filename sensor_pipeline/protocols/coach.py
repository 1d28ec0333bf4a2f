"""The coach: what to do now, said once, at the right moment.

In: the session's records and the core's events, in one order. Out: the same events with cues among them. Must not live
here: angles, sounds, words on a screen, clocks: time goes on only through records.

This coach guides a set at a fixed target: stand, lunge, hold, return, count. Its cues have stable ids.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

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
        self._zeroed: set[int | None] = set()  # sensors whose zero has been taken
        self._hold_due: tuple[float, int | None] | None = None  # when the asked-for hold will be over, and whose

    @property
    def waits(self) -> bool:
        """Whether neither time nor rows can make it speak: only other events can."""
        return self._greeted and self._hold_due is None

    def follow(self, records: Sequence[Record], events: Sequence[Event], zero_ns: int) -> list[Event]:
        """Merge cues into the events of some records.

        Args:
            records: the records, in order; a Flush comes last.
            events: what the pipelines made of them, sorted by ``order``.
            zero_ns: host time of session time 0.

        Returns:
            All events and cues; a cue stands after the event that caused it.
        """
        if not records:
            return list(events)
        out: list[Event] = []
        if not self._greeted:
            self._greeted = True
            first = records[0]
            now_s = (first.host_time_ns - zero_ns) / 1e9
            out.append(_cue(first.order, None, now_s, "stand", "Stand tall, weight on both feet, and keep still."))
        position = 0
        for event in events:
            if self._hold_due is not None:
                position = self._deadline(records, position, event.order, zero_ns, out)
            out.append(event)
            if not isinstance(event, Block):
                position = bisect_right(records, event.order, position, key=_order)
                out += self._answer(event)
        last = records[-1]
        if self._hold_due is not None:
            self._deadline(records, position, last.order, zero_ns, out)
        if isinstance(last, Flush):
            self._done = True
        return out

    def _deadline(self, records: Sequence[Record], position: int, order: int, zero_ns: int, out: list[Event]) -> int:
        """Let records from ``position`` to number ``order`` pass; the first one after the asked-for hold's end says so.

        Returns:
            Position of the first record that has not passed.
        """
        while position < len(records) and records[position].order <= order:
            record = records[position]
            position += 1
            if self._hold_due is not None and (record.host_time_ns - zero_ns) / 1e9 > self._hold_due[0]:
                (due_s, sensor), self._hold_due = self._hold_due, None
                text = "Hold done. Come back up slowly."
                out.append(_cue(record.order, sensor, due_s, "hold_done", text, self._targets.hold_s))
        return position

    def _answer(self, event: Event) -> list[Event]:
        if self._done:
            return []
        order, sensor, at = event.order, event.sensor, event.time_s
        match event:
            case MountingSet() if sensor not in self._zeroed or event.mounting.method != "pose+axis":
                # a forward axis found later on changes nothing for the person
                self._zeroed.add(sensor)
                text = "Zero taken. Lunge: knee towards the wall, heel on the floor."
                return [_cue(order, sensor, at, "descend", text)]
            case MountingRefused() if sensor in self._zeroed:
                text = f"{_sentence(event.reason)} {_sentence(event.remedy)}"
                return [_cue(order, sensor, at, "mounting_doubt", text)]
            case MountingRefused():
                text = f"No zero yet: {event.reason}. {_sentence(event.remedy)}"
                return [_cue(order, sensor, at, "stand_again", text)]
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


_order = attrgetter("order")

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


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cue(order: int, sensor: int | None, time_s: float, cue: str, text: str, value: float | None = None) -> Cue:
    return Cue(order, sensor, time_s, cue, text, value)
