"""The accuracy figures: their formula against scipy, the bounds, and that the page still says what a fresh run says."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sensor_pipeline.cli.lab import lab
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.lab.imufusion_settings import ADAPTER, VARIANTS, recordings, sped_up
from sensor_pipeline.lab.imufusion_settings import rows as settings_rows
from sensor_pipeline.lab.orientation_accuracy import (
    BOUNDS_DEG,
    SHORT_REST_S,
    TRIALS,
    Recorded,
    inclination_error_deg,
    mean_rmse_deg,
    read_trial,
    rows,
    stream,
)

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


@pytest.fixture(scope="module")
def data_dir():
    data = os.environ.get("DORSI_DATA")
    if data is None:
        pytest.skip("DORSI_DATA is not set: no recorded data")
    return Path(data)


@pytest.fixture(scope="module")
def measured(data_dir):
    return rows(data_dir, ("vqf", "imufusion"))


def as_quat(rotation):
    x, y, z, w = rotation.as_quat().T
    return np.stack([w, x, y, z], axis=-1)


def lines_of_table(title, number):
    """Cells of the page's lines for one trial, in the tables under a title, first table first."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}")[1].split("\n## ")[0]
    return [
        [c.strip() for c in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith(f"| {number}")
    ]


def printed(row):
    return f"{row.rmse_deg:.2f} ({row.max_deg:.1f})"


# --- formula --------------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**16))
def test_the_error_is_the_angle_between_the_two_ups_whatever_the_heading(seed):
    rng = np.random.default_rng(seed)
    truth, tilt_rad = Rotation.random(6, rng=rng), rng.uniform(0, 3.0, 6)
    direction = rng.uniform(-np.pi, np.pi, 6)
    level = np.stack([np.cos(direction), np.sin(direction), np.zeros(6)], axis=-1)
    heading = Rotation.from_rotvec(np.outer(rng.uniform(-3, 3, 6), [0.0, 0.0, 1.0]))
    wrong = heading * Rotation.from_rotvec(tilt_rad[:, None] * level) * truth
    assert inclination_error_deg(as_quat(wrong), as_quat(truth)) == pytest.approx(np.degrees(tilt_rad), abs=1e-6)


def test_the_error_of_the_truth_is_zero_to_the_last_digits():
    truth = as_quat(Rotation.random(50, rng=np.random.default_rng(1)))
    assert inclination_error_deg(truth, -truth).max() < 1e-12


def circling(n, rate_hz):
    """A level circle of 2 cm at 1 turn a second, facing along the path: orientation and both signals exact."""
    time_s = np.arange(n) / rate_hz
    omega = 2 * np.pi
    truth = Rotation.from_rotvec(np.outer(omega * time_s, [0.0, 0.0, 1.0]))
    gyr = np.tile([0.0, 0.0, omega], (n, 1))
    acc = np.tile([0.0, 0.02 * omega**2, G_M_S2], (n, 1))  # towards the centre, on the left
    return Recorded(rate_hz, gyr, acc, as_quat(truth), np.ones(n, dtype=np.bool_))


def test_a_circle_played_faster_turns_faster_and_pulls_with_the_square():
    slow = circling(4000, 200.0)
    fast = sped_up(slow, 2)
    assert fast.gyr_rad_s[-1] == pytest.approx(2 * slow.gyr_rad_s[-1])
    assert fast.acc_m_s2[-1] == pytest.approx([0.0, 4 * slow.acc_m_s2[-1, 1], G_M_S2], abs=0.05)
    assert fast.rate_hz == slow.rate_hz
    assert len(fast.reference) == len(slow.reference) // 2


def test_a_short_start_begins_that_long_before_the_movement():
    recorded = circling(1000, 100.0)
    recorded.scored[:700] = False
    cut = recorded.after_rest(2.0)
    assert len(cut.scored) == 500
    assert int(np.flatnonzero(cut.scored)[0]) == 200
    assert len(recorded.after_rest(60.0).scored) == 1000


# --- recorded data --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "held_out"), [("vqf", False), ("imufusion", True)])
def test_the_mean_error_keeps_its_bound(measured, name, held_out):
    assert mean_rmse_deg(measured, name, held_out) <= BOUNDS_DEG[name]


def test_the_bound_of_vqf_is_the_one_that_was_promised():
    assert BOUNDS_DEG["vqf"] == 0.60


def test_held_out_leaves_the_trials_out_that_settings_were_chosen_on(measured):
    others = [row.rmse_deg for row in measured if row.filter_name == "imufusion" and row.trial.number in "07 14 24"]
    assert mean_rmse_deg(measured, "imufusion", held_out=True) == pytest.approx(np.mean(others))


def test_the_page_says_what_a_fresh_run_says(measured):
    for row in measured:
        cells = lines_of_table("Orientation", row.trial.number)[0]
        assert cells[1] == str(row.scored)
        assert cells[2 if row.filter_name == "vqf" else 3] == printed(row)


def test_the_page_says_what_a_fresh_run_from_a_short_rest_says(data_dir):
    for row in rows(data_dir, ("vqf", "imufusion"), TRIALS[2:4], rest_s=SHORT_REST_S):
        assert lines_of_table("Orientation", row.trial.number)[1][2 if row.filter_name == "vqf" else 3] == printed(row)


def test_the_page_says_what_a_fresh_run_of_madgwick_says(data_dir):
    (row,) = rows(data_dir, ("madgwick",), TRIALS[3:4])
    assert lines_of_table("Orientation", row.trial.number)[0][4] == printed(row)


def test_a_sample_rate_left_out_makes_imufusion_useless_and_the_page_says_so(data_dir):
    measured = settings_rows(data_dir)
    adapter, wrong_rate = measured[0], measured[1]
    assert adapter.what == ADAPTER
    assert "sample_rate" in wrong_rate.what
    assert all(wrong > 5 * right for wrong, right in zip(wrong_rate.rmse_deg, adapter.rmse_deg, strict=True))
    assert wrong_rate.rmse_deg[2] > 30.0  # the fast translation
    text = PAGE.read_text(encoding="utf-8")
    for row in measured:
        assert f"| {row.what} | {' | '.join(f'{value:.1f}' for value in row.rmse_deg)} |" in text


def test_no_wrong_setting_is_better_on_the_trials_the_right_ones_were_chosen_on(data_dir):
    measured = settings_rows(data_dir)
    assert len(measured) == 1 + len(VARIANTS)
    assert len(recordings(data_dir)) == len(measured[0].rmse_deg)
    for row in measured[1:]:
        assert sum(row.rmse_deg[:2]) > sum(measured[0].rmse_deg[:2])


def test_only_rows_with_a_reference_are_scored(data_dir):
    recorded = read_trial(data_dir, TRIALS[0])
    assert np.isnan(recorded.reference).any()
    assert np.isfinite(recorded.reference[recorded.scored]).all()
    assert recorded.rate_hz == pytest.approx(2000 / 7)


def test_a_filter_by_an_unknown_name_is_refused(data_dir):
    with pytest.raises(UserError, match="'kalman' is unknown"):
        stream("kalman", circling(10, 100.0))


# --- the page and its command ---------------------------------------------------------------------------------------


def test_the_page_says_how_it_was_made_and_with_what_and_no_date():
    text = PAGE.read_text(encoding="utf-8")
    assert "dorsi lab accuracy --data DIR --out docs/accuracy.md" in text
    for word in ("**real**", "**synthesised**", "**simulated**"):
        assert word in text
    assert re.search(r"Measured with numpy [\d.]+, vqf [\d.]+, imufusion [\d.]+, ahrs [\d.]+\.", text)
    assert not re.search(r"\b20[23]\d-\d\d-\d\d\b", text)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_without_data_the_command_says_what_to_give():
    result = CliRunner().invoke(lab, ["accuracy"], env={"DORSI_DATA": None})
    assert isinstance(result.exception, UserError)
    assert "--data DIR" in str(result.exception)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    missing = str(tmp_path / "nowhere")
    result = CliRunner().invoke(lab, ["accuracy", "--data", missing])
    assert isinstance(result.exception, FileError)
    assert result.exception.path == missing


def test_a_folder_without_recordings_is_answered_with_the_missing_file(tmp_path):
    result = CliRunner().invoke(lab, ["accuracy", "--data", str(tmp_path)])
    assert isinstance(result.exception, FileError)
    assert result.exception.path == str(tmp_path / "broad" / TRIALS[0].file_name)


def test_without_h5py_the_extra_that_brings_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match=r"pip install 'sensor-pipeline\[test\]'"):
        read_trial(tmp_path, TRIALS[0])


def test_without_ahrs_the_extra_that_brings_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ahrs.filters", None)
    with pytest.raises(UserError, match=r"pip install 'sensor-pipeline\[test\]'"):
        stream("madgwick", circling(10, 100.0))


def test_the_command_explains_itself():
    result = CliRunner().invoke(lab, ["accuracy", "--help"])
    assert result.exit_code == 0
    assert "--data DIR" in result.output
    assert "DORSI_DATA" in result.output
    assert "--out FILE" in result.output
