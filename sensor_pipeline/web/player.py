"""A stored session on the page: play, halt, faster, slower, jump, step from repetition to repetition.

In: the events of a session with the time each was found, requests of a page. Out: the same events to the feed, when
they are due. Must not live here: the engine, files, messages of the live view.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.types import Block, Event, Json, RepDone
from sensor_pipeline.web.commands import REPLAY, Request, number
from sensor_pipeline.web.messages import Message

if TYPE_CHECKING:
    from sensor_pipeline.web.feed import Feed

SLOWEST, FASTEST = 0.25, 16.0
STEP_S: Final = 0.01
"""Longest sleep while playing: a packet comes a hundredth of a second late at most."""
TELL_S: Final = 0.25
"""Between two messages about the position."""
TRACE_S: Final = 20.0
"""Angles this far back are shown after a jump."""
LEAD_S: Final = 1.5
"""A step to a repetition begins so long before it."""
OVERVIEW_POINTS: Final = 400
"""Points of the whole session's angle under the slider."""


class Player:
    """Plays a session.

    Args:
        steps: (session time in s, events found then), in order.
        feed: where to.
        speed: factor on real time at first.
    """

    def __init__(self, steps: Sequence[tuple[float, Sequence[Event]]], feed: Feed, speed: float = 1.0) -> None:
        self._steps = [(at_s, events) for at_s, events in steps if events]
        self._times = [at_s for at_s, _ in self._steps]
        self._feed = feed
        self._speed = min(max(speed, SLOWEST), FASTEST)
        self._playing = True
        self._next = 0
        self._position_s = 0.0
        self._wake = asyncio.Event()
        self._starts = sorted({e.rep.start_s for _, events in self._steps for e in events if isinstance(e, RepDone)})

    @property
    def duration_s(self) -> float:
        """Session time of the last event."""
        return self._times[-1] if self._times else 0.0

    def request(self, request: Request) -> str:
        """Do what a page asks for, in the server's event loop.

        Returns:
            Why not, "" = it is done.
        """
        if request.do not in REPLAY:
            return "this is a replay"
        try:
            self._obey(request)
        except UserError as error:
            return str(error)
        self._tell()
        self._wake.set()
        return ""

    def _obey(self, request: Request) -> None:
        match request.do:
            case "play":
                if self._next >= len(self._steps):
                    self._jump(0.0)
                self._playing = True
            case "halt":
                self._playing = False
            case "speed":
                self._speed = number(request.value, SLOWEST, FASTEST)
            case "seek":
                self._jump(number(request.value, 0.0, max(self.duration_s, 0.0)))
            case "step":
                forwards = number(request.value, -1, 1) > 0
                here_s = self._position_s + LEAD_S
                places = [s for s in self._starts if (s > here_s + 0.01 if forwards else s < here_s - 0.5)]
                if places:
                    self._jump(max((places[0] if forwards else places[-1]) - LEAD_S, 0.0))

    async def run(self) -> None:
        """Play until cancelled."""
        self._feed.post(Message({"k": "timeline", **self._overview()}, "timeline"))
        self._tell()
        told_s = last_s = time.perf_counter()
        while True:
            if not self._playing:
                self._wake.clear()
                await self._wake.wait()
                last_s = time.perf_counter()
                continue
            await asyncio.sleep(STEP_S)
            now_s = time.perf_counter()
            self._position_s += (now_s - last_s) * self._speed
            last_s = now_s
            self._play()
            if self._next >= len(self._steps):
                self._playing = False
                self._position_s = self.duration_s
                self._tell()
            elif now_s - told_s >= TELL_S:
                told_s = now_s
                self._tell()

    def _play(self) -> None:
        while self._next < len(self._steps) and self._times[self._next] <= self._position_s:
            _, events = self._steps[self._next]
            self._next += 1
            self._feed.publish(events, self._position_s if self._speed == 1.0 else None)

    def _jump(self, to_s: float) -> None:
        self._position_s = to_s
        self._next = bisect_right(self._times, to_s)
        self._feed.rewind(
            event
            for at_s, events in self._steps[: self._next]
            for event in events
            if at_s >= to_s - TRACE_S or not isinstance(event, Block)
        )

    def _tell(self) -> None:
        body: dict[str, Json] = {"k": "position", "at": round(self._position_s, 2), "speed": self._speed}
        body |= {"playing": self._playing, "duration": round(self.duration_s, 2)}
        self._feed.post(Message(body, "position", disposable=True))

    def _overview(self) -> dict[str, Json]:
        blocks = [e for _, events in self._steps for e in events if isinstance(e, Block) and e.sensor == 0]
        stride = max(len(blocks) // OVERVIEW_POINTS, 1)
        points = [
            [round(float(b.samples.time_s[-1]), 2), round(float(b.angles.dorsiflexion_rad[-1]) * DEG_PER_RAD, 1)]
            for b in blocks[::stride]
            if bool(b.angles.has_dorsiflexion[-1])
        ]
        return {"duration": round(self.duration_s, 2), "points": points, "starts": [round(s, 2) for s in self._starts]}
