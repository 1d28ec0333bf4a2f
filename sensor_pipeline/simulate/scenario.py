"""A session asked for in words: who, which sensor, what happens before and in the set, how bad the radio is.

In: :class:`Scenario`. Out: the simulation, the targets of the set, labels, and a sentence on what was simulated. Must
not live here: any model, files, the command line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD, RAD_PER_DEG
from sensor_pipeline.simulate.faults import Fault, check_faults, with_faults
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.labels import labelled_reps, true_reps
from sensor_pipeline.simulate.link import LinkParams, Outage
from sensor_pipeline.simulate.movement import Movement, kneel, shift_weight, tap, walk
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import Lunge, PersonParams, script_set
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import SensorParams, draw_misalignment, draw_sensor
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.simulate.strap import STRAPS, draw_slip
from sensor_pipeline.types import Rep, Side, Targets

BEFORE: Final = ("walk", "shift", "kneel", "tap")
"""What can happen before the set."""
BEFORE_FROM_S: Final = 1.0
"""It begins when the sensors stream."""
BEFORE_PAUSE_S: Final = 0.8
"""Between two of those: shorter than a standing pose, so that none of the pauses is one (own choice)."""
BELOW_PEAK_DEG: Final = 3.0
"""The target lies this far below the person's usual depth: repetitions without a fault reach it (2.5 sd of the
largest spread between repetitions)."""
LEAST_HOLD_S: Final = 2.0
"""A person who is to leave a hold early holds at least this long otherwise."""
MOST_RATE_ERROR: Final = 0.07
"""A chip was found 6.6 % off its nominal rate; beyond 7 % it would not be the rate the sensor was set to."""
LossKind = Literal["none", "light", "heavy"]
LOSS: Final[tuple[LossKind, ...]] = ("none", "light", "heavy")
"""How bad the radio is: none = late but complete; light = two short losses; heavy = retransmissions, stalls, four
losses, a lost connection and a restart of the sensor."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A session to simulate.

    Attributes:
        spec: the sensor's spec, or its text.
        side: which leg carries a sensor, or both.
        reps: how many repetitions.
        seed: decides the person, the chip and everything else that is drawn.
        rate_error: true rate over nominal, minus 1; None draws it.
        strap: good or sloppy, see ``strap.STRAPS``.
        before: what happens before the set, in this order, of :data:`BEFORE`.
        faults: what goes wrong, on each leg.
        loss: how bad the radio is.
        slip_s: when the strap slips by some degrees, None = never.
    """

    spec: SensorSpec | str
    side: Side | Literal["both"] = "left"
    reps: int = 5
    seed: int = 1
    rate_error: float | None = None
    strap: str = "good"
    before: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    loss: LossKind = "none"
    slip_s: float | None = None

    def __post_init__(self) -> None:
        if self.rate_error is not None and not abs(self.rate_error) <= MOST_RATE_ERROR:
            raise UserError(
                f"rate error {self.rate_error * 100.0:g} %: must be -{MOST_RATE_ERROR:.0%} to {MOST_RATE_ERROR:.0%}"
            )
        if self.strap not in STRAPS:
            raise UserError(_unknown("strap", self.strap, tuple(STRAPS)))
        if self.loss not in LOSS:
            raise UserError(_unknown("loss", self.loss, LOSS))
        for name in self.before:
            if name not in BEFORE:
                raise UserError(_unknown("movement before the set", name, BEFORE))
        check_faults(self.faults, self.reps)


@dataclass(frozen=True, slots=True)
class Staged:
    """A scenario, ready to be run.

    Attributes:
        scenario: what was asked for.
        simulation: its records and truth.
        targets: what the set asks for.
        person: who does it.
        notes: what was simulated, in one paragraph.
    """

    scenario: Scenario
    simulation: Simulation
    targets: Targets
    person: PersonParams
    notes: str

    def labels(self) -> tuple[Rep, ...]:
        """The true repetitions of every leg, by the core's own functions, with the scripted faults named."""
        found: list[Rep] = []
        for truth in self.simulation.truths:
            found += labelled_reps(truth, true_reps(truth, self.targets), self.scenario.faults)
        return tuple(found)


