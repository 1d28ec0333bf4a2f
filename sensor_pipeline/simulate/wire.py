"""The bytes of one sensor layout as its firmware makes them: the one seam between this room and ``devices``.

In: a spec. Out: notifications, info and battery blocks, and what the layout demands of chip and firmware.
Must not live here: byte layouts (devices), queues and counters (firmware), the name of any sensor.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sensor_pipeline.devices import Encoder, SensorSpec
from sensor_pipeline.devices.spec import PacketLayout, SampleField
from sensor_pipeline.errors import SpecError, UserError
from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2
from sensor_pipeline.simulate.sensor import ChipSamples, SensorParams

RAW_STEPS = 32768.0
"""Steps from 0 to the end of the range of a chip with 16-bit samples: all chips in the specs."""


class Wire:
    """One stream of a spec, ready to be written.

    Args:
        spec: the sensor.
        stream: which stream, None = the first.
        rate_hz: rate the sensor is set to, None = the spec's default.
        chip: the chip as asked for.

    Attributes:
        rate_hz: the rate.
        characteristic: key of the characteristic that notifies the samples.
        counts_samples: True where the counter counts samples, False for packets (or none).
        stamps_first: True where the time stamp belongs to a packet's first sample.
        stamped_at_send: True where it is taken when the packet is sent.
        has_info: True where an info block can be read.

    Raises:
        UserError: no such stream; a rate the sensor does not offer.
        SpecError: acc and gyr do not come in one packet, so no motion can be written.
    """
