"""How well session time follows true time over a radio link: simulated, by seed.

In: a seed. Out: rows of a table, and the table as text. Must not live here: the clock itself, real recordings.

The link model: connection events at a fixed interval; a packet goes out at the first event after it is full; an event
fails with a probability (retransmission at the next one); now and then the link stalls for 0.3 to 2 s and the backlog
follows in order, at most four packets an event; the host adds a one-sided jitter. No radio was measured: these figures
say what the method does to this model, not what a given phone does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensor_pipeline.clock import SensorClock
from sensor_pipeline.types import Packet, StreamTiming

PACKETS_PER_EVENT = 6  # what a 7.5 ms event holds of such packets; a link filled to the brim is no case here
PATH_S = 0.004  # radio and host, without waiting: a constant that arrivals cannot show
AIR_S = 0.0008  # a packet after the first in one event
JITTER_S = 0.001  # mean of the host's one-sided jitter
STALL_EVERY_S = 20.0  # mean time between stalls
STALL_S = (0.3, 2.0)
CRYSTAL = 35e-6  # rate error of the device's clock
WARM_UP_S = 60.0  # left out of the figures: the hull is still short
SAMPLE_BAR_MS = 0.5  # standard deviation promised for the 30 ms link


@dataclass(frozen=True, slots=True)
class Case:
    """One sensor on one link.

    Attributes:
        name: for the table.
        timing: how the sensor tells its time.
        true_period_s: sample period by a perfect clock, s.
        interval_s: connection interval, s.
        retransmit: probability that an event fails.
    """

    name: str
    timing: StreamTiming
    true_period_s: float
    interval_s: float
    retransmit: float


@dataclass(frozen=True, slots=True)
class ClockAccuracyRow:
    """Result of one case, after the warm-up.

    Attributes:
        name: the case.
        minutes: simulated duration.
        constant_ms: mean of session time minus true time: the shortest path delay.
        sd_ms, max_ms: standard deviation and largest absolute value of the rest.
        spacing_percent: largest error of ``dt_s`` against the true period, percent.
    """

    name: str
    minutes: float
    constant_ms: float
    sd_ms: float
    max_ms: float
    spacing_percent: float


def _counted(period_s: float, samples: int) -> StreamTiming:
    return StreamTiming("raw6", "imu", period_s, samples, 16, "samples", 1e-6, 32, "first")


CASES = (
    Case("shin IMU profile v1, 104 Hz, 4 samples, 30 ms, 5 %", _counted(1 / 104, 4), (1 + CRYSTAL) / 104, 0.030, 0.05),
    Case("shin IMU profile v1, 104 Hz, 4 samples, 50 ms, 15 %", _counted(1 / 104, 4), (1 + CRYSTAL) / 104, 0.050, 0.15),
    Case(
        "Movella DOT, 60 Hz, 1 sample, 30 ms, 10 %",
        StreamTiming("dot", "imu", 1 / 60, 1, None, None, 1e-6, 32, "sample"),
        (1 + CRYSTAL) / 60,
        0.030,
        0.10,
    ),
    Case(
        "Movesense, 104 Hz, 8 samples, 1 ms stamps, 30 ms, 10 %",
        StreamTiming("gsp", "imu", 1 / 104, 8, None, None, 1e-3, 32, "first"),
        (1 + CRYSTAL) / 104,
        0.030,
        0.10,
    ),
    Case(
        "no clock on the wire, 100 Hz, true rate 6.6 % lower, 30 ms, 10 %",
        StreamTiming("wit", "imu", 1 / 100, 1),
        1 / 93.4,
        0.030,
        0.10,
    ),
)


def rows(seed: int = 1, minutes: float = 10.0) -> list[ClockAccuracyRow]:
    """Run every case through the real clock.

    Args:
        seed: of the link's chances; equal seeds give equal rows.
        minutes: simulated duration, more than the warm-up of one minute.

    Returns:
        One row a case.
    """
    return [_run(case, np.random.default_rng([seed, number]), minutes) for number, case in enumerate(CASES)]


def markdown() -> str:
    """The section "Clock" of the accuracy page: what was simulated, the table, the command that makes it."""
    lines = [
        "## Clock: device time to session time (simulated)",
        "",
        "Simulated, not measured on radios: a link with connection events, retransmissions, stalls of 0.3 to 2 s, host",
        f"jitter and a device crystal {CRYSTAL * 1e6:.0f} ppm off, 10 minutes, seed 1, the first minute left out. The",
        "constant is the shortest path delay, which arrivals alone cannot show; the other columns are without it.",
        "Where packets and connection events beat slowly (60 Hz on 30 ms, 26 packets a second on 50 ms), the shortest",
        "wait itself moves by milliseconds, and session time with it. Sample spacing (`dt_s`), which the angle depends",
        "on, comes from the device's clock and does not. The bar: sd at most "
        f"{SAMPLE_BAR_MS} ms for shin IMU profile v1 on the 30 ms link.",
        "Regenerate with `dorsi lab accuracy`.",
        "",
        "| sensor and link | constant, ms | sd, ms | max, ms | largest spacing error, % |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.constant_ms:.1f} | {row.sd_ms:.2f} | {row.max_ms:.2f} | {row.spacing_percent:.2f} |"
        for row in rows()
    ]
    return "\n".join(lines) + "\n"


def _run(case: Case, rng: np.random.Generator, minutes: float) -> ClockAccuracyRow:
    clock = SensorClock((case.timing,), 0)
    errors: list[float] = []
    worst_dt_s = 0.0
    index = 0
    for order, (host_s, packet) in enumerate(_arrivals(case, rng, 60.0 * minutes)):
        samples = clock.update(order, host_s, (packet,)).samples
        for time_s, dt_s in zip(samples.time_s.tolist(), samples.dt_s.tolist(), strict=True):
            true_s = index * case.true_period_s
            index += 1
            if true_s >= WARM_UP_S:
                errors.append(time_s - true_s)
                worst_dt_s = max(worst_dt_s, abs(dt_s - case.true_period_s))
    error_s = np.array(errors)
    constant_s = float(error_s.mean())
    rest_s = error_s - constant_s
    return ClockAccuracyRow(
        case.name,
        minutes,
        1e3 * constant_s,
        1e3 * float(rest_s.std()),
        1e3 * float(np.abs(rest_s).max()),
        100.0 * worst_dt_s / case.true_period_s,
    )


def _arrivals(case: Case, rng: np.random.Generator, duration_s: float) -> Iterator[tuple[float, Packet]]:
    """Packets in arrival order with their arrival, s; sample k is taken at k * true_period_s."""
    timing = case.timing
    n = timing.samples_per_packet
    still = np.zeros((n, 3))
    event_s = float(rng.uniform(0.0, case.interval_s))
    stall_at_s = float(rng.exponential(STALL_EVERY_S))
    host_s = 0.0
    in_event = 0
    for first in range(0, int(duration_s / case.true_period_s) - n, n):
        ready_s = (first + n - 1) * case.true_period_s
        while event_s < ready_s or in_event >= PACKETS_PER_EVENT or rng.random() < case.retransmit:
            event_s += case.interval_s
            in_event = 0
            if event_s > stall_at_s:
                stalled = int(rng.uniform(*STALL_S) / case.interval_s)
                event_s += stalled * case.interval_s
                stall_at_s = event_s + float(rng.exponential(STALL_EVERY_S))
        host_s = max(host_s, event_s + PATH_S + in_event * AIR_S + float(rng.exponential(JITTER_S)))
        in_event += 1
        counter = None if timing.counter_bits is None else first % (1 << timing.counter_bits)
        ticks = None
        if timing.tick_s is not None and timing.tick_bits is not None:
            stamp = int(first * case.true_period_s / (1.0 + CRYSTAL) / timing.tick_s)
            ticks = stamp % (1 << timing.tick_bits)
        yield host_s, Packet(timing.stream, n, still, still, counter, ticks)
