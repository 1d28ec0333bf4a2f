"""Sets with lifted heels: simulated people who lunge flat first, then with the heel now down, now up.

In: a seed, a strap, a kind of soft tissue. Out: a simulation, and how high the heel was in each repetition. Must not
live here: finding heel lifts, tables.

The shin goes as deep with a lifted heel as without (the person stops at the same place), so that the angle gives
nothing away. Soft tissue is what the straps of :mod:`sensor_pipeline.simulate.strap` lack: an arch that drops, skin
that slides along the bone and rocks the sensor, each with every lunge and never twice by the same amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.curve import Curve, Waypoints, zero
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.movement import Movement
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep, script_set
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import SensorParams, draw_misalignment, draw_sensor
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.simulate.shank import Pivot, ShankAngles
from sensor_pipeline.simulate.strap import STRAPS
from sensor_pipeline.types import FloatArray, Side, Targets

SPEC: Final = "shin-imu-v1"
FLAT_REPS: Final = 6
"""Repetitions of the flat-foot baseline."""
RISE_S: Final = (0.3, 1.0)
"""A heel takes this long to rise and to sink (evidence: 0.3, 0.6 and 1 s), less where the way is shorter."""


@dataclass(frozen=True, slots=True)
class Tissue:
    """How far foot and skin give way in a lunge; assumed sizes, no measurement of any of them was found.

    Attributes:
        arch_m: the arch drops by up to this much (even spread between people).
        slide_m: the sensor slides along the shin (1 sd between people).
        rock_rad: the sensor rocks (1 sd between people).
        part: spread between repetitions, as a part of the person's own size ...
        least_m: ... and beside it, for arch and slide.
    """

    arch_m: float
    slide_m: float
    rock_rad: float
    part: float
    least_m: float


TISSUES: Final = {
    "rigid": Tissue(0.0, 0.0, 0.0, 0.0, 0.0),
    "firm": Tissue(0.008, 0.004, 1.0 * RAD_PER_DEG, 0.3, 0.0015),
    "soft": Tissue(0.012, 0.006, 1.0 * RAD_PER_DEG, 0.6, 0.003),
}


class GivingWay:
    """Foot and skin in a whole set: 0 while standing, all of a repetition's own size at its top."""

    name = "giving_way"

    def __init__(self, script: Sequence[ScriptedRep], height_m: float, sizes: FloatArray) -> None:
        """Build it.

        Args:
            script: the repetitions.
            height_m: of the sensor above the ankle.
            sizes: (4, reps): how far the arch drops (m), the sensor slides (m) and rocks (rad), and its lean (rad).
        """
        times_s: list[float] = []
        values: list[float] = []
        for rep in script:
            top = (rep.hold_start_s, rep.hold_end_s) if rep.hold_s > 0.0 else (rep.hold_start_s,)
            times_s += [rep.start_s, *top, rep.end_s]
            values += [0.0, *(1.0 for _ in top), 0.0]
        self.end_s = times_s[-1]
        self._share = Waypoints(tuple(times_s), tuple(values))
        self._start_s = np.array([rep.start_s for rep in script])
        self._height_m = height_m
        self._sizes = sizes

    def heel_m(self, time_s: FloatArray) -> FloatArray:
        """The heel stays down."""
        return np.zeros_like(time_s)

    def angles(self, time_s: FloatArray) -> ShankAngles:
        """The sensor rocks: as if the shin leaned further."""
        return ShankAngles(self._share.at(time_s).times(self._at(time_s)[2]), zero(time_s), zero(time_s))

    def pivot(self, time_s: FloatArray) -> Pivot:
        """Arch and slide, and what keeps a sensor that only rocks in its place."""
        share = self._share.at(time_s)
        arch_m, slide_m, rock_rad, peak_rad = self._at(time_s)
        lean = share.times(peak_rad)
        s, c = np.sin(lean.value), np.cos(lean.value)
        sine = Curve(s, c * lean.rate, c * lean.acceleration - s * lean.rate * lean.rate)
        cosine = Curve(c, -s * lean.rate, -s * lean.acceleration - c * lean.rate * lean.rate)
        along, across = share.times(slide_m), share.times(-rock_rad * self._height_m)
        return Pivot(
            along.product(sine).plus(across.product(cosine)),
            zero(time_s),
            along.product(cosine).plus(across.product(sine).times(-1.0)).plus(share.times(-arch_m)),
        )

    def _at(self, time_s: FloatArray) -> FloatArray:
        """The sizes at (n,) times: they change where nothing moves."""
        sizes: FloatArray = self._sizes[:, np.maximum(np.searchsorted(self._start_s, time_s, side="right") - 1, 0)]
        return sizes


