"""How far each orientation filter is off on recorded movements with an optical reference (BROAD).

In: a folder of recorded data. Out: rows of figures, a Markdown section. Must not live here: filters, other figures.

BROAD: Laidig, Caruso, Cereatti, Seel 2021, doi 10.3390/data6070072, CC BY 4.0: a hand-held IMU at 2000/7 Hz, OptiTrack
as the reference. Only the samples marked ``movement`` that have a reference are scored.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.signal.orientation import make_filter
from sensor_pipeline.types import BoolArray, FloatArray

CHUNK_ROWS: Final = 8
"""Rows in each call: what one radio packet brings."""
SHORT_REST_S: Final = 5.0
"""Rest left before the movement in the short start: about as long as a person stands still before they begin."""
BOUNDS_DEG: Final = {"vqf": 0.60, "imufusion": 1.00}
"""Largest mean inclination RMSE that a release may have: vqf over all trials, imufusion over the trials that its
settings were not chosen on. Measured: 0.58 and 0.97."""


class Trial(NamedTuple):
    """One recording; ``tuned`` where imufusion's settings were chosen on it."""

    number: str
    name: str
    tuned: bool = False

    @property
    def file_name(self) -> str:
        """Its name in the data set."""
        return f"{self.number}_{self.name}.hdf5"


