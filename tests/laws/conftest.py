"""The streams over which the laws are checked: simulated sensors of every kind, and every session in recordings/."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.link import LinkParams, Outage
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Angles, Block, Event, Record, Samples, Targets

RECORDINGS = Path(__file__).parents[2] / "recordings"
TARGETS = Targets(angle_deg=36.0, hold_s=1.5, reps=3)


@dataclass(frozen=True)
class Case:
    name: str
    setup: SessionSetup = field(repr=False)
    records: Sequence[Record] = field(repr=False)


@dataclass(frozen=True)
class Run:
    """What an engine made of records: rows joined for each sensor, all other events."""

    rows: dict[int, dict[str, np.ndarray]]
    events: list[Event]
    engine: Engine


def run(setup: SessionSetup, pieces: Sequence[Sequence[Record]]) -> Run:
    engine = Engine(setup)
    events = [event for piece in pieces for event in engine.push_many(piece)]
    rows: dict[int, dict[str, np.ndarray]] = {}
    for sensor in range(len(setup.sensors)):
        blocks = [event for event in events if isinstance(event, Block) and event.sensor == sensor]
        rows[sensor] = {
            column.name: np.concatenate([np.asarray(getattr(getattr(block, part), column.name)) for block in blocks])
            for part in ("samples", "angles")
            for column in (fields(Samples) if part == "samples" else fields(Angles))
            if blocks
        }
    return Run(rows, [event for event in events if not isinstance(event, Block)], engine)


@cache
def whole(name: str) -> Run:
    """A case pushed at once: what every other way of pushing it must equal."""
    case = case_named(name)
    return run(case.setup, [case.records])


def assert_same_rows(a: Run, b: Run) -> None:
    assert a.rows.keys() == b.rows.keys()
    for sensor, columns in a.rows.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(values.view(np.uint8), b.rows[sensor][name].view(np.uint8), name)


def _simulated(spec: str, **options: object) -> Callable[[str], Case]:
    def make(name: str) -> Case:
        simulation = simulate_session(spec_text(spec), reps=2, **options)  # type: ignore[arg-type] # test data
        return Case(name, SessionSetup(simulation.setups, targets=TARGETS), tuple(simulation.records()))

    return make


def _recorded(name: str) -> Case:
    from sensor_pipeline import load_session

    session = load_session(RECORDINGS / name)
    return Case(name, session.setup(), tuple(session.records()))


STALL_AND_DROP = (Outage(8.0, 1.5), Outage(11.0, 5.0))
"""The first fills the firmware's queue, so that packets are lost; the second ends the connection."""

SHORT_QUEUE = FirmwareParams(queue_packets=16)
SIMULATED: dict[str, Callable[[str], Case]] = {
    "shin": _simulated("shin-imu-v1"),
    "shin-stalls-and-drop": _simulated(
        "shin-imu-v1", seed=2, link=LinkParams(outages=STALL_AND_DROP), firmware=SHORT_QUEUE
    ),
    "dot": _simulated("movella-dot", seed=3),
    "witmotion": _simulated("witmotion-ble5", seed=4),
    "movesense": _simulated("movesense-gsp", seed=5),
    "both-legs": _simulated("shin-imu-v1", seed=6, side="both"),
}
RECORDED = sorted(path.parent.name for path in RECORDINGS.glob("*/session.json"))


@cache
def case_named(name: str) -> Case:
    return SIMULATED[name](name) if name in SIMULATED else _recorded(name)


@pytest.fixture(params=[*SIMULATED, *RECORDED])
def case(request: pytest.FixtureRequest) -> Case:
    return case_named(request.param)


@pytest.fixture(params=RECORDED)
def recorded(request: pytest.FixtureRequest) -> Case:
    return case_named(request.param)
