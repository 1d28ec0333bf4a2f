"""Reads an export of the phone app Sensor Logger: a folder of CSV files, one of its files, or its combined CSV.

In: a path. Out: :class:`.table.Channels`. Must not live here: units of other apps, checks against the data.

What the app writes (its references github.com/tszheichoi/awesome-sensor-logger, UNITS.md and CROSSPLATFORM.md):
``time`` in ns since 1970, ``seconds_elapsed``, then z, y, x. ``Accelerometer.csv`` is without gravity.
``TotalAcceleration.csv`` (Android) is with it; elsewhere it is ``Accelerometer.csv`` + ``Gravity.csv``, both m/s2.
``AccelerometerUncalibrated.csv`` is with gravity, in g on an iPhone, else m/s2. The gyroscope is in rad/s. An iPhone's
accelerations have the opposite sign of specific force, unless "Standardise Units & Frames" was on; ``Metadata.csv``
says so. Every sensor has its own times: the gyroscope's lead, accelerations are interpolated.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.importers.cell import file_name, shown_names
from sensor_pipeline.recording.importers.open_source import open_source
from sensor_pipeline.recording.importers.source import Source
from sensor_pipeline.recording.importers.table import ACC_ROLES, AXES, GYR_ROLES, AccUnit, Channels, ImportOptions
from sensor_pipeline.types import FloatArray

_TIME: Final = "seconds_elapsed"
_FILE_COLUMNS: Final = frozenset({"time", _TIME, *AXES})
_GYROSCOPES: Final = ("Gyroscope", "GyroscopeUncalibrated")
_REACH_S: Final = 0.2
"""An acceleration is interpolated between readings at most this far apart, the longest wait of the live path too."""
_MAX_EMPTY: Final = 0.5
"""A combined CSV with more empty rows than this merged sensors of different rates."""


class _Accelerations(NamedTuple):
    """One way to get specific force: the sensors to add, the unit on a standardised phone, whether an iPhone uses g."""

    sensors: tuple[str, ...]
    iphone_in_g: bool = False


_ACCELERATIONS: Final = (
    _Accelerations(("TotalAcceleration",)),
    _Accelerations(("Accelerometer", "Gravity")),
    _Accelerations(("AccelerometerUncalibrated",), iphone_in_g=True),
)


class _Phone(NamedTuple):
    """What ``Metadata.csv`` says. ``inverted`` is None where there is none."""

    inverted: bool | None


def is_sensor_file(names: Sequence[str]) -> bool:
    """True for the header of one sensor's file in such an export: exactly time, seconds_elapsed, z, y, x."""
    return frozenset(names) == _FILE_COLUMNS and len(names) == len(_FILE_COLUMNS)


def is_combined(names: Sequence[str]) -> bool:
    """True for the header of the combined CSV: time, seconds_elapsed and columns like ``gyroscope_x``."""
    lower = {name.lower() for name in names}
    return {"time", _TIME} <= lower and any(f"{sensor.lower()}_x" in lower for sensor in _GYROSCOPES)


