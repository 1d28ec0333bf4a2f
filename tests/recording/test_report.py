"""The one JSON object of a session, and its summary."""

from __future__ import annotations

import dataclasses
import json
import statistics
from pathlib import Path

import pytest

from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.manifest import SensorFound
from sensor_pipeline.recording.report import lost_samples, summarise
from sensor_pipeline.types import Rep, StreamLedger

REP = Rep("left", 1, 1.0, None, 1.5, None, 2.0, 0.5, 40.0, 39.5, None, 0.5, 0.0, 0.5, None, 80.0, scored=True)


def test_it_has_exactly_the_agreed_keys(finished: Path) -> None:
    report = load_session(finished).report()
    assert list(report) == ["session", "protocol", "sensors", "duration_s", "reps", "summary"]
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
