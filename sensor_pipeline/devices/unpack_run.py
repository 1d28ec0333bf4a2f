"""From the bytes of many like packets to their numbers at once: the same arithmetic as ``unpack``, value by value.

In: a packet layout, the info block's numbers, payloads. Out: the packets from the first one on that hold nothing
unusual, as one :class:`~sensor_pipeline.types.PacketRun`. Must not live here: what to do about an unusual packet:
``unpack`` says.

Unusual is everything whose header says more than the first one's (but counter and stamp), another length, a set flag,
a value at the end of the sensor's range, a value that is not finite, a counter or stamp beyond its width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.devices.header import Header
from sensor_pipeline.devices.layout import Counter, PacketLayout, TimeStamp
from sensor_pipeline.devices.unpack import (
    Info,
    block_offset,
    clip_ends,
    compile_header,
    factors,
    groups_of,
    row_stride,
)
from sensor_pipeline.devices.wire import ENDIAN_MARKS, WIDTHS
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import BoolArray, IntArray, PacketRun

UnpackRun = Callable[[Sequence[bytes]], PacketRun | None]
_MAX_BITS: Final = 62
"""Widest counter or stamp whose differences are exact in the int64 arithmetic that the clock does on runs."""


def compile_unpack_run(layout: PacketLayout, info: Info | None) -> UnpackRun | None:
    """Compile a layout for runs of packets.

    Args:
        layout: the packet's layout.
        info: the info block's numbers, None = not read yet.

    Returns:
        A function from payloads to a run of the first of them, None where not even the first one is usual; or None
        where the layout is none that runs are made for: acc and gyr of one type and nothing else.
    """
    groups = groups_of(layout)
    if [[field.channel for field in group] for group in groups] != [["acc", "gyr"]] or layout.codec is not None:
        return None
    if info is None and (layout.config_id is not None or any(field.scale is None for field in layout.fields)):
        return None
    if any(bits is not None and bits.wrap_bits > _MAX_BITS for bits in (layout.counter, layout.time)):
        return None
    (group,) = groups
    acc, gyr = group
    check, header = compile_header(layout, info), Header(layout)
    steady = sorted(
        {
            at
            for key, bits in layout.header_items()
            if key not in ("counter", "time")
            for at in range(bits.offset, bits.offset + bits.type.size)
        }
    )
    mark, size, width = ENDIAN_MARKS[layout.endian], acc.type.size, WIDTHS["acc"]
    dtype, row = np.dtype(mark + acc.type.code), row_stride(layout, acc)
    floating = acc.type.lo is None
    factor = np.array([[[[factors(field, info)]]] for field in group])
    low, high = (ends[:, None].astype(np.float64) for ends in clip_ends(group, info))
    read_counter, read_ticks = _compile_running(layout.counter, mark), _compile_running(layout.time, mark)

    def unpack_run(payloads: Sequence[bytes]) -> PacketRun | None:
        first = payloads[0]
        length = len(first)
        try:
            n, _, _, flags = check(first)
        except PacketError:
            return None
        joined = b"".join(payloads)
        k = len(payloads)
        if set(map(len, payloads)) != {length}:
            k = next(i for i, payload in enumerate(payloads) if len(payload) != length)
        if flags or n == 0 or length < header.size:
            return None
        frames = np.frombuffer(joined, np.uint8, k * length).reshape(k, length)
        usual: BoolArray = (frames[:, steady] == frames[0, steady]).all(axis=1)
        start, end = block_offset(layout, acc, n), block_offset(layout, gyr, n)
        raw: NDArray[np.generic] = np.ndarray((2, k, n, width), dtype, joined, start, (end - start, length, row, size))
        if floating:
            usual &= np.isfinite(raw).all(axis=(0, 2, 3))  # before the conversion: a signalling NaN would warn there
            raw = np.where(usual[None, :, None, None], raw, np.zeros(1, dtype))
        values = raw.astype(np.float64, "C")
        flat = values.reshape(2, -1)
        if (flat.max(axis=1) >= high[:, 0, 0, 0]).any() or (flat.min(axis=1) <= low[:, 0, 0, 0]).any():
            usual &= ~((values >= high) | (values <= low)).any(axis=(0, 2, 3))
        counter, ticks = read_counter(frames, usual), read_ticks(frames, usual)
        taken = k if usual.all() else int(np.argmin(usual))
        if taken == 0:
            return None
        np.multiply(values, factor, values)
        return PacketRun(
            layout.name,
            n,
            values[0, :taken],
            values[1, :taken],
            None if counter is None else counter[:taken],
            None if ticks is None else ticks[:taken],
        )

    return unpack_run


def _compile_running(
    bits: Counter | TimeStamp | None, mark: str
) -> Callable[[NDArray[np.uint8], BoolArray], IntArray | None]:
    """A function (frames, usual) -> a running header number of every frame; clears ``usual`` where it is too large."""
    if bits is None:
        return lambda frames, usual: None
    offset, size, mask, end = bits.offset, bits.type.size, bits.mask, 1 << bits.wrap_bits
    dtype = np.dtype(mark + bits.type.code)

    def read(frames: NDArray[np.uint8], usual: BoolArray) -> IntArray:
        wide = np.ascontiguousarray(frames[:, offset : offset + size]).view(dtype)[:, 0].astype(np.uint64)
        wide &= np.uint64(mask)
        usual &= wide < np.uint64(end)
        return wide.astype(np.int64)

    return read
