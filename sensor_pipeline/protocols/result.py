"""What a guided set came to: the numbers that may be shown as its result, read from its cues.

In: a session's events. Out: :class:`SetResult` for each sensor. Must not live here: trends, words, scores.

A knee-to-wall session holds repetitions at nearer marks, where the wall sets the angle: the largest angle of its
repetitions is not its result, what stands here is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sensor_pipeline.types import Cue, Event

_FIELDS: Final = {
    "result_best": "best_deg",
    "result_mean": "mean_deg",
    "furthest": "furthest_cm",
    "distance_check": "by_angle_cm",
    "set_done": "counted",
}


@dataclass(frozen=True, slots=True)
class SetResult:
    """One leg's result; None = there is none.

    Attributes:
        best_deg: largest angle of the tries that count, degrees.
        mean_deg: mean of them, only where every slot was filled, degrees.
        furthest_cm: furthest distance at which the knee touched, cm; from the start mark where that was not measured.
        by_angle_cm: how far the foot went back by the angle, cm; only with a shank length.
        counted: how many counted, when the set was done; None where it was not.
    """

    best_deg: float | None = None
    mean_deg: float | None = None
    furthest_cm: float | None = None
    by_angle_cm: float | None = None
    counted: float | None = None


def results_of(events: Iterable[Event]) -> dict[int, SetResult]:
    """Collect results.

    Args:
        events: of a guided session, in order.

    Returns:
        By sensor, only sensors that have any.
    """
    found: dict[int, SetResult] = {}
    for event in events:
        if isinstance(event, Cue) and event.cue in _FIELDS and event.sensor is not None and event.value is not None:
            before = found.get(event.sensor, SetResult())
            found[event.sensor] = replace(before, **{_FIELDS[event.cue]: event.value})
    return found
