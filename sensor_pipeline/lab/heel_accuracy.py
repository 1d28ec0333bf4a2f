"""How well lifted heels are found: simulated people, by strap and soft tissue.

In: numbers of people. Out: rows of a table, a section of the accuracy page. Must not live here: the people
(``heel_people``), the method.

``python -m sensor_pipeline.lab.heel_accuracy`` prints the section.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.lab.heel_people import FLAT_REPS, heel_set
from sensor_pipeline.types import RepDone

PEOPLE: Final = 20
CHOSEN_FROM: Final = 5001
"""Seed of the first person whom thresholds are chosen on."""
REPORTED_FROM: Final = 6001
"""Seed of the first person whom figures are reported of."""
LIFTS_MM: Final = (10.0, 20.0, 30.0)
SET_REPS: Final = 5
"""Repetitions with each lift, and in a set that is judged by its mean."""
FLAT_TESTED: Final = 15
FALSE_PART: Final = 0.05
"""Part of the flat repetitions that may be taken for lifts where thresholds are chosen."""
LIVE_FALSE_PART: Final = 0.01
"""The same for the live flag, whose threshold is fixed."""
CASES: Final = (("good", "rigid"), ("good", "firm"), ("sloppy", "rigid"), ("sloppy", "soft"))
"""Strap and soft tissue."""


@dataclass(frozen=True, slots=True)
class CheckedRep:
    """One repetition after the baseline: whose, how high the heel was, the estimate, whether it was flagged."""

    seed: int
    heel_mm: float
    estimate_mm: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class HeelRow:
    """One strap and tissue.

    Attributes:
        strap, tissue: which.
        chosen, reported: repetitions of the people thresholds come from, and of those the figures are of.
    """

    strap: str
    tissue: str
    chosen: tuple[CheckedRep, ...]
    reported: tuple[CheckedRep, ...]

    @property
    def threshold_mm(self) -> float:
        """Estimate that ``FALSE_PART`` of the flat repetitions of other people exceed."""
        return _upper([rep.estimate_mm for rep in self.chosen if rep.heel_mm == 0.0])

    @property
    def set_threshold_mm(self) -> float:
        """The same for the mean estimate of ``SET_REPS`` flat repetitions."""
        return _upper(_set_means(self.chosen, 0.0))

    def found(self, heel_mm: float) -> float:
        """Part of the repetitions with this lift (0 = flat) beyond the threshold."""
        return _part(rep.estimate_mm > self.threshold_mm for rep in self._with(heel_mm))

    def sets_found(self, heel_mm: float) -> float:
        """Part of the sets with this lift (0 = flat) whose mean is beyond the sets' threshold."""
        return _part(mean > self.set_threshold_mm for mean in _set_means(self.reported, heel_mm))

    def flagged(self, heel_mm: float) -> float:
        """Part of the repetitions with this lift (0 = flat) that the live flag was raised for."""
        return _part(rep.flagged for rep in self._with(heel_mm))

    def false_alarm(self, reps: int) -> float:
        """Probability of a live flag in a flat set of so many repetitions, mean over the people."""
        chances = []
        for seed in sorted({rep.seed for rep in self.reported}):
            rate = _part(rep.flagged for rep in self._with(0.0) if rep.seed == seed)
            chances.append(1.0 - (1.0 - rate) ** reps)
        return statistics.fmean(chances)

    @property
    def rmse_mm(self) -> float:
        """Root mean square of estimate minus true height."""
        return math.sqrt(statistics.fmean((rep.estimate_mm - rep.heel_mm) ** 2 for rep in self.reported))

    def _with(self, heel_mm: float) -> list[CheckedRep]:
        return [rep for rep in self.reported if rep.heel_mm == heel_mm]


def rows(people: int = PEOPLE, cases: Sequence[tuple[str, str]] = CASES) -> list[HeelRow]:
    """Run everybody.

    Args:
        people: how many thresholds are chosen on, and how many others are reported.
        cases: strap and tissue.

    Returns:
        One row a case.
    """
    return [
        HeelRow(
            strap, tissue, _checked(CHOSEN_FROM, people, strap, tissue), _checked(REPORTED_FROM, people, strap, tissue)
        )
        for strap, tissue in cases
    ]


def _checked(first: int, people: int, strap: str, tissue: str) -> tuple[CheckedRep, ...]:
    return tuple(rep for seed in range(first, first + people) for rep in checked_reps(seed, strap, tissue))


