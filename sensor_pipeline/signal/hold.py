"""Causal hold timer: the number the person hears counting is the number that is stored.

In: smoothed angle rows inside a repetition. Out: when a hold began, when it ended and how long it was. Must not live
here: what a hold is good for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sensor_pipeline.frames import RAD_PER_DEG

Said: TypeAlias = tuple[tuple[Literal["started", "ended"], float], ...]
"""What a row tells of the hold: ("started", time of its first row) or ("ended", its length in s)."""


@dataclass(frozen=True, slots=True)
class HoldParams:
    """What counts as holding still near the top.

    Attributes:
        max_speed_deg_s: largest speed of the smoothed angle, deg/s.
        min_s: shortest hold, s: below it there is no hold.
        near_top: part of the target (or of the running maximum where there is no target) that must be reached.
        drop_deg: a hold ends this far below its own maximum, degrees; also how much deeper a quick further descent must
            go before the pause on the way no longer counts as the hold.
    """

    max_speed_deg_s: float = 5.0
    min_s: float = 0.5
    near_top: float = 0.7
    drop_deg: float = 3.0


class HoldTimer:
    """One repetition's hold. ``longest`` is its longest hold (start, end), None while there was none."""

    def __init__(self, target_rad: float | None, params: HoldParams) -> None:
        """Args: the target angle in rad, None without one, and the thresholds."""
        self._target = target_rad
        self._p = params
        self._max_speed = params.max_speed_deg_s * RAD_PER_DEG
        self._drop = params.drop_deg * RAD_PER_DEG
        self.reset()

    def reset(self) -> None:
        """Be ready for the next repetition."""
        self.longest: tuple[float, float] | None = None
        self._top: float | None = None  # the repetition's running maximum
        self._since: float | None = None  # first still row of the present stretch
        self._holding = False
        self._max = 0.0  # the hold's running maximum
        self._entry = 0.0  # angle at the hold's first row

    def update(self, t: float, angle_rad: float, speed_rad_s: float) -> Said:
        """Follow one row.

        Returns:
            ("started", time of the hold's first row) once it has lasted ``min_s``; ("ended", its length in s).
        """
        if self._top is None or angle_rad > self._top:
            self._top = angle_rad
        if self._holding:
            if angle_rad > self._max:
                self._max = angle_rad
            if angle_rad < self._max - self._drop:
                return self._end(t)
            if speed_rad_s >= self._max_speed and angle_rad > self._entry + self._drop:
                ended = self._end(t)
                self.longest = None  # a pause on the way down, not the hold
                return ended
            return ()
        near = self._p.near_top * (self._top if self._target is None else self._target)
        if abs(speed_rad_s) >= self._max_speed or angle_rad < near:
            self._since = None
            return ()
        if self._since is None:
            self._since, self._entry = t, angle_rad
        if t - self._since < self._p.min_s:
            return ()
        self._holding = True
        self._max = angle_rad
        return (("started", self._since),)

    def pass_over(
        self,
        time_s: list[float],
        angle_rad: list[float],
        low_rad: float,
        high_rad: float,
        slowest_rad_s: float,
        fastest_rad_s: float,
    ) -> bool:
        """Pass over rows by their extremes, if it is plain from them that :meth:`update` would say nothing.

        Args:
            time_s, angle_rad: the rows, at least one.
            low_rad, high_rad: smallest and largest angle of the rows.
            slowest_rad_s, fastest_rad_s: smallest and largest speed, signed.

        Returns:
            Whether that was done, with the state that :meth:`update` would have left; if not, nothing has changed.
        """
        top = high_rad if self._top is None or high_rad > self._top else self._top
        max_speed = self._max_speed
        if self._holding:
            highest = high_rad if high_rad > self._max else self._max
            if low_rad < highest - self._drop:
                return False
            if fastest_rad_s >= max_speed and high_rad > self._entry + self._drop:
                return False
            self._max = highest
        elif slowest_rad_s >= max_speed or fastest_rad_s <= -max_speed or high_rad < self._near(low_rad):
            self._since = None
        elif -max_speed < slowest_rad_s and fastest_rad_s < max_speed and low_rad >= self._near(top):
            if time_s[-1] - (time_s[0] if self._since is None else self._since) >= self._p.min_s:
                return False
            if self._since is None:
                self._since, self._entry = time_s[0], angle_rad[0]
        else:
            return False
        self._top = top
        return True

    def close(self, t: float) -> list[float]:
        """End the repetition at ``t``: the length of a hold that was still running, if any."""
        return [length for _, length in self._end(t)] if self._holding else []

    def _near(self, angle_rad: float) -> float:
        """What counts as near the top once ``angle_rad`` has been reached."""
        if self._target is not None:
            return self._p.near_top * self._target
        return self._p.near_top * (angle_rad if self._top is None or angle_rad > self._top else self._top)

    def _end(self, t: float) -> Said:
        since = t if self._since is None else self._since
        self._holding = False
        self._since = None
        if self.longest is None or t - since > self.longest[1] - self.longest[0]:
            self.longest = (since, t)
        return (("ended", t - since),)
