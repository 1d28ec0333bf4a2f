"""How well whole sets of different people are measured: drawn people with a strap, a chip and a radio; simulated.

In: numbers of people. Out: rows of a table, a section of the accuracy page. Must not live here: models, the detector.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensor_pipeline.lab.simulated_run import SimulatedRun, absolute_percentile, root_mean_square, run
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.scenario import Scenario, stage
from sensor_pipeline.simulate.strap import STRAPS

SPEC: Final = "shin-imu-v1"
PEOPLE: Final = 40
REPS: Final = 6
PEAK_BOUND_DEG: Final = 1.0
"""Largest RMSE of the peak angle with a good strap: the acceptance bar for simulated lunges on soft tissue."""
EDGE_BOUND_S: Final = 0.05
"""Largest median error of onset and offset."""
HOLD_BOUND_S: Final = 0.1
"""Largest median error of a hold's start and end."""
EDGES: Final = {"onset": "start_s", "offset": "end_s", "hold start": "hold_start_s", "hold end": "hold_end_s"}


@dataclass(frozen=True, slots=True)
class PeopleRow:
    """All people under one strap, with one filter.

    Attributes:
        strap: good or sloppy.
        orientation: which filter.
        runs: one a person.
    """

    strap: str
    orientation: str
    runs: tuple[SimulatedRun, ...]

    @property
    def exact(self) -> int:
        """Sets that were counted exactly."""
        return sum(run.exact for run in self.runs)

    @property
    def peak_errors_deg(self) -> list[float]:
        """Found minus true peak of every matched repetition."""
        return [error for run in self.runs for error in run.peak_errors_deg()]

    def edge_errors_s(self, name: str) -> list[float]:
        """Found minus true time of every matched repetition, see ``SimulatedRun.edge_errors_s``."""
        return [error for run in self.runs for error in run.edge_errors_s(name)]


def rows(people: int = PEOPLE) -> list[PeopleRow]:
    """Run each person, with each strap, through each installed filter.

    Args:
        people: how many, by their seeds 1, 2, ...

    Returns:
        One row for each strap and filter.
    """
    found = []
    for strap in STRAPS:
        sets = [
            stage(Scenario(spec_text(SPEC), side="right" if seed % 2 else "left", reps=REPS, seed=seed, strap=strap))
            for seed in range(1, people + 1)
        ]
        records = [tuple(one.simulation.records()) for one in sets]
        for orientation in available_filters():
            runs = (
                run(one.simulation, records=what, targets=one.targets, orientation=orientation)
                for one, what in zip(sets, records, strict=True)
            )
            found.append(PeopleRow(strap, orientation, tuple(runs)))
    return found


def markdown(people: int = PEOPLE) -> str:
    """The section of the accuracy page."""
    measured = rows(people)
    lines = [
        "## People: whole sets (simulated)",
        "",
        f"{people} drawn people, {REPS} lunges each: usual depth 40 ± 5°, ways of 2 to 8 s, holds of 0 to 5 s, knees "
        "that drift inwards, sway, tremor, some touch the wall; `"
        f"{SPEC}` with a typical chip strapped on at random over a usual radio link. The strap is a mass on a spring: "
        "*good* rocks by 0.02° in a lunge, *sloppy* by 0.7°. The truth is the bone's angle and its repetitions by the "
        "same definitions. Peak: found minus true. Times: absolute error, median and 95th percentile in ms. The bars "
        f"hold for the good strap: peak RMSE {PEAK_BOUND_DEG:g}°, median of onset and offset "
        f"{1e3 * EDGE_BOUND_S:.0f} ms, of a hold's start and end {1e3 * HOLD_BOUND_S:.0f} ms.",
        "",
        f"| strap | filter | origin | sets counted exactly | peak bias | peak RMSE (largest) | {' | '.join(EDGES)} |",
        "|---|---|---|---|---|---|" + "---|" * len(EDGES),
        *(_line(row) for row in measured),
        "",
    ]
    return "\n".join(lines)


def _line(row: PeopleRow) -> str:
    peaks = row.peak_errors_deg
    times = (_times(row.edge_errors_s(name)) for name in EDGES.values())
    return (
        f"| {row.strap} | {row.orientation} | simulated | {row.exact} of {len(row.runs)} | "
        f"{statistics.fmean(peaks):+.2f}° | {root_mean_square(peaks):.2f}° ({max(map(abs, peaks)):.1f}°) | "
        f"{' | '.join(times)} |"
    )


def _times(errors_s: Sequence[float]) -> str:
    return f"{1e3 * absolute_percentile(errors_s, 50.0):.0f}, {1e3 * absolute_percentile(errors_s, 95.0):.0f}"
