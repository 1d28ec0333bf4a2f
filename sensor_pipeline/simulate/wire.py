"""The bytes of one sensor layout as its firmware makes them: the one seam between this room and ``devices``.

In: a spec. Out: notifications, info and battery blocks, and what the layout demands of chip and firmware.
Must not live here: byte layouts (devices), queues and counters (firmware), the name of any sensor.
"""

from __future__ import annotations

import math
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
        chip: the chip as asked for; its rate is the one the sensor is set to.

    Attributes:
        characteristic: key of the characteristic that notifies the samples.
        counts_samples: True where the counter counts samples, False for packets (or none).
        stamps_first: True where the time stamp belongs to a packet's first sample, False for its last.
        stamped_at_send: True where it is taken when the packet is sent.

    Raises:
        UserError: no such stream; a rate the sensor does not offer.
        SpecError: acc and gyr do not come in one packet, or nothing can write it.
    """

    def __init__(self, spec: SensorSpec, stream: str | None, chip: SensorParams) -> None:
        chosen = spec.stream(stream)
        self._layout: PacketLayout = chosen.packets[0]
        if len(chosen.packets) != 1 or self._layout.channel != "imu":
            raise SpecError(
                f"{spec.id}, stream {chosen.name}: acc and gyr do not come in one packet, so it cannot be simulated; "
                "choose another stream or sensor",
                f"streams.{chosen.name}.packets",
            )
        offered = spec.rate
        if chip.rate_hz not in offered.hz if offered.hz else not offered.hz_min <= chip.rate_hz <= offered.hz_max:
            rates = ", ".join(f"{hz:g}" for hz in offered.hz) or f"{offered.hz_min:g} to {offered.hz_max:g}"
            raise UserError(f"{spec.id} does not offer {chip.rate_hz:g} Hz; choose one of {rates}")
        self._spec = spec
        self._rate_hz = chip.rate_hz
        counter, time = self._layout.counter, self._layout.time
        self.characteristic = self._layout.char
        self.counts_samples = counter is not None and counter.counts == "samples"
        self.stamps_first = time is not None and time.refers_to in ("first", "sample")
        self.stamped_at_send = time is not None and time.refers_to == "send"
        self._flags = frozenset(name for name, _ in self._layout.flags.names) if self._layout.flags else frozenset()
        self.chip = self._fit(chip)
        self._info = self._encode_info(1, 1, 0.0)
        self._encoder = Encoder(spec, stream, info=self._info)

    def samples_per_packet(self, asked: int | None) -> int:
        """Samples in a packet: as asked, else as usual for the layout at this rate.

        Raises:
            UserError: the layout cannot carry so many or so few.
        """
        samples = self._layout.samples
        if asked is None:
            usual = samples.usual if samples.hz_per_sample is None else round(self._rate_hz / samples.hz_per_sample)
            return min(max(usual, samples.n_min), samples.n_max)
        if not samples.n_min <= asked <= samples.n_max:
            raise UserError(
                f"samples_per_packet {asked}: {self._spec.id} carries {samples.n_min} to {samples.n_max} samples a packet"
            )
        return asked

    def encode(
        self, samples: ChipSamples, counter: int, stamp_s: float, flags: frozenset[str], mtu: int
    ) -> list[bytes]:
        """The notifications of one packet; counter and stamp wrap, flags the layout has no bit for are left out."""
        wrapped = None if self._layout.counter is None else counter % 2**self._layout.counter.wrap_bits
        time = self._layout.time
        ticks = None if time is None else math.floor(stamp_s / time.tick_s) % 2**time.wrap_bits
        return self._encoder.encode(
            samples.acc_m_s2, samples.gyr_rad_s, wrapped, ticks, flags=tuple(sorted(flags & self._flags)), mtu=mtu
        )
