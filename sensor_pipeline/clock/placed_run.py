"""Packets that follow each other without trouble, placed in time together: one column a step, one entry a packet.

In: what sequence and host map say of each packet. Out: the rows of all of them. Must not live here: whether a packet
is usual, the state of a stream. The arithmetic is that of a single packet, step by step, so that the bits are the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensor_pipeline.clock.rows import plain_flags
from sensor_pipeline.types import BoolArray, FloatArray, PacketRun, Samples


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
    device_s: float, lasts_s: FloatArray, periods_s: FloatArray, n: int, slew: tuple[float, float]
) -> tuple[FloatArray, FloatArray]:
    """Spread phase errors over the rows of their packets.

    Args:
        device_s: device time of the newest row, s.
        lasts_s: (packets,) device time of each packet's last sample, s.
        periods_s: (packets,) sample period then, s.
        n: rows of a packet.
        slew: smallest and largest spacing of rows, in periods.

    Returns:
        (packets,) device time of each packet's last row and spacing of its rows, s.
    """
    _, steps_s, usual = _meeting_ends(device_s, lasts_s, n)
    usual &= (steps_s >= periods_s * slew[0]) & (steps_s <= periods_s * slew[1])
    at = len(usual) if usual.all() else int(usual.argmin())
    ends_s = lasts_s.copy()
    if at > 0:
        device_s = float(lasts_s[at - 1])
    for k, last_s in enumerate(lasts_s[at:].tolist(), at):
        steps_s[k] = step_s = even_step(last_s - device_s, n, float(periods_s[k]), slew)
        device_s += n * step_s
        ends_s[k] = device_s
    return ends_s, steps_s


def session_steps(time_s: float, ends_s: FloatArray, n: int) -> tuple[float, FloatArray, FloatArray]:
    """Lay the rows of packets evenly between the ends of the packets.

    Args:
        time_s: session time of the newest row, s.
        ends_s: (packets,) session time at which each packet's last row is due, s.
        n: rows of a packet.

    Returns:
        Session time of the last row laid, and (packets,) start and spacing of each packet's rows, s.
    """
    starts_s, spans_s, usual = _meeting_ends(time_s, ends_s, n)
    at = len(usual) if usual.all() else int(usual.argmin())
    if at > 0:
        time_s = float(ends_s[at - 1])
    for k, end_s in enumerate(ends_s[at:].tolist(), at):
        starts_s[k] = time_s
        spans_s[k] = span_s = (end_s - time_s) / n
        time_s += n * span_s
    return time_s, starts_s, spans_s


def even_step(span_s: float, rows: int, period_s: float, slew: tuple[float, float]) -> float:
    """Spacing of ``rows`` rows, s, that reaches ``span_s``, or as near as the bounds ``slew`` allow, in periods."""
    step_s = span_s / rows
    least_s, most_s = period_s * slew[0], period_s * slew[1]
    return least_s if step_s < least_s else most_s if step_s > most_s else step_s


def _meeting_ends(start_s: float, ends_s: FloatArray, n: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Starts and steps of packets whose last rows meet their ends, and where they do so to the last bit.

    A last row is ``start + n * ((end - start) / n)``: the end itself, but for rounding where time has just begun. So
    each packet starts at the end of the one before, up to the first one where that is not so.
    """
    starts_s = np.empty_like(ends_s)
    starts_s[0], starts_s[1:] = start_s, ends_s[:-1]
    steps_s = (ends_s - starts_s) / n
    return starts_s, steps_s, starts_s + n * steps_s == ends_s
