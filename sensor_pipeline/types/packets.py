"""What a decoder makes of a payload, and how a stream tells its time.

What is made for every packet is not to be changed, but not frozen: a frozen object takes four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sensor_pipeline.types.basic import Channel, FloatArray, IntArray, RefersTo


@dataclass(slots=True)
class Packet:
    """Decoded samples of one frame.

    Attributes:
        stream: which clock these samples belong to: ``StreamTiming.stream``.
        n: number of samples.
        acc_m_s2: (n, 3) specific force in chip axes, None where the stream carries none.
        gyr_rad_s: (n, 3) angular rate in chip axes, None where the stream carries none.
        counter: sample or packet counter as on the wire, None where there is none.
        ticks: device time stamp as on the wire, None where there is none.
        flags: names the spec gives to set bits: clipped, gap_before, time_reset.
        other: further channels by name (mag in T, quat, euler in rad), (n, k) each.
    """

    stream: str
    n: int
    acc_m_s2: FloatArray | None
    gyr_rad_s: FloatArray | None
    counter: int | None = None
    ticks: int | None = None
    flags: tuple[str, ...] = ()
    other: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PacketRun:
    """Packets of one stream that arrived one after the other, all of one length and none with a flag.

    Attributes:
        stream: as in :class:`Packet`.
        n: samples of each packet.
        acc_m_s2, gyr_rad_s: (packets, n, 3), C-contiguous.
        counter: (packets,) as on the wire, of at most 62 bits, None where there is none.
        ticks: (packets,) as on the wire, of at most 62 bits, None where there is none.
    """

    stream: str
    n: int
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray
    counter: IntArray | None
    ticks: IntArray | None

    def __len__(self) -> int:
        """Number of packets."""
        return len(self.acc_m_s2)

    def head(self, packets: int) -> PacketRun:
        """The first ``packets`` of the run."""
        return PacketRun(
            self.stream,
            self.n,
            self.acc_m_s2[:packets],
            self.gyr_rad_s[:packets],
            None if self.counter is None else self.counter[:packets],
            None if self.ticks is None else self.ticks[:packets],
        )

    def packet(self, index: int) -> Packet:
        """One packet of the run, with arrays of its own: it keeps nothing of the run alive."""
        return Packet(
            self.stream,
            self.n,
            self.acc_m_s2[index].copy(),
            self.gyr_rad_s[index].copy(),
            None if self.counter is None else int(self.counter[index]),
            None if self.ticks is None else int(self.ticks[index]),
        )


@dataclass(slots=True)
class Decoded:
    """Everything one notification gave.

    Attributes:
        packets: decoded, in order.
        skipped_bytes: bytes that belong to no frame.
        replies: answers to commands.
        skipped_samples: how many samples the skipped bytes would have held, as far as whole frames fit into them.
    """

    packets: tuple[Packet, ...]
    skipped_bytes: int = 0
    replies: tuple[bytes, ...] = ()
    skipped_samples: int = 0


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """How one stream tells its time: what the clock needs to know of a spec.

    Attributes:
        stream: name that packets carry.
        channel: imu (acc and gyr together), acc or gyr.
        period_s: nominal sample period; a start value only.
        samples_per_packet: usual number of samples in a packet, used to judge a packet that could not be read.
        counter_bits, counts: width of the counter and whether it counts samples or packets; None without a counter.
        tick_s, tick_bits, refers_to: time stamp unit, width, and which sample it belongs to; None without a stamp.
    """

    stream: str
    channel: Channel
    period_s: float
    samples_per_packet: int = 1
    counter_bits: int | None = None
    counts: Literal["samples", "packets"] | None = None
    tick_s: float | None = None
    tick_bits: int | None = None
    refers_to: RefersTo | None = None
