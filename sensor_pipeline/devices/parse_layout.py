"""Streams of a spec: from checked tables to :class:`~sensor_pipeline.devices.spec.Stream`.

In: the ``[streams]`` tables. Out: streams. Must not live here: what refers to other tables (see ``references``),
TOML, bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from sensor_pipeline.devices.layout import (
    Bits,
    Command,
    ConfigId,
    Const,
    Counter,
    DeltaFrame,
    Endian,
    FlagBits,
    Framing,
    PacketLayout,
    PmdCodec,
    SampleField,
    SampleLayout,
    Stream,
    SyncFrame,
    TimeStamp,
)
from sensor_pipeline.devices.table import Table, did_you_mean
from sensor_pipeline.devices.wire import SAMPLE_TYPES, UNITS, UNSIGNED, WIDTHS, WIRE_TYPES, WireType
from sensor_pipeline.types import RefersTo

MAX_VALUE_BYTES: Final = 512
"""Longest attribute value (Bluetooth Core 5.4, Vol 3 Part F 3.2.9): no notification is longer."""
MAX_PACKET_BYTES: Final = 4096
"""Longest packet put together from several notifications: 170 samples of 24 bytes, far above any sensor listed."""
FLAG_NAMES: Final = ("clipped", "gap_before", "time_reset")
"""Names a header bit may have: those the clock and the pipeline act on."""
REFERS_TO: Final[tuple[RefersTo, ...]] = get_args(RefersTo)
ENDIANS: Final[tuple[Endian, ...]] = get_args(Endian)
FRAMINGS: Final = ("sync", "gsp")
MAX_SAMPLES: Final = 255
RANGES = Mapping[str, float | None]
"""Channel -> full scale in SI units, None where the spec states none or several."""


def parse_command(table: Table) -> Command:
    """One command: ``char`` and ``hex`` (places allowed), ``response``, ``wait_ms``."""
    template = table.text("hex")
    command = Command(
        char=table.text("char"),
        template=template.replace(" ", ""),
        response=table.flag("response", True),
        wait_s=table.number("wait_ms", 0.0, 5000.0, 0.0) / 1000.0,
    )
    table.done()
    return command


def parse_stream(name: str, table: Table, endian: Endian, ranges: RANGES) -> Stream:
    """One stream with its packets."""
    packets = table.table("packets")
    stream = Stream(
        name=name,
        about=table.text("about", ""),
        start=tuple(parse_command(item) for item in table.tables("start")),
        stop=tuple(parse_command(item) for item in table.tables("stop")),
        framing=_framing(table.table("framing")) if table.has("framing") else Framing(),
        replies=table.texts("replies"),
        packets=tuple(_packet(key, packets.table(key), endian, ranges) for key in packets.names()),
    )
    if not stream.packets:
        table.problem("packets", "is empty; a stream needs one packet layout or more")
    table.done()
    return stream


def wire_type(table: Table, key: str = "type", choices: tuple[str, ...] = tuple(WIRE_TYPES)) -> WireType:
    """A wire type by name."""
    return WIRE_TYPES[table.text(key, None, choices)]


def parse_endian(table: Table, default: Endian) -> Endian:
    """``little`` or ``big``."""
    found = table.text("endian", default, ENDIANS)
    return "big" if found == "big" else "little"


def _framing(table: Table) -> Framing:
    kind = table.text("kind", None, FRAMINGS)
    if kind == "gsp":
        framing = Framing("gsp", reference=table.integer("reference", 0, 255))
    else:
        framing = Framing("sync", tuple(_sync_frame(item) for item in table.tables("frames")))
        if not framing.frames:
            table.problem("frames", "is empty; a byte stream needs at least one frame")
        for i, frame in enumerate(framing.frames):
            # first bytes inside of others would make the result depend on where a notification ends
            if any(frame.sync in other.sync or other.sync in frame.sync for other in framing.frames[:i]):
                table.problem(f"frames[{i}].sync", f"{frame.sync.hex()!r} is part of another frame's", frame.sync.hex())
    table.done()
    return framing


def _sync_frame(table: Table) -> SyncFrame:
    sync = table.hex_bytes("sync", 8)
    role = table.text("role", "packet", ("packet", "reply"))
    length = table.integer("length", 1, MAX_VALUE_BYTES)
    if not 2 <= len(sync) <= length:
        table.problem("sync", f"needs at least 2 bytes and at most the frame's {length}, got {len(sync)}", sync.hex())
    table.done()
    return SyncFrame(sync, length, "reply" if role == "reply" else "packet")


def _packet(name: str, table: Table, endian: Endian, ranges: RANGES) -> PacketLayout:
    before = table.problem_count
    endian = parse_endian(table, endian)
    codec = _codec(table.table("codec")) if table.has("codec") else None
    fields = () if codec else tuple(_field(item, ranges) for item in table.tables("fields"))
    if not codec and not fields:
        table.problem("fields", "is missing; a packet needs fields or a codec")
    for i, field in enumerate(fields):
        if field.channel in [other.channel for other in fields[:i]]:
            table.problem(f"fields[{i}].channel", f"{field.channel!r} is there twice", field.channel)
    end = max((f.offset + WIDTHS[f.channel] * f.type.size for f in fields), default=0)
    samples = _samples(table.table("samples"), fields, end) if table.has("samples") else _one_sample(end, codec)
    exact = table.has("length") or table.has("samples")
    if codec is not None:
        min_len = codec.header + 1
    elif table.has("samples"):
        min_len = samples.header + samples.n_min * samples.stride
    else:
        key = "length" if exact else "min_len"
        min_len = table.integer(key, 1, MAX_VALUE_BYTES)
        if min_len < end and table.problem_count == before:
            table.problem(key, f"{min_len} bytes, but the fields end at {end}", min_len)
    layout = PacketLayout(
        name=name,
        char=table.text("char"),
        endian=endian,
        min_len=min_len,
        exact=exact,
        padded_len=table.integer("padded_len", min_len, MAX_VALUE_BYTES, min_len),
        const=tuple(_const(item) for item in table.tables("const")),
        count=_bits_done(table.table("count")) if table.has("count") else None,
        flags=_flags(table.table("flags")) if table.has("flags") else None,
        config_id=_config_id(table.table("config_id")) if table.has("config_id") else None,
        counter=_counter(table.table("counter")) if table.has("counter") else None,
        time=_time(table.table("time")) if table.has("time") else None,
        samples=samples,
        fields=fields,
        codec=codec,
    )
    if table.problem_count == before:  # a stand-in would only give follow-up problems
        _check_header(layout, table)
    table.done()
    return layout


def _check_header(layout: PacketLayout, table: Table) -> None:
    """Header numbers lie inside the shortest packet, in front of the samples, and do not overlap by halves."""
    items = layout.header_items()
    room = layout.samples.header if table.has("samples") else layout.min_len
    if layout.codec is not None:
        room = layout.codec.header
    for i, (key, bits) in enumerate(items):
        if bits.offset + bits.type.size > room:
            table.problem(
                key, f"bytes {bits.offset}..{bits.offset + bits.type.size - 1} are outside the {room} it may use"
            )
        for other_key, other in items[:i]:
            apart = bits.offset + bits.type.size <= other.offset or other.offset + other.type.size <= bits.offset
            if not apart and (bits.offset, bits.type) != (other.offset, other.type):
                table.problem(key, f"overlaps {other_key} by halves: bytes {bits.offset} and {other.offset}")
    if layout.count is not None and not table.has("samples"):
        table.problem("count", "needs a samples table: without it a packet has one sample")
    if layout.codec is None and not {"acc", "gyr"} & layout.channels:
        table.problem("fields", "carry neither acc nor gyr")


def _one_sample(end: int, codec: PmdCodec | None) -> SampleLayout:
    return SampleLayout(0, end, 1, MAX_PACKET_BYTES if codec else 1, codec.usual if codec else 1, None, False)


def _samples(table: Table, fields: tuple[SampleField, ...], end: int) -> SampleLayout:
    planar = table.text("layout", "interleaved", ("interleaved", "planar")) == "planar"
    header = table.integer("header", 0, MAX_VALUE_BYTES)
    packed = sum(WIDTHS[f.channel] * f.type.size for f in fields)
    stride = table.integer("stride", 1, MAX_VALUE_BYTES)
    if stride < (packed if planar else end) or (planar and stride != packed):
        table.problem(
            "stride", f"{stride} bytes do not hold the fields, which take {packed if planar else end}", stride
        )
    if planar and any(field.offset for field in fields):
        table.problem("layout", "planar fields have no offset: channels follow each other in blocks", "planar")
    n_min = table.integer("min", 1, MAX_SAMPLES, 1)
    n_max = table.integer("max", n_min, MAX_SAMPLES)
    if header + n_max * stride > MAX_PACKET_BYTES:
        table.problem("max", f"{n_max} samples of {stride} bytes are more than {MAX_PACKET_BYTES} bytes", n_max)
    per_hz = table.number("hz_per_sample", 0.1, 10000.0) if table.has("hz_per_sample") else None
    usual = table.integer("usual", n_min, n_max, n_min)
    table.done()
    return SampleLayout(header, stride, n_min, n_max, usual, per_hz, planar)


def _field(table: Table, ranges: RANGES) -> SampleField:
    channel = table.text("channel", None, tuple(UNITS))
    unit = table.text("unit", None, tuple(UNITS[channel]))
    from_info = table.has("scale_info")
    if from_info and table.has("scale"):
        table.problem("scale", "stands beside scale_info; keep one of them")
    field = SampleField(
        channel=channel,
        offset=table.integer("offset", 0, MAX_VALUE_BYTES, 0),
        type=wire_type(table, choices=SAMPLE_TYPES),
        scale=None if from_info else table.number("scale", 1e-12, 1e3, 1.0),
        scale_info=table.text("scale_info") if from_info else None,
        unit=unit,
        unit_factor=UNITS[channel].get(unit, 1.0),
        full_scale=ranges.get(channel),
    )
    table.done()
    return field


def _bits(table: Table) -> Bits:
    kind = wire_type(table, choices=UNSIGNED)
    return Bits(table.integer("offset", 0, MAX_VALUE_BYTES), kind, table.integer("mask", 1, kind.hi or 0, kind.hi))


def _bits_done(table: Table) -> Bits:
    bits = _bits(table)
    table.done()
    return bits


def _const(table: Table) -> Const:
    bits = _bits(table)
    values = table.integers("values", 0, bits.mask)
    if not values or any(value & ~bits.mask for value in values):
        table.problem("values", f"needs one value or more inside the mask {bits.mask:#x}, got {list(values)}", values)
    table.done()
    return Const(bits.offset, bits.type, bits.mask, values)


def _flags(table: Table) -> FlagBits:
    bits = _bits(table)
    if bits.type.size != 1:
        table.problem("type", f"flags are one byte (u8), got {bits.type.name}", bits.type.name)
    bit_names = table.table("names")
    pairs = []
    for name in bit_names.names():
        if name not in FLAG_NAMES:
            bit_names.problem(name, f"is no flag{did_you_mean(name, FLAG_NAMES)}", name)
        mask = bit_names.integer(name, 1, 255)
        if mask & ~bits.mask:
            bit_names.problem(name, f"{mask:#x} is outside the mask {bits.mask:#x}", mask)
        pairs.append((name, mask))
    table.done()
    return FlagBits(bits.offset, bits.type, bits.mask, tuple(pairs))


def _config_id(table: Table) -> ConfigId:
    bits = _bits(table)
    info = table.text("info")
    table.done()
    return ConfigId(bits.offset, bits.type, bits.mask, info)


def _wrap_bits(table: Table, kind: WireType) -> int:
    wrap = table.integer("wrap_bits", 1, 64, kind.bits)
    if wrap > kind.bits:
        table.problem("wrap_bits", f"{wrap} bits do not fit the type {kind.name}", wrap)
    return wrap


def _counter(table: Table) -> Counter:
    bits = _bits(table)
    counts = table.text("counts", None, ("samples", "packets"))
    wrap = _wrap_bits(table, bits.type)
    table.done()
    return Counter(bits.offset, bits.type, bits.mask, wrap, "packets" if counts == "packets" else "samples")


def _time(table: Table) -> TimeStamp:
    bits = _bits(table)
    tick_s = table.number("tick_s", 1e-9, 10.0)
    named = table.text("refers_to", None, REFERS_TO)
    refers_to: RefersTo = next((r for r in REFERS_TO if r == named), "sample")
    wrap = _wrap_bits(table, bits.type)
    table.done()
    return TimeStamp(bits.offset, bits.type, bits.mask, wrap, tick_s, refers_to)


def _codec(table: Table) -> PmdCodec:
    table.text("kind", None, ("polar-pmd",))
    channel = table.text("channel", None, ("acc", "gyr"))
    units = tuple(UNITS[channel])
    raw: dict[int, tuple[int, float]] = {}
    for item in table.tables("raw"):
        size = item.integer("bits", 8, 32) // 8
        raw[item.integer("frame_type", 0, 127)] = (size, UNITS[channel].get(item.text("unit", None, units), 1.0))
        item.done()
    delta: dict[int, DeltaFrame] = {}
    for item in table.tables("delta"):
        unit = UNITS[channel].get(item.text("unit", None, units), 1.0)
        float_bits = item.flag("float_bits", False)
        ref_bits = item.integer("ref_bits", 8, 32)
        if float_bits and ref_bits != 32:
            item.problem("ref_bits", f"float bit patterns need 32 bits, got {ref_bits}", ref_bits)
        delta[item.integer("frame_type", 0, 127)] = DeltaFrame(ref_bits, unit, float_bits)
        item.done()
    codec = PmdCodec(
        channel="acc" if channel == "acc" else "gyr",
        measurement=table.integer("measurement", 0, 255),
        header=table.integer("header", 2, 64),
        raw=raw,
        delta=delta,
        factor_char=table.text("factor_char"),
        usual=table.integer("usual", 1, MAX_SAMPLES),
    )
    if not raw and not delta:
        table.problem("", "needs raw or delta frames")
    table.done()
    return codec
