"""What a guided session needs beside its sensors: the protocol's text and what is known of the person, as data.

In: nothing. Out: :class:`Guidance`, kept in session.json, so that a replay gives the same cues. Must not live here:
what is said when.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.protocol import Dose, Protocol
from sensor_pipeline.types import Targets


@dataclass(frozen=True, slots=True)
class Guidance:
    """How a session is guided. The same guidance, records and events give the same cues.

    Attributes:
        text: the protocol (TOML).
        seed: decides which leg comes first where two carry sensors, and nothing else.
        gated: the safety answers are waited for before anything that loads; False where nobody wears the sensor.
        shank_cm: length of the shank, ankle to knee, cm; None = asked, and without an answer no cross-check in cm.
        start_cm: distance of big toe and wall at the first try, cm; None = asked; without an answer counted from there.
        reps, hold_s, sets, rest_s: doses in place of the protocol's, as a programme gives them; None = the protocol's.
    """

    text: str
    seed: int = 0
    gated: bool = True
    shank_cm: float | None = None
    start_cm: float | None = None
    reps: int | None = None
    hold_s: float | None = None
    sets: int | None = None
    rest_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("shank_cm", "start_cm"):
            value = getattr(self, name)
            if value is not None and not LEAST_CM <= value <= MOST_CM[name]:
                raise UserError(f"{name} {value:g}: give {LEAST_CM:g} to {MOST_CM[name]:g} cm, or leave it out")

    def dose(self, protocol: Protocol) -> Dose:
        """The protocol's dose with this session's numbers in it."""
        names = ("reps", "hold_s", "sets", "rest_s")
        return replace(protocol.dose, **{n: getattr(self, n) for n in names if getattr(self, n) is not None})


LEAST_CM = 0.0
MOST_CM = {"shank_cm": 70.0, "start_cm": 30.0}
"""Longer than any shank, farther than any toe from the wall it touches with the knee (12 +- 2.8 cm, Hoch 2011)."""


def targets_of(protocol: Protocol, dose: Dose, own_best_deg: float | None = None) -> Targets:
    """What repetitions of a protocol are measured against.

    Args:
        protocol: what is done.
        dose: how much of it.
        own_best_deg: the person's own best of this protocol, degrees; None in a first session: no target then.

    Returns:
        Targets; an angle only where the protocol measures against the own best, a hold only where the sensor sees it.
    """
    seen = protocol.way in ("search", "tries", "reps")
    reps = dose.reps if protocol.way == "reps" and dose.reps is not None else None
    if reps is not None:
        reps *= dose.sets * max(1, len(dose.directions))
    return Targets(
        angle_deg=own_best_deg if protocol.target.own_best and seen else None,
        hold_s=(dose.hold_s or 0.0) if seen else 0.0,
        reps=reps,
    )
