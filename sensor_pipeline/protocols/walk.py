"""A programme done by one person in one visit: which step, on which leg, and what became of it.

In: a programme, its protocols, the answers so far. Out: steps, in order, and their outcomes. Must not live here: files,
asking, what happens inside of a step (coach).

Steps and their numbers never change during a visit; an answer given on the way changes only which of those to come are
skipped, and why. A sensor changes legs once: everything is done with one leg, test, exercises and retest, without
taking the strap off, then everything with the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sensor_pipeline.protocols.gate import gate
from sensor_pipeline.protocols.programme import Item, Part, Programme
from sensor_pipeline.protocols.protocol import Dose, Protocol
from sensor_pipeline.protocols.safety import Clearance
from sensor_pipeline.types import Json, Side

Became = Literal["done", "shortened", "skipped"]
OTHER_SITE: Final = "article B suggests it for another place"
SITE_NOT_SAID: Final = "nobody has said yet where it is felt"
BOTH_DONE: Final = "both legs did it already"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit.

    Attributes:
        number: from 1.
        protocol: id.
        part: ask, test, exercise, retest.
        leg: which one, None = both at once, or none.
        dose: how much.
        questions: which questions; empty = all.
        rest_after_s: rest before the next step by the clock, s; None = until the person goes on.
        strap: the sensor goes to ``leg`` before this step.
        optional: may be skipped without a reason.
        push: targets and words that ask for more are allowed.
        skip: why it is not done; "" = it is.
    """

    number: int
    protocol: str
    part: Part
    leg: Side | None
    dose: Dose
    questions: tuple[str, ...]
    rest_after_s: float | None
    strap: bool
    optional: bool
    push: bool
    skip: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step.

    Attributes:
        step: its number.
        protocol: id.
        leg: which one, None = both at once, or none.
        became: done, shortened or skipped.
        reason: why not whole; "" where it was done.
        session: id of its session, None = it has none (a question, or skipped).
    """

    step: int
    protocol: str
    leg: Side | None
    became: Became
    reason: str = ""
    session: str | None = None

    def document(self) -> dict[str, Json]:
        """As session.json keeps it."""
        return {
            "step": self.step,
            "protocol": self.protocol,
            "leg": self.leg,
            "became": self.became,
            "reason": self.reason,
            "session": self.session,
        }


def leg_order(seed: int) -> tuple[Side, Side]:
    """Which leg comes first: drawn by whoever draws the seed, and the same again in a replay."""
    return ("left", "right") if seed % 2 == 0 else ("right", "left")


def steps_of(
    programme: Programme,
    protocols: Mapping[str, Protocol],
    *,
    legs: Sequence[Side],
    clearance: Clearance | None = None,
    sites: Mapping[Side, str] | None = None,
) -> tuple[Step, ...]:
    """Lay out a visit.

    Args:
        programme: what is done.
        protocols: by id.
        legs: in the order they are done, see :func:`leg_order`; one or two.
        clearance: what the safety answers allow; None = not asked yet.
        sites: restriction site of each leg that has answered.

    Returns:
        All steps. Call it again with new answers: numbers stay, reasons to skip change.
    """
    found: list[Step] = []
    strapped: Side | None = None
    both_done: set[int] = set()  # items that both legs do at once
    for index, leg, asked in _course(programme.items, protocols, legs):
        item = programme.items[index]
        protocol = protocols[item.protocol]
        measures = leg is not None and protocol.sensor_leg not in ("either", "none")
        verdict = gate(protocol, clearance)
        skip = "" if verdict.allowed else verdict.say
        if not skip and item.for_sites:
            site = (sites or {}).get(asked)
            skip = SITE_NOT_SAID if site is None else "" if site in item.for_sites else OTHER_SITE
        if index in both_done:
            skip = BOTH_DONE
        elif leg is None and not skip:
            both_done.add(index)
        strap = measures and leg != strapped and not skip
        if strap:
            strapped = leg
        found.append(
            Step(
                number=len(found) + 1,
                protocol=item.protocol,
                part=item.part,
                leg=leg,
                dose=item.dose(protocol),
                questions=item.questions,
                rest_after_s=item.rest_after_s,
                strap=strap,
                optional=item.optional,
                push=verdict.push,
                skip=skip,
            )
        )
    return tuple(found)


def _course(
    items: Sequence[Item], protocols: Mapping[str, Protocol], legs: Sequence[Side]
) -> list[tuple[int, Side | None, Side]]:
    """Items by index, the leg of each (None = both or none), and the leg whose site decides.

    What comes before the first leg's items, the legs one after the other, what comes after. What both legs do at once
    comes with the first leg; where it is for some sites only, the other leg may ask for it too.
    """
    each = [i for i, item in enumerate(items) if protocols[item.protocol].each_leg]
    first, last = (each[0], each[-1] + 1) if each else (len(items), len(items))
    course: list[tuple[int, Side | None, Side]] = [(i, None, legs[0]) for i in range(first)]
    for place, leg in enumerate(legs):
        for i in range(first, last):
            if protocols[items[i].protocol].each_leg:
                course.append((i, leg, leg))
            elif place == 0 or items[i].for_sites:
                course.append((i, None, leg))
    return course + [(i, None, legs[0]) for i in range(last, len(items))]
