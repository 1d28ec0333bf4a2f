"""Makes the example recordings anew: ``python recordings/make.py NAME ...`` (all where none is named).

The simulated ones need nothing; ``bench-imu`` reads the MIT-licensed bench recording of x-io's Fusion project from
``$DORSI_DATA/xio_fusion``. A changed ``expected.json`` needs a line under "Results change" in CHANGELOG.md.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.library.session import load_session
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.recording.expected import expected_of, write_expected
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.session import records_of
from sensor_pipeline.recording.importers.table import ImportOptions
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.replay import replay
from sensor_pipeline.recording.report import session_report, with_outcome
from sensor_pipeline.recording.simulated import store_scenario
from sensor_pipeline.signal.orientation import FILTER_NAMES
from sensor_pipeline.simulate.scenario import Scenario, stage
from sensor_pipeline.types import SensorSetup, Side

HERE = Path(__file__).parent
MADE = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
BENCH_S = (6.0, 48.0)
"""The stretch of the bench recording that is kept: at rest, then turned by hand about each axis and back."""


def simulated(name: str, scenario: Scenario) -> None:
    """Store a scenario with its truth, then what it must lead to with each filter."""
    with tempfile.TemporaryDirectory() as library:
        keep(name, store_scenario(stage(scenario), Path(library), session_id=name, now=MADE))


def keep(name: str, made: Path) -> Path:
    """Take a session into the folder of examples, with its expected results."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made, folder)
    session = load_session(folder)
    expected = {}
    for orientation in FILTER_NAMES:
        results = replay(session.records(), dataclasses.replace(session.setup(), orientation=orientation))
        report = session_report(with_outcome(session.meta, results.outcome), results.reps)
        expected[orientation] = expected_of(report, 1.0 / session.setup().sensors[0].rate_hz)
    write_expected(folder, expected)
    return folder


def bench_imu(name: str) -> None:
    """A real sensor turned by hand on a bench: inclination to true vertical, no repetitions of a leg."""
    data = os.environ.get("DORSI_DATA")
    if not data:
        sys.exit("bench-imu needs $DORSI_DATA: the folder that holds xio_fusion/sensor_data.csv")
    source = Path(data) / "xio_fusion"
    side: Side = "left"
    table = read_table(source / "sensor_data.csv", ImportOptions(side))
    rows = (table.time_s >= BENCH_S[0]) & (table.time_s < BENCH_S[1])
    part = dataclasses.replace(
        table,
        time_s=np.ascontiguousarray(table.time_s[rows] - table.time_s[rows][0]),
        acc_m_s2=np.ascontiguousarray(table.acc_m_s2[rows]),
        gyr_rad_s=np.ascontiguousarray(table.gyr_rad_s[rows]),
    )
    setup = SessionSetup((SensorSetup(side, table.rate_hz, mounting_axes="+x,+y,+z"),), protocol="bench")
    note = (
        f"seconds {BENCH_S[0]:g} to {BENCH_S[1]:g} of sensor_data.csv from x-io Technologies' Fusion (MIT licence, see "
        f"LICENSE-x-io.md), sha256 {table.sha256}; turned by hand, no leg"
    )
    with tempfile.TemporaryDirectory() as library:
        with SessionWriter.create(
            Path(library), setup, person="example", notes=note, session_id=name, now=MADE
        ) as writer:
            for item in records_of(part):
                writer.append(item)
        folder = keep(name, writer.path)
    shutil.copyfile(source / "LICENSE.md", folder / "LICENSE-x-io.md")


SCENARIOS = {
    "sim-clean": Scenario(spec_text("shin-imu-v1"), "left", 4, seed=101),
    "sim-gaps": Scenario(spec_text("shin-imu-v1"), "right", 5, seed=102, loss="heavy"),
    "sim-sloppy": Scenario(spec_text("shin-imu-v1"), "right", 4, seed=103, strap="sloppy"),
    "sim-before": Scenario(spec_text("shin-imu-v1"), "left", 4, seed=104, before=("walk", "shift", "tap")),
    "sim-witmotion": Scenario(spec_text("witmotion-ble5"), "left", 4, seed=105, rate_error=-0.05),
    "sim-both-legs": Scenario(spec_text("shin-imu-v1"), "both", 3, seed=106),
}

if __name__ == "__main__":
    names = [*SCENARIOS, "bench-imu"]
    for wanted in sys.argv[1:] or names:
        if wanted not in names:
            sys.exit(f"no recording {wanted!r}; there are {', '.join(names)}")
        if wanted == "bench-imu":
            bench_imu(wanted)
        else:
            simulated(wanted, SCENARIOS[wanted])
        print(wanted)
