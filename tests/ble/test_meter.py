"""The meter sees rate, loss, rubbish and doubles in the bytes themselves. Truth: the simulated sensor's."""

from __future__ import annotations

import pytest

from sensor_pipeline.ble.meter import Meter
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.link import PERFECT_LINK
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Notification, Read


def stream(spec_id, seconds=12.0, rate_hz=None):
    """(characteristic, payload, arrival) of a simulated sensor, and its info block."""
    simulation = simulate_session(load_spec(spec_id), reps=1, rate_hz=rate_hz, link=PERFECT_LINK)
    info, found = b"", []
    for record in simulation.records():
        if isinstance(record, Read) and record.what == "info":
            info = record.payload
        elif isinstance(record, Notification):
            found.append((record.characteristic, record.payload, record.host_time_ns / 1e9))
    begin_s = found[0][2]
    true_hz = simulation.sensors[0].wire.chip.true_hz
    return [one for one in found if one[2] < begin_s + seconds], info, true_hz


def fed(spec_id, notifications, info, rate_hz=None):
    spec = load_spec(spec_id)
    meter = Meter(spec, None, spec.rate.default_hz if rate_hz is None else rate_hz)
    if info:
        meter.read("info", info)
    for notification in notifications:
        meter.take(*notification)
    return meter


@pytest.mark.parametrize(
    ("spec_id", "within"),
    [("shin-imu-v1", 1e-3), ("movesense-gsp", 0.02), ("movella-dot", 1e-3), ("witmotion-ble5", 0.02)],
)
def test_the_rate_is_the_sensors_own_not_the_one_asked_for(spec_id, within):
    notifications, info, true_hz = stream(spec_id)
    assert fed(spec_id, notifications, info).rate_hz == pytest.approx(true_hz, rel=within)


def test_a_sensor_at_half_the_rate_is_seen_within_a_second():
    notifications, info, true_hz = stream("shin-imu-v1", 1.2, rate_hz=52.0)
    assert fed("shin-imu-v1", notifications, info, 104.0).rate_hz == pytest.approx(true_hz, rel=1e-3)


def test_no_rate_before_there_is_enough():
    notifications, info, _ = stream("shin-imu-v1", 0.3)
    assert fed("shin-imu-v1", notifications, info).rate_hz is None
    notifications, info, _ = stream("witmotion-ble5", 2.0)
    assert fed("witmotion-ble5", notifications, info).rate_hz is None


def test_loss_is_counted_and_does_not_change_the_rate():
    notifications, info, true_hz = stream("shin-imu-v1")
    kept = [one for index, one in enumerate(notifications) if index % 10 != 5]
    meter = fed("shin-imu-v1", kept, info)
    assert meter.lost == 4 * (len(notifications) - len(kept))
    assert meter.rate_hz == pytest.approx(true_hz, rel=1e-3)


@pytest.mark.parametrize("spec_id", ["shin-imu-v1", "movella-dot"])
def test_doubles_are_named_and_change_neither_rate_nor_loss(spec_id):
    notifications, info, true_hz = stream(spec_id)
    meter = fed(spec_id, [one for one in notifications for _ in range(2)], info)
    assert meter.all_twice
    assert not meter.mostly_rubbish
    assert meter.rate_hz == pytest.approx(true_hz, rel=1e-3)
    assert not meter.lost
    assert not fed(spec_id, notifications, info).all_twice


@pytest.mark.parametrize("spec_id", ["shin-imu-v1", "movella-dot", "witmotion-ble5"])
def test_rubbish_is_named_with_its_reason(spec_id):
    notifications, info, _ = stream(spec_id)
    rubbish = [(char, b"\xee" * 19, time_s) for char, _, time_s in notifications]
    meter = fed(spec_id, rubbish, info)
    assert meter.mostly_rubbish
    assert meter.rate_hz is None
    good = fed(spec_id, notifications, info)
    assert not good.mostly_rubbish
    assert good.refused_in_a_row == 0


def test_data_of_another_setting_than_the_info_blocks_is_refused_in_a_row():
    notifications, info, _ = stream("shin-imu-v1", 2.0)
    other = bytes([info[0], info[1] + 1]) + info[2:]
    meter = fed("shin-imu-v1", notifications, other)
    assert meter.refused_in_a_row == len(notifications)
    assert "configuration 1" in meter.refused


def test_a_new_link_begins_anew_and_keeps_the_loss():
    notifications, info, _ = stream("shin-imu-v1", 2.0)
    meter = fed("shin-imu-v1", [*notifications[:10], *notifications[12:]], info)
    lost = meter.lost
    meter.new_link()
    assert meter.rate_hz is None
    meter.take(*notifications[0])
    assert (meter.lost, lost) == (8, 8)


def test_answers_among_the_data_are_handed_on():
    spec = load_spec("witmotion-ble5")
    meter = Meter(spec, None, 100.0)
    reply = bytes.fromhex("557164008601" + "00" * 14)
    assert meter.take("data", reply, 0.0) == (reply,)
    assert meter.read("battery", reply)["percent"] == pytest.approx(67.5)  # 3.90 V


def test_a_block_that_the_spec_refuses_gives_nothing():
    meter = Meter(load_spec("shin-imu-v1"), None, 104.0)
    assert meter.read("info", b"short") == {}
    assert "5 bytes" in meter.refused


def test_the_time_between_packets_follows_rate_and_layout():
    assert Meter(load_spec("shin-imu-v1"), None, 104.0).packet_s == pytest.approx(4 / 104)
    assert Meter(load_spec("movesense-gsp"), None, 104.0).packet_s == pytest.approx(8 / 104)
