"""The one JSON object of a session, and its summary."""

from __future__ import annotations

import dataclasses
import json
import statistics
from pathlib import Path

import pytest

from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.manifest import SensorFound
from sensor_pipeline.recording.report import lost_is_least, lost_samples, notices, results, summarise
from sensor_pipeline.types import Cue, Event, Mounting, MountingRefused, MountingSet, Rep, RepDone, StreamLedger

REP = Rep("left", 1, 1.0, None, 1.5, None, 2.0, 0.5, 40.0, 39.5, None, 0.5, 0.0, 0.5, None, 80.0, scored=True)


def test_it_has_exactly_the_agreed_keys(finished: Path) -> None:
    report = load_session(finished).report()
    assert list(report) == ["session", "protocol", "sensors", "duration_s", "reps", "summary", "notices", "results"]
    assert set(report["sensors"][0]) == {
        "side",
        "sensor",
        "samples",
        "lost_samples",
        "gaps",
        "bad_packets",
        "mounting",
    }
    assert set(report["sensors"][0]["mounting"]) == {"method", "axis_sd_deg", "zero_sd_deg"}
    assert list(report["reps"][0]) == [field.name for field in dataclasses.fields(Rep)]
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert (report["session"], report["sensors"][0]["samples"]) == ("three-lunges", 2100)
    assert report["duration_s"] == pytest.approx(20.99)


def test_the_summary_counts_all_and_measures_the_scored() -> None:
    reps = [
        REP,
        dataclasses.replace(REP, rep=2, peak_deg=43.0, score=80.0, faults=("jerky",)),
        dataclasses.replace(REP, rep=3, peak_deg=90.0, scored=False, reason="gap", faults=("jerky",)),
        dataclasses.replace(REP, rep=1, side="right", peak_deg=30.0),
    ]
    summary = summarise(reps)
    assert (summary["count"], summary["scored"], summary["best_deg"]) == (4, 3, 43.0)
    assert summary["mean_deg"] == pytest.approx(statistics.fmean([40, 43, 30]))
    assert summary["sd_deg"] == pytest.approx(statistics.stdev([40, 43, 30]))
    assert summary["mean_score"] == 80.0
    assert summary["faults"] == {"jerky": 2}
    assert summary["by_side"]["right"]["best_deg"] == 30.0
    assert summary["by_side"]["left"]["count"] == 3


def test_what_cannot_be_known_is_null() -> None:
    empty = summarise([])
    assert (empty["count"], empty["best_deg"], empty["mean_deg"], empty["sd_deg"]) == (0, None, None, None)
    assert summarise([REP])["sd_deg"] is None
    assert empty["by_side"] == {}


def test_loss_is_unknown_as_soon_as_one_stream_cannot_tell() -> None:
    tells = StreamLedger("acc", 10, 3, 0, 0, 0, 0, 0, 0)
    assert lost_samples(SensorFound(ledger=(tells, tells))) == 6
    assert lost_samples(SensorFound(ledger=(tells, dataclasses.replace(tells, lost=None)))) is None
    assert lost_samples(SensorFound()) == 0


def test_the_loss_is_the_least_there_was_where_a_clock_began_anew() -> None:
    tells = StreamLedger("acc", 10, 3, 0, 0, 0, 0, 0, 0)
    assert not lost_is_least(SensorFound(ledger=(tells, tells)))
    assert lost_is_least(SensorFound(ledger=(tells, dataclasses.replace(tells, restarts=1))))
    assert not lost_is_least(SensorFound(ledger=(dataclasses.replace(tells, lost=None, restarts=1),)))


def refused(time_s: float, reason: str, sensor: int = 0) -> MountingRefused:
    return MountingRefused(round(10 * time_s), sensor, time_s, reason, f"mend {reason}")


def mounted(time_s: float, sensor: int = 0) -> MountingSet:
    held = Mounting("pose", time_s, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0), True)
    return MountingSet(round(10 * time_s), sensor, time_s, held)


def reasons(*events: Event) -> list[str]:
    return [item["reason"] for item in notices(events)]


def test_without_a_mounting_the_last_refusal_says_why() -> None:
    events = [refused(2.0, "moved"), refused(4.0, "leant"), RepDone(50, 0, 5.0, REP)]
    assert notices(events) == [{"time_s": 4.0, "sensor": 0, "reason": "leant", "remedy": "mend leant"}]


def test_with_a_mounting_what_was_refused_before_it_is_resolved_and_slips_stay() -> None:
    assert reasons(refused(2.0, "moved"), mounted(4.0)) == []
    slips = [refused(20.0, "slipped"), refused(40.0, "turned")]
    assert reasons(refused(2.0, "moved"), mounted(4.0), *slips) == ["slipped", "turned"]
    assert reasons(mounted(4.0), slips[0], mounted(30.0), slips[1]) == ["slipped", "turned"]


def test_every_sensor_has_its_own_notices_in_the_order_they_were_said() -> None:
    events = [refused(1.0, "moved", 1), mounted(4.0), refused(9.0, "leant", 1), refused(12.0, "slipped")]
    assert [(item["sensor"], item["reason"]) for item in notices(events)] == [(1, "leant"), (0, "slipped")]


def test_a_guided_set_s_result_is_what_its_cues_say_not_its_largest_angle() -> None:
    cues = [("furthest", 8.0), ("result_best", 38.0), ("rest", 2.0), ("set_done", 3.0)]
    events = [
        Cue(sensor=1, order=index, time_s=1.0, cue=name, text="", value=value)
        for index, (name, value) in enumerate(cues)
    ]
    found = results(events, ["left", "right"])
    assert list(found) == ["right"]
    assert (found["right"]["furthest_cm"], found["right"]["best_deg"], found["right"]["mean_deg"]) == (8.0, 38.0, None)
    assert results([], ["left"]) == {}
