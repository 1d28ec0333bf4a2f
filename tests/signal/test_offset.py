"""The offset from the first rests: the mean of what was quiet and did not tilt."""

import numpy as np
import pytest

from sensor_pipeline.signal.orientation.offset import RestMean, RestMeanParams

RATE_HZ = 100.0
PARAMS = RestMeanParams(below_deg_s=3.0, stretch_s=1.5, enough_s=6.0, tilt_g=0.005)
LEVEL = (0.0, 0.0, 1.0)


def found(gyr_deg_s, acc_g=None):
    """Every answer that was one, with its row; and the estimator."""
    rest = RestMean(RATE_HZ, PARAMS)
    acc = [LEVEL] * len(gyr_deg_s) if acc_g is None else acc_g
    answers = [(row, rest.update(g, a)) for row, (g, a) in enumerate(zip(gyr_deg_s, acc, strict=True))]
    return [(row, answer) for row, answer in answers if answer is not None], rest


def test_it_is_the_mean_of_all_rest_so_far_at_the_end_of_each_stretch():
    rows = np.random.default_rng(1).normal((0.5, -1.0, 0.2), 0.1, (600, 3))
    answers, rest = found(rows.tolist())
    assert [row for row, _ in answers] == [149, 299, 449, 599]
    for row, answer in answers:
        assert answer == pytest.approx(rows[: row + 1].mean(axis=0))
    assert rest.done


def test_a_stretch_that_a_movement_ends_does_not_count():
    still = [(0.5, 0.0, 0.0)] * 149
    answers, rest = found([*still, (0.5, -3.0, 0.0), *still, (0.5, 0.0, 0.0)])
    assert [row for row, _ in answers] == [299]
    assert answers[0][1] == pytest.approx((0.5, 0.0, 0.0))
    assert not rest.done


def test_a_hole_ends_a_stretch_and_leaves_what_was_learnt():
    rest = RestMean(RATE_HZ, PARAMS)
    for _ in range(299):
        rest.update((1.0, 0.0, 0.0), LEVEL)
    rest.restart()
    assert rest.update((2.0, 0.0, 0.0), LEVEL) is None
    answers = [rest.update((2.0, 0.0, 0.0), LEVEL) for _ in range(149)]
    assert answers[-1] == pytest.approx((1.5, 0.0, 0.0))


def test_a_stretch_in_which_the_sensor_tilts_is_no_rest():
    slow_rad = np.radians(1.0) * np.arange(150) / RATE_HZ
    acc = np.stack([np.sin(slow_rad), np.zeros(150), np.cos(slow_rad)], axis=1)
    assert found([(0.0, 1.0, 0.0)] * 150, acc.tolist())[0] == []
    assert len(found([(0.0, 1.0, 0.0)] * 150)[0]) == 1
