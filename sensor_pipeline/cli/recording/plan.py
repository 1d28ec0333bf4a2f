"""What a recording is to be, and what came of it.

In: a person's choices. Out: frozen values. Must not live here: how they were asked for, how they are carried out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.cli.recording.commands import Command
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.protocols.guidance import Guidance
    from sensor_pipeline.protocols.protocol import Protocol
    from sensor_pipeline.protocols.safety import SafetyAnswers
    from sensor_pipeline.recording.finish import FinishReport
    from sensor_pipeline.types import Json, Side, Targets

WAIT_S: Final = 120.0
"""Usual patience with a sensor that is not there: long enough to fetch a battery, short enough to end by itself."""
OTHER: Final[dict[Side, Side]] = {"left": "right", "right": "left"}


def _no_targets() -> Targets:
    from sensor_pipeline.types import Targets  # loads numpy: not for --help

    return Targets()


@dataclass(frozen=True, slots=True)
class Plan:
    """One session that is to be recorded.

    Attributes:
        library: folder of the session's folder.
        wanted: its sensors, one for each leg.
        person: pseudonym, None = not said.
        answers: to the safety questions, None where nobody wears the sensor.
        targets: what repetitions are measured against; with ``reps`` the session ends after the set.
        push: False where the safety answers forbid prompts to push.
        duration_s: it ends so long after its first data, None = not by itself.
        wait_s: it ends where no sensor sends anything for so long.
        force: record with an empty battery, too.
        simulated: nobody wears the sensor.
        visit: id shared by the sessions of one run of the command.
        strap: id of this strapping.
        protocol: what is done, with its guidance; None = a plain set at a fixed target.
        guidance: how it is guided, None with the protocol.
        said: what else was answered or typed before it, by question: kept in session.json.
    """

    library: Path
    wanted: tuple[Wanted, ...]
    person: str | None = None
    answers: SafetyAnswers | None = None
    targets: Targets = field(default_factory=_no_targets)
    push: bool = True
    duration_s: float | None = None
    wait_s: float = WAIT_S
    force: bool = False
    simulated: bool = False
    visit: str | None = None
    strap: str | None = None
    protocol: Protocol | None = None
    guidance: Guidance | None = None
    said: Mapping[str, Json] = field(default_factory=dict)

    @property
    def sets(self) -> int:
        """How many sets there are to be done: one for each sensor, one in all where both legs work at once."""
        return 1 if self.protocol is not None and not self.protocol.each_leg else len(self.wanted)

    @property
    def setup(self) -> SessionSetup:
        """The engine's setup: without a target and a hold where the person must not be pushed."""
        from sensor_pipeline.engine import SessionSetup
        from sensor_pipeline.signal.orientation import available_filters
        from sensor_pipeline.types import SensorSetup, Targets

        sensors = tuple(SensorSetup(one.side, one.asked_hz, one.spec.text, one.stream) for one in self.wanted)
        targets = self.targets if self.push else Targets(reps=self.targets.reps)
        setup = SessionSetup(sensors, targets=targets, orientation=available_filters()[0])
        if self.protocol is None:
            return setup
        return replace(setup, protocol=self.protocol.id, guidance=self.guidance)

    def other_leg(self, side: Side | None) -> Plan:
        """The same on the other leg, or with the two sensors changed over: a new strapping, nothing of the old zero.

        Args:
            side: of the only sensor; None, or with two sensors: the other one.
        """
        wanted = tuple(
            replace(one, side=side if side is not None and len(self.wanted) == 1 else OTHER[one.side])
            for one in self.wanted
        )
        return replace(self, wanted=wanted, strap=new_id())

    def other_person(self, person: str) -> Plan:
        """The same for another person: a new strapping, nothing of the old zero."""
        return replace(self, person=person, strap=new_id())


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a session.

    Attributes:
        reason: why it ended, in words.
        path: its folder, None = nothing was recorded.
        report: what was stored, None = nothing, or it could not be finished.
        problems: what was lost or went wrong, in sentences.
        notes: what was wrong with a stream and cost no data: another rate than asked for.
        following: what the person asked for next: the other leg, another person; None = nothing.
    """

    reason: str
    path: Path | None = None
    report: FinishReport | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    following: Command | None = None


def new_id() -> str:
    """An id for a visit or a strapping."""
    return secrets.token_hex(4)
