"""The header of a packet: one precompiled read of all its numbers.

In: a packet layout. Out: positions of its header numbers in one struct. Must not live here: samples, scales.
"""

from __future__ import annotations

import struct

from sensor_pipeline.devices.layout import Bits, PacketLayout
from sensor_pipeline.devices.wire import ENDIAN_MARKS


class Header:
    """Compiled header: ``struct`` reads it from a payload's first byte; ``place`` finds a number among the results.

    Numbers that share offset and type (a version and an id in one byte) are read once.
    """

    def __init__(self, layout: PacketLayout) -> None:
        places = sorted({(bits.offset, bits.type.size, bits.type.code) for _, bits in layout.header_items()})
        form, at = ENDIAN_MARKS[layout.endian], 0
        for offset, size, code in places:
            form += f"{offset - at}x" * (offset > at) + code
            at = offset + size
        self.struct = struct.Struct(form)
        self.size = at
        self._index = {(offset, code): i for i, (offset, _, code) in enumerate(places)}

    def __len__(self) -> int:
        """How many numbers it reads."""
        return len(self._index)

    def place(self, bits: Bits | None) -> int:
        """Index of a header number among the struct's results, -1 for None."""
        return -1 if bits is None else self._index[bits.offset, bits.type.code]


def flag_table(layout: PacketLayout) -> tuple[tuple[str, ...], ...]:
    """Names of the set flags for each of the 256 values of the flags byte."""
    names = layout.flags.names if layout.flags is not None else ()
    mask = layout.flags.mask if layout.flags is not None else 0
    return tuple(tuple(name for name, bit in names if value & mask & bit) for value in range(256))
