"""One open page: its queue of messages, bounded, and the task that empties it.

In: encoded messages. Out: the same on a WebSocket, the oldest angles left out where the page is slow. Must not live
here: what messages mean, who may do what.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Literal

Role = Literal["host", "controller", "viewer"]
"""host: a page on this computer; controller: a phone that was given control; viewer: any other phone."""

QUEUE_LENGTH: Final = 64
"""Messages that wait at most: two seconds of angles at 30 a second."""
SLOW_S: Final = 5.0
"""A page that takes nothing for so long is closed; it comes back by itself and is told everything anew."""


class TooSlowError(Exception):
    """The page took nothing for :data:`SLOW_S`."""


class Client:
    """A page.

    Args:
        number: unique in this run.
        role: what it may do.
        phone: the pairing it came in with, "" = a page on this computer.
        send: sends one text, returns when there is room for the next.
        beginning: makes the texts that tell everything anew.
    """

    def __init__(
        self,
        number: int,
        role: Role,
        phone: str,
        send: Callable[[str], Awaitable[None]],
        beginning: Callable[[Client], list[str]],
    ) -> None:
        self.number = number
        self.role: Role = role
        self.phone = phone
        self.audio = False
        self.hidden = False
        self.alive_s = 0.0
        self.dropped = 0
        self._send = send
        self._beginning = beginning
        self._queue: deque[tuple[str, bool]] = deque()
        self._filled = asyncio.Event()
        self._anew = True

    def put(self, text: str, disposable: bool = False) -> None:
        """Queue a message; of a full queue the oldest angles are dropped, or else all is told anew.

        Args:
            text: encoded.
            disposable: it may be dropped.
        """
        if len(self._queue) >= QUEUE_LENGTH:
            self.dropped += 1
            for index, (_, may_go) in enumerate(self._queue):
                if may_go:
                    del self._queue[index]
                    break
            else:
                self._queue.clear()
                self._anew = True
        self._queue.append((text, disposable))
        self._filled.set()

    def tell_anew(self) -> None:
        """Tell everything from the beginning instead of what waits."""
        self._queue.clear()
        self._anew = True
        self._filled.set()

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            TooSlowError: the page takes nothing any more.
        """
        while True:
            if self._anew:
                self._anew = False
                self._queue.clear()
                for text in self._beginning(self):
                    await self._out(text)
            while self._queue and not self._anew:
                await self._out(self._queue.popleft()[0])
            if not self._anew:
                self._filled.clear()
                await self._filled.wait()

    async def _out(self, text: str) -> None:
        try:
            async with asyncio.timeout(SLOW_S):
                await self._send(text)
        except TimeoutError:
            raise TooSlowError from None
