"""Synthetic sessions for the recording tests: a leg that stands and lunges, as samples or as records of every kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import (
    Flush,
    ImportedSamples,
    Input,
    Link,
    Notification,
    Read,
    Record,
    SensorSetup,
    Targets,
    Tick,
)

RATE_HZ = 100.0
PEAK_RAD = math.radians(40.0)
REP_S, STAND_S = 4.0, 3.0
BLOCK_ROWS = 100


def lunge_records(reps: int, *, sensor: int = 0, end: bool = True) -> list[Record]:
    """Return the records of an imported set: stand, then lunges of 40 deg with a rest after each."""
    period_s = REP_S + 2.0
    n = int((STAND_S + reps * period_s) * RATE_HZ)
    time_s = np.arange(n) / RATE_HZ
    phase = np.clip(np.mod(time_s - STAND_S, period_s) / REP_S, 0.0, 1.0) * (time_s >= STAND_S)
    angle = PEAK_RAD * np.sin(math.pi * phase) ** 2
    rate = np.gradient(angle, 1.0 / RATE_HZ)
    noise = np.random.default_rng(7).normal(0.0, 1.0, (n, 6))
    acc = np.stack([-np.sin(angle), np.zeros(n), np.cos(angle)], axis=1) * G_M_S2 + 0.02 * noise[:, :3]
    gyr = np.stack([np.zeros(n), rate, np.zeros(n)], axis=1) + 0.002 * noise[:, 3:]
    records: list[Record] = [Input(0, 0, None, "start")]
    for start in range(0, n, BLOCK_ROWS):
        rows = slice(start, start + BLOCK_ROWS)
        host_ns = round(float(time_s[rows][-1]) * 1e9)
        records.append(ImportedSamples(len(records), host_ns, sensor, time_s[rows], acc[rows], gyr[rows]))
    if end:
        records.append(Flush(len(records), records[-1].host_time_ns, None))
    return records


@pytest.fixture
def lunges() -> Callable[..., list[Record]]:
    """The records of an imported set, by number of repetitions."""
    return lunge_records


@pytest.fixture
def setup() -> SessionSetup:
    """One left leg with a known mounting, and a target with a hold."""
    sensor = SensorSetup(side="left", rate_hz=RATE_HZ, mounting_axes="+x,+y,+z", upright_s=(0.5, 2.5))
    return SessionSetup(sensors=(sensor,), targets=Targets(angle_deg=35.0, reps=3))


@pytest.fixture
def every_kind() -> list[Record]:
    """One record of every kind, with the values that are hardest to keep."""
    return [
        Input(0, 5, None, "start"),
        Link(1, 6, 0, "connected", "Käthe's \x1b[31m shin \ud800"),
        Read(2, 7, 0, "info", bytes(range(256))),
        Notification(3, 7, 1, "data", b""),
        Notification(4, 2**62, 0, "data", b"\xc5\x9bR\x1e" * 3),
        ImportedSamples(5, 9, 0, np.array([0.0, np.nan, -0.0]), np.full((3, 3), 1e-310), np.full((3, 3), np.inf)),
        Tick(6, 10, None),
        Input(7, 11, None, "answer", '{"pain": 0}'),
        Flush(8, 12, None),
    ]


@pytest.fixture
def unfinished(tmp_path: Path, setup: SessionSetup) -> Callable[..., Path]:
    """Makes the folder of a session whose recording was cut off, from its records."""

    def make(records: list[Record], name: str = "cut-off") -> Path:
        writer = SessionWriter.create(tmp_path / "library", setup, person="p1", session_id=name)
        for record in records:
            writer.append(record)
        writer._journal.close()
        return writer.path

    return make


@pytest.fixture
def finished(unfinished: Callable[..., Path], lunges: Callable[..., list[Record]]) -> Path:
    """The folder of a complete session of three lunges."""
    from sensor_pipeline.recording.finish import finish

    folder = unfinished(lunges(3), "three-lunges")
    finish(folder)
    return folder
