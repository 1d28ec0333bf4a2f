"""What a page that comes later, or comes back, has to be told: the newest message of each kind, and the last angles.

In: messages. Out: the messages to begin with. Must not live here: clients, sending.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final

from sensor_pipeline.types import Json
from sensor_pipeline.web.messages import LIST, Message

KEPT_FRAMES: Final = 600
"""Frames kept for the trace of a page that comes later: 20 s at 30 frames a second."""
KEPT_LIST: Final = 1000
"""Most repetitions, or gaps, that are kept: a set has 500 at most."""
STEADY: Final = ("phase", "sound", "clients", "alarm:", "timeline", "position")
"""Beginnings of names that a jump in a replay leaves as they are."""


class Kept:
    """Remembers messages."""

    def __init__(self) -> None:
        self._newest: dict[str, Mapping[str, Json]] = {}
        self._lists: dict[str, deque[Mapping[str, Json]]] = {}
        self._frames: deque[Mapping[str, Json]] = deque(maxlen=KEPT_FRAMES)

    def add(self, message: Message) -> None:
        """Take a message in."""
        for name in message.ends:
            self._newest.pop(name, None)
        if message.body["k"] == "frame":
            self._frames.append(message.body)
        elif message.keep.startswith(LIST):
            self._lists.setdefault(message.keep, deque(maxlen=KEPT_LIST)).append(message.body)
        elif message.keep:
            self._newest.pop(message.keep, None)  # the order of the names is that of the messages
            self._newest[message.keep] = message.body

    def clear(self) -> None:
        """Forget the session's course; what belongs to the page itself stays."""
        self._newest = {name: body for name, body in self._newest.items() if name.startswith(STEADY)}
        self._lists.clear()
        self._frames.clear()

    def bodies(self) -> Iterator[Mapping[str, Json]]:
        """Everything kept, marked ``old``: shown, and never sounded."""
        for rows in self._lists.values():
            yield from ({**body, "old": True} for body in rows)
        yield from ({**body, "old": True} for body in self._frames)
        yield from ({**body, "old": True} for body in self._newest.values())
