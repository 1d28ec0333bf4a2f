"""An imperfect IMU chip strapped to the shin: samples a motion at its own rate, with its own errors and clock.

In: a motion (ideal signals in shin axes at any true time), :class:`SensorParams`, a random stream. Out:
:class:`ChipSamples` in chip axes. Must not live here: packets, counters, radio, people.

Order of errors, as in a chip: rotation into chip axes, misalignment, scale, bias and its drift, noise, range,
resolution.
Signals are made in blocks of ``BLOCK`` samples of a fixed grid, so that reading in any portions gives equal bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2, IDENTITY, RAD_PER_DEG, Rotation, rotate
from sensor_pipeline.simulate.shank import ShankMotion
from sensor_pipeline.types import BoolArray, FloatArray

BLOCK = 256
"""Samples made at once: some seconds of signal, so that numpy's cost per call vanishes."""
Vector = tuple[float, float, float]
Motion = Callable[[FloatArray], ShankMotion]


@dataclass(frozen=True, slots=True)
class SensorParams:
    """One chip as it is: exact values, nothing drawn. See :func:`draw_sensor` for a typical one.

    Attributes:
        rate_hz: nominal sample rate.
        mounting: sensor to shin axes by rows, see ``frames.Rotation``.
        rate_error: true rate over nominal, minus 1, by true time: an LSM6DSOX set to 52 Hz ran at 48.57 Hz, -0.066
            (github gauteh/sfy#125).
        start_phase: time from the start of sampling to the first sample, in sample periods, 0 to 1.
        acc_noise_m_s2_rt_hz: white noise density; 100 ug per root Hz is usual for consumer chips.
        gyr_noise_rad_s_rt_hz: white noise density; 0.007 deg/s per root Hz, as above.
        acc_bias_m_s2, gyr_bias_rad_s: constant bias, chip axes.
        gyr_walk_rad_s_rt_s: random walk of the gyroscope's bias: its standard deviation after 1 s.
        acc_walk_m_s2_rt_s: the same of the accelerometer's bias.
        acc_misalignment_rad, gyr_misalignment_rad: small turn of the sensing axes against the chip's, as a vector.
        acc_scale, gyr_scale: what the chip shows over what is there, per chip axis.
        acc_lsb_m_s2, gyr_lsb_rad_s: resolution of one raw step.
        acc_range_m_s2, gyr_range_rad_s: beyond this the chip shows its end value (one step less on the positive
            side, as two's complement does).
        clock_offset_s: what the device's clock shows when it is powered, at true time 0 unless said otherwise.
        clock_error: rate of the device's clock over true time, minus 1; a quartz is some 35e-6 off.
    """

    rate_hz: float
    mounting: Rotation = IDENTITY
    rate_error: float = 0.0
    start_phase: float = 0.0
    acc_noise_m_s2_rt_hz: float = 100e-6 * G_M_S2
    gyr_noise_rad_s_rt_hz: float = 0.007 * RAD_PER_DEG
    acc_bias_m_s2: Vector = (0.0, 0.0, 0.0)
    gyr_bias_rad_s: Vector = (0.0, 0.0, 0.0)
    gyr_walk_rad_s_rt_s: float = 0.0
    acc_walk_m_s2_rt_s: float = 0.0
    acc_misalignment_rad: Vector = (0.0, 0.0, 0.0)
    gyr_misalignment_rad: Vector = (0.0, 0.0, 0.0)
    acc_scale: Vector = (1.0, 1.0, 1.0)
    gyr_scale: Vector = (1.0, 1.0, 1.0)
    acc_lsb_m_s2: float = 4.0 * G_M_S2 / 32768.0
    gyr_lsb_rad_s: float = 0.0175 * RAD_PER_DEG
    acc_range_m_s2: float = 4.0 * G_M_S2
    gyr_range_rad_s: float = 0.0175 * RAD_PER_DEG * 32768.0
    clock_offset_s: float = 0.0
    clock_error: float = 0.0

    def __post_init__(self) -> None:
        if not 1.0 <= self.rate_hz <= 5000.0:
            raise UserError(f"rate_hz {self.rate_hz}: a sensor samples at 1 to 5000 Hz")
        for name in ("rate_error", "clock_error"):
            if not abs(getattr(self, name)) <= 0.5:
                raise UserError(f"{name} {getattr(self, name)}: is a fraction, 0.01 = 1 %; at most 0.5")
        if not 0.0 <= self.start_phase <= 1.0:
            raise UserError(f"start_phase {self.start_phase}: is a fraction of a sample period, 0 to 1")
        for name in ("acc_lsb_m_s2", "gyr_lsb_rad_s", "acc_range_m_s2", "gyr_range_rad_s"):
            if not getattr(self, name) > 0.0:
                raise UserError(f"{name} {getattr(self, name)}: must be more than 0")

    @property
    def true_hz(self) -> float:
        """Sample rate by true time."""
        return self.rate_hz * (1.0 + self.rate_error)


