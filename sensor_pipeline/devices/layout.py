"""How one stream's packets lie in notifications: framing, header numbers, samples, channels, codec.

In: values the parser has checked. Out: dataclasses. Must not live here: TOML, bytes, decoding, a sensor's name.

Offsets count bytes. A *stream* is what a person starts and records; it has one or more *packets* (layouts), each with
its own clock: one for a sensor that sends acc and gyr together, two for a sensor that sends them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sensor_pipeline.devices.wire import WireType
from sensor_pipeline.types import Channel, RefersTo

Endian = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class Command:
    """Bytes to write. ``template`` is hexadecimal text with ``{field:type}`` places; see :mod:`.commands`."""

    char: str
    template: str
    response: bool = True
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Bits:
    """An unsigned number in a packet's header, after ``mask``."""

    offset: int
    type: WireType
    mask: int


@dataclass(frozen=True, slots=True)
class Const(Bits):
    """A header number that must have one of ``values``: this is how packets on one characteristic are told apart."""

    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FlagBits(Bits):
    """Header bits with names: (name, bit mask) pairs."""

    names: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ConfigId(Bits):
    """A header number that must equal the info block's field ``info``: a stale scale is impossible."""

    info: str


@dataclass(frozen=True, slots=True)
class Counter(Bits):
    """Counter of samples or packets; wraps at 2 ** ``wrap_bits``."""

    wrap_bits: int
    counts: Literal["samples", "packets"]


@dataclass(frozen=True, slots=True)
class TimeStamp(Bits):
    """Device time in units of ``tick_s``; wraps at 2 ** ``wrap_bits``; belongs to the sample ``refers_to`` names."""

    wrap_bits: int
    tick_s: float
    refers_to: RefersTo


@dataclass(frozen=True, slots=True)
class SampleField:
    """One channel of a sample.

    Attributes:
        channel: acc, gyr, mag, mag_au, quat or euler.
        offset: from the sample's first byte; in planar packets 0 (channels follow each other in blocks).
        type: wire type.
        scale: unit per LSB, None where it comes from the info block's field ``scale_info``.
        unit_factor: unit to SI.
        full_scale: range of the channel in SI units, None where the spec states none or several.
    """

    channel: str
    offset: int
    type: WireType
    scale: float | None
    scale_info: str | None
    unit: str
    unit_factor: float
    full_scale: float | None


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """How samples lie in a packet: ``header`` bytes, then n samples of ``stride`` bytes (planar: n of each channel).

    ``n_min`` and ``n_max`` bound n; ``usual`` is the usual n, or rate / ``hz_per_sample`` where that is given.
    """

    header: int
    stride: int
    n_min: int
    n_max: int
    usual: int
    hz_per_sample: float | None
    planar: bool


@dataclass(frozen=True, slots=True)
class DeltaFrame:
    """One kind of delta-compressed frame: width of the reference values, unit factor to SI, and float bit patterns."""

    ref_bits: int
    unit_factor: float
    float_bits: bool


@dataclass(frozen=True, slots=True)
class PmdCodec:
    """Polar measurement data frames of one channel.

    Attributes:
        channel: acc or gyr.
        measurement: first byte of the frame and third of the control point's reply.
        header: bytes before the content; the last of them is the frame type, bit 7 = delta.
        raw: frame type -> (bytes of a value, unit factor to SI).
        delta: frame type -> layout.
        factor_char: characteristic whose start reply carries the factor (TLV type 5, float32), 1.0 until then.
        usual: usual number of samples in a frame.
    """

    channel: Literal["acc", "gyr"]
    measurement: int
    header: int
    raw: Mapping[int, tuple[int, float]]
    delta: Mapping[int, DeltaFrame]
    factor_char: str
    usual: int


@dataclass(frozen=True, slots=True)
class PacketLayout:
    """One layout with its own clock.

    Attributes:
        name: what packets and timings call the stream.
        char: key of the characteristic that notifies it.
        min_len, exact: length without ``count``; exact = longer payloads are refused.
        padded_len: length the sensor pads it to; only the encoder needs it.
        samples, fields: where the values lie; fields are empty where a ``codec`` takes their place.
    """

    name: str
    char: str
    endian: Endian
    min_len: int
    exact: bool
    padded_len: int
    const: tuple[Const, ...]
    count: Bits | None
    flags: FlagBits | None
    config_id: ConfigId | None
    counter: Counter | None
    time: TimeStamp | None
    samples: SampleLayout
    fields: tuple[SampleField, ...]
    codec: PmdCodec | None

    @property
    def channels(self) -> frozenset[str]:
        """Names of the channels it carries."""
        return frozenset((self.codec.channel,) if self.codec else (field.channel for field in self.fields))

    def header_items(self) -> list[tuple[str, Bits]]:
        """Every number of the header with the key it stands under."""
        single = {
            "count": self.count,
            "flags": self.flags,
            "config_id": self.config_id,
            "counter": self.counter,
            "time": self.time,
        }
        items: list[tuple[str, Bits]] = [(f"const[{i}]", const) for i, const in enumerate(self.const)]
        return items + [(key, bits) for key, bits in single.items() if bits is not None]

    @property
    def channel(self) -> Channel:
        """What it gives: imu (acc and gyr together), acc or gyr."""
        if {"acc", "gyr"} <= self.channels:
            return "imu"
        return "acc" if "acc" in self.channels else "gyr"


@dataclass(frozen=True, slots=True)
class SyncFrame:
    """A frame of a byte stream: first bytes, length, and whether it is a packet or a reply to a command."""

    sync: bytes
    length: int
    role: Literal["packet", "reply"]


@dataclass(frozen=True, slots=True)
class Framing:
    """How packets lie in notifications.

    ``plain``: one each. ``sync``: frames split and merged at will. ``gsp``: byte 0 is 1 reply, 2 packet, 3 second part
    of a packet; byte 1 is ``reference``.
    """

    kind: Literal["plain", "sync", "gsp"] = "plain"
    frames: tuple[SyncFrame, ...] = ()
    reference: int = 0


@dataclass(frozen=True, slots=True)
class Stream:
    """What a person starts: commands (written after subscribing), framing, packets.

    ``replies`` names characteristics whose notifications answer commands.
    """

    name: str
    about: str
    start: tuple[Command, ...]
    stop: tuple[Command, ...]
    framing: Framing
    replies: tuple[str, ...]
    packets: tuple[PacketLayout, ...]

    @property
    def channels(self) -> frozenset[str]:
        """Names of the channels all its packets carry."""
        return frozenset[str]().union(*(packet.channels for packet in self.packets))
