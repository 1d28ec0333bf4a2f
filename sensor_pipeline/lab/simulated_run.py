"""One simulated session through the engine, beside its truth.

In: a simulation. Out: :class:`SimulatedRun`: what was found, what was true, and how far the two are apart. Must not
live here: which sessions to simulate, tables, bounds.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.lab.rep_matches import Interval, match
from sensor_pipeline.simulate.labels import true_reps
from sensor_pipeline.simulate.session import Simulation
from sensor_pipeline.simulate.truth import Truth
from sensor_pipeline.types import (
    Block,
    Event,
    Flag,
    FloatArray,
    Record,
    Rep,
    RepDone,
    SensorSetup,
    StreamLedger,
    Targets,
)


class HoldError(NamedTuple):
    """Measured minus true dorsiflexion, mean over one scripted hold; ``tilt_only``: before the axis was known."""

    rep: int
    tilt_only: bool
    error_deg: float


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """What the engine made of one leg's simulated session.

    Attributes:
        truth: what really happened.
        true, found: repetitions of the true angle, by the core's own definitions, and of the measured one.
        pairs: (true, found) of those that match, one to one, see :mod:`~sensor_pipeline.lab.rep_matches`.
        holds: one item a scripted hold of which every row was measured.
        events: all of them, in order.
        ledger: where every sample went.
    """

    truth: Truth
    true: tuple[Rep, ...]
    found: tuple[Rep, ...]
    pairs: tuple[tuple[Rep, Rep], ...]
    holds: tuple[HoldError, ...]
    events: tuple[Event, ...]
    ledger: StreamLedger

    @property
    def exact(self) -> bool:
        """Whether every true repetition was found, and no other."""
        return len(self.found) == len(self.true) == len(self.pairs)

    def peak_errors_deg(self) -> list[float]:
        """Found minus true peak of every pair."""
        return [found.peak_deg - true.peak_deg for true, found in self.pairs]

    def edge_errors_s(self, name: str) -> list[float]:
        """Found minus true ``start_s``, ``end_s``, ``hold_start_s`` or ``hold_end_s`` of every pair that has both."""
        both = ((getattr(true, name), getattr(found, name)) for true, found in self.pairs)
        return [found_s - true_s for true_s, found_s in both if true_s is not None and found_s is not None]


def run(
    simulation: Simulation,
    *,
    orientation: str = "vqf",
    targets: Targets | None = None,
    records: Sequence[Record] | None = None,
    setup: SensorSetup | None = None,
) -> SimulatedRun:
    """Run a simulated session of one leg through the engine.

    Args:
        simulation: the session; its truth counts.
        orientation: name of the orientation filter.
        targets: of the set, for the measured and the true repetitions.
        records: other records than the simulation's, for example with some taken out; None = the simulation's.
        setup: the sensor that goes with other records; None = the simulation's.

    Returns:
        What was found, beside the truth.

    Raises:
        UserError: the simulation has two sensors, or the filter is not installed.
    """
    targets = targets or Targets()
    records = tuple(simulation.records()) if records is None else records
    sensors = (simulation.setup if setup is None else setup,)
    engine = Engine(SessionSetup(sensors, targets=targets, orientation=orientation))
    events = tuple(engine.push_many(records))
    found = tuple(event.rep for event in events if isinstance(event, RepDone))
    true = true_reps(simulation.truth, targets)
    matched = match([_interval(rep) for rep in true], [_interval(rep) for rep in found])
    (ledger,) = engine.ledger(0)
    return SimulatedRun(
        simulation.truth,
        true,
        found,
        tuple((true[i], found[j]) for i, j in matched),
        _holds(simulation.truth, events),
        events,
        ledger,
    )


def root_mean_square(values: Sequence[float]) -> float:
    """Root of the mean square of at least one value."""
    return float(np.sqrt(statistics.fmean(value * value for value in values)))


def absolute_percentile(values: Sequence[float], percent: float) -> float:
    """Percentile of the absolute values, linear between neighbours, of at least one value."""
    return float(np.percentile(np.abs(np.array(values)), percent))


def _interval(rep: Rep) -> Interval:
    return Interval(rep.start_s, rep.end_s, rep.peak_deg)


def _holds(truth: Truth, events: Sequence[Event]) -> tuple[HoldError, ...]:
    blocks = [event for event in events if isinstance(event, Block)]
    if not blocks:
        return ()
    time_s = np.concatenate([block.samples.time_s for block in blocks])
    known = np.concatenate([block.angles.has_dorsiflexion for block in blocks])
    tilt_only = np.concatenate([(block.samples.flags & Flag.TILT_ONLY) != 0 for block in blocks])
    measured_rad: FloatArray = np.concatenate([block.angles.dorsiflexion_rad for block in blocks])
    error_deg = (measured_rad - np.interp(time_s, truth.time_s, truth.dorsiflexion_rad)) * DEG_PER_RAD
    holds = []
    for rep in truth.reps:
        rows = (time_s >= rep.hold_start_s) & (time_s < rep.hold_end_s)
        if rows.any() and known[rows].all():
            holds.append(HoldError(rep.rep, bool(tilt_only[rows].any()), float(np.mean(error_deg[rows]))))
    return tuple(holds)
