"""A visit over a real path of the radio: one sensor, one connection after the other, moved from leg to leg."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline import load_session
from sensor_pipeline.ble.radio import Radio
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.cli.radio_choice import RadioChoice
from sensor_pipeline.cli.recording.commands import Action, Command
from sensor_pipeline.cli.recording.plan import Plan
from sensor_pipeline.cli.recording.run import Run
from sensor_pipeline.cli.recording.visit import MOVE_S, tour_of, walk_through
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep
from sensor_pipeline.simulate.session import simulate_session

SPEC = load_spec("shin-imu-v1")
PROGRAMME = """
schema = 1
id = "mine"
name = "Mine"
about = "a test"
when = "any"
how_often = "once"
sources = ["own"]
[[items]]
protocol = "dynamic_mob"
part = "test"
reps = 1
[[items]]
protocol = "ankle_circles"
part = "exercise"
reps = 1
"""


class Air(RadioChoice):
    """A choice of radio on which one sensor is worn by a person who lunges at given times."""

    __slots__ = ()
    starts_s: tuple[float, ...] = (16.0, 150.0)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Radio]:
        person = PersonParams(stand_s=14.0, finish_s=30.0)
        script = [ScriptedRep(start_s, 1.5, 2.5, 1.5, 36.0 * RAD_PER_DEG) for start_s in self.starts_s]
        worn = simulate_session(SPEC, seed=5, legs=lambda leg: Lunge(leg, person, script, 5)).sensors[0]
        async with VirtualRadio([PeripheralParams(SPEC, worn=worn, name="mine", serial="S")]) as air:
            yield air.radio


def visit(tmp_path: Path, *acts: tuple[float, Action], given: str | None = "none") -> tuple[int, dict[str, Any]]:
    (tmp_path / "mine.toml").write_text(PROGRAMME)
    library = tmp_path / "library"
    run = Run(Air(), None, fast=True)
    plan = Plan(library, (), person="ann", wait_s=60.0, visit="v1")
    tour = tour_of(str(tmp_path / "mine.toml"), ("left", "right"))

    async def main() -> int:
        for at_s, action in acts:
            asyncio.get_running_loop().call_later(at_s, run.steer, Command(action))
        return await walk_through(run, tour, plan, ["mine"], None, given)

    code = run_virtual(main(), limit_s=4000.0)
    found: dict[str, Any] = json.loads((library / "visit-v1.json").read_text())
    return code, found


def test_the_sensor_is_waited_for_between_the_legs_and_each_strapping_has_its_id(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = visit(tmp_path)
    assert [(one["protocol"], one["leg"], one["became"]) for one in found["outcomes"]] == [
        ("dynamic_mob", "left", "done"),
        ("ankle_circles", "left", "done"),
        ("dynamic_mob", "right", "done"),
        ("ankle_circles", "right", "done"),
    ]
    assert code == 0
    assert f"Move the sensor to the shin of the right leg. It goes on in {MOVE_S:g} s." in capsys.readouterr().err
    metas = [load_session(tmp_path / "library" / one["session"]).meta for one in found["outcomes"] if one["session"]]
    assert [meta.sensors[0].setup.side for meta in metas] == ["left", "right"]
    assert metas[0].strap != metas[1].strap
    assert {meta.visit for meta in metas} == {"v1"}
    assert metas[0].answers["safety"]["pain"] == 0
    assert metas[0].guidance is not None
    assert metas[0].guidance.gated


def test_q_ends_an_item_and_the_visit_goes_on(tmp_path: Path) -> None:
    _, found = visit(tmp_path, (8.0, "stop"))
    assert (found["outcomes"][0]["became"], found["outcomes"][0]["reason"]) == ("skipped", "stopped")
    assert found["outcomes"][1]["became"] == "done"
    assert found["ended"] == "done"


def test_after_it_hurts_nothing_more_is_asked_for(tmp_path: Path) -> None:
    _, found = visit(tmp_path, (18.0, "hurts-stop"))
    assert found["ended"] == "it hurts"
    assert [one["became"] for one in found["outcomes"]][1:] == ["skipped"] * 3
    assert {one["reason"] for one in found["outcomes"][1:]} == {"it hurts"}


def test_nobody_who_hurts_in_front_is_measured_and_what_loads_nothing_goes_on(tmp_path: Path) -> None:
    _, found = visit(tmp_path, given='{"pain": 2, "pain_site": "front"}')
    assert [(one["protocol"], one["became"]) for one in found["outcomes"][:2]] == [
        ("dynamic_mob", "skipped"),
        ("ankle_circles", "skipped" if found["outcomes"][1]["reason"].startswith("Pain") else "done"),
    ]
    assert found["outcomes"][0]["reason"].startswith("Pain: the front of the ankle")


def test_a_leg_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PROGRAMME)
    with pytest.raises(UserError, match="--side left twice"):
        tour_of(str(tmp_path / "mine.toml"), ("left", "left"))
