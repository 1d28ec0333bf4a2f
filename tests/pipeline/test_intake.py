"""Records of one sensor become timed samples; what cannot be used becomes an event and changes nothing."""

import dataclasses

import numpy as np
import pytest

from sensor_pipeline.clock import ClockParams, SensorClock
from sensor_pipeline.errors import SpecError, UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.pipeline.intake import Intake
from sensor_pipeline.signal.guard import GuardParams
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.link import LinkParams, Outage
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import (
    BadPacket,
    BatteryLevel,
    Flag,
    Gap,
    ImportedSamples,
    Link,
    LinkChanged,
    Notification,
    Read,
    Record,
    SensorSetup,
    Tick,
)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return list(simulate_session(spec_text("shin-imu-v1"), reps=1).records())


def shin() -> Intake:
    return Intake(SensorSetup("left", 104.0, spec_text("shin-imu-v1")), 0, ClockParams())


def from_file() -> Intake:
    return Intake(SensorSetup("left", 100.0), 0, ClockParams())


def test_a_session_of_bytes_becomes_rows_and_an_identity(records: list[Record]) -> None:
    intake = shin()
    rows = 0
    events = []
    for record in records:
        samples, found = intake.take(record, (record.host_time_ns - records[0].host_time_ns) / 1e9)
        rows += 0 if samples is None else len(samples)
        events += found
    (ledger,) = intake.ledger
    assert rows == ledger.decoded > 1000
    assert intake.info["serial"] == "SIM-1-0"
    assert intake.info["info.odr_millihz"] > 0  # type: ignore[operator] # numbers and texts share the table
    assert [type(event) for event in events] == [LinkChanged, BatteryLevel]


def test_samples_before_the_info_block_are_refused_and_counted(records: list[Record]) -> None:
    intake = shin()
    packet = next(record for record in records if isinstance(record, Notification))
    samples, (event,) = intake.take(packet, 1.0)
    assert samples is None
    assert isinstance(event, BadPacket)
    assert "info" in event.reason
    assert intake.ledger[0].bad_packets == 1


@pytest.mark.parametrize(
    "record",
    [
        Notification(0, 0, 0, "data", b"\x00"),
        Notification(0, 0, 0, "nowhere", b"\x10\x01"),
        Read(0, 0, 0, "info", b"short"),
        Read(0, 0, 0, "horoscope", b""),
        ImportedSamples(0, 0, 0, np.zeros(1), np.zeros((1, 3)), np.zeros((1, 3))),
    ],
)
def test_what_a_sensor_cannot_use_is_a_bad_packet(record: Record) -> None:
    samples, (event,) = shin().take(record, 0.0)
    assert samples is None
    assert isinstance(event, BadPacket)


@pytest.mark.parametrize("record", [Notification(0, 0, 0, "data", b"\x10"), Read(0, 0, 0, "info", b"")])
def test_an_imported_sensor_has_no_bytes(record: Record) -> None:
    _, (event,) = from_file().take(record, 0.0)
    assert isinstance(event, BadPacket)
    assert "no spec" in event.reason


def test_imported_samples_keep_their_own_times() -> None:
    t = np.arange(10) / 100.0
    samples, events = from_file().take(ImportedSamples(3, 10**8, 0, t, np.ones((10, 3)), np.zeros((10, 3))), 0.1)
    assert samples is not None
    np.testing.assert_array_equal(samples.time_s, t)
    assert events == ()


def test_a_tick_gives_nothing_and_a_link_change_gives_its_event() -> None:
    intake = shin()
    assert intake.take(Tick(0, 0, None), 0.0) == (None, ())
    _, (event,) = intake.take(Link(1, 0, 0, "lost", "out of range"), 0.0)
    assert event == LinkChanged(1, 0, 0.0, "lost", "out of range")


def test_what_a_lost_connection_cost_is_counted_where_the_sensor_went_on() -> None:
    link = LinkParams(stalls_per_min=0.0, outages=(Outage(6.0, 6.5),))
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=2, link=link)
    records = list(simulation.records())
    for same in (True, False):
        intake = shin()
        gaps = []
        for record in records:
            session_s = (record.host_time_ns - records[0].host_time_ns) / 1e9
            if isinstance(record, Read) and record.what == "info" and session_s > 6.0 and not same:
                record = dataclasses.replace(record, payload=another_boot(record.payload))
            found = intake.take(record, session_s)[1]
            gaps += [event for event in found if isinstance(event, Gap) and not event.bridged]
        (ledger,) = intake.ledger
        assert len(gaps) == 1
        assert (gaps[0].lost is not None) == same
        assert (ledger.lost == simulation.sample_counts()[0].dropped > 300) == same
        assert ledger.restarts == (0 if same else 1)


def test_after_a_restart_a_lost_connection_is_counted_again() -> None:
    link = LinkParams(stalls_per_min=0.0, outages=(Outage(16.0, 6.5),))
    firmware = FirmwareParams(reboots_s=(5.0,))
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=3, link=link, firmware=firmware)
    records = list(simulation.records())
    assert [r.state for r in records if isinstance(r, Link)][:4] == ["connected", "lost", "connected", "rebooted"]
    intake = shin()
    gaps = []
    for record in records:
        found = intake.take(record, (record.host_time_ns - records[0].host_time_ns) / 1e9)[1]
        gaps += [event.lost for event in found if isinstance(event, Gap) and not event.bridged]
    (ledger,) = intake.ledger
    assert len(gaps) == 2
    assert gaps[0] is None
    assert gaps[1] == ledger.lost > 300
    assert ledger.restarts == 1


