"""Rest is stillness that has lasted, row by row, however the rows arrive."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.signal.rest import RestDetector, RestParams

RATE_HZ = 100.0


def rows(still: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    gyr = np.zeros((len(still), 3))
    gyr[~np.array(still, np.bool_), 1] = 50.0 * RAD_PER_DEG
    acc = np.tile([0.0, 0.0, G_M_S2], (len(still), 1))
    return gyr, acc


def test_rest_starts_after_half_a_second_of_stillness_and_ends_at_once() -> None:
    gyr, acc = rows([False] * 10 + [True] * 80 + [False] * 5)
    at_rest = RestDetector(RATE_HZ, RestParams()).update(gyr, acc)
    assert not at_rest[: 10 + 49].any()
    assert at_rest[10 + 49 : 90].all()
    assert not at_rest[90:].any()


def test_a_sensor_in_free_fall_or_shaken_is_not_at_rest() -> None:
    gyr, acc = rows([True] * 100)
    assert not RestDetector(RATE_HZ, RestParams()).update(gyr, acc * 0.5).any()
    assert not RestDetector(RATE_HZ, RestParams()).update(gyr, acc * 1.5).any()


def test_reset_forgets_the_stillness_so_far() -> None:
    gyr, acc = rows([True] * 100)
    rest = RestDetector(RATE_HZ, RestParams())
    rest.update(gyr, acc)
    rest.reset()
    assert not rest.update(gyr[:49], acc[:49]).any()


@given(st.lists(st.booleans(), max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_any_split_gives_the_same_rows(still: list[bool], cuts: list[int]) -> None:
    gyr, acc = rows(still)
    whole = RestDetector(RATE_HZ, RestParams(min_s=0.05)).update(gyr, acc)
    split = RestDetector(RATE_HZ, RestParams(min_s=0.05))
    parts = [split.update(g, a) for g, a in zip(np.split(gyr, sorted(cuts)), np.split(acc, sorted(cuts)), strict=True)]
    assert np.array_equal(np.concatenate(parts), whole)
