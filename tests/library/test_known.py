"""A person's answers are those of the newest session that has them; pain is never among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.library.known import Known, known_of
from sensor_pipeline.library.sessions import Library
from sensor_pipeline.protocols.safety import SafetyAnswers
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),))
START = datetime(2026, 11, 20, 18, 4, 12, tzinfo=UTC)


@pytest.fixture
def session(tmp_path: Path) -> Callable[..., None]:
    def session(days: float, answers: dict[str, Any], person: str = "ann", *, simulated: bool = False) -> None:
        now = START + timedelta(days=days)
        writer = SessionWriter.create(tmp_path, SETUP, person=person, simulated=simulated, now=now)
        writer.append(Tick(0, 0, None))
        writer.finish()
        write_manifest(writer.path, dataclasses.replace(read_manifest(writer.path), answers=answers))

    return session


def test_nobody_is_known_in_an_empty_library(tmp_path: Path) -> None:
    assert known_of(Library(tmp_path / "none"), "ann") == Known()


def test_the_newest_answer_counts_and_pain_is_left_out(session: Callable[..., None], tmp_path: Path) -> None:
    swelling = {"excluded": ["swelling"], "cleared": True, "pain": 3, "pain_site": "achilles"}
    session(0, {"safety": {"excluded": [], "pain": 0}, "shank_length_cm": 43})
    session(2, {"safety": swelling})
    session(3, {"distance": 8})
    assert known_of(Library(tmp_path), "ann") == Known(SafetyAnswers(("swelling",), True), 43.0)


def test_another_person_s_a_simulated_and_an_unreadable_answer_are_passed_over(
    session: Callable[..., None], tmp_path: Path
) -> None:
    session(0, {"safety": {"excluded": ["numbness"]}, "shank_length_cm": 40.5})
    session(1, {"safety": {"excluded": ["cast_or_boot"]}}, "bob")
    session(2, {"safety": {"excluded": ["cast_or_boot"]}}, simulated=True)
    session(3, {"safety": {"excluded": ["flu"]}, "shank_length_cm": "long"})
    assert known_of(Library(tmp_path), "ann") == Known(SafetyAnswers(("numbness",)), 40.5)
    assert known_of(Library(tmp_path), "bob") == Known(SafetyAnswers(("cast_or_boot",)), None)
