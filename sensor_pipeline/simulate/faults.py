"""Faults a simulated person makes on request: which, how large, in which repetition.

In: text such as ``heel_lift:20mm@4``, a script. Out: :class:`Fault`; the script with its faults, and the movements that
belong to it. Must not live here: finding faults, a fault's score.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.simulate.heel import HeelLift
from sensor_pipeline.simulate.movement import Movement, dip
from sensor_pipeline.simulate.person import ScriptedRep


class FaultKind(NamedTuple):
    """A fault that can be asked for.

    Attributes:
        unit: of its size, "" where it has none.
        most: largest size in that unit, more than 0.
        label: its id in the labels, "" where the core's own function names it from the true angle.
        meaning: one line of help.
    """

    unit: str
    most: float
    label: str
    meaning: str


FAULTS: Final[dict[str, FaultKind]] = {
    "heel_lift": FaultKind("mm", 60.0, "heel_lift", "the heel rises late in the descent; the shin goes as far as ever"),
    "knee_in": FaultKind("deg", 25.0, "shin_tilts_in", "the knee goes further inwards"),
    "rotate_in": FaultKind("deg", 25.0, "shin_rotates", "the shin turns further inwards"),
    "short": FaultKind("deg", 25.0, "", "stops short of the target"),
    "hold_short": FaultKind("", 0.0, "", "leaves the top at once"),
    "double_dip": FaultKind("", 0.0, "hold_unsteady", "comes up by a third in the hold and goes down again"),
    "abort": FaultKind("", 0.0, "", "turns back before half of the way"),
}
"""Every fault by name; sizes that a person can reach (own choice)."""
HEEL_WAY_S: Final = 0.6
"""A heel takes this long to rise and to sink, less where the way is shorter than twice that (assumption)."""
SHORT_HOLD_S: Final = 0.2
"""Time at the top of a hold that is left at once; what counts as holding begins before and ends after it."""
DIP_HOLD_S: Final = 3.0
"""A double dip takes 1.4 s in the middle; with less time at the top than this it would not be a hold."""
DIP_SHARE: Final = 1.0 / 3.0
"""How far a double dip comes up, of the peak: less than the half that would make two repetitions of it."""
ABORT_SHARE: Final = 0.45
"""How far an aborted try goes, of the peak."""
_FORM: Final = re.compile(r"([a-z_]+)(?::([0-9]+(?:\.[0-9]+)?)([a-z]+))?@([0-9]{1,6})")


class Fault(NamedTuple):
    """A fault asked for: ``size`` in the kind's unit, None where it has none; ``rep`` from 1."""

    kind: str
    size: float | None
    rep: int

    def __str__(self) -> str:
        size = "" if self.size is None else f":{self.size:g}{FAULTS[self.kind].unit}"
        return f"{self.kind}{size}@{self.rep}"


@dataclass(frozen=True, slots=True)
class FaultyScript:
    """A script with its faults, and the movements that go with it."""

    script: tuple[ScriptedRep, ...]
    movements: tuple[Movement, ...]


def form(kind: str) -> str:
    """How a fault of a kind is written, for example ``heel_lift:MMmm@REP``."""
    unit = FAULTS[kind].unit
    return f"{kind}:{unit.upper()}{unit}@REP" if unit else f"{kind}@REP"


def parse_fault(text: str) -> Fault:
    """Read a fault such as ``heel_lift:20mm@4`` or ``abort@2``.

    Raises:
        UserError: not of that form, no such fault, a missing or strange size; the message says what to write.
    """
    match = _FORM.fullmatch(text)
    kind = re.split("[:@]", text[:60], maxsplit=1)[0]
    if kind not in FAULTS:
        from difflib import get_close_matches

        near = get_close_matches(kind, FAULTS, n=1)
        hint = f"did you mean {form(near[0])!r}?" if near else f"choose {', '.join(map(form, FAULTS))}"
        raise UserError(f"fault {text[:60]!r}: {hint}")
    unit = FAULTS[kind].unit
    if match is None or (match[3] or "") != unit:
        raise UserError(f"fault {text[:60]!r}: write {form(kind)}")
    size = None if match[2] is None else float(match[2])
    if size is not None and not 0.0 < size <= FAULTS[kind].most:
        raise UserError(f"fault {text[:60]!r}: the size must be above 0 and at most {FAULTS[kind].most:g} {unit}")
    return Fault(kind, size, int(match[4]))


