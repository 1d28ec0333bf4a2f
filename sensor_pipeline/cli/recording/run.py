"""One run of ``dorsi record``: the sessions of one visit, one after the other, and who sees and steers them.

In: a plan, a radio, keys and lines. Out: sessions, an exit code. Must not live here: a session's own way, options.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sensor_pipeline.cli.exits import DONE, DONE_WITH_LOSS, FAILED
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sensor_pipeline.ble.radio import Radio
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.cli.radio_choice import RadioChoice
    from sensor_pipeline.cli.recording.aim import Wish
    from sensor_pipeline.cli.recording.by_clock import ByClock
    from sensor_pipeline.cli.recording.commands import Command, Steered
    from sensor_pipeline.cli.recording.json_lines import JsonLines
    from sensor_pipeline.cli.recording.outlets import Outlet
    from sensor_pipeline.cli.recording.plan import Ended, Plan
    from sensor_pipeline.cli.recording.questions import Answerer, Program
    from sensor_pipeline.cli.recording.session import Recording
    from sensor_pipeline.cli.recording.virtual import VirtualPerson
    from sensor_pipeline.cli.web_record import RecordPage
    from sensor_pipeline.types import Json, Side

_Result = TypeVar("_Result")

NOBODY_READS: Final = "nobody reads the events any more"


def worst(codes: Iterable[int]) -> int:
    """The exit code of several sessions: the worst of theirs."""
    found = set(codes)
    return FAILED if FAILED in found else max(found, default=DONE)


class Run:
    """One run of the command.

    Args:
        choice: the radio.
        person: the simulated person, None = a real one.
        as_json: events as lines on standard output, commands as lines on standard input.
        fast: on virtual time.
        keys: whether single keys steer it, where there is a terminal.
        wish: what was typed beside a protocol.
    """

    def __init__(
        self,
        choice: RadioChoice,
        person: VirtualPerson | None,
        *,
        as_json: bool = False,
        fast: bool = False,
        keys: bool = True,
        wish: Wish | None = None,
    ) -> None:
        from sensor_pipeline.cli.recording.aim import Wish

        self._choice = choice
        self._radio: Radio | None = None
        self._person = person
        self._json = as_json
        self._fast = fast
        self._live = sys.stderr.isatty() and not as_json and not fast
        self._keys = keys and self._live and sys.stdin.isatty()
        self.page: RecordPage | None = None  # set it to show the sessions on a page, too
        self._recording: Recording | None = None
        self._steered: Steered | None = None  # what keys and lines go to
        self.in_programme = False
        self.visit_over = False
        self._lines: JsonLines | None = None
        self.wish = wish or Wish()
        self._program: Program | None = None
        self._answerer: Answerer | None = None

    # who answers

    def open_input(self) -> None:
        """Begin to read lines, where they steer; call it once, in the event loop."""
        if not self._json:
            return
        from sensor_pipeline.cli.recording.input_lines import listen
        from sensor_pipeline.cli.recording.questions import Program

        program = Program(sys.stdout)
        if listen(sys.stdin, self._line, program.close):
            self._program = program

    @property
    def answerer(self) -> Answerer:
        """Who answers questions: a program, a person at the terminal, nobody."""
        if self._answerer is None:
            from sensor_pipeline.cli.recording.questions import Nobody, Terminal

            if self._program is not None:
                self._answerer = self._program
            elif self._person is None and not self._json and sys.stdin.isatty():
                self._answerer = Terminal()
            else:
                self._answerer = Nobody()
        return self._answerer

    async def ask_lengths(self, plan: Plan) -> None:
        """Ask a person at the terminal for the lengths that a search can use; a program is told by cues, and types."""
        from sensor_pipeline.cli.recording.aim import with_lengths
        from sensor_pipeline.cli.recording.questions import Terminal

        if isinstance(self.answerer, Terminal):
            self.wish = await with_lengths(self.wish, plan, self.answerer)

    def aim(self, plan: Plan) -> Plan:
        """Give a plan with its sensors what its protocol needs; a plain set stays as it is."""
        from sensor_pipeline.cli.recording.aim import aimed

        return plan if plan.protocol is None else aimed(plan, plan.protocol, self.wish)

    # sessions

    def sessions(
        self,
        plan: Plan,
        sensors: Sequence[str],
        sides: Sequence[Side],
        rate_hz: float | None,
        given: str | None = None,
    ) -> int:
        """Ask what has to be asked, then record one session after the other, until nothing else is asked for.

        Args:
            plan: of the first one, without its sensors; answers that it has are not asked for again.
            given: answers to the safety questions, as typed.
            sensors, sides, rate_hz: as typed.

        Returns:
            The exit code: the worst of all sessions.

        Raises:
            UserError: a choice that cannot be carried out, or the safety answers take it out.
            RadioError: the radio does not work, or the sensor is not there.
        """
        return self.run(self._all(plan, sensors, sides, rate_hz, given))

    def run(self, main: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine, on real time or on virtual time."""
        return self._choice.run(main) if self._fast else asyncio.run(main)

    async def _all(
        self,
        plan: Plan,
        sensors: Sequence[str],
        sides: Sequence[Side],
        rate_hz: float | None,
        given: str | None,
    ) -> int:
        from sensor_pipeline.cli.recording.gating import answered, judged

        codes = {DONE}
        self.open_input()
        if plan.answers is None:
            plan = judged(plan, await answered(plan, given, self.answerer))
        await self.ask_lengths(plan)
        async with self.radio() as radio:
            plan = replace(plan, wanted=await self.wanted(radio, sensors, sides, rate_hz))
            if self._person is not None and plan.duration_s is None:
                plan = replace(plan, duration_s=self._person.duration_s)
            while True:
                plan = self.aim(plan)
                ended = await self.one(radio, plan)
                codes.add(self.finished(plan, ended))
                if ended.following is None:
                    break
                plan = await self._next(plan, ended.following)
        return worst(codes)

    async def wanted(
        self, radio: Radio | None, sensors: Sequence[str], sides: Sequence[Side], rate_hz: float | None
    ) -> tuple[Wanted, ...]:
        """The sensors that are meant; says what stays set in one of them."""
        from sensor_pipeline.cli.recording.choose import choose, persistent_notice

        if self._person is not None:
            wanted = tuple(replace(one, rate_hz=rate_hz) for one in self._person.wanted)
        elif radio is None:
            raise UserError("the radio is not open")
        else:
            wanted = await choose(radio, sensors, sides, rate_hz)
        for line in persistent_notice(wanted):
            click.echo(line, err=True)
        return wanted

    @asynccontextmanager
    async def radio(self) -> AsyncIterator[Radio]:
        """Open the radio for the time of a ``with`` block; a simulated person begins to stand still at once."""
        async with self._choice.open() if self._person is None else self._person.on_air() as radio:
            self._radio = radio
            yield radio

    async def _next(self, plan: Plan, following: Command) -> Plan:
        """The session that the person asked for with a key or a line."""
        from sensor_pipeline.cli.recording.gating import answered, judged

        if following.action == "side":
            return plan.other_leg(following.value)
        given = None
        if following.value is None:
            from sensor_pipeline.cli.recording.safety_questions import ask_person

            name = ask_person()
        else:
            name, given = following.value["name"], following.value["answers"]
        plan = replace(plan.other_person(name), answers=None, push=True, said={})
        self.wish = replace(self.wish, shank_cm=None, start_cm=None)
        plan = judged(plan, await answered(plan, given, self.answerer))
        await self.ask_lengths(plan)
        return plan

    async def one(self, radio: Radio, plan: Plan) -> Ended:
        """Record one session, shown and steered as this run is.

        Args:
            radio: where its sensors are.
            plan: what it is to be.
        """
        from sensor_pipeline.cli.live_state import LiveState
        from sensor_pipeline.cli.live_view import screen
        from sensor_pipeline.cli.recording.commands import LEGEND
        from sensor_pipeline.cli.recording.json_lines import JsonLines
        from sensor_pipeline.cli.recording.keys import keys
        from sensor_pipeline.cli.recording.outlets import Screen, Talk
        from sensor_pipeline.cli.recording.session import Recording
        from sensor_pipeline.cli.recording.stopping import signals

        setup = plan.setup
        state = LiveState.of(setup.sensors, setup.targets)
        outlet: Outlet
        if self._json:
            outlet = self._lines = JsonLines(sys.stdout, plan, lambda: recording.end(NOBODY_READS))
        elif self._live:
            outlet = Screen(state)
        else:
            outlet = Talk(setup.targets, [sensor.side for sensor in setup.sensors], plan.person)
        outlets = [outlet] if self.page is None else [outlet, self.page]
        self._recording = recording = Recording(plan, outlets, self.clock_ns())
        if self.page is not None:
            self.page.bind(recording, plan)

        self._steered = recording

        async with AsyncExitStack() as stack:
            stack.enter_context(signals(recording.end))
            if self._live:
                state.person, state.push = plan.person or "person not said", plan.push
                if self._keys:
                    state.keys = LEGEND
                    await stack.enter_async_context(keys(self._key))
                stack.enter_context(screen(state))
            return await recording.run(radio)

    async def session(self, plan: Plan) -> tuple[Ended, int]:
        """Record one session of a programme; the simulated person begins to stand still then."""
        plan = self.aim(plan)
        person, protocol = self._person, plan.protocol
        if person is None and self._radio is not None:
            ended = await self.one(self._radio, plan)
        elif person is None or protocol is None:
            raise UserError("the radio is not open")
        else:
            sides = tuple(one.side for one in plan.wanted)
            person = replace(person, sides=sides, protocol=protocol, dose=self.wish.dose(protocol))
            plan = replace(plan, wanted=person.wanted, duration_s=person.duration_s)
            async with person.on_air() as radio:
                ended = await self.one(radio, plan)
        return ended, self.finished(plan, ended)

    async def by_clock(self, item: ByClock, plan: Plan) -> None:
        """Let a part of a programme run that no sensor sees: shown and steered as a session is."""
        from sensor_pipeline.cli.recording.json_lines import JsonLines
        from sensor_pipeline.cli.recording.keys import keys
        from sensor_pipeline.cli.recording.outlets import Talk
        from sensor_pipeline.cli.recording.stopping import signals
        from sensor_pipeline.types import Targets

        outlet: Outlet
        if self._json:
            outlet = self._lines = JsonLines(sys.stdout, plan, lambda: item.end(NOBODY_READS))
        else:
            outlet = Talk(Targets(), [one.side for one in plan.wanted], plan.person)
        self._steered = item
        async with AsyncExitStack() as stack:
            stack.enter_context(signals(item.end))
            if self._keys:
                await stack.enter_async_context(keys(self._key))
            await item.run(self.clock_ns(), outlet.events)

    def say(self, text: str, **fields: Json) -> None:
        """Say where a programme is: a line of JSON, or words on standard error."""
        if not self._json:
            click.echo(text, err=True)
            return
        import json

        click.echo(json.dumps({**fields, "text": text}))

    def _key(self, key: str) -> None:
        """Obey a key."""
        from sensor_pipeline.cli.recording.commands import of_key

        command = None if self._steered is None else of_key(key, self._steered.paused)
        if command is not None:
            self.steer(command)

    def steer(self, command: Command) -> str:
        """Do what the person, or a program, asks for.

        Returns:
            Why not, "" = it is done.
        """
        if self._steered is None:
            return "nothing is being recorded yet"
        if self.in_programme and command.action in ("side", "person"):
            return "the programme says which leg, for one person; stop it first"
        self.visit_over = self.visit_over or (command.action, command.value) == ("stop", "visit")
        return self._steered.command(command)

    def clock_ns(self) -> Callable[[], int]:
        """The clock that records are stamped with."""
        if self._fast:
            from sensor_pipeline.ble.virtual.loop import clock_ns

            return clock_ns
        from time import perf_counter_ns

        return perf_counter_ns

    def _line(self, line: str) -> None:
        """Obey a line of standard input, or say why not."""
        from sensor_pipeline.cli.recording.commands import of_line

        program = self._program
        try:
            command = of_line(line)
            if program is not None and program.waits:
                program.take_or_refuse(line, command)
                return
            if command.action == "person" and command.value["answers"] is None and self._person is None:
                raise UserError(
                    "another person has answers of their own to the safety questions: give them as 'answers'"
                )
        except UserError as error:
            if program is not None:
                program.refuse(line, str(error))
            return
        why_not = self.steer(command)
        if why_not and program is not None:
            program.refuse(line, why_not)

    def finished(self, plan: Plan, ended: Ended) -> int:
        """Tell what came of a session; its exit code."""
        from sensor_pipeline.cli.recording.summary import next_lines, print_session
        from sensor_pipeline.protocols.coach import HURTS_TEXT

        recording = self._recording
        code = FAILED if ended.report is None else DONE_WITH_LOSS if ended.problems else DONE
        if self.page is not None:
            self.page.ended(ended, code)
        if self._lines is not None:
            self._lines.ended(ended, code)
        elif ended.path is not None and ended.report is not None:
            print_session(ended.path, plan.setup.targets)
        click.echo(f"ended: {ended.reason}", err=True)
        if ended.reason == "it hurts":
            click.echo(HURTS_TEXT, err=True)
        for problem in ended.problems:
            click.echo(f"problem: {problem}", err=True)
        for note in ended.notes:
            click.echo(f"note: {note}", err=True)
        if ended.report is None and ended.path is None:
            click.echo("nothing was recorded", err=True)
        if recording is not None:
            click.echo(f"connection log: {recording.log_path}", err=True)
        if ended.path is not None and ended.report is not None and not self._json and not self.in_programme:
            next_lines(ended.path)
        return code
