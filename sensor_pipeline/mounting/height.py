"""Which way a turn of the shin goes: down into a lunge, or up out of one. Vertical acceleration, twice integrated.

In: samples and orientation, row by row. Out: :class:`Turn`, from a rest to where the shin stops. Must not live here:
what a turn says about the zero.

The ankle stays where it is, so that a shin which leans over lowers the sensor: by 6 to 10 cm at 40 deg. Two things make
an integral of some seconds trustworthy: the sensor stands still at both ends, and what is wrong with the accelerometer
changes with the sine of the turn. The first fixes the size of the second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sensor_pipeline.frames import RAD_PER_DEG

Up = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class HeightParams:
    """Which turns say whether the sensor rose or sank. Figures: 60 simulated people, good and sloppy strap, four
    repetitions each, typical chips without a calibration of their own.

    Attributes:
        still_deg_s: the shin stops where its angular rate falls below this, deg/s: above standing sway (under 1 deg/s),
            below a slow lunge (10 deg/s).
        least_deg: smallest turn, deg: as for a movement that gives an axis.
        max_rate_deg_s: a turn that was ever faster is no lunge but a step, a blow, or a sensor in somebody's hand.
        least_m_rad: smallest change of height over turn, m/rad. All 480 ways down have 0.06 to 0.14; ways up, which
            begin in an unsteady hold, 0.03 to 0.24, and 4 of 384, all with a sloppy strap, the wrong sign.
        most_m_rad: largest; a shin that leans by 60 deg sinks by 0.19 m/rad where the sensor sits 0.3 m up.
        max_error_m_s2: a turn for which the accelerometer had to be wrong by more than this did not stop where it
            seemed to, m/s^2. Those chips show up to 0.30.
    """

    still_deg_s: float = 3.0
    least_deg: float = 10.0
    max_rate_deg_s: float = 150.0
    least_m_rad: float = 0.03
    most_m_rad: float = 0.25
    max_error_m_s2: float = 0.35


@dataclass(frozen=True, slots=True)
class Turn:
    """The shin has turned and stopped: "up" before and after in chip axes, unit vectors, and whether it is higher."""

    before: Up
    after: Up
    rose: bool


class Heights:
    """Follows turns from rest. Rows may come in any split."""

    def __init__(self, bias_rad_s: Up, params: HeightParams) -> None:
        """Args: the gyroscope's bias in chip axes, and thresholds."""
        self._p = params
        self._bias = bias_rad_s
        self._still_sq = (params.still_deg_s * RAD_PER_DEG) ** 2
        self._max_rate_sq = (params.max_rate_deg_s * RAD_PER_DEG) ** 2
        self._sin_least = math.sin(params.least_deg * RAD_PER_DEG)
        self.restart()

    def restart(self) -> None:
        """Samples are missing, or the turn is over: the next one begins at the next rest."""
        self._rested = 0  # rows of the last rest, 0: none that a turn could begin at
        self._rests = False  # whether the row before was at rest
        self._level = 0.0  # sum of their vertical acceleration
        self._clear()

    def _clear(self) -> None:
        self._speed = self._height = 0.0  # of the acceleration as measured
        self._error_speed = self._error_height = 0.0  # of an error of 1 m/s^2 times the sine of the turn
        self._too_fast = False

    def rest(self, up: Up, acc: Iterable[float]) -> None:
        """Follow one row at rest: "up" and acceleration in chip axes."""
        x, y, z = acc
        if not self._rests:
            self._rests, self._rested, self._level = True, 0, 0.0
            self._clear()
        self._rested += 1
        self._level += up[0] * x + up[1] * y + up[2] * z
        self._before = up

    def move(self, up: Up, acc: Iterable[float], gyr: Iterable[float], dt_s: float) -> Turn | None:
        """Follow one row that is not at rest.

        Args:
            up: "up" in chip axes.
            acc, gyr: acceleration in m/s^2 and angular rate in rad/s, chip axes.
            dt_s: time since the row before.

        Returns:
            The turn that stops here, if it says something.
        """
        self._rests = False
        if not self._rested:
            return None
        (x, y, z), (a, b, c) = up, self._before
        ax, ay, az = acc
        sine = math.hypot(b * z - c * y, c * x - a * z, a * y - b * x)
        self._speed += (x * ax + y * ay + z * az - self._level / self._rested) * dt_s
        self._height += self._speed * dt_s
        self._error_speed += sine * dt_s
        self._error_height += self._error_speed * dt_s
        wx, wy, wz = (w - bias for w, bias in zip(gyr, self._bias, strict=True))
        rate_sq = wx * wx + wy * wy + wz * wz
        if rate_sq > self._max_rate_sq:
            self._too_fast = True
        cosine = a * x + b * y + c * z
        if rate_sq >= self._still_sq or (sine < self._sin_least and cosine > 0.0):
            return None
        self._rested = 0  # it stops: the next turn begins at the next rest
        error = self._speed / self._error_speed
        rise_m_rad = (self._height - error * self._error_height) / math.atan2(sine, cosine)
        p = self._p
        plain = p.least_m_rad <= abs(rise_m_rad) <= p.most_m_rad and abs(error) <= p.max_error_m_s2
        return Turn(self._before, up, rise_m_rad > 0.0) if plain and not self._too_fast else None
