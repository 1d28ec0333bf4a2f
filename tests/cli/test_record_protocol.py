"""``dorsi record --protocol`` on virtual time: guided from the first cue to the end of the set, replayable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline import load_session
from sensor_pipeline.cli.record import record
from sensor_pipeline.cli.show import show
from sensor_pipeline.errors import ProtocolError, UserError
from sensor_pipeline.library.protocols import protocol_text
from sensor_pipeline.recording import replay as replaying
from sensor_pipeline.recording.outcome import compute
from sensor_pipeline.recording.same import same_as_stored
from sensor_pipeline.types import Cue

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")


def run(library: Path, *arguments: str, expect: int = 0) -> Result:
    result = CliRunner().invoke(record, ("--virtual", "--fast", "--library", str(library), *arguments))
    assert result.exit_code == expect, (result.output, result.exception)
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def replayed_cues(folder: Path) -> list[tuple[float, str, str, float | None]]:
    session = load_session(folder)
    events = compute(session.records(), session.setup(), lambda block: None).events
    return [(event.time_s, event.cue, event.text, event.value) for event in events if isinstance(event, Cue)]


def test_without_a_choice_it_is_the_knee_to_wall_search_and_its_result_is_the_furthest_touch(tmp_path: Path) -> None:
    found = lines(run(tmp_path, "--json", "--shank", "43", "--distance", "6"))
    (folder,) = tmp_path.iterdir()
    live = [(one["time_s"], one["cue"], one["text"], one["value"]) for one in found if one["event"] == "cue"]
    assert live == replayed_cues(folder)  # live cues equal replayed cues
    assert [cue for _, cue, *_ in live if cue in ("mount", "furthest", "set_done")] == ["mount", "furthest", "set_done"]
    assert found[-1]["reason"] == "the set is done"
    session = load_session(folder)
    assert session.meta.protocol == "ktw_standing"
    assert session.meta.guidance is not None
    assert (session.meta.guidance.gated, session.meta.guidance.start_cm) == (False, 6.0)
    assert session.meta.answers["shank_length_cm"] == 43.0
    assert same_as_stored(folder, replaying.replay(session.records(), session.setup()))
    result = session.report()["results"]["left"]
    assert result["furthest_cm"] == 8.0  # two of the steps touched
    tries = [rep.peak_deg for rep in session.rep_values()]
    assert len(tries) == 6
    assert result["best_deg"] == pytest.approx(max(tries[2], *tries[4:]))
    assert "furthest touch 8 cm" in CliRunner().invoke(show, [str(folder)]).stdout


def test_a_first_session_has_no_target(tmp_path: Path) -> None:
    run(tmp_path, "--protocol", "dynamic_mob", "--reps", "2")
    (folder,) = tmp_path.iterdir()
    assert load_session(folder).meta.targets.angle_deg is None
    assert load_session(folder).meta.targets.reps == 2


def test_two_sensors_do_one_leg_after_the_other_in_an_order_drawn_from_the_seed(tmp_path: Path) -> None:
    arguments = ["--side", "left", "--side", "right", "--sensor", "shin-imu-v1", "--sensor", "shin-imu-v1"]
    found = lines(run(tmp_path, *arguments, "--json", "--protocol", "dynamic_mob", "--reps", "1", "--seed", "3"))
    done = [one["side"] for one in found if one["event"] == "cue" and one["cue"] == "set_done"]
    assert done == ["right", "left"]
    assert found[-1]["reason"] == "the set is done"


def test_where_both_legs_work_at_once_one_set_is_the_end(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    text = protocol_text("deep_squat").replace('id = "deep_squat"', 'id = "mine"\neach_leg = false')
    mine.write_text(text)
    sensors = ["--side", "left", "--side", "right", "--sensor", "shin-imu-v1", "--sensor", "shin-imu-v1"]
    result = run(tmp_path / "library", *sensors, "--protocol", str(mine), "--reps", "2")
    assert "ended: the set is done" in result.stderr
    (folder,) = (tmp_path / "library").iterdir()
    assert load_session(folder).meta.protocol == "mine"


def test_what_the_sensor_cannot_see_is_timed_and_called_so(tmp_path: Path) -> None:
    result = run(tmp_path, "--protocol", "ankle_circles")
    assert "By the clock: the sensor cannot see it." in result.stderr
    assert "ended: the set is done" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("--protocol", "ktw"), UserError, "dorsi protocol list|did you mean"),
        (("--protocol", "pain"), UserError, "questionnaire"),
        (("--protocol", "no/such.toml"), Exception, "no such file"),
        (
            ("--protocol", "release_achilles", "--answers", '{"pain": 2, "pain_site": "achilles"}'),
            UserError,
            "Pain in the Achilles",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], error: type[Exception], said: str
) -> None:
    result = run(tmp_path, *arguments, expect=1)
    assert isinstance(result.exception, error)
    with pytest.raises(error, match=said):
        raise result.exception
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_schema_refuses_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(protocol_text("ktw_standing").replace("reps = 3", "reps = 0"))
    result = run(tmp_path / "library", "--protocol", str(tmp_path / "mine.toml"), expect=1)
    assert isinstance(result.exception, ProtocolError)
    assert result.exception.key == "dose.reps"
