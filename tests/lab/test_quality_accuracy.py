"""Faults told from clean repetitions, scores of good and of half-deep sets: two people here, all on the page."""

from sensor_pipeline.lab import quality_accuracy as quality


def test_faults_and_scores_of_two_people() -> None:
    row = quality._row("knee 8° inwards", *quality.ASKED["knee 8° inwards"], 2)
    assert (row.found, row.made, row.false) == (2, 2, 0)
    assert row.clean >= 10
    assert row.score < 95.0 < row.clean_score


def test_half_as_deep_scores_low() -> None:
    assert quality.half_deep_score(2) < 25.0


def test_every_fault_that_is_asked_for_exists() -> None:
    from sensor_pipeline.signal.score import ORDER

    assert {fault for _, fault in quality.ASKED.values()} <= set(ORDER)
