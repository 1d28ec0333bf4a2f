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
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.library.session import load_session
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.recording.expected import expected_of, write_expected
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.session import records_of
from sensor_pipeline.recording.importers.table import ImportOptions
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.replay import replay
from sensor_pipeline.recording.report import session_report, with_outcome
from sensor_pipeline.recording.tables import write_labels, write_reference
from sensor_pipeline.signal.orientation import FILTER_NAMES
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.labels import true_reps
from sensor_pipeline.simulate.link import LinkParams, Outage
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.types import SensorSetup, Side, Targets

HERE = Path(__file__).parent
MADE = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
TARGETS = Targets(angle_deg=36.0, hold_s=2.0, reps=4)
BENCH_S = (6.0, 48.0)
"""The stretch of the bench recording that is kept: at rest, then turned by hand about each axis and back."""
LABELLED = ("side", "rep", "start_s", "hold_start_s", "peak_s", "hold_end_s", "end_s", "peak_deg", "rom_deg", "hold_s")


def simulated(name: str, simulation: Simulation, note: str) -> None:
    """Record a simulation, with its truth as reference and labels."""
    folder = record(name, SessionSetup(simulation.setups, targets=TARGETS), simulation.records(), note, simulated=True)
    truth = simulation.truth
    angles = {
        "dorsiflexion_deg": truth.dorsiflexion_rad * DEG_PER_RAD,
        "frontal_deg": truth.frontal_rad * DEG_PER_RAD,
        "axial_deg": truth.axial_rad * DEG_PER_RAD,
    }
    every = slice(None, None, 4)  # 50 Hz is plenty for a reference of a lunge
    write_reference(
        folder / "reference.parquet", truth.side, truth.time_s[every], {k: v[every] for k, v in angles.items()}
    )
    rows = [{column: getattr(rep, column) for column in LABELLED} for rep in true_reps(truth, TARGETS)]
    write_labels(folder, "truth", rows)


def record(name: str, setup: SessionSetup, records: object, note: str, *, simulated: bool) -> Path:
    """Write a session through the one writer, then what it must lead to with each filter."""
    with tempfile.TemporaryDirectory() as library:
        with SessionWriter.create(
            Path(library), setup, person="example", simulated=simulated, notes=note, session_id=name, now=MADE
        ) as writer:
            for item in records:  # type: ignore[attr-defined] # an iterable of records
                writer.append(item)
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(writer.path, folder)
    session = load_session(folder)
    expected = {}
    for orientation in FILTER_NAMES:
        results = replay(session.records(), dataclasses.replace(setup, orientation=orientation))
        report = session_report(with_outcome(session.meta, results.outcome), results.reps)
        expected[orientation] = expected_of(report, 1.0 / setup.sensors[0].rate_hz)
    write_expected(folder, expected)
    return folder


def sim_clean(name: str) -> None:
    """A left leg, a calm link: nothing is lost."""
    simulation = simulate_session(spec_text("shin-imu-v1"), side="left", reps=4, seed=101)
    simulated(name, simulation, "simulated: shin IMU v1 on the left shin, strapped on at random, nothing lost")


def sim_gaps(name: str) -> None:
    """A right leg, a bad link: short losses, a long one, and a lost connection."""
    link = LinkParams(outages=(Outage(8.0, 0.85), Outage(16.2, 1.3), Outage(24.5, 5.0)))
    simulation = simulate_session(
        spec_text("shin-imu-v1"), side="right", reps=4, seed=102, link=link, firmware=FirmwareParams(queue_packets=16)
    )
    note = "simulated: shin IMU v1 on the right shin; short losses, a long one in a lunge, and a lost connection"
    simulated(name, simulation, note)


def bench_imu(name: str) -> None:
    """A real sensor turned by hand on a bench: inclination to true vertical, no repetitions of a leg."""
    data = os.environ.get("DORSI_DATA")
    if not data:
        sys.exit("bench-imu needs $DORSI_DATA: the folder that holds xio_fusion/sensor_data.csv")
    source = Path(data) / "xio_fusion"
    side: Side = "left"
    table = read_table(source / "sensor_data.csv", ImportOptions(side))
    keep = (table.time_s >= BENCH_S[0]) & (table.time_s < BENCH_S[1])
    part = dataclasses.replace(
        table,
        time_s=np.ascontiguousarray(table.time_s[keep] - table.time_s[keep][0]),
        acc_m_s2=np.ascontiguousarray(table.acc_m_s2[keep]),
        gyr_rad_s=np.ascontiguousarray(table.gyr_rad_s[keep]),
    )
    setup = SessionSetup((SensorSetup(side, table.rate_hz, mounting_axes="+x,+y,+z"),), protocol="bench")
    note = (
        f"seconds {BENCH_S[0]:g} to {BENCH_S[1]:g} of sensor_data.csv from x-io Technologies' Fusion (MIT licence, see "
        f"LICENSE-x-io.md), sha256 {table.sha256}; turned by hand, no leg"
    )
    folder = record(name, setup, records_of(part), note, simulated=False)
    shutil.copyfile(source / "LICENSE.md", folder / "LICENSE-x-io.md")


RECIPES = {"sim-clean": sim_clean, "sim-gaps": sim_gaps, "bench-imu": bench_imu}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or RECIPES:
        if wanted not in RECIPES:
            sys.exit(f"no recording {wanted!r}; there are {', '.join(RECIPES)}")
        RECIPES[wanted](wanted)
        print(wanted)
