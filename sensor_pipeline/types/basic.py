"""Array types, closed lists of words, and the flags of a sample row."""

from __future__ import annotations

import enum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
FlagArray = NDArray[np.uint16]
IntArray = NDArray[np.int64]

Side = Literal["left", "right"]
RefersTo = Literal["sample", "first", "last", "send"]
LinkState = Literal["connected", "lost", "rebooted"]
HeelState = Literal["no_lift_seen", "possible_lift", "not_checked"]
Channel = Literal["imu", "acc", "gyr"]

Json = Any
"""A value that ``json.dumps`` writes without help."""


class Flag(enum.IntFlag):
    """Bits of a sample row's ``flags``."""

    BRIDGED = 1  # filled on the sample grid between two received samples; counted as lost
    SETTLING = 2  # after a long gap, until the next rest: the filter has restarted
    CLIPPED = 4  # at the end of the sensor's range: kept in the file, kept out of the filter
    RATE_UNSETTLED = 8  # the sensor's true rate is not known well yet
    TILT_ONLY = 16  # dorsiflexion is the unsigned total tilt: no mediolateral axis yet
    GAP_BEFORE = 32  # samples are missing right before this row
    SLIPPED = 64  # the strap moved since the last standing pose
