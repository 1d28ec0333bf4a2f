"""Scoring an algorithm: known intervals first, then sessions whose truth is known."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sensor_pipeline import load_session
from sensor_pipeline.cli.lab import lab
from sensor_pipeline.errors import UserError
from sensor_pipeline.lab.compare import as_frame, evaluate, pooled
from sensor_pipeline.lab.example_detectors import LevelDetector
from sensor_pipeline.lab.rep_matches import Interval, RepScore, match, rep_score
from sensor_pipeline.signal.orientation import make_filter

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "recordings"


# --- matching: truth by hand ---


def test_figures_of_known_intervals() -> None:
    labelled = [Interval(0, 4, 40.0), Interval(6, 10, 42.0), Interval(12, 16, 38.0)]
    found = [Interval(0.1, 4.2, 41.0), Interval(6.3, 9.8, 40.0), Interval(20, 24, 30.0)]
    score = rep_score(labelled, found, match(labelled, found))
    assert (score.labelled, score.found, score.matched, score.count_error) == (3, 3, 2, 0)
    assert (score.precision, score.recall, score.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert score.onset_bias_s == pytest.approx(0.2)
    assert score.offset_bias_s == pytest.approx(0.0)
    assert score.offset_error_s == pytest.approx(0.2)
    assert score.peak_bias_deg == pytest.approx(-0.5)
    assert score.peak_rmse_deg == pytest.approx(math.sqrt(2.5))


@pytest.mark.parametrize(
    ("labelled", "found", "pairs"),
    [
        ([(0, 4)], [(2, 6)], ()),  # exactly half is not more than half
        ([(0, 4)], [(1.9, 6)], ((0, 0),)),
        ([(0, 4), (5, 9)], [(0, 9)], ((0, 0),)),  # one found over two: one of them is missed
        ([(0, 9)], [(0, 4), (4.5, 9)], ((0, 1),)),  # one labelled found twice: the longer one is it
        ([(0, 4), (4, 8)], [(1, 5.5), (3.5, 8)], ((0, 0), (1, 1))),
        ([], [(0, 1)], ()),
    ],
)
def test_the_rule_of_a_match(
    labelled: list[tuple[float, float]], found: list[tuple[float, float]], pairs: tuple[tuple[int, int], ...]
) -> None:
    assert match([Interval(*a) for a in labelled], [Interval(*b) for b in found]) == pairs


def test_where_there_is_nothing_to_divide_by_a_figure_is_none_and_pooling_counts_repetitions() -> None:
    nothing = RepScore.of(0, 0, ())
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.onset_bias_s, nothing.peak_rmse_deg) == (None,) * 5
    one, three = [Interval(0, 1, 0.0)], [Interval(n, n + 0.9, 3.0) for n in range(3)]
    a, b = (
        rep_score(one, one, ((0, 0),)),
        rep_score(three, [i._replace(peak_deg=7.0) for i in three], match(three, three)),
    )
    assert RepScore.pooled([a, b, nothing]).peak_bias_deg == pytest.approx(3.0)  # 4 deg in 3 of 4 repetitions


# --- sessions ---


def test_the_truth_scored_against_itself_is_perfect(tmp_path: Path) -> None:
    """A session whose labels are its own repetitions and whose reference is its own angle has no error at all."""
    import shutil

    from sensor_pipeline.recording.replay import replay
    from sensor_pipeline.recording.tables import write_labels, write_reference

    shutil.copytree(RECORDINGS / "sim-clean", tmp_path / "s")
    session = load_session(tmp_path / "s")
    results = replay(session.records(), session.setup())
    rows = [{n: getattr(rep, n) for n in ("side", "rep", "start_s", "end_s", "peak_deg")} for rep in results.reps]
    write_labels(session.path, "me", rows)
    (sensor,) = results.sensors
    angle = np.where(sensor.angles.has_dorsiflexion, np.degrees(sensor.angles.dorsiflexion_rad), np.nan)
    write_reference(session.path / "reference.parquet", "left", sensor.samples.time_s, {"dorsiflexion_deg": angle})
    (score,) = evaluate([session], labels="me")
    assert score.reps is not None
    assert (score.reps.f1, score.reps.count_error, score.reps.onset_error_s, score.reps.peak_rmse_deg) == (1, 0, 0, 0)
    assert score.angle_rmse_deg == pytest.approx(0.0, abs=1e-9)
    assert (score.origin, score.labels, score.algorithm) == ("simulated", "me", "as stored")


def test_a_folder_a_path_and_sessions_give_the_same_rows() -> None:
    by_folder = evaluate(RECORDINGS)
    names = list(
        dict.fromkeys(score.session for score in by_folder)
    )  # one score a leg: two of a session stand together
    assert names == sorted(p.parent.name for p in RECORDINGS.glob("*/session.json"))
    assert evaluate(RECORDINGS / "sim-clean") == evaluate([load_session(RECORDINGS / "sim-clean")])
    assert evaluate([RECORDINGS / "sim-clean"]) == tuple(s for s in by_folder if s.session == "sim-clean")
    bench = next(score for score in by_folder if score.session == "bench-imu")
    assert (bench.origin, bench.labels, bench.reps, bench.angle_rmse_deg) == ("recorded", None, None, None)


def test_recorded_and_simulated_sessions_are_never_pooled() -> None:
    scores = evaluate(RECORDINGS)
    total = pooled(scores)
    simulated = sum(s.reps.labelled for s in scores if s.reps is not None and s.origin == "simulated")
    assert [score.origin for score in total] == ["recorded", "simulated"]
    assert total[1].reps is not None
    assert total[1].reps.labelled == simulated > 0
    frame = as_frame(total)
    assert list(frame["labelled"].dropna()) == [simulated]
    assert "pairs" not in frame


def test_a_detector_and_a_filter_of_ones_own_are_the_ones_that_run() -> None:
    sides: list[tuple[str, int]] = []
    rates: list[float] = []

    def detector(side: str, sensor: int) -> LevelDetector:
        sides.append((side, sensor))
        return LevelDetector(side, sensor)  # type: ignore[arg-type] # a side

    def vqf(rate_hz: float) -> object:
        rates.append(rate_hz)
        return make_filter(rate_hz)

    (score,) = evaluate([RECORDINGS / "sim-clean"], make_detector=detector, orientation=vqf)  # type: ignore[arg-type] # a filter
    assert (sides, rates) == ([("left", 0)], [104.0])
    assert score.algorithm == "detector+vqf"
    assert score.reps is not None
    assert score.reps.matched == 4
    session = load_session(RECORDINGS / "sim-clean")
    truth, late = session.reference(), []
    for rep in session.labels("truth").itertuples():
        rising = truth[(truth["time_s"] >= rep.start_s) & (truth["dorsiflexion_deg"] >= 15.0)]
        late.append(float(rising["time_s"].iloc[0]) - rep.start_s)
    assert score.reps.onset_bias_s == pytest.approx(np.mean(late), abs=0.1)  # it waits for 15 deg


def test_edits_are_labels_where_nobody_knows_the_truth(tmp_path: Path) -> None:
    import shutil

    from sensor_pipeline.recording.edit_actions import Editor

    shutil.copytree(RECORDINGS / "sim-clean", tmp_path / "s")
    (tmp_path / "s" / "labels-truth.parquet").unlink()
    assert evaluate(tmp_path / "s")[0].labels is None
    Editor(tmp_path / "s").delete(2)
    (score,) = evaluate(tmp_path)
    assert score.labels == "edited"
    assert score.reps is not None
    assert (score.reps.labelled, score.reps.found, score.reps.count_error) == (3, 4, 1)


def test_a_named_rater_counts_only_where_he_labelled() -> None:
    labels = {score.session: (score.labels, score.reps is None) for score in evaluate(RECORDINGS, labels="truth")}
    assert labels["sim-clean"] == ("truth", False)
    assert labels["bench-imu"] == (None, True)


def test_what_cannot_be_evaluated_says_why(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no complete session in it"):
        evaluate(tmp_path)
    with pytest.raises(UserError, match="give at least one"):
        evaluate([])
    with pytest.raises(UserError, match=r"no session has labels of 'anna'; they stand in labels-anna\.parquet"):
        evaluate(RECORDINGS / "sim-clean", labels="anna")
    with pytest.raises(UserError, match="madgwick"):
        evaluate(RECORDINGS / "sim-clean", orientation="madgwick")


# --- the command and the page ---


def test_the_command_prints_a_table_and_json() -> None:
    result = CliRunner().invoke(lab, ["compare", str(RECORDINGS), "--orientation", "vqf"])
    assert result.exit_code == 0, result.output
    assert "angle RMSE" in result.stdout
    assert re.search(r"^all +all +simulated +vqf +truth", result.stdout, re.MULTILINE)
    document = json.loads(
        CliRunner().invoke(lab, ["compare", str(RECORDINGS), "--orientation", "vqf", "--json"]).stdout
    )
    assert {row["session"] for row in document["scores"]} == {p.parent.name for p in RECORDINGS.glob("*/session.json")}
    assert {row["origin"] for row in document["pooled"]} == {"recorded", "simulated"}
    assert {row["algorithm"] for row in document["scores"]} == {"vqf"}


def test_the_code_on_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "algorithms.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 3
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    for block in blocks:  # one after the other, as a reader types them
        exec(compile(block, "docs/algorithms.md", "exec"), names)
    said = capsys.readouterr().out
    assert "LevelDetector (reps): 7 of 7" in said
    assert "BROKEN chunking, bit for bit" in said


def test_the_page_names_every_law() -> None:
    from sensor_pipeline.lab.check_laws import ORIENTATION_LAWS, REP_LAWS

    page = (ROOT / "docs" / "algorithms.md").read_text("utf-8")
    for law in (*REP_LAWS, *ORIENTATION_LAWS):
        assert f"| {law} |" in page, law
