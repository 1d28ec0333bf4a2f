"""A shin that stands, leans and turns exactly as told, and what a sensor strapped to it any way shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.mounting.stage import StrapRows
from sensor_pipeline.signal.rest import RestDetector, RestParams
from sensor_pipeline.types import Samples

RATE_HZ = 50.0


@dataclass(frozen=True)
class Shin:
    """A course of the shin: ``lean_deg`` (n,) about the horizontal axis that is ``off_deg`` (n,) from its left."""

    lean_deg: np.ndarray
    off_deg: np.ndarray
    shaky: np.ndarray

    def __add__(self, other: "Shin") -> "Shin":
        return Shin(
            np.concatenate((self.lean_deg, other.lean_deg)),
            np.concatenate((self.off_deg, other.off_deg)),
            np.concatenate((self.shaky, other.shaky)),
        )


def stand(seconds: float, lean_deg: float = 0.0) -> Shin:
    n = round(seconds * RATE_HZ)
    return Shin(np.full(n, lean_deg), np.zeros(n), np.zeros(n, np.bool_))


def shift(to_deg: float, from_deg: float = 0.0) -> Shin:
    """Another way of standing, reached within 0.3 s."""
    course = np.linspace(from_deg, to_deg, round(0.3 * RATE_HZ) + 1)[1:]
    return Shin(course, np.zeros(len(course)), np.zeros(len(course), np.bool_))


def shake(seconds: float) -> Shin:
    n = round(seconds * RATE_HZ)
    return Shin(np.zeros(n), np.zeros(n), np.ones(n, np.bool_))


def lunge(peak_deg: float = 40.0, off_deg: float = 0.0, way_s: float = 1.6, base_deg: float = 0.0) -> Shin:
    """There, one second at the top, and back; ``off_deg`` turns the axis it goes about."""
    s = np.arange(1, round(way_s * RATE_HZ) + 1) / round(way_s * RATE_HZ)
    down = s**3 * (10 - 15 * s + 6 * s * s)
    course = base_deg + peak_deg * np.concatenate((down, np.ones(round(RATE_HZ)), 1 - down))
    return Shin(course, np.full(len(course), off_deg), np.zeros(len(course), np.bool_))


def way(to_deg: float, from_deg: float, seconds: float = 1.6) -> Shin:
    """From one lean to another, as a person moves."""
    s = np.arange(1, round(seconds * RATE_HZ) + 1) / round(seconds * RATE_HZ)
    course = from_deg + (to_deg - from_deg) * s**3 * (10 - 15 * s + 6 * s * s)
    return Shin(course, np.zeros(len(course)), np.zeros(len(course), np.bool_))


def together(parts: Sequence[Shin]) -> Shin:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole


def strapped(
    *parts: Shin, strap: Rotation | None = None, noise: float = 1.0, bias_deg_s: Sequence[float] = (0.0, 0.0, 0.0)
) -> StrapRows:
    """What a sensor shows (``strap``: sensor to shin), with the orientation a perfect filter would find."""
    shin = together(parts)
    rng = np.random.default_rng(3)
    n = len(shin.lean_deg)
    off = np.radians(shin.off_deg)
    axis = np.column_stack((-np.sin(off), np.cos(off), np.zeros(n)))
    lean = np.radians(shin.lean_deg)
    to_shin = Rotation.identity() if strap is None else strap
    shin_to_earth = Rotation.from_rotvec(lean[:, None] * axis)
    rate = np.gradient(lean)[:, None] * RATE_HZ * axis
    up = shin_to_earth.inv().apply([0.0, 0.0, 1.0])
    gyr = to_shin.inv().apply(rate) + np.radians(noise * rng.normal(0, 0.05, (n, 3)) + np.asarray(bias_deg_s))
    gyr += np.radians(30.0) * shin.shaky[:, None] * rng.normal(0, 1, (n, 3))
    acc = G_M_S2 * to_shin.inv().apply(up) + noise * rng.normal(0, 0.02, (n, 3))
    quat = (shin_to_earth * to_shin).as_quat(scalar_first=True)
    at_rest = RestDetector(RATE_HZ, RestParams()).update(gyr, acc)
    samples = Samples(np.arange(n) / RATE_HZ, np.full(n, 1 / RATE_HZ), acc, gyr, np.zeros(n, np.uint16))
    return StrapRows(samples, np.arange(n), gyr, quat, at_rest)


def cut(rows: StrapRows, a: int, b: int) -> StrapRows:
    s = rows.samples
    samples = Samples(s.time_s[a:b], s.dt_s[a:b], s.acc_m_s2[a:b], s.gyr_rad_s[a:b], s.flags[a:b])
    return StrapRows(samples, rows.order[a:b], rows.gyr_rad_s[a:b], rows.quat[a:b], rows.at_rest[a:b])
