"""Quick answer to "are the stored results, bit for bit, these?", for the usual case that they are.

In: the stored samples and repetitions, fresh results. Out: yes or no. Must not live here: what differs
(``replay.compare`` says that), files.

Arrow's conversions to NumPy load pandas (0.2 s and 60 MB) though no DataFrame is wanted; its buffers are read directly
instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.recording.rows import pack_rows, rep_of_rows
from sensor_pipeline.types import Rep

if TYPE_CHECKING:
    import pyarrow as pa

    from sensor_pipeline.recording.replay import Results, SensorResults

ANGLES = ("dorsiflexion_deg", "frontal_deg", "axial_deg")


def same_as_stored(folder: Path, results: Results) -> bool:
    """Say whether the results stored in a session folder equal fresh ones in every bit.

    Args:
        folder: of a complete session.
        results: of a replay.

    Returns:
        False also where only the sign of a zero differs.

    Raises:
        FileError: a table is missing or damaged.
    """
    from sensor_pipeline.recording.columns import SAMPLES
    from sensor_pipeline.recording.tables import REPS_FILE, SAMPLES_FILE, read_reps, read_table

    return same(read_table(folder / SAMPLES_FILE, SAMPLES), read_reps(folder / REPS_FILE), results)


def same(samples: pa.Table, reps: Sequence[Rep], results: Results) -> bool:
    """Say whether a samples table and repetitions equal fresh results in every bit; see :func:`same_as_stored`."""
    if repr(tuple(reps)) != repr(results.reps):  # repr: floats to the last bit, and the sign of zero
        return False
    sensors = [sensor for sensor in results.sensors if len(sensor.samples)]
    if len(samples) != sum(len(sensor.samples) for sensor in sensors):
        return False
    begin = 0
    for sensor in sensors:
        if not _same_rows(samples.slice(begin, len(sensor.samples)), sensor, results.reps):
            return False
        begin += len(sensor.samples)
    return True


def _same_rows(stored: pa.Table, sensor: SensorResults, reps: Sequence[Rep]) -> bool:
    n = len(stored)
    rows = pack_rows(sensor.samples, sensor.angles)
    rep, in_rep = rep_of_rows(rows["time_s"], [r for r in reps if r.side == sensor.side])
    every = np.ones(n, np.bool_)
    columns = {
        "time_s": (rows["time_s"], every),
        **{f"acc_{axis}": (rows["acc_m_s2"][:, i], every) for i, axis in enumerate("xyz")},
        **{f"gyr_{axis}": (rows["gyr_rad_s"][:, i], every) for i, axis in enumerate("xyz")},
        **{name: (rows[name], rows["known"] & (1 << bit) != 0) for bit, name in enumerate(ANGLES)},
        "rep": (rep, in_rep),
        "flags": (rows["flags"], every),
    }
    if any(chunk.to_pylist() != [sensor.side] * len(chunk) for chunk in stored["side"].chunks):
        return False
    return all(_same_column(stored[name], *fresh) for name, fresh in columns.items())


def _same_column(stored: pa.ChunkedArray, values: NDArray[Any], known: NDArray[np.bool_]) -> bool:
    begin = 0
    for chunk in stored.chunks:
        end = begin + len(chunk)
        bitmap, data = chunk.buffers()
        there = np.ones(len(chunk), np.bool_)
        if bitmap is not None:
            bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
            there = bits[chunk.offset : chunk.offset + len(chunk)].astype(np.bool_)
        got = np.frombuffer(data, values.dtype)[chunk.offset : chunk.offset + len(chunk)]
        if not np.array_equal(there, known[begin:end]):
            return False
        if got[there].tobytes() != np.ascontiguousarray(values[begin:end])[there].tobytes():
            return False
        begin = end
    return True
