"""What really happened to one leg in a simulated session: true angles on a fine grid, and the repetitions.

In: a :class:`~sensor_pipeline.simulate.person.Lunge` and how long it lasts. Out: :class:`Truth`. Must not live here:
the movement itself, any figure of merit, anything a sensor adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensor_pipeline.simulate.person import Lunge
from sensor_pipeline.types import FloatArray, Side

TRUTH_HZ = 200.0
"""Grid of the true angles. A lunge of 40 deg in 1.6 s has at most 1.6 rad/s^2, so a straight line between rows errs by
1.6 * (5 ms)^2 / 8 = 5e-6 rad (own choice)."""


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition. Times in session time, half-open [start_s, end_s).

    Attributes:
        rep: number, from 1.
        start_s, hold_start_s, hold_end_s, end_s: ends of the phases, as scripted.
        peak_s: middle of the hold, as scripted.
        peak_rad, frontal_rad, axial_rad: angles of the hold, as scripted (without sway).
        hold_s: time at the top, as scripted.
        top_s, top_rad: when and how high the dorsiflexion, sway included, is largest.
    """

    rep: int
    start_s: float
    hold_start_s: float
    peak_s: float
    hold_end_s: float
    end_s: float
    peak_rad: float
    frontal_rad: float
    axial_rad: float
    hold_s: float
    top_s: float
    top_rad: float


@dataclass(frozen=True, slots=True)
class Truth:
    """One leg's true angles, sway included, and repetitions.

    Attributes:
        side: which leg.
        time_s: (n,) session time: 0 = the first record.
        dorsiflexion_rad, frontal_rad, axial_rad: (n,) each, signs and zero as in frames (0 = upright, untwisted).
        heel_m: (n,) how high the heel is, 0 = flat; walking and kneeling do not count.
        reps: the repetitions in time order.
    """

    side: Side
    time_s: FloatArray
    dorsiflexion_rad: FloatArray
    frontal_rad: FloatArray
    axial_rad: FloatArray
    heel_m: FloatArray
    reps: tuple[TrueRep, ...]


def true_course(lunge: Lunge, duration_s: float) -> Truth:
    """Evaluate a leg's true angles from time 0 to ``duration_s`` on the grid of ``TRUTH_HZ``.

    Args:
        lunge: the moving leg; its time 0 is the session's.
        duration_s: how long the session lasts.

    Returns:
        The truth.
    """
    time_s = np.arange(int(duration_s * TRUTH_HZ) + 1) / TRUTH_HZ
    angles = lunge.angles(time_s)
    course = angles.dorsiflexion.value
    reps = []
    for number, rep in enumerate(lunge.script, start=1):
        first, last = np.searchsorted(time_s, [rep.start_s, rep.end_s])
        top = int(first) + int(np.argmax(course[first:last]))
        reps.append(
            TrueRep(
                rep=number,
                start_s=rep.start_s,
                hold_start_s=rep.hold_start_s,
                peak_s=rep.hold_start_s + rep.hold_s / 2.0,
                hold_end_s=rep.hold_end_s,
                end_s=rep.end_s,
                peak_rad=rep.peak_rad,
                frontal_rad=rep.frontal_rad,
                axial_rad=rep.axial_rad,
                hold_s=rep.hold_s,
                top_s=float(time_s[top]),
                top_rad=float(course[top]),
            )
        )
    return Truth(
        lunge.side, time_s, course, angles.frontal.value, angles.axial.value, lunge.heel_m(time_s), tuple(reps)
    )
