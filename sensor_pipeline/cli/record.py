"""``dorsi record``: find the sensor, ask what has to be asked, record a session, show it live, store it.

In: options, keys, lines on standard input. Out: a session in the library, a live display or JSON lines. Must not live
here: the radio, the session's way through journal and engine, what keys and answers mean.

A change of leg or person ends the session and begins another one, with a zero and an axis of its own: the signs of all
angles belong to a leg, the baseline to a person, and session.json names one of each. Both sessions share a visit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.radio_choice import RadioChoice, radio_options
from sensor_pipeline.cli.recording.plan import WAIT_S, Plan, new_id
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.types import Side


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
@click.option("--target", "target_deg", type=click.FloatRange(5, 60), metavar="DEG", help="Target angle.")
@click.option("--hold", "hold_s", type=click.FloatRange(0, 600), default=0.0, metavar="S", help="Hold at the top.")
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
def record(
    sensors: tuple[str, ...],
    sides: tuple[Side, ...],
    person: str | None,
    answers: str | None,
    target_deg: float | None,
    hold_s: float,
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
) -> None:
    """Record a session: every byte is on the disk before it is used, and a lost link does not end it.

    \b
    Keys: m mark, p or space pause, z new zero, n next try, h it hurts: stop, s other leg, u other person, q stop.
    With --json the same as lines on standard input: mark, pause, resume, re-zero, next-try, hurts-stop, stop,
    side [left|right], person NAME, or {"command": "answer", "value": {...}}.

    Ctrl-C, SIGTERM and a closed terminal end the session whole. Exit code 3: stored, but something was lost.
    """
    from sensor_pipeline.cli.recording.choose import check_sides
    from sensor_pipeline.cli.recording.run import Run, virtual_person
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.types import Targets

    choice = RadioChoice.of(virtual, radio)
    if fast and not virtual:
        raise UserError("--fast needs --virtual: a real sensor takes its time")
    targets = Targets(angle_deg=target_deg, hold_s=hold_s, reps=reps)
    simulated = virtual_person(sensors, sides, targets, seed) if virtual else None
    if simulated is None:
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
    )
    run = Run(choice, simulated, as_json=as_json, fast=fast)
    code = run.sessions(run.gate(plan, answers), sensors, sides, rate_hz)
    click.get_current_context().exit(code)
