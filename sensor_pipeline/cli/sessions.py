"""``dorsi sessions``: what the library holds, newest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensor_pipeline.library.sessions import Listing
    from sensor_pipeline.types import Json

HEADINGS = ("session", "made", "protocol", "legs", "reps", "best", "person", "state")


@click.command()
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sessions(library: Path | None, as_json: bool) -> None:
    """List the sessions in the library, newest first.

    A session that was never finished is marked; 'dorsi recover' finishes it. A damaged one is listed with the reason.
    """
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.recording.text import printable

    found = Library(library)
    listings = found.sessions()
    if as_json:
        click.echo(json.dumps({"library": str(found.path), "sessions": [_values(item) for item in listings]}))
        return
    if not listings:
        click.echo(f"no sessions in {printable(str(found.path))}", err=True)
        return
    print_table(HEADINGS, [_cells(item) for item in listings])
    for item in listings:
        if item.state == "damaged":
            click.echo(f"damaged: {item.reason}", err=True)
    unfinished = sum(item.state == "recording" for item in listings)
    if unfinished:
        click.echo(f"{unfinished} unfinished; 'dorsi recover' finishes what was cut off", err=True)


def _values(item: Listing) -> dict[str, Json]:
    manifest = item.manifest
    values: dict[str, Json] = {"session": item.id, "path": str(item.path), "state": item.state}
    if item.state == "damaged":
        values["reason"] = item.reason
    if manifest is None:
        return values
    return {
        **values,
        "created": manifest.created.utc,
        "protocol": manifest.protocol,
        "sides": [entry.setup.side for entry in manifest.sensors],
        "person": manifest.person,
        "simulated": manifest.simulated,
        "duration_s": manifest.duration_s,
        "summary": manifest.summary,
    }


def _cells(item: Listing) -> tuple[str, ...]:
    manifest = item.manifest
    if manifest is None:
        return (item.id, "", "", "", "", "", "", "damaged")
    summary = manifest.summary or {}
    best = summary.get("best_deg")
    states = {"recording": "unfinished", "damaged": "damaged", "complete": "simulated" if manifest.simulated else ""}
    return (
        item.id,
        manifest.created.utc.replace("T", " ")[:16],
        manifest.protocol,
        "+".join(entry.setup.side for entry in manifest.sensors),
        str(summary.get("count", "")),
        f"{best:.1f}°" if isinstance(best, float) else "",
        manifest.person or "",
        states[item.state],
    )
