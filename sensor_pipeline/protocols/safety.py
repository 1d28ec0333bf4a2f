"""The safety gate: what is asked before a person loads an ankle, and what an answer means.

In: answers. Out: the questions as data; what may be done after an answer. Must not live here: asking, screens, records.

The gate is a list of exclusions, shown as such; it names no cause and gives no advice but to ask a clinician.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Json

PURPOSE: Final = (
    "Records shin angle during exercise for fitness and self-tracking. It does not diagnose, treat or monitor any "
    "injury."
)
STOP_SIGNS: Final = "Sudden calf pain, a pop, pinching: stop."
CANNOT_SAY_WHY: Final = "This tool cannot say why; a clinician can."
ANSWER_KEY: Final = "safety"
"""Key of the answers in session.json and in the value of an ``answer`` input."""
MOST_PAIN: Final = 10


class Exclusion(NamedTuple):
    """Something that takes loading and stretching out until a clinician was asked."""

    id: str
    text: str


EXCLUSIONS: Final = (
    Exclusion("achilles", "Achilles rupture or repair"),
    Exclusion("surgery_or_fracture", "recent ankle or foot surgery or fracture"),
    Exclusion("cast_or_boot", "cast or boot"),
    Exclusion("rest_pain", "pain at rest"),
    Exclusion("swelling", "swelling"),
    Exclusion("numbness", "numbness"),
)
"""The gate before tests and stretches at the end of the range, in the order they are asked."""

PainSite = Literal["achilles", "front", "pinching", "other"]
PAIN_SITES: Final[tuple[PainSite, ...]] = get_args(PainSite)
PAIN_SITE_TEXTS: Final[Mapping[PainSite, str]] = {
    "achilles": "the Achilles tendon",
    "front": "the front of the ankle",
    "pinching": "a pinching in the ankle",
    "other": "somewhere else",
}


@dataclass(frozen=True, slots=True)
class SafetyAnswers:
    """What a person answered.

    Attributes:
        excluded: ids of the exclusions that apply, to either leg.
        cleared: a clinician said that loading the ankle is fine; asked only where something applies.
        pain: in either ankle or foot right now, 0 to 10.
        pain_site: where, None without pain.

    Raises:
        UserError: an unknown exclusion, a pain outside of 0 to 10, or pain without a place.
    """

    excluded: tuple[str, ...] = ()
    cleared: bool = False
    pain: int = 0
    pain_site: PainSite | None = None

    def __post_init__(self) -> None:
        known = [exclusion.id for exclusion in EXCLUSIONS]
        for name in self.excluded:
            if name not in known:
                raise UserError(f"safety answers: {name!a} is no exclusion; choose among {', '.join(known)}")
        if isinstance(self.pain, bool) or not isinstance(self.pain, int) or not 0 <= self.pain <= MOST_PAIN:
            raise UserError(f"safety answers: pain {self.pain!a}: give a whole number from 0 to {MOST_PAIN}")
        if self.pain and self.pain_site not in PAIN_SITES:
            raise UserError(f"safety answers: pain_site {self.pain_site!a}: choose one of {', '.join(PAIN_SITES)}")
        if not self.pain and self.pain_site is not None:
            raise UserError(f"safety answers: pain_site {self.pain_site!a} without pain; leave it out")

    def document(self) -> dict[str, Json]:
        """The answers as session.json keeps them."""
        return {
            "excluded": list(self.excluded),
            "cleared": self.cleared,
            "pain": self.pain,
            "pain_site": self.pain_site,
        }


def read_answers(document: Json) -> SafetyAnswers:
    """Read answers from the object that :meth:`SafetyAnswers.document` makes; what is missing was not said: no.

    Args:
        document: parsed JSON.

    Raises:
        UserError: no object, an unknown key, or a value that makes no sense.
    """
    if not isinstance(document, Mapping):
        raise UserError('safety answers: give an object such as {"excluded": [], "pain": 0}')
    unknown = sorted(set(map(str, document)) - {"excluded", "cleared", "pain", "pain_site"})
    if unknown:
        raise UserError(f"safety answers: unknown {unknown[0]!a}; there are excluded, cleared, pain and pain_site")
    excluded = document.get("excluded", [])
    if not isinstance(excluded, list) or not all(isinstance(name, str) for name in excluded):
        raise UserError(f"safety answers: excluded {excluded!a}: give an array of ids")
    cleared = document.get("cleared", False)
    if not isinstance(cleared, bool):
        raise UserError(f"safety answers: cleared {cleared!a}: give true or false")
    return SafetyAnswers(tuple(excluded), cleared, document.get("pain", 0), document.get("pain_site"))


@dataclass(frozen=True, slots=True)
class Clearance:
    """What may be done after the answers.

    Attributes:
        load: the ankle may be loaded at all: lunges, tests, guided mounting.
        stretch: stretches may be offered.
        push: the person may be prompted to go further: targets, holds, bests, rewards for a larger angle.
        say: what the person is told, "" = nothing.
    """

    load: bool
    stretch: bool
    push: bool
    say: str = ""


def judge(answers: SafetyAnswers) -> Clearance:
    """Say what may be done.

    Args:
        answers: of the person, now.

    Returns:
        The strictest of what each answer allows: an exclusion that applies, front pain or pinching stop everything;
        Achilles pain takes the stretches out; whatever applies or hurts ends all prompts to push.
    """
    texts = [exclusion.text for exclusion in EXCLUSIONS if exclusion.id in answers.excluded]
    if texts and not answers.cleared:
        return Clearance(False, False, False, f"{', '.join(texts)}: ask your clinician first. {CANNOT_SAY_WHY}")
    if answers.pain_site in ("front", "pinching"):
        where = PAIN_SITE_TEXTS[answers.pain_site]
        return Clearance(False, False, False, f"Pain: {where}: stop for today; ask your clinician. {CANNOT_SAY_WHY}")
    if answers.pain_site == "achilles":
        say = (
            "Pain in the Achilles tendon takes the stretches out: no target, no prompts; go only as far as it is free."
        )
        return Clearance(True, False, False, f"{say} {STOP_SIGNS}")
    if answers.pain or texts:
        return Clearance(
            True, True, False, f"No target and no prompts today: go only as far as it is free. {STOP_SIGNS}"
        )
    return Clearance(True, True, True, STOP_SIGNS)
