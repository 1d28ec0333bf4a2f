"""``dorsi demo``: a simulated person does a guided set with a simulated sensor; a real session is made.

In: options. Out: a session in the library, a live display, a summary. Must not live here: simulation, recording, maths.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from sensor_pipeline.types import Targets

PAST_TARGET_DEG = 3.0
"""The simulated person's usual depth beyond the target: most repetitions reach it, some fall short."""
PAST_HOLD_S = 0.5
"""The simulated person holds a little longer than asked, as people who wait for the "done" do."""


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
) -> None:
    """A simulated person does a guided knee-to-wall set; watch a session being made.

    The simulated sensor's bytes take the path of a real one's: decoder, clock, core, journal, session files.
    """
    from sensor_pipeline.cli.live_view import display
    from sensor_pipeline.cli.pacing import paced
    from sensor_pipeline.engine import Engine, SessionSetup
    from sensor_pipeline.frames import RAD_PER_DEG
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.library.specs import spec_text
    from sensor_pipeline.recording.live import run
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.signal.orientation import available_filters
    from sensor_pipeline.simulate.person import PersonParams
    from sensor_pipeline.simulate.session import simulate_session
    from sensor_pipeline.types import Targets

    person = PersonParams(peak_rad=(target_deg + PAST_TARGET_DEG) * RAD_PER_DEG, hold_s=hold_s + PAST_HOLD_S)
    simulation = simulate_session(spec_text(spec_id), side=side, reps=reps, seed=seed, person=person)
    targets = Targets(angle_deg=target_deg, hold_s=hold_s, reps=reps)
    setup = SessionSetup(simulation.setups, targets=targets, orientation=available_filters()[0])
    click.echo("simulated person, simulated sensor, no radio: the bytes take the path of a real sensor's", err=True)
    writer = SessionWriter.create(Library(library).path, setup, person="demo", simulated=True)
    with writer, display(setup, live=sys.stderr.isatty() and not fast) as listener:
        run(paced(simulation.records(), None if fast else 1.0), Engine(setup), writer, listener)
    _summary(writer.path, targets, as_json)


def _summary(path: Path, targets: Targets, as_json: bool) -> None:
    from sensor_pipeline.library.session import load_session

    session = load_session(path)
    report = session.report()
    if as_json:
        click.echo(json.dumps(report))
    else:
        from rich.console import Console

        from sensor_pipeline.cli.live_view import counted, reps_table

        Console().print(reps_table(session.rep_values(), targets))
        summary = report["summary"]
        best = "" if summary["best_deg"] is None else f", best {summary['best_deg']:.1f} deg"
        click.echo(f"{counted(summary['count'])}{best}; session {session.id}, simulated")
        click.echo(f"stored in {path}")
    place = "" if path.parent == _default_library() else f" --library {path.parent}"
    click.echo("next:", err=True)
    for line in (f"show {session.id}", f"replay {session.id}", f"export {session.id} --to csv", "sessions"):
        click.echo(f"  dorsi {line}{place}", err=True)


def _default_library() -> Path:
    from sensor_pipeline.library.sessions import library_folder

    return library_folder()
