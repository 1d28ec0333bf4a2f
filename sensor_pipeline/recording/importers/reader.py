"""Reads a file of IMU samples, settles its columns, units and times, and checks them against each other.

In: a path and what the person stated. Out: :class:`.table.ImportedTable`. Must not live here: one format's
details, sessions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.recording.importers import sensor_logger
from sensor_pipeline.recording.importers.accelerometer import settle_accelerometer
from sensor_pipeline.recording.importers.cell import file_name, shown
from sensor_pipeline.recording.importers.columns import match_columns
from sensor_pipeline.recording.importers.gravity_free import refuse_gravity_free
from sensor_pipeline.recording.importers.gyroscope import settle_gyroscope
from sensor_pipeline.recording.importers.open_source import open_source
from sensor_pipeline.recording.importers.own_samples import is_own_samples, read_own_samples
from sensor_pipeline.recording.importers.source import Source, sha256_of
from sensor_pipeline.recording.importers.table import (
    ACC_ROLES,
    GYR_ROLES,
    Channels,
    ImportedTable,
    ImportOptions,
)
from sensor_pipeline.recording.importers.timebase import check_rate, make_timebase
from sensor_pipeline.recording.importers.units import ACC_TO_M_S2, GYR_TO_RAD_S
from sensor_pipeline.types import BoolArray, FloatArray

MAX_ACC_G: Final = 50.0
MAX_GYR_DEG_S: Final = 5000.0
"""More than any IMU that is worn measures (largest common ranges: 32 g, 4000 deg/s): such a value is a damaged cell."""
MAX_CHECKED_ROWS: Final = 1_000_000
"""Units are checked on the first rows, some hours: enough movement and rest, and memory stays bounded."""


def read_table(path: Path, options: ImportOptions) -> ImportedTable:
    """Read samples from a file.

    Args:
        path: a CSV or Parquet file, or an unpacked Sensor Logger folder.
        options: what the person stated.

    Returns:
        Samples in SI units with notes on what was assumed and checked.

    Raises:
        FileError: the file is damaged, too large, of a kind that cannot be imported, or holds impossible values.
        UserError: a column or a unit is unclear, or a stated unit is contradicted by the data.
    """
    if options.rate_hz is not None:
        if options.time_column is not None:
            raise UserError("--rate and --time exclude each other: state the rate or name the time column")
        check_rate(options.rate_hz)
    path = path.absolute()
    name = file_name(path)
    channels, used = _read_channels(path, options)
    base = make_timebase(channels, options.rate_hz, name)
    head = slice(0, MAX_CHECKED_ROWS)
    gyr_unit, gyr_notes = settle_gyroscope(
        base.time_s[head],
        channels.acc[head],
        channels.gyr[head],
        options.gyr_unit or channels.gyr_unit,
        options.gyr_unit is not None,
        name,
    )
    gyr_rad_s = channels.gyr * GYR_TO_RAD_S[gyr_unit]
    acc_unit, acc_notes = settle_accelerometer(
        base.time_s[head],
        channels.acc[head],
        gyr_rad_s[head],
        options.acc_unit or channels.acc_unit,
        options.acc_unit is not None,
        name,
    )
    acc_m_s2 = channels.acc * ACC_TO_M_S2[acc_unit]
    _refuse_impossible(
        channels.acc, np.abs(acc_m_s2) > MAX_ACC_G * G_M_S2, f"{MAX_ACC_G:g} g in {acc_unit}", ACC_ROLES, channels, name
    )
    _refuse_impossible(
        channels.gyr,
        np.abs(gyr_rad_s) > MAX_GYR_DEG_S * RAD_PER_DEG,
        f"{MAX_GYR_DEG_S:g} deg/s in {gyr_unit}",
        GYR_ROLES,
        channels,
        name,
    )
    missing = int(np.count_nonzero(~np.all(np.isfinite(acc_m_s2) & np.isfinite(gyr_rad_s), axis=1)))
    gaps = (f"{missing} of {len(acc_m_s2)} rows have a missing value",) if missing else ()
    return ImportedTable(
        file_name=name,
        sha256=sha256_of(used),
        time_s=base.time_s,
        acc_m_s2=np.ascontiguousarray(acc_m_s2),
        gyr_rad_s=np.ascontiguousarray(gyr_rad_s),
        rate_hz=base.rate_hz,
        labels=channels.labels,
        time_unit=base.unit,
        acc_unit=acc_unit,
        gyr_unit=gyr_unit,
        missing_rows=missing,
        notes=(*channels.notes, *base.notes, *acc_notes, *gyr_notes, *gaps),
    )


def _read_channels(path: Path, options: ImportOptions) -> tuple[Channels, tuple[Path, ...]]:
    if path.is_dir():
        return sensor_logger.read_folder(path, options)
    source = open_source(path)
    if sensor_logger.is_sensor_file(source.names) and not options.columns:
        return sensor_logger.read_folder(path.parent, options)
    stated_nothing = not options.columns and options.time_column is None and options.rate_hz is None
    if stated_nothing and is_own_samples(source.names):
        return read_own_samples(source, options.side), (path,)
    if stated_nothing and sensor_logger.is_combined(source.names):
        return sensor_logger.read_combined(source, path.parent), (path,)
    refuse_gravity_free(source.names, options.columns, source.file_name)
    return _read_generic(source, options), (path,)


def _read_generic(source: Source, options: ImportOptions) -> Channels:
    match = match_columns(source.names, source.stated_units, options, source.file_name)
    table = source.load([match.index[role] for role in (*ACC_ROLES, *GYR_ROLES)])
    time, time_unit = None, match.time_unit
    if "time" in match.index:
        time, dates = source.load_time(match.index["time"])
        time_unit = "ns" if dates else time_unit
    labels = {role: source.names[position] for role, position in match.index.items()}
    notes = tuple(
        f"{group} from columns " + ", ".join(shown(labels[role]) for role in roles)
        for group, roles in (("accelerations", ACC_ROLES), ("rotation", GYR_ROLES))
    )
    return Channels(
        time=time,
        acc=np.ascontiguousarray(table[:, :3]),
        gyr=np.ascontiguousarray(table[:, 3:]),
        labels=labels,
        time_unit=time_unit,
        acc_unit=match.acc_unit,
        gyr_unit=match.gyr_unit,
        notes=notes,
    )


def _refuse_impossible(
    raw: FloatArray, too_large: BoolArray, limit: str, roles: tuple[str, ...], channels: Channels, file_name: str
) -> None:
    """Name the first cell (n, 3) that is too large. NaN never is: a missing value is no impossible one."""
    cells = np.argwhere(too_large)
    if len(cells):
        row, axis = (int(k) for k in cells[0])
        raise FileError(
            f"{file_name}: data row {row + 1}, column {shown(channels.labels[roles[axis]])}: {raw[row, axis]:g} "
            f"is more than {limit} ({len(cells)} such cells); empty the cell or check the unit"
        )
