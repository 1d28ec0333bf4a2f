"""Orientation by Fusion (x-io; Madgwick 2014 thesis, chapter 7; package ``imufusion``), 6-axis, streaming.

In: gyroscope and accelerometer rows with their true spacing. Out: quaternions, sensor to earth.
Must not live here: other filters, the choice between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2
from sensor_pipeline.signal.orientation.offset import RestMean, RestMeanParams
from sensor_pipeline.signal.orientation.protocol import require_rate, require_shapes
from sensor_pipeline.types import FloatArray


@dataclass(frozen=True, slots=True)
class ImufusionParams:
    """Fusion's parameters.

    Attributes:
        gain: pull towards the accelerometer in rad/s per rad of error, so 1/gain is its time constant in s; smaller
            trusts the gyroscope more, and lets its offset show: an offset of b deg/s left uncorrected tilts the result
            by b / gain deg.
        stationary_threshold_deg_s: below this on every axis the sensor may be at rest; a larger offset is never learnt.
        stationary_period_s: how long it must stay below before the offset is learnt.
        rest_mean_s: rest, s, until which the offset is the mean of the rows in it, taken in stretches of a
            ``stationary_period_s``; after it the library alone follows the offset, with a time constant of 8 s. Smaller
            leaves the noise of a short mean, 0 everything to the library: that knows a fifth of it after 3 s of rest.
        rest_tilt_g: how far the accelerometer's mean may move from one half of such a stretch to the other, g; smaller
            takes fewer slow turns for an offset, and fewer rests of a person who sways for one.

    Source of ``gain``: smallest mean error over BROAD trials 02 and 11, whole and cut to 5 s of rest before the
    movement, among 0.2 to 0.5. All five trials had been run with other gains before that, so trials 07, 14 and 24
    were kept out of the choice but are no blind test. ``stationary_period_s`` is VQF's, not the smallest error: 1 s
    was a little better on the cut trials, but takes a slow movement for rest sooner. The threshold is upstream's.
    ``rest_mean_s``: the library's own time constant; 40 simulated straps: 0.74 deg RMSE in a hold without it, 0.31 with
    one stretch, 0.26 at 8 s, 0.25 at 16 s. ``rest_tilt_g``: 0.3 deg, so that a turn of 0.4 deg/s is no offset; on these
    straps and on BROAD no limit at all did as well, on 16 people who sway four times as much 0.69 against 0.59 deg.
    """

    gain: float = 0.3
    stationary_threshold_deg_s: float = 3.0
    stationary_period_s: float = 1.5
    rest_mean_s: float = 8.0
    rest_tilt_g: float = 0.005


class ImufusionFilter:
    """Fusion behind :class:`~sensor_pipeline.signal.orientation.protocol.OrientationFilter`.

    What it takes to get its own accuracy out of it; docs/accuracy.md has figures for the first four points:

    - ``AhrsSettings.sample_rate`` must be given. It is 100 Hz otherwise, in silence, since 1.3 no longer takes a time
      step with each update; at another rate the gyroscope then turns the result by a wrong angle (285.7 Hz: ten to
      seventy degrees, more the faster the movement). The true period is set before the row it belongs to.
    - deg/s and g, not rad/s and m/s^2: a gyroscope in rad/s is ignored in effect, which costs degrees in slow
      translations and everything in rotations.
    - Acceleration rejection stays off: at 10 and 20 deg, time-outs of 1 to 30 s, it made neither of BROAD's trials 02
      and 11 better.
    - ``Bias`` goes in front of it: Fusion itself does not estimate the gyroscope's offset. It starts at 0 and takes 8 s
      of rest for two thirds of the way, more than a person stands still: :class:`RestMean` sets it.
    - Each turn goes in with the acceleration of the row before. Fusion compares acceleration with the orientation that
      it has before the turn; given both of one row it settles one row ahead in a steady turn (40 deg/s at 100 Hz: 0.4
      deg). On BROAD the two ways differ by less than 0.1 deg.
    - Fusion starts from identity; here it starts from the first row's own tilt, and its start-up gain (3 s) does the
      rest. Heading stays 0 during these 3 s.

    A row of zeros leaves orientation and offset as they are. Results carry float32 precision.
    """

    name = "imufusion"

    def __init__(self, rate_hz: float, params: ImufusionParams = ImufusionParams()) -> None:
        """Set up for a nominal rate in Hz.

        Raises:
            UserError: imufusion is not installed or older than 1.3, or the rate is too low.
        """
        try:
            from imufusion import CONVENTION_NWU, Ahrs, AhrsSettings, Bias, BiasSettings
        except ImportError as error:
            raise UserError(
                f"orientation filter 'imufusion' cannot be loaded ({error}): pip install 'imufusion>=1.3'"
            ) from error
        self.params = params
        self._nominal_s = 1.0 / require_rate(rate_hz)
        self._ahrs = Ahrs()
        self._bias = Bias()
        self._period_s = self._nominal_s
        self._started = False
        self._acc_before_g: FloatArray = np.zeros(3)
        self._rest_mean: RestMean | None = None  # until there was rest enough
        if params.rest_mean_s > 0.0:
            self._rest_mean = RestMean(
                rate_hz,
                RestMeanParams(
                    params.stationary_threshold_deg_s,
                    params.stationary_period_s,
                    params.rest_mean_s,
                    params.rest_tilt_g,
                ),
            )
        self._ahrs_settings = AhrsSettings(
            sample_rate=rate_hz,
            convention=CONVENTION_NWU,
            gain=params.gain,
            gyroscope_range=0.0,  # off: clipped rows never get here
            acceleration_rejection=0.0,  # off, see above
        )
        self._bias_settings = BiasSettings(
            sample_rate=rate_hz,
            stationary_threshold=params.stationary_threshold_deg_s,
            stationary_period=params.stationary_period_s,
        )
        self.reset()

    def update(self, gyr_rad_s: FloatArray, acc_m_s2: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        """Take the next rows; shapes, units and errors as in the protocol."""
        require_shapes(gyr_rad_s, acc_m_s2, dt_s)
        gyr_deg_s = np.ascontiguousarray(gyr_rad_s * DEG_PER_RAD)
        acc_g = np.ascontiguousarray(acc_m_s2 / G_M_S2)
        periods_s = None if dt_s is None else dt_s.tolist()
        quat = np.empty((len(acc_g), 4))
        for row, (gyr, acc) in enumerate(zip(gyr_deg_s, acc_g, strict=True)):
            directed = acc[0] != 0.0 or bool(acc.any())
            if not self._started or not (directed or gyr.any()):
                if directed:  # the turn that led to the first row is in its tilt already
                    self._ahrs.set_quaternion(_tilt(*acc.tolist()))
                    self._started = True
                self._acc_before_g = acc
                quat[row] = self._ahrs.get_quaternion()
                continue
            period_s = self._nominal_s if periods_s is None else periods_s[row]
            if period_s != self._period_s:
                self._ahrs.set_sample_period(period_s)
                self._period_s = period_s
            if self._rest_mean is not None:
                self._learn(self._rest_mean, gyr, acc)
            self._ahrs.update_no_magnetometer(self._bias.update(gyr), self._acc_before_g)
            self._acc_before_g = acc
            quat[row] = self._ahrs.get_quaternion()
        return quat

    def reset(self) -> None:
        """Start afresh but for the gyroscope offset: that is the sensor's, whatever was missed."""
        self._ahrs = type(self._ahrs)()
        self._ahrs.set_settings(self._ahrs_settings)
        offset_deg_s = self._bias.get_offset()
        self._bias = type(self._bias)()  # no rest spans the hole
        self._bias.set_settings(self._bias_settings)
        self._bias.set_offset(offset_deg_s)
        if self._rest_mean is not None:
            self._rest_mean.restart()
        self._period_s = self._nominal_s
        self._started = False
        self._acc_before_g = np.zeros(3)

    def _learn(self, rest_mean: RestMean, gyr_deg_s: FloatArray, acc_g: FloatArray) -> None:
        """Take the offset from a row of the first rests."""
        offset_deg_s = rest_mean.update(gyr_deg_s.tolist(), acc_g.tolist())
        if offset_deg_s is not None:
            self._bias.set_offset(np.array(offset_deg_s))
            if rest_mean.done:
                self._rest_mean = None


def _tilt(x: float, y: float, z: float) -> FloatArray:
    """The shortest rotation (4,) that turns the direction (x, y, z), not zero, to earth's up."""
    norm = math.sqrt(x * x + y * y + z * z)
    w = norm + z
    if w < 1e-6 * norm:  # upside down: any horizontal axis does
        return np.array([0.0, 1.0, 0.0, 0.0])
    length = math.sqrt(w * w + x * x + y * y)
    return np.array([w / length, y / length, -x / length, 0.0])
