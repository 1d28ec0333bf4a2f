"""One supervised link: late callbacks are ignored, silence is tried blindly, numbers for people are right."""

from __future__ import annotations

import asyncio

import pytest

from sensor_pipeline.types import Notification

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault


def test_a_callback_of_an_ended_connection_is_ignored_and_noted(recorded, shin):
    async def script(air, source):
        await asyncio.sleep(5.0)
        supervisor = source._supervisors[0]
        air.peripheral().drop(2.0)
        await asyncio.sleep(0.5)
        for _ in range(5):
            supervisor.notified(1, "data", 0, b"late")
        await asyncio.sleep(8.0)
        for _ in range(5):
            supervisor.notified(1, "data", 0, b"late")
        supervisor.gone(1)
        supervisor.read(1, "battery", b"\x01")

    found = recorded([PeripheralParams(shin)], 20.0, script=script)
    assert found.links() == ["connected", "lost", "connected"]
    assert all(record.payload != b"late" for record in found.of(Notification))
    assert found.log.count("ignored: a notification of connection 1, which is over") == 3
    assert "10 of ended connections ignored" in found.log
    assert found.midway[0].battery == 87


def test_a_lost_sensor_that_stays_silent_is_tried_without_an_advertisement(recorded, shin):
    faults = (ScheduledFault(5.0, "reboot", float("inf")),)
    found = recorded([PeripheralParams(shin, faults=faults)], 90.0)
    assert "without an advertisement" in found.log
    assert found.links() == ["connected", "lost"]


def test_a_sensor_that_returns_during_a_blind_attempt_is_back_at_once(recorded, shin):
    faults = (ScheduledFault(5.0, "drop", 35.0),)
    found = recorded([PeripheralParams(shin, faults=faults)], 60.0)
    assert "without an advertisement" in found.log
    assert min(t for t in found.times_s(Notification) if t > 6.0) < 40.0 + 3.0


def test_a_bug_of_our_own_reaches_the_reader(recorded, shin):
    async def script(air, source):
        await asyncio.sleep(5.0)
        source._supervisors[0]._spawn(broken())

    async def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recorded([PeripheralParams(shin)], 10.0, script=script)


def test_the_pauses_between_attempts_grow_and_are_bounded(recorded, shin):
    found = recorded([PeripheralParams(shin, faults=(ScheduledFault(5.0, "stall", 1e5),))], 200.0)
    pauses = [float(line.split("in ")[1].split(" s")[0]) for line in found.log.splitlines() if "next attempt" in line]
    assert pauses[0] == 0.25
    assert 2.4 < max(pauses[-5:]) <= 5.0
    assert min(pauses) >= 0.25
    assert "sends nothing" in found.midway[0].advice or "START" in found.midway[0].advice


def test_status_tells_what_is_going_on(recorded, shin):
    states = []

    async def script(air, source):
        states.append(source.status(0).state)
        await asyncio.sleep(1.0)
        states.append(source.status(0).state)
        await asyncio.sleep(9.0)
        states.append(source.status(0).state)
        air.peripheral().stall(30.0)
        await asyncio.sleep(2.0)
        states.append(source.status(0).state)
        assert source.status(0).advice == "connected, but no data comes; START was sent again"

    found = recorded([PeripheralParams(shin)], 15.0, script=script)
    assert states == ["seeking", "connecting", "streaming", "stalled"]
    assert found.status[0].state == "ended"
