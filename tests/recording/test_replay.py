"""Replay equals what was stored, bit for bit; a difference is found and named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.session import load_session
from sensor_pipeline.recording.live import run
from sensor_pipeline.recording.outcome import BLOCK_RECORDS, EndedStream
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.replay import Differences, SessionTables, compare, replay
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Block, Event, Flush, Record, RepDone, Tick

SPEC = Path(__file__).parents[2] / "firmware_specs" / "shin-imu-v1.toml"


def test_a_replay_equals_the_stored_results_bit_for_bit(finished: Path) -> None:
    session = load_session(finished)
    results = replay(session.records(), session.setup())
    assert not compare(session.tables(), results.tables())
    assert results.reps == session.rep_values()
    assert results.duration_s == session.meta.duration_s
    assert results.sensors[0].mountings == session.meta.sensors[0].found.mountings
    assert results.sensors[0].ledger == session.meta.sensors[0].found.ledger
    assert len(results.sensors[0].samples) == len(results.sensors[0].angles.frontal_rad) == 2100


def test_what_was_said_live_is_what_is_stored(
    tmp_path: Path, setup: SessionSetup, lunges: Callable[..., list[Record]]
) -> None:
    said: list[Event] = []
    writer = SessionWriter.create(tmp_path, setup)
    run(lunges(2, end=False), Engine(setup), writer, said.extend)
    report = writer.finish()
    assert not report.recovered  # the live loop wrote the end mark
    session = load_session(writer.path)
    assert tuple(event.rep for event in said if isinstance(event, RepDone)) == session.rep_values()
    fresh = replay(session.records(), setup)
    assert [event for event in said if not isinstance(event, Block)] == list(fresh.events)
    live_times = np.concatenate([event.samples.time_s for event in said if isinstance(event, Block)])
    assert live_times.tobytes() == fresh.sensors[0].samples.time_s.tobytes()


def test_a_loop_without_a_writer_keeps_nothing_and_says_the_same(
    setup: SessionSetup, lunges: Callable[..., list[Record]]
) -> None:
    said: list[Event] = []
    run(lunges(1), Engine(setup), None, said.extend)
    assert sum(isinstance(event, RepDone) for event in said) == 1
    run([], Engine(setup), None, said.extend)


def test_two_legs_from_bytes_are_stored_leg_by_leg_and_replay_equal(tmp_path: Path) -> None:
    simulation = simulate_session(SPEC.read_text("utf-8"), side="both", reps=2, seed=3)
    setup = SessionSetup(sensors=simulation.setups)
    with SessionWriter.create(tmp_path, setup, simulated=True) as writer:
        for record in simulation.records():
            writer.append(record)
    session = load_session(writer.path)
    samples = session.samples()
    sides = list(samples["side"])
    assert sides == sorted(sides)
    for side in ("left", "right"):
        assert np.all(np.diff(samples.loc[samples["side"] == side, "time_s"]) > 0)
    assert [entry.found.serial for entry in session.meta.sensors] == ["SIM-3-0", "SIM-3-1"]
    assert all(entry.found.spec_id == "shin-imu-v1" for entry in session.meta.sensors)
    assert all(entry.found.battery_percent is not None for entry in session.meta.sensors)
    assert not compare(session.tables(), replay(session.records(), session.setup()).tables())


def test_a_replay_of_nothing_is_empty(setup: SessionSetup) -> None:
    results = replay([], setup)
    assert results.reps == ()
    assert len(results.tables().samples) == 0
    assert results.duration_s == 0.0


def test_an_end_mark_is_added_where_there_is_none() -> None:
    stream = EndedStream([Tick(3, 40, None)])
    assert list(stream) == [Tick(3, 40, None), Flush(4, 40, None)]
    assert stream.was_open
    ended = EndedStream([Tick(3, 40, None), Flush(4, 41, None)])
    assert len(list(ended)) == 2
    assert not ended.was_open


def test_a_session_longer_than_a_block_of_records_is_used_whole(setup: SessionSetup) -> None:
    ticks = [Tick(i, i, None) for i in range(2 * BLOCK_RECORDS + 3)]
    assert replay(ticks, setup).outcome.records == len(ticks) + 1


@pytest.fixture
def tables(finished: Path) -> SessionTables:
    return load_session(finished).tables()


def with_value(tables: SessionTables, column: str, row: int, value: object) -> SessionTables:
    values = tables.samples[column].to_pylist()
    values[row] = value
    index = tables.samples.schema.get_field_index(column)
    field = tables.samples.schema.field(column)
    return dataclasses.replace(tables, samples=tables.samples.set_column(index, field, pa.array(values, field.type)))


@pytest.mark.parametrize(
    ("column", "row", "value", "line"),
    [
        ("acc_x", 7, 1.0, "samples.acc_x: 1 rows differ, first row 7"),
        ("flags", 3, 64, "samples.flags: 1 rows differ, first row 3: 64 stored, 0 now, largest difference 64"),
        ("rep", 0, 9, "samples.rep: 1 rows differ, first row 0: 9 stored, None now"),
        ("side", 2, "right", "samples.side: 1 rows differ, first row 2: 'right' stored, 'left' now"),
    ],
)
def test_one_value_that_differs_is_named(
    tables: SessionTables, column: str, row: int, value: object, line: str
) -> None:
    found = compare(with_value(tables, column, row, value), tables)
    assert found
    assert len(found.lines()) == 1
    assert found.lines()[0].startswith(line)


def test_the_last_bit_of_a_number_counts(tables: SessionTables) -> None:
    value = tables.samples["time_s"][500].as_py()
    found = compare(with_value(tables, "time_s", 500, np.nextafter(value, 9.0)), tables)
    assert [(d.column, d.rows, d.first_row) for d in found.columns] == [("time_s", 1, 500)]
    assert not compare(tables, tables)


def test_zero_and_minus_zero_differ(tables: SessionTables) -> None:
    plus, minus = with_value(tables, "acc_y", 0, 0.0), with_value(tables, "acc_y", 0, -0.0)
    assert [d.column for d in compare(plus, minus).columns] == ["acc_y"]


def test_tables_of_unequal_length_are_told_by_their_rows(tables: SessionTables) -> None:
    shorter = dataclasses.replace(tables, reps=tables.reps.slice(0, 2))
    found = compare(tables, shorter)
    assert found == Differences((("reps", 3, 2),), ())
    assert found.lines() == ("reps: 3 rows stored, 2 now",)


def test_a_repetition_that_differs_is_named(tables: SessionTables) -> None:
    faults = [["jerky"], *tables.reps["faults"].to_pylist()[1:]]
    field = tables.reps.schema.field("faults")
    index = tables.reps.schema.get_field_index("faults")
    other = dataclasses.replace(tables, reps=tables.reps.set_column(index, field, pa.array(faults, field.type)))
    assert compare(other, tables).lines() == ("reps.faults: 1 rows differ, first row 0: ['jerky'] stored, [] now",)
