"""Blocks that are read: info and battery, from bytes to named numbers and back.

In: a block's layout. Out: a dict of numbers, or bytes. Must not live here: samples, what the numbers are used for.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from itertools import pairwise

from sensor_pipeline.devices.spec import ReadBlock, ReadField
from sensor_pipeline.devices.wire import ENDIAN_MARKS
from sensor_pipeline.errors import PacketError, UserError


def read_block(what: str, block: ReadBlock, payload: bytes) -> dict[str, float | int]:
    """Read a block's numbers.

    Args:
        what: the block's name, for messages.
        block: its layout.
        payload: its bytes.

    Returns:
        Field name -> number; ``percent`` too where a table turns volts into it.

    Raises:
        PacketError: wrong length, wrong first bytes, a number outside of its bounds.
    """
    size = len(payload)
    if size < block.length or (block.exact and size != block.length):
        raise PacketError(
            f"{what}: {size} bytes; {block.length}{'' if block.exact else ' or more'} are allowed", payload
        )
    if not payload.startswith(block.prefix):
        raise PacketError(f"{what}: starts with {payload[:8].hex()}, not with {block.prefix.hex()}", payload)
    found: dict[str, float | int] = {}
    for field in block.fields:
        (raw,) = struct.unpack_from(ENDIAN_MARKS[block.endian] + field.type.code, payload, field.offset)
        value = raw if field.scale == 1.0 else raw * field.scale
        if not math.isfinite(value) or _outside(field, value):
            raise PacketError(f"{what}: {field.name} is {value:g}; {_bounds(field)} is allowed", payload)
        found[field.name] = value
    if block.percent_table:
        found["percent"] = _interpolate(found["volts"], block.percent_table)
    return found


def write_block(what: str, block: ReadBlock, fields: Mapping[str, float]) -> bytes:
    """Write a block; the inverse of :func:`read_block`.

    Args:
        what: the block's name, for messages.
        block: its layout.
        fields: a number for every field.

    Returns:
        The block's bytes, zero where no field lies.

    Raises:
        UserError: a field is missing, unknown, out of bounds, or does not fit its type.
    """
    known = {field.name for field in block.fields}
    if set(fields) != known:
        wrong = ", ".join(sorted(set(fields) ^ known))
        raise UserError(f"{what}: give exactly the fields {', '.join(sorted(known))}; wrong or missing: {wrong}")
    payload = bytearray(block.length)
    payload[: len(block.prefix)] = block.prefix
    for field in block.fields:
        value = fields[field.name]
        raw = value / field.scale if field.type.lo is None else round(value / field.scale)
        try:
            struct.pack_into(ENDIAN_MARKS[block.endian] + field.type.code, payload, field.offset, raw)
        except (struct.error, OverflowError):
            raise UserError(f"{what}: {field.name} {value:g} does not fit {field.type.name}") from None
        if _outside(field, value):
            raise UserError(f"{what}: {field.name} is {value:g}; {_bounds(field)} is allowed")
    return bytes(payload)


def volts_for(percent: float, block: ReadBlock) -> float:
    """Volts that a block's table turns into ``percent``."""
    return _interpolate(percent, tuple((p, v) for v, p in block.percent_table))


def _outside(field: ReadField, value: float) -> bool:
    return (field.lo is not None and value < field.lo) or (field.hi is not None and value > field.hi)


def _bounds(field: ReadField) -> str:
    lo = "any" if field.lo is None else f"{field.lo:g}"
    return f"{lo} to {'any' if field.hi is None else f'{field.hi:g}'}"


def _interpolate(x: float, table: tuple[tuple[float, float], ...]) -> float:
    """Straight lines between the rows, level beyond the first and the last."""
    if x <= table[0][0]:
        return table[0][1]
    for (x0, y0), (x1, y1) in pairwise(table):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return table[-1][1]