def checked_reps(seed: int, strap: str, tissue: str) -> list[CheckedRep]:
    """Run one person's set through the engine; repetitions that were not checked are left out."""
    heights = (*([0.0] * FLAT_TESTED), *(height for height in LIFTS_MM for _ in range(SET_REPS)))
    made = heel_set(seed, strap, tissue, heights)
    events = Engine(SessionSetup(made.simulation.setups, targets=made.targets)).push_many(
        tuple(made.simulation.records())
    )
    found = []
    for rep in (event.rep for event in events if isinstance(event, RepDone)):
        scripted = [true.rep for true in made.simulation.truth.reps if true.start_s <= rep.peak_s < true.end_s]
        if rep.heel_lift_mm is not None and scripted:
            height = made.heel_mm[scripted[0] - 1]
            found.append(CheckedRep(seed, height, rep.heel_lift_mm, rep.heel == "possible_lift"))
    return found


def _set_means(reps: Sequence[CheckedRep], heel_mm: float) -> list[float]:
    """Mean estimates of sets of ``SET_REPS`` repetitions of one person, those with this lift only."""
    means = []
    for seed in sorted({rep.seed for rep in reps}):
        own = [rep.estimate_mm for rep in reps if rep.seed == seed and rep.heel_mm == heel_mm]
        means += [
            statistics.fmean(own[first : first + SET_REPS]) for first in range(0, len(own) - SET_REPS + 1, SET_REPS)
        ]
    return means


def _upper(values: Sequence[float]) -> float:
    return float(np.percentile(np.array(values), 100.0 * (1.0 - FALSE_PART)))


def _part(answers: Iterable[bool]) -> float:
    found = list(answers)
    return sum(found) / len(found)


def markdown(people: int = PEOPLE) -> str:
    """The section of the accuracy page."""
    measured = rows(people)
    heights = [f"{height / 10.0:g} cm" for height in LIFTS_MM]
    lines = [
        "## Heel lift (simulated)",
        "",
        f"{people} people for each row (seeds from {REPORTED_FROM}): {FLAT_REPS} flat repetitions that somebody "
        f"watched, then {FLAT_TESTED} flat and {SET_REPS} with each lift in drawn order. The heel rises within 0.3 to "
        "1 s at the end of the way down; the shin goes as deep as without, so that the angle gives nothing away. "
        "*Firm* and *soft* tissue: an arch that drops by up to 8 or 12 mm, skin that slides by 4 or 6 mm, a sensor "
        "that rocks by 1°, by another 30 or 60 % in each repetition (assumed sizes). Thresholds for 5 % false alarms "
        f"come from other people (seeds from {CHOSEN_FROM}) of the same row; a set is judged by the mean of its "
        f"{SET_REPS} estimates. Model and method share their idea of a foot; no person with a heel switch has "
        "checked either.",
        "",
        f"| strap | tissue | origin | false, per rep | {' | '.join(f'{h}, per rep' for h in heights)} | "
        f"false, per set of {SET_REPS} | {' | '.join(f'{h}, per set' for h in heights)} | error RMS |",
        "|---|---|---|---|" + "---|" * len(heights) + "---|" + "---|" * len(heights) + "---|",
        *(_line(row) for row in measured),
        "",
        "The live flag has one threshold for all, and waits for more: at most 1 % of flat repetitions.",
        "",
        f"| strap | tissue | origin | false, per rep | false, per set of 3 | false, per set of 30 | "
        f"{' | '.join(f'{h}, per rep' for h in heights)} |",
        "|---|---|---|---|---|---|" + "---|" * len(heights),
        *(_live_line(row) for row in measured),
        "",
    ]
    return "\n".join(lines)


def _line(row: HeelRow) -> str:
    reps = " | ".join(f"{row.found(height):.1%}" for height in (0.0, *LIFTS_MM))
    sets = " | ".join(f"{row.sets_found(height):.1%}" for height in (0.0, *LIFTS_MM))
    return f"| {row.strap} | {row.tissue} | simulated | {reps} | {sets} | {row.rmse_mm:.1f} mm |"


def _live_line(row: HeelRow) -> str:
    lifts = " | ".join(f"{row.flagged(height):.1%}" for height in LIFTS_MM)
    return (
        f"| {row.strap} | {row.tissue} | simulated | {row.flagged(0.0):.1%} | {row.false_alarm(3):.1%} | "
        f"{row.false_alarm(30):.1%} | {lifts} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    print(markdown(parser.parse_args().people))


if __name__ == "__main__":
    main()
