"""The safety gate at one protocol: may it be done now, and may the person be prompted to go further.

In: a protocol, what the safety answers allow. Out: a :class:`Verdict`. Must not live here: questions, what an answer
means (safety).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sensor_pipeline.protocols.protocol import Protocol
from sensor_pipeline.protocols.safety import Clearance, PainSite, SafetyAnswers, judge

NOT_ASKED: Final = "The safety questions come first: it loads or stretches the ankle."
ACHILLES: Final = "Pain in the Achilles tendon takes it out: it stretches or presses the tendon."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one protocol.

    Attributes:
        allowed: it may be done now.
        push: targets, bests and words that ask for more are allowed.
        say: why not, or what to mind; "" = nothing.
    """

    allowed: bool
    push: bool
    say: str = ""


def gate(protocol: Protocol, clearance: Clearance | None) -> Verdict:
    """Ask the gate.

    Args:
        protocol: what is to be done.
        clearance: what the answers allow; None = nobody answered.

    Returns:
        Whether it may be done. What neither loads nor stretches is never held back, but no pushing after pain.
    """
    if clearance is None:
        return Verdict(False, False, NOT_ASKED) if protocol.care.loads else Verdict(True, True)
    if protocol.care.loads and not clearance.load:
        return Verdict(False, False, clearance.say)
    if protocol.care.strains_achilles and not clearance.stretch:
        return Verdict(False, False, f"{ACHILLES} {clearance.say}" if clearance.load else clearance.say)
    return Verdict(True, clearance.push, clearance.say if protocol.care.loads else "")


def clearance_of(answers: SafetyAnswers | None) -> Clearance | None:
    """What answers allow; None where nobody answered."""
    return None if answers is None else judge(answers)


def kept(answers: SafetyAnswers) -> SafetyAnswers:
    """What of the answers is kept for the person: all but pain, which is asked each time."""
    return replace(answers, pain=0, pain_site=None)


def reconfirmed(before: SafetyAnswers, pain: int, pain_site: PainSite | None) -> SafetyAnswers:
    """The kept answers, confirmed unchanged, with today's pain.

    Raises:
        UserError: a pain that makes no sense.
    """
    return replace(kept(before), pain=pain, pain_site=pain_site)
