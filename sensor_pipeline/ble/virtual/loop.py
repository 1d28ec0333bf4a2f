"""An event loop on virtual time: where nothing is left to do, time jumps to the next timer.

In: a coroutine. Out: what it returns, hours of it in seconds, the same every time. Must not live here: radio, sensors.

It holds for whatever does no real input or output and starts no threads; both ends of the virtual radio are like that.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

NS_PER_S: Final = 1e9
LIMIT_S: Final = 86_400.0
"""Virtual time after which a coroutine is taken to hang: one day."""
STUCK_ROUNDS: Final = 2_000_000
"""Rounds of the loop without any progress of time after which something is taken to call itself for ever."""


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: a wait of ``timeout`` seconds moves the clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._rounds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Report what is ready; else let virtual time pass."""
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("virtual time stands still: every task waits and no timer is set")
        self._rounds += 1
        if timeout > 0.0:
            self.now_s += timeout
            self._rounds = 0
        elif self._rounds > STUCK_ROUNDS:
            self._rounds = 0  # the loop can still be closed
            raise RuntimeError(f"virtual time stands still at {self.now_s} s: something calls itself for ever")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time()`` is virtual and starts at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual time, s."""
        return self._jumping.now_s


def run_virtual(main: Coroutine[Any, Any, T], *, limit_s: float = LIMIT_S) -> T:
    """Run a coroutine on virtual time, as ``asyncio.run`` does on real time.

    Args:
        main: the coroutine.
        limit_s: virtual seconds after which it is given up.

    Returns:
        What it returns.

    Raises:
        TimeoutError: it took longer than ``limit_s``.
        RuntimeError: every task waits for something that cannot happen.
    """

    async def limited() -> T:
        async with asyncio.timeout(limit_s):
            return await main

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(limited())


def clock_ns() -> int:
    """The running loop's time in ns: the ``clock_ns`` of a source that runs on virtual time."""
    return round(asyncio.get_running_loop().time() * NS_PER_S)
