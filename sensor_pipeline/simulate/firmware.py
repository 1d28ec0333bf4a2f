"""The firmware of a sensor: reads the chip's FIFO, numbers and stamps packets, queues them, restarts when told to.

In: a :class:`~sensor_pipeline.simulate.wire.Wire` (the layout of its bytes), chips to read, time. Out: notifications,
the info block, where every sample went. Must not live here: byte layouts (devices), the radio (link), signals (sensor).

Rules of a careful firmware, those of the shin IMU profile: a packet is made when its last sample is there; every sample
is counted even if it is never sent; a full queue drops its oldest packet, and the next one sent says so (``gap_before``
where the layout has that flag); a restart resets counter and clock, changes the boot id and sets ``time_reset``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.sensor import ChipSamples, Sensor
from sensor_pipeline.simulate.wire import Wire


@dataclass(frozen=True, slots=True)
class FirmwareParams:
    """How the firmware is set.

    Attributes:
        samples_per_packet: None = what the layout fixes, else what fills about 40 ms.
        queue_packets: packets that wait at most; more drop the oldest one. 128 packets are 5 s of 4 samples at 104 Hz.
        mtu: ATT MTU of the connection: a notification has 3 bytes less.
        counter_start: counter of the first sample (or packet) after the first start, to come near a wrap.
        boot_id: identifies the first boot; each restart adds 1.
        battery_percent: what the battery shows at the start.
        reboots_s: times at which the firmware restarts by itself (watchdog, loose battery).
    """

    samples_per_packet: int | None = None
    queue_packets: int = 128
    mtu: int = 247
    counter_start: int = 0
    boot_id: int = 1
    battery_percent: int = 87
    reboots_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.samples_per_packet is not None and self.samples_per_packet < 1:
            raise UserError(f"samples_per_packet {self.samples_per_packet}: must be 1 or more")
        if self.queue_packets < 1:
            raise UserError(f"queue_packets {self.queue_packets}: must be 1 or more")
        if not 23 <= self.mtu <= 517:
            raise UserError(f"mtu {self.mtu}: an ATT MTU is 23 to 517 bytes")
        if self.counter_start < 0 or self.boot_id < 0:
            raise UserError(f"counter_start {self.counter_start}, boot_id {self.boot_id}: must be 0 or more")
        if not 0 <= self.battery_percent <= 100:
            raise UserError(f"battery_percent {self.battery_percent}: must be 0 to 100")
        if any(time_s <= 0.0 for time_s in self.reboots_s):
            raise UserError(f"reboots_s {self.reboots_s}: a restart happens after 0 s")


class SampleCounts(NamedTuple):
    """Where a sensor's samples went: ``sampled`` = ``sent`` + ``dropped`` + still waiting in the queue."""

    sampled: int
    sent: int
    dropped: int


class _Packet(NamedTuple):
    samples: ChipSamples
    counter: int
    stamp_s: float
    restarted: bool


