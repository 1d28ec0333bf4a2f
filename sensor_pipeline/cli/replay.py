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
from sensor_pipeline.cli.web_options import WebOptions, web_options
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.library.session import Session
    from sensor_pipeline.recording.replay import Differences, Results
    from sensor_pipeline.types import Json, Record

MAX_SPEED = 1000.0
REASON_HEADINGS = ("known at s", "leg", "what", "details")


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
@click.option("--explain", "explained", is_flag=True, help="Say of every candidate why it was counted or not.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the replay's result as one JSON object.")
@web_options
def replay(
    session: str,
    speed: float | None,
    orientation: str | None,
    write_dir: Path | None,
    explained: bool,
    library: Path | None,
    as_json: bool,
    page: WebOptions,
) -> None:
    """Run the records of SESSION (an id or a path) through the engine again and compare with what is stored.

    Exit code 0: bit for bit the same, or another filter was asked for. 1: it differs from what is stored.
    """
    from sensor_pipeline.library.session import load_session
    from sensor_pipeline.recording import replay as replaying
    from sensor_pipeline.recording.report import explain, session_report, with_outcome
    from sensor_pipeline.recording.same import same_as_stored

    stored = load_session(session, library)
    setup = _setup(stored, orientation)
    records = stored.records()
    if page.web:
        from sensor_pipeline.cli.web_replay import Replay, show

        meta = stored.corrected_meta()
        show(
            Replay(records, setup, page, speed or 1.0, session=stored.id, person=meta.person, simulated=meta.simulated),
            page,
        )
        return
    if speed is not None:
        _show_live(records, setup, speed)
    results = replaying.replay(records, setup)
    manifest = with_outcome(dataclasses.replace(stored.meta, orientation=setup.orientation), results.outcome)
    report = session_report(manifest, results.reps)
    unchanged = same_as_stored(stored.path, results)
    differences = None if unchanged else replaying.compare(stored.tables(), results.tables())
    reasons = explain(results.events, setup.sensors) if explained else []
    if as_json:
        click.echo(json.dumps({**report, "explain": reasons} if explained else report))
    else:
        _print(report, results, setup)
        if explained:
            _print_reasons(reasons)
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


def _print_reasons(reasons: list[dict[str, Json]]) -> None:
    from sensor_pipeline.cli.table_output import print_table

    click.echo()
    print_table(REASON_HEADINGS, [reason_cells(row) for row in reasons])


def reason_cells(row: dict[str, Json]) -> tuple[str, ...]:
    """Time, leg, what happened, and its details: whatever the event says, in words where there are some."""
    match row["what"]:
        case "candidate":
            detail = f"would be repetition {row['rep']}"
        case "accepted":
            notes = [*row["faults"], *([] if row["scored"] else [f"not scored: {row['reason']}"])]
            detail = (
                f"repetition {row['rep']}, {row['start_s']:.2f} to {row['end_s']:.2f} s, peak {row['peak_deg']:.1f}°"
            )
            detail += "".join(f"; {note}" for note in notes)
        case "gap":
            lost = "loss unknown" if row["lost"] is None else f"{row['lost']} lost"
            detail = f"{row['stream']}: to {row['end_s']:.2f} s, {lost}, {'filled' if row['bridged'] else 'not filled'}"
        case "mounting":
            detail = f"{row['method']}, holds from {row['start_s']:.2f} s" + ("; total tilt only" * row["tilt_only"])
        case "mounting refused":
            detail = f"{row['reason']}: {row['remedy']}"
        case _:
            detail = _details(row)
    return f"{row['time_s']:.2f}", row["side"] or "", row["what"], detail


def _details(row: dict[str, Json]) -> str:
    """The reason first, then every number under its own name."""
    numbers = [
        f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in row.items()
        if name not in ("time_s", "side", "what", "reason") and value is not None
    ]
    return "; ".join([str(row.get("reason", "")), *numbers]).removeprefix("; ")


def _print(report: dict[str, Json], results: Results, setup: SessionSetup) -> None:
    from rich.console import Console

    from sensor_pipeline.cli.live_view import counted, reps_table
    from sensor_pipeline.cli.show import notice_texts

    Console().print(reps_table(results.reps, setup.targets))
    for text in notice_texts(report):
        click.echo(f"notice: {text}")
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
