"""A person's answers are those of the newest session that has them; pain is never among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.library.known import Known, known_of, own_best_deg
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.library.sessions import Library
from sensor_pipeline.protocols.safety import SafetyAnswers
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import SensorSetup, Tick

SETUP = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),))
START = datetime(2026, 11, 20, 18, 4, 12, tzinfo=UTC)


@pytest.fixture
def best(tmp_path: Path) -> Callable[..., None]:
    def best(days: float, summary: dict[str, Any], protocol: str, **changes: Any) -> None:
        setup = dataclasses.replace(SETUP, protocol=protocol)
        writer = SessionWriter.create(tmp_path, setup, person="ann", now=START + timedelta(days=days))
        writer.append(Tick(0, 0, None))
        writer.finish()
        manifest = dataclasses.replace(read_manifest(writer.path), summary=summary, **changes)
        write_manifest(writer.path, manifest)

    return best


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


def by_side(best_deg: float, **faults: int) -> dict[str, Any]:
    return {"by_side": {"left": {"best_deg": best_deg, "faults": faults}}}


def test_the_own_best_is_the_largest_of_all_sessions_of_that_protocol_and_leg(
    best: Callable[..., None], tmp_path: Path
) -> None:
    mob = load_protocol("dynamic_mob")
    best(0, by_side(36.0), "dynamic_mob")
    best(1, by_side(34.0, jerky=2), "dynamic_mob")
    best(2, by_side(44.0), "deep_squat")
    assert own_best_deg(Library(tmp_path), "ann", mob, "left") == 36.0
    assert own_best_deg(Library(tmp_path), "ann", mob, "right") is None
    assert own_best_deg(Library(tmp_path), "bob", mob, "left") is None


def test_pain_a_lifted_heel_and_simulation_make_no_target(best: Callable[..., None], tmp_path: Path) -> None:
    mob = load_protocol("dynamic_mob")
    best(0, by_side(40.0), "dynamic_mob", answers={"safety": {"pain": 2, "pain_site": "other"}})
    best(1, by_side(41.0, heel_lift=1), "dynamic_mob")
    best(2, by_side(42.0), "dynamic_mob", simulated=True)
    assert own_best_deg(Library(tmp_path), "ann", mob, "left") is None
    best(3, by_side(33.0), "dynamic_mob", answers={"safety": {"pain": 0}})
    assert own_best_deg(Library(tmp_path), "ann", mob, "left") == 33.0


def test_a_search_has_a_best_only_where_it_has_a_result(best: Callable[..., None], tmp_path: Path) -> None:
    ktw = load_protocol("ktw_standing")
    best(0, by_side(45.0), "ktw_standing")
    assert own_best_deg(Library(tmp_path), "ann", ktw, "left") is None
    best(1, {**by_side(45.0), "results": {"left": {"best_deg": 38.5}}}, "ktw_standing")
    assert own_best_deg(Library(tmp_path), "ann", ktw, "left") == 38.5
