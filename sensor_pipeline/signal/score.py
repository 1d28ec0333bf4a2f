"""Faults and the score of a repetition: from its measures, what was asked for, and the person's own baseline.

In: a repetition with its measures, targets, baseline. Out: :class:`Verdict`: components, faults, words for both, score.
Must not live here: how anything is measured, how a baseline comes about.

``score = 100 * depth * mean of the other components``. Depth multiplies, so that no smoothness makes up for lunges that
go half as far; every component is 0 to 1, and every one below 1 says why in words. Nothing is compared with the running
mean of the set: a set that is bad throughout is bad.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sensor_pipeline.signal.quality import Measures
from sensor_pipeline.types import Rep, Targets


@dataclass(frozen=True, slots=True)
class ScoreParams:
    """From where on something is a fault, and what a component costs.

    A component that ``ramp`` describes is 1 up to its first value, 0 from its second on, and straight in between.

    Attributes:
        depth_from: part of the target angle that earns nothing: half as deep is no lunge of that target.
        way_s: shortest way where the targets ask for none, s: a minimum-jerk lunge of 40 deg in 0.6 s reaches 125 deg/s
            and leaves no time to feel the end of the range (own choice).
        hold_rms_deg: unsteadiness of a hold, deg, rms (own choice: three times the sway of a braced stance, 0.25 deg,
            and the ramp's end at a visible wobble).
        dip_deg: coming up and going down again within one repetition, deg: as far as ends a hold.
        missing_part: part of the range of motion left at the end.
        side_deg: least change inwards, beyond the baseline, that is a fault, deg: twice what the shin's frontal tilt
            from one sensor is good for (1 to 3 deg, Mitternacht 2022, in its middle).
        side_sds: the same in standard deviations of the baseline.
        least_sd_deg: a baseline of few repetitions does not know its standard deviation: taken as this at least, deg.
        baseline_reps: repetitions that make a baseline.
        rough: spectral arc length of a way that lasts no time from which on it is jerky, and where the ramp ends. Of
            ways as smooth as people are modelled, the roughest profile (an even speed) has -1.9.
        rough_per_s: how much rougher a way may be for each second it takes: tremor of one size costs 0.3 a second
            (evidence: 0.5 deg give -1.68, -1.88, -2.29 at 0.7, 1.25, 2.5 s).
    """

    depth_from: float = 0.5
    way_s: float = 0.6
    hold_rms_deg: tuple[float, float] = (0.75, 2.0)
    dip_deg: tuple[float, float] = (3.0, 12.0)
    missing_part: tuple[float, float] = (0.10, 0.50)
    side_deg: float = 4.0
    side_sds: float = 3.0
    least_sd_deg: float = 0.5
    baseline_reps: int = 3
    rough: tuple[float, float] = (-2.4, -4.0)
    rough_per_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a person: mean and standard deviation over some repetitions, deg."""

    mean_deg: float
    sd_deg: float

    @staticmethod
    def of(values_deg: Sequence[float], least_sd_deg: float) -> Usual:
        """From two values or more; the deviation is ``least_sd_deg`` at least."""
        mean = math.fsum(values_deg) / len(values_deg)
        variance = math.fsum((value - mean) ** 2 for value in values_deg) / (len(values_deg) - 1)
        return Usual(mean, max(math.sqrt(variance), least_sd_deg))


@dataclass(frozen=True, slots=True)
class Baseline:
    """The person's own frontal and axial change, from the first repetitions under one mounting."""

    frontal: Usual
    axial: Usual


@dataclass(slots=True)
class Verdict:
    """What a repetition gets. ``words``: what speaks for each fault and each component below 1, in order."""

    components: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def part(self, name: str, value: float, words: str, fault: str = "", *, at_fault: bool = False) -> None:
        """Add a component; with ``fault`` also the fault that it is about, if ``at_fault``."""
        self.components[name] = value = min(1.0, max(0.0, value))
        if at_fault and fault not in self.faults:
            self.faults.append(fault)
        if at_fault or value < 1.0:
            self.words.append(f"{fault if at_fault else name}: {words}")


def judge(
    rep: Rep, measures: Measures, targets: Targets, baseline: Baseline | None, params: ScoreParams = ScoreParams()
) -> Verdict:
    """Grade a repetition that was measured whole.

    Args:
        rep: with the faults that the detector found.
        measures: of its rows.
        targets: what was asked for.
        baseline: the person's own, None while there is none: then side movements are not judged.
        params: limits.

    Returns:
        Components, faults in the order of ``Rep``'s list, words.
    """
    v = Verdict(faults=list(rep.faults))
    if targets.angle_deg is not None and targets.grade_depth:
        asked = targets.angle_deg
        depth = (rep.peak_deg / asked - params.depth_from) / (1.0 - params.depth_from)
        fault = "short_of_target"
        v.part("depth", depth, f"{rep.peak_deg:.1f} of {asked:g} deg", fault, at_fault=fault in v.faults)
    _tempo(v, rep, targets, params)
    if targets.hold_s > 0.0:
        fault = "hold_short"
        words = f"held {rep.hold_s:.1f} of {targets.hold_s:g} s"
        v.part("hold", rep.hold_s / targets.hold_s, words, fault, at_fault=fault in v.faults)
    _steadiness(v, measures, params)
    left = measures.missing_deg / rep.rom_deg
    words = f"ended {measures.missing_deg:.0f} deg above the start"
    v.part(
        "return", ramp(left, *params.missing_part), words, "incomplete_return", at_fault="incomplete_return" in v.faults
    )
    if baseline is not None and measures.frontal_change_deg is not None and measures.axial_change_deg is not None:
        inwards = measures.frontal_change_deg
        _side(
            v,
            "tilt",
            "shin_tilts_in",
            "the knee moved",
            inwards,
            inwards - baseline.frontal.mean_deg,
            baseline.frontal,
            params,
        )
        turned = measures.axial_change_deg
        _side(
            v,
            "rotation",
            "shin_rotates",
            "the shin turned",
            turned,
            abs(turned - baseline.axial.mean_deg),
            baseline.axial,
            params,
        )
    _smoothness(v, rep, measures, params)
    v.faults.sort(key=lambda fault: ORDER.index(fault) if fault in ORDER else len(ORDER))
    return v


ORDER = (
    "heel_lift",
    "short_of_target",
    "too_fast",
    "hold_short",
    "hold_unsteady",
    "incomplete_return",
    "shin_tilts_in",
    "shin_rotates",
    "jerky",
)
"""Every fault id, in the order in which they are listed."""


def score(components: dict[str, float], targets: Targets) -> float | None:
    """The score, 0 to 100: depth times the mean of the other components.

    Returns:
        None without a target angle: how deep is the first thing to grade. Where pain was logged, depth does not enter.
    """
    if targets.angle_deg is None:
        return None
    others = [value for name, value in components.items() if name != "depth"]
    return 100.0 * components.get("depth", 1.0) * math.fsum(others) / len(others)


def ramp(value: float, good: float, bad: float) -> float:
    """1 up to ``good``, 0 from ``bad`` on, straight in between; ``bad`` may be the smaller of the two."""
    return min(1.0, max(0.0, (bad - value) / (bad - good)))


def _tempo(v: Verdict, rep: Rep, targets: Targets, params: ScoreParams) -> None:
    least_s = targets.way_s or params.way_s
    ways = {"down": rep.descent_s, "back": rep.ascent_s}
    name = min(ways, key=lambda way: ways[way])
    words = f"{name} in {ways[name]:.1f} s, {least_s:g} s or more is asked for"
    v.part("tempo", 2.0 * ways[name] / least_s - 1.0, words, "too_fast", at_fault=ways[name] < least_s)


def _steadiness(v: Verdict, measures: Measures, params: ScoreParams) -> None:
    dip = measures.dip_deg
    if measures.hold_rms_deg is None and dip < params.dip_deg[0]:
        return
    rms = measures.hold_rms_deg or 0.0
    by_rms, by_dip = ramp(rms, *params.hold_rms_deg), ramp(dip, *params.dip_deg)
    words = (
        f"came up by {dip:.0f} deg and went down again"
        if by_dip <= by_rms < 1.0 or by_dip < 1.0
        else (f"swayed by {rms:.1f} deg rms in the hold, up to {params.hold_rms_deg[0]:g} is steady")
    )
    at_fault = rms > params.hold_rms_deg[0] or dip > params.dip_deg[0]
    v.part("steadiness", min(by_rms, by_dip), words, "hold_unsteady", at_fault=at_fault)


def _side(
    v: Verdict, name: str, fault: str, what: str, moved_deg: float, beyond_deg: float, usual: Usual, params: ScoreParams
) -> None:
    limit = max(params.side_deg, params.side_sds * usual.sd_deg)
    words = f"{what} {_inwards(moved_deg)}, your baseline is {_inwards(usual.mean_deg)} +- {usual.sd_deg:.1f}"
    v.part(name, ramp(beyond_deg, 0.75 * limit, 2.0 * limit), words, fault, at_fault=beyond_deg > limit)


def _inwards(deg: float) -> str:
    return f"{abs(deg):.1f} deg {'outwards' if deg < 0.0 else 'inwards'}"


def _smoothness(v: Verdict, rep: Rep, measures: Measures, params: ScoreParams) -> None:
    ways = (("down", measures.sparc_descent, rep.descent_s), ("back", measures.sparc_ascent, rep.ascent_s))
    known = [(arc + params.rough_per_s * way_s, name, arc) for name, arc, way_s in ways if arc is not None]
    if not known:
        return
    worst, name, arc = min(known)
    v.part(
        "smoothness",
        ramp(worst, *params.rough),
        f"the way {name} has a spectral arc length of {arc:.1f}; a smooth one has -1.4 to -1.9",
        "jerky",
        at_fault=worst < params.rough[0],
    )
