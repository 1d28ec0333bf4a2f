"""``dorsi record --programme``: one visit, from the first question to the retest, step by step.

In: a programme, the person, a run that records. Out: sessions of one visit, a file of what was done. Must not live
here: the order of steps (walk), what happens inside of a session, the radio.

Each item that a sensor sees is a session of its own; all have the visit's id, and those of one strapping share its id:
test, exercises and retest of a leg are done without taking the strap off. What a sensor cannot see runs by the clock.
``q`` ends an item and the visit goes on; Ctrl-C, or ``stop visit``, ends the visit; after "it hurts" nothing more is
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sensor_pipeline.cli.exits import DONE
from sensor_pipeline.cli.recording.by_clock import HURTS, STOPPED, Rest, Timer
from sensor_pipeline.cli.recording.plan import new_id
from sensor_pipeline.cli.recording.questions import Ask
from sensor_pipeline.cli.recording.run import worst
from sensor_pipeline.cli.recording.session import BARRED, SET_DONE, TIME_OVER
from sensor_pipeline.cli.recording.visit_file import VisitRecord, store_visit
from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.gate import clearance_of
from sensor_pipeline.protocols.guidance import Guidance
from sensor_pipeline.protocols.walk import Became, Outcome, Step, steps_of

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.plan import Ended, Plan
    from sensor_pipeline.cli.recording.run import Run
    from sensor_pipeline.protocols.programme import Programme
    from sensor_pipeline.protocols.protocol import Protocol, Question
    from sensor_pipeline.types import Json, Side

MOVE_S: Final = 45.0
"""Time to strap the sensor to the other leg where nobody can say that it is done (own choice)."""
SITE: Final = "site"
OVER: Final = "the visit ended before it"
OPEN: Final = "nobody answered"


@dataclass(frozen=True, slots=True)
class Tour:
    """A programme that is to be walked through.

    Attributes:
        programme: what is done.
        protocols: all that it names, by id.
        legs: in the order they are done.
    """

    programme: Programme
    protocols: Mapping[str, Protocol]
    legs: tuple[Side, ...]


class Visit:
    """One visit.

    Args:
        run: records sessions, runs timers, asks.
        tour: what is walked through.
        plan: of the sessions: sensor, person, answers.
    """

    def __init__(self, run: Run, tour: Tour, plan: Plan) -> None:
        self._run = run
        self._tour = tour
        self._plan = plan
        self._clearance = clearance_of(plan.answers)
        self._sites: dict[Side, str] = {}
        self._codes = {DONE}
        self._strapped = False
        self._ended = ""
        self._said: dict[str, Json] = {}
        self._record = VisitRecord(
            plan.visit or new_id(), tour.programme.id, tour.programme.text, plan.person, plan.simulated, tour.legs
        )

    async def walk(self) -> int:
        """Do all steps.

        Returns:
            The exit code: the worst of all sessions.

        Raises:
            FileError: what was done cannot be written down.
        """
        run, programme = self._run, self._tour.programme
        run.in_programme = True
        self._store()
        number = 0
        while number < len(steps := self._steps()):
            step = steps[number]
            number += 1
            outcome = await self._done(step, len(steps))
            if run.visit_over:
                self._ended = self._ended or STOPPED
            self._record = self._record.having(outcome)
            self._store()
            run.say(_told(outcome), event="outcome", **outcome.document())
            if (
                step.rest_after_s is not None
                and outcome.became != "skipped"
                and not self._ended
                and number < len(steps)
            ):
                run.say(f"Rest {step.rest_after_s:g} s.", event="rest", rest_s=step.rest_after_s)
                rest = Rest(step.rest_after_s)
                await run.by_clock(rest, self._plan)
                self._ended = rest.reason
        self._record = replace(self._record, ended=self._ended or "done")
        path = self._store()
        text = f"visit {self._record.visit} of {programme.id}: {self._record.ended}; kept in {path}"
        code = worst(self._codes)
        run.say(
            text, event="visit_ended", visit=self._record.visit, path=path, exit_code=code, reason=self._record.ended
        )
        return code

    # steps

    def _steps(self) -> Sequence[Step]:
        tour = self._tour
        clearance = self._clearance
        if clearance is None and self._plan.simulated:
            from sensor_pipeline.protocols.safety import SafetyAnswers

            clearance = clearance_of(SafetyAnswers())  # nobody wears the sensor
        return steps_of(tour.programme, tour.protocols, legs=tour.legs, clearance=clearance, sites=self._sites)

    async def _done(self, step: Step, count: int) -> Outcome:
        """Do one step."""
        protocol = self._tour.protocols[step.protocol]
        if self._ended:
            return _outcome(step, "skipped", HURTS if self._ended == HURTS else OVER)
        if step.skip:
            return _outcome(step, "skipped", step.skip)
        leg = "" if step.leg is None else f", {step.leg} leg"
        optional = " (optional: q skips it)" if step.optional else ""
        self._run.say(
            f"step {step.number} of {count}, {step.part}: {protocol.name}{leg}{optional}",
            event="step",
            step=step.number,
            of=count,
            part=step.part,
            protocol=protocol.id,
            leg=step.leg,
            optional=step.optional,
        )
        if protocol.way == "questions":
            return await self._asked(step, protocol)
        if step.strap:
            await self._strap(step.leg)
            if self._ended:
                return _outcome(step, "skipped", OVER)
        return await (self._timed if protocol.way == "timer" else self._measured)(step, protocol)

    async def _strap(self, leg: Side | None) -> None:
        """The sensor goes to a leg: a strapping of its own; the first one is where the person begins."""
        run = self._run
        if leg is not None:
            wanted = tuple(replace(one, side=leg) for one in self._plan.wanted)
            self._plan = replace(self._plan, wanted=wanted, strap=new_id())
        if self._strapped and not self._plan.simulated:
            text = f"Move the sensor to the shin of the {leg} leg."
            moved = await run.answerer.answer(Ask("strapped", text, "ready"))
            if run.answerer.stopped:
                self._ended = STOPPED
            elif moved is None:
                run.say(f"{text} It goes on in {MOVE_S:g} s.", event="move", leg=leg, move_s=MOVE_S)
                rest = Rest(MOVE_S)
                await run.by_clock(rest, self._plan)
                self._ended = rest.reason
        elif self._strapped:
            run.say(f"Move the sensor to the shin of the {leg} leg.", event="move", leg=leg, move_s=0.0)
        self._strapped = True

    async def _asked(self, step: Step, protocol: Protocol) -> Outcome:
        """Ask the questions of a step; what the safety gate was told already is not asked again."""
        left_open = 0
        for question in protocol.questions:
            if step.questions and question.id not in step.questions:
                continue
            value = self._told_before(question)
            if value is None:
                value = await self._run.answerer.answer(_ask(question, step.leg))
            if self._run.answerer.stopped:
                self._ended = STOPPED
                return _outcome(step, "skipped", OVER)
            if value is None:
                left_open += 1
                continue
            self._record = self._record.answering(question.id, value, step.leg)
            key = question.id if step.leg is None else f"{question.id}_{step.leg}"
            self._said[key] = value
            if question.id == SITE and step.leg is not None and isinstance(value, str):
                self._sites[step.leg] = value
            for choice in question.choices:
                if choice.id == value and choice.suggests:
                    self._run.say(choice.suggests, event="suggestion", question=question.id, choice=choice.id)
        return _outcome(step, "skipped", OPEN) if left_open else _outcome(step, "done")

    def _told_before(self, question: Question) -> Json:
        """What the safety answers of this visit say, None = nothing."""
        answers = self._plan.answers
        if answers is None:
            return None
        told: dict[str, Json] = {"pain_before": answers.pain, "cleared": answers.cleared or not answers.excluded}
        return told.get(question.id)

    async def _timed(self, step: Step, protocol: Protocol) -> Outcome:
        timer = Timer(_guidance(step, protocol), step.leg or self._tour.legs[0])
        await self._run.by_clock(timer, self._plan)
        if timer.reason and timer.reason != STOPPED:
            self._ended = timer.reason
        return _outcome(step, timer.became, timer.reason if timer.became != "done" else "")

    async def _measured(self, step: Step, protocol: Protocol) -> Outcome:
        plan = replace(self._plan, protocol=protocol, push=step.push, said=dict(self._said))
        dose = step.dose
        run = self._run
        wish = run.wish
        run.wish = replace(wish, reps=dose.reps, hold_s=dose.hold_s, sets=dose.sets, rest_s=dose.rest_s)
        try:
            ended, code = await run.session(plan)
        finally:
            run.wish = wish
        self._codes.add(code)
        return self._judged(step, ended)

    def _judged(self, step: Step, ended: Ended) -> Outcome:
        """What became of a measured step."""
        session = None if ended.path is None else ended.path.name
        reps = 0 if ended.report is None else ended.report.reps
        dose, reason = step.dose, ended.reason
        open_end = dose.reps is None and dose.total_s is None
        item_only = reason in (SET_DONE, STOPPED) or reason.endswith(TIME_OVER) or reason.startswith(BARRED)
        done = reason == SET_DONE or (open_end and reps > 0 and item_only)
        became: Became = "done" if done else "shortened" if reps else "skipped"
        if not item_only:
            self._ended = reason
        return _outcome(step, became, "" if done else reason, session)

    def _store(self) -> str:
        return str(store_visit(self._plan.library, self._record))


def _outcome(step: Step, became: Became, reason: str = "", session: str | None = None) -> Outcome:
    return Outcome(step.number, step.protocol, step.leg, became, reason, session)


def _guidance(step: Step, protocol: Protocol) -> Guidance:
    """Of a timer; the gate was asked when the steps were laid out."""
    dose = step.dose
    return Guidance(protocol.text, gated=False, reps=dose.reps, hold_s=dose.hold_s, sets=dose.sets, rest_s=dose.rest_s)


def _told(outcome: Outcome) -> str:
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"step {outcome.step}, {outcome.protocol}: {outcome.became}{reason}"


def _ask(question: Question, leg: Side | None) -> Ask:
    """A question of a protocol, for somebody to answer."""
    where = "" if leg is None else f" ({leg} leg)"
    return Ask(
        question.id,
        question.text + where,
        question.kind,
        float(question.lo),
        float(question.hi),
        tuple((choice.id, choice.text) for choice in question.choices),
    )


def tour_of(name: str, legs: Sequence[Side]) -> Tour:
    """Load what is to be walked through.

    Args:
        name: id or file of a programme.
        legs: in the order they are done.

    Raises:
        UserError: no such programme, or a leg twice.
        FileError: a file cannot be read, or the schema refuses it.
    """
    from pathlib import Path

    from sensor_pipeline.library.protocols import is_path, load_programme, load_protocols, protocols_for

    if len(set(legs)) < len(legs):
        raise UserError(f"--side {legs[0]} twice: each leg is done once")
    protocols = protocols_for(Path(name)) if is_path(name) else load_protocols()
    return Tour(load_programme(name, protocols), protocols, tuple(legs))


async def walk_through(
    run: Run, tour: Tour, plan: Plan, sensors: Sequence[str], rate_hz: float | None, given: str | None
) -> int:
    """Ask, find the sensor, and walk through a programme.

    Args:
        run: records.
        tour: what is walked through.
        plan: of its sessions, without their sensor.
        sensors: as typed: none or one.
        rate_hz: rate to set, None = the spec's default.
        given: answers to the safety questions, as typed.

    Returns:
        The exit code.

    Raises:
        UserError: nobody answers the safety questions, or a choice that cannot be carried out.
        RadioError: the radio does not work, or the sensor is not there.
        FileError: the library cannot be read or written.
    """
    from sensor_pipeline.cli.recording.gating import answered

    run.open_input()
    answers = plan.answers or await answered(plan, given, run.answerer)
    search = next((one for one in _seen(tour) if one.way == "search"), None)
    plan = replace(plan, answers=answers, protocol=search)
    await run.ask_lengths(plan)
    if not _seen(tour):
        raise UserError(f"programme {tour.programme.id}: a sensor sees nothing of it")
    async with (
        nullcontext() if plan.simulated else run.radio() as radio
    ):  # each session of a simulated person has its own
        wanted = await run.wanted(radio, sensors, tour.legs[:1], rate_hz)
        return await Visit(run, tour, replace(plan, wanted=wanted)).walk()


def _seen(tour: Tour) -> list[Protocol]:
    """Protocols of the programme that a sensor sees."""
    found = [tour.protocols[item.protocol] for item in tour.programme.items]
    return [one for one in found if one.way not in ("questions", "timer")]
