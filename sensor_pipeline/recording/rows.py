"""Sample rows as they are stored: one packed array, and a spool that keeps them in bounded memory.

In: blocks of samples and angles from the engine. Out: packed rows, in the same order. Must not live here: Parquet, the
engine.

A row's ``rep`` is known only when its repetition is over, so rows wait in a spool until the whole session has been
computed. The spool is a temporary file without a name: a killed process leaves nothing behind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.recording.files import file_error
from sensor_pipeline.types import Angles, BoolArray, FloatArray, Rep, Samples

ROW: Final = np.dtype(
    [
        ("time_s", "<f8"),
        ("acc_m_s2", "<f8", (3,)),
        ("gyr_rad_s", "<f8", (3,)),
        ("dorsiflexion_deg", "<f4"),
        ("frontal_deg", "<f4"),
        ("axial_deg", "<f4"),
        ("known", "u1"),  # bit 0 dorsiflexion, 1 frontal, 2 axial: where it is 0 the angle means nothing
        ("flags", "<u2"),
    ]
)
Rows = NDArray[np.void]
"""(n,) rows of type ``ROW``."""
_MEMORY_BYTES: Final = 32 << 20
"""A spool smaller than this stays in memory: an hour of samples at 104 Hz."""


def pack_rows(samples: Samples, angles: Angles) -> Rows:
    """Return samples and angles of one block as packed rows; angles in degrees, single precision."""
    rows = np.zeros(len(samples), ROW)
    rows["time_s"] = samples.time_s
    rows["acc_m_s2"] = samples.acc_m_s2
    rows["gyr_rad_s"] = samples.gyr_rad_s
    for bit, name in enumerate(("dorsiflexion", "frontal", "axial")):
        known: BoolArray = getattr(angles, f"has_{name}")
        rows[f"{name}_deg"] = np.where(known, getattr(angles, f"{name}_rad") * DEG_PER_RAD, 0.0)
        rows["known"] |= known.astype(np.uint8) << bit
    rows["flags"] = samples.flags
    return rows


def rep_of_rows(time_s: FloatArray, reps: Sequence[Rep]) -> tuple[NDArray[np.int32], BoolArray]:
    """Return for each row the number of the repetition it lies in, and whether there is one.

    Args:
        time_s: (n,) session time of one side.
        reps: the repetitions of that side; their intervals are half-open.
    """
    ordered = sorted(reps, key=lambda rep: rep.start_s)
    if not ordered:
        return np.zeros(len(time_s), np.int32), np.zeros(len(time_s), np.bool_)
    starts = np.array([rep.start_s for rep in ordered])
    ends = np.array([rep.end_s for rep in ordered])
    numbers = np.array([rep.rep for rep in ordered], np.int32)
    index = np.searchsorted(starts, time_s, side="right") - 1
    inside = (index >= 0) & (time_s < ends[np.maximum(index, 0)])
    return numbers[np.maximum(index, 0)], inside


class RowSpool:
    """Keeps rows until all repetitions are known: in memory while they are few, then in an unnamed temporary file.

    Args:
        folder: where the temporary file is made: the disk that gets the session has room for it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES, dir=str(folder))  # noqa: SIM115 (close() closes)

    def add(self, rows: Rows) -> None:
        """Append rows.

        Raises:
            FileError: the disk is full.
        """
        try:
            self._file.write(rows.tobytes())
        except OSError as error:
            raise file_error(self.folder, "keep the samples in a temporary file", error) from error
        self.rows += len(rows)

    def read(self, rows_at_once: int) -> Iterator[Rows]:
        """Yield all rows in order, ``rows_at_once`` at a time; may be called once more."""
        self._file.seek(0)
        while data := self._file.read(rows_at_once * ROW.itemsize):
            yield np.frombuffer(data, ROW)

    def close(self) -> None:
        """Drop the rows."""
        self._file.close()
