"""From a file's time column to seconds: unit, order, rate.

In: times as they stand in the file. Out: :class:`Timebase`. Must not live here: gaps and bridging, which belong to the
clock of the core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.importers.cell import shown
from sensor_pipeline.recording.importers.table import Channels, TimeArray, TimeUnit
from sensor_pipeline.recording.importers.units import TIME_TO_S
from sensor_pipeline.types import FloatArray

MIN_RATE_HZ: Final = 5.0
MAX_RATE_HZ: Final = 2000.0
"""Rates that an IMU on a shin can have: from the slowest logger setting to the fastest output of a MEMS gyroscope. The
ratio of 400 is below 1000, so that at most one of s, ms, us, ns is plausible for a given spacing."""


@dataclass(frozen=True, slots=True)
class Timebase:
    """Times of the rows: (n,) s strictly rising; unit of the column, None with a stated rate; rate; notes."""

    time_s: FloatArray
    unit: TimeUnit | None
    rate_hz: float
    notes: tuple[str, ...]


def check_rate(rate_hz: float) -> float:
    """Return a stated rate.

    Raises:
        UserError: it is outside ``MIN_RATE_HZ`` .. ``MAX_RATE_HZ`` or no number.
    """
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise UserError(f"--rate {rate_hz:g}: must be from {MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} Hz")
    return rate_hz


def make_timebase(channels: Channels, stated_rate_hz: float | None, file_name: str) -> Timebase:
    """Settle the times of a file.

    Args:
        channels: the file's columns; ``channels.time`` is None exactly where a rate is stated.
        stated_rate_hz: ``--rate``.
        file_name: for messages.

    Raises:
        FileError: fewer than two rows, a time that is no number, times that do not rise, or no plausible rate.
        UserError: the stated rate is implausible.
    """
    rows = len(channels.acc)
    if rows < 2:
        raise FileError(f"{file_name}: {rows} row of data; at least two are needed for a rate")
    if channels.time is None:
        if stated_rate_hz is None:
            raise UserError(f"{file_name}: no time column; state the sample rate with --rate HZ")
        rate_hz = check_rate(stated_rate_hz)
        return Timebase(
            np.arange(rows, dtype=np.float64) / rate_hz, None, rate_hz, (f"rate {rate_hz:g} Hz, as stated",)
        )
    name = channels.labels["time"]
    _refuse_disorder(channels.time, name, file_name)
    step = float(np.median(np.diff(channels.time)))
    unit, found = _unit(channels.time, channels.time_unit, step, name, file_name)
    scale = TIME_TO_S[unit]
    # Subtract before scaling: nanoseconds since 1970 do not fit a float64 exactly.
    time_s = (channels.time if channels.keep_zero else channels.time - channels.time[0]) * scale
    rate_hz = 1.0 / (step * scale)
    note = f"time from column {shown(name)} in {unit} ({found}), {rate_hz:.6g} Hz"
    return Timebase(np.ascontiguousarray(time_s, dtype=np.float64), unit, rate_hz, (note,))


def _refuse_disorder(time: TimeArray, name: str, file_name: str) -> None:
    if not np.all(np.isfinite(time)):
        row = int(np.flatnonzero(~np.isfinite(time))[0])
        raise FileError(
            f"{file_name}: data row {row + 1}: no time in column {shown(name)}; remove the row or state --rate HZ"
        )
    wrong = np.flatnonzero(np.diff(time) <= 0)
    if not len(wrong):
        return
    row = int(wrong[0])
    before, after = time[row], time[row + 1]
    if before == after:
        what = f"has the same time as the row before ({after})"
        remedy = "if the sensor stamps whole packets, state --rate HZ instead"
    else:
        what = f"steps back from {before} to {after}"
        remedy = "sort the rows or cut the file there"
    raise FileError(f"{file_name}: data row {row + 2}, column {shown(name)}: {what}; {len(wrong)} such rows; {remedy}")


def _unit(time: TimeArray, stated: TimeUnit | None, step: float, name: str, file_name: str) -> tuple[TimeUnit, str]:
    plausible = [
        unit for unit, scale in TIME_TO_S.items() if MIN_RATE_HZ <= 1.0 / (step * scale) <= MAX_RATE_HZ * 1.001
    ]
    if stated is not None:
        if stated in plausible:
            return stated, "stated by the file"
        other = f"; {plausible[0]} would give {1.0 / (step * TIME_TO_S[plausible[0]]):.4g} Hz" if plausible else ""
        raise FileError(
            f"{file_name}: column {shown(name)} says {stated}, and its median step of {step:g} would then be "
            f"{1.0 / (step * TIME_TO_S[stated]):.4g} Hz, outside {MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} Hz{other}; "
            f"correct the header or state --rate HZ"
        )
    if not plausible:
        raise FileError(
            f"{file_name}: column {shown(name)} rises by {step:g} a row, which is no rate from {MIN_RATE_HZ:g} to "
            f"{MAX_RATE_HZ:g} Hz in s, ms, us or ns; name another column with --time or state --rate HZ"
        )
    if bool(np.all(np.diff(time) == 1)):
        raise FileError(
            f"{file_name}: column {shown(name)} counts rows (it rises by exactly 1); state --rate HZ, "
            f"or write its unit in the header, for example {shown(name + ' (ms)')}"
        )
    return plausible[0], "from its step"
