"""Linear-phase low-pass of the angle for finding repetitions: two running means in a row.

In: angle rows. Out: smoothed angle rows, each with the time it is centred on. Must not live here: thresholds on the
angle.

A running mean through running sums costs two additions a row, is exactly symmetric in time (so an onset is not late
by a filter's phase), and is bit-equal for any chunking because running sums are strictly sequential.
"""

from __future__ import annotations

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
        self._sums = (_RunningMean(self.width_rows), _RunningMean(self.width_rows))
        self._skip = self.delay_rows
        self._times: FloatArray = np.empty(0)

    def reset(self) -> None:
        """Start anew after a gap."""
        for mean in self._sums:
            mean.reset()
        self._skip = self.delay_rows
        self._times = np.empty(0)

    def update(self, time_s: FloatArray, angle_rad: FloatArray) -> tuple[int, FloatArray, FloatArray]:
        """Smooth a block.

        Args:
            time_s: (n,) row times.
            angle_rad: (n,) angles, contiguous in time with the last block (else ``reset`` first).

        Returns:
            How many of the block's first rows gave no output (start of a stretch), and the (m,) times and smoothed
            angles that the other rows gave: output row i became known with input row ``skipped + i``.
        """
        smooth = self._sums[1].update(self._sums[0].update(angle_rad))
        times = np.concatenate((self._times, time_s))
        skipped = min(self._skip, len(time_s))
        self._skip -= skipped
        n_out = len(time_s) - skipped
        self._times = times[n_out:]
        return skipped, times[:n_out], smooth[skipped:]


class _RunningMean:
    """Mean of the last ``width`` values; before that many have come, the first value stands in for the missing ones."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.reset()

    def reset(self) -> None:
        self._sums: FloatArray | None = None  # the last ``width`` running sums, oldest first

    def update(self, x: FloatArray) -> FloatArray:
        width = self._width
        if not len(x) or width == 1:
            return x
        if self._sums is None:
            # as if the first value had been there for ever: running sums x0, 2 x0, ... of the rows before the stretch
            self._sums = x[0] * np.arange(1.0, width + 1.0) - width * x[0]
        sums = np.concatenate((self._sums, np.cumsum(np.concatenate((self._sums[-1:], x)))[1:]))
        self._sums = sums[-width:]
        mean: FloatArray = (sums[width:] - sums[:-width]) / width
        return mean
