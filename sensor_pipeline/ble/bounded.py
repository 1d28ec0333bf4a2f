"""One piece of radio work, bounded in time: it ends well, or as a :class:`~sensor_pipeline.errors.RadioError`.

In: an awaitable of bleak, a time. Out: its result. Must not live here: which work, what follows from a failure.

Backends let many kinds of exceptions through, and some swallow a cancellation for seconds (BlueZ: 2 to 3 s), or for
ever. So the work runs in a task of its own: after its time it is cancelled, given a little longer, then left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from sensor_pipeline.ble.reasons import advise
from sensor_pipeline.errors import RadioError

T = TypeVar("T")

CANCEL_S: Final = 4.0
"""Time that cancelled work may take to clean up: BlueZ needs 2 to 3 s to take a connection back."""
_ABANDONED: Final[set[asyncio.Task[Any]]] = set()
"""Work that does not even end when it is cancelled; asyncio keeps only weak references to its tasks."""


async def bounded(work: Coroutine[Any, Any, T], within_s: float, doing: str) -> T:
    """Do radio work.

    Args:
        work: what bleak is asked to do.
        within_s: longest time for it, s; cleaning up may take :data:`CANCEL_S` more.
        doing: what is tried, for the message, for example ``connect``.

    Returns:
        What the work returns.

    Raises:
        RadioError: it failed or took too long; ``__cause__`` is what bleak raised.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=within_s)
        if not done:
            await _cancel(task)
    except asyncio.CancelledError:
        await _cancel(task)
        raise
    if not done or task.cancelled():
        error: BaseException = TimeoutError(f"{doing}: not done after {within_s:g} s")
        raise RadioError(f"{doing}: {advise(error)}") from error
    failure = task.exception()
    if failure is not None:
        raise RadioError(f"{doing}: {advise(failure)}") from failure
    return task.result()


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=CANCEL_S)
    if done:
        _look_at(task)
    else:
        _ABANDONED.add(task)
        task.add_done_callback(_ABANDONED.discard)
        task.add_done_callback(_look_at)


def _look_at(task: asyncio.Task[Any]) -> None:
    """Take notice of how it ended: nobody else will, and asyncio would complain about that."""
    if not task.cancelled():
        task.exception()
