"""The way from a session to its pages: never waits, never grows without bound, gathers rows into frames.

In: events, from any thread. Out: messages to the hub, in the server's event loop. Must not live here: clients, HTTP.

A session hands its events over and goes on: what it pays is an append to a queue. Rows are gathered into at most one
frame in :data:`FRAME_S`; the first row after a pause goes out at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sensor_pipeline.types import Block, Event
from sensor_pipeline.web.messages import Age, Message, frame, of_event

if TYPE_CHECKING:
    from sensor_pipeline.web.hub import Hub

FRAME_S: Final = 0.001
"""Between two frames of one sensor: two packets of a radio event do not wait; what comes at once is one frame."""
WAITING: Final = 4096
"""Parcels that wait for the server at most; beyond that rows are left out of the display, and nothing else is."""


@dataclass(frozen=True, slots=True)
class _Parcel:
    events: Sequence[Event]
    message: Message | None
    now_s: float | None  # session time when it was handed over
    handed_s: float  # monotonic


class Feed:
    """Takes a session's events to its pages.

    Args:
        hub: the pages.
        loop: the event loop that the hub lives in.
    """

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop) -> None:
        self._hub = hub
        self._loop = loop
        self._parcels: deque[_Parcel] = deque()
        self._called = False
        self._rows: dict[int | None, list[Block]] = {}
        self._age_s: dict[int | None, tuple[float | None, float]] = {}
        self._sent_s: dict[int | None, float] = {}
        self._timers: dict[int | None, asyncio.TimerHandle] = {}

    def publish(self, events: Sequence[Event], now_s: float | None = None) -> None:
        """Hand events over, from any thread.

        Args:
            events: from the engine; not to be changed afterwards.
            now_s: session time at this moment, None = not known; tells the page how old what it shows is.
        """
        if len(self._parcels) >= WAITING:
            events = [event for event in events if not isinstance(event, Block)]
        if events:
            self._hand(_Parcel(events, None, now_s, time.perf_counter()))

    def post(self, message: Message) -> None:
        """Hand a message over, from any thread."""
        self._hand(_Parcel((), message, None, time.perf_counter()))

    def rewind(self, events: Iterable[Event]) -> None:
        """Begin anew with these events behind us; in the server's event loop only."""
        self._rows.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        kept = self._hub.kept
        kept.clear()
        for event in events:
            message = frame([event]) if isinstance(event, Block) else of_event(event)
            if message is not None:
                kept.add(message)
        self._hub.tell_anew()

    def _hand(self, parcel: _Parcel) -> None:
        self._parcels.append(parcel)
        if not self._called:
            self._called = True
            try:
                self._loop.call_soon_threadsafe(self._drain)
            except RuntimeError:  # the server has ended: nobody looks any more
                self._parcels.clear()

    def _drain(self) -> None:
        self._called = False
        while self._parcels:
            parcel = self._parcels.popleft()
            if parcel.message is not None:
                self._hub.post(parcel.message)
            for event in parcel.events:
                if isinstance(event, Block):
                    self._rows.setdefault(event.sensor, []).append(event)
                    self._age_s[event.sensor] = parcel.now_s, parcel.handed_s
                    continue
                self._flush(event.sensor)  # the page sees the angle before what follows from it
                message = of_event(event, _age(event.time_s, parcel.now_s, parcel.handed_s))
                if message is not None:
                    self._hub.post(message)
        for sensor in [sensor for sensor, blocks in self._rows.items() if blocks]:
            self._due(sensor)

    def _due(self, sensor: int | None) -> None:
        wait_s = self._sent_s.get(sensor, 0.0) + FRAME_S - time.perf_counter()
        if wait_s <= 0.0:
            self._flush(sensor)
        elif sensor not in self._timers:
            self._timers[sensor] = self._loop.call_later(wait_s, self._flush, sensor)

    def _flush(self, sensor: int | None) -> None:
        timer = self._timers.pop(sensor, None)
        if timer is not None:
            timer.cancel()
        blocks = self._rows.get(sensor)
        if not blocks:
            return
        self._rows[sensor] = []
        self._sent_s[sensor] = time.perf_counter()
        now_s, handed_s = self._age_s[sensor]
        self._hub.post(frame(blocks, _age(float(blocks[-1].samples.time_s[-1]), now_s, handed_s)))


def _age(time_s: float, now_s: float | None, handed_s: float) -> Age | None:
    """How long ago a session time is by now."""
    if now_s is None:
        return None
    at_s = time.perf_counter()
    return Age((now_s - time_s + at_s - handed_s) * 1e3, at_s * 1e3)
