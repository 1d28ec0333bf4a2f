"""What a program reads: one object a line, each understood by itself."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.ble.status import LinkStatus
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.recording.json_lines import JsonLines, snake_case
from sensor_pipeline.cli.recording.plan import Ended, Plan
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Angles, Block, Cue, RepStarted, Samples

STATUS = LinkStatus("streaming", 0.0, 104.0, 0, 87.0, -50, "S1", "", 100, 0)
PLAN = Plan(Path("library"), (Wanted(load_spec("shin-imu-v1"), side="right"),), person="anna")


def block(known: bool) -> Block:
    zeros, two = np.zeros(2), np.zeros((2, 3))
    yes = np.full(2, known)
    samples = Samples(np.array([1.0, 1.5]), zeros, two, two, np.zeros(2, np.uint16))
    return Block(0, 0, 1.5, samples, Angles(np.array([0.0, 0.5]), yes, zeros, yes, zeros, yes))


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_lines_name_events_legs_and_angles() -> None:
    out = io.StringIO()
    outlet = JsonLines(out, PLAN, lambda: None)
    outlet.begun("id", "library/id")
    outlet.events([block(False), block(True), RepStarted(3, 0, 1.5, 1), Cue(4, None, 1.6, "stand", "Stand.")])
    outlet.status(0, STATUS)
    outlet.refused("hop", "no command")
    outlet.ended(Ended("stopped"), 1)
    found = lines(out.getvalue())
    kinds = [line["event"] for line in found]
    assert kinds == ["session", "angle", "angle", "rep_started", "cue", "status", "refused", "ended"]
    assert found[0]["person"] == "anna"
    assert (found[1]["dorsiflexion_deg"], found[1]["time_s"], found[1]["side"]) == (None, 1.5, "right")
    assert found[2]["dorsiflexion_deg"] == pytest.approx(np.degrees(0.5))
    assert found[3] == {"event": "rep_started", "time_s": 1.5, "sensor": 0, "side": "right", "rep": 1}
    assert found[4]["side"] is None
    assert found[7]["samples"] is None


def test_a_reader_that_has_gone_is_noticed_once_and_nothing_is_written_any_more() -> None:
    gone: list[bool] = []
    out = io.StringIO()
    outlet = JsonLines(out, PLAN, lambda: gone.append(True))
    out.close()
    outlet.alarm("a", "b")
    outlet.alarm("a", "c")
    assert gone == [True]


def test_event_names_are_the_classes_in_snake_case() -> None:
    assert snake_case("RepDone") == "rep_done"
    assert snake_case("Gap") == "gap"
