"""Angular rate and specific force to orientation: one protocol, one adapter for each filter library.

In: gyroscope and accelerometer rows. Out: unit quaternions (w, x, y, z), sensor to earth, earth z up.
Must not live here: angles, mountings, what to do about clipped rows (:mod:`sensor_pipeline.signal.guard`).
"""

from sensor_pipeline.signal.orientation.choice import (
    FILTER_NAMES,
    OrientationParams,
    available_filters,
    make_filter,
)
from sensor_pipeline.signal.orientation.imufusion_filter import ImufusionFilter, ImufusionParams
from sensor_pipeline.signal.orientation.protocol import OrientationFilter
from sensor_pipeline.signal.orientation.vqf_filter import VqfFilter, VqfParams

__all__ = [
    "FILTER_NAMES",
    "ImufusionFilter",
    "ImufusionParams",
    "OrientationFilter",
    "OrientationParams",
    "VqfFilter",
    "VqfParams",
    "available_filters",
    "make_filter",
]
