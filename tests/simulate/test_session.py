"""Whole simulated sessions."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from sensor_pipeline import frames
from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.link import PERFECT_LINK, LinkParams, Outage
from sensor_pipeline.simulate.movement import kneel
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep
from sensor_pipeline.simulate.sensor import SensorParams
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.simulate.strap import STRAPS
from sensor_pipeline.types import Flush, Input, Link, Notification, Packet, Read, Record, Side

HOST_START_NS = 5_000_000_000


def decode(simulation: Simulation, spec: SensorSpec, sensor: int = 0) -> list[tuple[float, Packet]]:
    """All packets of one sensor with the session time of their arrival, decoded as a host would."""
    decoder = Decoder(spec, rate_hz=simulation.setups[sensor].rate_hz)
    records = list(simulation.records())
    found = []
    for record in records:
        if record.sensor != sensor:
            continue
        if isinstance(record, Read):
            if record.what != "serial":
                decoder.read(record.what, record.payload)
        elif isinstance(record, Link) and record.state == "lost":
            decoder.flush()
        elif isinstance(record, Notification):
            arrival_s = (record.host_time_ns - records[0].host_time_ns) * 1e-9
            found += [(arrival_s, packet) for packet in decoder.decode(record.characteristic, record.payload).packets]
    return found


def test_records_come_as_a_host_writes_them(spec: SensorSpec) -> None:
    simulation = simulate_session(spec, reps=1, seed=3, host_start_ns=HOST_START_NS)
    records = list(simulation.records())
    assert [record.order for record in records] == list(range(len(records)))
    times = [record.host_time_ns for record in records]
    assert times == sorted(times)
    assert times[0] == HOST_START_NS
    head = [record for record in records[:6] if not isinstance(record, Notification)]
    assert isinstance(head[0], Link)
    assert head[0].state == "connected"
    reads = [record.what for record in head if isinstance(record, Read)]
    assert reads == (["info"] if spec.info else []) + ["battery", "serial"]
    start = next(record for record in head if isinstance(record, Input))
    assert (start.action, start.sensor) == ("start", None)
    stop, flush = records[-2:]
    assert isinstance(stop, Input)
    assert stop.action == "stop"
    assert isinstance(flush, Flush)
    kinds = Counter(type(record) for record in records)
    assert kinds[Link] == 1
    assert kinds[Notification] == len(records) - len(head) - 2


def test_the_setup_is_what_an_engine_needs(spec: SensorSpec) -> None:
    setup = simulate_session(spec, side="right").setup
    assert (setup.side, setup.rate_hz, setup.spec_text, setup.stream) == (
        "right",
        spec.rate.default_hz,
        spec.text,
        None,
    )


def test_a_spec_and_its_text_are_the_same(shin: SensorSpec) -> None:
    by_text = list(simulate_session(shin.text, reps=0).records())
    assert by_text == list(simulate_session(shin, reps=0).records())


def test_equal_seeds_are_equal_and_others_differ(spec: SensorSpec) -> None:
    def records(seed: int) -> list[Record]:
        return list(simulate_session(spec, reps=1, seed=seed).records())

    first = records(1)
    assert first == records(1)
    assert first != records(2)


def test_two_readers_of_one_session_do_not_disturb_each_other(shin: SensorSpec) -> None:
    simulation = simulate_session(shin, reps=1)
    slow, fast = simulation.records(), simulation.records()
    begun = list(islice(slow, 100))
    whole = list(fast)
    assert begun + list(slow) == whole


def test_records_are_made_only_when_asked_for(shin: SensorSpec) -> None:
    endless = simulate_session(shin, reps=10_000)  # some twenty hours of lunges
    assert len(list(islice(endless.records(), 50))) == 50


def test_everything_sampled_arrives_and_decodes(spec: SensorSpec) -> None:
    simulation = simulate_session(spec, reps=2)
    packets = decode(simulation, spec)
    (counts,) = simulation.sample_counts()
    assert counts.dropped == 0
    assert sum(packet.n for _, packet in packets) == counts.sampled == counts.sent
    duration_s = simulation.duration_s - LinkParams().setup_s
    true_hz = simulation.sensors[0].wire.chip.true_hz
    assert counts.sampled == pytest.approx(duration_s * true_hz, abs=2 * packets[0][1].n)


def test_samples_arrive_after_they_were_taken(shin: SensorSpec) -> None:
    chip = SensorParams(rate_hz=104.0)
    packets = decode(simulate_session(shin, reps=1, sensor=chip), shin)
    for arrival_s, packet in packets:
        assert packet.ticks is not None
        assert arrival_s > packet.ticks * 1e-6 + 3.0 / 104.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_bytes_carry_the_true_tilt_of_the_scripted_leg(spec: SensorSpec, side: str) -> None:
    person = PersonParams(sway_sd_rad=0.0, frontal_sway_sd_rad=0.0, axial_sway_sd_rad=0.0)
    script = [ScriptedRep(6.0, 1.0, 6.0, 1.0, peak_rad=0.6, frontal_rad=0.1, axial_rad=0.0)]
    mounting = frames.parse_axes("-z,+y,+x")
    chip = SensorParams(
        rate_hz=spec.rate.default_hz, mounting=mounting, acc_noise_m_s2_rt_hz=0.0, gyr_noise_rad_s_rt_hz=0.0
    )
    simulation = simulate_session(spec, side=side, person=person, script=script, sensor=chip, link=PERFECT_LINK)
    (rep,) = simulation.truth.reps
    held = [packet for at_s, packet in decode(simulation, spec) if rep.hold_start_s + 0.5 < at_s < rep.hold_end_s]
    acc = np.concatenate([packet.acc_m_s2 for packet in held])
    u_x, u_y, u_z = (c / G_M_S2 for c in frames.rotate(mounting, acc[:, 0], acc[:, 1], acc[:, 2]))
    step_rad = simulation.sensors[0].wire.chip.acc_lsb_m_s2 / G_M_S2
    assert np.max(np.abs(frames.dorsiflexion_rad(u_x, u_z) - 0.6)) < 2.0 * step_rad
    assert np.max(np.abs(frames.frontal_rad(u_y, simulation.truth.side) - 0.1)) < 2.0 * step_rad


def test_the_first_seconds_are_the_standing_pose(shin: SensorSpec) -> None:
    simulation = simulate_session(shin, reps=1)
    assert simulation.truth.reps[0].start_s >= 5.0
    standing = [packet for at_s, packet in decode(simulation, shin) if at_s < 5.0]
    assert sum(packet.n for packet in standing) > 400
    assert np.max(np.std(np.concatenate([packet.gyr_rad_s for packet in standing]), axis=0)) < 1.0 * RAD_PER_DEG


def test_both_legs_share_one_order_with_their_own_signals(shin: SensorSpec) -> None:
    simulation = simulate_session(shin, side="both", reps=1)
    assert [setup.side for setup in simulation.setups] == ["left", "right"]
    left, right = simulation.truths
    assert left.reps[0].start_s == right.reps[0].start_s
    assert left.reps[0].peak_rad != right.reps[0].peak_rad
    records = list(simulation.records())
    assert [record.order for record in records] == list(range(len(records)))
    assert [record.host_time_ns for record in records] == sorted(record.host_time_ns for record in records)
    assert sum(isinstance(record, Input) for record in records) == 2
    payloads = {
        sensor: [r.payload for r in records if isinstance(r, Notification) and r.sensor == sensor] for sensor in (0, 1)
    }
    assert len(payloads[0]) > 300
    assert payloads[0] != payloads[1]
    assert payloads[0] == [
        r.payload for r in simulate_session(shin, side="left", reps=1).records() if isinstance(r, Notification)
    ]
    with pytest.raises(UserError, match="this session has 2 sensors"):
        _ = simulation.truth
    with pytest.raises(UserError, match="this session has 2 sensors"):
        _ = simulation.setup


def test_a_lost_connection_is_a_gap_in_the_counters_as_large_as_what_was_dropped(shin: SensorSpec) -> None:
    link = LinkParams(outages=(Outage(7.0, 6.0),))
    simulation = simulate_session(shin, reps=3, link=link)
    states = [(r.state, r.host_time_ns * 1e-9) for r in simulation.records() if isinstance(r, Link)]
    start_s = states[0][1]
    assert [state for state, _ in states] == ["connected", "lost", "connected"]
    assert states[1][1] - start_s == pytest.approx(7.0 + link.supervision_s, abs=0.1)
    assert states[2][1] - start_s == pytest.approx(13.0 + link.reconnect_s, abs=0.1)
    packets = [packet for _, packet in decode(simulation, shin)]
    steps = np.diff([packet.counter for packet in packets])
    (counts,) = simulation.sample_counts()
    assert counts.sampled == counts.sent + counts.dropped
    assert int(np.sum(steps[steps > 4] - 4)) == counts.dropped > 6.0 * 95.0
    flagged = [i for i, packet in enumerate(packets) if "gap_before" in packet.flags]
    assert flagged == (np.flatnonzero(steps > 4) + 1).tolist()


def test_a_restart_of_the_sensor_is_found_by_its_boot_id(shin: SensorSpec) -> None:
    simulation = simulate_session(shin, reps=3, firmware=FirmwareParams(boot_id=9, reboots_s=(9.0,)))
    links = [record for record in simulation.records() if isinstance(record, Link)]
    assert [record.state for record in links] == ["connected", "lost", "connected", "rebooted"]
    assert links[-1].detail == "boot id 9 -> 10"
    packets = [packet for _, packet in decode(simulation, shin)]
    fresh = [i for i, packet in enumerate(packets) if "time_reset" in packet.flags]
    assert len(fresh) == 1
    assert packets[fresh[0]].counter == 0
    assert packets[fresh[0] - 1].counter > 700


def test_a_radio_that_stays_away_loses_the_rest_and_the_session_still_ends(shin: SensorSpec) -> None:
    simulation = simulate_session(shin, reps=1, link=LinkParams(outages=(Outage(8.0, 1000.0),)))
    records = list(simulation.records())
    assert isinstance(records[-1], Flush)
    assert [r.state for r in records if isinstance(r, Link)] == ["connected", "lost"]
    (counts,) = simulation.sample_counts()
    assert counts.sampled == counts.sent + counts.dropped
    assert counts.dropped > 4.0 * 95.0


def test_a_chip_as_given_is_the_chip_in_use(shin: SensorSpec) -> None:
    chip = SensorParams(rate_hz=208.0, rate_error=-0.066, clock_offset_s=4294.0)
    simulation = simulate_session(shin, reps=0, sensor=chip)
    assert simulation.setup.rate_hz == 208.0
    packets = [packet for _, packet in decode(simulation, shin)]
    n = packets[0].n
    ticks = np.array([packet.ticks for packet in packets])
    assert np.any(np.diff(ticks) < 0)  # the 32-bit stamp wraps at 4294.97 s
    unwrapped = np.diff(ticks) % 2**32
    assert unwrapped == pytest.approx(n * 1e6 / (208.0 * 0.934), abs=1.1)


def test_requests_that_make_no_sense_are_refused(shin: SensorSpec) -> None:
    with pytest.raises(UserError, match="side 'middle': choose left, right or both"):
        simulate_session(shin, side="middle")
    with pytest.raises(UserError, match="reps -1: must be 0 or more"):
        simulate_session(shin, reps=-1)
    with pytest.raises(UserError, match="99"):
        simulate_session(shin, rate_hz=99.0)
    with pytest.raises(UserError, match=r"repetition 1 starts at -2\.0 s"):
        simulate_session(shin, script=[ScriptedRep(-2.0, 1.0, 1.0, 1.0, 0.5)])
    with pytest.raises(UserError, match="samples_per_packet 40"):
        simulate_session(shin, firmware=FirmwareParams(samples_per_packet=40))


def test_every_encodable_spec_simulates_at_each_of_its_usable_rates(spec: SensorSpec) -> None:
    for rate_hz in spec.rate.hz:
        if 20.0 <= rate_hz <= 208.0:
            simulation = simulate_session(spec, reps=0, rate_hz=rate_hz, person=PersonParams(finish_s=0.0))
            assert sum(packet.n for _, packet in decode(simulation, spec)) > 4.0 * rate_hz


def test_legs_straps_and_chips_of_ones_own(shin: SensorSpec) -> None:
    person = PersonParams(finish_s=1.0)
    made = []

    def leg(side: Side) -> Lunge:
        return Lunge(side, person, [ScriptedRep(12.0, 1.0, 1.0, 1.0, 0.6)], 1, [kneel(1.0)])

    def chip(side: Side, rate_hz: float) -> SensorParams:
        made.append(side)
        return SensorParams(rate_hz=rate_hz, rate_error=0.05)

    simulation = simulate_session(shin, side="both", legs=leg, sensor=chip, strap=STRAPS["sloppy"], reps=50)
    assert made == ["left", "right"]
    assert simulation.duration_s == 16.0
    assert [len(truth.reps) for truth in simulation.truths] == [1, 1]
    assert max(simulation.truths[1].dorsiflexion_rad) > 70.0 * RAD_PER_DEG  # it kneels
    assert {sensor.wire.chip.rate_error for sensor in simulation.sensors} == {0.05}
    rigid = simulate_session(shin, side="both", legs=leg, sensor=chip)
    assert list(rigid.records()) != list(simulation.records()) == list(simulation.records())
