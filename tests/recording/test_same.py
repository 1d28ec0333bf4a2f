"""The quick comparison says yes exactly where the full one finds nothing."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.library.session import Session, load_session
from sensor_pipeline.recording.replay import Results, replay
from sensor_pipeline.recording.same import same, same_as_stored


@pytest.fixture
def session(finished: Path) -> Session:
    return load_session(finished)


@pytest.fixture
def results(session: Session) -> Results:
    return replay(session.records(), session.setup())


def changed(results: Results, part: str, name: str, row: int, value: object) -> Results:
    sensor = results.sensors[0]
    block = getattr(sensor, part)
    values = getattr(block, name).copy()
    values[row] = value
    other = dataclasses.replace(sensor, **{part: dataclasses.replace(block, **{name: values})})
    return dataclasses.replace(results, sensors=(other,))


def test_what_was_stored_is_the_same(session: Session, results: Results) -> None:
    assert same_as_stored(session.path, results)


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("samples", "acc_m_s2", 1.0),
        ("samples", "gyr_rad_s", np.nextafter(0.0, 1.0)),
        ("samples", "flags", 64),
        ("angles", "dorsiflexion_rad", 0.5),
        ("angles", "has_dorsiflexion", False),
        ("angles", "has_frontal", False),
    ],
)
def test_one_changed_value_is_noticed(session: Session, results: Results, part: str, name: str, value: object) -> None:
    assert not same(session.tables().samples, session.rep_values(), changed(results, part, name, 1500, value))


def test_another_number_of_rows_or_other_repetitions_are_noticed(session: Session, results: Results) -> None:
    table, reps = session.tables().samples, session.rep_values()
    assert not same(table.slice(0, len(table) - 1), reps, results)
    assert not same(table, reps[1:], results)
    assert not same(
        table, [dataclasses.replace(reps[0], start_deg=np.nextafter(reps[0].start_deg, 9.0)), *reps[1:]], results
    )


def test_it_works_on_slices_and_chunks(session: Session, results: Results) -> None:
    import pyarrow as pa

    table = session.tables().samples
    pieces = pa.concat_tables([table.slice(0, 7), table.slice(7, 1001), table.slice(1008)])
    assert same(pieces, session.rep_values(), results)


def test_a_replay_that_finds_no_difference_never_loads_pandas(finished: Path) -> None:
    code = (
        "import sys\n"
        "from sensor_pipeline.cli.main import run\n"
        f"assert run(['replay', {str(finished)!r}, '--json']) == 0\n"
        "sys.exit('pandas was loaded' if 'pandas' in sys.modules or 'scipy' in sys.modules else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
