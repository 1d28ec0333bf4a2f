"""A simulated person with simulated sensors on a virtual radio, for ``--virtual`` and the demo.

In: specs, sides, a target. Out: a radio and the sensors that are wanted on it. Must not live here: models, firmware,
the radio's work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.recording.virtual_script import later, script_of, timer_s
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.ble.radio import Radio
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.protocols.protocol import Dose, Protocol
    from sensor_pipeline.simulate.person import Lunge, PersonParams
    from sensor_pipeline.simulate.session import Simulation
    from sensor_pipeline.types import Side, Targets

PAST_TARGET_DEG: Final = 3.0
"""The simulated person's usual depth beyond the target: most repetitions reach it, some fall short."""
PAST_HOLD_S: Final = 0.5
"""The simulated person holds a little longer than asked, as people who wait for the "done" do."""
PERSON_TARGET_DEG: Final = 36.0
"""Where no target is set: 39 deg deep in the mean, the lower end of published peaks."""
CHANGE_S: Final = 6.0
"""Between the sets of the two legs: time to hear that it is the other one's turn."""
CONNECT_S: Final = 6.0
"""The simulated person stands still for so much longer: until two sensors are found and connected."""

VIRTUAL_REPS: Final = 5
"""Repetitions of the simulated person where nobody says."""
VIRTUAL_SPEC: Final = "shin-imu-v1"


@dataclass(frozen=True, slots=True)
class VirtualPerson:
    """Who wears the virtual sensors.

    Attributes:
        specs: kind of each sensor.
        sides: leg of each sensor.
        targets: what the person tries to do.
        reps: how many repetitions; a protocol's own number counts instead.
        seed: another seed, another person, and which leg comes first.
        protocol: what the person does, None = ``reps`` repetitions with both legs at once.
        dose: how much of it, None with the protocol.
    """

    specs: tuple[SensorSpec, ...]
    sides: tuple[Side, ...]
    targets: Targets
    reps: int
    seed: int = 1
    protocol: Protocol | None = None
    dose: Dose | None = None

    def simulation(self, more_stand_s: float = 0.0) -> Simulation:
        """The person with the sensors on the legs, without a radio: all of one spec.

        Args:
            more_stand_s: standing still for so much longer before the first repetition.
        """
        from sensor_pipeline.simulate.session import simulate_session

        side: Literal["left", "right", "both"] = self.sides[0] if len(self.sides) == 1 else "both"
        person = self._person(more_stand_s)
        return simulate_session(
            self.specs[0], side=side, reps=self.reps, seed=self.seed, person=person, legs=self._moves(person)
        )

    def _moves(self, person: PersonParams) -> Callable[[Side], Lunge] | None:
        """What each leg does in the protocol: one leg after the other where each has its set."""
        protocol, dose = self.protocol, self.dose
        if protocol is None or dose is None:
            return None
        from sensor_pipeline.protocols.walk import leg_order
        from sensor_pipeline.simulate.person import Lunge

        script = script_of(protocol, dose, person.peak_rad, person.stand_s)
        order = [side for side in leg_order(self.seed) if side in self.sides]
        turn_s = script[-1].end_s - person.stand_s + CHANGE_S if script else 0.0

        def leg(side: Side) -> Lunge:
            turn = order.index(side) if protocol.each_leg else 0
            return Lunge(side, person, later(script, turn * turn_s), self.seed)

        return leg

    def _person(self, more_stand_s: float) -> PersonParams:
        from sensor_pipeline.frames import RAD_PER_DEG
        from sensor_pipeline.simulate.person import PersonParams

        target_deg = self.targets.angle_deg if self.targets.angle_deg is not None else PERSON_TARGET_DEG
        return PersonParams(
            peak_rad=(target_deg + PAST_TARGET_DEG) * RAD_PER_DEG,
            hold_s=self.targets.hold_s + PAST_HOLD_S,
            stand_s=PersonParams().stand_s + more_stand_s,
        )

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The sensors, for a recording."""
        return tuple(
            Wanted(spec, side=side, match=name_of(side)) for spec, side in zip(self.specs, self.sides, strict=True)
        )

    @property
    def duration_s(self) -> float:
        """Time from the switching on of the radio until the person has finished."""
        timed_s = 0.0
        if self.protocol is not None and self.protocol.way == "timer" and self.dose is not None:
            timed_s = timer_s(self.dose) * (len(self.sides) if self.protocol.each_leg else 1)
        return max(simulation.duration_s for simulation in self._legs()) + timed_s

    def _legs(self) -> list[Simulation]:
        """Each leg with its sensor, on the air."""
        from sensor_pipeline.simulate.session import simulate_session

        person = self._person(CONNECT_S)
        legs = self._moves(person)
        return [
            simulate_session(spec, side=side, reps=self.reps, seed=self.seed, person=person, legs=legs)
            for spec, side in zip(self.specs, self.sides, strict=True)
        ]

    @asynccontextmanager
    async def on_air(self) -> AsyncIterator[Radio]:
        """Switch a virtual radio on with this person's sensors on it; the person begins to stand still at once."""
        from sensor_pipeline.ble.virtual.air import VirtualRadio
        from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams

        sensors = [
            PeripheralParams(
                spec,
                worn=simulation.sensors[0],
                side=side,
                seed=self.seed,
                name=name_of(side),
                serial=f"VIRTUAL-{index + 1}",
            )
            for index, (spec, side, simulation) in enumerate(zip(self.specs, self.sides, self._legs(), strict=True))
        ]
        async with VirtualRadio(sensors) as air:
            yield air.radio


def name_of(side: Side) -> str:
    """Advertised name of the virtual sensor on a leg."""
    return f"virtual {side}"


def virtual_person(sensors: Sequence[str], sides: Sequence[Side], targets: Targets, seed: int) -> VirtualPerson:
    """Choose the simulated person and the kinds of their sensors.

    Args:
        sensors: specs, none = the open profile for each side.
        sides: legs, none = the left one.
        targets: of the session.
        seed: another seed, another person.

    Raises:
        UserError: no spec, or sensors and sides that do not fit together.
    """
    from sensor_pipeline.cli.recording.choose import check_sides, spec_named

    names = tuple(sensors) or (VIRTUAL_SPEC,) * max(len(sides), 1)
    legs = check_sides(names, tuple(sides) or ("left",))
    specs = []
    for name in names:
        named = spec_named(name)
        if named is None:
            raise UserError(f"--virtual --sensor {name}: give the spec to simulate; 'dorsi spec list' shows them")
        specs.append(named[0])
    return VirtualPerson(tuple(specs), legs, targets, targets.reps or VIRTUAL_REPS, seed)
