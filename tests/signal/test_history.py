"""Rows are found again by their time, whatever blocks they came in, and not across a hole."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.frames import IDENTITY
from sensor_pipeline.signal.history import KeptRows, RowHistory, Span
from sensor_pipeline.types import Mounting

RATE_HZ = 100.0
MOUNTING = Mounting("given", 0.0, IDENTITY, False)


def rows(first: int, last: int) -> KeptRows:
    number = np.arange(first, last, dtype=float)
    three = np.stack((number, number, number), axis=1)
    four = np.stack((number, number, number, number), axis=1)
    return KeptRows(number / RATE_HZ, three, -three, four, 2.0 * number, number.astype(np.uint16), MOUNTING)


def kept(history: RowHistory, first: int, last: int) -> None:
    history.keep(rows(first, last), (last - 1) / RATE_HZ)


def same(a: Span, b: Span) -> bool:
    columns = ("time_s", "gyr_rad_s", "acc_m_s2", "quat", "lean_rad", "flags")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in columns)


def test_a_span_is_half_open() -> None:
    history = RowHistory(100.0)
    kept(history, 0, 300)
    span = history.span(1.0, 2.0)
    assert span is not None
    assert (span.time_s[0], span.time_s[-1], len(span.time_s)) == (1.0, 1.99, 100)
    assert span.lean_rad[0] == 200.0
    assert span.rate_hz == 100.0


@given(st.lists(st.integers(1, 299), max_size=20), st.floats(0.0, 2.9), st.floats(0.05, 2.0))
def test_blocks_make_no_difference(cuts: list[int], begin_s: float, length_s: float) -> None:
    whole, parts = RowHistory(100.0), RowHistory(100.0)
    kept(whole, 0, 300)
    edges = sorted({0, *cuts, 300})
    for first, last in itertools.pairwise(edges):
        kept(parts, first, last)
    a, b = whole.span(begin_s, begin_s + length_s), parts.span(begin_s, begin_s + length_s)
    assert (a is None) == (b is None)
    assert a is None or (b is not None and same(a, b))


def test_no_span_goes_across_a_hole() -> None:
    history = RowHistory(100.0)
    kept(history, 0, 100)
    history.restart()
    kept(history, 150, 250)
    span = history.span(0.5, 2.0)
    assert span is not None
    assert span.time_s[0] == 1.5
    assert history.began_s == 1.5


def test_old_rows_go_and_asked_for_ones_stay() -> None:
    history = RowHistory(2.0)
    for first in range(0, 10_000, 8):
        kept(history, first, first + 8)
    assert len(history._kept) <= 2.0 * RATE_HZ / 8 + 2
    span = history.span(98.0, 99.0)
    assert span is not None
    assert len(span.time_s) == 100
    assert history.span(50.0, 60.0) is None


def test_nothing_is_no_span() -> None:
    assert RowHistory(1.0).span(0.0, 1.0) is None