@dataclass(frozen=True, slots=True)
class HeelSet:
    """A set, ready to be run: its simulation, its targets, and the heel's height in each scripted repetition, mm."""

    simulation: Simulation
    targets: Targets
    heel_mm: tuple[float, ...]


def heel_set(seed: int, strap: str, tissue: str, heights_mm: Sequence[float]) -> HeelSet:
    """A person who does the flat-foot baseline and then one repetition for each of ``heights_mm``, in drawn order.

    Args:
        seed: another seed, another person, chip and order.
        strap: good or sloppy.
        tissue: rigid, firm or soft, see :data:`TISSUES`.
        heights_mm: how high the heel goes; 0 = it stays down.
    """
    rng = generator(seed, "heel set")
    order = [float(height) for height in rng.permutation(np.array(heights_mm, float))]
    heel_mm = (*([0.0] * FLAT_REPS), *order)
    person = draw_person(seed)
    side: Side = "right" if seed % 2 else "left"
    script = script_set(person, len(heel_mm), side, seed)
    movements = _giving_way(script, person, TISSUES[tissue], rng)
    for rep, height in zip(script, heel_mm, strict=True):
        if height > 0.0:
            movements.append(lift(rep, height / 1000.0, float(rng.uniform(*RISE_S))))

    def chip(leg: Side, rate_hz: float) -> SensorParams:
        drawn = draw_sensor(rate_hz, generator(seed, "chip", leg))
        return draw_misalignment(drawn, generator(seed, "misalignment", leg))

    simulation = simulate_session(
        spec_text(SPEC),
        side=side,
        seed=seed,
        legs=lambda leg: Lunge(leg, person, script, seed, movements),
        sensor=chip,
        strap=STRAPS[strap],
    )
    return HeelSet(simulation, Targets(flat_reps=FLAT_REPS), heel_mm)


def lift(rep: ScriptedRep, height_m: float, way_s: float) -> HeelLift:
    """A heel that rises late in the descent, stays up in the hold and sinks early in the ascent."""
    rise_s, fall_s = min(way_s, rep.descent_s / 2.0), min(way_s, rep.ascent_s / 2.0)
    return HeelLift(rep.hold_start_s - rise_s, rep.hold_start_s, rep.hold_end_s, rep.hold_end_s + fall_s, height_m)


def _giving_way(
    script: Sequence[ScriptedRep], person: PersonParams, tissue: Tissue, rng: np.random.Generator
) -> list[Movement]:
    if tissue == TISSUES["rigid"]:
        return []
    arch_m, rock_rad = tissue.arch_m * float(rng.random()), tissue.rock_rad * float(rng.standard_normal())
    slide_m = tissue.slide_m * float(rng.standard_normal())
    z = rng.standard_normal((5, len(script)))
    sizes = (
        arch_m * (1.0 + tissue.part * z[0]) + tissue.least_m * z[1],
        slide_m * (1.0 + tissue.part * z[2]) + tissue.least_m * z[3],
        rock_rad * (1.0 + tissue.part * z[4]),
        np.array([rep.peak_rad for rep in script]),
    )
    return [GivingWay(script, person.site.up_m, np.stack(sizes))]
