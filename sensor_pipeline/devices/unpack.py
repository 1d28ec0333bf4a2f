"""From the bytes of one packet to its numbers: a layout compiled once into a lean function.

In: a packet layout and the info block's numbers. Out: a function payload -> Packet. Must not live here: framing, state.

Each value is multiplied once by one precomputed factor (scale and unit folded together), so that a value does not
depend on what else the packet carries. A value counts as clipped when it is at an end of its integer type, or within
one LSB (floating point: at or beyond) of the full scale that the spec states for its channel.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from operator import itemgetter
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.devices.header import Header, flag_table
from sensor_pipeline.devices.layout import Counter, PacketLayout, SampleField, TimeStamp
from sensor_pipeline.devices.wire import ENDIAN_MARKS, WIDTHS
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import FloatArray, Packet

Unpack = Callable[[bytes], Packet]
CLIPPED: Final = "clipped"
NO_OTHER: Final[Mapping[str, FloatArray]] = MappingProxyType({})
"""Further channels of a packet that has none: one object for all, so that a packet costs no dict."""
Info = Mapping[str, float]
_MAX_REMEMBERED: Final = 1024
"""Bound of the headers that are remembered as good: 31 counts with 8 flag values are 248."""
_NO_SIGN: Final = 0x7FFF_FFFF
"""Mask of all bits of a 32-bit float but its sign."""
_SLACK_LSB: Final = 1e-6
"""Rounding of full scale divided by factor: 1e-16 of at most 2 ** 31 LSB."""
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
    check = compile_header(layout, info)
    groups = groups_of(layout)
    readers = [_compile_values(layout, group, info) for group in groups]
    name = layout.name
    clip_names = {names: _with_clipped(names) for names in flag_table(layout)}
    first = readers[0]
    if len(readers) == 1 and [field.channel for field in groups[0]] == ["acc", "gyr"]:

        def unpack_imu(payload: bytes) -> Packet:
            n, counter, ticks, flags = check(payload)
            values, clipped = first(payload, n)
            return Packet(
                name, n, values[0], values[1], counter, ticks, clip_names[flags] if clipped else flags, NO_OTHER
            )

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


def compile_header(layout: PacketLayout, info: Info | None) -> Callable[[bytes], _Checked]:
    """A function payload -> (n, counter, ticks, flag names) that checks length, constants and configuration.

    All header numbers but counter and stamp repeat from packet to packet: what was found good once is remembered.
    """
    header = Header(layout)
    unpack_from, least = header.struct.unpack_from, header.size
    judge = _compile_judge(layout, header, info)
    steady = sorted({header.place(bits) for key, bits in layout.header_items() if key not in ("counter", "time")})
    steady_of: Callable[[tuple[int, ...]], object] = itemgetter(*steady) if steady else len
    good: dict[object, tuple[int, tuple[str, ...]]] = {}
    counter_at, counter_mask, counter_end = _running(header, layout.counter)
    time_at, ticks_mask, ticks_end = _running(header, layout.time)

    def check(payload: bytes) -> _Checked:
        size = len(payload)
        if size < least:
            raise PacketError(f"{size} bytes; the header alone has {least}", payload)
        head = unpack_from(payload)
        key = (size, steady_of(head))
        found = good.get(key)
        if found is None:
            found = judge(payload, head)
            if len(good) >= _MAX_REMEMBERED:
                good.clear()
            good[key] = found
        counter = ticks = None
        if counter_at >= 0:
            counter = head[counter_at] & counter_mask
            if counter >= counter_end:
                raise PacketError(f"counter {counter}; it wraps at {counter_end}", payload, found[0])
        if time_at >= 0:
            ticks = head[time_at] & ticks_mask
            if ticks >= ticks_end:
                raise PacketError(f"time stamp {ticks}; it wraps at {ticks_end}", payload, found[0])
        return found[0], counter, ticks, found[1]

    return check


def _running(header: Header, bits: Counter | TimeStamp | None) -> tuple[int, int, int]:
    """Place, mask and end of a number that runs from packet to packet; place -1 where there is none."""
    return (-1, 0, 0) if bits is None else (header.place(bits), bits.mask, 1 << bits.wrap_bits)


def _compile_judge(
    layout: PacketLayout, header: Header, info: Info | None
) -> Callable[[bytes, tuple[int, ...]], tuple[int, tuple[str, ...]]]:
    """A function (payload, header numbers) -> (n, flag names) that refuses what the layout does not allow."""
    consts = tuple((header.place(const), const.mask, const.values) for const in layout.const)
    count, config, names = layout.count, layout.config_id, flag_table(layout)
    counts, flags_at, config_at = header.place(count), header.place(layout.flags), header.place(config)
    samples, min_len, exact = layout.samples, layout.min_len, layout.exact
    start, stride, n_min, n_max = samples.header, samples.stride, samples.n_min, samples.n_max
    many = n_max > 1 or start > 0

    def judge(payload: bytes, head: tuple[int, ...]) -> tuple[int, tuple[str, ...]]:
        size = len(payload)
        for at, mask, values in consts:
            if head[at] & mask not in values:
                raise PacketError(f"header value {head[at] & mask:#x}; known here: {_hexes(values)}", payload)
        n, rest = divmod(size - start, stride) if many else (1, 0)
        if count is not None:
            claimed = head[counts] & count.mask
            if rest or claimed != n:
                needed = start + claimed * stride
                raise PacketError(f"{size} bytes; the {claimed} samples it claims need {needed}", payload, claimed)
        if rest or not n_min <= n <= n_max:
            reason = f"{size} bytes; {start} and {n_min} to {n_max} whole samples of {stride} bytes are allowed"
            raise PacketError(reason, payload)
        if not many and (size < min_len or (exact and size > min_len)):
            raise PacketError(f"{size} bytes; {min_len} {'are' if exact else 'or more are'} allowed", payload)
        if config is not None and info is not None and head[config_at] & config.mask != info[config.info]:
            got = f"configuration {head[config_at] & config.mask}, the info block read last is of {info[config.info]}"
            raise PacketError(f"{got}: read the info block again", payload, n)
        return n, names[head[flags_at]] if flags_at >= 0 else ()

    return judge


def _hexes(values: tuple[int, ...]) -> str:
    return ", ".join(f"{value:#x}" for value in values)


def groups_of(layout: PacketLayout) -> list[tuple[SampleField, ...]]:
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
    mark = ENDIAN_MARKS[layout.endian]
    dtype = np.dtype(mark + first.type.code)
    row = row_stride(layout, first)
    starts = [(block_offset(layout, first, n), block_offset(layout, last, n)) for n in range(layout.samples.n_max + 1)]
    factor = np.array([[[factors(field, info)]] for field in group])
    # n -> shape, offset and strides of the view on the payload's bytes (field, sample, axis), and a factor for each
    # value: numpy multiplies two arrays of one shape in half the time it needs to broadcast one of them
    places = [
        ((k, n, width), start, (end - start, row, size), np.tile(factor, (1, n, width)))
        for n, (start, end) in enumerate(starts)
    ]
    multiply, array, float64 = np.multiply, np.ndarray, np.dtype(np.float64)
    low, high = clip_ends(group, info)

    if first.type.lo is None or first.type.hi is None:
        # without their sign bit, floats are ordered as whole numbers, infinity and then NaN at the end: one comparison
        # settles both questions, before the conversion, where a signalling NaN would warn
        bits, limit = np.dtype(mark + "u4"), _bits_from(high)

        def read_floats(payload: bytes, n: int) -> tuple[FloatArray, bool]:
            shape, start, strides, factor = places[n]
            raw = array(shape, dtype, payload, start, strides)
            beyond = bool(((array(shape, bits, payload, start, strides) & _NO_SIGN) >= limit).any())
            if beyond and not np.isfinite(raw).all():
                raise PacketError(f"{_names(group)} holds a value that is not finite", payload, n)
            values = raw.astype(float64, "C")
            return multiply(values, factor, values), beyond

        return read_floats

    lo, hi = first.type.lo, first.type.hi
    # most packets hold no end-of-range bytes at all: a byte search settles it without a pass over the values, and
    # most of them not even the highest byte of such a value, which is found in a tenth of that time
    end_lo, end_hi = (struct.pack(mark + first.type.code, end) for end in (lo, hi))
    top_lo, top_hi = (end[-1 if layout.endian == "little" else 0] for end in (end_lo, end_hi))
    ends_only = bool((high == hi).all() and (low == lo).all())
    may_clip = first.channel in ("acc", "gyr")

    def read_integers(payload: bytes, n: int) -> tuple[FloatArray, bool]:
        shape, start, strides, factor = places[n]
        raw = array(shape, dtype, payload, start, strides)
        values = raw.astype(float64, "C")
        multiply(values, factor, values)
        if may_clip and (
            not ends_only or (top_hi in payload and end_hi in payload) or (top_lo in payload and end_lo in payload)
        ):
            return values, bool(((raw >= high) | (raw <= low)).any())
        return values, False

    return read_integers


def clip_ends(group: tuple[SampleField, ...], info: Info | None) -> tuple[FloatArray, FloatArray]:
    """Raw values, (len(group), 1, 1) each, at or below and at or above which the fields of a group are clipped."""
    limits = [field.full_scale / factors(field, info) if field.full_scale else math.inf for field in group]
    lo, hi = group[0].type.lo, group[0].type.hi
    if lo is None or hi is None:
        high = limits
        low = [-x for x in limits]
    else:
        # full scale less one LSB, as a whole number; beyond the type's range its ends alone count
        near = [math.ceil(x - 1.0 - _SLACK_LSB) if x <= hi else math.inf for x in limits]
        high = [min(hi, x) for x in near]
        low = [lo if lo == 0 else max(lo, -x) for x in near]
    return np.array([[[x]] for x in low]), np.array([[[x]] for x in high])


def _bits_from(high: FloatArray) -> NDArray[np.uint32]:
    """Bit patterns of the smallest 32-bit floats that reach positive limits; of infinity where there is none."""
    nearest = np.where(high > np.finfo(np.float32).max, np.inf, high).astype(np.float32)
    reaching = np.where(nearest < high, np.nextafter(nearest, np.float32(np.inf)), nearest)
    return reaching.view(np.uint32)


def _names(group: tuple[SampleField, ...]) -> str:
    return " or ".join(field.channel for field in group)
