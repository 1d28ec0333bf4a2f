"""Single keys from the terminal, without Enter and without stopping the event loop.

In: a terminal. Out: a call for each key. Must not live here: what a key means.

POSIX: the terminal hands over each key at once (cbreak), the loop says when there is one; Ctrl-C and Ctrl-Z stay what
they are. Windows: the console is asked a few times a second, its loop cannot wait for keys.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

POLL_S: Final = 0.05
"""Between two looks at the console on Windows: a key press feels immediate below 0.1 s."""
_READ_BYTES: Final = 64
_ESCAPE: Final = "\x1b"


@asynccontextmanager
async def keys(on_key: Callable[[str], None]) -> AsyncIterator[None]:
    """Call ``on_key`` with each character typed, for the time of the ``async with`` block.

    Args:
        on_key: gets one character; keys that send a sequence (arrows) are left out.
    """
    if sys.platform == "win32":
        task = asyncio.create_task(_poll(on_key))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    else:
        descriptor = sys.stdin.fileno()
        with at_once(descriptor), watched(descriptor, on_key):
            yield


def typed(data: bytes) -> str:
    """The characters among bytes from a terminal: nothing from an escape sequence on, no control characters."""
    text = data.decode("utf-8", "ignore").partition(_ESCAPE)[0]
    return "".join(character for character in text if character.isprintable())


if sys.platform == "win32":

    async def _poll(on_key: Callable[[str], None]) -> None:
        import msvcrt

        while True:
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in ("\x00", "\xe0"):
                    msvcrt.getwch()  # the second half of a function key
                elif key.isprintable():
                    on_key(key)
            await asyncio.sleep(POLL_S)

else:

    @contextmanager
    def at_once(descriptor: int) -> Iterator[None]:
        """Have a terminal hand over keys at once and unseen; afterwards it is as it was."""
        import termios
        import tty

        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
        try:
            yield
        finally:
            with contextlib.suppress(termios.error):  # the terminal was closed
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)

    @contextmanager
    def watched(descriptor: int, on_key: Callable[[str], None]) -> Iterator[None]:
        """Call ``on_key`` for each key that arrives; a terminal that was closed is not looked at any more."""
        loop = asyncio.get_running_loop()

        def ready() -> None:
            try:
                data = os.read(descriptor, _READ_BYTES)
            except OSError:
                data = b""
            if not data:
                loop.remove_reader(descriptor)
            for key in typed(data):
                on_key(key)

        loop.add_reader(descriptor, ready)
        try:
            yield
        finally:
            loop.remove_reader(descriptor)
