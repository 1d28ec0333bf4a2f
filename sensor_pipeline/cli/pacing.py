"""Real time: hands stored or simulated records on when they are due.

In: records and a speed. Out: the same records, later. Must not live here: anything else that waits.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensor_pipeline.types import Record


def paced(records: Iterable[Record], speed: float | None) -> Iterator[Record]:
    """Yield records at their own pace, counted from the first one.

    Args:
        records: in order.
        speed: factor on real time, None = without waiting.
    """
    begun = time.perf_counter_ns()
    first: int | None = None
    for record in records:
        if speed is not None:
            first = record.host_time_ns if first is None else first
            wait_ns = (record.host_time_ns - first) / speed - (time.perf_counter_ns() - begun)
            if wait_ns > 0:
                time.sleep(wait_ns / 1e9)
        yield record