def stage(scenario: Scenario) -> Staged:
    """Draw the person and the chips of a scenario and put its pieces together.

    Raises:
        UserError: values that make no sense together.
        SpecError: a spec that is refused, or that cannot be simulated.
    """
    person = draw_person(scenario.seed)
    if any(fault.kind == "hold_short" for fault in scenario.faults) and person.hold_s < LEAST_HOLD_S:
        person = replace(person, hold_s=LEAST_HOLD_S)
    target_deg = math.floor(2.0 * (person.peak_rad * DEG_PER_RAD - BELOW_PEAK_DEG)) / 2.0
    # Holds are drawn with a spread: the shortest of them is still as long as asked for.
    hold_s = math.floor(2.0 * 0.8 * person.hold_s) / 2.0
    targets = Targets(angle_deg=target_deg, hold_s=hold_s, reps=scenario.reps or None)

    def leg(side: Side) -> Lunge:
        before = before_set(scenario.before, side)
        after_s = max((movement.end_s for movement in before), default=0.0)
        clean = script_set(person, scenario.reps, side, scenario.seed, after_s)
        faulty = with_faults(clean, scenario.faults, target_deg * RAD_PER_DEG)
        return Lunge(side, person, faulty.script, scenario.seed, (*before, *faulty.movements))

    def chip(side: Side, rate_hz: float) -> SensorParams:
        drawn = draw_sensor(rate_hz, generator(scenario.seed, "chip", side))
        drawn = draw_misalignment(drawn, generator(scenario.seed, "misalignment", side))
        return drawn if scenario.rate_error is None else replace(drawn, rate_error=scenario.rate_error)

    strap = STRAPS[scenario.strap]
    if scenario.slip_s is not None:
        strap = replace(strap, slips=(draw_slip(scenario.slip_s, generator(scenario.seed, "slip")),))
    first = leg("left")
    duration_s = first.done_s + person.finish_s
    link, firmware = draw_loss(scenario.loss, scenario.seed, duration_s)
    simulation = simulate_session(
        scenario.spec,
        side=scenario.side,
        seed=scenario.seed,
        legs=leg,
        sensor=chip,
        strap=strap,
        link=link,
        firmware=firmware,
    )
    return Staged(scenario, simulation, targets, person, _notes(scenario, person))


def before_set(names: Sequence[str], side: Side) -> tuple[Movement, ...]:
    """The movements of :data:`BEFORE`, one after the other; both legs keep the same time.

    Raises:
        UserError: a name that is none of them.
    """
    made: list[Movement] = []
    at_s = BEFORE_FROM_S
    for name in names:
        match name:
            case "walk":
                movement = walk(at_s, 3, side)
            case "shift":
                movement = shift_weight(at_s, 3, side)
            case "kneel":
                movement = kneel(at_s)
            case "tap":
                movement = tap(at_s, 3)
            case _:
                raise UserError(_unknown("movement before the set", name, BEFORE))
        made.append(movement)
        at_s = movement.end_s + BEFORE_PAUSE_S
    return tuple(made)


def draw_loss(kind: LossKind, seed: int, duration_s: float) -> tuple[LinkParams, FirmwareParams]:
    """A link and a firmware that lose as much as asked for, at times drawn from the seed.

    Args:
        kind: one of :data:`LOSS`.
        seed: the simulation's seed.
        duration_s: how long the session lasts.
    """
    if kind == "none":
        return LinkParams(), FirmwareParams()
    rng = generator(seed, "loss")
    # a queue of 16 packets holds 0.6 s at the usual packet length: an outage beyond that loses samples
    firmware = FirmwareParams(queue_packets=16)
    share = 2 if kind == "light" else 6
    times_s = ((0.25 + 0.7 * (i + rng.random() * 0.6) / share) * duration_s for i in range(share))
    starts = [float(time_s) for time_s in times_s]
    short = [Outage(at_s, float(rng.uniform(0.8, 1.4))) for at_s in starts[:2]]
    if kind == "light":
        return LinkParams(outages=tuple(short)), firmware
    long = [Outage(starts[3], 1.8), Outage(starts[4], 1.0), Outage(starts[2], 4.6)]
    outages = tuple(sorted([*short, *long], key=lambda outage: outage.start_s))
    link = LinkParams(
        retransmit_probability=0.3, host_jitter_s=0.01, stalls_per_min=4.0, stall_s=(0.3, 1.2), outages=outages
    )
    return link, replace(firmware, reboots_s=(starts[5],))


def _notes(scenario: Scenario, person: PersonParams) -> str:
    rate = "drawn" if scenario.rate_error is None else f"{scenario.rate_error * 100.0:+g} %"
    slip = "" if scenario.slip_s is None else f" that slips at {scenario.slip_s:g} s"
    parts = [
        f"simulated, seed {scenario.seed}: {scenario.reps} repetitions",
        f"usual depth {person.peak_rad * DEG_PER_RAD:.1f} deg, descent {person.descent_s:.1f} s, hold "
        f"{person.hold_s:.1f} s, ascent {person.ascent_s:.1f} s, profile {person.profile}",
        f"strap {scenario.strap}{slip}, sample rate error {rate}, radio loss {scenario.loss}",
        f"before the set: {', '.join(scenario.before) or 'nothing'}",
        f"faults: {', '.join(map(str, scenario.faults)) or 'none'}",
    ]
    return "; ".join(parts)


def _unknown(what: str, value: str, choices: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(value, choices, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(choices)}"
    return f"{what} {value[:60]!r}: {hint}"
