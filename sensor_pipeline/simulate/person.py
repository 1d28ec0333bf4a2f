"""A person who does knee-to-wall lunges as guided: stand still; lunge, hold, come back, rest; stand still again.

In: :class:`PersonParams`, the seed. Out: scripted repetitions and :class:`Lunge`, the shin's angles at any time.
Must not live here: rigid-body formulas (shank), the sensor, the truth's table.

The script is planar first: dorsiflexion follows the phases; frontal and axial angles follow the same phases with their
own peaks; a slow sway of the standing body lies on top of all three, at all times, a tremor during the repetitions, and
whatever movements (:mod:`.movement`, :mod:`.heel`) are added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.simulate.curve import PROFILES, Curve, sinusoids
from sensor_pipeline.simulate.movement import Movement, pivot_of, touch_wall
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.shank import Pivot, SensorSite, ShankAngles, ShankMotion, shank_motion
from sensor_pipeline.types import FloatArray, IntArray, Side

SWAY_SINUSOIDS = 6
"""Sinusoids in one sway: enough that it does not visibly repeat within a set (own choice)."""
SWAY_BAND_HZ = (0.05, 0.6)
"""Where standing sway has nearly all its power: below 0.6 Hz (assumption: a braced stance)."""
TREMOR_BAND_HZ = (8.0, 12.0)
"""Where a muscle at its end range trembles."""
MID_SHAFT = SensorSite(anterior_m=0.045, left_m=0.0, up_m=0.25)
"""The usual sensor site: on the front of the bone, some 15 cm below the tuberosity (Hall and Docherty 2017); the
ankle's axis lies 0.20 to 0.30 m below and 0.035 to 0.055 m behind it (assumption)."""
STANDING_POSE_S = 5.0
"""A guided set starts with at least this long standing still: the pose that sets the zero (own choice)."""
SHORTEST_S = 0.2
"""No phase of a repetition is drawn shorter than this: a person cannot lunge faster (own choice)."""
SD_LIMIT = 2.5
"""Draws beyond this many standard deviations are held there, so that a rare draw cannot make a senseless repetition."""


@dataclass(frozen=True, slots=True)
class PersonParams:
    """How a person moves and where the sensor sits on the shin. ``*_sd_*`` and ``*_cv``: spread between repetitions.

    Attributes:
        peak_rad: dorsiflexion at the top; 40 deg is the middle of 39 to 45 deg (Hall and Docherty 2017) and 40.6
            (Calatayud 2015).
        peak_sd_rad: 1 deg, near the SEM of 1.3 deg that testers report (Konor 2012).
        frontal_rad, frontal_sd_rad: knee towards the midline at the top, + = valgus; half of the 3 +- 3 deg that
            clinical tests call consistent valgus (assumption).
        axial_rad, axial_sd_rad: internal rotation at the top (assumption, as above).
        descent_s, ascent_s: duration of the two ways; a lunge of 2 to 5 s in all (assumption).
        hold_s: time at the top: what the knee-to-wall test asks for.
        rest_s: standing between repetitions.
        duration_cv: spread of every duration, as a fraction of it.
        stand_s: standing still before the first repetition: the standing pose.
        finish_s: standing still after the last one.
        sway_sd_rad, frontal_sway_sd_rad, axial_sway_sd_rad: standing sway (assumption: some 4 mm rms at the height
            of the centre of mass, 0.9 m, is 0.25 deg for a free stance; hands at a wall steady it).
        site: where the sensor sits.
        profile: how the speed goes in the two ways, one of ``curve.PROFILES``.
        tremor_sd_rad: tremor of 8 to 12 Hz at the top, growing with the lunge.
        frontal_drift_rad: by how much the knee goes further inwards with each repetition.
        touch_m: how hard the knee touches the wall at the top, see ``movement.touch_wall``; 0 = it does not.
    """

    peak_rad: float = 40.0 * RAD_PER_DEG
    peak_sd_rad: float = 1.0 * RAD_PER_DEG
    frontal_rad: float = 1.5 * RAD_PER_DEG
    frontal_sd_rad: float = 0.5 * RAD_PER_DEG
    axial_rad: float = 2.0 * RAD_PER_DEG
    axial_sd_rad: float = 0.5 * RAD_PER_DEG
    descent_s: float = 1.6
    ascent_s: float = 1.4
    hold_s: float = 2.0
    rest_s: float = 2.5
    duration_cv: float = 0.08
    stand_s: float = 6.0
    finish_s: float = 3.0
    sway_sd_rad: float = 0.15 * RAD_PER_DEG
    frontal_sway_sd_rad: float = 0.08 * RAD_PER_DEG
    axial_sway_sd_rad: float = 0.08 * RAD_PER_DEG
    site: SensorSite = MID_SHAFT
    profile: str = "minimum_jerk"
    tremor_sd_rad: float = 0.0
    frontal_drift_rad: float = 0.0
    touch_m: float = 0.0

    def __post_init__(self) -> None:
        if not self.stand_s >= STANDING_POSE_S:
            raise UserError(f"stand_s {self.stand_s}: the standing pose needs {STANDING_POSE_S:g} s or more")
        for name in ("descent_s", "ascent_s"):
            if not getattr(self, name) >= SHORTEST_S:
                raise UserError(f"{name} {getattr(self, name)}: must be {SHORTEST_S} s or more")
        for name in ("hold_s", "rest_s", "finish_s", "duration_cv", "tremor_sd_rad", "touch_m"):
            if not getattr(self, name) >= 0.0:
                raise UserError(f"{name} {getattr(self, name)}: must be 0 or more")
        if not -80.0 <= self.peak_rad / RAD_PER_DEG <= 80.0:
            raise UserError(f"peak_rad {self.peak_rad}: a shin leans no further than 80 deg (1.4 rad)")
        check_profile(self.profile)


