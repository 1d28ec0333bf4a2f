"""The columns of every table of a session: name, type, unit. Their only home.

In: nothing. Out: tables as data. Must not live here: pyarrow, files, values.

Times are session time in s, 0 = the first record. Half-open intervals [start_s, end_s). A value that is not known is
null.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

ColumnType = Literal[
    "float64", "float32", "int64", "int32", "int16", "uint16", "bool", "text", "bytes", "texts", "numbers"
]
"""``texts`` is a list of text, ``numbers`` a map from text to float64."""


class Column(NamedTuple):
    """One column: its name, its type, its unit (empty = none), whether null may stand in it, and what it means."""

    name: str
    type: ColumnType
    unit: str = ""
    nullable: bool = False
    meaning: str = ""


class TableKind(NamedTuple):
    """One kind of table: the name it carries in its own metadata, and its columns in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def units(self) -> dict[str, str]:
        """Unit by column, for the columns that have one."""
        return {column.name: column.unit for column in self.columns if column.unit}


RECORDS: Final = TableKind(
    "records",
    (
        Column("order", "int64", meaning="arrival number, strictly rising"),
        Column("host_time_ns", "int64", "ns", meaning="monotonic host time of arrival"),
        Column("sensor", "int16", nullable=True, meaning="index into the session's sensors, null = the session itself"),
        Column("kind", "text", meaning="notification, read, link, input, samples, tick or flush"),
        Column("name", "text", meaning="characteristic, what was read, link state or action"),
        Column(
            "payload", "bytes", meaning="as received; text is UTF-8; samples are 7 columns of little-endian float64"
        ),
    ),
)

SAMPLES: Final = TableKind(
    "samples",
    (
        Column("side", "text", meaning="left or right"),
        Column("time_s", "float64", "s", meaning="session time, strictly rising for each side"),
        Column("acc_x", "float64", "m/s^2", nullable=True, meaning="specific force, chip axes"),
        Column("acc_y", "float64", "m/s^2", nullable=True, meaning="specific force, chip axes"),
        Column("acc_z", "float64", "m/s^2", nullable=True, meaning="specific force, chip axes"),
        Column("gyr_x", "float64", "rad/s", nullable=True, meaning="angular rate, chip axes"),
        Column("gyr_y", "float64", "rad/s", nullable=True, meaning="angular rate, chip axes"),
        Column("gyr_z", "float64", "rad/s", nullable=True, meaning="angular rate, chip axes"),
        Column("dorsiflexion_deg", "float32", "deg", nullable=True, meaning="positive with the knee over the toes"),
        Column("frontal_deg", "float32", "deg", nullable=True, meaning="positive with the knee towards the midline"),
        Column("axial_deg", "float32", "deg", nullable=True, meaning="positive internal, since the last rest"),
        Column("rep", "int32", nullable=True, meaning="repetition that the row lies in, from 1"),
        Column("flags", "uint16", meaning="1 bridged, 2 settling, 4 clipped, 8 rate_unsettled, 16 tilt_only, "
               "32 gap_before, 64 slipped"),
    ),
)  # fmt: skip

REPS: Final = TableKind(
    "reps",
    (
        Column("side", "text", meaning="left or right"),
        Column("rep", "int32", meaning="number, from 1 for each side"),
        Column("start_s", "float64", "s", meaning="onset"),
        Column("hold_start_s", "float64", "s", nullable=True, meaning="start of the hold"),
        Column("peak_s", "float64", "s", meaning="time of the largest angle"),
        Column("hold_end_s", "float64", "s", nullable=True, meaning="end of the hold"),
        Column("end_s", "float64", "s", meaning="offset, not included"),
        Column("start_deg", "float64", "deg", meaning="start level"),
        Column("peak_deg", "float64", "deg", meaning="largest dorsiflexion"),
        Column("rom_deg", "float64", "deg", meaning="peak minus start level"),
        Column(
            "peak_sd_deg", "float64", "deg", nullable=True, meaning="standard deviation of the peak, sensor and strap"
        ),
        Column("descent_s", "float64", "s", meaning="duration of the way down"),
        Column("hold_s", "float64", "s", meaning="duration of the hold"),
        Column("ascent_s", "float64", "s", meaning="duration of the way back"),
        Column("end_range_s", "float64", "s", nullable=True, meaning="time within 2 deg of the target or own best"),
        Column("peak_velocity_deg_s", "float64", "deg/s", meaning="largest angular velocity"),
        Column("sparc_descent", "float64", nullable=True, meaning="spectral arc length of the way down"),
        Column("sparc_ascent", "float64", nullable=True, meaning="spectral arc length of the way back"),
        Column("hold_drift_deg", "float64", "deg", nullable=True, meaning="change of the angle during the hold"),
        Column("hold_rms_deg", "float64", "deg", nullable=True, meaning="unsteadiness during the hold"),
        Column("frontal_change_deg", "float64", "deg", nullable=True, meaning="largest change of the frontal angle"),
        Column("axial_change_deg", "float64", "deg", nullable=True, meaning="largest change of the axial angle"),
        Column("heel", "text", meaning="no_lift_seen, possible_lift or not_checked"),
        Column("heel_lift_mm", "float64", "mm", nullable=True, meaning="estimated heel lift"),
        Column("scored", "bool", meaning="whether the repetition counts for scores"),
        Column("score", "float64", nullable=True, meaning="0 to 100"),
        Column("components", "numbers", meaning="parts of the score by name, 0 to 1"),
        Column("faults", "texts", meaning="fault ids"),
        Column("reason", "text", meaning="why it is not scored or ended as it did"),
    ),
)

REFERENCE_KEY: Final = (
    Column("side", "text", meaning="left or right"),
    Column("time_s", "float64", "s", meaning="session time"),
)
"""The columns every reference.parquet begins with; further ones are floats of its own choice."""
