"""Being told to stop by the system: Ctrl-C, ``kill``, a closed terminal.

In: signals. Out: one call that asks for a clean end. Must not live here: the end itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Ctrl-C, kill and shutdown, a closed terminal; Ctrl-Break on Windows. Those that the platform has are used."""
WORDS: Final = {"SIGINT": "Ctrl-C", "SIGTERM": "SIGTERM", "SIGHUP": "the terminal was closed", "SIGBREAK": "Ctrl-Break"}


@contextmanager
def signals(on_stop: Callable[[str], None]) -> Iterator[None]:
    """Call ``on_stop`` with the reason in words when the system asks for the end; the process itself lives on.

    A closed terminal is detached first: whatever is still written to it goes nowhere instead of failing.
    """
    loop = asyncio.get_running_loop()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}

    def stop(number: signal.Signals) -> None:
        if number.name == "SIGHUP":
            detach_terminal()
        on_stop(WORDS[number.name])

    def handler(number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop, signal.Signals(number))

    for number in numbers:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            if old is not None:
                signal.signal(number, old)


def detach_terminal() -> None:
    """Let the standard streams that are terminals, or were, point to nothing; pipes and files stay."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            descriptor = stream.fileno()
            if _was_terminal(descriptor):
                os.dup2(nothing, descriptor)
    os.close(nothing)


def _was_terminal(descriptor: int) -> bool:
    """Whether it is a terminal, or one that has gone: that one answers with another error than what never was one."""
    if sys.platform == "win32":
        return os.isatty(descriptor)
    try:
        os.ttyname(descriptor)
    except OSError as error:
        return error.errno != errno.ENOTTY
    return True
