"""Running a spec's vectors: does every one decode to what it says?

In: a spec. Out: problems as text. Must not live here: parsing, files.
"""

from __future__ import annotations

import math
from typing import Final

from sensor_pipeline.devices.decoder import Decoder
from sensor_pipeline.devices.parse_vectors import VALUE_KEYS
from sensor_pipeline.devices.spec import ExpectedPacket, SensorSpec, Vector
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import FloatArray, Packet

REL_TOL: Final = 1e-9
"""Vectors are written in decimal with at least ten digits; float32 on the wire is exact once it is converted."""
ABS_TOL: Final = 1e-12


def vector_problems(spec: SensorSpec) -> list[str]:
    """Decode all vectors of a spec.

    Returns:
        One line for every difference; empty where all vectors decode to what they say.
    """
    return [f"vector {vector.name!r}: {problem}" for vector in spec.vectors for problem in _run(spec, vector)]


def _run(spec: SensorSpec, vector: Vector) -> list[str]:
    decoder = Decoder(spec, vector.stream)
    first = spec.stream(vector.stream).packets[0].char
    packets: list[Packet] = []
    rejected = replies = skipped = 0
    last_reason = ""
    try:
        if vector.info:
            decoder.read("info", vector.info)
    except PacketError as error:
        return [f"info is refused: {error}"]
    for char, payload in vector.notifications:
        try:
            decoded = decoder.decode(char or first, payload)
        except PacketError as error:
            rejected += 1
            last_reason = f" (last: {error})"
            continue
        packets += decoded.packets
        replies += len(decoded.replies)
        skipped += decoded.skipped_bytes
    problems = [
        f"{what}: {got}, expected {wanted}{last_reason if what == 'rejected' else ''}"
        for what, got, wanted in (
            ("packets", len(packets), len(vector.packets)),
            ("rejected", rejected, vector.rejected),
            ("replies", replies, vector.replies),
            ("skipped bytes", skipped, vector.skipped_bytes),
        )
        if got != wanted
    ]
    for i, (packet, expected) in enumerate(zip(packets, vector.packets, strict=False)):
        problems += [f"packet {i}: {problem}" for problem in _compare(packet, expected)]
    return problems


def _compare(packet: Packet, expected: ExpectedPacket) -> list[str]:
    pairs: list[tuple[str, object, object]] = [
        ("stream", packet.stream, expected.packet),
        ("n", packet.n, expected.n),
        ("flags", packet.flags, expected.flags),
    ]
    if expected.counter is not None:
        pairs.append(("counter", packet.counter, expected.counter))
    if expected.ticks is not None:
        pairs.append(("ticks", packet.ticks, expected.ticks))
    problems = [f"{what}: {got!r}, expected {wanted!r}" for what, got, wanted in pairs if got != wanted]
    for channel, rows in (expected.values or {}).items():
        array = {"acc": packet.acc_m_s2, "gyr": packet.gyr_rad_s}.get(channel, packet.other.get(channel))
        problems += _differences(VALUE_KEYS[channel], array, rows)
    return problems


def _differences(key: str, array: FloatArray | None, rows: tuple[tuple[float, ...], ...]) -> list[str]:
    if array is None or len(array) < len(rows):
        return [f"{key}: {0 if array is None else len(array)} rows, expected {len(rows)} or more"]
    return [
        f"{key}[{i}][{j}]: {got!r}, expected {wanted!r}"
        for i, row in enumerate(rows)
        for j, (got, wanted) in enumerate(zip(array[i].tolist(), row, strict=True))
        if not math.isclose(got, wanted, rel_tol=REL_TOL, abs_tol=ABS_TOL)
    ]
