"""A sensor as data: what one spec file says, checked and frozen.

In: values the parser has checked. Out: dataclasses. Must not live here: TOML, bytes, decoding, a sensor's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sensor_pipeline.devices.layout import Command, Endian, Stream
from sensor_pipeline.devices.wire import WireType
from sensor_pipeline.errors import UserError

Provenance = Literal["self-constructed", "vendor document", "vendor unit test", "repository test", "capture"]
PROVENANCES: Final[tuple[Provenance, ...]] = (
    "self-constructed",
    "vendor document",
    "vendor unit test",
    "repository test",
    "capture",
)
"""Where the bytes of a vector come from; only ``capture`` (a real sensor's notification) proves a spec."""


@dataclass(frozen=True, slots=True)
class Match:
    """What an advertisement must show. ``company_id`` is the Bluetooth SIG's number of the vendor."""

    local_names: tuple[str, ...] = ()
    local_name_prefixes: tuple[str, ...] = ()
    company_id: int | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Char:
    """A GATT characteristic. ``service`` is set only where its UUID occurs in several services of the sensor."""

    uuid: str
    service: str | None = None


@dataclass(frozen=True, slots=True)
class RateOptions:
    """Rates the sensor offers, in Hz.

    Attributes:
        hz: the list of rates, empty where any rate between ``hz_min`` and ``hz_max`` will do.
        hz_min, hz_max: ends of the offer.
        default_hz: what the project asks for.
        persistent: True where the sensor keeps the rate over power off.
        set: commands that set it, before the stream is started.
        codes: (rate, code) for sensors that name rates by number.
        settings: values of the other template fields.
        verify: how a person makes sure of the rate, "" where nothing is known to go wrong.
    """

    hz: tuple[float, ...]
    hz_min: float
    hz_max: float
    default_hz: float
    persistent: bool = False
    set: tuple[Command, ...] = ()
    codes: tuple[tuple[float, int], ...] = ()
    settings: Mapping[str, int] | None = None
    verify: str = ""


@dataclass(frozen=True, slots=True)
class ReadField:
    """One number of an info or battery block; ``lo`` and ``hi`` bound its value after scaling."""

    name: str
    offset: int
    type: WireType
    scale: float = 1.0
    lo: float | None = None
    hi: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """How a block arrives as a notification: on which characteristic, behind which first bytes."""

    char: str
    prefix: bytes


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A block of numbers that is read: info or battery.

    Attributes:
        char: characteristic to read, None where it comes only as a reply to ``request``.
        length: bytes of the block; ``exact`` says whether longer ones are refused.
        fields: its numbers; offsets count from the block's first byte.
        prefix: bytes the block starts with.
        reply: the notification that carries the same block.
        request: command that asks for it.
        percent_table: rising (volts, percent) pairs for sensors that tell volts, empty otherwise.
    """

    char: str | None
    length: int
    exact: bool
    endian: Endian
    fields: tuple[ReadField, ...]
    prefix: bytes = b""
    reply: Reply | None = None
    request: Command | None = None
    percent_table: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedPacket:
    """What one packet of a vector decodes to; None = not stated. Value rows may be only the first ones."""

    packet: str
    n: int
    counter: int | None = None
    ticks: int | None = None
    flags: tuple[str, ...] = ()
    values: Mapping[str, tuple[tuple[float, ...], ...]] | None = None


@dataclass(frozen=True, slots=True)
class Vector:
    """Bytes with their meaning, and where they come from.

    Attributes:
        name: unique in the spec.
        stream: stream (or packet) they belong to.
        provenance, source: where the bytes come from; ``recorded`` (date and firmware) for captures, else "".
        info: info block to read first, b"" = none.
        notifications: (characteristic, payload) pairs in order.
        packets: what they must decode to, all of them.
        rejected, replies, skipped_bytes: how much must be refused, handed on as a reply, skipped.
    """

    name: str
    stream: str
    provenance: Provenance
    source: str
    recorded: str
    info: bytes
    notifications: tuple[tuple[str, bytes], ...]
    packets: tuple[ExpectedPacket, ...]
    rejected: int = 0
    replies: int = 0
    skipped_bytes: int = 0


@dataclass(frozen=True, slots=True)
class SensorSpec:
    """One sensor. ``where`` names the file it was read from, ``text`` is the file itself (it goes into sessions)."""

    id: str
    name: str
    vendor: str
    grade: str
    advice: str
    unsuitable: str
    acc_range_g: tuple[float, ...]
    gyr_range_dps: tuple[float, ...]
    match: Match
    min_att_mtu: int
    stops_on_disconnect: bool
    chars: Mapping[str, Char]
    rate: RateOptions
    battery: ReadBlock | None
    info: ReadBlock | None
    streams: Mapping[str, Stream]
    vectors: tuple[Vector, ...]
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    where: str
    text: str

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of all channels, sorted."""
        return tuple(sorted(frozenset[str]().union(*(stream.channels for stream in self.streams.values()))))

    @property
    def why_not_for_angle(self) -> str:
        """Why the sensor cannot give the shin angle in motion, "" where it can. Derived, except ``unsuitable``."""
        if not any({"acc", "gyr"} <= stream.channels for stream in self.streams.values()):
            missing = sorted({"acc", "gyr"} - set(self.channels)) or ["a stream with both acc and gyr"]
            return f"it sends no {' and no '.join(missing)}: inclination at rest only"
        return self.unsuitable

    @property
    def sufficient_for_angle(self) -> bool:
        """True where acc and gyr come in one stream and nothing else forbids."""
        return not self.why_not_for_angle

    @property
    def tried_on_hardware(self) -> bool:
        """True once a real capture that decodes to packets is among the vectors."""
        return any(vector.provenance == "capture" and vector.packets for vector in self.vectors)

    @property
    def status(self) -> str:
        """The same in words."""
        return "tried on hardware" if self.tried_on_hardware else "not yet tried on hardware"

    def stream(self, name: str | None = None) -> Stream:
        """Find a stream, or the stream of one packet kind.

        Args:
            name: a stream, None = the first one, or a packet's name that occurs in one stream only.

        Returns:
            The stream; for a packet's name reduced to that packet.

        Raises:
            UserError: no such stream; the message lists what there is.
        """
        if name is None:
            return next(iter(self.streams.values()))
        if name in self.streams:
            return self.streams[name]
        named = [(s, p) for s in self.streams.values() for p in s.packets if p.name == name]
        if len(named) == 1:
            s, packet = named[0]
            return Stream(s.name, s.about, s.start, s.stop, s.framing, s.replies, (packet,))
        raise UserError(f"{self.id} has no stream {name!r}; choose one of {', '.join(self.streams)}")
