"""A record as (kind, name, payload bytes) and back: the one layout that journal and records.parquet share.

In: records of :mod:`sensor_pipeline.types`. Out: flat values, and equal records again. Must not live here: files,
frames, checksums, what a payload means.

========  ============  ==================  =======================================================================
kind      record        name                payload
========  ============  ==================  =======================================================================
1         Notification  characteristic      the bytes as received
2         Read          what                the bytes as read
3         Link          state               detail, UTF-8
4         Input         action              value (JSON text), UTF-8
5         Samples       (empty)             7 columns of n little-endian float64: time_s, acc x y z, gyr x y z
6         Tick          (empty)             (empty)
7         Flush         (empty)             (empty)
========  ============  ==================  =======================================================================

The numbers are part of the file format: a new kind gets a new number, an old number never gets a new meaning. A missing
imported value is NaN inside the opaque payload of kind 5, as it was read; columns of Parquet files hold null instead.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple, cast, get_args

import numpy as np

from sensor_pipeline.errors import FileError
from sensor_pipeline.types import (
    Flush,
    ImportedSamples,
    Input,
    Link,
    LinkState,
    Notification,
    Read,
    Record,
    Tick,
)

MAX_NAME_BYTES: Final = 255
"""Longest name, UTF-8 bytes: its length has one byte in a journal frame."""
_SAMPLE_COLUMNS: Final = 7
_FLOAT_BYTES: Final = 8


class Kind(enum.IntEnum):
    """What a stored record is; the lower-case name stands in records.parquet, the number in the journal."""

    NOTIFICATION = 1
    READ = 2
    LINK = 3
    INPUT = 4
    SAMPLES = 5
    TICK = 6
    FLUSH = 7


class Flat(NamedTuple):
    """The part of a record that depends on its kind."""

    kind: Kind
    name: str
    payload: bytes


def flatten(record: Record) -> Flat:
    """Return kind, name and payload of a record; its order, host time and sensor stand beside them in a file.

    Raises:
        FileError: the record is of no storable kind, its name is too long or no valid text.
    """
    flat = _flatten(record)
    try:
        length = len(flat.name.encode())
    except UnicodeEncodeError as error:
        raise FileError(f"record {record.order}: the name {flat.name!r} is no valid text: {error.reason}") from error
    if length > MAX_NAME_BYTES:
        raise FileError(f"record {record.order}: the name has {length} bytes, at most {MAX_NAME_BYTES} can be stored")
    return flat


def _flatten(record: Record) -> Flat:
    match record:
        case Notification():
            return Flat(Kind.NOTIFICATION, record.characteristic, record.payload)
        case Read():
            return Flat(Kind.READ, record.what, record.payload)
        case Link():
            return Flat(Kind.LINK, record.state, _encode_text(record.detail))
        case Input():
            return Flat(Kind.INPUT, record.action, _encode_text(record.value))
        case ImportedSamples():
            return Flat(Kind.SAMPLES, "", _pack_samples(record))
        case Tick():
            return Flat(Kind.TICK, "", b"")
        case Flush():
            return Flat(Kind.FLUSH, "", b"")
    raise FileError(f"record {record.order}: {type(record).__name__} is no kind of record that can be stored")


def restore(order: int, host_time_ns: int, sensor: int | None, flat: Flat) -> Record:
    """Return the record that :func:`flatten` was given.

    Raises:
        FileError: the payload does not fit its kind, or a name is none of those a kind allows.
    """
    match flat.kind:
        case Kind.NOTIFICATION:
            return Notification(order, host_time_ns, sensor, flat.name, flat.payload)
        case Kind.READ:
            return Read(order, host_time_ns, sensor, flat.name, flat.payload)
        case Kind.LINK:
            if flat.name not in get_args(LinkState):
                raise FileError(f"record {order}: link state {flat.name!r} is none of {', '.join(get_args(LinkState))}")
            return Link(order, host_time_ns, sensor, cast(LinkState, flat.name), _decode_text(order, flat.payload))
        case Kind.INPUT:
            return Input(order, host_time_ns, sensor, flat.name, _decode_text(order, flat.payload))
        case Kind.SAMPLES:
            return _unpack_samples(order, host_time_ns, sensor, flat.payload)
        case Kind.TICK:
            return Tick(order, host_time_ns, sensor)
        case Kind.FLUSH:
            return Flush(order, host_time_ns, sensor)


def kind_named(name: str) -> Kind:
    """Return the kind with the lower-case ``name``.

    Raises:
        FileError: there is none.
    """
    try:
        return Kind[name.upper()]
    except KeyError:
        raise FileError(f"record kind {name!r} is not known to this version; update sensor_pipeline") from None


def _encode_text(text: str) -> bytes:
    # surrogatepass: a name from the radio may hold half a pair; what was received is kept, not repaired.
    return text.encode("utf-8", "surrogatepass")


def _decode_text(order: int, payload: bytes) -> str:
    try:
        return payload.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise FileError(f"record {order}: its text is not UTF-8 at byte {error.start}") from error


def _pack_samples(record: ImportedSamples) -> bytes:
    n = len(record.time_s)
    if record.time_s.shape != (n,) or record.acc_m_s2.shape != (n, 3) or record.gyr_rad_s.shape != (n, 3):
        raise FileError(
            f"record {record.order}: samples need shapes (n,), (n, 3), (n, 3); got {record.time_s.shape}, "
            f"{record.acc_m_s2.shape}, {record.gyr_rad_s.shape}"
        )
    columns = np.empty((_SAMPLE_COLUMNS, n), dtype="<f8")
    columns[0] = record.time_s
    columns[1:4] = record.acc_m_s2.T
    columns[4:7] = record.gyr_rad_s.T
    return columns.tobytes()


def _unpack_samples(order: int, host_time_ns: int, sensor: int | None, payload: bytes) -> ImportedSamples:
    if len(payload) % (_SAMPLE_COLUMNS * _FLOAT_BYTES):
        raise FileError(f"record {order}: {len(payload)} bytes are no whole number of samples of 56 bytes")
    columns = np.frombuffer(payload, dtype="<f8").reshape(_SAMPLE_COLUMNS, -1).astype(np.float64)
    return ImportedSamples(
        order,
        host_time_ns,
        sensor,
        time_s=columns[0].copy(),
        acc_m_s2=np.ascontiguousarray(columns[1:4].T),
        gyr_rad_s=np.ascontiguousarray(columns[4:7].T),
    )
