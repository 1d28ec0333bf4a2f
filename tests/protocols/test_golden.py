"""What the guide says, protocol by protocol, to a simulated person: kept in ``golden/``, one file each.

``python tests/protocols/test_golden.py`` writes the files anew; a change of them is a change of what people hear.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.library.protocols import load_protocol, protocol_ids
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.pipeline import Pipeline
from sensor_pipeline.protocols.guidance import Guidance, targets_of
from sensor_pipeline.protocols.guide import Guide
from sensor_pipeline.protocols.protocol import Protocol
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Cue, Flush, Input, Record, Side, Tick

GOLDEN = Path(__file__).with_name("golden")
GUIDED = [name for name in protocol_ids() if load_protocol(name).way != "questions"]
ANSWER = json.dumps({"safety": {"excluded": [], "pain": 0}})
TIME_S, VALUE = 0.05, 0.1
"""A golden cue may move by a row or two, and an angle by 0.1 deg, between orientation filters and platforms."""
NUMBERS = {"result_best", "result_mean", "distance_check"}
"""Cues whose words hold a measured number: compared by value."""


def rep(start_s: float, peak_deg: float, hold_s: float = 2.5) -> ScriptedRep:
    return ScriptedRep(start_s, 1.5, hold_s, 1.5, peak_deg * RAD_PER_DEG)


def script(protocol: Protocol) -> list[ScriptedRep]:
    """What the simulated person does: four seconds of rest between repetitions, more to answer "not touched"."""
    if protocol.way == "search":
        # 34, 36 and 38 degrees touch; the fourth does not; after standing still two more at the furthest mark
        starts = [(8.0, 34.0), (18.0, 36.0), (28.0, 38.0), (38.0, 38.2), (60.0, 37.8), (70.0, 38.1)]
        return [rep(start_s, peak_deg) for start_s, peak_deg in starts]
    hold_s = (protocol.dose.hold_s or 0.5) + 0.5
    count = protocol.dose.reps or 3
    if protocol.dose.total_s is not None:
        count = int(protocol.dose.total_s / (hold_s + 7.0)) + 2
    peak_deg = 20.0 if protocol.id == "heel_raise" else 36.0
    return [rep(8.0 + (hold_s + 7.0) * i, peak_deg + 0.3 * i % 3, hold_s) for i in range(count)]


def moving(protocol: Protocol, side: Side = "left") -> list[Record]:
    """The records of a simulated person who does a protocol, the safety answers among them."""
    person = PersonParams(stand_s=6.0, finish_s=4.0)
    simulation = simulate_session(
        spec_text("shin-imu-v1"),
        side=side,
        seed=5,
        legs=lambda leg: Lunge(leg, person, [] if protocol.way == "pose" else script(protocol), 5),
    )
    records: list[Record] = []
    for record in simulation.records():
        records.append(record)
        if isinstance(record, Input) and record.action == "start":
            records.append(Input(0, record.host_time_ns, None, "answer", ANSWER))
    return [dataclasses.replace(record, order=order) for order, record in enumerate(records)]


def waiting(seconds: float) -> list[Record]:
    """The records of a session in which nothing moves but time."""
    records: list[Record] = [Input(0, 0, None, "start"), Input(1, 1, None, "answer", ANSWER)]
    records += [Tick(2 + i, round(0.5e9 * i) + 2, None) for i in range(int(seconds * 2))]
    return [*records, Flush(len(records), round(seconds * 1e9), None)]


def guided(protocol: Protocol, records: list[Record], chunk: int, side: Side = "left") -> list[Cue]:
    """What is said; the records are pushed in chunks."""
    guidance = Guidance(protocol.text, shank_cm=43.0, start_cm=6.0)
    targets = targets_of(protocol, guidance.dose(protocol))
    simulation = simulate_session(spec_text("shin-imu-v1"), side=side, reps=0)
    pipeline = Pipeline(simulation.setup, 0, targets=targets, orientation=available_filters()[0])
    guide = Guide(guidance, targets, (side,))
    zero_ns = records[0].host_time_ns
    pipeline.start(zero_ns)
    cues: list[Cue] = []
    for begin in range(0, len(records), chunk):
        part = records[begin : begin + chunk]
        events = guide.follow(part, pipeline.push_many(part), zero_ns)
        cues += [event for event in events if isinstance(event, Cue)]
    return cues


def rows(name: str, chunk: int = 10**9) -> list[list[Any]]:
    """The golden rows of a protocol: time, cue, value, text."""
    protocol = load_protocol(name)
    records = waiting(400.0) if protocol.way == "timer" else moving(protocol)
    return [
        [round(cue.time_s, 2), cue.cue, None if cue.value is None else round(cue.value, 2), cue.text]
        for cue in guided(protocol, records, chunk)
    ]


@pytest.mark.parametrize("name", GUIDED)
def test_the_guide_says_what_it_said(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))["cues"]
    found = rows(name)
    assert [row[1] for row in found] == [row[1] for row in expected]
    for (time_s, cue, value, text), (time_then_s, _, value_then, text_then) in zip(found, expected, strict=True):
        assert time_s == pytest.approx(time_then_s, abs=TIME_S), cue
        assert (value is None) == (value_then is None), cue
        if value is not None:
            assert value == pytest.approx(value_then, abs=VALUE), cue
        if cue not in NUMBERS:
            assert text == text_then


def test_every_guided_protocol_has_its_golden_file_and_no_other() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(GUIDED)


@pytest.mark.parametrize("name", ["ktw_standing", "soleus_lunge"])
def test_the_chunks_in_which_records_come_change_nothing(name: str) -> None:
    protocol = load_protocol(name)
    records = moving(protocol)
    whole = guided(protocol, records, 10**9)
    for chunk in (1, 7):
        assert guided(protocol, records, chunk) == whole


def test_the_first_try_counts_within_a_minute_of_strapping_on_and_both_legs_are_done_in_five() -> None:
    protocol = load_protocol("ktw_standing")
    person = PersonParams(stand_s=6.0, finish_s=4.0)
    later_s = {"left": 0.0, "right": 75.0}  # the left leg's set takes 75 s: see the golden file

    def leg(side: Side) -> Lunge:
        reps = [dataclasses.replace(one, start_s=one.start_s + later_s[side]) for one in script(protocol)]
        return Lunge(side, person, reps, 5)

    simulation = simulate_session(spec_text("shin-imu-v1"), side="both", seed=5, legs=leg)
    records = list(simulation.records())
    targets = targets_of(protocol, protocol.dose)
    guide = Guide(Guidance(protocol.text, gated=False), targets, ("left", "right"))
    pipelines = [
        Pipeline(setup, index, targets=targets, orientation=available_filters()[0])
        for index, setup in enumerate(simulation.setups)
    ]
    events = []
    for pipeline in pipelines:
        pipeline.start(records[0].host_time_ns)
        events += pipeline.push_many([one for one in records if one.sensor in (None, pipeline.sensor)])
    events.sort(key=lambda event: event.order)
    cues = [one for one in guide.follow(records, events, records[0].host_time_ns) if isinstance(one, Cue)]
    counted_s = [cue.time_s for cue in cues if cue.cue == "rep_counted"]
    assert counted_s[0] <= 60.0
    done = [cue for cue in cues if cue.cue == "set_done"]
    assert [cue.sensor for cue in done] == [0, 1]
    assert done[-1].time_s <= 300.0
    best = [cue.value for cue in cues if cue.cue == "result_best"]
    assert best == pytest.approx([38.1, 38.1], abs=1.0)


def write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name in GUIDED:
        lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in rows(name))
        (GOLDEN / f"{name}.json").write_text(f'{{"protocol": "{name}", "cues": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    write()