class Firmware:
    """One sensor's firmware over a session.

    Args:
        wire: the layout of its bytes.
        params: its settings.
        new_sensor: makes the chip that boot number k (from 0) powers at a true time: ``new_sensor(k, time_s)``.
    """

    def __init__(self, wire: Wire, params: FirmwareParams, new_sensor: Callable[[int, float], Sensor]) -> None:
        self._wire = wire
        self._params = params
        self._new_sensor = new_sensor
        self._per_packet = wire.samples_per_packet(params.samples_per_packet, params.mtu)
        self._reboots_s = deque(sorted(params.reboots_s))
        self._boots = 0
        self._sensor = new_sensor(0, 0.0)
        self._streaming = False
        self._restarted = False
        self._gap = False
        self._sample_index = 0
        self._packet_index = 0
        self._queue: deque[_Packet] = deque()
        self._parts: deque[bytes] = deque()
        self._parts_samples = 0
        self._sampled = self._sent = self._dropped = 0

    @property
    def counts(self) -> SampleCounts:
        """Where the samples read so far went."""
        return SampleCounts(self._sampled, self._sent, self._dropped)

    @property
    def idle(self) -> bool:
        """True when nothing waits to be sent."""
        return not self._queue and not self._parts

    @property
    def boot_id(self) -> int:
        """Identifies the running boot."""
        return (self._params.boot_id + self._boots) % 2**32

    def info(self, time_s: float) -> bytes | None:
        """The info block as read at a true time, None where the layout has none."""
        return self._wire.info(self.boot_id, self._per_packet, self._sensor.device_time_s(time_s))

    def battery(self) -> bytes | None:
        """The battery as read, None where the layout has no such read."""
        return self._wire.battery(self._params.battery_percent)

    def start(self, time_s: float) -> None:
        """The host has subscribed and started the stream; sampling starts with the first start after a boot."""
        self.advance(time_s)
        self._sensor.begin(time_s)
        self._streaming = True

    def disconnect(self, time_s: float) -> None:
        """The connection is over: what waits is lost; sampling and counting go on."""
        self.advance(time_s)
        self._streaming = False
        self._drop_all()

    def advance(self, until_s: float) -> None:
        """Let time pass: restart where that is due, and make packets of the samples taken up to ``until_s``."""
        while self._reboots_s and self._reboots_s[0] <= until_s:
            reboot_s = self._reboots_s.popleft()
            self._fill(reboot_s)
            self._reboot(reboot_s)
        self._fill(until_s)

    def peek(self, time_s: float) -> bytes | None:
        """The notification to send at true time ``time_s``, None where there is none; the same until acknowledged."""
        if not self._parts:
            if not self._queue or not self._streaming:
                return None
            packet = self._queue.popleft()
            said = {
                "gap_before": self._gap,
                "time_reset": packet.restarted,
                "clipped": bool(packet.samples.clipped.any()),
            }
            flags = frozenset(name for name, true in said.items() if true)
            self._gap = False
            stamp_s = self._sensor.device_time_s(time_s) if self._wire.stamped_at_send else packet.stamp_s
            self._parts.extend(self._wire.encode(packet.samples, packet.counter, stamp_s, flags, self._params.mtu))
            self._parts_samples = len(packet.samples.time_s)
        return self._parts[0]

    def acknowledge(self) -> None:
        """The notification that :meth:`peek` returned was received."""
        self._parts.popleft()
        if not self._parts:
            self._sent += self._parts_samples

    def _fill(self, until_s: float) -> None:
        while self._sensor.time_of(self._per_packet - 1) <= until_s:
            samples = self._sensor.read(self._per_packet)
            self._sampled += self._per_packet
            counted = self._sample_index if self._wire.counts_samples else self._packet_index
            stamp_s = self._sensor.device_time_s(float(samples.time_s[0 if self._wire.stamps_first else -1]))
            self._queue.append(_Packet(samples, self._counter_start() + counted, stamp_s, self._restarted))
            self._restarted = False
            self._sample_index += self._per_packet
            self._packet_index += 1
            if not self._streaming:
                self._drop_all()
            elif len(self._queue) > self._params.queue_packets:
                self._drop(len(self._queue.popleft().samples.time_s))

    def _counter_start(self) -> int:
        return self._params.counter_start if self._boots == 0 else 0

    def _reboot(self, time_s: float) -> None:
        self._drop_all()
        self._boots += 1
        self._sensor = self._new_sensor(self._boots, time_s)
        self._streaming = False
        self._restarted = True
        self._gap = False
        self._sample_index = self._packet_index = 0

    def _drop_all(self) -> None:
        if self._parts:
            self._parts.clear()
            self._drop(self._parts_samples)
        for packet in self._queue:
            self._drop(len(packet.samples.time_s))
        self._queue.clear()

    def _drop(self, samples: int) -> None:
        self._dropped += samples
        self._gap = True
