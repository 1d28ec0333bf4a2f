"""A known movement and ways to write it down: what an importer must give back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.importers.table import ImportOptions

OUR_HEADER = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"


@dataclass(frozen=True)
class Motion:
    """A sensor that tilts to and fro about its y axis: exact rate and specific force, SI units."""

    time_s: np.ndarray
    acc: np.ndarray
    gyr: np.ndarray

    @property
    def table(self) -> np.ndarray:
        return np.column_stack([self.time_s, self.acc, self.gyr])


def make_motion(rate_hz: float = 100.0, seconds: float = 25.0, amplitude_deg: float = 35.0) -> Motion:
    """3 s of rest, then tilts of 4 s with 2 s of rest between; every fourth of the way is rest."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = np.where(time_s < 3.0, 0.0, np.minimum((time_s - 3.0) % 6.0, 4.0) / 4.0)
    amplitude = np.deg2rad(amplitude_deg)
    tilt = amplitude * np.sin(np.pi * phase) ** 2
    speed = np.where(phase < 1.0, amplitude * np.pi / 4.0 * np.sin(2.0 * np.pi * phase), 0.0)
    zero = np.zeros_like(tilt)
    acc = G_M_S2 * np.column_stack([-np.sin(tilt), zero, np.cos(tilt)])
    return Motion(time_s, acc, np.column_stack([zero, speed, zero]))


@pytest.fixture(scope="session")
def motion() -> Motion:
    return make_motion()


@pytest.fixture(scope="session")
def still() -> Motion:
    return make_motion(amplitude_deg=0.0, seconds=5.0)


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write columns under a header; numbers with repr, so that nothing is lost."""

    def write(
        table: np.ndarray, header: str = OUR_HEADER, name: str = "file.csv", *, separator: str = ",", before: str = ""
    ) -> Path:
        rows = [separator.join("" if np.isnan(v) else repr(float(v)) for v in row) for row in table]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(before + "\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def left() -> ImportOptions:
    return ImportOptions("left")


@pytest.fixture(scope="session")
def recorded() -> Path:
    folder = os.environ.get("DORSI_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("recorded data: set DORSI_DATA to its folder")
    return Path(folder)
