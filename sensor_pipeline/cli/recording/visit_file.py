"""``visit-ID.json`` in the library: what a person did of a programme, item by item, what was skipped and why.

In: a visit as it goes on. Out: the file, replaced in one step after each item. Must not live here: sessions' contents,
the order of a programme.

The sessions of a visit share its id; session.json of each holds what was measured. What has no session (questions,
timers, skipped items) stands here only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from sensor_pipeline.recording.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from sensor_pipeline.protocols.walk import Outcome
    from sensor_pipeline.types import Json, Side

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """The contents of the file.

    Attributes:
        visit: id, shared with the sessions.
        programme: its id.
        text: its document (TOML), as it was walked through.
        person: pseudonym, None = not said.
        simulated: nobody wore the sensor.
        legs: in the order they were done.
        answers: by question; of a question that each leg answers, by leg.
        outcomes: of each step, in order.
        ended: why the visit ended, "" while it goes on.
    """

    visit: str
    programme: str
    text: str
    person: str | None
    simulated: bool
    legs: tuple[Side, ...]
    answers: Mapping[str, Json] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    ended: str = ""

    def document(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            "visit": self.visit,
            "programme": self.programme,
            "person": self.person,
            "simulated": self.simulated,
            "legs": list(self.legs),
            "ended": self.ended,
            "answers": dict(self.answers),
            "outcomes": [outcome.document() for outcome in self.outcomes],
            "text": self.text,
        }

    def having(self, outcome: Outcome) -> VisitRecord:
        """With one more outcome."""
        return replace(self, outcomes=(*self.outcomes, outcome))

    def answering(self, question: str, value: Json, leg: Side | None) -> VisitRecord:
        """With one more answer."""
        if leg is None:
            return replace(self, answers={**self.answers, question: value})
        before = self.answers.get(question)
        by_leg = {**(before if isinstance(before, Mapping) else {}), leg: value}
        return replace(self, answers={**self.answers, question: by_leg})


def visit_path(library: Path, visit: str) -> Path:
    """Where a visit is kept."""
    return library / f"visit-{visit}.json"


def store_visit(library: Path, record: VisitRecord) -> Path:
    """Write the file in one step.

    Raises:
        FileError: it cannot be written.
    """
    path = visit_path(library, record.visit)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(record.document(), indent=1) + "\n").encode())
    return path