TRIALS: Final = (
    Trial("02", "undisturbed_slow_rotation_B", tuned=True),
    Trial("07", "undisturbed_fast_rotation_B"),
    Trial("11", "undisturbed_slow_translation_B", tuned=True),
    Trial("14", "undisturbed_slow_translation_with_breaks_B"),
    Trial("24", "disturbed_tapping_A"),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A trial's arrays: (n, 3) rad/s and m/s^2, (n, 4) reference w, x, y, z, (n,) which rows are scored."""

    rate_hz: float
    gyr_rad_s: FloatArray
    acc_m_s2: FloatArray
    reference: FloatArray
    scored: BoolArray

    def after_rest(self, rest_s: float) -> Recorded:
        """The same trial cut so that it begins ``rest_s`` seconds before the first scored row."""
        first = max(0, int(np.flatnonzero(self.scored)[0]) - round(rest_s * self.rate_hz))
        cut = slice(first, None)
        return Recorded(self.rate_hz, self.gyr_rad_s[cut], self.acc_m_s2[cut], self.reference[cut], self.scored[cut])


@dataclass(frozen=True, slots=True)
class OrientationAccuracyRow:
    """Inclination error of one filter on one trial, streamed; ``rest_s`` is None for the whole trial."""

    trial: Trial
    filter_name: str
    rest_s: float | None
    scored: int
    rmse_deg: float
    max_deg: float


def read_trial(data_dir: Path, trial: Trial) -> Recorded:
    """Read one trial from ``data_dir``/broad.

    Raises:
        FileError: the file is missing.
        UserError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise UserError(
            "recorded trials are HDF5 files: pip install 'sensor-pipeline[test]' (it brings h5py)"
        ) from error
    path = data_dir / "broad" / trial.file_name
    if not path.is_file():
        raise FileError(f"{path}: no such file; --data (or $DORSI_DATA) must hold the folder broad", str(path))
    with h5py.File(path, "r") as file:
        reference = np.ascontiguousarray(file["opt_quat"][:], dtype=np.float64)
        return Recorded(
            rate_hz=float(file.attrs["sampling_rate"]),
            gyr_rad_s=np.ascontiguousarray(file["imu_gyr"][:], dtype=np.float64),
            acc_m_s2=np.ascontiguousarray(file["imu_acc"][:], dtype=np.float64),
            reference=reference,
            # the cameras lose the markers now and then: those rows are NaN
            scored=file["movement"][:].astype(np.bool_) & np.isfinite(reference).all(axis=1),
        )


def stream(filter_name: str, recorded: Recorded) -> FloatArray:
    """Quaternions (n, 4) of one filter, fed in chunks of ``CHUNK_ROWS`` rows. ``madgwick`` is the one of ``ahrs``."""
    if filter_name == "madgwick":
        return _madgwick(recorded)
    orientation = make_filter(recorded.rate_hz, filter_name)
    starts = range(0, len(recorded.gyr_rad_s), CHUNK_ROWS)
    gyr, acc = recorded.gyr_rad_s, recorded.acc_m_s2
    return np.concatenate([orientation.update(gyr[i : i + CHUNK_ROWS], acc[i : i + CHUNK_ROWS]) for i in starts])


def _madgwick(recorded: Recorded) -> FloatArray:
    try:
        from ahrs.filters import Madgwick
    except ImportError as error:
        raise UserError("the comparison with Madgwick needs: pip install 'sensor-pipeline[test]' (ahrs)") from error
    quat: FloatArray = Madgwick(gyr=recorded.gyr_rad_s, acc=recorded.acc_m_s2, frequency=recorded.rate_hz).Q
    return quat


def inclination_error_deg(quat: FloatArray, reference: FloatArray) -> FloatArray:
    """Angle (n,) in degrees between the two "up" directions of (n, 4) quaternions; heading does not count.

    It is 2 acos sqrt(w^2 + z^2) of quat * conj(reference), written with atan2, which keeps its precision near 0.
    """
    w1, x1, y1, z1 = quat.T
    w2, x2, y2, z2 = reference.T
    w = w1 * w2 + x1 * x2 + y1 * y2 + z1 * z2
    x = -w1 * x2 + x1 * w2 - y1 * z2 + z1 * y2
    y = -w1 * y2 + x1 * z2 + y1 * w2 - z1 * x2
    z = -w1 * z2 - x1 * y2 + y1 * x2 + z1 * w2
    half_rad: FloatArray = np.arctan2(np.hypot(x, y), np.hypot(w, z))
    return 2.0 * DEG_PER_RAD * half_rad


def rows(
    data_dir: Path,
    filters: Sequence[str] = ("vqf", "imufusion", "madgwick"),
    trials: Sequence[Trial] = TRIALS,
    rest_s: float | None = None,
) -> list[OrientationAccuracyRow]:
    """Measure filters on trials.

    Args:
        data_dir: folder that holds ``broad``.
        filters: vqf, imufusion, madgwick.
        trials: which recordings.
        rest_s: begin this long before the movement; None = with all the rest that was recorded, 27 to 45 s.

    Returns:
        One row for each trial and filter, trials first.

    Raises:
        FileError: a recording is missing.
        UserError: a library is not installed, or a filter's name is unknown.
    """
    out = []
    for trial in trials:
        recorded = read_trial(data_dir, trial)
        if rest_s is not None:
            recorded = recorded.after_rest(rest_s)
        for name in filters:
            quat = stream(name, recorded)
            error_deg = inclination_error_deg(quat[recorded.scored], recorded.reference[recorded.scored])
            rmse_deg = math.sqrt(float(np.mean(error_deg * error_deg)))
            out.append(OrientationAccuracyRow(trial, name, rest_s, len(error_deg), rmse_deg, float(np.max(error_deg))))
    return out


def mean_rmse_deg(measured: Sequence[OrientationAccuracyRow], filter_name: str, held_out: bool = False) -> float:
    """Mean RMSE of one filter over its rows, with ``held_out`` only over trials that no setting was chosen on."""
    taken = [row.rmse_deg for row in measured if row.filter_name == filter_name and not (held_out and row.trial.tuned)]
    return sum(taken) / len(taken)


def markdown(data_dir: Path) -> str:
    """The section of the accuracy page; errors as in :func:`rows`."""
    whole = rows(data_dir)
    short = rows(data_dir, ("vqf", "imufusion"), rest_s=SHORT_REST_S)
    names = {"vqf": "vqf", "imufusion": "imufusion", "madgwick": "Madgwick (ahrs)"}
    lines = [
        "## Orientation: inclination error (real movements, optical reference)",
        "",
        "**Real.** A hand-held IMU, not one on a shin: five trials of BROAD (Laidig, Caruso, Cereatti, Seel 2021, "
        "[doi 10.3390/data6070072](https://doi.org/10.3390/data6070072), CC BY 4.0), 2000/7 Hz, OptiTrack reference. "
        f"Each filter runs as it does live, {CHUNK_ROWS} rows at a time from the recording's start. Madgwick is the "
        "pure-Python one of the library ahrs with its default gain, for comparison only. Scored are the samples marked "
        "as movement that have a reference. RMSE in degrees, largest error in brackets; heading does not count.",
        "",
        *_table(whole, names),
        "",
        f"- vqf: mean over the five trials {mean_rmse_deg(whole, 'vqf'):.2f}°, bound {BOUNDS_DEG['vqf']:.2f}°. Default "
        "parameters; its authors also made BROAD, so this is no independent test of them.",
        "- imufusion: mean over the trials its settings were not chosen on "
        f"{mean_rmse_deg(whole, 'imufusion', held_out=True):.2f}°, bound {BOUNDS_DEG['imufusion']:.2f}°. They were "
        "chosen on the trials marked †; the others had been run with other settings before, and the bound was set "
        "after this figure, so it is no blind test either. From a short rest (below) it is "
        f"{mean_rmse_deg(short, 'imufusion', held_out=True):.2f}°.",
        "",
        "The recordings begin with 27 to 45 s of rest, which a person will not grant. Cut to "
        f"{SHORT_REST_S:.0f} s of rest before the movement, imufusion has less time to learn the gyroscope's offset "
        "(0.1 to 0.5 °/s an axis in these trials); vqf also learns it in motion:",
        "",
        *_table(short, names),
        "",
        "Files, in the folder `broad` of the data:",
        "",
        "| file | sha256 |",
        "|---|---|",
        *(f"| {trial.file_name} | `{_sha256(data_dir, trial)}` |" for trial in TRIALS),
        "",
    ]
    return "\n".join(lines)


def _table(measured: Sequence[OrientationAccuracyRow], names: dict[str, str]) -> list[str]:
    filters = [name for name in names if any(row.filter_name == name for row in measured)]
    lines = [
        f"| trial | samples | {' | '.join(names[name] for name in filters)} |",
        "|---|---|" + "---|" * len(filters),
    ]
    for trial in dict.fromkeys(row.trial for row in measured):
        cells = {row.filter_name: row for row in measured if row.trial == trial}
        figures = " | ".join(f"{cells[name].rmse_deg:.2f} ({cells[name].max_deg:.1f})" for name in filters)
        label = f"{trial.number} {trial.name.replace('_', ' ')}{' †' if trial.tuned else ''}"
        lines.append(f"| {label} | {cells[filters[0]].scored} | {figures} |")
    means = " | ".join(f"{mean_rmse_deg(measured, name):.2f}" for name in filters)
    lines.append(f"| **mean** | | {means} |")
    return lines


def _sha256(data_dir: Path, trial: Trial) -> str:
    return hashlib.sha256((data_dir / "broad" / trial.file_name).read_bytes()).hexdigest()
