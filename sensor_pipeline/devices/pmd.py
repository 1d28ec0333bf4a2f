"""Polar measurement data frames: raw and delta-compressed samples behind one time stamp.

In: a codec from a spec, the factor of the start reply. Out: a function payload -> Packet. Must not live here: framing.

Source: polar-ble-sdk 8fb5311c, PmdDataFrame, AccData, GyrData and PmdSetting with their unit tests. A delta frame is
one reference sample, then blocks [bits u8][count u8][differences, bit-packed, lowest bit first, two's complement].
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Final

import numpy as np

from sensor_pipeline.devices.header import Header
from sensor_pipeline.devices.layout import DeltaFrame, PacketLayout, PmdCodec
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import Packet

WIDTH: Final = 3
_DELTA: Final = 0x80
"""Frame type bit that says the content is delta-compressed."""
_REPLY_HEADER: Final = 5
"""F0, command, measurement, status, more: the settings follow."""
_TLV_SIZES: Final = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4}
"""Bytes of a setting's value: rate, resolution, range, range in milli-units, channels, factor (PmdSetting.kt)."""
_FACTOR: Final = 5
Rows = list[tuple[int, ...]]


def compile_pmd(layout: PacketLayout, codec: PmdCodec, factor: float) -> Callable[[bytes], Packet]:
    """Compile a layout with this codec.

    Args:
        layout: the packet's layout; its header holds the time stamp.
        codec: frame kinds and units.
        factor: from the start reply, 1.0 if it has none; used by delta frames only.

    Returns:
        A function from a payload to a Packet; it raises PacketError on anything the codec does not allow.
    """
    header = Header(layout)
    time_at = header.place(layout.time)
    mask = layout.time.mask if layout.time is not None else 0
    name, channel = layout.name, codec.channel

    def unpack(payload: bytes) -> Packet:
        if len(payload) <= codec.header:
            raise PacketError(f"{len(payload)} bytes; the header alone has {codec.header}", payload)
        if payload[0] != codec.measurement:
            raise PacketError(f"measurement {payload[0]}; {codec.measurement} is expected here", payload)
        kind = payload[codec.header - 1]
        if kind & _DELTA:
            delta = codec.delta.get(kind & ~_DELTA)
            if delta is None:
                raise PacketError(f"delta frame type {kind & ~_DELTA} of {channel} is not known", payload)
            rows, bits = _delta_rows(payload, codec.header, delta), delta.ref_bits
            values = _values(payload, rows, delta.float_bits) * (factor * delta.unit_factor)
            is_float = delta.float_bits
        else:
            if kind not in codec.raw:
                raise PacketError(f"raw frame type {kind} of {channel} is not known", payload)
            size, unit_factor = codec.raw[kind]
            rows, bits = _raw_rows(payload, codec.header, size), 8 * size
            values = _values(payload, rows, False) * unit_factor
            is_float = False
        top = 2 ** (bits - 1) - 1
        clipped = not is_float and any(not -top <= value < top for row in rows for value in row)
        ticks = header.struct.unpack_from(payload)[time_at] & mask if time_at >= 0 else None
        acc, gyr = (values, None) if channel == "acc" else (None, values)
        return Packet(name, len(rows), acc, gyr, None, ticks, ("clipped",) if clipped else ())

    return unpack


def start_factor(codec: PmdCodec, reply: bytes) -> float | None:
    """The factor in the reply to a start command.

    Args:
        codec: whose measurement the reply must be about.
        reply: bytes of the control point.

    Returns:
        The factor, 1.0 where the reply names none, None where it is no successful start reply of this measurement.

    Raises:
        PacketError: the reply's settings cannot be read, or the factor is not a positive finite number.
    """
    if len(reply) < 4 or reply[:4] != bytes((0xF0, 0x02, codec.measurement, 0x00)):
        return None
    at, factor = _REPLY_HEADER, 1.0
    while at < len(reply):
        kind, count = reply[at], reply[at + 1] if at + 1 < len(reply) else 0
        end = at + 2 + count * _TLV_SIZES.get(kind, 0)
        if kind not in _TLV_SIZES or count == 0 or end > len(reply):
            raise PacketError(f"start reply: setting {kind} at byte {at} cannot be read", reply)
        if kind == _FACTOR:
            (factor,) = struct.unpack_from("<f", reply, at + 2)
        at = end
    if not (math.isfinite(factor) and 0.0 < factor < 1e6):
        raise PacketError(f"start reply: factor {factor} is no scale", reply)
    return factor


def _values(payload: bytes, rows: Rows, float_bits: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if not float_bits:
        return np.array(rows, dtype=np.float64)
    raw = np.array(rows, dtype=np.int64).astype(np.uint32).view(np.float32)
    if not np.isfinite(raw).all():
        raise PacketError("holds a value that is not finite", payload, len(rows))
    return raw.astype(np.float64)


def _raw_rows(payload: bytes, start: int, size: int) -> Rows:
    n, rest = divmod(len(payload) - start, WIDTH * size)
    if rest or n < 1:
        raise PacketError(f"{len(payload)} bytes; {start} and whole samples of {WIDTH * size} are allowed", payload)
    values = [int.from_bytes(payload[at : at + size], "little", signed=True) for at in range(start, len(payload), size)]
    return [tuple(values[WIDTH * i : WIDTH * i + WIDTH]) for i in range(n)]


def _delta_rows(payload: bytes, start: int, delta: DeltaFrame) -> Rows:
    size = -(-delta.ref_bits // 8)
    at = start + WIDTH * size
    if at > len(payload):
        raise PacketError(f"{len(payload)} bytes; the reference sample ends at {at}", payload)
    last = [_signed(int.from_bytes(payload[i : i + size], "little"), delta.ref_bits) for i in range(start, at, size)]
    rows = [tuple(last)]
    while at < len(payload):
        bits, count = payload[at], payload[at + 1] if at + 1 < len(payload) else 0
        end = at + 2 + -(-bits * count * WIDTH // 8)
        if not 1 <= bits <= 32 or count < 1 or end > len(payload):
            raise PacketError(f"delta block at byte {at}: {bits} bits, {count} samples do not fit", payload)
        packed = int.from_bytes(payload[at + 2 : end], "little")
        for i in range(count):
            for axis in range(WIDTH):
                last[axis] += _signed(packed >> bits * (WIDTH * i + axis), bits)
            if delta.float_bits:
                last = [_signed(value, 32) for value in last]
            elif any(abs(value) >= 2**31 for value in last):
                raise PacketError(f"delta block at byte {at} leaves the range of 32 bits", payload)
            rows.append(tuple(last))
        at = end
    return rows


def _signed(value: int, bits: int) -> int:
    """The lowest ``bits`` bits of a number as two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value