def read_folder(folder: Path, options: ImportOptions) -> tuple[Channels, tuple[Path, ...]]:
    """Read a folder of one CSV a sensor.

    Args:
        folder: the unpacked export.
        options: only units may be stated here: columns and times are known.

    Returns:
        The channels on the gyroscope's times, and the files used.

    Raises:
        FileError: a file is damaged or missing; the message says what to record.
        UserError: an option that makes no sense here.
    """
    if options.columns or options.time_column is not None or options.rate_hz is not None:
        raise UserError(
            f"{file_name(folder)}: --columns, --time and --rate do not apply to a Sensor Logger folder; leave them out"
        )
    present = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    gyroscope = next((name for name in _GYROSCOPES if name in present), None)
    way = next((way for way in _ACCELERATIONS if all(sensor in present for sensor in way.sensors)), None)
    if gyroscope is None or way is None:
        raise FileError(f"{file_name(folder)}: {_missing(present, gyroscope)}", str(folder))
    phone = _read_phone(present.get("Metadata"))
    time_s, gyr = _read_sensor(present[gyroscope])
    acc = np.zeros_like(gyr)
    for sensor in way.sensors:
        acc += _at_times(time_s, *_read_sensor(present[sensor]))
    covered = np.flatnonzero(np.isfinite(acc[:, 0]))
    if len(covered) < 2:
        raise FileError(
            f"{file_name(folder)}: {gyroscope}.csv and {way.sensors[0]}.csv were not recorded at the same time",
            str(folder),
        )
    inside = slice(int(covered[0]), int(covered[-1]) + 1)
    left_out = len(time_s) - (inside.stop - inside.start)
    notes = [f"accelerations from {' + '.join(way.sensors)}, interpolated to the times of {gyroscope}"]
    if left_out:
        notes.append(f"{left_out} gyroscope rows before the first or after the last acceleration are left out")
    sign, acc_unit, phone_notes = _conventions(phone, way)
    labels = {"time": f"{gyroscope}.csv {_TIME}"}
    labels |= {role: f"{'+'.join(way.sensors)} {axis}" for role, axis in zip(ACC_ROLES, AXES, strict=True)}
    labels |= {role: f"{gyroscope} {axis}" for role, axis in zip(GYR_ROLES, AXES, strict=True)}
    channels = Channels(
        time=time_s[inside],
        acc=sign * acc[inside],
        gyr=gyr[inside],
        labels=labels,
        time_unit="s",
        acc_unit=acc_unit,
        gyr_unit="rad/s",
        notes=(*notes, *phone_notes),
    )
    used = [present[gyroscope], *(present[sensor] for sensor in way.sensors)]
    if "Metadata" in present:
        used.append(present["Metadata"])
    return channels, tuple(used)


def read_combined(source: Source, folder: Path) -> Channels:
    """Read the combined CSV.

    Args:
        source: the open file.
        folder: where it lies; ``Metadata.csv`` is looked for there.

    Raises:
        FileError: gravity is missing, or the rows are mostly empty.
    """
    at = {name.lower(): position for position, name in enumerate(source.names)}
    present = {sensor for way in _ACCELERATIONS for sensor in way.sensors if f"{sensor.lower()}_x" in at}
    gyroscope = next(name for name in _GYROSCOPES if f"{name.lower()}_x" in at)
    way = next((way for way in _ACCELERATIONS if present.issuperset(way.sensors)), None)
    if way is None:
        raise FileError(f"{source.file_name}: {_missing(present, gyroscope)}")
    wanted = [f"{name.lower()}_{axis}" for name in (gyroscope, *way.sensors) for axis in AXES]
    absent = [name for name in wanted if name not in at]
    if absent:
        raise FileError(f"{source.file_name}: columns {shown_names(absent)} are missing; export it again")
    table = source.load([at[name] for name in wanted])
    gyr = np.ascontiguousarray(table[:, 0:3])
    acc = table[:, 3:6] + table[:, 6:9] if len(way.sensors) == 2 else np.ascontiguousarray(table[:, 3:6])
    empty = float(np.mean(~np.all(np.isfinite(table), axis=1)))
    if empty > _MAX_EMPTY:
        raise FileError(
            f"{source.file_name}: {100 * empty:.0f} % of its rows lack acceleration or rotation: sensors of different "
            f"rates were merged; export separate CSV files and import the folder"
        )
    time, _ = source.load_time(at[_TIME])
    phone = _read_phone(folder / "Metadata.csv" if (folder / "Metadata.csv").is_file() else None)
    sign, acc_unit, notes = _conventions(phone, way)
    columns = [source.names[at[name]] for name in wanted]
    labels = {"time": source.names[at[_TIME]]}
    labels |= dict(zip(GYR_ROLES, columns[0:3], strict=True)) | dict(zip(ACC_ROLES, columns[3:6], strict=True))
    return Channels(
        time=time,
        acc=sign * acc,
        gyr=gyr,
        labels=labels,
        time_unit="s",
        acc_unit=acc_unit,
        gyr_unit="rad/s",
        notes=(f"accelerations from {' + '.join(way.sensors)}", *notes),
    )


