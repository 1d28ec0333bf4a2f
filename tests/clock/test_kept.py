"""What a stream remembers of its packets: the last ones, exactly, and no more of them than it was told to."""

from typing import Any

import pytest

from sensor_pipeline.clock.kept import Recent


@pytest.fixture
def sensor(bench: Any) -> Any:
    return bench.Sensor(bench.timings["shin"], 1 / 104)


def remembered(sensor: Any, firsts: range, memory: int = 4) -> Recent:
    recent = Recent(memory)
    for first in firsts:
        recent.add(sensor.packet(first))
    return recent


def test_an_exact_repeat_came_before_and_the_same_values_at_another_time_did_not(sensor: Any) -> None:
    recent = remembered(sensor, range(0, 40, 4))
    again = sensor.packet(36)
    assert recent.came_before(again, 36, late=True)
    again.ticks += 1
    assert not recent.came_before(again, 36, late=True)
    other = sensor.packet(36)
    other.acc_m_s2[0, 0] += 1.0
    assert not recent.came_before(other, 36, late=True)


def test_only_the_last_packets_are_remembered(sensor: Any) -> None:
    recent = remembered(sensor, range(0, 40, 4), memory=4)
    assert recent.memory == 4
    assert recent.came_before(sensor.packet(24), 24, late=True)
    assert not recent.came_before(sensor.packet(20), 20, late=True)


def test_a_late_packet_that_fits_into_the_newest_gap_came_before(sensor: Any) -> None:
    recent = remembered(sensor, range(0, 12, 4))
    recent.set_gap(12, 20)
    assert recent.came_before(sensor.packet(16), 16, late=True)
    assert not recent.came_before(sensor.packet(16), 16, late=False)
    assert not recent.came_before(sensor.packet(18), 18, late=True)  # reaches beyond the gap
    assert not recent.came_before(sensor.packet(10), 10, late=True)  # begins before it


def test_a_new_segment_forgets_all_but_the_last_packet(sensor: Any) -> None:
    recent = remembered(sensor, range(0, 12, 4))
    recent.set_gap(12, 20)
    recent.forget()
    assert not recent.came_before(sensor.packet(8), 8, late=True)
    assert not recent.came_before(sensor.packet(16), 16, late=True)
    assert recent.last is not None
    assert recent.last.counter == 8