class ChipSamples(NamedTuple):
    """Samples as the chip's FIFO holds them.

    Attributes:
        time_s: (n,) true time of each sample.
        acc_m_s2, gyr_rad_s: (n, 3) chip axes, on the raw grid.
        clipped: (n,) True where any axis is at the end of its range.
    """

    time_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray
    clipped: BoolArray


class Sensor:
    """A chip that samples a motion, from :meth:`begin` on.

    Args:
        params: the chip.
        motion: ideal gyroscope and accelerometer signals in shin axes at (n,) true times.
        rng: random stream of the noise; owned by this sensor from now on.
        powered_s: true time at which its clock showed ``params.clock_offset_s``.
    """

    def __init__(self, params: SensorParams, motion: Motion, rng: np.random.Generator, powered_s: float = 0.0) -> None:
        self.params = params
        self._motion = motion
        self._rng = rng
        self._powered_s = powered_s
        self._first_s = math.inf
        self._read = 0
        self._made = 0
        self._block: ChipSamples | None = None
        self._walk = np.zeros(3)
        self._acc_walk = np.zeros(3)
        r = params.mounting
        self._shin_to_chip: Rotation = (r[0], r[3], r[6], r[1], r[4], r[7], r[2], r[5], r[8])

    def begin(self, start_s: float) -> None:
        """Start sampling at a true time; a chip that samples already goes on as it is."""
        if math.isinf(self._first_s):
            self._first_s = start_s + self.params.start_phase / self.params.true_hz

    def time_of(self, ahead: int) -> float:
        """True time of the sample ``ahead`` places after the next one to be read; infinite before :meth:`begin`."""
        return self._first_s + (self._read + ahead) / self.params.true_hz

    def device_time_s(self, true_s: float) -> float:
        """What the device's own clock shows at a true time."""
        return self.params.clock_offset_s + (true_s - self._powered_s) * (1.0 + self.params.clock_error)

    def read(self, count: int) -> ChipSamples:
        """The next samples.

        Args:
            count: how many, >= 1. Sampling must have begun.

        Returns:
            ``count`` samples, the next ones in time order.
        """
        parts: list[ChipSamples] = []
        while count > 0:
            if self._block is None or self._read == self._made:
                self._block = self._make()
                self._made += BLOCK
            start = self._read - (self._made - BLOCK)
            stop = min(start + count, BLOCK)
            block = self._block
            rows = slice(start, stop)
            parts.append(
                ChipSamples(block.time_s[rows], block.acc_m_s2[rows], block.gyr_rad_s[rows], block.clipped[rows])
            )
            self._read += stop - start
            count -= stop - start
        if len(parts) == 1:
            return parts[0]
        return ChipSamples(
            np.concatenate([part.time_s for part in parts]),
            np.concatenate([part.acc_m_s2 for part in parts]),
            np.concatenate([part.gyr_rad_s for part in parts]),
            np.concatenate([part.clipped for part in parts]),
        )

    def _make(self) -> ChipSamples:
        p = self.params
        time_s = self._first_s + np.arange(self._made, self._made + BLOCK) / p.true_hz
        gyr_shin, acc_shin = self._motion(time_s)
        gyr = np.stack(rotate(self._shin_to_chip, gyr_shin[:, 0], gyr_shin[:, 1], gyr_shin[:, 2]), axis=1)
        acc = np.stack(rotate(self._shin_to_chip, acc_shin[:, 0], acc_shin[:, 1], acc_shin[:, 2]), axis=1)
        # White noise of density D sampled at f has the power of the band up to f / 2.
        root_band = math.sqrt(p.true_hz / 2.0)
        white = self._rng.standard_normal((BLOCK, 9))
        steps = p.gyr_walk_rad_s_rt_s / math.sqrt(p.true_hz) * white[:, 6:9]
        walk = self._walk + np.cumsum(steps, axis=0)
        self._walk = walk[-1]
        gyr = _misaligned(gyr, p.gyr_misalignment_rad)
        acc = _misaligned(acc, p.acc_misalignment_rad)
        gyr = gyr * np.array(p.gyr_scale) + np.array(p.gyr_bias_rad_s) + walk
        gyr = gyr + p.gyr_noise_rad_s_rt_hz * root_band * white[:, 0:3]
        acc = acc * np.array(p.acc_scale) + np.array(p.acc_bias_m_s2)
        acc = acc + p.acc_noise_m_s2_rt_hz * root_band * white[:, 3:6]
        if p.acc_walk_m_s2_rt_s > 0.0:
            steps = p.acc_walk_m_s2_rt_s / math.sqrt(p.true_hz) * self._rng.standard_normal((BLOCK, 3))
            acc_walk = self._acc_walk + np.cumsum(steps, axis=0)
            self._acc_walk = acc_walk[-1]
            acc = acc + acc_walk
        gyr, gyr_clipped = _quantise(gyr, p.gyr_lsb_rad_s, p.gyr_range_rad_s)
        acc, acc_clipped = _quantise(acc, p.acc_lsb_m_s2, p.acc_range_m_s2)
        return ChipSamples(time_s, acc, gyr, acc_clipped | gyr_clipped)


