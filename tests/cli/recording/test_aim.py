"""What a session aims at comes from the protocol, the options and the person's own earlier sessions."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.recording.aim import Wish, aimed, with_lengths
from sensor_pipeline.cli.recording.plan import Plan
from sensor_pipeline.cli.recording.questions import Ask, Nobody
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.recording.manifest import read_manifest, write_manifest
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import Json, SensorSetup, Side, Tick

SPEC = load_spec("shin-imu-v1")
KTW = load_protocol("ktw_standing")


def plan(library: Path, *sides: Side, **changes: object) -> Plan:
    wanted = tuple(Wanted(SPEC, side=side) for side in sides)
    return dataclasses.replace(Plan(library, wanted, person="ann", protocol=KTW), **changes)  # type: ignore[arg-type]


def earlier(library: Path, **best_deg: float) -> None:
    setup = SessionSetup(sensors=(SensorSetup(side="left", rate_hz=100.0),), protocol=KTW.id)
    writer = SessionWriter.create(library, setup, person="ann")
    writer.append(Tick(0, 0, None))
    writer.finish()
    summary = {"results": {side: {"best_deg": deg} for side, deg in best_deg.items()}}
    manifest = dataclasses.replace(read_manifest(writer.path), summary=summary, answers={"shank_length_cm": 41.5})
    write_manifest(writer.path, manifest)


def test_a_first_session_has_no_target_and_the_doses_are_the_protocol_s(tmp_path: Path) -> None:
    found = aimed(plan(tmp_path, "left"), KTW, Wish(seed=7))
    assert found.guidance is not None
    assert (found.targets.angle_deg, found.targets.hold_s, found.guidance.seed) == (None, 2.0, 7)
    assert found.guidance.gated
    assert found.setup.protocol == "ktw_standing"
    assert found.setup.guidance == found.guidance


def test_the_own_best_of_the_leg_is_the_target_and_the_shank_is_known(tmp_path: Path) -> None:
    earlier(tmp_path, left=38.0, right=35.0)
    found = aimed(plan(tmp_path, "left"), KTW, Wish())
    assert found.guidance is not None
    assert (found.targets.angle_deg, found.guidance.shank_cm, found.said) == (38.0, 41.5, {})
    assert aimed(plan(tmp_path, "left", "right"), KTW, Wish()).targets.angle_deg == 35.0
    assert aimed(plan(tmp_path, "left", person="bob"), KTW, Wish()).targets.angle_deg is None


def test_two_legs_have_a_target_only_where_both_have_a_best(tmp_path: Path) -> None:
    earlier(tmp_path, left=38.0)
    assert aimed(plan(tmp_path, "left", "right"), KTW, Wish()).targets.angle_deg is None


def test_what_was_typed_comes_first_and_is_kept(tmp_path: Path) -> None:
    earlier(tmp_path, left=38.0)
    found = aimed(plan(tmp_path, "left"), KTW, Wish(target_deg=30.0, reps=5, hold_s=4.0, shank_cm=44.0, start_cm=8.0))
    assert found.guidance is not None
    assert (found.targets.angle_deg, found.targets.hold_s) == (30.0, 4.0)
    assert (found.guidance.reps, found.guidance.shank_cm, found.guidance.start_cm) == (5, 44.0, 8.0)
    assert found.said == {"shank_length_cm": 44.0}


def test_a_simulated_person_has_no_gate_and_no_past(tmp_path: Path) -> None:
    earlier(tmp_path, left=38.0)
    found = aimed(plan(tmp_path, "left", simulated=True), KTW, Wish())
    assert found.guidance is not None
    assert (found.guidance.gated, found.targets.angle_deg) == (False, None)


class Answers(Nobody):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def answer(self, ask: Ask) -> Json:
        self.asked.append(ask.id)
        return 40.0 if ask.id == "shank_length_cm" else None


def test_the_shank_is_asked_once_and_the_distance_each_time(tmp_path: Path) -> None:
    someone = Answers()
    wish = asyncio.run(with_lengths(Wish(), plan(tmp_path, "left"), someone))
    assert (wish.shank_cm, wish.start_cm, someone.asked) == (40.0, None, ["shank_length_cm", "distance"])
    earlier(tmp_path, left=38.0)
    again = Answers()
    asyncio.run(with_lengths(Wish(), plan(tmp_path, "left"), again))
    assert again.asked == ["distance"]


@pytest.mark.parametrize("name", ["dynamic_mob", "ankle_circles"])
def test_only_a_search_needs_lengths(tmp_path: Path, name: str) -> None:
    someone = Answers()
    asyncio.run(with_lengths(Wish(), plan(tmp_path, "left", protocol=load_protocol(name)), someone))
    assert someone.asked == []
