"""A block of rows in parts, and the extremes of each: what is needed to see that nothing happens in a part.

In: a block's rows and the row before. Out: parts of it as plain lists; smallest and largest angle and speed of each.
Must not live here: what may happen.
"""

from __future__ import annotations

from math import inf
from typing import Final, TypeAlias

import numpy as np

from sensor_pipeline.types import Event, FloatArray, IntArray

SMALL: Final = 8
"""Rows of a small part: fewer cost more in looking at them than they save in following row by row (measured)."""
LARGE: Final = 32
"""Rows of a large part, looked at first: something happens every 150 rows or so while a person exercises (measured)."""


class BlockRows:
    """Rows on their way through the detector, and what it has said of them so far."""

    __slots__ = ("angle_rad", "events", "flags", "in_rep", "known_s", "order", "time_s")

    def __init__(
        self,
        time_s: list[float],
        angle_rad: list[float],
        known_s: FloatArray | list[float],
        flags: list[int] | None,
        order: IntArray | list[int],
    ) -> None:
        """Args: the columns, of one length; flags are None where no row has one that matters."""
        self.time_s = time_s
        self.angle_rad = angle_rad
        self.known_s = known_s
        self.flags = flags
        self.order = order
        self.events: list[Event] = []
        self.in_rep = bytearray(len(time_s))

    def part(self, begin: int, end: int) -> tuple[list[float], list[float], list[int] | None]:
        """Times, angles and flags of [begin, end)."""
        flags = None if self.flags is None else self.flags[begin:end]
        return self.time_s[begin:end], self.angle_rad[begin:end], flags

    def records(self, begin: int, end: int) -> tuple[list[float], list[int]]:
        """When the rows [begin, end) were known, and the records they came with."""
        known, order = self.known_s[begin:end], self.order[begin:end]
        return known if isinstance(known, list) else known.tolist(), order if isinstance(
            order, list
        ) else order.tolist()

    def passed(self, begin: int, end: int) -> None:
        """A candidate was open all through [begin, end), and nothing happened."""
        self.in_rep[begin:end] = (end - begin) * b"\1"


Extremes: TypeAlias = tuple[float, float, tuple[float, float]]
"""Smallest and largest angle, rad, of a part, and its smallest and largest speed, rad/s, signed."""


def parts_of(angle_rad: FloatArray, speed_rad_s: FloatArray) -> tuple[list[Extremes], list[Extremes]]:
    """Extremes of the small and of the large parts of a block whose length is a multiple of ``LARGE``."""
    ways = ((angle_rad, np.minimum), (angle_rad, np.maximum), (speed_rad_s, np.minimum), (speed_rad_s, np.maximum))
    small, large = [], []
    for values, extreme in ways:
        size = 1
        while size < LARGE:
            values, size = extreme(values[::2], values[1::2]), 2 * size
            if size == SMALL:
                small.append(values.tolist())
        large.append(values.tolist())
    return _joined(*small), _joined(*large)


def _joined(low: list[float], high: list[float], slowest: list[float], fastest: list[float]) -> list[Extremes]:
    return list(zip(low, high, zip(slowest, fastest, strict=True), strict=True))


def few_speeds(time_s: list[float], angle_rad: list[float], before: tuple[float, float]) -> tuple[float, float]:
    """Smallest and largest speed, signed, rad/s, of a few rows after the row ``before`` (time, angle)."""
    before_s, before_rad = before
    slowest, fastest = inf, -inf
    for t, a in zip(time_s, angle_rad):  # noqa: B905 - the most frequent loop of the live path, and "strict" has a price
        speed = (a - before_rad) / (t - before_s) if t > before_s else 0.0
        if speed < slowest:
            slowest = speed
        if speed > fastest:
            fastest = speed
        before_s = t
        before_rad = a
    return slowest, fastest
