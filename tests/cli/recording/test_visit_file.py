"""The file of a visit: whole after every step, read by anything that reads JSON."""

from __future__ import annotations

import json
from pathlib import Path

from sensor_pipeline.cli.recording.visit_file import VisitRecord, store_visit, visit_path
from sensor_pipeline.library.sessions import Library
from sensor_pipeline.protocols.walk import Outcome

VISIT = VisitRecord("v1", "standard", "schema = 1\n", "ann", False, ("right", "left"))


def test_it_holds_the_programme_the_answers_and_what_became_of_every_step(tmp_path: Path) -> None:
    record = VISIT.having(Outcome(1, "pain", None, "done")).having(
        Outcome(2, "ktw_standing", "right", "shortened", "stopped", "20261121T061714Z-right-ktw_standing-8f91")
    )
    path = store_visit(tmp_path / "library", record)
    assert path == visit_path(tmp_path / "library", "v1")
    found = json.loads(path.read_text())
    assert (found["schema"], found["visit"], found["text"], found["legs"]) == (
        1,
        "v1",
        "schema = 1\n",
        ["right", "left"],
    )
    assert found["outcomes"][1] == {
        "step": 2,
        "protocol": "ktw_standing",
        "leg": "right",
        "became": "shortened",
        "reason": "stopped",
        "session": "20261121T061714Z-right-ktw_standing-8f91",
    }


def test_a_question_that_each_leg_answers_keeps_both(tmp_path: Path) -> None:
    record = (
        VISIT.answering("pain_before", 0, None).answering("site", "calf", "left").answering("site", "front", "right")
    )
    assert record.answers == {"pain_before": 0, "site": {"left": "calf", "right": "front"}}


def test_it_is_no_session(tmp_path: Path) -> None:
    store_visit(tmp_path, VISIT)
    assert Library(tmp_path).sessions() == ()
