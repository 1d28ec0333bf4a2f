"""A sensor whose every sample knows who it is, so that a row shows which sample it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from sensor_pipeline.clock import ClockOut, SensorClock
from sensor_pipeline.types import Event, Flag, Packet, Samples, StreamTiming

TIMINGS = {
    "shin": StreamTiming("raw6", "imu", 1 / 104, 4, 16, "samples", 1e-6, 32, "first"),
    "shin8": StreamTiming("raw6", "imu", 1 / 104, 4, 8, "packets", 1e-6, 32, "first"),
    "counter": StreamTiming("raw6", "imu", 1 / 104, 4, 16, "samples"),
    "packets": StreamTiming("raw6", "imu", 1 / 104, 4, 8, "packets"),
    "dot": StreamTiming("dot", "imu", 1 / 60, 1, None, None, 1e-6, 32, "sample"),
    "movesense": StreamTiming("gsp", "imu", 1 / 104, 8, None, None, 1e-3, 32, "first"),
    "last": StreamTiming("pmd", "imu", 1 / 52, 36, None, None, 1e-9, 64, "last"),
    "bluest": StreamTiming("mems", "imu", 1 / 20, 1, None, None, 8e-3, 16, "send"),
    "wit": StreamTiming("wit", "imu", 1 / 100, 1),
    "acc": StreamTiming("acc", "acc", 1 / 52, 4, None, None, 1e-9, 64, "last"),
    "gyr": StreamTiming("gyr", "gyr", 1 / 52, 4, None, None, 1e-9, 64, "last"),
    "plain_acc": StreamTiming("acc", "acc", 1 / 50, 1),
    "plain_gyr": StreamTiming("gyr", "gyr", 1 / 50, 1),
}


@dataclass
class Sensor:
    """One stream of one boot of a sensor: sample k is taken at ``start_s + k * period_s`` of true time.

    acc x = gyr x = k, acc y = gyr y = boot: rows made from samples show both, filled rows show values in between.
    """

    timing: StreamTiming
    period_s: float
    counter: int = 0
    ticks: int = 0
    boot: int = 0
    start_s: float = 0.0

    def packet(
        self, first: int, n: int | None = None, flags: tuple[str, ...] = (), number: int | None = None
    ) -> Packet:
        """The packet whose first sample is ``first``; ``number`` of the packet where packets are counted."""
        timing = self.timing
        n = timing.samples_per_packet if n is None else n
        values = np.zeros((n, 3))
        values[:, 0] = np.arange(first, first + n)
        values[:, 1] = self.boot
        counter = ticks = None
        if timing.counter_bits is not None:
            count = first if timing.counts == "samples" else first // n if number is None else number
            counter = (self.counter + count) % (1 << timing.counter_bits)
        if timing.tick_bits is not None and timing.tick_s is not None:
            stamped = first if timing.refers_to == "first" else first + n - 1
            ticks = (self.ticks + int(stamped * self.period_s / timing.tick_s)) % (1 << timing.tick_bits)
        acc = None if timing.channel == "gyr" else values
        gyr = None if timing.channel == "acc" else values
        return Packet(timing.stream, n, acc, gyr, counter, ticks, flags)

    def ready_s(self, first: int, n: int | None = None) -> float:
        """True time of the last sample of that packet."""
        return self.start_s + (first + (n or self.timing.samples_per_packet) - 1) * self.period_s


class Feed:
    """A clock under test, with everything it said."""

    def __init__(self, *timings: StreamTiming, clock: SensorClock | None = None) -> None:
        self.clock = clock or SensorClock(timings, 0)
        self.outs: list[ClockOut] = []
        self.order = 0
        self.host_s = 0.0

    def push(self, host_s: float, *packets: Packet) -> ClockOut:
        self.order += 1
        self.host_s = host_s
        out = self.clock.update(self.order, host_s, packets)
        self.outs.append(out)
        return out

    def run(self, sensor: Sensor, firsts: range | list[int], delay_s: float = 0.005) -> None:
        """Packets that arrive ``delay_s`` after they are full."""
        for first in firsts:
            self.push(sensor.ready_s(first) + delay_s, sensor.packet(first))

    def restart(self, host_s: float, reason: str = "lost") -> ClockOut:
        self.order += 1
        self.outs.append(self.clock.restart(self.order, host_s, reason))
        return self.outs[-1]

    def flush(self) -> ClockOut:
        self.order += 1
        self.outs.append(self.clock.flush(self.order, self.host_s))
        return self.outs[-1]

    @property
    def samples(self) -> Samples:
        blocks = [out.samples for out in self.outs]
        return Samples(
            np.concatenate([block.time_s for block in blocks]),
            np.concatenate([block.dt_s for block in blocks]),
            np.concatenate([block.acc_m_s2 for block in blocks]),
            np.concatenate([block.gyr_rad_s for block in blocks]),
            np.concatenate([block.flags for block in blocks]),
        )

    @property
    def events(self) -> list[Event]:
        return [event for out in self.outs for event in out.events]

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def real(self) -> np.ndarray:
        """Identity (boot, index) of the rows that were not filled."""
        rows = self.samples
        keep = (rows.flags & Flag.BRIDGED) == 0
        return rows.acc_m_s2[keep][:, [1, 0]]


class Bench:
    """What tests of this room share."""

    timings = TIMINGS
    Sensor = Sensor
    Feed = Feed

    @staticmethod
    def check_rows(rows: Samples) -> None:
        """Law 4 and law 5: time rises strictly, spacing is positive, nothing is NaN."""
        assert np.all(np.diff(rows.time_s) > 0.0)
        assert np.all(rows.dt_s > 0.0)
        for values in (rows.time_s, rows.dt_s, rows.acc_m_s2, rows.gyr_rad_s):
            assert np.all(np.isfinite(values))
        assert rows.acc_m_s2.shape == rows.gyr_rad_s.shape == (len(rows), 3)
        assert rows.flags.dtype == np.uint16

    @staticmethod
    def same(one: Samples, other: Samples) -> bool:
        """Bit for bit."""
        return all(
            getattr(one, name).tobytes() == getattr(other, name).tobytes()
            for name in ("time_s", "dt_s", "acc_m_s2", "gyr_rad_s", "flags")
        )


@pytest.fixture(scope="session")
def bench() -> type[Bench]:
    return Bench
