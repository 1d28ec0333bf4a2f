"""``dorsi replay``: a session's records through a fresh engine, compared with what was stored.

In: a session. Out: the report of the replay, the differences from the stored result. Must not live here: comparison,
engine, files.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.exits import FAILED
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.library.session import Session
    from sensor_pipeline.recording.replay import Differences, Results
    from sensor_pipeline.types import Record

MAX_SPEED = 1000.0


def _speed(ctx: click.Context, param: click.Parameter, value: str) -> float | None:
    """Read ``max`` (None = without waiting) or a factor on real time."""
    if value == "max":
        return None
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed <= MAX_SPEED:
        raise click.BadParameter(f"{value!r}: give a number up to {MAX_SPEED:g} (1 = real time), or max", ctx, param)
    return speed


@click.command()
@click.argument("session")
@click.option(
    "--speed", callback=_speed, metavar="N|max", default="max", show_default=True, help="Show it live: 1 = real time."
)
@click.option("--orientation", metavar="NAME", help="Use another orientation filter than the session's.")
@click.option("--write", "write_dir", type=click.Path(path_type=Path), metavar="DIR", help="Store the replay in DIR.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the replay's result as one JSON object.")
def replay(
    session: str,
    speed: float | None,
    orientation: str | None,
    write_dir: Path | None,
    library: Path | None,
    as_json: bool,
) -> None:
    """Run the records of SESSION (an id or a path) through the engine again and compare with what is stored.

    Exit code 0: bit for bit the same, or another filter was asked for. 1: it differs from what is stored.
    """
    from sensor_pipeline.library.session import load_session
    from sensor_pipeline.recording import replay as replaying
    from sensor_pipeline.recording.report import session_report, with_outcome
    from sensor_pipeline.recording.same import same_as_stored

    stored = load_session(session, library)
    setup = _setup(stored, orientation)
    records = stored.records()
    if speed is not None:
        _show_live(records, setup, speed)
    results = replaying.replay(records, setup)
    manifest = with_outcome(dataclasses.replace(stored.meta, orientation=setup.orientation), results.outcome)
    report = session_report(manifest, results.reps)
    unchanged = same_as_stored(stored.path, results)
    differences = None if unchanged else replaying.compare(stored.tables(), results.tables())
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(report, results, setup)
    if write_dir is not None:
        click.echo(f"written to {_write(write_dir, stored, setup, records)}", err=True)
    same_filter = setup.orientation == stored.meta.orientation
    _tell(differences, stored, setup)
    if differences and same_filter:
        click.get_current_context().exit(FAILED)


def _setup(stored: Session, orientation: str | None) -> SessionSetup:
    from sensor_pipeline.signal.orientation import available_filters

    setup = stored.setup()
    wanted = orientation or setup.orientation
    available = available_filters()
    if wanted not in available:
        raise UserError(
            f"orientation filter {wanted!r} is not installed; have {', '.join(available) or 'none'}: "
            "install it, or choose one with --orientation NAME"
        )
    return dataclasses.replace(setup, orientation=wanted)


def _show_live(records: Iterable[Record], setup: SessionSetup, speed: float) -> None:
    from sensor_pipeline.cli.live_view import display
    from sensor_pipeline.cli.pacing import paced
    from sensor_pipeline.engine import Engine
    from sensor_pipeline.recording.live import run

    with display(setup, live=sys.stderr.isatty()) as listener:
        run(paced(records, speed), Engine(setup), None, listener)


def _print(report: dict[str, object], results: Results, setup: SessionSetup) -> None:
    from rich.console import Console

    from sensor_pipeline.cli.live_view import counted, reps_table

    Console().print(reps_table(results.reps, setup.targets))
    click.echo(f"{counted(len(results.reps))} in {results.duration_s:.1f} s, filter {setup.orientation}")


def _tell(differences: Differences | None, stored: Session, setup: SessionSetup) -> None:
    from sensor_pipeline.version import __version__

    if not differences:
        click.echo("bit for bit the stored result", err=True)
        return
    was = stored.meta.software.get("sensor_pipeline", "unknown")
    click.echo(
        f"differs from the stored result (stored by {was} with {stored.meta.orientation}, "
        f"this is {__version__} with {setup.orientation}):",
        err=True,
    )
    for line in differences.lines():
        click.echo(f"  {line}", err=True)


def _write(folder: Path, stored: Session, setup: SessionSetup, records: Iterable[Record]) -> Path:
    from sensor_pipeline.recording.recorder import SessionWriter

    meta = stored.meta
    with SessionWriter.create(
        folder,
        setup,
        person=meta.person,
        simulated=meta.simulated,
        visit=meta.visit,
        strap=meta.strap,
        conditions=meta.conditions,
        notes=f"replay of {meta.id}" + (f"\n{meta.notes}" if meta.notes else ""),
    ) as writer:
        for record in records:
            writer.append(record)
    return writer.path
