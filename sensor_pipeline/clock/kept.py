"""Packets a stream keeps for a while: the last ones it used, and those that could not follow.

In: packets. Out: whether a packet came before. Must not live here: counters, stamps, time.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from sensor_pipeline.types import FloatArray, Packet


class Held(NamedTuple):
    """A packet that could not follow, with its arrival and the reason."""

    host_s: float
    packet: Packet
    doubt: str
    late: bool


class Recent:
    """The last packets of a segment that were used, and the newest gap between them.

    Attributes:
        last: the newest packet, None before the first of a stream.
    """

    __slots__ = ("_gap", "_packets", "last")

    def __init__(self, memory: int) -> None:
        """Args: how many packets are remembered to recognise a repeat."""
        self.last: Packet | None = None
        self._packets: deque[Packet] = deque(maxlen=memory)
        self._gap = (0, 0)  # indices [first, end): a packet that fits in came late

    @property
    def memory(self) -> int:
        """How many packets are remembered at most."""
        return self._packets.maxlen or 0

    def add(self, packet: Packet) -> None:
        """Remember a packet that was used."""
        self.last = packet
        self._packets.append(packet)

    def set_gap(self, first: int, end: int) -> None:
        """Remember the newest gap: indices of its first sample and of the first one after it."""
        self._gap = (first, end)

    def forget(self) -> None:
        """A new segment begins; the packet before stays known as the last one."""
        self._packets.clear()
        self._gap = (0, 0)

    def came_before(self, packet: Packet, first: int, late: bool) -> bool:
        """Whether a packet is an exact repeat, or fills a gap that was already closed.

        Args:
            packet: the packet.
            first: index of its first sample, where it stands by its counter and stamp.
            late: whether that place has passed.
        """
        if late and self._gap[0] <= first and first + packet.n <= self._gap[1]:
            return True
        return any(
            packet.counter == known.counter
            and packet.ticks == known.ticks
            and packet.n == known.n
            and _equal(packet.acc_m_s2, known.acc_m_s2)
            and _equal(packet.gyr_rad_s, known.gyr_rad_s)
            for known in self._packets
        )


def _equal(one: FloatArray | None, other: FloatArray | None) -> bool:
    return one is other or (one is not None and other is not None and bool(np.array_equal(one, other)))
