"""From the bytes of one packet to its numbers: a layout compiled once into a lean function.

In: a packet layout and the info block's numbers. Out: a function payload -> Packet. Must not live here: framing, state.

Each value is multiplied once by one precomputed factor (scale and unit folded together), so that a value does not
depend on what else the packet carries. A value counts as clipped when it is at an end of its integer type, or within
one LSB (floating point: at or beyond) of the full scale that the spec states for its channel.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sensor_pipeline.devices.header import Header, flag_table
from sensor_pipeline.devices.layout import PacketLayout, SampleField
from sensor_pipeline.devices.wire import ENDIAN_MARKS, WIDTHS
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import NO_OTHER, FloatArray, Packet

Unpack = Callable[[bytes], Packet]
CLIPPED: Final = "clipped"
Info = Mapping[str, float]
_Checked = tuple[int, int | None, int | None, tuple[str, ...]]


def compile_unpack(layout: PacketLayout, info: Info | None) -> Unpack:
    """Compile a layout without a codec.

    Args:
        layout: the packet's layout.
        info: the info block's numbers, None = not read yet.

    Returns:
        A function from a payload to a Packet; it raises PacketError on anything the layout does not allow.
    """
    if info is None and (layout.config_id is not None or any(field.scale is None for field in layout.fields)):
        return _refuse_before_info
    check = _compile_header(layout, info)
    groups = _groups(layout)
    readers = [_compile_values(layout, group, info) for group in groups]
    name = layout.name
    clip_names = {names: _with_clipped(names) for names in flag_table(layout)}
    first = readers[0]
    if len(readers) == 1 and [field.channel for field in groups[0]] == ["acc", "gyr"]:

        def unpack_imu(payload: bytes) -> Packet:
            n, counter, ticks, flags = check(payload)
            values, clipped = first(payload, n)
            return Packet(name, n, values[0], values[1], counter, ticks, clip_names[flags] if clipped else flags)

        return unpack_imu
    channels = [field.channel for group in groups for field in group]

    def unpack(payload: bytes) -> Packet:
        n, counter, ticks, flags = check(payload)
        found: dict[str, FloatArray] = {}
        left = iter(channels)
        for read in readers:
            values, clipped = read(payload, n)
            if clipped:
                flags = clip_names[flags]
            for array in values:
                found[next(left)] = array
        acc, gyr = found.pop("acc", None), found.pop("gyr", None)
        return Packet(name, n, acc, gyr, counter, ticks, flags, found or NO_OTHER)

    return unpack


def _refuse_before_info(payload: bytes) -> Packet:
    raise PacketError("no info block read yet: read the sensor's info characteristic first", payload)


def _with_clipped(names: tuple[str, ...]) -> tuple[str, ...]:
    return names if CLIPPED in names else (CLIPPED, *names)


def _compile_header(layout: PacketLayout, info: Info | None) -> Callable[[bytes], _Checked]:
    """A function payload -> (n, counter, ticks, flag names) that checks length, constants and configuration."""
    header = Header(layout)
    unpack_from, least = header.struct.unpack_from, header.size
    consts = tuple((header.place(const), const.mask, const.values) for const in layout.const)
    counts, n_bits = header.place(layout.count), layout.count
    flags_at, names = header.place(layout.flags), flag_table(layout)
    config_at, config = header.place(layout.config_id), layout.config_id
    expected_id = int(info[config.info]) if config is not None and info is not None else 0
    config_mask = config.mask if config is not None else 0
    count_mask = n_bits.mask if n_bits is not None else 0
    counter_at, time_at = header.place(layout.counter), header.place(layout.time)
    counter_end = 1 << layout.counter.wrap_bits if layout.counter is not None else 0
    ticks_end = 1 << layout.time.wrap_bits if layout.time is not None else 0
    counter_mask = layout.counter.mask if layout.counter is not None else 0
    ticks_mask = layout.time.mask if layout.time is not None else 0
    samples, min_len, exact = layout.samples, layout.min_len, layout.exact
    start, stride, n_min, n_max = samples.header, samples.stride, samples.n_min, samples.n_max
    many = n_max > 1 or start > 0

    def check(payload: bytes) -> _Checked:
        size = len(payload)
        if size < least:
            raise PacketError(f"{size} bytes; the header alone has {least}", payload)
        head = unpack_from(payload)
        for at, mask, values in consts:
            if head[at] & mask not in values:
                raise PacketError(f"header value {head[at] & mask:#x}; known here: {_hexes(values)}", payload)
        n, rest = divmod(size - start, stride) if many else (1, 0)
        if counts >= 0:
            claimed = head[counts] & count_mask
            if rest or claimed != n:
                needed = start + claimed * stride
                raise PacketError(f"{size} bytes; the {claimed} samples it claims need {needed}", payload, claimed)
        if rest or not n_min <= n <= n_max:
            reason = f"{size} bytes; {start} and {n_min} to {n_max} whole samples of {stride} bytes are allowed"
            raise PacketError(reason, payload)
        if size != min_len and not many and (exact or size < min_len):
            raise PacketError(f"{size} bytes; {min_len} {'are' if exact else 'or more are'} allowed", payload)
        if config_at >= 0 and head[config_at] & config_mask != expected_id:
            got = head[config_at] & config_mask
            reason = f"configuration {got}, the info block read last is of {expected_id}: read the info block again"
            raise PacketError(reason, payload, n)
        counter = ticks = None
        if counter_at >= 0:
            counter = head[counter_at] & counter_mask
            if counter >= counter_end:
                raise PacketError(f"counter {counter}; it wraps at {counter_end}", payload, n)
        if time_at >= 0:
            ticks = head[time_at] & ticks_mask
            if ticks >= ticks_end:
                raise PacketError(f"time stamp {ticks}; it wraps at {ticks_end}", payload, n)
        return n, counter, ticks, names[head[flags_at]] if flags_at >= 0 else ()

    return check


def _hexes(values: tuple[int, ...]) -> str:
    return ", ".join(f"{value:#x}" for value in values)


def _groups(layout: PacketLayout) -> list[tuple[SampleField, ...]]:
    """Acc and gyr of one type in one group (one multiplication for both), every other channel in its own."""
    by_name = {field.channel: field for field in layout.fields}
    acc, gyr = by_name.get("acc"), by_name.get("gyr")
    if acc is None or gyr is None or acc.type != gyr.type:
        return [(field,) for field in layout.fields]
    return [(acc, gyr), *((field,) for field in layout.fields if field.channel not in ("acc", "gyr"))]


def factors(field: SampleField, info: Info | None) -> float:
    """SI units per LSB of a field: scale and unit in one factor."""
    scale = field.scale if field.scale is not None else (info or {})[field.scale_info or ""]
    return scale * field.unit_factor


def block_offset(layout: PacketLayout, field: SampleField, n: int) -> int:
    """Where the values of a field start in a packet of ``n`` samples."""
    start = layout.samples.header + field.offset
    if layout.samples.planar:
        before = layout.fields[: layout.fields.index(field)]
        start += n * sum(WIDTHS[other.channel] * other.type.size for other in before)
    return start


def row_stride(layout: PacketLayout, field: SampleField) -> int:
    """Bytes from one sample of a field to the next."""
    return WIDTHS[field.channel] * field.type.size if layout.samples.planar else layout.samples.stride


def _compile_values(
    layout: PacketLayout, group: tuple[SampleField, ...], info: Info | None
) -> Callable[[bytes, int], tuple[FloatArray, bool]]:
    """A function (payload, n) -> ((len(group), n, width) array in SI units, clipped) for fields of one type."""
    first, last = group[0], group[-1]
    size, width, k = first.type.size, WIDTHS[first.channel], len(group)
    dtype = np.dtype(ENDIAN_MARKS[layout.endian] + first.type.code)
    # block offsets are linear in n (planar) or constant: two points give the line
    start = block_offset(layout, first, 0)
    start_n = block_offset(layout, first, 1) - start
    apart = block_offset(layout, last, 0) - start
    apart_n = block_offset(layout, last, 1) - start - start_n - apart
    row = row_stride(layout, first)
    factor = np.array([[[factors(field, info)]] for field in group])
    multiply, array = np.multiply, np.ndarray
    limits = [field.full_scale / factors(field, info) if field.full_scale else np.inf for field in group]

    if first.type.lo is None:
        limit = np.array([[[x]] for x in limits])

        def read_floats(payload: bytes, n: int) -> tuple[FloatArray, bool]:
            raw = array((k, n, width), dtype, payload, start + start_n * n, (apart + apart_n * n, row, size))
            if not np.isfinite(raw).all():  # before the multiplication: a signalling NaN would warn there
                raise PacketError(f"{_names(group)} holds a value that is not finite", payload, n)
            return multiply(raw, factor, order="C"), bool((np.abs(raw) >= limit).any())

        return read_floats

    lo, hi = first.type.lo, first.type.hi or 0
    high = np.array([[[min(float(hi), x - 1.0)]] for x in limits])
    low = np.array([[[float(lo) if lo == 0 else max(float(lo), 1.0 - x)]] for x in limits])
    # most packets hold no end-of-range bytes at all: a byte search settles it without a pass over the values
    ends = [struct.pack(dtype.str[0].replace("|", "<") + first.type.code, end) for end in (lo, hi)]
    end_lo, end_hi = ends
    ends_only = bool((high == hi).all() and (low == lo).all())
    is_channel = first.channel in ("acc", "gyr")

    def read_integers(payload: bytes, n: int) -> tuple[FloatArray, bool]:
        raw = array((k, n, width), dtype, payload, start + start_n * n, (apart + apart_n * n, row, size))
        clipped = (
            is_channel
            and (not ends_only or end_hi in payload or end_lo in payload)
            and bool(((raw >= high) | (raw <= low)).any())
        )
        return multiply(raw, factor, order="C"), clipped

    return read_integers


def _names(group: tuple[SampleField, ...]) -> str:
    return " or ".join(field.channel for field in group)
