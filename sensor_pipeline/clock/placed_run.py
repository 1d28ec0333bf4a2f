"""Packets that follow each other without trouble, placed in time together: one column a step, one entry a packet.

In: what sequence and host map say of each packet. Out: the rows of all of them. Must not live here: whether a packet
is usual, the state of a stream. The arithmetic is that of a single packet, step by step, so that the bits are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.clock.rows import plain_flags
from sensor_pipeline.types import FloatArray, PacketRun, Samples


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """Packets with their places in time, nothing missing between them: rows k = 1 .. n at ``start + k * step``.

    Attributes:
        start_s, step_s: (packets,) session time.
        dt_s: (packets,) spacing of the rows of each packet, s.
    """

    start_s: FloatArray
    step_s: FloatArray
    dt_s: FloatArray

    def __len__(self) -> int:
        """Number of packets."""
        return len(self.start_s)

    def samples(self, run: PacketRun, first: int) -> Samples:
        """The rows of packets ``first`` and on of the run that was placed."""
        count, n = len(self), run.n
        packets = slice(first, first + count)
        steps = np.arange(1.0, n + 1.0)
        return Samples(
            (self.start_s[:, None] + steps * self.step_s[:, None]).reshape(-1),
            np.repeat(self.dt_s, n),
            run.acc_m_s2[packets].reshape(-1, 3),
            run.gyr_rad_s[packets].reshape(-1, 3),
            plain_flags(0, count * n),
        )


def device_steps(
    device_s: float, lasts: Iterable[tuple[float, float]], n: int, phase_slew: float
) -> tuple[FloatArray, FloatArray]:
    """Spread phase errors over the rows of their packets.

    Args:
        device_s: device time of the newest row, s.
        lasts: device time of each packet's last sample and sample period then, s.
        n: rows of a packet.
        phase_slew: largest relative difference of a row's spacing from the period.

    Returns:
        Device time of each packet's last row and spacing of its rows, s.
    """
    low, high = 1.0 - phase_slew, 1.0 + phase_slew
    ends_s: list[float] = []
    steps_s: list[float] = []
    for target_s, period_s in lasts:
        step_s = (target_s - device_s) / n
        least_s, most_s = period_s * low, period_s * high
        step_s = least_s if step_s < least_s else most_s if step_s > most_s else step_s
        device_s += n * step_s
        ends_s.append(device_s)
        steps_s.append(step_s)
    return np.array(ends_s), np.array(steps_s)


def session_steps(time_s: float, ends_s: Iterable[float], n: int) -> tuple[float, FloatArray, FloatArray]:
    """Lay the rows of packets evenly between the ends of the packets.

    Args:
        time_s: session time of the newest row, s.
        ends_s: session time at which each packet's last row is due, s.
        n: rows of a packet.

    Returns:
        Session time of the last row laid, and start and spacing of each packet's rows, s.
    """
    starts_s: list[float] = []
    spans_s: list[float] = []
    for end_s in ends_s:
        span_s = (end_s - time_s) / n
        starts_s.append(time_s)
        spans_s.append(span_s)
        time_s += n * span_s
    return time_s, np.array(starts_s), np.array(spans_s)
