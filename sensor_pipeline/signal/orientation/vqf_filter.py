"""Orientation by VQF (Laidig and Seel 2023, doi 10.1016/j.inffus.2022.10.014), 6-axis, streaming.

In: gyroscope and accelerometer rows with their true spacing. Out: quaternions, sensor to earth.
Must not live here: other filters, the choice between them.

VQF works at one fixed sample period (upstream declines a variable one: github.com/dlaidig/vqf/issues/9). Its
gyroscope step turns by rate x period, so the adapter hands over gyr * dt / period: the angle turned in a row is then
the true one. Time constants keep counting in nominal periods; 7 % more or less of them does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.signal.orientation.protocol import require_rate, require_shapes
from sensor_pipeline.types import FloatArray


@dataclass(frozen=True, slots=True)
class VqfParams:
    """VQF's 6-axis parameters. The defaults are upstream's, from ``vqf.hpp`` of vqf 2.1.

    Attributes:
        tau_acc_s: time constant of the accelerometer's low-pass in the inertial frame; smaller trusts it more.
        motion_bias_estimation: estimate the gyroscope offset while moving.
        rest_bias_estimation: detect rest and estimate the gyroscope offset in it.
        bias_sigma_init_deg_s: standard deviation of the offset before anything is known; larger settles faster.
        bias_forgetting_time_s: time in which the offset's uncertainty grows by 0.1 deg/s; smaller forgets faster.
        bias_clip_deg_s: largest offset believed in; faster than this is never taken for rest.
        bias_sigma_motion_deg_s: settled uncertainty of the offset while moving; smaller trusts motion more.
        bias_vertical_forgetting: weight of a pull to 0 of the offset about the vertical, which motion cannot show.
        bias_sigma_rest_deg_s: settled uncertainty of the offset at rest; smaller trusts rest more.
        rest_min_s: how long both signals must be quiet before it is rest.
        rest_filter_tau_s: time constant of the reference that "quiet" is measured from.
        rest_threshold_gyr_deg_s: largest deviation of the angular rate from its reference at rest.
        rest_threshold_acc_m_s2: largest deviation of the specific force from its reference at rest.
    """

    tau_acc_s: float = 3.0
    motion_bias_estimation: bool = True
    rest_bias_estimation: bool = True
    bias_sigma_init_deg_s: float = 0.5
    bias_forgetting_time_s: float = 100.0
    bias_clip_deg_s: float = 2.0
    bias_sigma_motion_deg_s: float = 0.1
    bias_vertical_forgetting: float = 0.0001
    bias_sigma_rest_deg_s: float = 0.03
    rest_min_s: float = 1.5
    rest_filter_tau_s: float = 0.5
    rest_threshold_gyr_deg_s: float = 2.0
    rest_threshold_acc_m_s2: float = 0.5

    def as_vqf(self) -> dict[str, float | bool]:
        """The same values under the names that ``vqf.VQF`` takes."""
        return {
            "tauAcc": self.tau_acc_s,
            "motionBiasEstEnabled": self.motion_bias_estimation,
            "restBiasEstEnabled": self.rest_bias_estimation,
            "biasSigmaInit": self.bias_sigma_init_deg_s,
            "biasForgettingTime": self.bias_forgetting_time_s,
            "biasClip": self.bias_clip_deg_s,
            "biasSigmaMotion": self.bias_sigma_motion_deg_s,
            "biasVerticalForgettingFactor": self.bias_vertical_forgetting,
            "biasSigmaRest": self.bias_sigma_rest_deg_s,
            "restMinT": self.rest_min_s,
            "restFilterTau": self.rest_filter_tau_s,
            "restThGyr": self.rest_threshold_gyr_deg_s,
            "restThAcc": self.rest_threshold_acc_m_s2,
        }


class VqfFilter:
    """VQF behind :class:`~sensor_pipeline.signal.orientation.protocol.OrientationFilter`."""

    name = "vqf"

    def __init__(self, rate_hz: float, params: VqfParams = VqfParams()) -> None:
        """Set up for a nominal rate in Hz.

        Raises:
            UserError: vqf is not installed, or the rate is too low.
        """
        try:
            from vqf import VQF
        except ImportError as error:
            raise UserError(
                f"orientation filter 'vqf' cannot be loaded ({error}): pip install vqf, or choose 'imufusion'"
            ) from error
        self.params = params
        self._period_s = 1.0 / require_rate(rate_hz)
        self._ratio = np.empty(())  # numpy takes a number that lies in an array in half the time of a Python float
        self._vqf = VQF(self._period_s, magDistRejectionEnabled=False, **params.as_vqf())

    def update(self, gyr_rad_s: FloatArray, acc_m_s2: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        """Take the next rows; shapes, units and errors as in the protocol."""
        require_shapes(gyr_rad_s, acc_m_s2, dt_s)
        if dt_s is not None:
            if dt_s.strides[0] == 0 and len(dt_s):  # one spacing for all rows
                self._ratio[()] = dt_s[0] / self._period_s
                gyr_rad_s = gyr_rad_s * self._ratio
            else:
                gyr_rad_s = gyr_rad_s * (dt_s / self._period_s)[:, None]
        # the library takes C-contiguous float64 only; where a row block already is, nothing is copied
        gyr = np.asarray(gyr_rad_s, np.float64, "C")
        acc = np.asarray(acc_m_s2, np.float64, "C")
        quat: FloatArray = self._vqf.updateBatch(gyr, acc)["quat6D"]
        return quat

    def reset(self) -> None:
        """Start afresh but for the gyroscope offset and how well it is known: that is the sensor's."""
        offset_rad_s, sd_rad_s = self._vqf.getBiasEstimate()
        self._vqf.resetState()
        self._vqf.setBiasEstimate(offset_rad_s, sd_rad_s)
