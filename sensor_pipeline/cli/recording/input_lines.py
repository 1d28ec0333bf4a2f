"""Lines from standard input, for programs that tell a recording what to do.

In: a stream of bytes. Out: a call for each whole line. Must not live here: what a line means.

A thread reads: pipes, files and consoles can be waited for in one way on no platform otherwise. The end of the input
means nothing to a recording: one started with ``< /dev/null`` goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from typing import Final, TextIO

_READ_BYTES: Final = 4096
LONGEST_LINE: Final = 65_536
"""Bytes; a longer line is no command: what has come of it is dropped, and the rest of it."""


class Lines:
    """Cuts bytes into lines, whatever the chunks."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[str]:
        """Take bytes in; return the lines that are whole now, without empty ones."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self._dropping and whole:
            whole, self._dropping = whole[1:], False
        if len(self._rest) > LONGEST_LINE:
            self._rest, self._dropping = b"", True
        if self._dropping:
            self._rest = b""
        return [line.decode("utf-8", "replace") for line in whole if line.strip() and len(line) <= LONGEST_LINE]


def listen(stream: TextIO, on_line: Callable[[str], None], on_end: Callable[[], None] = lambda: None) -> bool:
    """Start to read lines from a stream; the calls come in the running event loop, until it is closed.

    Args:
        stream: where from.
        on_line: gets each line.
        on_end: called once, when no more can come.

    Returns:
        Whether anything can come at all: False where it is no real stream.
    """
    loop = asyncio.get_running_loop()
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # no real stream: nobody can send anything
        return False

    def read() -> None:
        lines = Lines()
        while True:
            try:
                data = os.read(descriptor, _READ_BYTES)
            except OSError:
                data = b""
            for line in lines.feed(data or b"\n"):
                try:
                    loop.call_soon_threadsafe(on_line, line)
                except RuntimeError:  # the loop is closed: the recording has ended
                    return
            if not data:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(on_end)
                return

    threading.Thread(target=read, name="commands", daemon=True).start()
    return True
