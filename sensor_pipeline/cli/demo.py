"""``dorsi demo``: a simulated person does a guided set with a simulated sensor; a real session is made.

In: options. Out: a session in the library, a live display, a summary. Must not live here: simulation, recording, maths.

With the extra ``[virtual]`` the sensor is on a virtual radio; without it its bytes come in process, and that is said.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sensor_pipeline.cli.web_options import WebOptions, web_options
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.plan import Ended
    from sensor_pipeline.cli.recording.virtual import VirtualPerson
    from sensor_pipeline.types import Side, Targets

SIDES: dict[str, tuple[Side, ...]] = {"left": ("left",), "right": ("right",), "both": ("left", "right")}


@click.command()
@click.option("--fast", is_flag=True, help="As fast as possible instead of in real time.")
@click.option("--reps", type=click.IntRange(1, 200), default=5, show_default=True, help="Repetitions in the set.")
@click.option("--hold", "hold_s", type=click.FloatRange(0, 60), default=2.0, show_default=True, help="Hold, seconds.")
@click.option("--target", "target_deg", type=click.FloatRange(12, 55), default=36.0, show_default=True, help="Degrees.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), default="left", show_default=True)
@click.option("--sensor", "spec_id", default="shin-imu-v1", show_default=True, help="Spec of the simulated sensor.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another person.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the session as one JSON object.")
@web_options
def demo(
    fast: bool,
    reps: int,
    hold_s: float,
    target_deg: float,
    side: Literal["left", "right", "both"],
    spec_id: str,
    seed: int,
    library: Path | None,
    as_json: bool,
    page: WebOptions,
) -> None:
    """A simulated person does a guided knee-to-wall set; watch a session being made.

    The simulated sensor's bytes take the path of a real one's: decoder, clock, core, journal, session files.
    """
    from sensor_pipeline.cli.recording.virtual import VirtualPerson
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.library.specs import load_spec
    from sensor_pipeline.types import Targets

    targets = Targets(angle_deg=target_deg, hold_s=hold_s, reps=reps)
    sides = SIDES[side]
    person = VirtualPerson((load_spec(spec_id),) * len(sides), sides, targets, reps, seed)
    if page.web:
        if fast:
            raise UserError("--fast shows nothing on a page; leave it out, or leave --web out")
        from sensor_pipeline.cli.web_demo import demo_on_page

        stored = demo_on_page(person, targets, Library(library).path, page)
        if stored is not None:
            _summary(stored, targets, as_json)
        return
    make = _over_the_air if find_spec("bumble") is not None else _in_process
    path = make(person, targets, Library(library).path, fast)
    _summary(path, targets, as_json)


def _over_the_air(person: VirtualPerson, targets: Targets, library: Path, fast: bool) -> Path:
    """Record the simulated sensors over a virtual radio: advertised, found, connected, notified."""
    from sensor_pipeline.cli.radio_choice import RadioChoice
    from sensor_pipeline.cli.recording.plan import Plan
    from sensor_pipeline.cli.recording.run import Run
    from sensor_pipeline.errors import RadioError

    click.echo("simulated person, simulated sensor, virtual radio: it is found and connected as a real one", err=True)
    run = Run(RadioChoice(virtual=True), person, fast=fast, keys=False)
    plan = Plan(library, person.wanted, person="demo", targets=targets, duration_s=person.duration_s, simulated=True)

    async def record() -> Ended:
        async with run.radio() as radio:
            return await run.one(radio, plan)

    ended = run.run(record())
    for problem in ended.problems:
        click.echo(f"problem: {problem}", err=True)
    if ended.path is None or ended.report is None:
        raise RadioError(f"the demo was not recorded: {ended.reason}")
    return ended.path


def _in_process(person: VirtualPerson, targets: Targets, library: Path, fast: bool) -> Path:
    """Record the simulated sensors without a radio: their bytes go straight to the decoder."""
    from sensor_pipeline.cli.live_view import display
    from sensor_pipeline.cli.pacing import paced
    from sensor_pipeline.engine import Engine, SessionSetup
    from sensor_pipeline.recording.live import run
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.signal.orientation import available_filters

    click.echo(
        "simulated person, simulated sensor, no radio: the bytes take the path of a real sensor's "
        "(pip install 'sensor-pipeline[virtual]' adds a virtual radio)",
        err=True,
    )
    simulation = person.simulation()
    setup = SessionSetup(simulation.setups, targets=targets, orientation=available_filters()[0])
    writer = SessionWriter.create(library, setup, person="demo", simulated=True)
    with writer, display(setup, live=sys.stderr.isatty() and not fast) as listener:
        run(paced(simulation.records(), None if fast else 1.0), Engine(setup), writer, listener)
    return writer.path


def _summary(path: Path, targets: Targets, as_json: bool) -> None:
    from sensor_pipeline.cli.recording.summary import next_lines, print_session
    from sensor_pipeline.library.session import load_session

    if as_json:
        click.echo(json.dumps(load_session(path).report()))
    else:
        print_session(path, targets)
    next_lines(path)
