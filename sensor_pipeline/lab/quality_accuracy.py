"""How well faults are told from clean repetitions, and what scores sets get; simulated people.

In: numbers of people. Out: rows of a table, a section of the accuracy page. Must not live here: faults, limits.

``python -m sensor_pipeline.lab.quality_accuracy`` prints the section.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.faults import parse_fault
from sensor_pipeline.simulate.scenario import Scenario, Staged, stage
from sensor_pipeline.types import Rep, RepDone, Side, Targets

SPEC: Final = "shin-imu-v1"
PEOPLE: Final = 20
REPS: Final = 7
FIRST_SEED: Final = 7001
"""People of the page. Limits were chosen on others: seeds 2001 to 2030."""
FAULTY: Final = 6
"""The repetition that has the fault: after the ones that make the person's own baseline."""
ASKED: Final[dict[str, tuple[str, str]]] = {
    "knee 8° inwards": (f"knee_in:8deg@{FAULTY}", "shin_tilts_in"),
    "knee 5° inwards": (f"knee_in:5deg@{FAULTY}", "shin_tilts_in"),
    "shin turned by 10°": (f"rotate_in:10deg@{FAULTY}", "shin_rotates"),
    "double dip in the hold": (f"double_dip@{FAULTY}", "hold_unsteady"),
    "10° short of the target": (f"short:10deg@{FAULTY}", "short_of_target"),
    "hold left at once": (f"hold_short@{FAULTY}", "hold_short"),
}
"""What goes wrong: as the simulator is told, and the fault id that it should get."""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One fault in one repetition of everybody's set.

    Attributes:
        name: what went wrong.
        fault: the id it should get.
        made: repetitions with the fault that were counted and measured whole.
        found: of them, with the id.
        clean: the other repetitions that were measured whole.
        false: of them, with the id.
        score: mean score of the faulty ones; clean_score: of the others.
    """

    name: str
    fault: str
    made: int
    found: int
    clean: int
    false: int
    score: float
    clean_score: float


def rows(people: int = PEOPLE) -> list[FaultRow]:
    """Run everybody with each fault of :data:`ASKED`."""
    return [_row(name, asked, fault, people) for name, (asked, fault) in ASKED.items()]


def _row(name: str, asked: str, fault: str, people: int) -> FaultRow:
    made: list[Rep] = []
    clean: list[Rep] = []
    for seed in range(FIRST_SEED, FIRST_SEED + people):
        staged = _staged(seed, (asked,))
        for number, rep in _reps(staged, _asking(staged.targets)):
            (made if number == FAULTY else clean).append(rep)
    return FaultRow(
        name,
        fault,
        len(made),
        sum(fault in rep.faults for rep in made),
        len(clean),
        sum(fault in rep.faults for rep in clean),
        _mean_score(made),
        _mean_score(clean),
    )


def half_deep_score(people: int = PEOPLE) -> float:
    """Mean score of sets in which everybody goes half as deep as asked throughout, and does so perfectly otherwise."""
    found: list[Rep] = []
    for seed in range(FIRST_SEED, FIRST_SEED + people):
        staged = _staged(seed, ())
        asked = staged.targets
        twice = Targets(angle_deg=2.0 * (asked.angle_deg or 0.0), hold_s=0.0, reps=asked.reps)
        found += [rep for _, rep in _reps(staged, twice)]
    return _mean_score(found)


def _asking(targets: Targets) -> Targets:
    """The set's own targets, with a hold to leave early where the person makes one."""
    return Targets(targets.angle_deg, max(targets.hold_s, 1.0) if targets.hold_s else 0.0, targets.reps)


def _staged(seed: int, faults: Sequence[str]) -> Staged:
    side: Side = "right" if seed % 2 else "left"
    asked = tuple(parse_fault(text) for text in faults)
    return stage(Scenario(spec_text(SPEC), side=side, reps=REPS, seed=seed, faults=asked))


def _reps(staged: Staged, targets: Targets) -> list[tuple[int, Rep]]:
    """Repetitions that were measured whole, with the number of the scripted one."""
    engine = Engine(SessionSetup(staged.simulation.setups, targets=targets))
    events = engine.push_many(tuple(staged.simulation.records()))
    found = []
    for rep in (event.rep for event in events if isinstance(event, RepDone)):
        scripted = [true.rep for true in staged.simulation.truth.reps if true.start_s <= rep.peak_s < true.end_s]
        if scripted and rep.scored:
            found.append((scripted[0], rep))
    return found


def _mean_score(reps: Sequence[Rep]) -> float:
    return statistics.fmean(rep.score for rep in reps if rep.score is not None)


def markdown(people: int = PEOPLE) -> str:
    """The section of the accuracy page."""
    lines = [
        "## Quality: faults and scores (simulated)",
        "",
        f"{people} drawn people (seeds from {FIRST_SEED}; limits were chosen on others), {REPS} lunges each, good "
        f"strap, one of them with a fault, number {FAULTY}. Knee and turn are judged against the person's own first "
        "three repetitions under one mounting. Scores go from 0 to 100.",
        "",
        "| what went wrong | fault | origin | found | false, in clean repetitions | score, faulty | score, clean |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.name} | `{row.fault}` | simulated | {row.found} of {row.made} | {row.false} of {row.clean} | "
            f"{row.score:.0f} | {row.clean_score:.0f} |"
            for row in rows(people)
        ),
        "",
        f"A set that goes half as deep as asked throughout, perfect otherwise, scores {half_deep_score(people):.0f}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    print(markdown(parser.parse_args().people))


if __name__ == "__main__":
    main()
