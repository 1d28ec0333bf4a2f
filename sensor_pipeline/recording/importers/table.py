"""What an import is asked for and what it gives: frozen values that the readers, checks and the session writer share.

In: nothing. Out: dataclasses. Must not live here: parsing, checks, thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.types import FloatArray, Side

AccUnit = Literal["m/s2", "g", "mg"]
GyrUnit = Literal["rad/s", "deg/s"]
TimeUnit = Literal["s", "ms", "us", "ns"]
TimeArray = NDArray[np.float64] | NDArray[np.int64]

AXES: Final = ("x", "y", "z")
ACC_ROLES: Final = ("acc_x", "acc_y", "acc_z")
GYR_ROLES: Final = ("gyr_x", "gyr_y", "gyr_z")
ROLES: Final = ("time", *ACC_ROLES, *GYR_ROLES)
"""What a column can be. The names are those of ``samples.parquet``, ``time`` apart (its unit varies)."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person stated about a file. None = find out, and say what was found.

    Attributes:
        side: the leg the sensor was strapped to; picks the rows of a table that has a ``side`` column.
        rate_hz: sample rate of a file without times; excludes ``time_column``.
        time_column: the column that holds the times; excludes ``rate_hz``.
        acc_unit: unit of the accelerometer columns.
        gyr_unit: unit of the gyroscope columns.
        columns: role (one of ``ROLES``) to column name, for names that are not recognised.
    """

    side: Side
    rate_hz: float | None = None
    time_column: str | None = None
    acc_unit: AccUnit | None = None
    gyr_unit: GyrUnit | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channels:
    """The columns of a file as they stand in it, before units and time are settled.

    Attributes:
        time: (n,) as in the file (integers stay integers: epoch nanoseconds need all 64 bits); None without times.
        acc: (n, 3) in ``acc_unit``; NaN marks a missing value.
        gyr: (n, 3) in ``gyr_unit``; NaN marks a missing value.
        labels: role to the column's name in the file, for messages.
        time_unit: stated by the file, None where it does not say.
        acc_unit: likewise.
        gyr_unit: likewise.
        keep_zero: True where the times are session times already and must not be shifted.
        notes: what the reader assumed.
    """

    time: TimeArray | None
    acc: FloatArray
    gyr: FloatArray
    labels: Mapping[str, str]
    time_unit: TimeUnit | None = None
    acc_unit: AccUnit | None = None
    gyr_unit: GyrUnit | None = None
    keep_zero: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """Samples of a file in SI units, checked.

    Attributes:
        file_name: name of the file or folder, without its place.
        sha256: SHA-256 of the file; of a folder: over the files that were used, in order.
        time_s: (n,) strictly rising, from the session's start.
        acc_m_s2: (n, 3) specific force; NaN marks a missing value.
        gyr_rad_s: (n, 3); NaN marks a missing value.
        rate_hz: as stated, else 1 / median spacing.
        labels: role to the column's name in the file.
        time_unit, acc_unit, gyr_unit: units of the file's columns; ``time_unit`` is None with a stated rate.
        missing_rows: rows with at least one missing value.
        notes: what was assumed and checked, one line each, for the person to read.
    """

    file_name: str
    sha256: str
    time_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray
    rate_hz: float
    labels: Mapping[str, str]
    time_unit: TimeUnit | None
    acc_unit: AccUnit
    gyr_unit: GyrUnit
    missing_rows: int
    notes: tuple[str, ...]
