"""What every orientation filter offers, and the check of what it is given.

In: nothing. Out: the protocol, the shape check shared by the adapters. Must not live here: a filter.
"""

from __future__ import annotations

import math
from typing import Protocol

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import FloatArray


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
        """Start afresh, as after construction: nothing of the rows before has any influence."""


def require_rate(rate_hz: float) -> float:
    """Return ``rate_hz`` where it is a usable sample rate in Hz.

    Raises:
        UserError: not finite or not above 0.
    """
    if not (math.isfinite(rate_hz) and rate_hz > 0.0):
        raise UserError(f"rate_hz={rate_hz!r}: an orientation filter needs a sample rate above 0 Hz; give the sensor's")
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
