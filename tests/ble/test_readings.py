"""What a sensor was asked: battery, restarts, and battery answers among the data."""

from __future__ import annotations

import pytest

from sensor_pipeline.ble.meter import Meter
from sensor_pipeline.ble.readings import Readings
from sensor_pipeline.devices import Encoder
from sensor_pipeline.library.specs import load_spec

INFO = bytes.fromhex("0103010340960100e7d09c3a7922a0390401f401ed5e00000000000000000000")


def readings(spec_id):
    spec, notes = load_spec(spec_id), []
    return Readings(spec, Meter(spec, None, spec.rate.default_hz), notes.append), notes


def test_another_boot_id_is_a_restart():
    found, notes = readings("shin-imu-v1")
    assert found.take("info", INFO) == ""
    assert found.take("info", INFO) == ""
    other = INFO[:20] + (7).to_bytes(4, "little") + INFO[24:]
    assert found.take("info", other) == "boot id 24301 -> 7"
    assert notes == ["the sensor has restarted"]


def test_a_battery_is_noted_when_it_changes():
    found, notes = readings("shin-imu-v1")
    for percent in (80, 80, 79):
        found.take("battery", bytes([percent]))
    assert found.battery == 79
    assert notes == ["battery 80 %", "battery 79 %"]
    found.take("battery", b"\xff")  # refused by the spec: the engine says so
    assert found.battery == 79


def test_a_serial_number_is_shortened_in_the_log():
    found, notes = readings("shin-imu-v1")
    found.take("serial", b"SHIN-0042")
    found.take("firmware", b"1.2")
    assert notes == ["serial ..0042", "firmware 1.2"]


def test_an_answer_is_a_battery_only_where_the_spec_says_so():
    found, _ = readings("witmotion-ble5")
    block = Encoder(load_spec("witmotion-ble5")).encode_battery(50.0)
    assert found.is_battery("data", block)
    assert not found.is_battery("data", b"\x55\x71\x3a\x00")
    assert found.take("battery", block) == ""
    assert found.battery == pytest.approx(50.0, abs=3.0)
    assert not readings("shin-imu-v1")[0].is_battery("control", block)
