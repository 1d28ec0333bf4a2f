"""expected.json: counts and faults exact, times within a sample, angles within 0.01 deg."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.expected import expected_of, misses, read_expected, write_expected

PERIOD_S = 0.01
Report = dict[str, Any]


@pytest.fixture
def report(finished: Path) -> Report:
    return load_session(finished).report()


@pytest.fixture
def expected(tmp_path: Path, report: Report) -> dict[str, dict[str, Any]]:
    write_expected(tmp_path, {"vqf": expected_of(report, PERIOD_S)})
    return read_expected(tmp_path)


def test_a_report_meets_what_was_written_of_it(expected: dict[str, dict[str, Any]], report: Report) -> None:
    assert misses(expected, "vqf", report) == ()
    assert len(expected["vqf"]["reps"]) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["reps"][0].update(start_s=r["reps"][0]["start_s"] + PERIOD_S),
        lambda r: r["reps"][0].update(peak_deg=r["reps"][0]["peak_deg"] - 0.0099),
        lambda r: r["summary"].update(mean_deg=r["summary"]["mean_deg"] + 0.0099),
        lambda r: r["reps"][0].update(peak_velocity_deg_s=1.0),  # a figure without a stated tolerance
        lambda r: r.update(duration_s=1.0),
    ],
)
def test_what_lies_within_the_tolerance_is_met(
    expected: dict[str, dict[str, Any]], report: Report, change: Callable[[Report], None]
) -> None:
    change(report)
    assert misses(expected, "vqf", report) == ()


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda r: r["reps"][0].update(start_s=r["reps"][0]["start_s"] + 1.01 * PERIOD_S), "reps[0].start_s"),
        (lambda r: r["reps"][1].update(peak_deg=r["reps"][1]["peak_deg"] + 0.0101), "reps[1].peak_deg"),
        (lambda r: r["reps"][1].update(peak_deg=None), "reps[1].peak_deg"),
        (lambda r: r["reps"][2].update(hold_start_s=1.0), "reps[2].hold_start_s"),
        (lambda r: r["reps"][0].update(faults=["jerky"]), "reps[0].faults"),
        (lambda r: r["reps"][0].update(scored=False), "reps[0].scored"),
        (lambda r: r["reps"].pop(), "reps"),
        (lambda r: r["summary"].update(count=4), "summary.count"),
        (lambda r: r["sensors"][0].update(samples=2101), "sensors[0].samples"),
        (lambda r: r["sensors"][0].update(lost_samples=None), "sensors[0].lost_samples"),
    ],
)
def test_what_lies_outside_is_named(
    expected: dict[str, dict[str, Any]], report: Report, change: Callable[[Report], None], place: str
) -> None:
    change(report)
    found = misses(expected, "vqf", report)
    assert len(found) == 1
    assert found[0].startswith(f"{place}: ")


def test_the_order_of_faults_counts(report: Report) -> None:
    report["reps"][0]["faults"] = ["a", "b"]
    entry = expected_of(copy.deepcopy(report), PERIOD_S)
    report["reps"][0]["faults"] = ["b", "a"]
    assert misses({"vqf": entry}, "vqf", report) == ("reps[0].faults: ['a', 'b'] expected, ['b', 'a'] now",)


def test_another_filter_needs_its_own_entry(expected: dict[str, dict[str, Any]], report: Report) -> None:
    with pytest.raises(UserError, match="nothing is expected of the filter 'imufusion'; there is vqf"):
        misses(expected, "imufusion", report)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"schema_version": 2, "filters": {}}, "schema version 2, this program reads up to 1"),
        ({"filters": {}}, "needs schema_version 1 and filters"),
        ([], "needs schema_version 1 and filters"),
        ({"schema_version": 1, "filters": {"vqf": {}}}, "filters.vqf: needs reps, sample_period_s, sensors, summary"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, document: object, message: str) -> None:
    (tmp_path / "expected.json").write_text(json.dumps(document))
    with pytest.raises(FileError, match=message):
        read_expected(tmp_path)


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"expected\.json: cannot read the file"):
        read_expected(tmp_path)
    (tmp_path / "expected.json").write_text("{")
    with pytest.raises(FileError, match=r"expected\.json: not JSON"):
        read_expected(tmp_path)
