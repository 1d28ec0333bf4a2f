"""The repetition figures: the match rule, the bounds that hold, and the real figure as it is."""

import itertools
import math
import os
from pathlib import Path

import pytest

from sensor_pipeline.errors import FileError
from sensor_pipeline.lab.rep_accuracy import (
    EDGE_BOUND_S,
    EXERCISES,
    F1_BOUND,
    PARTS,
    PEAK_BOUND_DEG,
    Span,
    chosen_part,
    edge_median_s,
    markdown,
    matches,
    peak_rmse_deg,
    person,
    real,
    simulated,
)


@pytest.fixture(scope="module")
def data_dir():
    data = os.environ.get("DORSI_DATA")
    if data is None or not (Path(data) / "yurtman").is_dir():
        pytest.skip("DORSI_DATA is not set or holds no yurtman: no recorded data")
    return Path(data)


@pytest.fixture(scope="module")
def measured():
    return simulated()


# --- the match rule ---


def test_a_match_overlaps_by_more_than_half_of_the_shorter_one():
    label = [Span(10.0, 14.0)]
    assert matches([Span(12.1, 16.1)], label) == []
    assert matches([Span(11.9, 15.9)], label) == [(0, 0)]
    assert matches([Span(0.0, 100.0)], label) == [(0, 0)]


def test_matches_are_one_to_one():
    assert matches([Span(0.0, 1.0), Span(1.0, 2.0)], [Span(0.0, 2.0)]) == [(0, 0)]
    assert matches([Span(0.0, 2.0)], [Span(0.0, 1.0), Span(1.0, 2.0)]) == [(0, 0)]
    found = [Span(0.0, 1.0), Span(5.0, 6.0), Span(10.0, 11.0)]
    assert matches(found, [Span(0.2, 1.0), Span(10.0, 11.2)]) == [(0, 0), (2, 1)]
    assert matches([], [Span(0.0, 1.0)]) == []


# --- simulated ---


def test_simulated_persons_lunge_in_2_to_8_s_and_hold_for_up_to_5():
    people = [person(number)[0] for number in range(1, 21)]
    totals = [p.descent_s + p.hold_s + p.ascent_s for p in people]
    assert min(totals) >= 2.0
    assert max(totals) <= 8.0
    assert max(totals) - min(totals) > 4.0
    assert min(p.hold_s for p in people) < 0.6
    assert 4.0 < max(p.hold_s for p in people) <= 5.0


def test_every_simulated_set_is_counted_exactly(measured):
    assert [(row.found, row.matched) for row in measured] == [(10, 10)] * 20
    assert [row.true for row in measured] == [10] * 20


def test_simulated_peaks_onsets_and_offsets_are_within_the_bars(measured):
    assert peak_rmse_deg(measured) <= PEAK_BOUND_DEG
    assert edge_median_s(measured) <= EDGE_BOUND_S


# --- real ---


def test_the_part_was_chosen_on_the_first_exercise_where_every_repetition_is_found(data_dir):
    part = chosen_part(data_dir)
    row = real(data_dir, EXERCISES[0], part)
    assert part in PARTS
    assert (row.labelled, row.found, row.matched) == (30, 30, 30)


def test_the_parts_to_choose_from_are_even_in_ratio_and_the_middle_one_is_taken(data_dir):
    assert [b / a for a, b in itertools.pairwise(PARTS)] == pytest.approx([2**0.25] * (len(PARTS) - 1), rel=0.04)
    best = [part for part in PARTS if real(data_dir, EXERCISES[0], part).f1 == 1.0]
    assert chosen_part(data_dir) == pytest.approx(math.sqrt(best[0] * best[-1]), rel=0.02)


def test_the_other_exercise_has_no_ghost_and_reaches_the_bar(data_dir):
    """One of ten small repetitions is missed: it has less than half of the range of the smallest example."""
    row = real(data_dir, EXERCISES[1], chosen_part(data_dir))
    assert row.labelled == 30
    assert row.found == row.matched
    assert row.f1 >= F1_BOUND


def test_the_section_names_what_is_simulated_and_what_is_real(data_dir):
    text = markdown(data_dir)
    assert text.startswith("## Repetitions")
    assert "**Simulated.**" in text
    assert "**Real.**" in text
    assert "| sets counted exactly | 20 of 20 |" in text


def test_a_missing_recording_is_a_file_error_that_says_what_to_do(tmp_path):
    with pytest.raises(FileError, match=r"--data \(or \$DORSI_DATA\) must hold the folder yurtman"):
        real(tmp_path, EXERCISES[0], 0.3)
