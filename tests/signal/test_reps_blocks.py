"""Passing over rows in bulk changes nothing: one row at a time, small blocks and large ones agree bit for bit."""

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.signal.parts import LARGE
from sensor_pipeline.signal.reps import AngleRows, RepDetector, RepParams
from sensor_pipeline.types import Event, Flag, Targets

RATE_HZ = 100.0
PARAMS = (
    RepParams(),
    RepParams(longest_s=4.0, still_s=0.3),
    RepParams(valley=0.2, rerise_deg=2.0),
    RepParams(edge=0.3),
    RepParams(lead_s=0.5),
)
TARGETS = (Targets(), Targets(angle_deg=36.0, hold_s=1.0))


@st.composite
def blocks(draw: st.DrawFn) -> AngleRows:
    """Moves, holds, noise, jumps, holes in time and flags."""
    legs = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0.03, 0.2, 0.5, 1.0, 2.0, 6.0]), st.sampled_from([None, 0.0, 15.0, 40.0, -10.0, 75.0])
            ),
            min_size=1,
            max_size=14,
        )
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    parts, angle = [np.zeros(1)], 0.0
    for seconds, end in legs:
        to = float(rng.uniform(-10.0, 60.0)) if end is None else end
        s = np.arange(1, round(seconds * RATE_HZ) + 1) / round(seconds * RATE_HZ)
        parts.append(angle + (to - angle) * s**3 * (10 - 15 * s + 6 * s * s))
        angle = to
    deg = np.concatenate(parts)
    n = len(deg)
    deg = deg + draw(st.sampled_from([0.0, 0.005, 0.1, 1.0])) * rng.standard_normal(n)
    if draw(st.booleans()):
        deg = np.round(deg)  # equal neighbours: minima and maxima that are reached twice
    step_s = np.where(rng.random(n) < draw(st.sampled_from([0.0, 0.003])), 1.5, 1.0 / RATE_HZ)
    odd = rng.random(n) < draw(st.sampled_from([0.0, 0.01]))
    flags = np.where(odd, int(Flag.CLIPPED | Flag.SETTLING), int(Flag.TILT_ONLY)).astype(np.uint16)
    time_s = np.cumsum(step_s)
    return AngleRows(time_s, time_s + 0.05, np.radians(deg), flags, np.arange(n, dtype=np.int64))


def run(rows: AngleRows, edges: Sequence[int], params: RepParams, targets: Targets) -> tuple[list[Event], list[bool]]:
    detector = RepDetector("left", targets, 0, params)
    events: list[Event] = []
    in_rep: list[bool] = []
    for a, b in itertools.pairwise(edges):
        out = detector.update(AngleRows(*(getattr(rows, name)[a:b] for name in AngleRows.__slots__)))
        events += out.events
        in_rep += out.in_rep.tolist()
    return [*events, *detector.flush(len(rows.time_s), 1e3), *detector.mark(0, 1e3)], in_rep


@settings(max_examples=120, deadline=None)
@given(
    rows=blocks(),
    params=st.sampled_from(PARAMS),
    targets=st.sampled_from(TARGETS),
    cuts=st.lists(st.integers(0, 4000), max_size=8),
    size=st.integers(2, 16),
)
def test_any_cut_and_any_size_of_block_is_the_same_as_row_by_row(
    rows: AngleRows, params: RepParams, targets: Targets, cuts: list[int], size: int
) -> None:
    n = len(rows.time_s)
    single = run(rows, range(n + 1), params, targets)
    assert run(rows, [0, n], params, targets) == single
    assert run(rows, sorted({0, n, *range(0, n, size)}), params, targets) == single
    assert run(rows, [0, *sorted(min(cut, n) for cut in cuts), n], params, targets) == single


@settings(max_examples=120, deadline=None)
@given(
    rows=blocks(),
    params=st.sampled_from(PARAMS),
    targets=st.sampled_from(TARGETS),
    sizes=st.lists(st.integers(1, 16), min_size=1, max_size=8),
)
def test_packets_as_lists_are_the_same_as_blocks(
    rows: AngleRows, params: RepParams, targets: Targets, sizes: list[int]
) -> None:
    n = len(rows.time_s)
    edges = [0]
    for size in itertools.cycle(sizes):
        if edges[-1] == n:
            break
        edges.append(min(n, edges[-1] + size))
    packet = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
    known_s = rows.time_s[np.array(edges[1:]) - 1][packet]
    rows = AngleRows(rows.time_s, known_s, rows.angle_rad, rows.flags, packet)
    detector, events, in_rep = RepDetector("left", targets, 0, params), [], []
    for order, (a, b) in enumerate(itertools.pairwise(edges)):
        t, known, angle = (column[a:b].tolist() for column in (rows.time_s, known_s, rows.angle_rad))
        flags = rows.flags[a:b].tolist() if rows.flags[a:b].any() else None
        found, is_open = detector.update_few(t, known, angle, flags, order)
        events += found
        in_rep += [is_open] * (b - a) if isinstance(is_open, bool) else is_open
    events += [*detector.flush(n, 1e3), *detector.mark(0, 1e3)]
    assert (events, in_rep) == run(rows, [0, n], params, targets)


def test_no_rows_are_no_news() -> None:
    detector = RepDetector("left", Targets(), 0, RepParams())
    assert detector.update_few([], [], [], None, 0) == ((), False)
    none = np.zeros(0)
    found = detector.update(AngleRows(none, none, none, none.astype(np.uint16), none.astype(np.int64)))
    assert found.events == ()
    assert found.in_rep.tolist() == []


def test_a_block_of_many_parts_is_the_same_too() -> None:
    t = np.arange(100 * LARGE + 5) / RATE_HZ
    deg = np.maximum(0.0, 40.0 * np.sin(2 * np.pi * t / 7.0)) + 0.1 * np.sin(2 * np.pi * 0.4 * t)
    rows = AngleRows(t, t, np.radians(deg), np.zeros(len(t), np.uint16), np.arange(len(t)))
    whole = run(rows, [0, len(t)], RepParams(), Targets())
    assert len(whole[0]) >= 8
    assert whole == run(rows, range(len(t) + 1), RepParams(), Targets())


def test_waiting_for_hours_keeps_no_more_rows_than_a_candidate_could_reach() -> None:
    """Five minutes a degree above the start level: nothing opens, nothing may pile up."""
    params = RepParams(lead_s=2.0)
    n = round(300 * RATE_HZ)
    deg = np.concatenate((np.zeros(100), np.full(n, 1.0)))
    for size in (8, 1000):
        detector = RepDetector("left", Targets(), 0, params)
        t = np.arange(len(deg)) / RATE_HZ
        rows = AngleRows(t, t, np.radians(deg), np.zeros(len(t), np.uint16), np.arange(len(t)))
        for a in range(0, len(t), size):
            detector.update(AngleRows(*(getattr(rows, name)[a : a + size] for name in AngleRows.__slots__)))
        assert len(detector._t) <= 2 * params.lead_s * RATE_HZ + 1 + size


def test_walking_for_hours_with_clipped_rows_keeps_none_of_them() -> None:
    n = round(60 * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    flags = np.full(n, int(Flag.CLIPPED), np.uint16)
    for size in (1, 8, 1000):
        detector = RepDetector("left", Targets(), 0, RepParams())
        rows = AngleRows(t, t, np.sin(6.0 * t), flags, np.arange(n))
        for a in range(0, n, size):
            detector.update(AngleRows(*(getattr(rows, name)[a : a + size] for name in AngleRows.__slots__)))
        assert len(detector._distrust) <= size + RATE_HZ
