from __future__ import annotations

import struct

import pytest

from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.errors import PacketError


def reply(volts_x100: int) -> bytes:
    return bytes.fromhex("55716400") + struct.pack("<H", volts_x100) + bytes(14)


@pytest.mark.parametrize(
    ("volts_x100", "percent"),
    [(300, 0.0), (340, 0.0), (350, 5.0), (387, 60.0), (390, 67.5), (399, 100.0), (420, 100.0)],
)
def test_volts_become_percent_by_the_vendors_table(
    specs: dict[str, SensorSpec], volts_x100: int, percent: float
) -> None:
    found = Decoder(specs["witmotion-ble5"]).read("battery", reply(volts_x100))
    assert found["percent"] == pytest.approx(percent, abs=1e-6)
    assert found["volts"] == pytest.approx(volts_x100 / 100)


def test_a_battery_that_tells_percent_is_taken_as_it_is(specs: dict[str, SensorSpec]) -> None:
    assert Decoder(specs["movella-dot"]).read("battery", b"\x57\x01") == {"percent": 87, "charging": 1}


@pytest.mark.parametrize(
    ("spec_id", "payload", "reason"),
    [
        ("movella-dot", b"\x57", "battery: 1 bytes; 2 or more are allowed"),
        ("movella-dot", b"\x65\x00", "battery: percent is 101; any to 100 is allowed"),
        ("witmotion-ble5", b"\x55\x71\x3a\x00" + bytes(16), "starts with 55713a00"),
        ("st-bluest", b"\x57", "st-bluest has no 'battery' block"),
    ],
)
def test_a_battery_read_that_cannot_be_one_is_refused(
    specs: dict[str, SensorSpec], spec_id: str, payload: bytes, reason: str
) -> None:
    with pytest.raises(PacketError, match=reason):
        Decoder(specs[spec_id]).read("battery", payload)