def check_faults(faults: Sequence[Fault], reps: int) -> None:
    """Refuse faults that cannot be made together.

    Raises:
        UserError: a repetition that is not made, or faults of one repetition that exclude each other.
    """
    for number, fault in enumerate(faults):
        if not 1 <= fault.rep <= reps:
            raise UserError(f"fault {fault}: the set has repetitions 1 to {reps}")
        for other in faults[:number]:
            at_the_top = {"short", "hold_short", "double_dip", "abort"}
            exclude = {other.kind, fault.kind} in ({"hold_short", "double_dip"}, {"short", "abort"}) or (
                "abort" in (other.kind, fault.kind) and {other.kind, fault.kind} <= at_the_top
            )
            if other.rep == fault.rep and (other.kind == fault.kind or exclude):
                raise UserError(f"faults {other} and {fault} exclude each other; give one of them another repetition")


def with_faults(script: Sequence[ScriptedRep], faults: Sequence[Fault], target_rad: float) -> FaultyScript:
    """Put faults into a script; what follows a repetition that takes longer or shorter keeps its distance.

    Args:
        script: repetitions without faults.
        faults: as :func:`check_faults` lets through.
        target_rad: angle the set asks for; ``short`` is counted from it.

    Returns:
        The script and the movements of its faults.

    Raises:
        UserError: see :func:`check_faults`, or no angle is left below the target.
    """
    check_faults(faults, len(script))
    changed: list[ScriptedRep] = []
    movements: list[Movement] = []
    later_s = 0.0
    for number, clean in enumerate(script, start=1):
        rep = replace(clean, start_s=clean.start_s + later_s)
        own = [fault for fault in faults if fault.rep == number]
        for fault in own:
            rep = _scripted(rep, fault, target_rad)
        later_s += (rep.end_s - rep.start_s) - (clean.end_s - clean.start_s)
        changed.append(rep)
        for fault in own:
            movements += _moved(rep, fault)
    return FaultyScript(tuple(changed), tuple(movements))


def _scripted(rep: ScriptedRep, fault: Fault, target_rad: float) -> ScriptedRep:
    size_rad = (fault.size or 0.0) * RAD_PER_DEG
    match fault.kind:
        case "knee_in":
            return replace(rep, frontal_rad=rep.frontal_rad + size_rad)
        case "rotate_in":
            return replace(rep, axial_rad=rep.axial_rad + size_rad)
        case "short":
            if not target_rad - size_rad >= 12.0 * RAD_PER_DEG:
                raise UserError(
                    f"fault {fault}: leaves less than 12 deg of the target of {target_rad * DEG_PER_RAD:.1f} deg, "
                    "which is no repetition any more; make it smaller"
                )
            return replace(rep, peak_rad=target_rad - size_rad)
        case "hold_short":
            return replace(rep, hold_s=min(rep.hold_s, SHORT_HOLD_S))
        case "double_dip":
            return replace(rep, hold_s=max(rep.hold_s, DIP_HOLD_S))
        case "abort":
            return replace(rep, peak_rad=ABORT_SHARE * rep.peak_rad, hold_s=0.0)
    return rep


def _moved(rep: ScriptedRep, fault: Fault) -> list[Movement]:
    if fault.kind == "double_dip":
        return [dip((rep.hold_start_s + rep.hold_end_s) / 2.0, DIP_SHARE * rep.peak_rad)]
    if fault.kind != "heel_lift":
        return []
    rise_s, fall_s = min(HEEL_WAY_S, rep.descent_s / 2.0), min(HEEL_WAY_S, rep.ascent_s / 2.0)
    height_m = (fault.size or 0.0) / 1000.0
    return [HeelLift(rep.hold_start_s - rise_s, rep.hold_start_s, rep.hold_end_s, rep.hold_end_s + fall_s, height_m)]
