"""A small finished session: what an exporter is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import Flush, ImportedSamples, Input, SensorSetup

ROWS = 1500


@pytest.fixture(scope="session")
def samples() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, specific force and rate with all the digits a float64 has."""
    chance = np.random.default_rng(7)
    time_s = np.arange(ROWS) / 100.0
    acc = np.array([0.0, 0.0, G_M_S2]) + 0.02 * chance.standard_normal((ROWS, 3))
    return time_s, acc, 0.002 * chance.standard_normal((ROWS, 3))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, samples) -> Path:
    """The folder of a session of those samples, as recorded; tests copy it before they change it."""
    library = tmp_path_factory.mktemp("library")
    setup = SessionSetup(sensors=(SensorSetup("left", 100.0),))
    with SessionWriter.create(library, setup, session_id="a-session") as writer:
        writer.append(Input(0, 0, None, "start"))
        writer.append(ImportedSamples(1, 15_000_000_000, 0, *samples))
        writer.append(Flush(2, 15_000_000_000, None))
    return writer.path
