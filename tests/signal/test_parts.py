"""Extremes of parts are those of their rows."""

import numpy as np
import pytest

from sensor_pipeline.signal.parts import LARGE, SMALL, BlockRows, few_speeds, parts_of


def test_each_part_has_the_extremes_of_its_rows() -> None:
    rng = np.random.default_rng(0)
    a, v = rng.standard_normal(5 * LARGE), rng.standard_normal(5 * LARGE)
    for size, found in zip((SMALL, LARGE), parts_of(a, v), strict=True):
        cut_a, cut_v = a.reshape(-1, size), v.reshape(-1, size)
        speeds = zip(cut_v.min(axis=1), cut_v.max(axis=1), strict=True)
        assert found == list(zip(cut_a.min(axis=1), cut_a.max(axis=1), speeds, strict=True))


def test_speeds_of_a_few_rows_begin_at_the_row_before_them() -> None:
    assert few_speeds([1.0, 1.5, 2.0], [3.0, 2.0, 2.5], (0.0, 1.0)) == (-2.0, 2.0)
    assert few_speeds([1.0], [3.0], (1.0, 3.0)) == (0.0, 0.0), "without time there is no speed"


@pytest.mark.parametrize("flags", [None, [0, 4, 0, 0]])
def test_parts_of_a_block_are_plain_lists(flags: list[int] | None) -> None:
    known, order = np.array([5.0, 6.0, 7.0, 8.0]), np.array([1, 1, 2, 2])
    for columns in ((known, order), (known.tolist(), order.tolist())):
        block = BlockRows([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4], columns[0], flags, columns[1])
        assert block.part(1, 3) == ([2.0, 3.0], [0.2, 0.3], None if flags is None else [4, 0])
        assert block.records(1, 3) == ([6.0, 7.0], [1, 2])
        assert [type(x) for x in (block.records(1, 3)[0][0], block.records(1, 3)[1][0])] == [float, int]
        block.passed(2, 4)
        assert list(block.in_rep) == [0, 0, 1, 1]
