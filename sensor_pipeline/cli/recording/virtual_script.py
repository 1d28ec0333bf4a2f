"""What a simulated person does in a protocol: when each repetition begins, how deep and how long it is.

In: a protocol, its dose, a depth. Out: scripted repetitions. Must not live here: sensors, radios, what the guide says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sensor_pipeline.protocols.protocol import Dose, Protocol
    from sensor_pipeline.simulate.person import ScriptedRep

WAY_S: Final = 1.5
"""Down, and up: a lunge of usual pace."""
BETWEEN_S: Final = 4.0
"""Standing between two repetitions: longer than the rest a repetition needs to be whole."""
NOT_TOUCHED_S: Final = 14.0
"""Standing still that says "the knee did not touch": longer than the ten seconds the guide waits."""
TOUCH_DEG: Final = (-4.0, -2.0, 0.0, 0.2)
"""A search: three marks touch, each 1 cm (2 deg) farther; at the fourth the knee goes no deeper than at the third."""
LEAST_COUNT: Final = 3
"""Repetitions where the protocol names no number."""


def script_of(protocol: Protocol, dose: Dose, peak_rad: float, start_s: float) -> list[ScriptedRep]:
    """Script a protocol.

    Args:
        protocol: what is done.
        dose: how much of it.
        peak_rad: the person's usual depth, rad.
        start_s: when the first repetition begins, s.

    Returns:
        Repetitions; none where the protocol asks for none that a sensor sees.
    """
    from sensor_pipeline.frames import RAD_PER_DEG
    from sensor_pipeline.simulate.person import ScriptedRep

    if protocol.way in ("pose", "timer", "questions"):
        return []
    hold_s = (dose.hold_s or 0.0) + 0.5
    period_s = 2.0 * WAY_S + hold_s + BETWEEN_S
    depths_deg: tuple[float, ...]
    if protocol.way == "search":
        depths_deg = TOUCH_DEG + (0.0,) * max(0, (dose.reps or 1) - 1)
    elif dose.total_s is not None:
        depths_deg = (0.0,) * (int(dose.total_s / period_s) + 1)
    else:
        depths_deg = (0.0,) * ((dose.reps or LEAST_COUNT) * dose.sets * max(1, len(dose.directions)))
    found: list[ScriptedRep] = []
    for number, depth_deg in enumerate(depths_deg):
        if protocol.way == "search" and number == len(TOUCH_DEG):
            start_s += NOT_TOUCHED_S
        found.append(ScriptedRep(start_s, WAY_S, hold_s, WAY_S, peak_rad + depth_deg * RAD_PER_DEG))
        start_s += period_s
    return found


def timer_s(dose: Dose) -> float:
    """How long a set by the clock lasts at most, with the time to get into position before each part."""
    from sensor_pipeline.protocols.timer_set import LEAD_S

    one_s = (dose.hold_s if dose.hold_s is not None else dose.pace_s or 0.0) + (dose.rest_s or 0.0)
    rounds = (dose.reps or 1) * dose.sets
    return max(1, len(dose.directions)) * (rounds * one_s + LEAD_S)


def later(script: Sequence[ScriptedRep], by_s: float) -> list[ScriptedRep]:
    """The same repetitions, later."""
    return [replace(rep, start_s=rep.start_s + by_s) for rep in script]
