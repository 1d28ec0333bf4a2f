from __future__ import annotations

import pytest

from sensor_pipeline.devices import SensorSpec, check_rate, rate_messages, start_messages, stop_messages
from sensor_pipeline.devices.commands import template_problem
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import spec_ids


@pytest.mark.parametrize(
    ("spec_id", "rate_hz", "payloads"),
    [
        ("shin-imu-v1", 208.0, ["03d00004f40104"]),
        ("movella-dot", 30.0, ["10" + "00" * 23 + "1e00" + "00" * 6]),
        ("witmotion-ble5", 50.0, ["ffaa6988b5", "ffaa030800", "ffaa000000"]),
        ("nordic-thingy52", 100.0, ["e803f401f401640001"]),
        ("adafruit-ble", 20.0, ["32000000", "32000000"]),
        ("microbit-accelerometer", 50.0, ["1400"]),
        ("movesense-gsp", 104.0, []),
    ],
)
def test_commands_for_a_rate_are_the_bytes_of_the_vendors_documents(
    specs: dict[str, SensorSpec], spec_id: str, rate_hz: float, payloads: list[str]
) -> None:
    assert [message.payload.hex() for message in rate_messages(specs[spec_id], rate_hz)] == payloads


@pytest.mark.parametrize(
    ("spec_id", "stream", "rate_hz", "payloads"),
    [
        ("movella-dot", "rate_quantities", None, ["010115"]),
        ("movella-dot", "custom5", None, ["01011a"]),
        ("movesense-gsp", None, 104.0, ["0163" + b"/Meas/IMU6/104".hex()]),
        ("arduino-nicla-sense-me", None, 100.0, ["040000c84200000000", "0d0000c84200000000"]),
        (
            "polar-verity-sense",
            None,
            52.0,
            ["0202000134000101100002010800040103", "020500013400010110000201d007040103"],
        ),
        ("ti-sensortag-cc2650", None, None, ["0a", "3f02"]),
    ],
)
def test_commands_that_start_a_stream_are_the_bytes_of_the_vendors_documents(
    specs: dict[str, SensorSpec], spec_id: str, stream: str | None, rate_hz: float | None, payloads: list[str]
) -> None:
    assert [message.payload.hex() for message in start_messages(specs[spec_id], stream, rate_hz)] == payloads


def test_waiting_and_stopping_are_part_of_the_messages(specs: dict[str, SensorSpec]) -> None:
    assert [message.wait_s for message in rate_messages(specs["witmotion-ble5"])] == [0.1, 0.1, 0.1]
    assert [message.payload.hex() for message in stop_messages(specs["polar-verity-sense"])] == ["0302", "0305"]


@pytest.mark.parametrize("spec_id", spec_ids())
def test_every_rate_a_sensor_offers_can_be_written(specs: dict[str, SensorSpec], spec_id: str) -> None:
    spec = specs[spec_id]
    for rate_hz in spec.rate.hz or (spec.rate.hz_min, spec.rate.hz_max):
        rate_messages(spec, rate_hz)
        for stream in spec.streams:
            start_messages(spec, stream, rate_hz)


def test_a_rate_the_sensor_does_not_offer_is_refused_with_the_choices(specs: dict[str, SensorSpec]) -> None:
    with pytest.raises(UserError, match="movella-dot cannot run at 100 Hz; choose one of 1, 4, 10, 12, 15, 20, 30, 60"):
        rate_messages(specs["movella-dot"], 100.0)
    with pytest.raises(UserError, match="choose 5 to 200"):
        check_rate(specs["nordic-thingy52"], 400.0)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("01{rate:u16le}", ""),
        ("01{rat:u16le}", "'rat' is no field; did you mean 'rate'?"),
        ("01{rate:u16lee}", "'u16lee' is no type; did you mean 'u16le'?"),
        ("01{rate*2:u8}", "'rate*2' is no field"),
        ("01{__class__}", "is no field"),
        ("0x01", "is not hexadecimal"),
        ("01{rate:u8", "is not hexadecimal"),
    ],
)
def test_a_template_has_a_closed_list_of_places(template: str, problem: str) -> None:
    found = template_problem(template)
    assert problem in found
    assert bool(found) == bool(problem)
