"""What a programme does without the sensor: a timer for what it cannot see, and a rest between items.

In: guidance, time, commands. Out: the guide's cues, what became of it. Must not live here: radios, files, what a timer
says (protocols).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from sensor_pipeline.cli.recording.commands import ENDS, RECORDED, Command
from sensor_pipeline.types import Cue, Input, Tick

if TYPE_CHECKING:
    from sensor_pipeline.protocols.guidance import Guidance
    from sensor_pipeline.protocols.walk import Became
    from sensor_pipeline.types import Event, Record, Side

TICK_S: Final = 0.1
"""Between two looks at the clock: a cue comes no later than a person notices."""
HURTS: Final = "it hurts"
STOPPED: Final = "stopped"


class ByClock(Protocol):
    """Something that runs by the clock, and can be steered."""

    paused: bool
    reason: str

    def command(self, command: Command) -> str:
        """Do what is asked for; why not, "" = it is done."""

    def end(self, reason: str) -> None:
        """End it; the first reason counts."""

    async def run(self, clock_ns: Callable[[], int], say: Callable[[Sequence[Event]], None]) -> None:
        """Let it run to its end."""


class Timer:
    """One set by the clock.

    Args:
        guidance: of the protocol; its safety answers have been asked.
        side: leg it is done with.
    """

    def __init__(self, guidance: Guidance, side: Side) -> None:
        from sensor_pipeline.protocols.guide import Guide
        from sensor_pipeline.types import Targets

        self._guide = Guide(guidance, Targets(), (side,))
        self._inputs: list[Command] = []
        self._cues: list[str] = []
        self.paused = False
        self.reason = ""

    @property
    def became(self) -> Became:
        """Whether it was done whole, in part, or not at all."""
        if "set_done" in self._cues:
            return "shortened" if "shortened" in self._cues else "done"
        return "shortened" if "go" in self._cues else "skipped"

    def command(self, command: Command) -> str:
        """Take a command."""
        if command.action in ("pause", "resume"):
            self.paused = command.action == "pause"
        if command.action in ENDS:
            self.end(HURTS if command.action == "hurts-stop" else STOPPED)
        if command.action in RECORDED:
            self._inputs.append(command)
            return ""
        return f"{command.action} means nothing to a timer"

    def end(self, reason: str) -> None:
        """End it."""
        self.reason = self.reason or reason

    async def run(self, clock_ns: Callable[[], int], say: Callable[[Sequence[Event]], None]) -> None:
        """Push time into the guide until the set is done, or somebody ends it."""
        zero_ns, order = clock_ns(), 0
        records: list[Record] = []
        while True:
            now_ns = clock_ns()
            records = []
            for command in (*self._inputs, None):
                record = (
                    Tick(order, now_ns, None)
                    if command is None
                    else Input(order, now_ns, None, command.action, json.dumps(command.value))
                )
                records.append(record)
                order += 1
            self._inputs.clear()
            events = self._guide.follow(records, [], zero_ns)
            self._cues += [event.cue for event in events if isinstance(event, Cue)]
            if events:
                say(events)
            if self.reason or "set_done" in self._cues:
                return
            await asyncio.sleep(TICK_S)


class Rest:
    """A rest of some length; ``next-try`` and ``stop`` end it.

    Args:
        rest_s: how long, s.
    """

    def __init__(self, rest_s: float) -> None:
        self._rest_s = rest_s
        self.paused = False
        self.reason = ""
        self._over = False

    def command(self, command: Command) -> str:
        """Take a command."""
        match command.action:
            case "next-try" | "stop":
                self._over = True
            case "hurts-stop":
                self.end(HURTS)
            case "pause" | "resume":
                self.paused = command.action == "pause"
            case _:
                return f"{command.action} means nothing to a rest"
        return ""

    def end(self, reason: str) -> None:
        """End it, and the visit."""
        self.reason = self.reason or reason

    async def run(self, clock_ns: Callable[[], int], say: Callable[[Sequence[Event]], None]) -> None:
        """Wait; a pause does not count."""
        left_s = self._rest_s
        while left_s > 0.0 and not self._over and not self.reason:
            await asyncio.sleep(min(TICK_S, left_s))
            if not self.paused:
                left_s -= TICK_S
