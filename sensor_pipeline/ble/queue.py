"""The records of a recording on their way to whoever uses them: numbered, bounded, counted.

In: records without a number. Out: records in order. Must not live here: where they come from, time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from sensor_pipeline.types import Notification, Record

CAPACITY: Final = 20_000
"""Records that wait at most: 5 minutes of two sensors with 26 packets a second each, about 10 MB."""


class RecordQueue:
    """Takes records from callbacks, gives them to one reader.

    Full, it drops notifications and counts them; what happens rarely (link, reads, inputs, the end) always fits.

    Args:
        capacity: notifications are dropped while so many records wait.

    Attributes:
        high_water: most records that ever waited.
        dropped: notifications that did not fit; a session with any is incomplete.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._records: deque[Record] = deque()
        self._filled = asyncio.Event()
        self._order = 0
        self.high_water = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._records)

    def put(self, make: Callable[[int], Record]) -> bool:
        """Add a record.

        Args:
            make: makes it from its number.

        Returns:
            False where it was dropped.
        """
        record = make(self._order)
        if len(self._records) >= self._capacity and isinstance(record, Notification):
            self.dropped += 1
            return False
        self._order += 1
        self._records.append(record)
        self.high_water = max(self.high_water, len(self._records))
        self._filled.set()
        return True

    async def get(self) -> Record:
        """The next record, as soon as there is one."""
        while not self._records:
            self._filled.clear()
            await self._filled.wait()
        return self._records.popleft()
