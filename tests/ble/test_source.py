"""A live source over the virtual radio: one ordered stream, whatever happens to the links."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from sensor_pipeline.ble.source import LiveSource, Wanted
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.devices import parse_spec
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import load_spec, spec_text
from sensor_pipeline.types import Flush, Input, Link, Notification, Read, Record, Tick

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

import itertools

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault


def fault(at_s, kind, value=0.0):
    return ScheduledFault(at_s, kind, value)


@pytest.mark.parametrize("spec_id", ["shin-imu-v1", "movella-dot", "witmotion-ble5", "movesense-gsp"])
def test_every_sensor_streams_at_the_rate_asked_for(recorded, spec_id):
    spec = load_spec(spec_id)
    found = recorded([PeripheralParams(spec)], 15.0)
    status = found.midway[0]
    assert (status.state, status.advice) == ("streaming", "")
    assert status.rate_hz == pytest.approx(spec.rate.default_hz, rel=0.06)
    assert found.links() == ["connected"]
    assert {read.what for read in found.of(Read)} >= {"serial", "firmware", "battery"}
    assert status.battery == pytest.approx(87, abs=3)  # some tell it in steps of 0.01 V
    assert found.unreturned == ()


def test_nothing_is_lost_between_subscription_and_stop(recorded, shin):
    found = recorded([PeripheralParams(shin)], 20.0)
    counts = found.counts[0]
    data = [record for record in found.of(Notification) if record.characteristic == "data"]
    assert counts.dropped == 0
    assert len(data) == counts.notifications
    assert sum(record.payload[1] & 0x1F for record in data) == counts.sent == counts.sampled


def test_reads_come_before_data_and_the_connection_before_both(recorded, shin):
    found = recorded([PeripheralParams(shin)], 5.0)
    kinds = [type(record) for record in found.records if record.sensor == 0]
    assert kinds[0] is Link
    what = [record.what for record in found.of(Read)]
    assert what == ["serial", "firmware", "battery", "info"]
    first_data = next(r.order for r in found.of(Notification) if r.characteristic == "data")
    assert all(read.order < first_data for read in found.of(Read))


def test_silence_is_filled_with_ticks(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(fault(0.0, "blackout", 60.0),))], 6.0)
    assert found.of(Tick, None)
    assert found.of(Notification) == []
    assert found.unreturned == ("sensor 0 (left): it was never heard",)
    assert "was not heard for 6 s: switch it on" in found.midway[0].advice


def test_an_abrupt_drop_is_one_gap_in_the_same_session(recorded, shin, longest_silence_s):
    found = recorded([PeripheralParams(shin, faults=(fault(10.0, "drop", 3.0),))], 30.0)
    assert found.links() == ["connected", "lost", "connected"]
    assert found.midway[0].reconnects == 1
    assert longest_silence_s(found) < 3.0 + 2.0
    infos = [read for read in found.of(Read) if read.what == "info"]
    assert len(infos) == 2


def test_a_restart_of_the_sensor_is_told(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(fault(10.0, "reboot", 1.0),))], 30.0)
    assert found.links() == ["connected", "lost", "connected", "rebooted"]
    assert found.of(Link)[-1].detail == "boot id 1 -> 2"
    assert found.midway[0].state == "streaming"


def test_a_stall_is_noticed_in_1_2_s_and_ended_by_start(recorded, shin):
    async def script(air, source):
        await asyncio.sleep(10.0)
        air.peripheral().stall(1e6, cured_by_start=True)

    found = recorded([PeripheralParams(shin)], 20.0, script=script)
    last_s = max(t for t in found.times_s(Notification) if t < 10.1)
    back_s = min(t for t in found.times_s(Notification) if t > 10.1)
    assert back_s - last_s < 1.2 + 0.1
    assert found.links() == ["connected"]
    assert "START again" in found.log


def test_a_stall_that_start_does_not_end_is_given_up(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(fault(10.0, "stall", 6.0),))], 30.0)
    assert found.of(Link)[1].detail.startswith("connected, but no data for 3.")
    assert found.midway[0].state == "streaming"


def test_a_sensor_that_never_returns_leaves_a_whole_session(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(fault(10.0, "reboot", float("inf")),))], 60.0)
    assert isinstance(found.records[-1], Flush)
    assert found.links() == ["connected", "lost"]
    assert len(found.unreturned) == 1
    assert found.unreturned[0].startswith("sensor 0 (left): ")
    assert "did not come back" in found.status[0].advice
    assert "the recording goes on" in found.midway[0].advice or "trying again" in found.midway[0].advice


def test_the_adapter_may_be_switched_off_and_on(recorded, shin):
    async def script(air, source):
        await asyncio.sleep(10.0)
        await air.adapter_off()
        await asyncio.sleep(5.0)
        assert "Bluetooth is turned off" in source.status(0).advice
        await air.adapter_on()

    found = recorded([PeripheralParams(shin)], 30.0, script=script)
    assert found.links() == ["connected", "lost", "connected"]
    back_s = min(t for t in found.times_s(Notification) if t > 15.0)
    assert back_s < 15.0 + 1.0 + 2.5


def test_the_adapter_may_be_switched_off_while_the_sensor_is_away(recorded, shin):
    async def script(air, source):
        await asyncio.sleep(10.0)
        air.peripheral().drop(6.0)
        await asyncio.sleep(2.0)
        await air.adapter_off()
        await asyncio.sleep(2.0)
        await air.adapter_on()

    found = recorded([PeripheralParams(shin)], 40.0, script=script)
    assert found.midway[0].state == "streaming"
    assert min(t for t in found.times_s(Notification) if t > 16.0) < 16.0 + 5.0 + 2.5


def test_two_sensors_share_a_time_base_and_the_loss_of_one_leaves_the_other_alone(recorded, shin):
    sensors = [
        PeripheralParams(shin, side="left", serial="L-1", name="Shin left"),
        PeripheralParams(shin, side="right", serial="R-1", name="Shin right", faults=(fault(10.0, "drop", 8.0),)),
    ]
    wanted = [Wanted(shin, side="left", match="L-1"), Wanted(shin, side="right", match="R-1")]
    found = recorded(sensors, 30.0, wanted=wanted)
    assert found.links(0) == ["connected"]
    assert found.links(1) == ["connected", "lost", "connected"]
    assert [status.serial for status in found.midway] == ["L-1", "R-1"]
    assert found.counts[0].dropped == 0
    left = [t for t in found.times_s(Notification, 0) if t > 8.0]
    assert max(b - a for a, b in itertools.pairwise(left)) < 0.1


def test_two_sensors_of_one_kind_without_a_choice_are_not_mixed_up_by_a_loss(recorded, shin):
    sensors = [
        PeripheralParams(shin, serial="A", seed=1, faults=(fault(10.0, "drop", 2.0),)),
        PeripheralParams(shin, serial="B", seed=2, faults=(fault(10.0, "drop", 1.0),)),
    ]
    found = recorded(sensors, 30.0, wanted=[Wanted(shin, side="left"), Wanted(shin, side="right")])
    for sensor in (0, 1):
        serials = {read.payload for read in found.of(Read, sensor) if read.what == "serial"}
        assert len(serials) == 1
        assert found.links(sensor) == ["connected", "lost", "connected"]
        boots = [read.payload[20:24] for read in found.of(Read, sensor) if read.what == "info"]
        assert len(boots) == 2
    assert [one.connections for one in found.counts] == [2, 2]


def test_a_rate_command_that_does_nothing_shows(recorded, shin):
    found = recorded([PeripheralParams(shin, rate_hz=52.0, rate_stuck=True)], 15.0)
    assert found.midway[0].rate_hz == pytest.approx(52.0, rel=0.06)
    assert found.midway[0].advice.startswith("asked for 104 Hz, the sensor sends 5")
    assert "asked for 104 Hz" in found.log


def test_a_rate_command_that_the_sensor_refuses_shows_and_the_stream_goes_on(recorded, shin):
    text = spec_text("shin-imu-v1").replace('hex = "03{rate:u16le}', 'hex = "7f{rate:u16le}')
    wrong = parse_spec(text, "wrong.toml")
    found = recorded([PeripheralParams(shin, rate_hz=52.0)], 15.0, wanted=[Wanted(wrong)])
    assert found.midway[0].state == "streaming"
    assert found.midway[0].advice.startswith("asked for 104 Hz, the sensor sends 5")
    assert "cannot set 104 Hz" in found.log


def test_rubbish_and_doubles_are_named(recorded, shin):
    rubbish = recorded([PeripheralParams(shin, faults=(fault(8.0, "garbage", 60.0),))], 20.0)
    assert "bytes that shin-imu-v1 does not allow" in rubbish.midway[0].advice
    double = recorded([PeripheralParams(shin, faults=(fault(8.0, "double", 60.0),))], 20.0)
    assert "everything arrives twice" in double.midway[0].advice
    assert double.midway[0].rate_hz == pytest.approx(104.0, rel=0.06)
    assert double.midway[0].lost == 0


def test_the_wrong_device_with_the_right_name_is_turned_away_and_the_right_one_found(recorded, shin):
    impostor = PeripheralParams(shin, name="shin imu", impostor=True, seed=5, rssi_dbm=-30)
    wanted = [Wanted(shin, match="shin imu")]
    alone = recorded([impostor], 20.0, wanted=wanted)
    assert alone.midway[0].advice.startswith("this device is no shin IMU profile v1")
    both = recorded([impostor, PeripheralParams(shin, name="shin imu", seed=6)], 20.0, wanted=wanted)
    assert both.midway[0].state == "streaming"


def test_a_serial_number_that_is_not_advertised_is_asked_for(recorded, shin):
    sensors = [PeripheralParams(shin, serial=serial, seed=seed) for seed, serial in enumerate(("X-1", "X-2", "X-3"))]
    found = recorded(sensors, 30.0, wanted=[Wanted(shin, match="x-3")])
    assert found.midway[0].serial == "X-3"
    assert found.counts[2].connections == 1


@pytest.mark.parametrize("early_lost", [False, True])
def test_a_sensor_that_streams_before_it_is_asked_to(recorded, shin, early_lost):
    found = recorded([PeripheralParams(shin, eager=True)], 10.0, link=AirParams(early_lost=early_lost))
    assert found.midway[0].state == "streaming"
    assert found.midway[0].lost == 0


def test_slow_answers_and_requests_that_are_not_heard_only_delay_it(recorded, shin):
    faults = (fault(0.0, "slow_answers", 60.0), fault(0.0, "vanish", 2.0))
    found = recorded([PeripheralParams(shin, faults=faults)], 40.0)
    assert found.midway[0].state == "streaming"
    assert found.links() == ["connected"]


def test_the_battery_is_looked_at_every_minute(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(fault(30.0, "battery", 9.0),))], 130.0)
    assert found.midway[0].battery == 9
    assert [read.payload for read in found.of(Read) if read.what == "battery"] == [b"\x57", b"\x09", b"\x09"]


def test_inputs_stand_where_they_happened(recorded, shin):
    async def script(air, source):
        source.push_input("start")
        await asyncio.sleep(5.0)
        source.push_input("mark", '"here"')

    found = recorded([PeripheralParams(shin)], 10.0, script=script)
    inputs = found.of(Input, None)
    assert [(one.action, one.value, one.host_time_ns) for one in inputs] == [
        ("start", "null", 0),
        ("mark", '"here"', 5_000_000_000),
    ]


def test_a_reader_that_is_too_slow_loses_notifications_and_is_told(shin):
    async def main() -> LiveSource:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            source = LiveSource(air.radio, [Wanted(shin)], clock_ns=clock_ns, capacity=50)
            async with source:
                await asyncio.sleep(10.0)
                source.stop()
                kinds: list[type[Record]] = [type(record) async for record in source]
            assert kinds[-1] is Flush
            assert kinds.count(Link) == 1
            return source

    source = run_virtual(main())
    assert source.dropped > 100
    assert source.queue_high_water < 60
    assert "too slow" in source.log.text


def test_leaving_without_stop_disconnects_the_sensor(shin):
    async def main() -> bool:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            async with LiveSource(air.radio, [Wanted(shin)], clock_ns=clock_ns) as source:
                async for record in source:
                    if isinstance(record, Notification):
                        break
                assert air.peripheral().connected
            await asyncio.sleep(1.0)
            return air.peripheral().connected

    assert run_virtual(main()) is False


def test_a_source_that_is_stopped_before_it_begins_ends_at_once(shin):
    async def main() -> list[type[Record]]:
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            source = LiveSource(air.radio, [Wanted(shin)], clock_ns=clock_ns)
            source.stop()
            async with source:
                return [type(record) async for record in source]

    assert run_virtual(main()) == [Flush]


def test_impossible_wishes_are_refused(shin):
    with pytest.raises(UserError, match="no sensor is wanted"):
        LiveSource(None, [])  # type: ignore[arg-type]  # refused before the radio is looked at
    with pytest.raises(UserError, match="cannot run at 100 Hz"):
        Wanted(shin, rate_hz=100.0)
    with pytest.raises(UserError, match="no stream"):
        Wanted(shin, stream="nope")
    with pytest.raises(UserError, match="no sensor 0"):
        LiveSource(None, [Wanted(shin)]).status(0)  # type: ignore[arg-type]


def test_the_log_holds_nothing_about_a_person(recorded, shin):
    found = recorded([PeripheralParams(shin, name="Anna's shin", serial="ANNA-123456")], 10.0)
    assert "Anna" not in found.log
    assert "ANNA" not in found.log
    assert "..3456" in found.log
    assert replace(found.midway[0]).state == "streaming"
