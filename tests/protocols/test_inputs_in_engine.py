"""What the person does in a whole session means the same, however its records are pushed."""

from dataclasses import replace

import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Block, Cue, Event, Input, Record, RepDone, Targets

PRESSES = {14.0: "pause", 19.5: "resume", 24.0: "next-try", 31.0: "mark", 37.0: "re-zero"}


def with_inputs(records: list[Record], last: str) -> list[Record]:
    """The records with presses among them, numbered anew."""
    due = sorted({**PRESSES, 45.0: last}.items())
    zero_ns = records[0].host_time_ns
    out: list[Record] = []
    for record in records:
        while due and record.host_time_ns - zero_ns >= due[0][0] * 1e9:
            out.append(Input(0, zero_ns + round(due[0][0] * 1e9), None, due[0][1]))
            due.pop(0)
        out.append(record)
    assert not due
    return [replace(record, order=order) for order, record in enumerate(out)]


def told(events: list[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Block)]


@pytest.mark.parametrize("last", ["hurts-stop", "stop"])
@pytest.mark.parametrize("side", ["left", "both"])
def test_one_by_one_and_all_at_once_say_the_same(last: str, side: str) -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), side=side, reps=6)  # type: ignore[arg-type]
    records = with_inputs(list(simulation.records()), last)
    setup = SessionSetup(simulation.setups, targets=Targets(angle_deg=36.0, hold_s=1.0, reps=6))
    one, many = Engine(setup), Engine(setup)
    single = told([event for record in records for event in one.push(record)])
    assert single == told(many.push_many(records))
    cues = [event.cue for event in single if isinstance(event, Cue)]
    assert {"paused", "resumed", "next_try"} <= set(cues)
    if side == "left":
        assert cues.count("stand") == 2
    stored = sum(isinstance(event, RepDone) for event in single)
    assert 0 < cues.count("rep_counted") < stored  # every repetition is stored, not every one counts for the set
    after = [event for event in single if isinstance(event, Cue) and event.time_s > 45.0]
    assert after == []
