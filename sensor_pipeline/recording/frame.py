"""The journal's frame: one record as bytes that prove themselves.

In: a record and its place in the file; bytes and a place in them. Out: a frame; a record or None. Must not live here:
files, threads, what to do about damage.

=========  =====  =================================================================================================
field      bytes  meaning (little-endian)
=========  =====  =================================================================================================
magic      4      ``MAGIC``: where a reader may look for a frame
length     4      bytes of name and payload together
order      8      the record's arrival number
host time  8      ns
sensor     2      index, -1 = the session itself
kind       1      see :mod:`sensor_pipeline.recording.record_codec`
name size  1      bytes of the name, UTF-8
name, payload
checksum   4      CRC32 over the frame's offset in the file (8 bytes) and everything above
=========  =====  =================================================================================================

The offset belongs to the checksum so that bytes that look like a frame inside a payload (a sensor may send anything)
can never pass for a record.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from typing import Final, NamedTuple

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.record_codec import Flat, Kind, flatten, restore
from sensor_pipeline.types import Record

MAGIC: Final = b"\xc5\x9bR\x1e"
"""Starts a frame. Not ASCII, not a repeated byte: rare in sensor data and in text."""
_HEADER: Final = struct.Struct("<4sIQqhBB")
_CHECKSUM: Final = struct.Struct("<I")
_OFFSET: Final = struct.Struct("<Q")
MAX_BODY_BYTES: Final = 1 << 28
"""Longest name and payload together, 256 MiB: 13 hours of imported samples at 104 Hz; a longer claim is damage."""
MIN_FRAME_BYTES: Final = _HEADER.size + _CHECKSUM.size
_SESSION: Final = -1
_MAX_SENSOR: Final = 0x7FFF
_MAX_ORDER: Final = (1 << 63) - 1  # a signed column holds it in records.parquet


class Found(NamedTuple):
    """A frame that proved itself: its record and the offset behind it."""

    record: Record
    end: int


def pack(record: Record, offset: int) -> bytes:
    """Return the frame of a record that will stand at ``offset`` bytes from the start of the file.

    Raises:
        FileError: the record cannot be stored: too long, a number out of range, or of no known kind.
    """
    flat = flatten(record)
    name = flat.name.encode()
    length = len(name) + len(flat.payload)
    if length > MAX_BODY_BYTES:
        raise FileError(f"record {record.order}: {length} bytes are too long for one record; split it")
    if not 0 <= record.order <= _MAX_ORDER:
        raise FileError(f"record order {record.order} is not in 0..{_MAX_ORDER}")
    sensor = _SESSION if record.sensor is None else record.sensor
    if not (record.sensor is None or 0 <= record.sensor <= _MAX_SENSOR):
        raise FileError(f"record {record.order}: sensor {record.sensor} is not in 0..{_MAX_SENSOR}")
    try:
        header = _HEADER.pack(MAGIC, length, record.order, record.host_time_ns, sensor, flat.kind, len(name))
    except struct.error as error:
        raise FileError(f"record {record.order}: host time {record.host_time_ns} ns does not fit: {error}") from error
    frame = header + name + flat.payload
    return frame + _CHECKSUM.pack(zlib.crc32(frame, zlib.crc32(_OFFSET.pack(offset))))


def parse(data: bytes | mmap.mmap, offset: int) -> Found | None:
    """Return the record of the frame at ``offset``, None where no whole, undamaged frame starts there."""
    end = claimed_end(data, offset)
    if end is None or end > len(data):
        return None
    frame = bytes(data[offset : end - _CHECKSUM.size])
    (checksum,) = _CHECKSUM.unpack(data[end - _CHECKSUM.size : end])
    if checksum != zlib.crc32(frame, zlib.crc32(_OFFSET.pack(offset))):
        return None
    _, _, order, host_time_ns, sensor, kind, name_size = _HEADER.unpack_from(frame)
    body = frame[_HEADER.size :]
    try:
        flat = Flat(Kind(kind), body[:name_size].decode(), body[name_size:])
        return Found(restore(order, host_time_ns, None if sensor == _SESSION else sensor, flat), end)
    except (FileError, ValueError):
        return None  # the checksum fits by chance or by intent: still no record that this version could have written


def claimed_end(data: bytes | mmap.mmap, offset: int) -> int | None:
    """Return where the frame at ``offset`` says it ends, maybe behind the data; None where no frame can start."""
    header = bytes(data[offset : offset + _HEADER.size])
    if len(header) < _HEADER.size:
        return None
    magic, length, _, _, _, _, name_size = _HEADER.unpack(header)
    if magic != MAGIC or not name_size <= length <= MAX_BODY_BYTES:
        return None
    return offset + _HEADER.size + int(length) + _CHECKSUM.size
