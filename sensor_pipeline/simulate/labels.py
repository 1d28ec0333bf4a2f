"""The repetitions of a true angle, found by the very functions that find them in a measured one.

In: a :class:`~sensor_pipeline.simulate.truth.Truth`. Out: repetitions. Must not live here: a definition of its own.

A measured repetition can only be compared with a true one that is bounded by the same definition: the scripted end of a
phase is not where the angle crosses 5 % of its range.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline.pipeline import PipelineParams
from sensor_pipeline.signal.lowpass import Lowpass
from sensor_pipeline.signal.reps import AngleRows, RepDetector
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
