"""The session of schema 1 stays readable in every later version. Its folder never changes; make_schema_1.py made it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor_pipeline.library.session import Session, load_session
from sensor_pipeline.recording.finish import finish
from sensor_pipeline.recording.manifest import Conditions, setup_of
from sensor_pipeline.recording.replay import replay
from sensor_pipeline.types import Flush, Input, Link, Notification, Read, Targets

FOLDER = Path(__file__).with_name("schema_1")


@pytest.fixture(scope="module")
def session() -> Session:
    return load_session(FOLDER)


def test_its_manifest_is_read(session: Session) -> None:
    meta = session.meta
    assert (meta.schema_version, meta.id, meta.state, meta.simulated) == (1, "schema_1", "complete", True)
    assert (meta.created.utc, meta.created.utc_offset_s) == ("2026-11-20T18:04:12Z", 3600)
    assert (meta.person, meta.visit, meta.strap) == ("example", "visit-1", "strap-1")
    assert meta.conditions == Conditions(footwear="barefoot", warm_up="after")
    assert meta.targets == Targets(angle_deg=36.0, hold_s=2.0, reps=2)
    assert dict(meta.answers) == {"pain": 0}
    assert meta.sensors[0].found.spec_id == "shin-imu-v1"
    assert meta.sensors[0].found.mountings


def test_its_records_are_read(session: Session) -> None:
    records = session.records()
    assert session.meta.stored is not None
    assert len(records) == session.meta.stored.records
    assert {type(record) for record in records} == {Input, Link, Read, Notification, Flush}
    assert isinstance(records[-1], Flush)


def test_its_tables_are_read(session: Session) -> None:
    samples, reps = session.samples(), session.reps()
    assert len(samples) == session.meta.sensors[0].found.rows
    assert list(reps["rep"]) == [1, 2]
    assert reps["peak_deg"].max() == session.report()["summary"]["best_deg"]
    assert set(samples["rep"].dropna()) == {1, 2}
    assert session.reference()["dorsiflexion_deg"].isna().tolist() == [False, True]
    assert session.labels("example")["start_s"].tolist() == [6.0]


def test_it_is_complete_and_finishing_leaves_it_alone() -> None:
    before = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    finish(FOLDER)
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == before


def test_it_can_be_replayed(session: Session) -> None:
    defaulted: list[str] = []
    setup = setup_of(session.meta, defaulted)
    results = replay(session.records(), setup)
    assert len(results.reps) == 2
    assert all(place.startswith("params.") for place in defaulted)
