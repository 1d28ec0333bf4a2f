"""Settles the gyroscope's unit, and refuses a file whose gyroscope and accelerometer contradict each other.

In: raw columns, times, the stated unit. Out: the unit and what was found. Must not live here: the comparison itself
(:mod:`.rotation`), the accelerometer's unit (:mod:`.accelerometer`).
"""

from __future__ import annotations

import math
from typing import Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.recording.importers.rotation import RotationMatch, match_rotation
from sensor_pipeline.recording.importers.table import GyrUnit
from sensor_pipeline.recording.importers.units import GYR_TO_RAD_S
from sensor_pipeline.types import FloatArray

RATIO_TOLERANCE: Final = 1.5
"""A ratio within this factor of 1 is right: recorded turns gave 0.96 to 1.05, a unit mistake is a factor of 57, a rate
wrong by half or double a factor of 2."""


def settle_gyroscope(
    time_s: FloatArray, acc: FloatArray, gyr: FloatArray, stated: GyrUnit | None, by_option: bool, file_name: str
) -> tuple[GyrUnit, tuple[str, ...]]:
    """Find or check the gyroscope's unit.

    Args:
        time_s: (n,) strictly rising.
        acc: (n, 3) in any unit.
        gyr: (n, 3) as in the file.
        stated: the unit that the person or the file states, None where neither does.
        by_option: True where the person stated it.
        file_name: for messages.

    Returns:
        The unit, and notes on what was found.

    Raises:
        UserError: the stated unit is contradicted by the data (the message has the measured ratio and the option to
            use), the sensors contradict each other in another way, or nothing is stated and the data cannot tell.
    """
    match = match_rotation(time_s, acc, gyr)
    fitting = [] if match is None else [unit for unit, scale in GYR_TO_RAD_S.items() if _fits(match.ratio / scale)]
    # A sensor that is carried about can look as if it turned the wrong way, but then by no amount that fits a unit.
    if match is None or not match.tells or (match.agreement < 0.0 and not fitting):
        if stated is None:
            raise UserError(
                f"{file_name}: the gyroscope's unit is not stated, and {_why_not(match)}; "
                f"state it with --gyr-unit rad/s or --gyr-unit deg/s"
            )
        return stated, (f"gyroscope in {stated} ({_by(by_option)}); cannot check it: {_why_not(match)}",)
    if match.agreement < 0.0:
        raise UserError(
            f"{file_name}: the gyroscope turns the opposite way to the accelerometer "
            f"(agreement {match.agreement:.2f}): their axes differ; swap columns with --columns or correct the signs"
        )
    if stated is None:
        if not fitting:
            raise UserError(f"{file_name}: {_contradiction(match.ratio, 'rad/s')}")
        return fitting[0], (f"gyroscope in {fitting[0]} (found from {match.pieces} turns)",)
    ratio = match.ratio / GYR_TO_RAD_S[stated]
    if _fits(ratio):
        return stated, (f"gyroscope in {stated} ({_by(by_option)}; {match.pieces} turns agree, ratio {ratio:.2f})",)
    if fitting:
        raise UserError(
            f"{file_name}: the gyroscope is not in {stated} ({_by(by_option)}): 'up' turns {ratio:.3g} times as far "
            f"as it says ({match.pieces} turns; 1 rad = {DEG_PER_RAD:.1f} deg); use --gyr-unit {fitting[0]}"
        )
    raise UserError(f"{file_name}: {_contradiction(ratio, stated)}")


def _fits(ratio: float) -> bool:
    return abs(math.log(ratio)) <= math.log(RATIO_TOLERANCE)


def _by(by_option: bool) -> str:
    return "as you stated" if by_option else "stated by the file"


def _why_not(match: RotationMatch | None) -> str:
    if match is None:
        return "there is no slow turn in the file to tell it from"
    return (
        f"its {match.pieces} slow turns are too few or too unlike the accelerometer's (agreement {match.agreement:.2f})"
    )


def _contradiction(ratio: float, unit: GyrUnit) -> str:
    return (
        f"'up' turns {ratio:.3g} times as far as the gyroscope in {unit} says, which fits neither rad/s nor deg/s; "
        f"check the rate (--rate, --time) and the order of the axes (--columns)"
    )
