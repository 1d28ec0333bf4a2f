"""What it costs not to know how the sensor is strapped on: every axis-aligned way, and any way; simulated, by seed.

In: numbers of straps. Out: rows of a table, a section of the accuracy page. Must not live here: the mounting stage.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sensor_pipeline import frames
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import Rotation
from sensor_pipeline.lab.simulated_run import HoldError, root_mean_square, run
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.person import PersonParams
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import SensorParams, draw_misalignment, draw_sensor, draw_strap
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.types import Side

SPEC: Final = "shin-imu-v1"
RATE_HZ: Final = 104.0
REPS: Final = 3
"""The axis takes over after the first repetition: two are measured with it."""
RANDOM_STRAPS: Final = 150
STRAIGHT: Final = PersonParams(
    frontal_rad=0.0,
    frontal_sd_rad=0.0,
    axial_rad=0.0,
    axial_sd_rad=0.0,
    sway_sd_rad=0.0,
    frontal_sway_sd_rad=0.0,
    axial_sway_sd_rad=0.0,
)
"""A knee that moves in a plane and a body that does not sway: what is left is the method's own error."""


@dataclass(frozen=True, slots=True)
class Strapped:
    """One way to wear the sensor: which leg, the mounting, and the seed of all that is drawn."""

    side: Side
    mounting: Rotation
    seed: int


@dataclass(frozen=True, slots=True)
class MountingRow:
    """One line of the table.

    Attributes:
        straps: which ways.
        sensor: which chip and person.
        orientation: which filter.
        sessions, exact: how many, and how many of them were counted exactly.
        with_axis: errors of every hold after the mediolateral axis was found.
        tilt_only: errors of every hold before.
    """

    straps: str
    sensor: str
    orientation: str
    sessions: int
    exact: int
    with_axis: tuple[HoldError, ...]
    tilt_only: tuple[HoldError, ...]


def axis_aligned() -> tuple[str, ...]:
    """The 24 ways to put a sensor's axes along the shin's, as ``forwards,left,up``."""
    found = []
    for names in itertools.permutations("xyz"):
        for signs in itertools.product("+-", repeat=3):
            text = ",".join(sign + name for sign, name in zip(signs, names, strict=True))
            try:
                frames.parse_axes(text)
            except UserError:  # left-handed: no sensor can be strapped on like that
                continue
            found.append(text)
    return tuple(found)


def aligned_straps() -> tuple[Strapped, ...]:
    """Every axis-aligned way on both legs."""
    sides: tuple[Side, ...] = ("left", "right")
    return tuple(
        Strapped(side, frames.parse_axes(text), seed)
        for side in sides
        for seed, text in enumerate(axis_aligned(), start=1)
    )


def random_straps(count: int) -> tuple[Strapped, ...]:
    """Ways drawn evenly from all there are, left and right in turn."""
    return tuple(
        Strapped("right" if seed % 2 else "left", draw_strap(generator(seed, "random strap")), seed)
        for seed in range(1, count + 1)
    )


def ideal(strapped: Strapped) -> Simulation:
    """A chip without noise or error on a rigid shin, and a straight knee."""
    chip = SensorParams(RATE_HZ, mounting=strapped.mounting, acc_noise_m_s2_rt_hz=0.0, gyr_noise_rad_s_rt_hz=0.0)
    return _session(strapped, chip, STRAIGHT)


def typical(strapped: Strapped) -> Simulation:
    """A typical chip, without a calibration of its own, on a rigid shin; a knee that goes a little inwards; sway."""
    drawn = draw_sensor(RATE_HZ, generator(strapped.seed, "chip", strapped.side), strapped.mounting)
    chip = draw_misalignment(drawn, generator(strapped.seed, "misalignment", strapped.side))
    return _session(strapped, chip, PersonParams())


SENSORS: Final = {"without error, straight knee": ideal, "typical chip, default person": typical}


def rows(random_count: int = RANDOM_STRAPS) -> list[MountingRow]:
    """Measure every combination of straps, chips and installed filters.

    Args:
        random_count: how many random straps.

    Returns:
        One row a combination.
    """
    straps = {
        "24 axis-aligned, both legs": aligned_straps(),
        f"{random_count} at random": random_straps(random_count),
    }
    return [
        row for (name, ways), sensor in itertools.product(straps.items(), SENSORS) for row in _rows(name, ways, sensor)
    ]


def _rows(name: str, ways: Sequence[Strapped], sensor: str) -> Iterator[MountingRow]:
    sessions = [(simulation, tuple(simulation.records())) for simulation in map(SENSORS[sensor], ways)]
    for orientation in available_filters():
        runs = [run(simulation, records=records, orientation=orientation) for simulation, records in sessions]
        holds = [hold for one in runs for hold in one.holds]
        yield MountingRow(
            name,
            sensor,
            orientation,
            len(runs),
            sum(one.exact for one in runs),
            tuple(hold for hold in holds if not hold.tilt_only),
            tuple(hold for hold in holds if hold.tilt_only),
        )


def markdown(random_count: int = RANDOM_STRAPS) -> str:
    """The section of the accuracy page."""
    lines = [
        "## Mounting: the sensor strapped on any way (simulated)",
        "",
        f"A set of {REPS} lunges, `{SPEC}` at {RATE_HZ:g} Hz over a usual radio link, rigid shin; nothing is stated "
        "about the mounting. Error: measured minus true dorsiflexion, the mean over each hold; RMSE over all holds, "
        "largest in brackets. The first repetition is measured as the total tilt, the later ones about the "
        "mediolateral axis that the first one shows. *Without error*: a chip without noise or bias, a knee that moves "
        "in a plane, no sway: what the method itself costs. *Typical*: 10 mg of bias and 0.3° of misalignment on each "
        "axis, no calibration of one's own, and a knee that goes 1.5° inwards.",
        "",
        "| straps | chip and person | filter | origin | counted exactly | hold, axis known | hold, first repetition |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.straps} | {row.sensor} | {row.orientation} | simulated | {row.exact} of {row.sessions} | "
            f"{_figures(row.with_axis)} | {_figures(row.tilt_only)} |"
            for row in rows(random_count)
        ),
        "",
    ]
    return "\n".join(lines)


def _figures(holds: Sequence[HoldError]) -> str:
    if not holds:
        return "none"
    errors = [hold.error_deg for hold in holds]
    return f"{root_mean_square(errors):.2f}° ({max(map(abs, errors)):.2f}°)"


def _session(strapped: Strapped, chip: SensorParams, person: PersonParams) -> Simulation:
    return simulate_session(
        spec_text(SPEC), side=strapped.side, reps=REPS, seed=strapped.seed, person=person, sensor=chip
    )
