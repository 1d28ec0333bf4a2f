"""What the repetition detector takes and gives.

In: nothing. Out: :class:`AngleRows`, :class:`RepRows`. Must not live here: the detector.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline.types import BoolArray, Event, FlagArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class AngleRows:
    """A block for the detector: smoothed angle (n,) in rad at ``time_s``, known at ``known_s`` by record ``order``."""

    time_s: FloatArray
    known_s: FloatArray
    angle_rad: FloatArray
    flags: FlagArray
    order: IntArray


@dataclass(frozen=True, slots=True)
class RepRows:
    """What the detector says of a block: events in time order, and per row whether a candidate was open."""

    events: tuple[Event, ...]
    in_rep: BoolArray
