"""The six laws, over simulated sensors of every kind and over every session in recordings/."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.types import (
    BadPacket,
    Flag,
    Flush,
    ImportedSamples,
    Notification,
    Record,
    RepDone,
    SensorRestarted,
)

from .conftest import RECORDINGS, Case, Run, assert_same_rows, run, whole

SLOW = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# --- 1. chunking ---


def test_law_1_one_by_one_and_all_at_once_are_equal(case: Case) -> None:
    together, single = whole(case.name), run(case.setup, [[record] for record in case.records])
    assert_same_rows(together, single)
    assert together.events == single.events
    assert together.engine.ledger(0) == single.engine.ledger(0)


@SLOW
@given(cuts=st.lists(st.floats(0, 1), max_size=6))
def test_law_1_any_cut_of_the_records_is_equal(case: Case, cuts: list[float]) -> None:
    edges = [0, *sorted(round(cut * len(case.records)) for cut in cuts), len(case.records)]
    pieces = [case.records[a:b] for a, b in itertools.pairwise(edges)]
    together, cut_up = whole(case.name), run(case.setup, pieces)
    assert_same_rows(together, cut_up)
    assert together.events == cut_up.events


def test_law_1_a_second_flush_changes_nothing(case: Case) -> None:
    once = whole(case.name)
    last = case.records[-1]
    assert isinstance(last, Flush)
    again = run(case.setup, [case.records, [dataclasses.replace(last, order=last.order + 1)]])
    assert_same_rows(once, again)
    assert once.events == again.events


# --- 2. replay equals live ---


def test_law_2_a_stored_recording_replays_bit_for_bit_or_within_its_expectation(recorded: Case) -> None:
    """In the same installation bit for bit (the test of recording checks that); elsewhere as expected.json says."""
    from sensor_pipeline import load_session
    from sensor_pipeline.recording.expected import misses, read_expected
    from sensor_pipeline.recording.replay import replay
    from sensor_pipeline.recording.report import session_report, with_outcome
    from sensor_pipeline.signal.orientation import available_filters

    folder = RECORDINGS / recorded.name
    session = load_session(folder)
    expected = read_expected(folder)
    assert set(expected) == {"vqf", "imufusion"}
    for name in available_filters():
        setup = dataclasses.replace(recorded.setup, orientation=name)
        results = replay(recorded.records, setup)
        report = session_report(with_outcome(session.meta, results.outcome), results.reps)
        assert misses(expected, name, report) == ()


# --- 3. a bad packet leaves the state unchanged ---


@SLOW
@given(seed=st.integers(0, 2**32 - 1))
def test_law_3_garbage_among_the_packets_becomes_events_and_changes_no_row(case: Case, seed: int) -> None:
    clean, (dirty, spoilt) = whole(case.name), spoil(case.records, seed)
    noisy = run(case.setup, [dirty])
    if "witmotion" in case.name:  # a byte stream
        # after garbage a frame waits for the next one's first bytes: its values are the same, its arrival is later
        for name in ("acc_m_s2", "gyr_rad_s"):
            np.testing.assert_array_equal(clean.rows[0][name], noisy.rows[0][name])
        np.testing.assert_allclose(clean.rows[0]["time_s"], noisy.rows[0]["time_s"], atol=0.05)
    else:
        assert_same_rows(clean, noisy)
        assert [e.rep for e in clean.events if isinstance(e, RepDone)] == [
            e.rep for e in noisy.events if isinstance(e, RepDone)
        ]
    bad = sum(isinstance(e, BadPacket) for e in noisy.events) - sum(isinstance(e, BadPacket) for e in clean.events)
    assert bad == spoilt


def spoil(records: Sequence[Record], seed: int) -> tuple[list[Record], int]:
    """Insert notifications that are too short for any frame and start none, with two good ones at least between."""
    rng = np.random.default_rng(seed)
    dirty: list[Record] = []
    spoilt, last = 0, -3
    for i, record in enumerate(records):
        if isinstance(record, Notification) and i - last > 3 and rng.random() < 0.05:
            garbage = bytes([rng.integers(0x80, 0xFF)]) * int(rng.integers(1, 3))
            dirty.append(dataclasses.replace(record, payload=garbage))
            spoilt, last = spoilt + 1, i
        dirty.append(record)
    return [dataclasses.replace(record, order=i) for i, record in enumerate(dirty)], spoilt


# --- 4. time ---


def test_law_4_times_rise_strictly_and_spacing_is_positive(case: Case) -> None:
    for columns in whole(case.name).rows.values():
        assert (np.diff(columns["time_s"]) > 0).all()
        assert (columns["dt_s"] > 0).all()


def test_law_4_host_time_may_start_anywhere(case: Case) -> None:
    offset = 86_400_000_000_000
    moved = [dataclasses.replace(record, host_time_ns=record.host_time_ns + offset) for record in case.records]
    assert_same_rows(whole(case.name), run(case.setup, [moved]))


# --- 5. NaN, Inf and saturation ---


def test_law_5_no_row_is_ever_nan(case: Case) -> None:
    for columns in whole(case.name).rows.values():
        for name, values in columns.items():
            assert np.isfinite(values.astype(np.float64)).all(), name


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_law_5_bad_numbers_in_imported_samples_do_not_reach_the_angle(bad: float) -> None:
    clean = imported(lambda rows: rows)

    def spoil(rows: np.ndarray) -> np.ndarray:
        rows[700:705, 2] = bad
        rows[900, 5] = bad
        return rows

    dirty = imported(spoil)
    for column in ("dorsiflexion_rad",):
        np.testing.assert_allclose(dirty.rows[0][column], clean.rows[0][column], atol=np.radians(0.3))
    assert dirty.engine.ledger(0)[0].rejected == 6
    assert dirty.engine.ledger(0)[0].bridged == 6


def imported(change: Callable[[np.ndarray], np.ndarray]) -> Run:
    """Ten seconds at 100 Hz: standing, then a slow bow; as a file import would bring them."""
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.frames import G_M_S2
    from sensor_pipeline.types import SensorSetup

    t = np.arange(1000) / 100.0
    rate = np.where(t < 5, 0.0, np.radians(8.0))
    theta = np.concatenate(([0.0], np.cumsum(rate)[:-1] / 100.0))
    acc = G_M_S2 * np.column_stack((-np.sin(theta), np.zeros(1000), np.cos(theta)))
    gyr = np.column_stack((np.zeros(1000), rate, np.zeros(1000)))
    rows = change(np.column_stack((acc, gyr)))
    records: list[Record] = [
        ImportedSamples(
            i, round(t[a + 99] * 1e9), 0, t[a : a + 100], rows[a : a + 100, :3].copy(), rows[a : a + 100, 3:].copy()
        )
        for i, a in enumerate(range(0, 1000, 100))
    ]
    records.append(Flush(10, round(10e9), None))
    return run(SessionSetup((SensorSetup("left", 100.0),)), [records])


# --- 6. conservation ---


def test_law_6_every_sample_is_decoded_lost_or_rejected(case: Case) -> None:
    result = whole(case.name)
    for sensor in range(len(case.setup.sensors)):
        flags = result.rows[sensor]["flags"]
        ledger = result.engine.ledger(sensor)[0]
        assert ledger.decoded == int(((flags & Flag.BRIDGED) == 0).sum())
        assert ledger.bridged == int(((flags & Flag.BRIDGED) != 0).sum())
        if ledger.lost is None:
            assert ledger.estimated_deficit is not None
        else:
            assert ledger.bridged <= ledger.lost + ledger.rejected


def test_law_6_the_ledger_agrees_with_what_the_simulated_sensor_sampled() -> None:
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.library.specs import spec_text
    from sensor_pipeline.simulate.firmware import FirmwareParams
    from sensor_pipeline.simulate.link import LinkParams, Outage
    from sensor_pipeline.simulate.session import simulate_session

    link = LinkParams(outages=(Outage(8.0, 2.0), Outage(14.0, 1.5)))
    firmware = FirmwareParams(queue_packets=16)
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=2, seed=7, link=link, firmware=firmware)
    (counts,) = simulation.sample_counts()
    result = run(SessionSetup(simulation.setups), [tuple(simulation.records())])
    (ledger,) = result.engine.ledger(0)
    assert not any(isinstance(event, SensorRestarted) for event in result.events)
    assert counts.dropped > 0
    assert ledger.lost == counts.dropped
    assert ledger.rejected == 0
    assert ledger.decoded == counts.sent
