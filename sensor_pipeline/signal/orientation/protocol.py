"""What every orientation filter offers, and the check of what it is given.

In: nothing. Out: the protocol, the shape check shared by the adapters. Must not live here: a filter.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import FloatArray

LEAST_RATE_HZ: Final = 10.0
"""Slowest sample rate, Hz, that lunges are measured at. Simulated (8 sets of 4 lunges of the default person, Movella
DOT): at 1 Hz half of the lunges are found, at 4 Hz all and a peak is up to 1.5 deg off, from 10 Hz on less than 1 deg;
quicker people than the default one need the margin."""


class OrientationFilter(Protocol):
    """A causal 6-axis filter. Any split of the rows into calls gives bit-equal quaternions."""

    @property
    def name(self) -> str:
        """The name under which a session records the filter."""

    def update(self, gyr_rad_s: FloatArray, acc_m_s2: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        """Take the next rows and return the orientation after each of them.

        Rows must be finite: one NaN can stay in a filter for ever. ``signal.guard`` sees to that. A row whose
        acceleration is exactly zero carries no direction: the inclination is not corrected by it.

        Args:
            gyr_rad_s: (n, 3) angular rate in sensor axes; n may be 0.
            acc_m_s2: (n, 3) specific force in sensor axes.
            dt_s: (n,) spacing to the row before by the device's own clock; None = the nominal period throughout.

        Returns:
            (n, 4) unit quaternions w, x, y, z, sensor to earth, earth z up.

        Raises:
            UserError: the shapes do not fit each other.
        """

    def reset(self) -> None:
        """Start afresh, since rows are missing: the orientation comes from the next rows alone.

        What belongs to the sensor and not to its movement may stay: the gyroscope offset learnt so far and how well it
        is known. No orientation, no row and no rest of before may, so that no time is bridged that nobody saw.
        """


def require_rate(rate_hz: float) -> float:
    """Return ``rate_hz`` where lunges can be measured at that sample rate in Hz.

    Raises:
        UserError: not finite, or below ``LEAST_RATE_HZ``.
    """
    if not (math.isfinite(rate_hz) and rate_hz >= LEAST_RATE_HZ):
        raise UserError(
            f"rate_hz={rate_hz:g}: lunges cannot be measured below {LEAST_RATE_HZ:g} samples a second; "
            "set the sensor to a higher rate (50 Hz or more is good), or check the rate or time column of the file"
        )
    return rate_hz


def require_shapes(gyr_rad_s: FloatArray, acc_m_s2: FloatArray, dt_s: FloatArray | None) -> None:
    """Refuse rows that do not fit each other.

    Args:
        gyr_rad_s: should be (n, 3).
        acc_m_s2: should be (n, 3).
        dt_s: should be (n,) or None.

    Raises:
        UserError: a shape is another; the message names both.
    """
    n = len(gyr_rad_s)
    if gyr_rad_s.shape != (n, 3) or acc_m_s2.shape != (n, 3):
        raise UserError(
            f"gyr_rad_s has shape {gyr_rad_s.shape}, acc_m_s2 {acc_m_s2.shape}: give two (n, 3) arrays of equal length"
        )
    if dt_s is not None and dt_s.shape != (n,):
        raise UserError(f"dt_s has shape {dt_s.shape}: give one spacing for each of the {n} rows, ({n},), or None")
