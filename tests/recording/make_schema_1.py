"""Not a test: makes ``schema_1``, the session of schema 1 that every later version must read (see test_schema_1.py).

usage: python tests/recording/make_schema_1.py. Run it only before the first release: afterwards the folder
never changes.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.recording.manifest import Conditions
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.tables import write_labels, write_reference
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Flush, Input, Targets

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "firmware_specs" / "shin-imu-v1.toml"
MADE = datetime(2026, 11, 20, 19, 4, 12, tzinfo=timezone(timedelta(hours=1)))

if __name__ == "__main__":
    shutil.rmtree(HERE / "schema_1", ignore_errors=True)
    simulation = simulate_session(SPEC.read_text("utf-8"), side="left", reps=2, seed=1)
    setup = SessionSetup(sensors=simulation.setups, targets=Targets(angle_deg=36.0, hold_s=2.0, reps=2))
    writer = SessionWriter.create(
        HERE,
        setup,
        person="example",
        simulated=True,
        visit="visit-1",
        strap="strap-1",
        conditions=Conditions(footwear="barefoot", warm_up="after"),
        notes="A session of schema 1.",
        session_id="schema_1",
        now=MADE,
    )
    for record in simulation.records():
        if isinstance(record, Flush):
            writer.append(Input(record.order, record.host_time_ns, None, "answer", '{"pain": 0}'))
            record = Flush(record.order + 1, record.host_time_ns, None)
        writer.append(record)
    print(writer.finish())
    time_s = np.array([0.0, 1.0])
    write_reference(writer.path / "reference.parquet", "left", time_s, {"dorsiflexion_deg": np.array([0.0, np.nan])})
    write_labels(writer.path, "example", [{"side": "left", "rep": 1, "start_s": 6.0, "end_s": 10.0, "faults": []}])
