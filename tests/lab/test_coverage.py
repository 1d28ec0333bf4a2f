"""The stated interval holds for people with a good strap (a few of them here; all on the accuracy page)."""

import math

from sensor_pipeline.lab import coverage


def test_a_few_people_with_a_good_strap() -> None:
    (row,) = coverage.rows(people=5, cases=(("good", "none"),))
    assert len(row.errors) == 5 * coverage.REPS
    assert row.covered >= 0.8
    assert 0.4 < row.ratio < 1.5
    assert all(0.25 < sd < 0.7 for _, sd in row.errors)


def test_the_figures_are_those_of_the_errors() -> None:
    (row,) = coverage.rows(people=1, cases=(("good", "none"),))
    ratios = [error / sd for error, sd in row.errors]
    assert row.covered == sum(abs(ratio) <= 1.96 for ratio in ratios) / len(ratios)
    assert row.ratio == math.sqrt(sum(ratio * ratio for ratio in ratios) / len(ratios))


def test_the_section_has_a_row_a_case() -> None:
    text = coverage.markdown(people=1)
    assert text.count("| simulated |") == len(coverage.CASES)
