"""The bytes of one sensor layout as its firmware makes them: the one seam between this room and ``devices``.

In: a spec. Out: notifications, info and battery blocks, and what the layout demands of chip and firmware.
Must not live here: byte layouts (devices), queues and counters (firmware), the name of any sensor.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from sensor_pipeline.devices import Encoder, SensorSpec, check_rate
from sensor_pipeline.errors import SpecError, UserError
from sensor_pipeline.frames import DEG_PER_RAD, G_M_S2
from sensor_pipeline.simulate.sensor import ChipSamples, SensorParams

RAW_STEPS = 32768.0
"""Raw steps from 0 to the end of the range: every chip behind the specs has 16-bit samples."""


class Wire:
    """One stream of a spec, ready to be written.

    Args:
        spec: the sensor.
        stream: which stream, None = the first.
        chip: the chip as asked for; its rate is the one the sensor is set to.

    Attributes:
        chip: the same chip with the resolution and range that the layout can carry.
        characteristic: key of the characteristic that notifies the samples.
        counts_samples: True where the counter counts samples, False for packets (or none).
        stamps_first: True where the time stamp belongs to a packet's first sample, False for its last.
        stamped_at_send: True where it is taken when the packet is sent.

    Raises:
        UserError: no such stream; a rate the sensor does not offer; a layout that nothing can write.
        SpecError: acc and gyr do not come in one packet.
    """

    def __init__(self, spec: SensorSpec, stream: str | None, chip: SensorParams) -> None:
        chosen = spec.stream(stream)
        layout = chosen.packets[0]
        if len(chosen.packets) != 1 or layout.channel != "imu":
            raise SpecError(
                f"{spec.id}, stream {chosen.name}: acc and gyr do not come in one packet, so it cannot be simulated; "
                "choose another stream or sensor",
                f"streams.{chosen.name}.packets",
            )
        check_rate(spec, chip.rate_hz)
        self._spec = spec
        self._layout = layout
        self.chip = self._fit(chip)
        self.characteristic = layout.char
        self.counts_samples = layout.counter is not None and layout.counter.counts == "samples"
        self.stamps_first = layout.time is not None and layout.time.refers_to in ("first", "sample")
        self.stamped_at_send = layout.time is not None and layout.time.refers_to == "send"
        self._flags = frozenset(name for name, _ in layout.flags.names) if layout.flags else frozenset[str]()
        self._encoder = Encoder(spec, stream, info=self._info_fields(1, 1, 0.0))

    @property
    def has_info(self) -> bool:
        """True where an info block can be read."""
        return self._spec.info is not None

    def samples_per_packet(self, asked: int | None, mtu: int) -> int:
        """Samples in a packet: as asked, else as usual for the layout at this rate, as far as it carries them.

        Raises:
            UserError: the layout or the MTU cannot carry so many.
        """
        samples = self._layout.samples
        most = min(samples.n_max, self._encoder.max_samples(mtu))
        if asked is None:
            usual = samples.usual if samples.hz_per_sample is None else round(self.chip.rate_hz / samples.hz_per_sample)
            asked = min(max(usual, samples.n_min), most)
        if not samples.n_min <= asked <= most:
            raise UserError(
                f"samples_per_packet {asked}: {self._spec.id} carries {samples.n_min} to {most} at MTU {mtu}; "
                "change one of the two"
            )
        return asked

    def encode(
        self, samples: ChipSamples, counter: int, stamp_s: float, flags: frozenset[str], mtu: int
    ) -> list[bytes]:
        """Write one packet; counter and stamp wrap, flags the layout has no bit for are left out.

        Args:
            samples: its samples.
            counter: counter of its first sample, or of the packet.
            stamp_s: device time to stamp it with.
            flags: names of flags that are true.
            mtu: ATT MTU.

        Returns:
            The notifications.
        """
        ticks = 0 if self._layout.time is None else math.floor(stamp_s / self._layout.time.tick_s)
        return self._encoder.encode(
            samples.acc_m_s2, samples.gyr_rad_s, counter, ticks, flags=sorted(flags & self._flags), mtu=mtu
        )

    def info(self, boot_id: int, samples_per_packet: int, clock_s: float) -> bytes | None:
        """The info block, None where the sensor has none."""
        fields = self._info_fields(boot_id, samples_per_packet, clock_s)
        return None if fields is None else self._encoder.encode_info(**fields)

    def battery(self, percent: float) -> bytes | None:
        """The battery block, None where the sensor has none."""
        return None if self._spec.battery is None else self._encoder.encode_battery(percent)

    def _info_fields(self, boot_id: int, samples_per_packet: int, clock_s: float) -> dict[str, float] | None:
        if self._spec.info is None:
            return None
        chip = self.chip
        facts: dict[str, float] = {
            "profile": 1,
            "config_id": 1,
            "n_per_packet": samples_per_packet,
            "odr_millihz": round(chip.rate_hz * 1000.0),
            "acc_lsb": chip.acc_lsb_m_s2,
            "gyr_lsb": chip.gyr_lsb_rad_s,
            "acc_fs_g": round(chip.acc_range_m_s2 / G_M_S2),
            "gyr_fs_dps": round(chip.gyr_range_rad_s * DEG_PER_RAD),
            "boot_id": boot_id,
            "t_us64": math.floor(clock_s * 1e6),
        }
        return {field.name: facts.get(field.name, 0) for field in self._spec.info.fields}

    def _fit(self, chip: SensorParams) -> SensorParams:
        """The chip with the resolution that the wire carries, so that decoding gives back what it shows."""
        lsb = {"acc": chip.acc_lsb_m_s2, "gyr": chip.gyr_lsb_rad_s}
        range_ = {"acc": chip.acc_range_m_s2, "gyr": chip.gyr_range_rad_s}
        for field in self._layout.fields:
            if field.channel not in lsb:
                continue
            if field.scale is not None and field.type.lo is not None:
                lsb[field.channel] = field.scale * field.unit_factor
                range_[field.channel] = -field.type.lo * lsb[field.channel]
            elif field.scale is None:  # the info block says it, as a 32-bit float
                lsb[field.channel] = float(np.float32(lsb[field.channel]))
            elif field.full_scale is not None:
                range_[field.channel] = field.full_scale
                lsb[field.channel] = field.full_scale / RAW_STEPS
        return replace(
            chip,
            acc_lsb_m_s2=lsb["acc"],
            gyr_lsb_rad_s=lsb["gyr"],
            acc_range_m_s2=range_["acc"],
            gyr_range_rad_s=range_["gyr"],
        )
