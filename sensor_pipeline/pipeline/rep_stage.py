"""What the chain asks of a repetition detector: the place where a user puts one of his own.

In: nothing. Out: protocols. Must not live here: a detector.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sensor_pipeline.signal.rep_rows import AngleRows, RepRows
from sensor_pipeline.types import Event


class RepStage(Protocol):
    """What a repetition detector offers: see :class:`~sensor_pipeline.signal.reps.RepDetector`."""

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of smoothed rows."""
        ...

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """Close what is open; more rows may follow."""
        ...


@runtime_checkable
class MarkStage(Protocol):
    """A repetition detector that also takes the person's word: one without ``mark`` hears no marks."""

    def mark(self, order: int, time_s: float) -> tuple[Event, ...]:
        """Count what the person says was a repetition."""
        ...
