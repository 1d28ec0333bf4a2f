"""Wire types and units: how a number lies in a packet, and what turns it into SI.

In: nothing. Out: two closed tables. Must not live here: layouts, bytes, anything about one sensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG


@dataclass(frozen=True, slots=True)
class WireType:
    """A number on the wire.

    Attributes:
        name: what a spec calls it, for example ``i16``.
        code: its letter in :mod:`struct` and, behind an endian mark, in numpy.
        size: bytes.
        lo, hi: ends of its range; None for floating point.
    """

    name: str
    code: str
    size: int
    lo: int | None = None
    hi: int | None = None

    @property
    def bits(self) -> int:
        """Width in bits."""
        return 8 * self.size


def _unsigned(code: str, size: int) -> WireType:
    return WireType(f"u{8 * size}", code, size, 0, 2 ** (8 * size) - 1)


def _signed(code: str, size: int) -> WireType:
    return WireType(f"i{8 * size}", code, size, -(2 ** (8 * size - 1)), 2 ** (8 * size - 1) - 1)


_ALL = (
    _unsigned("B", 1),
    _signed("b", 1),
    _unsigned("H", 2),
    _signed("h", 2),
    _unsigned("I", 4),
    _signed("i", 4),
    _unsigned("Q", 8),
    _signed("q", 8),
    WireType("f32", "f", 4),
    WireType("f64", "d", 8),
)
WIRE_TYPES: Final = {wire.name: wire for wire in _ALL}
"""Every wire type by name."""
UNSIGNED: Final = tuple(wire.name for wire in _ALL if wire.lo == 0)
"""Types of counters, stamps, ids and flags."""
SAMPLE_TYPES: Final = ("i8", "u8", "i16", "u16", "i32", "u32", "f32")
"""Types of sample values: all of them are exact in float64, and none can overflow it when scaled."""

ENDIAN_MARKS: Final = {"little": "<", "big": ">"}

UNITS: Final[dict[str, dict[str, float]]] = {
    "acc": {"m/s2": 1.0, "g": G_M_S2, "mg": G_M_S2 / 1000.0},
    "gyr": {"rad/s": 1.0, "deg/s": RAD_PER_DEG, "mdeg/s": RAD_PER_DEG / 1000.0},
    "mag": {"T": 1.0, "uT": 1e-6, "mgauss": 1e-7},
    "mag_au": {"1": 1.0},
    "quat": {"1": 1.0},
    "euler": {"rad": 1.0, "deg": RAD_PER_DEG},
}
"""Channel -> unit -> factor to SI. ``mag_au``: magnetic field in the vendor's own unit; ``quat``: w, x, y, z."""
WIDTHS: Final = {"acc": 3, "gyr": 3, "mag": 3, "mag_au": 3, "quat": 4, "euler": 3}
"""Numbers in one sample of a channel."""
