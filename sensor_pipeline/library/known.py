"""What the library knows of a person before a session: the safety answers to confirm, the length of the shank.

In: the person's earlier sessions. Out: :class:`Known`. Must not live here: asking, what an answer means.

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

if TYPE_CHECKING:
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.types import Json


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
