"""Vectors of a spec: bytes with their meaning, from ``[[vectors]]`` tables.

In: checked tables. Out: :class:`~sensor_pipeline.devices.spec.Vector`. Must not live here: running them.

A notification is hexadecimal text, with ``characteristic:`` before it where it is not the stream's first one.
"""

from __future__ import annotations

from typing import Final

from sensor_pipeline.devices.spec import PROVENANCES, ExpectedPacket, Provenance, Vector
from sensor_pipeline.devices.table import Table
from sensor_pipeline.devices.wire import UNITS, WIDTHS

VALUE_KEYS: Final = {
    "acc": "acc_m_s2",
    "gyr": "gyr_rad_s",
    "mag": "mag_t",
    "mag_au": "mag_au",
    "quat": "quat",
    "euler": "euler_rad",
}
"""Channel -> key of its expected values, which are in SI units."""
_MAX_TICKS: Final = 2**63 - 1


def parse_vector(table: Table) -> Vector:
    """One vector; captures must say when and with which firmware they were recorded."""
    named = table.text("provenance", None, PROVENANCES)
    provenance: Provenance = next((p for p in PROVENANCES if p == named), "self-constructed")
    vector = Vector(
        name=table.text("name"),
        stream=table.text("stream"),
        provenance=provenance,
        source=table.text("source"),
        recorded=table.text("recorded") if provenance == "capture" or table.has("recorded") else "",
        info=table.hex_bytes("info", 512) if table.has("info") else b"",
        notifications=tuple(_notification(table, i, text) for i, text in enumerate(table.texts("notifications"))),
        packets=tuple(_expected(item) for item in table.tables("packets")),
        rejected=table.integer("rejected", 0, 256, 0),
        replies=table.integer("replies", 0, 256, 0),
        skipped_bytes=table.integer("skipped_bytes", 0, 65536, 0),
    )
    if not vector.notifications:
        table.problem("notifications", "is missing; a vector needs bytes")
    if vector.recorded and provenance != "capture":
        table.problem("recorded", "stands at a vector whose provenance is not 'capture'", provenance)
    table.done()
    return vector


def _notification(table: Table, i: int, text: str) -> tuple[str, bytes]:
    char, _, hexadecimal = text.rpartition(":")
    try:
        return char, bytes.fromhex(hexadecimal)
    except ValueError:
        table.problem(f"notifications[{i}]", f"{hexadecimal[:40]!r} is not hexadecimal", text)
        return char, b""


def _expected(table: Table) -> ExpectedPacket:
    values = {}
    for channel in UNITS:
        key = VALUE_KEYS[channel]
        if table.has(key):
            values[channel] = table.rows(key, WIDTHS[channel], -1e9, 1e9)
    expected = ExpectedPacket(
        packet=table.text("packet"),
        n=table.integer("n", 1, 4096, 1),
        counter=table.integer("counter", 0, _MAX_TICKS) if table.has("counter") else None,
        ticks=table.integer("ticks", 0, _MAX_TICKS) if table.has("ticks") else None,
        flags=table.texts("flags"),
        values=values,
    )
    table.done()
    return expected
