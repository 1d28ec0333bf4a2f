"""Imported samples: session time is in the file; bad rows become gaps, and every row is accounted for."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sensor_pipeline.clock import FileClock
from sensor_pipeline.errors import FileError
from sensor_pipeline.types import Flag, Gap, Samples, StalePacket

PERIOD_S = 0.01


def table(n: int, times: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    time_s = np.arange(n) * PERIOD_S if times is None else times
    values = np.zeros((n, 3))
    values[:, 0] = time_s / PERIOD_S
    return time_s.copy(), values, values.copy()


def feed(clock: FileClock, data: tuple[np.ndarray, ...], cuts: tuple[int, ...] = ()) -> tuple[Samples, list]:
    edges = [0, *sorted(cuts), len(data[0])]
    outs = [
        clock.update(order, *(column[start:stop] for column in data))
        for order, (start, stop) in enumerate(pairwise(edges))
    ]
    outs.append(clock.flush(len(outs), 99.0))
    rows = Samples(
        *(
            np.concatenate([getattr(out.samples, name) for out in outs])
            for name in ("time_s", "dt_s", "acc_m_s2", "gyr_rad_s", "flags")
        )
    )
    return rows, [event for out in outs for event in out.events]


def test_good_rows_pass_with_the_files_own_times_and_spacing() -> None:
    time_s = np.cumsum(np.random.default_rng(1).uniform(0.008, 0.012, 500))
    data = table(500, time_s)
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert np.array_equal(rows.time_s, time_s)
    assert np.array_equal(rows.dt_s[1:], np.diff(time_s))
    assert rows.dt_s[0] == PERIOD_S
    assert np.array_equal(rows.acc_m_s2, data[1])
    assert not np.any(rows.flags)
    assert events == []
    (ledger,) = clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.rejected, ledger.gaps) == (500, 0, 0, 0)
    assert clock.measured_hz == pytest.approx(499 / (time_s[-1] - time_s[0]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_rows_that_are_not_finite_are_rejected_and_bridged(value: float, column: int) -> None:
    data = table(100)
    if column == 0:
        data[0][50:53] = value
    else:
        data[column][50:53, 1] = value
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert len(rows) == 100
    assert rows.time_s == pytest.approx(np.arange(100) * PERIOD_S)
    assert rows.acc_m_s2[:, 0] == pytest.approx(np.arange(100))
    assert np.all(np.isfinite(rows.gyr_rad_s))
    assert np.flatnonzero(rows.flags & Flag.BRIDGED).tolist() == [50, 51, 52]
    assert np.flatnonzero(rows.flags & Flag.GAP_BEFORE).tolist() == [53]
    (gap,) = events
    assert isinstance(gap, Gap)
    assert (gap.lost, gap.bridged) == (0, True)
    (ledger,) = clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.lost, ledger.bridged) == (97, 3, 0, 3)


def test_every_rejected_row_has_a_place_in_its_gap_even_where_the_times_leave_little_room() -> None:
    data = table(60, np.r_[0:30, 30.0, 30.6, 31.2, 31.8, 32:58] * PERIOD_S)
    data[2][30:34] = np.nan
    clock = FileClock(0, PERIOD_S)
    rows, (gap,) = feed(clock, data)
    assert len(rows) == 60
    assert np.all(np.diff(rows.time_s) > 0)
    assert (gap.lost, gap.bridged) == (0, True)
    assert clock.ledger[0].rejected == clock.ledger[0].bridged == 4


def test_missing_rows_show_in_the_time_column() -> None:
    keep = np.r_[0:40, 50:100, 180:200]
    data = tuple(column[keep] for column in table(200))
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert [(gap.lost, gap.bridged) for gap in events] == [(10, True), (80, False)]
    assert rows.acc_m_s2[:120, 0] == pytest.approx(np.r_[0:100, 180:200])
    long = np.flatnonzero((rows.flags & Flag.GAP_BEFORE) != 0)[1]
    assert rows.time_s[long] == pytest.approx(1.8)
    assert rows.dt_s[long] == PERIOD_S
    (ledger,) = clock.ledger
    assert (ledger.decoded, ledger.lost, ledger.bridged, ledger.gaps) == (110, 90, 10, 2)


@pytest.mark.parametrize(("missing", "bridged"), [(30, True), (31, False)])
def test_the_bridge_limit_is_300_ms(missing: int, bridged: bool) -> None:
    keep = np.r_[0:40, 40 + missing : 100]
    _, (gap,) = feed(FileClock(0, PERIOD_S), tuple(column[keep] for column in table(100)))
    assert gap.bridged is bridged


def test_times_that_do_not_rise_are_rejected_and_said_once_a_run() -> None:
    data = table(100)
    data[0][50:53] = data[0][48]
    data[0][70] = data[0][69]
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert np.all(np.diff(rows.time_s) > 0)
    stale = [event for event in events if isinstance(event, StalePacket)]
    assert [event.reason for event in stale] == [
        "time 0.48 s does not rise after 0.49 s",
        "time 0.69 s does not rise after 0.69 s",
    ]
    (ledger,) = clock.ledger
    assert (ledger.decoded, ledger.rejected, ledger.stale_packets) == (96, 4, 4)
    assert (ledger.lost, ledger.bridged) == (4, 4)  # their places on the grid are empty


def test_bad_rows_at_the_start_and_the_end_are_counted() -> None:
    data = table(100)
    data[1][:5] = np.nan
    data[1][-7:] = np.nan
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert len(rows) == 88
    assert rows.flags[0] == 0
    (gap,) = events
    assert gap.time_s == pytest.approx(0.93)
    assert gap.end_s == pytest.approx(1.0)
    assert clock.flush(5, 99.0).events == ()
    assert clock.ledger[0].rejected == 12


def test_a_file_of_nothing_but_nan_gives_no_rows() -> None:
    data = table(20)
    data[1][:] = np.nan
    clock = FileClock(0, PERIOD_S)
    rows, events = feed(clock, data)
    assert len(rows) == 0
    assert events == []
    assert clock.measured_hz is None
    assert clock.ledger[0].rejected == 20


@settings(max_examples=300, deadline=None)
@example(["ok"] * 8, [2])  # the measured rate once depended on the cut, in its last bit
@given(
    st.lists(st.sampled_from(["ok"] * 6 + ["nan", "inf", "same", "back", "skip", "jump"]), min_size=1, max_size=80),
    st.lists(st.integers(0, 80), max_size=8),
)
def test_any_split_gives_the_same_rows_and_every_row_is_accounted_for(bench, fates: list[str], cuts: list[int]) -> None:
    time_s, step = [], 0.0
    for fate in fates:
        step += {"skip": 5.0, "jump": 100.0, "same": 0.0, "back": -3.0}.get(fate, 1.0)
        time_s.append(step * PERIOD_S)
    data = table(len(fates), np.array(time_s))
    for row, fate in enumerate(fates):
        if fate in ("nan", "inf"):
            data[1][row, 2] = np.nan if fate == "nan" else np.inf
    whole = FileClock(0, PERIOD_S)
    split = FileClock(0, PERIOD_S)
    one, said = feed(whole, data)
    other, said_again = feed(split, data, tuple(cut for cut in cuts if cut <= len(fates)))
    assert bench.same(one, other)
    assert whole.ledger == split.ledger
    assert [type(event) for event in said] == [type(event) for event in said_again]
    (ledger,) = whole.ledger
    assert ledger.decoded + ledger.rejected == len(fates)
    assert ledger.decoded == np.sum(one.flags & Flag.BRIDGED == 0)
    assert ledger.bridged == np.sum(one.flags & Flag.BRIDGED != 0)
    if len(one):
        bench.check_rows(one)


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(FileError, match="--rate"):
        FileClock(0, 0.0)
    with pytest.raises(FileError, match="rows of 3"):
        FileClock(0, PERIOD_S).update(0, np.zeros(4), np.zeros((4, 3)), np.zeros((3, 3)))
