"""The engine: one pipeline a sensor in one time base, the coach among the events, nothing after the end."""

import dataclasses

import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Block, Cue, RepDone, SensorSetup, Targets, Tick


def test_two_legs_are_measured_in_one_time_base_and_counted_apart() -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), side="both", reps=2)
    engine = Engine(SessionSetup(simulation.setups, targets=Targets(angle_deg=30.0, reps=2)))
    events = engine.push_many(tuple(simulation.records()))
    done = [(event.sensor, event.rep.side, event.rep.rep) for event in events if isinstance(event, RepDone)]
    assert sorted(done) == [(0, "left", 1), (0, "left", 2), (1, "right", 1), (1, "right", 2)]
    starts = {e.sensor: e.samples.time_s[0] for e in reversed(events) if isinstance(e, Block)}
    assert abs(starts[0] - starts[1]) < 0.5
    assert {event.sensor for event in events if isinstance(event, Cue) and event.cue == "set_done"} == {0, 1}
    for sensor in (0, 1):
        assert engine.ledger(sensor)[0].lost == 0
        assert engine.info(sensor)["serial"] == f"SIM-1-{sensor}"


@pytest.mark.parametrize("count", [0, 9])
def test_a_session_needs_a_sensor_and_not_nine(count: int) -> None:
    with pytest.raises(UserError, match=str(count)):
        Engine(SessionSetup((SensorSetup("left", 100.0),) * count))


def test_a_record_of_an_unknown_sensor_is_refused_by_name() -> None:
    engine = Engine(SessionSetup((SensorSetup("left", 100.0),)))
    with pytest.raises(UserError, match="sensor 3"):
        engine.push(Tick(0, 0, 3))


def test_nothing_happens_after_the_end() -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=1)
    records = tuple(simulation.records())
    engine = Engine(SessionSetup(simulation.setups))
    assert engine.push_many(records)
    assert engine.push_many(records) == []
    assert engine.push(records[0]) == []


def test_the_setup_decides_the_result() -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=1)
    records = tuple(simulation.records())
    setup = SessionSetup(simulation.setups, targets=Targets(angle_deg=55.0))
    strict = Engine(setup).push_many(records)
    (rep,) = [event.rep for event in strict if isinstance(event, RepDone)]
    assert rep.faults == ("short_of_target",)
    easy = Engine(dataclasses.replace(setup, targets=Targets(angle_deg=20.0))).push_many(records)
    (rep,) = [event.rep for event in easy if isinstance(event, RepDone)]
    assert rep.faults == ()


def test_records_pushed_one_by_one_give_the_events_of_records_pushed_together() -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), side="both", reps=1)
    records = tuple(simulation.records())
    setup = SessionSetup(simulation.setups, targets=Targets(hold_s=0.5))
    one, many = Engine(setup), Engine(setup)
    single = [event for record in records for event in one.push(record) if not isinstance(event, Block)]
    assert single == [event for event in many.push_many(records) if not isinstance(event, Block)]
    assert any(isinstance(event, Cue) and event.cue == "hold_done" for event in single)
    assert [one.ledger(sensor) for sensor in (0, 1)] == [many.ledger(sensor) for sensor in (0, 1)]


def test_a_later_record_of_an_unknown_sensor_is_refused_too() -> None:
    engine = Engine(SessionSetup((SensorSetup("left", 100.0),)))
    engine.push(Tick(0, 0, 0))
    with pytest.raises(UserError, match="sensor -1"):
        engine.push(Tick(1, 1, -1))
