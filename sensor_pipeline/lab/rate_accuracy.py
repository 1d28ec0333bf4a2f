"""What the sample rate costs, and that live and stored results are the same bits; simulated, by seed.

In: numbers of people. Out: rows of a table, a section of the accuracy page. Must not live here: models, the clock.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.lab.simulated_run import SimulatedRun, absolute_percentile, root_mean_square, run
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import PersonParams
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import Sensor, draw_sensor
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.types import Angles, Block, Event, Flush, ImportedSamples, Record, Samples, SensorSetup

SETS: Final = 8
REPS: Final = 3
BITS_SETS: Final = 2
"""Sets of each line that are also pushed record by record, which takes far longer."""
FILE_HZ: Final = 25.0
"""A slow file: no sensor with a spec offers this rate."""
SENSORS: Final = (
    ("movesense-gsp", 26.0),
    ("shin-imu-v1", 52.0),
    ("movesense-gsp", 104.0),
    ("shin-imu-v1", 104.0),
    ("shin-imu-v1", 208.0),
    ("shin-imu-v1", 416.0),
    ("movella-dot", 30.0),
    ("movella-dot", 60.0),
    ("witmotion-ble5", 20.0),
    ("witmotion-ble5", 50.0),
    ("witmotion-ble5", 100.0),
)
"""Specs at rates that they offer, each with its own counters and stamps, or none."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """One sensor at one rate with one filter.

    Attributes:
        sensor, rate_hz: the spec's id or "a file", and the rate the sensor is set to.
        orientation: which filter.
        runs: one a person.
        same_bits: for each set that was tried, whether :func:`same_bits` holds; empty for a file.
    """

    sensor: str
    rate_hz: float
    orientation: str
    runs: tuple[SimulatedRun, ...]
    same_bits: tuple[bool, ...]


def rows(sets: int = SETS) -> list[RateRow]:
    """Run every sensor at its rates through every installed filter, all at once and record by record.

    Args:
        sets: how many people, by their seeds 1, 2, ...

    Returns:
        One row for each sensor, rate and filter.
    """
    found = []
    for orientation in available_filters():
        files = tuple(file_run(seed, orientation) for seed in range(1, sets + 1))
        found.append(RateRow("a file", FILE_HZ, orientation, files, ()))
    for spec, rate_hz in SENSORS:
        sessions = [_session(spec, rate_hz, seed) for seed in range(1, sets + 1)]
        records = [tuple(session.records()) for session in sessions]
        both = list(zip(sessions, records, strict=True))
        for orientation in available_filters():
            runs = tuple(run(session, records=what, orientation=orientation) for session, what in both)
            same = tuple(same_bits(session, what, orientation) for session, what in both[:BITS_SETS])
            found.append(RateRow(spec, rate_hz, orientation, runs, same))
    return found


def _session(spec: str, rate_hz: float | None, seed: int) -> Simulation:
    return simulate_session(
        spec_text(spec),
        side="right" if seed % 2 else "left",
        reps=REPS,
        seed=seed,
        rate_hz=rate_hz,
        person=_steady(draw_person(seed)),
    )


def file_run(seed: int, orientation: str) -> SimulatedRun:
    """Record a person with a typical chip into a file of :data:`FILE_HZ` with its own time column, and import it.

    Args:
        seed: decides the person and the chip.
        orientation: name of the orientation filter.
    """
    session = _session(SENSORS[0][0], None, seed)
    leg = session.sensors[0].leg
    chip = draw_sensor(FILE_HZ, generator(seed, "chip", leg.side))
    sensor = Sensor(chip, leg.motion, generator(seed, "noise", leg.side))
    sensor.begin(0.0)
    samples = sensor.read(int(session.duration_s * chip.true_hz))
    end_ns = round(session.duration_s * 1e9)
    imported = ImportedSamples(0, end_ns, 0, samples.time_s, samples.acc_m_s2, samples.gyr_rad_s)
    return run(
        session,
        orientation=orientation,
        records=(imported, Flush(1, end_ns, None)),
        setup=SensorSetup(leg.side, FILE_HZ),
    )


def _steady(person: PersonParams) -> PersonParams:
    """The person with a knee that does not drift: the zero and the knee are not what the rate is tried on."""
    return replace(person, frontal_drift_rad=0.0)


def same_bits(simulation: Simulation, records: Sequence[Record], orientation: str) -> bool:
    """Whether a session gives the same bits record by record as all at once: rows, other events and ledger."""
    setup = SessionSetup(simulation.setups, orientation=orientation)
    whole, live = Engine(setup), Engine(setup)
    together = whole.push_many(records)
    single = [event for record in records for event in live.push(record)]
    sensors = range(len(simulation.setups))
    return (
        _others(together) == _others(single)
        and all(whole.ledger(sensor) == live.ledger(sensor) for sensor in sensors)
        and all(_bytes(together, sensor) == _bytes(single, sensor) for sensor in sensors)
    )


def _others(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Block)]


def _bytes(events: Sequence[Event], sensor: int) -> list[bytes]:
    """Every column of a sensor's rows, joined over the blocks."""
    blocks = [event for event in events if isinstance(event, Block) and event.sensor == sensor]
    if not blocks:
        return []
    samples = [[getattr(block.samples, field.name) for block in blocks] for field in fields(Samples)]
    angles = [[getattr(block.angles, field.name) for block in blocks] for field in fields(Angles)]
    return [np.concatenate(column).tobytes() for column in (*samples, *angles)]


def markdown(sets: int = SETS) -> str:
    """The section of the accuracy page."""
    lines = [
        "## Sample rates, and live against stored (simulated)",
        "",
        f"{sets} drawn people, {REPS} lunges each, rigid shin, typical chip strapped on at random, usual radio link; "
        "the same people in every line. A sensor's bytes, counters and clock are its own (a WitMotion sends neither "
        "counter nor clock); a file has a time column. Peak: found minus true. Onset and offset: absolute error, "
        "median and 95th percentile in ms. *Same bits*: sets whose rows, events and ledger are bit for bit the same "
        "pushed record by record, as live, and pushed all at once, as replay does.",
        "",
        "| sensor | rate | filter | origin | counted exactly | peak bias | peak RMSE (largest) | onset | offset | "
        "same bits |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in rows(sets)),
        "",
    ]
    return "\n".join(lines)


def _line(row: RateRow) -> str:
    peaks = [error for one in row.runs for error in one.peak_errors_deg()]
    times = [[error for one in row.runs for error in one.edge_errors_s(name)] for name in ("start_s", "end_s")]
    cells = (
        f"{row.sensor} | {row.rate_hz:g} Hz | {row.orientation} | simulated",
        f"{sum(one.exact for one in row.runs)} of {len(row.runs)}",
        f"{statistics.fmean(peaks):+.2f}° | {root_mean_square(peaks):.2f}° ({max(map(abs, peaks)):.1f}°)",
        *(f"{1e3 * absolute_percentile(t, 50.0):.0f}, {1e3 * absolute_percentile(t, 95.0):.0f}" for t in times),
        f"{sum(row.same_bits)} of {len(row.same_bits)}" if row.same_bits else "",
    )
    return f"| {' | '.join(cells)} |"
