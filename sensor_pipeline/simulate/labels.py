"""The repetitions of a true angle, found by the very functions that find them in a measured one.

In: a :class:`~sensor_pipeline.simulate.truth.Truth`, what was scripted. Out: repetitions, with the faults that were
scripted named. Must not live here: a definition of its own.

A measured repetition can only be compared with a true one that is bounded by the same definition: the scripted end of a
phase is not where the angle crosses 5 % of its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensor_pipeline.pipeline import PipelineParams
from sensor_pipeline.signal.lowpass import Lowpass
from sensor_pipeline.signal.reps import AngleRows, RepDetector
from sensor_pipeline.simulate.faults import FAULTS, Fault
from sensor_pipeline.simulate.truth import TRUTH_HZ, Truth
from sensor_pipeline.types import Rep, RepDone, Targets


def true_reps(truth: Truth, targets: Targets | None = None, params: PipelineParams | None = None) -> tuple[Rep, ...]:
    """Find the repetitions in a true angle.

    Args:
        truth: of one leg.
        targets: of the set, for the hold's reference angle and the faults.
        params: the session's; the defaults where None.

    Returns:
        Repetitions, with times in session time.
    """
    params = params or PipelineParams()
    detector = RepDetector(truth.side, targets or Targets(), 0, params.reps, params.hold)
    skipped, time_s, smooth = Lowpass(TRUTH_HZ, params.lowpass).update(truth.time_s, truth.dorsiflexion_rad)
    n = len(time_s)
    rows = AngleRows(time_s, truth.time_s[skipped:], smooth, np.zeros(n, np.uint16), np.arange(n, dtype=np.int64))
    events = (*detector.update(rows).events, *detector.flush(n, float(truth.time_s[-1])))
    return tuple(event.rep for event in events if isinstance(event, RepDone))


def labelled_reps(truth: Truth, found: Sequence[Rep], faults: Sequence[Fault]) -> tuple[Rep, ...]:
    """Say of true repetitions what only a simulation knows: how high the heel was, and which faults were scripted.

    Args:
        truth: of one leg.
        found: its repetitions, from :func:`true_reps`.
        faults: what was scripted, by scripted repetition; that is the one which holds the peak.

    Returns:
        The repetitions with ``heel_lift_mm`` (0 = flat) and with the scripted faults after those of the core. Movements
        that look like one but were not scripted as one (walking, kneeling) are left out; numbers start at 1.
    """
    labelled: list[Rep] = []
    for rep in found:
        inside = (truth.time_s >= rep.start_s) & (truth.time_s < rep.end_s)
        scripted = {true.rep for true in truth.reps if true.start_s <= rep.peak_s < true.end_s}
        if not scripted:
            continue
        named = (FAULTS[fault.kind].label for fault in faults if fault.rep in scripted)
        labelled.append(
            replace(
                rep,
                rep=len(labelled) + 1,
                heel_lift_mm=float(np.max(truth.heel_m[inside])) * 1000.0,
                faults=tuple(dict.fromkeys((*rep.faults, *(name for name in named if name)))),
            )
        )
    return tuple(labelled)
