"""Every parameter of every stage in one value, as session.json records it.

In: the stages' own parameter classes. Out: :class:`PipelineParams`. Must not live here: a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sensor_pipeline.clock import ClockParams
from sensor_pipeline.mounting.stage import MountingParams
from sensor_pipeline.pipeline.grade import GradeParams
from sensor_pipeline.signal.guard import GuardParams
from sensor_pipeline.signal.hold import HoldParams
from sensor_pipeline.signal.lowpass import LowpassParams
from sensor_pipeline.signal.orientation import OrientationParams
from sensor_pipeline.signal.reps import RepParams
from sensor_pipeline.signal.rest import RestParams


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """Every parameter of every stage; each field's class documents its own."""

    clock: ClockParams = field(default_factory=ClockParams)
    guard: GuardParams = field(default_factory=GuardParams)
    orientation: OrientationParams = field(default_factory=OrientationParams)
    mounting: MountingParams = field(default_factory=MountingParams)
    rest: RestParams = field(default_factory=RestParams)
    lowpass: LowpassParams = field(default_factory=LowpassParams)
    reps: RepParams = field(default_factory=RepParams)
    hold: HoldParams = field(default_factory=HoldParams)
    grade: GradeParams = field(default_factory=GradeParams)
