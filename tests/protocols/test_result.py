"""A result is what the guide said it is, leg by leg, and nothing is taken from repetitions at nearer marks."""

from __future__ import annotations

from sensor_pipeline.protocols.result import SetResult, results_of
from sensor_pipeline.types import Cue, Event


def cue(name: str, value: float | None, sensor: int | None = 0) -> Event:
    return Cue(0, sensor, 0.0, name, "", value)


def test_the_result_of_each_leg_is_read_from_its_cues() -> None:
    events = [
        cue("rep_counted", 1.0),
        cue("furthest", 8.0),
        cue("distance_check", 2.4),
        cue("result_best", 38.0),
        cue("result_mean", 37.5),
        cue("set_done", 3.0),
        cue("furthest", 9.0, 1),
    ]
    assert results_of(events) == {0: SetResult(38.0, 37.5, 8.0, 2.4, 3.0), 1: SetResult(furthest_cm=9.0)}


def test_a_session_that_was_stopped_has_no_result() -> None:
    assert results_of([cue("rep_counted", 1.0), cue("best", 40.0), cue("hurts_stop", None, None)]) == {}
