"""Stores a simulated session with its truth beside it, through the writer that live recordings use.

In: a staged scenario. Out: a session folder with reference.parquet and labels-truth.parquet. Must not live here:
models, scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.tables import REFERENCE_FILE, write_labels, write_reference
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.scenario import Staged
from sensor_pipeline.types import FloatArray

REFERENCE_EVERY: Final = 4
"""Every so many rows of the true angles are kept: 50 Hz, a lunge moves by less than 1e-4 rad from a line between."""
LABELLED: Final = (
    "side",
    "rep",
    "start_s",
    "hold_start_s",
    "peak_s",
    "hold_end_s",
    "end_s",
    "start_deg",
    "peak_deg",
    "rom_deg",
    "descent_s",
    "hold_s",
    "ascent_s",
    "heel_lift_mm",
    "faults",
)
"""What the truth says of a repetition."""


def store_scenario(
    staged: Staged,
    library_dir: Path,
    *,
    protocol: str | None = None,
    session_id: str | None = None,
    now: datetime | None = None,
) -> Path:
    """Write session, reference and labels.

    Args:
        staged: the scenario, ready to be run.
        library_dir: where sessions live.
        protocol: id of what the person does, None = the default.
        session_id: a chosen id, None = made from time, sides and protocol.
        now: an aware wall-clock time instead of the computer's.

    Returns:
        The session's folder.

    Raises:
        FileError: a file cannot be written, or the id is taken.
        UserError: the chosen id has not the form of one.
    """
    setup = SessionSetup(staged.simulation.setups, targets=staged.targets, orientation=available_filters()[0])
    if protocol is not None:
        setup = replace(setup, protocol=protocol)
    with SessionWriter.create(
        library_dir,
        setup,
        person="simulated",
        simulated=True,
        notes=staged.notes,
        session_id=session_id,
        now=now,
    ) as writer:
        for record in staged.simulation.records():
            writer.append(record)
    truths = staged.simulation.truths

    def joined(columns: Iterable[FloatArray]) -> FloatArray:
        return np.concatenate([column[::REFERENCE_EVERY] for column in columns])

    write_reference(
        writer.path / REFERENCE_FILE,
        [truth.side for truth in truths for _ in truth.time_s[::REFERENCE_EVERY]],
        joined(truth.time_s for truth in truths),
        {
            "dorsiflexion_deg": joined(truth.dorsiflexion_rad for truth in truths) * DEG_PER_RAD,
            "frontal_deg": joined(truth.frontal_rad for truth in truths) * DEG_PER_RAD,
            "axial_deg": joined(truth.axial_rad for truth in truths) * DEG_PER_RAD,
            "heel_lift_mm": joined(truth.heel_m for truth in truths) * 1000.0,
        },
    )
    write_labels(writer.path, "truth", [{name: getattr(rep, name) for name in LABELLED} for rep in staged.labels()])
    return writer.path