def draw_strap(rng: np.random.Generator) -> Rotation:
    """A sensor strapped on any way: a rotation uniform over all orientations (Shoemake 1992: normalised normals)."""
    w, x, y, z = (rng.standard_normal(4)).tolist()
    n = math.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / n, x / n, y / n, z / n
    return (
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - w * z),
        2.0 * (x * z + w * y),
        2.0 * (x * y + w * z),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - w * x),
        2.0 * (x * z - w * y),
        2.0 * (y * z + w * x),
        1.0 - 2.0 * (x * x + y * y),
    )


def draw_sensor(rate_hz: float, rng: np.random.Generator, mounting: Rotation | None = None) -> SensorParams:
    """A typical chip with errors drawn at random, strapped on any way.

    Spread (1 sd): rate 1.5 %, clock 20e-6, accelerometer 10 mg and 0.5 %, gyroscope 0.5 deg/s and 0.5 %, its bias
    walks by 0.0003 deg/s per root second: a consumer chip after factory calibration, without a calibration of one's
    own (assumption; one chip's rate was found 6.6 % low).

    Args:
        rate_hz: nominal sample rate.
        rng: random stream.
        mounting: sensor to shin axes; None draws one.

    Returns:
        The chip. Resolution, range and clock offset are the defaults of :class:`SensorParams`.
    """
    strap = draw_strap(rng)
    rate, clock = (np.clip(rng.standard_normal(2), -3.0, 3.0)).tolist()
    phase = float(rng.random())
    error = rng.standard_normal((4, 3)).tolist()

    def vector(row: int, middle: float, sd: float) -> Vector:
        x, y, z = error[row]
        return (middle + sd * x, middle + sd * y, middle + sd * z)

    return SensorParams(
        rate_hz=rate_hz,
        mounting=strap if mounting is None else mounting,
        rate_error=0.015 * rate,
        clock_error=20e-6 * clock,
        start_phase=phase,
        acc_bias_m_s2=vector(0, 0.0, 0.010 * G_M_S2),
        gyr_bias_rad_s=vector(1, 0.0, 0.5 * RAD_PER_DEG),
        acc_scale=vector(2, 1.0, 0.005),
        gyr_scale=vector(3, 1.0, 0.005),
        gyr_walk_rad_s_rt_s=0.0003 * RAD_PER_DEG,
    )


def draw_misalignment(params: SensorParams, rng: np.random.Generator) -> SensorParams:
    """The same chip with sensing axes 0.3 deg (1 sd, each axis, each triad) off: cross-axis sensitivity of about 0.5 %.

    0.5 % to 1 % stand in the data sheets of consumer chips, as typical values (assumption).
    """
    a, g = (0.3 * RAD_PER_DEG * rng.standard_normal((2, 3))).tolist()
    return replace(params, acc_misalignment_rad=(a[0], a[1], a[2]), gyr_misalignment_rad=(g[0], g[1], g[2]))


def _misaligned(v: FloatArray, turn_rad: Vector) -> FloatArray:
    """(n, 3) vectors as seen by axes turned by a small angle: v - turn x v."""
    if turn_rad == (0.0, 0.0, 0.0):
        return v
    a, b, c = turn_rad
    x, y, z = v[:, 0], v[:, 1], v[:, 2]
    return np.stack((x - (b * z - c * y), y - (c * x - a * z), z - (a * y - b * x)), axis=1)


def _quantise(values: FloatArray, lsb: float, range_: float) -> tuple[FloatArray, BoolArray]:
    """Round to whole steps within [-range, range - 1 step]; (n, 3) in and out, and (n,) where any axis is at an end."""
    steps = np.floor(range_ / lsb + 0.5)
    raw = np.rint(values / lsb)
    kept = np.minimum(np.maximum(raw, -steps), steps - 1.0)
    at_end = (kept == -steps) | (kept == steps - 1.0)
    return kept * lsb, at_end[:, 0] | at_end[:, 1] | at_end[:, 2]
