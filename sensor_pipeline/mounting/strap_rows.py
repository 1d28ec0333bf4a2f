"""What goes into the mounting stage and what comes out of it.

In: nothing. Out: :class:`StrapRows`, :class:`Stretch`, :class:`MountingParams`. Must not live here: what is done
with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sensor_pipeline.mounting.axis import AxisParams
from sensor_pipeline.mounting.pose import PoseParams
from sensor_pipeline.mounting.slip import SlipParams
from sensor_pipeline.mounting.standing import StandingParams
from sensor_pipeline.types import BoolArray, FloatArray, IntArray, Mounting, Samples


@dataclass(frozen=True, slots=True)
class MountingParams:
    """Settings of the mounting stage; each field's class documents its own."""

    pose: PoseParams = field(default_factory=PoseParams)
    axis: AxisParams = field(default_factory=AxisParams)
    slip: SlipParams = field(default_factory=SlipParams)
    standing: StandingParams = field(default_factory=StandingParams)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows [begin, end) of a block under one mounting, None before the standing pose; ``slipped``: see Flag.SLIPPED."""

    begin: int
    end: int
    mounting: Mounting | None
    slipped: bool = False


@dataclass(frozen=True, slots=True)
class StrapRows:
    """A block of n rows for this stage.

    Attributes:
        samples: as they came.
        order: (n,) the record each row came with.
        gyr_rad_s: (n, 3) angular rate, safe: finite, nothing clipped.
        quat: (n, 4) sensor-to-earth quaternions.
        at_rest: (n,) rest state.
    """

    samples: Samples
    order: IntArray
    gyr_rad_s: FloatArray
    quat: FloatArray
    at_rest: BoolArray
