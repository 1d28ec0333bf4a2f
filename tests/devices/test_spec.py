from __future__ import annotations

import pytest

from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import spec_ids

NOT_FOR_THE_ANGLE = {
    "microbit-accelerometer": "it sends no gyr: inclination at rest only",
    "pinetime-infinitime": "it sends no gyr: inclination at rest only",
    "polar-h10": "it sends no gyr: inclination at rest only",
    "ti-sensortag-cc2650": "10 Hz at most: too slow for a lunge",
}


@pytest.mark.parametrize("spec_id", spec_ids())
def test_a_sensor_is_sufficient_exactly_where_nothing_speaks_against_it(
    specs: dict[str, SensorSpec], spec_id: str
) -> None:
    spec = specs[spec_id]
    assert spec.why_not_for_angle == NOT_FOR_THE_ANGLE.get(spec_id, "")
    assert spec.sufficient_for_angle == (spec_id not in NOT_FOR_THE_ANGLE)
    assert spec.id == spec_id


def test_a_stream_is_found_by_its_name_or_by_the_name_of_its_packet(specs: dict[str, SensorSpec]) -> None:
    polar = specs["polar-verity-sense"]
    assert [packet.name for packet in polar.stream().packets] == ["acc", "gyr"]
    assert [packet.name for packet in polar.stream("gyr").packets] == ["gyr"]
    assert polar.stream("acc_gyr") is polar.stream()


def test_an_unknown_or_ambiguous_stream_is_refused_with_the_choices(specs: dict[str, SensorSpec]) -> None:
    for name in ("rates", "imu"):  # imu is a packet of three streams
        with pytest.raises(UserError, match="choose one of rate_quantities, rate_quantities_mag, custom5"):
            specs["movella-dot"].stream(name)


def test_a_channel_of_a_packet_follows_from_its_fields(specs: dict[str, SensorSpec]) -> None:
    assert specs["movella-dot"].stream("custom5").packets[0].channel == "imu"
    assert [packet.channel for packet in specs["adafruit-ble"].stream().packets] == ["acc", "gyr"]
    assert specs["witmotion-ble5"].channels == ("acc", "euler", "gyr")