def another_boot(info: bytes) -> bytes:
    """The profile's info block with another boot_id: u32 at byte 20."""
    return info[:20] + bytes([info[20] ^ 1]) + info[21:]


def test_a_rate_that_lunges_cannot_be_measured_at_is_refused_whatever_the_filter() -> None:
    with pytest.raises(UserError, match=r"rate_hz=1: .* below 10 samples a second; set the sensor to a higher rate"):
        Intake(SensorSetup("left", 1.0, spec_text("movella-dot")), 0, ClockParams())
    with pytest.raises(UserError, match=r"rate_hz=9\.5"):
        Intake(SensorSetup("left", 9.5), 0, ClockParams())


def test_a_broken_spec_is_refused_when_the_session_is_built() -> None:
    with pytest.raises(SpecError):
        Intake(SensorSetup("left", 104.0, "schema = 1\nnonsense = true"), 0, ClockParams())


def test_bytes_without_a_frame_are_counted_and_a_lost_frame_is_a_bridged_row() -> None:
    stream = list(simulate_session(spec_text("witmotion-ble5"), reps=1).records())
    notifications = [i for i, record in enumerate(stream) if isinstance(record, Notification)]
    hit = stream[notifications[300]]
    assert isinstance(hit, Notification)
    stream[notifications[300]] = Notification(hit.order, hit.host_time_ns, 0, hit.characteristic, b"\x00" * 20)
    intake = Intake(SensorSetup("left", 100.0, spec_text("witmotion-ble5")), 0, ClockParams())
    flags = []
    for record in stream:
        samples, _ = intake.take(record, (record.host_time_ns - stream[0].host_time_ns) / 1e9)
        flags += [] if samples is None else samples.flags.tolist()
    (ledger,) = intake.ledger
    assert ledger.bad_packets == 1
    assert ledger.rejected == 1
    assert ledger.decoded == len(notifications) - 1
    assert [i for i, flag in enumerate(flags) if flag & Flag.BRIDGED] == [300]


def test_the_guard_learns_the_ranges_that_a_spec_states() -> None:
    dot = Intake(SensorSetup("left", 60.0, spec_text("movella-dot")), 0, ClockParams())
    guard = dot.with_ranges(GuardParams())
    assert guard.acc_range_m_s2 == pytest.approx(16 * G_M_S2)
    assert guard.gyr_range_rad_s == pytest.approx(np.radians(2000))
    assert dot.with_ranges(GuardParams(acc_range_m_s2=5.0)).acc_range_m_s2 == 5.0
    assert shin().with_ranges(GuardParams()) == from_file().with_ranges(GuardParams()) == GuardParams()


@pytest.mark.parametrize("spec", ["shin-imu-v1", "movella-dot", "witmotion-ble5"])
def test_notifications_taken_together_are_notifications_taken_one_by_one(spec: str) -> None:
    simulation = simulate_session(spec_text(spec), reps=1, seed=3)
    stream = list(simulation.records())
    received = [record for record in stream if isinstance(record, Notification)]
    received[200] = dataclasses.replace(received[200], payload=received[200].payload[:5])
    del received[250:253], received[300]
    one, many = (Intake(simulation.setup, 0, ClockParams()) for _ in range(2))
    for record in stream:
        if isinstance(record, Read):
            one.take(record, 0.0)
            many.take(record, 0.0)
    at_s = [(record.host_time_ns - stream[0].host_time_ns) / 1e9 for record in received]
    singles = [one.take(record, session_s) for record, session_s in zip(received, at_s, strict=True)]
    blocks, events = many.take_run(received, np.array(at_s))
    for name in ("time_s", "dt_s", "acc_m_s2", "gyr_rad_s", "flags"):
        alone = np.concatenate([getattr(samples, name) for samples, _ in singles if samples is not None])
        joint = np.concatenate([getattr(samples, name) for samples, _ in blocks])
        assert alone.tobytes() == joint.tobytes()
    orders = [[r.order] * len(got) for r, (got, _) in zip(received, singles, strict=True) if got is not None]
    assert np.concatenate([order for _, order in blocks]).tolist() == [order for rows in orders for order in rows]
    assert events == [event for _, found in singles for event in found]
    assert any(isinstance(event, BadPacket) for event in events)
    assert one.ledger == many.ledger


@pytest.mark.parametrize("spec", ["shin-imu-v1", "movella-dot", "movesense-gsp", "witmotion-ble5"])
def test_the_quick_way_of_a_usual_packet_gives_what_the_general_one_gives(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulation = simulate_session(spec_text(spec), reps=1, seed=4)
    stream = list(simulation.records())
    usual = [i for i, record in enumerate(stream) if isinstance(record, Notification)]
    short, lost, silent = (usual[len(usual) * part // 8] for part in (3, 4, 5))
    hit = stream[short]
    assert isinstance(hit, Notification)
    stream[short] = dataclasses.replace(hit, payload=hit.payload[:7])
    del stream[lost], stream[silent : silent + len(usual) // 8]

    def take_all() -> tuple[list[tuple[str, bytes]], list[object], object]:
        intake, rows, events = Intake(simulation.setup, 0, ClockParams()), [], []
        for record in stream:
            samples, found = intake.take(record, (record.host_time_ns - stream[0].host_time_ns) / 1e9)
            events += found
            if samples is not None:
                rows += [
                    (name, getattr(samples, name).tobytes()) for name in ("time_s", "dt_s", "acc_m_s2", "gyr_rad_s")
                ]
                rows.append(("flags", samples.flags.tobytes()))
        return rows, events, intake.ledger

    quick = take_all()
    monkeypatch.setattr(SensorClock, "follow", lambda self, host_s, packet: None)
    assert take_all() == quick