def _missing(present: Mapping[str, Path] | set[str], gyroscope: str | None) -> str:
    if gyroscope is None:
        return (
            "no Gyroscope.csv; record Gyroscope and TotalAcceleration (or Accelerometer and Gravity) in Sensor Logger"
        )
    if "Accelerometer" in present:
        return (
            "Sensor Logger's Accelerometer is without gravity, and the shin angle cannot be computed without it; "
            "add TotalAcceleration, Gravity or AccelerometerUncalibrated of the same recording"
        )
    return "no accelerations; record TotalAcceleration (or Accelerometer and Gravity) together with the gyroscope"


def _read_sensor(path: Path) -> tuple[FloatArray, FloatArray]:
    """Times (n,) s and x, y, z (n, 3) of one sensor's file; the columns are found by name, the app writes z, y, x."""
    source = open_source(path)
    if not is_sensor_file(source.names):
        raise FileError(
            f"{file_name(path)}: columns are {shown_names(source.names)} where Sensor Logger writes "
            f"{', '.join(sorted(_FILE_COLUMNS))}; export it again",
            str(path),
        )
    at = {name: position for position, name in enumerate(source.names)}
    time, _ = source.load_time(at[_TIME])
    time_s = np.asarray(time, dtype=np.float64)
    wrong = np.flatnonzero(np.diff(time_s) <= 0)
    if len(wrong):
        row = int(wrong[0])
        raise FileError(
            f"{file_name(path)}: data row {row + 2}, column '{_TIME}': {time_s[row + 1]} does not rise from "
            f"{time_s[row]} ({len(wrong)} such rows); sort the rows or cut the file there",
            str(path),
        )
    return time_s, source.load([at[axis] for axis in AXES])


def _at_times(wanted_s: FloatArray, time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Values (n, 3) interpolated to ``wanted_s``; NaN outside, and between readings more than ``_REACH_S`` apart."""
    if len(time_s) < 2:
        return np.full((len(wanted_s), values.shape[1]), np.nan)
    after = np.clip(np.searchsorted(time_s, wanted_s), 1, len(time_s) - 1)
    before = after - 1
    span_s = time_s[after] - time_s[before]
    part = ((wanted_s - time_s[before]) / span_s)[:, None]
    found: FloatArray = values[before] + part * (values[after] - values[before])
    inside = (wanted_s >= time_s[0]) & (wanted_s <= time_s[-1]) & (span_s <= _REACH_S)
    found[~inside] = np.nan
    on_reading = wanted_s == time_s[after]
    found[on_reading] = values[after[on_reading]]
    return found


def _read_phone(metadata: Path | None) -> _Phone:
    if metadata is None:
        return _Phone(None)
    with metadata.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        row = next(csv.DictReader(file), {})
    platform = (row.get("platform") or "").strip().lower()
    if platform not in ("ios", "android"):
        return _Phone(None)
    standardised = (row.get("standardisation") or "").strip().lower() == "true"
    return _Phone(platform == "ios" and not standardised)


def _conventions(phone: _Phone, way: _Accelerations) -> tuple[float, AccUnit | None, tuple[str, ...]]:
    """(sign, unit of the accelerations or None = look at the data, notes)."""
    unit: AccUnit | None = "m/s2"
    if way.iphone_in_g and phone.inverted is not False:
        unit = "g" if phone.inverted else None
    if phone.inverted is None:
        note = (
            "no Metadata.csv beside it: acceleration signs taken as an Android phone's; for an iPhone, put "
            "Metadata.csv there (frontal and axial signs and --mounting depend on it)"
        )
        return 1.0, unit, (note,)
    if phone.inverted:
        return -1.0, unit, ("iPhone: acceleration signs turned to specific force",)
    return 1.0, unit, ()
