"""``dorsi record --programme`` on virtual time: one visit, leg after leg, and what became of every step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.record import record
from sensor_pipeline.errors import UserError

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

HEAD = """
schema = 1
id = "mine"
name = "Mine"
about = "a short one"
when = "any"
how_often = "once"
sources = ["own"]
"""


def item(protocol: str, part: str, **more: object) -> str:
    rest = "".join(f"{name} = {json.dumps(value)}\n" for name, value in more.items())
    return f'[[items]]\nprotocol = "{protocol}"\npart = "{part}"\n{rest}'


ASKED = item("cleared", "ask") + item("pain", "ask", questions=["pain_before"])
TESTED = (
    item("dynamic_mob", "test", reps=1, rest_after_s=20)
    + item("ankle_circles", "exercise", reps=2, optional=True)
    + item("dynamic_mob", "retest", reps=1)
)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + ASKED + TESTED)
    return path


def run(library: Path, programme: Path | str, *arguments: str, expect: int = 0) -> Result:
    arguments = ("--virtual", "--fast", "--library", str(library), "--programme", str(programme), *arguments)
    result = CliRunner().invoke(record, arguments)
    assert result.exit_code == expect, (result.output, result.exception)
    return result


def visit(library: Path) -> dict[str, Any]:
    (path,) = library.glob("visit-*.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_a_visit_does_one_leg_then_the_other_and_keeps_what_became_of_every_step(tmp_path: Path, mine: Path) -> None:
    library = tmp_path / "library"
    result = run(library, mine, "--person", "ann", "--answers", "none", "--seed", "2")
    found = visit(library)
    assert (found["programme"], found["person"], found["legs"], found["ended"]) == (
        "mine",
        "ann",
        ["left", "right"],
        "done",
    )
    assert found["answers"] == {"cleared": True, "pain_before": 0}  # what the gate was told is not asked again
    assert [(one["protocol"], one["leg"], one["became"]) for one in found["outcomes"]] == [
        ("cleared", None, "done"),
        ("pain", None, "done"),
        *[(name, leg, "done") for leg in ("left", "right") for name in ("dynamic_mob", "ankle_circles", "dynamic_mob")],
    ]
    sessions = [load_session(library / one["session"]) for one in found["outcomes"] if one["session"]]
    assert [session.meta.sensors[0].setup.side for session in sessions] == ["left", "left", "right", "right"]
    assert {session.meta.visit for session in sessions} == {found["visit"]}
    straps = [session.meta.strap for session in sessions]
    assert straps[0] == straps[1] != straps[2] == straps[3]  # the retest is done on the strapping of the test
    assert [len(session.rep_values()) for session in sessions] == [1, 1, 1, 1]
    assert sessions[0].meta.answers["pain_before"] == 0
    assert "Move the sensor to the shin of the right leg." in result.stderr
    assert "Rest 20 s." in result.stderr


def test_nobody_s_question_is_left_open_and_said_so(tmp_path: Path, mine: Path) -> None:
    library = tmp_path / "library"
    run(library, mine, "--side", "left")
    found = visit(library)
    assert [(one["became"], one["reason"]) for one in found["outcomes"][:2]] == [("skipped", "nobody answered")] * 2
    assert found["legs"] == ["left"]
    assert len(found["outcomes"]) == 5


def test_achilles_pain_takes_out_what_stretches_it_and_the_rest_is_done(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + ASKED + item("ankle_circles", "exercise", reps=1) + item("dynamic_mob", "test", reps=1)
                    + item("release_achilles", "exercise"))  # fmt: skip
    library = tmp_path / "library"
    run(library, path, "--side", "left", "--answers", '{"pain": 3, "pain_site": "achilles"}')
    outcomes = {one["protocol"]: one for one in visit(library)["outcomes"]}
    assert outcomes["release_achilles"]["became"] == "skipped"
    assert "Achilles" in outcomes["release_achilles"]["reason"]
    assert outcomes["ankle_circles"]["became"] == "done"


def test_the_stream_of_lines_says_steps_outcomes_and_the_end(tmp_path: Path, mine: Path) -> None:
    result = run(tmp_path / "library", mine, "--side", "left", "--answers", "none", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = [one["event"] for one in found]
    assert kinds.count("step") == kinds.count("outcome") == 5
    assert kinds.count("session") == kinds.count("ended") == 2
    assert (kinds[-1], found[-1]["reason"], found[-1]["exit_code"]) == ("visit_ended", "done", 0)
    timed = found[kinds.index("outcome", kinds.index("rest")) - 1]
    assert (timed["event"], timed["cue"]) == ("cue", "set_done")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--protocol", "ktw_standing"), "leave --protocol"),
        (("--reps", "3"), "leave --protocol"),
        (("--side", "left", "--side", "left"), "twice"),
        (("--sensor", "shin-imu-v1", "--sensor", "shin-imu-v1"), "one sensor"),
    ],
)
def test_what_does_not_go_with_a_programme_is_refused(
    tmp_path: Path, mine: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(tmp_path / "library", mine, *arguments, expect=1)
    assert isinstance(result.exception, UserError)
    assert said in str(result.exception)


def test_a_programme_without_anything_to_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + ASKED + item("ankle_circles", "exercise"))
    result = run(tmp_path / "library", path, expect=1)
    assert "a sensor sees nothing of it" in str(result.exception)
