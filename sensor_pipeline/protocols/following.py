"""How a coach follows a session: records, events and deadlines in one order, whatever the chunks.

In: records and the core's events. Out: the same events with cues among them. Must not live here: what is said.

A deadline fires when the first later record arrives, and is stamped with its due time. Before what a record brings,
come the deadlines that it lets pass; an input stands before the events that it caused.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from sensor_pipeline.types import Block, Cue, Event, Flush, Input, Record

_order = attrgetter("order")


def with_inputs(records: Sequence[Record], events: Sequence[Event]) -> Sequence[Event | Input]:
    """The events and the session's inputs by order; an input stands before the events that it caused."""
    inputs = [record for record in records if type(record) is Input and record.sensor is None]
    return sorted((*inputs, *events), key=_order) if inputs else events


class Following(ABC):
    """Carries records and events past a coach; what the coach says is in its ``greet``, ``obey``, ``hear``, ``due``."""

    def __init__(self) -> None:
        self._greeted = False
        self._dues: list[tuple[float, str]] = []  # sorted: (session time, name)
        self._out: list[Event] = []
        self._now: tuple[int, float] = (0, 0.0)  # order and time of what is being answered

    @property
    def waits(self) -> bool:
        """Whether neither time nor rows can make it speak: only other events and the person's inputs can."""
        return self._greeted and not self._dues

    @property
    def now_s(self) -> float:
        """Session time of what is being answered."""
        return self._now[1]

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
        self._out = out = []
        if not self._greeted:
            self._greeted = True
            self._now = (records[0].order, (records[0].host_time_ns - zero_ns) / 1e9)
            self.greet()
        position = 0
        for item in with_inputs(records, events):
            if self._dues:
                position = self._pass(records, position, item.order, zero_ns)
            if isinstance(item, Input):
                self._now = (item.order, (item.host_time_ns - zero_ns) / 1e9)
                position = bisect_right(records, item.order, position, key=_order)
                self.obey(item)
                continue
            out.append(item)
            if not isinstance(item, Block):
                position = bisect_right(records, item.order, position, key=_order)
                self._now = (item.order, item.time_s)
                self.hear(item)
        last = records[-1]
        if self._dues:
            self._pass(records, position, last.order, zero_ns)
        if isinstance(last, Flush):
            self.end()
        return out

    @abstractmethod
    def greet(self) -> None:
        """The first record has come."""

    @abstractmethod
    def obey(self, record: Input) -> None:
        """The person did something."""

    @abstractmethod
    def hear(self, event: Event) -> None:
        """The core found something out."""

    def due(self, name: str) -> None:
        """A deadline has passed."""
        raise NotImplementedError

    def end(self) -> None:
        """Nothing is said any more."""
        self._dues.clear()

    def say(self, cue: str, text: str, value: float | None = None, sensor: int | None = None) -> None:
        """Give a cue now."""
        order, time_s = self._now
        self._out.append(Cue(order, sensor, time_s, cue, text, value))

    def set_due(self, time_s: float, name: str) -> None:
        """Have :meth:`due` called when a record later than ``time_s`` comes."""
        self._dues.append((time_s, name))
        self._dues.sort(key=lambda one: one[0])

    def drop_dues(self, *names: str) -> None:
        """Forget deadlines of these names; all without a name."""
        self._dues = [one for one in self._dues if names and one[1] not in names]

    def _pass(self, records: Sequence[Record], position: int, order: int, zero_ns: int) -> int:
        """Let records from ``position`` to number ``order`` pass, and deadlines with them.

        Returns:
            Position of the first record that has not passed.
        """
        while position < len(records) and records[position].order <= order:
            record = records[position]
            position += 1
            now_s = (record.host_time_ns - zero_ns) / 1e9
            while self._dues and now_s > self._dues[0][0]:
                due_s, name = self._dues.pop(0)
                self._now = (record.order, due_s)
                self.due(name)
        return position
