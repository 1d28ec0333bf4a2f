"""Linear-phase low-pass of the angle for finding repetitions: two running means in a row.

In: angle rows. Out: smoothed angle rows, each with the time it is centred on. Must not live here: thresholds on the
angle.

A running mean through running sums costs two additions a row, is exactly symmetric in time (so an onset is not late
by a filter's phase), and is bit-equal for any chunking because running sums are strictly sequential.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.types import FloatArray


@dataclass(frozen=True, slots=True)
class LowpassParams:
    """Width of the smoothing.

    Attributes:
        width_s: length of each running mean, s. Two of 0.06 s pass voluntary movement (-3 dB at 5.3 Hz; lunges have
            their power below 2 Hz) and stop muscle tremor at 8-12 Hz; the smoothed row lags by 0.05 s at 104 Hz.
    """

    width_s: float = 0.06


class Lowpass:
    """Streaming double running mean. Rows of the output belong to input rows ``delay_rows`` earlier."""

    def __init__(self, rate_hz: float, params: LowpassParams) -> None:
        """Args: the set sample rate in Hz and the width."""
        self.width_rows = max(1, round(params.width_s * rate_hz))
        self.delay_rows = self.width_rows - 1
        self._means = (_RunningMean(self.width_rows), _RunningMean(self.width_rows))
        self.reset()

    def reset(self) -> None:
        """Start anew after a gap."""
        for mean in self._means:
            mean.reset()
        self._skip = self.delay_rows
        self._times: list[float] = []  # of input rows whose output has not come yet

    def update(self, time_s: FloatArray, angle_rad: FloatArray) -> tuple[int, FloatArray, FloatArray]:
        """Smooth a block.

        Args:
            time_s: (n,) row times.
            angle_rad: (n,) angles, contiguous in time with the last block (else ``reset`` first).

        Returns:
            How many of the block's first rows gave no output (start of a stretch), and the (m,) times and smoothed
            angles that the other rows gave: output row i became known with input row ``skipped + i``.
        """
        smooth = self._means[1].update(self._means[0].update(angle_rad))
        times = np.concatenate((self._times, time_s))
        skipped = min(self._skip, len(time_s))
        self._skip -= skipped
        n_out = len(time_s) - skipped
        self._times = times[n_out:].tolist()
        return skipped, times[:n_out], smooth[skipped:]

    def update_few(self, time_s: list[float], angle_rad: list[float]) -> tuple[int, list[float], list[float]]:
        """Smooth a packet: :meth:`update` for a few rows, without what numpy costs per call."""
        width = self.width_rows
        first, second = self._means[0].sums, self._means[1].sums
        if width == 1 or not second:
            skipped, centre_s, begun = self.update(np.array(time_s), np.array(angle_rad))
            return skipped, centre_s.tolist(), begun.tolist()
        push_1, pop_1, sum_1 = first.append, first.popleft, first[-1]
        push_2, pop_2, sum_2 = second.append, second.popleft, second[-1]
        smooth: list[float] = []
        for angle in angle_rad:
            # the order of operations is that of _RunningMean.update, twice
            sum_1 += angle
            sum_2 += (sum_1 - pop_1()) / width
            smooth.append((sum_2 - pop_2()) / width)
            push_1(sum_1)
            push_2(sum_2)
        times = self._times + time_s
        skipped = self._skip
        if skipped:
            skipped = min(skipped, len(time_s))
            self._skip -= skipped
            smooth = smooth[skipped:]
        n_out = len(smooth)
        self._times = times[n_out:]
        return skipped, times[:n_out], smooth


class _RunningMean:
    """Mean of the last ``width`` values; before that many have come, the first value stands in for the missing ones."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.sums: deque[float] = deque()
        """The last ``width`` running sums, oldest first; none before the first value."""

    def reset(self) -> None:
        self.sums.clear()

    def update(self, x: FloatArray) -> FloatArray:
        width = self._width
        if width == 1 or not len(x):
            return x
        if not self.sums:
            # as if the first value had been there for ever: running sums x0, 2 x0, ... of the rows before the stretch
            first = float(x[0])
            self.sums.extend(first * i - width * first for i in range(1, width + 1))
        sums = np.concatenate((self.sums, x))
        # strictly sequential, so that any split of the rows gives the same sums
        np.add.accumulate(sums[width - 1 :], out=sums[width - 1 :])
        self.sums = deque(sums[-width:].tolist())
        mean: FloatArray = (sums[width:] - sums[:-width]) / width
        return mean
