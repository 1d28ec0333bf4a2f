"""The newest rows of one sensor, kept until the repetition they belong to is done.

In: rows as the stages leave them, block by block, kept by reference. Out: the rows of a span of time as arrays. Must
not live here: what is computed from them.

Which rows a span has depends on times only, never on how the rows came in blocks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensor_pipeline.types import FlagArray, FloatArray, Mounting


class KeptRows(NamedTuple):
    """Rows of one block, contiguous in time.

    Attributes:
        time_s: (n,) session time, rising, n >= 1.
        gyr_rad_s, acc_m_s2: (n, 3) chip axes, safe: finite, nothing clipped.
        quat: (n, 4) sensor-to-earth quaternions.
        lean_rad: (n,) dorsiflexion, or total tilt where there is no axis yet.
        flags: (n,) bits of :class:`~sensor_pipeline.types.Flag`.
        mounting: the one that all of them have.
    """

    time_s: FloatArray
    gyr_rad_s: FloatArray
    acc_m_s2: FloatArray
    quat: FloatArray
    lean_rad: FloatArray
    flags: FlagArray
    mounting: Mounting


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of a span of time without a hole; the columns of :class:`KeptRows`, ``mounting`` of the last row."""

    time_s: FloatArray
    gyr_rad_s: FloatArray
    acc_m_s2: FloatArray
    quat: FloatArray
    lean_rad: FloatArray
    flags: FlagArray
    mounting: Mounting

    @property
    def rate_hz(self) -> float:
        """Mean sample rate; the span needs two rows or more."""
        return float((len(self.time_s) - 1) / (self.time_s[-1] - self.time_s[0]))


class RowHistory:
    """Rows of the last ``longest_s``."""

    def __init__(self, longest_s: float) -> None:
        """Args: how long rows are kept at least, s."""
        self._longest_s = longest_s
        self._kept: deque[tuple[int, float, KeptRows]] = deque()  # (stretch, time of the last row, rows)
        self._stretch = 0
        self._restarted = False
        self.began_s: float | None = None
        """When the rows after the last hole begin, None without a hole."""

    def restart(self) -> None:
        """Samples are missing before the next row: no span goes across."""
        self._stretch += 1
        self._restarted = True

    def keep(self, rows: KeptRows, last_s: float) -> None:
        """Add rows, the last one at ``last_s``; those that nobody can ask for any more are dropped."""
        if self._restarted:
            self._restarted, self.began_s = False, float(rows.time_s[0])
        kept = self._kept
        kept.append((self._stretch, last_s, rows))
        # one at a time suffices: every call adds one
        if kept[0][1] < last_s - self._longest_s:
            kept.popleft()

    def span(self, begin_s: float, end_s: float) -> Span | None:
        """The rows in [begin_s, end_s), from the last hole on.

        Returns:
            The rows; None if there are fewer than two of them.
        """
        parts: list[KeptRows] = []
        stretch = None
        for number, last_s, rows in reversed(self._kept):
            if last_s < begin_s or (stretch is not None and number != stretch):
                break
            if rows.time_s[0] < end_s:
                parts.append(rows)
                stretch = number
        if not parts:
            return None
        parts.reverse()
        time_s = np.concatenate([part.time_s for part in parts])
        first, last = time_s.searchsorted((begin_s, end_s)).tolist()
        if last - first < 2:
            return None
        cut = slice(first, last)
        return Span(
            time_s[cut],
            np.concatenate([part.gyr_rad_s for part in parts])[cut],
            np.concatenate([part.acc_m_s2 for part in parts])[cut],
            np.concatenate([part.quat for part in parts])[cut],
            np.concatenate([part.lean_rad for part in parts])[cut],
            np.concatenate([part.flags for part in parts])[cut],
            parts[-1].mounting,
        )
