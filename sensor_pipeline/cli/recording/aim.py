"""What a guided session aims at: the protocol, the person's own best, doses from options and programmes.

In: a plan with its sensors, wishes, the library. Out: the plan with guidance and targets. Must not live here:
questions, what the guide says, what is known of a person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.plan import Plan
    from sensor_pipeline.cli.recording.questions import Answerer
    from sensor_pipeline.protocols.protocol import Dose, Protocol
    from sensor_pipeline.types import Side


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person typed beside the protocol; None = the protocol's.

    Attributes:
        target_deg: target angle, degrees, in place of the own best.
        reps, hold_s, sets, rest_s: doses.
        shank_cm: length of the shank, cm.
        start_cm: distance of big toe and wall at the first try, cm.
        seed: decides which leg comes first.
    """

    target_deg: float | None = None
    reps: int | None = None
    hold_s: float | None = None
    sets: int | None = None
    rest_s: float | None = None
    shank_cm: float | None = None
    start_cm: float | None = None
    seed: int = 0

    def dose(self, protocol: Protocol) -> Dose:
        """The protocol's dose with what was typed in it."""
        dose = protocol.dose
        return replace(
            dose,
            reps=dose.reps if self.reps is None else self.reps,
            hold_s=dose.hold_s if self.hold_s is None else self.hold_s,
            sets=dose.sets if self.sets is None else self.sets,
            rest_s=dose.rest_s if self.rest_s is None else self.rest_s,
        )


def aimed(plan: Plan, protocol: Protocol, wish: Wish) -> Plan:
    """Give a plan its protocol, guidance and targets.

    Args:
        plan: with its sensors, person and answers; what the library knows of the person is used where nothing was
            typed.
        protocol: what is done.
        wish: what was typed.

    Returns:
        The plan. The target is the own best of the leg; of two legs the smaller one, none where one of them has none.

    Raises:
        UserError: a length that makes no sense.
        FileError: the library cannot be read.
    """
    from sensor_pipeline.library.known import known_of, own_best_deg
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.protocols.guidance import Guidance, targets_of
    from sensor_pipeline.protocols.guide import SHANK_KEY

    shank_cm, best_deg, said = wish.shank_cm, wish.target_deg, dict(plan.said)
    if plan.person is not None and not plan.simulated:
        library = Library(plan.library)
        if shank_cm is None:
            shank_cm = known_of(library, plan.person).shank_cm
        if best_deg is None and protocol.target.own_best:
            bests = [own_best_deg(library, plan.person, protocol, side) for side in _sides(plan)]
            found = [best for best in bests if best is not None]
            best_deg = min(found) if found and len(found) == len(bests) else None
    guidance = Guidance(
        protocol.text,
        seed=wish.seed,
        gated=not plan.simulated,
        shank_cm=shank_cm,
        start_cm=wish.start_cm,
        reps=wish.reps,
        hold_s=wish.hold_s,
        sets=wish.sets,
        rest_s=wish.rest_s,
    )
    if wish.shank_cm is not None:
        said[SHANK_KEY] = wish.shank_cm  # kept for the person's next sessions
    targets = targets_of(protocol, wish.dose(protocol), best_deg)
    if wish.target_deg is not None:
        targets = replace(targets, angle_deg=wish.target_deg)
    return replace(plan, protocol=protocol, guidance=guidance, targets=targets, said=said)


def _sides(plan: Plan) -> tuple[Side, ...]:
    return tuple(one.side for one in plan.wanted)


async def with_lengths(wish: Wish, plan: Plan, answerer: Answerer) -> Wish:
    """Ask once for the lengths that a search can use, where they are not known; each may stay open.

    Args:
        wish: what was typed.
        plan: of the session.
        answerer: who is asked.
    """
    if plan.protocol is None or plan.protocol.way != "search" or plan.simulated:
        return wish
    from sensor_pipeline.cli.recording.questions import Ask
    from sensor_pipeline.library.known import known_of
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.protocols import guide_words as words
    from sensor_pipeline.protocols.guidance import LEAST_CM, MOST_CM
    from sensor_pipeline.protocols.guide import SHANK_KEY

    known = None if plan.person is None else known_of(Library(plan.library), plan.person).shank_cm
    if wish.shank_cm is None and known is None:
        ask = Ask(SHANK_KEY, words.ASK_SHANK, "number", LEAST_CM, MOST_CM["shank_cm"])
        wish = replace(wish, shank_cm=await answerer.answer(ask))
    if wish.start_cm is None:
        ask = Ask("distance", "How far is the big toe from the wall, in cm?", "number", LEAST_CM, MOST_CM["start_cm"])
        wish = replace(wish, start_cm=await answerer.answer(ask))
    return wish
