"""``dorsi record``: find the sensor, ask what has to be asked, record a session, show it live, store it.

In: options, keys, lines on standard input. Out: a session in the library, a live display or JSON lines. Must not live
here: the radio, the session's way through journal and engine, what keys and answers mean.

A change of leg or person ends the session and begins another one, with a zero and an axis of its own: the signs of all
angles belong to a leg, the baseline to a person, and session.json names one of each. Both sessions share a visit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sensor_pipeline.cli.radio_choice import RadioChoice, radio_options
from sensor_pipeline.cli.recording.plan import WAIT_S, Plan, new_id
from sensor_pipeline.cli.web_options import WebOptions, web_options
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.types import Side

DEFAULT_PROTOCOL: Final = "ktw_standing"


@click.command()
@click.option(
    "--sensor",
    "sensors",
    multiple=True,
    metavar="WHICH",
    help="Name, serial number, address or spec of the sensor, or SPEC:SERIAL; default: the only one. Twice for two.",
)
@click.option("--side", "sides", multiple=True, type=click.Choice(["left", "right"]), help="Leg of each sensor.")
@click.option("--person", metavar="NAME", help="A pseudonym, kept in session.json.")
@click.option("--answers", metavar="none|JSON", help="Answers to the safety questions, instead of being asked.")
@click.option("--protocol", "protocol_name", metavar="ID|FILE", help="What is done; default: ktw_standing.")
@click.option("--programme", "programme_name", metavar="ID|FILE", help="Walk through a programme as one visit.")
@click.option("--shank", "shank_cm", type=click.FloatRange(10, 70), metavar="CM", help="Ankle bone to knee.")
@click.option("--distance", "start_cm", type=click.FloatRange(0, 30), metavar="CM", help="Big toe to wall, first try.")
@click.option("--target", "target_deg", type=click.FloatRange(5, 60), metavar="DEG", help="Target angle.")
@click.option("--hold", "hold_s", type=click.FloatRange(0, 600), metavar="S", help="Hold at the top.")
@click.option("--reps", type=click.IntRange(1, 500), help="Repetitions of the set; the session ends after it.")
@click.option("--duration", "duration_s", type=click.FloatRange(1, 86400), metavar="S", help="End after so long.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(5, 86400),
    metavar="S",
    default=WAIT_S,
    show_default=True,
    help="Patience with a sensor that is not there, at the start and after a loss.",
)
@click.option("--rate", "rate_hz", type=click.FloatRange(1, 2000), metavar="HZ", help="Rate; default: the spec's.")
@click.option("--force", is_flag=True, help="Record with a battery below 10 %, too.")
@radio_options
@click.option("--fast", is_flag=True, help="With --virtual: on virtual time, as fast as possible.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="With --virtual: another person.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="A stream of events, one JSON object a line; reads commands.")
@web_options
def record(
    sensors: tuple[str, ...],
    sides: tuple[Side, ...],
    person: str | None,
    answers: str | None,
    protocol_name: str | None,
    programme_name: str | None,
    shank_cm: float | None,
    start_cm: float | None,
    target_deg: float | None,
    hold_s: float | None,
    reps: int | None,
    duration_s: float | None,
    wait_s: float,
    rate_hz: float | None,
    force: bool,
    virtual: bool,
    radio: str | None,
    fast: bool,
    seed: int,
    library: Path | None,
    as_json: bool,
    page: WebOptions,
) -> None:
    """Record a session: every byte is on the disk before it is used, and a lost link does not end it.

    It is guided by a protocol; 'dorsi protocol list' shows them. --target, --hold and --reps then stand in place of its
    own numbers; without --protocol they make a plain set at a fixed target.

    --programme does one item after the other, first with one leg, then with the other; --side says which legs. Its q
    ends an item, Ctrl-C the visit; visit-ID.json in the library keeps what was done, shortened and skipped.

    \b
    Keys: m mark, p or space pause, z new zero, n next try, y the knee touched, x it did not,
    h it hurts: stop, s other leg, u other person, q stop.
    With --json the same as lines on standard input: mark, pause, resume, re-zero, next-try, hurts-stop, stop,
    side [left|right], person NAME, distance CM, or {"command": "answer", "value": {...}}.

    Ctrl-C, SIGTERM and a closed terminal end the session whole. Exit code 3: stored, but something was lost.
    """
    from dataclasses import replace
    from secrets import randbits

    from sensor_pipeline.cli.recording.aim import Wish
    from sensor_pipeline.cli.recording.choose import check_sides
    from sensor_pipeline.cli.recording.gating import judged
    from sensor_pipeline.cli.recording.run import Run
    from sensor_pipeline.cli.recording.safety_questions import parse
    from sensor_pipeline.cli.recording.virtual import virtual_person
    from sensor_pipeline.library.protocols import load_protocol
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.protocols.walk import leg_order
    from sensor_pipeline.types import Targets

    choice = RadioChoice.of(virtual, radio)
    if fast and not virtual:
        raise UserError("--fast needs --virtual: a real sensor takes its time")
    if programme_name is not None and (protocol_name, target_deg, hold_s, reps, duration_s) != (None,) * 5:
        raise UserError(
            "--programme says what is done, how often and how long: leave --protocol, --target, --hold, --reps and "
            "--duration out"
        )
    if programme_name is not None and len(sensors) > 1:
        raise UserError(f"{len(sensors)} sensors: a programme moves one sensor from leg to leg")
    plain = protocol_name is None and (target_deg, hold_s, reps) != (None, None, None)
    protocol = None if plain else load_protocol(protocol_name or DEFAULT_PROTOCOL)
    if protocol is not None and protocol.way == "questions":
        raise UserError(f"--protocol {protocol.id}: it is a questionnaire: it is asked in a programme, not recorded")
    targets = Targets(angle_deg=target_deg, hold_s=hold_s or 0.0, reps=reps)
    wish = Wish(
        target_deg=target_deg,
        reps=reps,
        hold_s=hold_s,
        shank_cm=shank_cm,
        start_cm=start_cm,
        seed=seed if virtual else randbits(32),
    )
    worn = sides if programme_name is None else sides[:1]
    simulated = virtual_person(sensors, worn, targets, seed) if virtual else None
    if simulated is not None and protocol is not None:
        simulated = replace(simulated, protocol=protocol, dose=wish.dose(protocol))
    if simulated is None and programme_name is None:
        sides = check_sides(sensors, sides)
    plan = Plan(
        library=Library(library).path,
        wanted=(),
        person=person,
        targets=targets,
        duration_s=duration_s,
        wait_s=wait_s,
        force=force,
        simulated=virtual,
        visit=new_id(),
        strap=new_id(),
        protocol=protocol,
    )
    run = Run(choice, simulated, as_json=as_json, fast=fast, wish=wish)
    if programme_name is not None:
        if page.web:
            raise UserError("--web shows one session, not a programme: leave one of them out")
        from sensor_pipeline.cli.recording.visit import tour_of, walk_through

        tour = tour_of(programme_name, sides or leg_order(wish.seed))
        click.get_current_context().exit(run.run(walk_through(run, tour, plan, sensors, rate_hz, answers)))
    if page.web:
        from sensor_pipeline.cli.web_record import RecordPage

        if answers is not None:
            plan = judged(plan, parse(answers))
        legs = sides if simulated is None else simulated.sides
        with RecordPage(page, plan, legs) as run.page:
            code = run.sessions(run.page.gate(plan), sensors, sides, rate_hz)
    else:
        code = run.sessions(plan, sensors, sides, rate_hz, answers)
    click.get_current_context().exit(code)
