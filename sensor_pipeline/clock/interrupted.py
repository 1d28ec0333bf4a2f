"""A segment that ended with its radio link, in case the sensor went on counting.

In: the segment as it was left, the first packet after it. Out: how many samples are missing between them, or that
nothing tells. Must not live here: rows, events, ledgers, what ends a link.
"""

from __future__ import annotations

from typing import NamedTuple

from sensor_pipeline.clock.sequence import Sequence
from sensor_pipeline.types import Packet


class Interrupted(NamedTuple):
    """What is kept of a segment whose link was lost.

    Attributes:
        sequence: where its counter and stamp stood.
        boot: identifies the sensor's boot; None = not read.
        host_s: arrival of its last packet, s of session time.
        delay_s: how late that packet was, s.
        refused: samples of packets that were refused after it.
        stamped: whether packets carry stamps: a counter alone may have wrapped in the silence.
    """

    sequence: Sequence
    boot: int | None
    host_s: float
    delay_s: float
    refused: int
    stamped: bool

    def missing_before(self, packet: Packet, boot: int | None, host_s: float, trust_s: float) -> int | None:
        """Count the samples missing before the first packet of a new link.

        Args:
            packet: that packet.
            boot: as read from the sensor since the link is back; None = not read.
            host_s: the packet's arrival, s of session time.
            trust_s: a silence from this long on, s, may have wrapped the stamp unseen.

        Returns:
            The number; None where another boot, or counter and stamp, say that it cannot be known.
        """
        silence_s = host_s - self.host_s
        if (
            boot is None
            or boot != self.boot
            or not self.stamped
            or "time_reset" in packet.flags
            or silence_s >= trust_s
        ):
            return None
        verdict = self.sequence.judge(packet, silence_s, self.delay_s)
        return None if verdict.doubt else verdict.missing