def check_profile(name: str) -> None:
    """Refuse a profile that does not exist.

    Raises:
        UserError: it does not.
    """
    if name not in PROFILES:
        raise UserError(f"profile {name!r}: choose {', '.join(PROFILES)}")


@dataclass(frozen=True, slots=True)
class ScriptedRep:
    """One repetition as scripted, before sway.

    Attributes:
        start_s: when the shin leaves the standing pose.
        descent_s, hold_s, ascent_s: durations of the phases.
        peak_rad, frontal_rad, axial_rad: the three angles during the hold.
        profile: how the speed goes in the two ways, one of ``curve.PROFILES``.
    """

    start_s: float
    descent_s: float
    hold_s: float
    ascent_s: float
    peak_rad: float
    frontal_rad: float = 0.0
    axial_rad: float = 0.0
    profile: str = "minimum_jerk"

    @property
    def hold_start_s(self) -> float:
        """When the top is reached."""
        return self.start_s + self.descent_s

    @property
    def hold_end_s(self) -> float:
        """When the way back begins."""
        return self.hold_start_s + self.hold_s

    @property
    def end_s(self) -> float:
        """When the standing pose is reached again."""
        return self.hold_end_s + self.ascent_s


@dataclass(frozen=True, slots=True)
class _Sway:
    """Amplitudes, frequencies and phases of one angle's standing sway."""

    amplitude_rad: FloatArray
    frequency_hz: FloatArray
    phase_rad: FloatArray

    @classmethod
    def draw(cls, sd_rad: float, rng: np.random.Generator, band_hz: tuple[float, float] = SWAY_BAND_HZ) -> _Sway:
        low, high = band_hz
        frequency = low * (high / low) ** rng.random(SWAY_SINUSOIDS)
        # Sway is slow: amplitude falls with frequency. k sinusoids of amplitude a_k have variance sum(a_k^2) / 2.
        shape = 1.0 / frequency
        total = math.sqrt(math.fsum((shape * shape).tolist()) / 2.0)
        return cls(sd_rad / total * shape, frequency, 2.0 * math.pi * rng.random(SWAY_SINUSOIDS))

    def at(self, time_s: FloatArray) -> Curve:
        return sinusoids(time_s, self.amplitude_rad, self.frequency_hz, self.phase_rad)


