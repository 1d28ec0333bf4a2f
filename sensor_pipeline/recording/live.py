"""The one live loop: journal, engine, listeners, in that order, for every source.

In: records as they arrive. Out: events as they are found. Must not live here: where records come from, what listeners
do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from sensor_pipeline.types import Event, Flush

if TYPE_CHECKING:
    from sensor_pipeline.engine import Engine
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.types import Record


def take(
    record: Record, engine: Engine, writer: SessionWriter | None, on_events: Callable[[Sequence[Event]], None]
) -> None:
    """Use one record: keep it, let the engine have it, hand on what it found. An asynchronous source calls this itself.

    Args:
        record: the next one.
        engine: of the session.
        writer: of the session, None where nothing is kept.
        on_events: gets the events, which may be none.

    Raises:
        FileError: the record could not be kept; it was not used either.
    """
    if writer is not None:
        writer.append(record)
    on_events(engine.push(record))


def run(
    source: Iterable[Record],
    engine: Engine,
    writer: SessionWriter | None,
    on_events: Callable[[Sequence[Event]], None],
) -> None:
    """Use records until the source ends; an end mark is added where it has none, so that open repetitions close.

    Args:
        source: records in order, each given when it arrives.
        engine: of the session.
        writer: of the session, None where nothing is kept.
        on_events: gets the events of each record.

    Raises:
        FileError: a record could not be kept.
    """
    last: Record | None = None
    for last in source:
        take(last, engine, writer, on_events)
    if last is not None and not isinstance(last, Flush):
        take(Flush(last.order + 1, last.host_time_ns, None), engine, writer, on_events)
