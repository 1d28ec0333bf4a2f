"""The tries that count: each slot is filled once, and a try that does not count is repeated in the same slot.

In: tries, with the reason where one does not count. Out: which slot is next; best and mean. Must not live here: what
makes a try count, what is said.
"""

from __future__ import annotations

from typing import Final, Literal

MOST_AGAIN: Final = 3
"""A slot is tried anew so often at most, and then stays empty: a person must not tire over one (own choice)."""


class Slots:
    """A fixed number of tries."""

    def __init__(self, count: int) -> None:
        """Args: how many tries count."""
        self._count = count
        self._again = 0
        self._empty = 0
        self._angles_deg: list[float] = []

    @property
    def number(self) -> int:
        """The slot that is being tried, from 1."""
        return min(len(self._angles_deg) + self._empty + 1, self._count)

    @property
    def done(self) -> bool:
        """Every slot was filled or given up."""
        return len(self._angles_deg) + self._empty >= self._count

    @property
    def filled(self) -> int:
        """How many tries counted."""
        return len(self._angles_deg)

    @property
    def best_deg(self) -> float | None:
        """Largest angle that counts; None without one."""
        return max(self._angles_deg) if self._angles_deg else None

    @property
    def mean_deg(self) -> float | None:
        """Mean of all slots; None where one stayed empty: the mean of fewer is another number."""
        if len(self._angles_deg) < self._count:
            return None
        total = 0.0
        for angle in self._angles_deg:
            total += angle
        return total / self._count

    def fill(self, angle_deg: float) -> None:
        """A try counts."""
        self._angles_deg.append(angle_deg)
        self._again = 0

    def repeat(self) -> Literal["again", "given_up"]:
        """A try does not count: again in the same slot, or the slot stays empty."""
        self._again += 1
        if self._again <= MOST_AGAIN:
            return "again"
        self._again = 0
        self._empty += 1
        return "given_up"
