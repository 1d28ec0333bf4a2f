from __future__ import annotations

from dataclasses import replace

import pytest

from sensor_pipeline.devices import SensorSpec, parse_spec, vector_problems
from sensor_pipeline.library.specs import spec_ids, spec_text


@pytest.mark.parametrize("spec_id", spec_ids())
def test_every_vector_of_every_spec_decodes_to_what_it_says(specs: dict[str, SensorSpec], spec_id: str) -> None:
    assert vector_problems(specs[spec_id]) == []


@pytest.mark.parametrize("spec_id", spec_ids())
def test_every_packet_of_every_spec_is_proved_by_a_vector_with_values(
    specs: dict[str, SensorSpec], spec_id: str
) -> None:
    spec = specs[spec_id]
    proved = {
        (spec.stream(vector.stream).name, expected.packet)
        for vector in spec.vectors
        for expected in vector.packets
        if expected.values
    }
    assert proved == {(stream.name, packet.name) for stream in spec.streams.values() for packet in stream.packets}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[[0.25, -1.5, 9.75]]", "[[0.25, -1.5, 9.751]]", "acc_m_s2[0][2]: 9.75, expected 9.751"),
        ("ticks = 123456789", "ticks = 123456788", "ticks: 123456789, expected 123456788"),
        ('name = "mode 21"', 'name = "mode 21"\nrejected = 1', "rejected: 0, expected 1"),
        ('name = "mode 21"', 'name = "mode 21"\nreplies = 2', "replies: 0, expected 2"),
        ('name = "mode 21"', 'name = "mode 21"\nskipped_bytes = 5', "skipped bytes: 0, expected 5"),
        ("ticks = 123456789", "counter = 5", "counter: None, expected 5"),
        ("ticks = 123456789", "n = 2", "n: 1, expected 2"),
        ("ticks = 123456789", 'flags = ["clipped"]', "flags: (), expected ('clipped',)"),
        ("ticks = 123456789", "mag_au = [[1.0, 2.0, 3.0]]", "mag_au: 0 rows, expected 1 or more"),
        ('["15cd5b070000803e0000c0bf00001c41', '["15', "packets: 0, expected 1"),
    ],
)
def test_a_vector_that_says_something_else_is_found(old: str, new: str, problem: str) -> None:
    text = spec_text("movella-dot")
    assert old in text
    found = vector_problems(parse_spec(text.replace(old, new, 1)))
    assert any(problem in line and "'mode 21'" in line for line in found), found


def test_a_spec_counts_as_tried_only_with_a_capture_that_decodes_to_packets(specs: dict[str, SensorSpec]) -> None:
    text = spec_text("shin-imu-v1")
    by_hand = 'provenance = "self-constructed"'
    capture = 'provenance = "capture"\nrecorded = "2026-11-20, firmware 1.0"'
    before, after = text.split(by_hand, 1)
    assert parse_spec(before + capture + after).tried_on_hardware
    before, after = text.rsplit(by_hand, 1)  # the last vector says only what must be refused
    assert not parse_spec(before + capture + after).tried_on_hardware
    for spec in specs.values():
        captured = any(vector.provenance == "capture" for vector in spec.vectors)
        assert spec.tried_on_hardware == captured
        assert spec.status == ("tried on hardware" if captured else "not yet tried on hardware")


def test_a_refused_info_block_is_named(specs: dict[str, SensorSpec]) -> None:
    spec = specs["shin-imu-v1"]
    broken = replace(spec, vectors=(replace(spec.vectors[0], info=b"\x01"),))
    assert "info is refused" in vector_problems(broken)[0]
