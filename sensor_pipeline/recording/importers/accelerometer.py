"""Settles the accelerometer's unit: at rest it must read 1 g. Refuses a file whose gravity has been removed.

In: raw columns, the gyroscope in rad/s, times. Out: the unit and what was found. Must not live here: the
gyroscope's unit.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.recording.importers.table import AccUnit
from sensor_pipeline.recording.importers.units import ACC_TO_M_S2
from sensor_pipeline.types import FloatArray

REST_TOLERANCE: Final = 0.05
"""|acc| at rest must be 1 g within this: offsets of uncalibrated MEMS sensors reach 3 to 4 % of 1 g on one axis."""
GUESS_TOLERANCE: Final = 0.3
"""How near 1 g a reading must be for its unit to be guessed; the units are a factor of 10 and more apart."""
NO_GRAVITY_FRACTION: Final = 0.5
"""Below this part of 1 g at rest, gravity is missing rather than badly scaled."""
REST_PIECE_S: Final = 0.5
REST_RATE_RAD_S: Final = 10.0 * RAD_PER_DEG
"""Mean rate of a piece at rest: more than any MEMS gyroscope's offset, less than any movement that counts."""
REST_SPREAD_RAD_S: Final = 6.0 * RAD_PER_DEG
"""Spread (largest - smallest) of each axis over a piece at rest: six times the noise of a MEMS gyroscope at 100 Hz."""


def settle_accelerometer(
    time_s: FloatArray, acc: FloatArray, gyr_rad_s: FloatArray, stated: AccUnit | None, by_option: bool, file_name: str
) -> tuple[AccUnit, tuple[str, ...]]:
    """Find or check the accelerometer's unit.

    Args:
        time_s: (n,) strictly rising.
        acc: (n, 3) as in the file; NaN where missing.
        gyr_rad_s: (n, 3); NaN where missing.
        stated: the unit that the person or the file states, None where neither does.
        by_option: True where the person stated it.
        file_name: for messages.

    Returns:
        The unit, and notes on what was found.

    Raises:
        UserError: at rest the file does not read 1 g in the stated unit (the message has the reading and what to use),
            gravity has been removed, or nothing is stated and no unit fits.
    """
    norm = np.sqrt(acc[:, 0] ** 2 + acc[:, 1] ** 2 + acc[:, 2] ** 2)
    resting = _rest_readings(time_s, norm, gyr_rad_s)
    if not np.any(np.isfinite(norm)):
        raise UserError(f"{file_name}: every row has a missing value; there is nothing to import")
    reading = float(np.median(resting)) if len(resting) else float(np.nanmedian(norm))
    where = "at rest" if len(resting) else "at its median"
    fitting = [unit for unit, scale in ACC_TO_M_S2.items() if abs(reading * scale / G_M_S2 - 1.0) <= GUESS_TOLERANCE]
    unit = stated or (fitting[0] if fitting else None)
    if unit is None:
        raise UserError(
            f"{file_name}: the accelerometer reads {reading:.4g} {where}: 1 g would be {G_M_S2:.2f} in m/s2, 1 in g "
            f"or 1000 in mg; {_NO_GRAVITY}"
        )
    in_g = reading * ACC_TO_M_S2[unit] / G_M_S2
    by = "found from its reading" if stated is None else "as you stated" if by_option else "stated by the file"
    tolerance = REST_TOLERANCE if len(resting) else GUESS_TOLERANCE
    if abs(in_g - 1.0) <= tolerance:
        if len(resting):
            return unit, (f"accelerometer in {unit} ({by}; reads {in_g:.3f} g {where})",)
        return unit, (f"accelerometer in {unit} ({by}); cannot check it within 5 %: no rest in the file",)
    if fitting and fitting[0] != unit:
        raise UserError(
            f"{file_name}: the accelerometer is not in {unit} ({by}): it reads {in_g:.4g} g {where}; "
            f"use --acc-unit {fitting[0]}"
        )
    if in_g < NO_GRAVITY_FRACTION:
        raise UserError(f"{file_name}: the accelerometer reads {in_g:.3f} g {where} in {unit}; {_NO_GRAVITY}")
    raise UserError(
        f"{file_name}: the accelerometer reads {in_g:.3f} g {where} in {unit}, more than {100 * tolerance:.0f} % "
        f"from 1 g; check --acc-unit and the columns, or calibrate the sensor"
    )


_NO_GRAVITY: Final = (
    "if gravity has been removed (linear or free acceleration), no angle can be computed: "
    "export the total acceleration instead; otherwise state --acc-unit"
)


def _rest_readings(time_s: FloatArray, norm: FloatArray, gyr_rad_s: FloatArray) -> FloatArray:
    """Mean |acc| of every half second in which the gyroscope is quiet, (m,)."""
    length = max(3, round(REST_PIECE_S / float(np.median(np.diff(time_s)))))
    pieces = len(norm) // length
    shape = (pieces, length)
    used = pieces * length
    rates = gyr_rad_s[:used].reshape(*shape, 3)
    norms = norm[:used].reshape(shape)
    complete = np.all(np.isfinite(rates), axis=(1, 2)) & np.all(np.isfinite(norms), axis=1)
    rates, norms = rates[complete], norms[complete]
    mean = np.linalg.norm(np.mean(rates, axis=1), axis=1)
    spread = np.max(np.max(rates, axis=1) - np.min(rates, axis=1), axis=1, initial=0.0)
    quiet = (mean <= REST_RATE_RAD_S) & (spread <= REST_SPREAD_RAD_S)
    means: FloatArray = np.mean(norms[quiet], axis=1)
    return means
