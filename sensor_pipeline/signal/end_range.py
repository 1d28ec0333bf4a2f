"""Time at end range: how long the angle was at or above a level, added up while the rows come.

In: rows of the angle. Out: seconds. Must not live here: what the level is measured from (``course``).
"""

from __future__ import annotations

from collections.abc import Sequence


class EndRange:
    """Adds up the stretches of rows at or above ``level_rad``; a stretch lasts to the first row below.

    ``inside``: whether the newest row is at or above it. A row that does not change that need not be shown.
    """

    __slots__ = ("_since_s", "_total_s", "inside", "level_rad")

    def __init__(self, level_rad: float) -> None:
        """Args: the level, rad."""
        self.level_rad = level_rad
        self.inside = False
        self._since_s = 0.0  # first row of the present stretch, if inside
        self._total_s = 0.0

    def follow(self, time_s: Sequence[float], angle_rad: Sequence[float]) -> None:
        """Follow the next rows."""
        for when, angle in zip(time_s, angle_rad, strict=True):
            if (angle >= self.level_rad) != self.inside:
                self.turn(when)

    def turn(self, time_s: float) -> None:
        """The row at ``time_s`` is the first one inside, or the first one outside again."""
        if self.inside:
            self._total_s += time_s - self._since_s
        self.inside = not self.inside
        self._since_s = time_s

    def until(self, time_s: float) -> float:
        """How long it was in all, s, if the newest row is at ``time_s``."""
        return self._total_s + (time_s - self._since_s) if self.inside else self._total_s
