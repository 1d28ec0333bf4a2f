"""Any schedule of faults: the session stays one, every link comes back, nothing hangs, replay equals live."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.ble.source import Wanted
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Block, Gap, Link, Notification, SensorRestarted, SensorSetup

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

import itertools

from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault

SHIN = load_spec("shin-imu-v1")
LAST_S = 25.0
"""Faults begin before this time."""
RETURN_S = 60.0
"""After the last fault has ended: a connection that is being made takes 20 s to fail, a pause 5 s at most."""
MARKED_WITHIN = 40
"""Records: a clock may hold the first packets of a new segment back until it can place them."""
SIZES = {
    "drop": st.floats(0.0, 5.0),
    "polite_drop": st.floats(0.0, 5.0),
    "stall": st.floats(0.3, 10.0),
    "blackout": st.floats(0.3, 10.0),
    "reboot": st.floats(0.1, 5.0),
    "slow_answers": st.floats(0.5, 10.0),
    "vanish": st.integers(1, 3).map(float),
    "garbage": st.floats(0.3, 5.0),
    "double": st.floats(0.3, 5.0),
    "battery": st.floats(0.0, 100.0),
}
FAULTS = st.sampled_from(sorted(SIZES)).flatmap(
    lambda kind: st.builds(ScheduledFault, st.floats(0.0, LAST_S), st.just(kind), SIZES[kind])
)
SCHEDULES = st.lists(FAULTS, max_size=6).map(tuple)
AIRS = st.builds(
    AirParams,
    interval_s=st.sampled_from([0.0075, 0.015, 0.03, 0.05]),
    per_event=st.sampled_from([2, 6]),
    mtu=st.sampled_from([23, 185, 247]),
    retransmit_probability=st.sampled_from([0.0, 0.15]),
    early_lost=st.booleans(),
)
ADAPTER = st.one_of(st.none(), st.tuples(st.floats(0.0, LAST_S), st.floats(0.2, 10.0)))
QUICK = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def switching(adapter):
    async def script(air, source):
        if adapter is not None:
            await asyncio.sleep(adapter[0])
            await air.adapter_off()
            await asyncio.sleep(adapter[1])
            await air.adapter_on()

    return script


def results(found, sensors, *, together):
    """What an engine makes of the records: everything but how rows are cut into blocks, and the ledger."""
    setup = SessionSetup(tuple(SensorSetup("left", 104.0, SHIN.text, "raw6") for _ in range(sensors)))
    engine = Engine(setup)
    if together:
        events = engine.push_many(found.records)
    else:
        events = [event for record in found.records for event in engine.push(record)]
    rows = sum(len(event.samples) for event in events if isinstance(event, Block))
    return [event for event in events if not isinstance(event, Block)], rows, [engine.ledger(i) for i in range(sensors)]


@QUICK
@given(SCHEDULES, AIRS, ADAPTER)
def test_a_link_survives_any_schedule_of_faults(recorded, faults, air, adapter):
    found = recorded(
        [PeripheralParams(SHIN, faults=faults)], LAST_S + 15.0 + RETURN_S, link=air, script=switching(adapter)
    )
    status = found.midway[0]
    assert status.state == "streaming"
    assert found.unreturned == ()
    assert status.rate_hz == pytest.approx(104.0, rel=0.06)
    counts = found.counts[0]
    assert counts.sampled == counts.sent + counts.dropped + counts.waiting
    # each notification that the sensor sent is a record once, or belongs to a connection that was given up
    data = [record for record in found.of(Notification) if record.characteristic == "data"]
    assert len(data) <= counts.notifications


@QUICK
@given(SCHEDULES, AIRS)
def test_replay_equals_live_and_every_sample_is_accounted_for(recorded, faults, air):
    found = recorded([PeripheralParams(SHIN, faults=faults)], LAST_S + 15.0, link=air)
    live, replayed = results(found, 1, together=False), results(found, 1, together=True)
    assert live == replayed
    events, rows, ((ledger,),) = live
    assert rows == ledger.decoded + ledger.bridged
    assert ledger.gaps == sum(isinstance(event, Gap) for event in events)
    if not any(fault.kind in ("garbage", "double") for fault in faults):
        received = sum(r.payload[1] & 0x1F for r in found.of(Notification) if r.characteristic == "data")
        assert ledger.decoded + ledger.rejected == received
    assert_losses_are_marked(found, events)


def assert_losses_are_marked(found, events):
    """Between data of two connections stands a gap or a restart."""
    marks = [event.order for event in events if isinstance(event, Gap | SensorRestarted)]
    connection, last = 0, None
    for record in found.records:
        if isinstance(record, Link):
            connection += record.state == "connected"
        elif isinstance(record, Notification) and record.characteristic == "data":
            if last is not None and last[0] != connection:
                assert any(last[1] < order <= record.order + MARKED_WITHIN for order in marks)
            last = connection, record.order


@QUICK
@given(SCHEDULES)
def test_whatever_happens_to_one_sensor_leaves_the_other_alone(recorded, faults):
    sensors = [
        PeripheralParams(SHIN, side="left", serial="L-1", seed=1),
        PeripheralParams(SHIN, side="right", serial="R-1", seed=2, faults=faults),
    ]
    wanted = [Wanted(SHIN, side="left", match="L-1"), Wanted(SHIN, side="right", match="R-1")]
    found = recorded(sensors, LAST_S + 10.0, wanted=wanted)
    assert found.links(0) == ["connected"]
    assert found.counts[0].dropped == 0
    times = [r.host_time_ns / 1e9 for r in found.of(Notification) if r.characteristic == "data"]
    assert max(b - a for a, b in itertools.pairwise(times)) <= 0.1
