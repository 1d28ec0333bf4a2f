"""One run of ``dorsi record``: the sessions of one visit, one after the other, and who sees and steers them.

In: a plan, a radio, keys and lines. Out: sessions, an exit code. Must not live here: a session's own way, options.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
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
    from sensor_pipeline.cli.recording.commands import Command
    from sensor_pipeline.cli.recording.json_lines import JsonLines
    from sensor_pipeline.cli.recording.outlets import Outlet
    from sensor_pipeline.cli.recording.plan import Ended, Plan
    from sensor_pipeline.cli.recording.session import Recording
    from sensor_pipeline.cli.recording.virtual import VirtualPerson
    from sensor_pipeline.types import Json, Side, Targets

_Result = TypeVar("_Result")

VIRTUAL_REPS: Final = 5
"""Repetitions of the simulated person where nobody says."""
VIRTUAL_SPEC: Final = "shin-imu-v1"
NOBODY_READS: Final = "nobody reads the events any more"


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
    from sensor_pipeline.cli.recording.virtual import VirtualPerson

    names = tuple(sensors) or (VIRTUAL_SPEC,) * max(len(sides), 1)
    legs = check_sides(names, tuple(sides) or ("left",))
    specs = []
    for name in names:
        named = spec_named(name)
        if named is None:
            raise UserError(f"--virtual --sensor {name}: give the spec to simulate; 'dorsi spec list' shows them")
        specs.append(named[0])
    return VirtualPerson(tuple(specs), legs, targets, targets.reps or VIRTUAL_REPS, seed)


class Run:
    """One run of the command.

    Args:
        choice: the radio.
        person: the simulated person, None = a real one.
        as_json: events as lines on standard output, commands as lines on standard input.
        fast: on virtual time.
        keys: whether single keys steer it, where there is a terminal.
    """

    def __init__(
        self,
        choice: RadioChoice,
        person: VirtualPerson | None,
        *,
        as_json: bool = False,
        fast: bool = False,
        keys: bool = True,
    ) -> None:
        self._choice = choice
        self._person = person
        self._json = as_json
        self._fast = fast
        self._live = sys.stderr.isatty() and not as_json and not fast
        self._keys = keys and self._live and sys.stdin.isatty()
        self._recording: Recording | None = None
        self._lines: JsonLines | None = None

    # the safety gate

    def gate(self, plan: Plan, given: str | Json | None) -> Plan:
        """Ask the safety questions, or read the answers, and let them decide.

        Args:
            plan: of the session.
            given: the answers as text or as parsed JSON, None = ask.

        Returns:
            The plan with the answers, and without prompts to push where they forbid them.

        Raises:
            UserError: the answers forbid loading the ankle, or there are none and nobody to ask.
        """
        from sensor_pipeline.cli.recording import safety_questions
        from sensor_pipeline.protocols.safety import judge, read_answers

        if isinstance(given, str):
            answers = safety_questions.parse(given)
        elif given is not None:
            answers = read_answers(given)
        elif plan.simulated:
            return plan  # nobody wears the sensor
        elif sys.stdin.isatty() and not self._json:
            answers = safety_questions.ask()
        else:
            raise UserError(
                "the safety questions need answers, and there is nobody to ask: --answers none states that no "
                "exclusion applies and nothing hurts; see dorsi record --help"
            )
        found = judge(answers)
        if not found.load:
            raise UserError(f"nothing was recorded. {found.say}")
        click.echo(found.say, err=True)
        return replace(plan, answers=answers, push=found.push)

    # sessions

    def sessions(self, plan: Plan, sensors: Sequence[str], sides: Sequence[Side], rate_hz: float | None) -> int:
        """Record one session after the other, until nothing else is asked for.

        Args:
            plan: of the first one, without its sensors.
            sensors, sides, rate_hz: as typed.

        Returns:
            The exit code: the worst of all sessions.

        Raises:
            UserError: a choice that cannot be carried out.
            RadioError: the radio does not work, or the sensor is not there.
        """
        return self.run(self._all(plan, sensors, sides, rate_hz))

    def run(self, main: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine, on real time or on virtual time."""
        return self._choice.run(main) if self._fast else asyncio.run(main)

    async def _all(self, plan: Plan, sensors: Sequence[str], sides: Sequence[Side], rate_hz: float | None) -> int:
        codes = {DONE}
        async with self.radio() as radio:
            plan = replace(plan, wanted=await self._wanted(radio, sensors, sides, rate_hz))
            if self._person is not None and plan.duration_s is None:
                plan = replace(plan, duration_s=self._person.duration_s)
            if self._json:
                from sensor_pipeline.cli.recording.input_lines import listen

                listen(sys.stdin, self._line)
            while True:
                ended = await self.one(radio, plan)
                codes.add(self._finished(plan, ended))
                if ended.following is None:
                    break
                plan = self._next(plan, ended.following)
        return FAILED if FAILED in codes else max(codes)

    async def _wanted(
        self, radio: Radio, sensors: Sequence[str], sides: Sequence[Side], rate_hz: float | None
    ) -> tuple[Wanted, ...]:
        from sensor_pipeline.cli.recording.choose import choose, persistent_notice

        if self._person is not None:
            wanted = tuple(replace(one, rate_hz=rate_hz) for one in self._person.wanted)
        else:
            wanted = await choose(radio, sensors, sides, rate_hz)
        for line in persistent_notice(wanted):
            click.echo(line, err=True)
        return wanted

    @asynccontextmanager
    async def radio(self) -> AsyncIterator[Radio]:
        """Open the radio for the time of a ``with`` block; a simulated person begins to stand still at once."""
        async with self._choice.open() if self._person is None else self._person.on_air() as radio:
            yield radio

    def _next(self, plan: Plan, following: Command) -> Plan:
        """The session that the person asked for with a key or a line."""
        if following.action == "side":
            return plan.other_leg(following.value)
        given = None
        if following.value is None:
            from sensor_pipeline.cli.recording.safety_questions import ask_person

            name = ask_person()
        else:
            name, given = following.value["name"], following.value["answers"]
        return self.gate(replace(plan.other_person(name), answers=None, push=True), given)

    async def one(self, radio: Radio, plan: Plan) -> Ended:
        """Record one session, shown and steered as this run is.

        Args:
            radio: where its sensors are.
            plan: what it is to be.
        """
        from sensor_pipeline.cli.live_state import LiveState
        from sensor_pipeline.cli.live_view import screen
        from sensor_pipeline.cli.recording.commands import LEGEND, of_key
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
        self._recording = recording = Recording(plan, [outlet], self._clock())

        def on_key(key: str) -> None:
            command = of_key(key, recording.paused)
            if command is not None:
                recording.command(command)

        async with AsyncExitStack() as stack:
            stack.enter_context(signals(recording.end))
            if self._live:
                state.person, state.push = plan.person or "person not said", plan.push
                if self._keys:
                    state.keys = LEGEND
                    await stack.enter_async_context(keys(on_key))
                stack.enter_context(screen(state))
            return await recording.run(radio)

    def _clock(self) -> Callable[[], int]:
        if self._fast:
            from sensor_pipeline.ble.virtual.loop import clock_ns

            return clock_ns
        from time import perf_counter_ns

        return perf_counter_ns

    def _line(self, line: str) -> None:
        """Obey a line of standard input, or say why not."""
        from sensor_pipeline.cli.recording.commands import of_line

        recording, lines = self._recording, self._lines
        if recording is None or lines is None:
            return
        try:
            command = of_line(line)
            if command.action == "person" and command.value["answers"] is None and self._person is None:
                raise UserError(
                    "another person has answers of their own to the safety questions: give them as 'answers'"
                )
        except UserError as error:
            lines.refused(line, str(error))
            return
        why_not = recording.command(command)
        if why_not:
            lines.refused(line, why_not)

    def _finished(self, plan: Plan, ended: Ended) -> int:
        """Tell what came of a session; its exit code."""
        from sensor_pipeline.cli.recording.summary import next_lines, print_session
        from sensor_pipeline.protocols.coach import HURTS_TEXT

        recording = self._recording
        code = FAILED if ended.report is None else DONE_WITH_LOSS if ended.problems else DONE
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
        if ended.path is not None and ended.report is not None and not self._json:
            next_lines(ended.path)
        return code
