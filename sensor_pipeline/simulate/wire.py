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

    def __init__(self, spec: SensorSpec, stream: str | None, rate_hz: float | None, chip: SensorParams) -> None:
        packets = spec.stream(stream).packets
        self._layout: PacketLayout = packets[0]
        if len(packets) != 1 or not {"acc", "gyr"} <= {field.channel for field in self._layout.fields}:
            raise SpecError(
                f"{spec.id}, stream {spec.stream(stream).name}: acc and gyr do not come in one packet, so it cannot be "
                "simulated; choose another stream or sensor",
                "streams",
            )
        self.rate_hz = spec.rate.default_hz if rate_hz is None else rate_hz
        if self.rate_hz not in spec.rate.hz and not (not spec.rate.hz and spec.rate.hz_min <= self.rate_hz <= spec.rate.hz_max):
            offered = ", ".join(f"{hz:g}" for hz in spec.rate.hz) or f"{spec.rate.hz_min:g} to {spec.rate.hz_max:g}"
            raise UserError(f"{spec.id} does not offer {self.rate_hz:g} Hz; choose one of {offered}")
        self._spec = spec
        self.chip = self._fit(replace(chip, rate_hz=self.rate_hz))
        counter, time = self._layout.counter, self._layout.time
        self.characteristic = self._layout.char
        self.counts_samples = counter is not None and counter.counts == "samples"
        self.stamps_first = time is None or time.refers_to in ("first", "sample")
        self.stamped_at_send = time is not None and time.refers_to == "send"
        self.has_info = spec.info is not None
        self._tick_s = None if time is None else time.tick_s
        self._tick_mask = 0 if time is None else 2**time.wrap_bits - 1
        self._counter_mask = 0 if counter is None else 2**counter.wrap_bits - 1
        self._flag_names = frozenset(name for name, _ in self._layout.flags.names) if self._layout.flags else frozenset()
