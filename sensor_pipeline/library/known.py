"""What the library knows of a person before a session: safety answers to confirm, the shank's length, own bests.

In: the person's earlier sessions. Out: :class:`Known`, a best angle. Must not live here: asking, what an answer means.

Nothing is stored a second time: a person's answers are those of the newest session that has them. Pain is never taken
from an earlier session; it is asked each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.gate import kept
from sensor_pipeline.protocols.guidance import LEAST_CM, MOST_CM
from sensor_pipeline.protocols.guide import SHANK_KEY
from sensor_pipeline.protocols.safety import ANSWER_KEY, SafetyAnswers, read_answers
from sensor_pipeline.recording.report import RESULTS

if TYPE_CHECKING:
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.protocols.protocol import Protocol, Way
    from sensor_pipeline.recording.manifest import Manifest
    from sensor_pipeline.types import Json, Side


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier sessions tell of a person.

    Attributes:
        answers: the safety answers without pain, to be confirmed; None = never given.
        shank_cm: length of the shank, cm; None = never given.
    """

    answers: SafetyAnswers | None = None
    shank_cm: float | None = None


def known_of(library: Library, person: str) -> Known:
    """Look through a person's sessions, newest first. Simulated ones tell nothing of anybody.

    Args:
        library: where the sessions are.
        person: pseudonym.

    Returns:
        The newest of each.

    Raises:
        FileError: the library cannot be read. A damaged session is passed over.
    """
    answers: SafetyAnswers | None = None
    shank_cm: float | None = None
    for listing in library.sessions():
        manifest = listing.manifest
        if manifest is None or manifest.simulated or manifest.person != person:
            continue
        answers = answers or _answers(manifest.answers.get(ANSWER_KEY))
        shank_cm = shank_cm or _length_cm(manifest.answers.get(SHANK_KEY))
        if answers is not None and shank_cm is not None:
            break
    return Known(answers, shank_cm)


def _answers(document: Json) -> SafetyAnswers | None:
    if document is None:
        return None
    try:
        return kept(read_answers(document))
    except UserError:
        return None  # of another version: it is asked anew


def _length_cm(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if LEAST_CM < value <= MOST_CM["shank_cm"] else None


def own_best_deg(library: Library, person: str, protocol: Protocol, side: Side) -> float | None:
    """Look up a person's own best of a protocol on one leg.

    What counts is what a session came to: the result of its guided set where it has one, its best scored repetition
    otherwise. A knee-to-wall session without a result has none: at a nearer mark the wall sets the angle. Left out are
    simulated sessions, those with pain, and best repetitions of a set in which the heel may have lifted: a larger angle
    is no target then.

    Args:
        library: where the sessions are.
        person: pseudonym.
        protocol: what was done.
        side: leg.

    Returns:
        Degrees; None where no session tells.

    Raises:
        FileError: the library cannot be read. A damaged session is passed over.
    """
    bests = [
        best
        for listing in library.sessions()
        if (manifest := listing.manifest) is not None
        and not manifest.simulated
        and (manifest.person, manifest.protocol) == (person, protocol.id)
        and not _hurt(manifest.answers.get(ANSWER_KEY))
        and (best := _best_deg(manifest, side, protocol.way)) is not None
    ]
    return max(bests, default=None)


def _hurt(document: Json) -> bool:
    return isinstance(document, dict) and document.get("pain", 0) != 0


def _best_deg(manifest: Manifest, side: Side, way: Way) -> float | None:
    summary = manifest.summary or {}
    found = _part(summary.get(RESULTS), side).get("best_deg")
    if found is None and way != "search":
        found = _clean_best(_part(summary.get("by_side"), side))
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _clean_best(part: dict[str, Json]) -> Json:
    faults = part.get("faults")
    return None if isinstance(faults, dict) and "heel_lift" in faults else part.get("best_deg")


def _part(value: Json, side: Side) -> dict[str, Json]:
    part = value.get(side) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}