class Lunge:
    """One leg of a person doing a scripted set: angles and ideal sensor signals at any time, exact.

    Args:
        side: which leg.
        params: how the person moves.
        script: repetitions in time order, not overlapping.
        seed: the simulation's seed: decides the sway.
        movements: what else the leg does, before the set and in it.

    Raises:
        UserError: repetitions overlap, have a phase that lasts no time, or a profile that does not exist.
    """

    def __init__(
        self,
        side: Side,
        params: PersonParams,
        script: Sequence[ScriptedRep],
        seed: int,
        movements: Sequence[Movement] = (),
    ) -> None:
        self.side: Side = side
        self.params = params
        self.script = tuple(script)
        touches = [touch_wall(rep.hold_start_s, params.touch_m) for rep in self.script] if params.touch_m > 0.0 else []
        self.movements: tuple[Movement, ...] = (*movements, *touches)
        before_s = 0.0
        for number, rep in enumerate(self.script, start=1):
            if not (rep.descent_s > 0.0 and rep.ascent_s > 0.0 and rep.hold_s >= 0.0):
                raise UserError(
                    f"repetition {number}: descent and ascent must last more than 0 s and the hold 0 s or more"
                )
            if rep.start_s < before_s:
                raise UserError(f"repetition {number} starts at {rep.start_s} s; it can start from {before_s} s on")
            check_profile(rep.profile)
            before_s = rep.end_s
        names = {rep.profile for rep in self.script}
        self._profiles = tuple(name for name in PROFILES if name in names)
        self._profile = np.array([self._profiles.index(rep.profile) for rep in self.script])
        self._start_s = np.array([rep.start_s for rep in self.script])
        self._columns = {
            name: np.array([getattr(rep, name) for rep in self.script])
            for name in ("descent_s", "hold_end_s", "ascent_s", "peak_rad", "frontal_rad", "axial_rad")
        }
        self._sway = tuple(
            _Sway.draw(sd_rad, generator(seed, "sway", side, angle))
            for angle, sd_rad in (
                ("dorsiflexion", params.sway_sd_rad),
                ("frontal", params.frontal_sway_sd_rad),
                ("axial", params.axial_sway_sd_rad),
            )
        )
        self._tremor = _Sway.draw(params.tremor_sd_rad, generator(seed, "tremor", side), TREMOR_BAND_HZ)

    @property
    def done_s(self) -> float:
        """When the last movement is over; the standing pose is over too."""
        stood_s = max((movement.end_s for movement in self.movements), default=0.0) + self.params.stand_s
        return max((rep.end_s for rep in self.script), default=stood_s)

    def angles(self, time_s: FloatArray) -> ShankAngles:
        """The shin's true angles.

        Args:
            time_s: (n,) true time.

        Returns:
            Dorsiflexion, frontal and axial angle with their derivatives, (n,) each.
        """
        dorsiflexion, frontal, axial = (sway.at(time_s) for sway in self._sway)
        if self.script:
            rep = np.maximum(np.searchsorted(self._start_s, time_s, side="right") - 1, 0)
            c = {name: column[rep] for name, column in self._columns.items()}
            down = self._step(rep, time_s, self._start_s[rep], c["descent_s"])
            back = self._step(rep, time_s, c["hold_end_s"], c["ascent_s"])
            lunge = down.plus(back.times(-1.0))
            dorsiflexion = dorsiflexion.plus(lunge.times(c["peak_rad"]))
            frontal = frontal.plus(lunge.times(c["frontal_rad"]))
            axial = axial.plus(lunge.times(c["axial_rad"]))
            if self.params.tremor_sd_rad > 0.0:
                dorsiflexion = dorsiflexion.plus(self._tremor.at(time_s).product(lunge))
        total = ShankAngles(dorsiflexion, frontal, axial)
        for movement in self.movements:
            total = ShankAngles(*(a.plus(b) for a, b in zip(total, movement.angles(time_s), strict=True)))
        return total

    def pivot(self, time_s: FloatArray) -> Pivot | None:
        """Where the ankle is at (n,) true times; None where nothing ever moves it."""
        return pivot_of(self.movements, time_s) if self.movements else None

    def heel_m(self, time_s: FloatArray) -> FloatArray:
        """How high the heel is at (n,) true times, 0 = flat."""
        total = np.zeros_like(time_s)
        for movement in self.movements:
            total = total + movement.heel_m(time_s)
        return total

    def motion(self, time_s: FloatArray) -> ShankMotion:
        """What an ideal sensor at the person's sensor site feels at (n,) true times, shin axes."""
        return shank_motion(self.angles(time_s), self.side, self.params.site, self.pivot(time_s))

    def _step(self, rep: IntArray, time_s: FloatArray, start_s: FloatArray, duration_s: FloatArray) -> Curve:
        """The phase of each row's repetition, in its own profile."""
        curves = [PROFILES[name](time_s, start_s, duration_s) for name in self._profiles]
        if len(curves) == 1:
            return curves[0]
        rows, which = np.arange(len(time_s)), self._profile[rep]
        return Curve(*(np.stack([curve[order] for curve in curves])[which, rows] for order in range(3)))


def script_set(params: PersonParams, reps: int, side: Side, seed: int, after_s: float = 0.0) -> tuple[ScriptedRep, ...]:
    """Script a guided set of repetitions.

    Args:
        params: how the person moves.
        reps: how many repetitions, >= 0.
        side: which leg. Both legs of a seed keep the same time; each has its own angles.
        seed: the simulation's seed.
        after_s: when what comes before the set is over.

    Returns:
        The repetitions, the first one ``params.stand_s`` after ``after_s``.

    Raises:
        UserError: ``reps`` is negative.
    """
    if reps < 0:
        raise UserError(f"reps {reps}: must be 0 or more")
    tempo, leg = generator(seed, "tempo"), generator(seed, "angles", side)
    script = []
    start_s = after_s + params.stand_s
    for number in range(reps):
        z = np.clip(tempo.standard_normal(4), -SD_LIMIT, SD_LIMIT).tolist()
        a = np.clip(leg.standard_normal(3), -SD_LIMIT, SD_LIMIT).tolist()
        rep = ScriptedRep(
            start_s=start_s,
            descent_s=max(params.descent_s * (1.0 + params.duration_cv * z[0]), SHORTEST_S),
            hold_s=max(params.hold_s * (1.0 + params.duration_cv * z[1]), 0.0),
            ascent_s=max(params.ascent_s * (1.0 + params.duration_cv * z[2]), SHORTEST_S),
            peak_rad=params.peak_rad + params.peak_sd_rad * a[0],
            frontal_rad=params.frontal_rad + params.frontal_sd_rad * a[1] + params.frontal_drift_rad * number,
            axial_rad=params.axial_rad + params.axial_sd_rad * a[2],
            profile=params.profile,
        )
        script.append(rep)
        start_s = rep.end_s + max(params.rest_s * (1.0 + params.duration_cv * z[3]), 0.0)
    return tuple(script)
