"""The benchmark measures what it says, in small: rows and repetitions come out, and every figure is one."""

import math

from . import bench_pipeline as bench


def test_speed_counts_the_rows_and_repetitions_of_the_set() -> None:
    found = {name: figure for name, figure, _ in bench.speed(reps=2, rounds=1)}
    assert found["repetitions"] == 2
    assert found["rows"] > 1500
    assert all(math.isfinite(figure) and figure > 0.0 for figure in found.values())


def test_memory_streams_as_many_hours_as_asked_for() -> None:
    found = {name: figure for name, figure, _ in bench.memory(hours=3, reps=1, repeats=2)}
    assert found["hours streamed (simulated)"] == 3
    assert found["engine after the second hour"] > found["left when the engine is gone"] > 0.0
    assert math.isfinite(found["growth from the second hour to the last"])


def test_cold_start_replays_a_session_of_its_own() -> None:
    found = {name: figure for name, figure, _ in bench.cold_start(reps=1, rounds=1)}
    assert found["length of the replayed session"] > 10.0
    assert found["dorsi replay"] > 0.0
