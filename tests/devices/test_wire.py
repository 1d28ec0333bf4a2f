from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from sensor_pipeline.devices.wire import SAMPLE_TYPES, UNITS, WIDTHS, WIRE_TYPES
from sensor_pipeline.frames import G_M_S2


@pytest.mark.parametrize("wire", WIRE_TYPES.values(), ids=WIRE_TYPES)
def test_a_wire_type_is_the_same_number_in_struct_and_numpy(wire: object) -> None:
    found = WIRE_TYPES[getattr(wire, "name", "")]
    assert struct.calcsize("<" + found.code) == np.dtype("<" + found.code).itemsize == found.size == found.bits // 8
    if found.lo is not None and found.hi is not None:
        limits = np.iinfo(np.dtype("<" + found.code))
        assert (found.lo, found.hi) == (limits.min, limits.max)


@pytest.mark.parametrize(
    ("channel", "unit", "factor"),
    [
        ("acc", "g", G_M_S2),
        ("acc", "mg", G_M_S2 / 1000),
        ("gyr", "deg/s", math.pi / 180),
        ("gyr", "mdeg/s", math.pi / 180000),
        ("mag", "uT", 1e-6),
        ("mag", "mgauss", 1e-7),
        ("euler", "deg", math.pi / 180),
    ],
)
def test_a_unit_is_so_many_si_units(channel: str, unit: str, factor: float) -> None:
    assert UNITS[channel][unit] == pytest.approx(factor, rel=1e-15)


def test_every_channel_has_a_unit_of_factor_one_and_a_width() -> None:
    assert set(UNITS) == set(WIDTHS)
    assert all(1.0 in units.values() for units in UNITS.values())


def test_every_sample_type_is_exact_in_float64_and_cannot_overflow_it() -> None:
    for name in SAMPLE_TYPES:
        wire = WIRE_TYPES[name]
        end = wire.hi if wire.hi is not None else int(np.finfo(np.float32).max)
        assert int(float(end)) == end
        assert math.isfinite(float(end) * 1e3 * G_M_S2)
