"""``dorsi protocol``: list, show and check protocols and programmes.

In: arguments. Out: text or JSON on stdout, talk on stderr. Must not live here: schema, words, where protocols lie.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.exits import FAILED
from sensor_pipeline.errors import DorsiError

if TYPE_CHECKING:
    from sensor_pipeline.types import Json

HEADINGS = ("protocol", "name", "kind", "sensor", "measured", "dose")
PROGRAMME_HEADINGS = ("programme", "name", "when", "items")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def protocol() -> None:
    """Protocols and programmes: list, show, check."""


@protocol.command("list")
@_as_json
def list_protocols(as_json: bool) -> None:
    """List the tests, exercises, calibrations and questions that come with the package."""
    from sensor_pipeline.cli.protocol_words import dose_words
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.library.protocols import load_protocols

    found = load_protocols()
    if as_json:
        rows: list[Json] = [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "way": one.way,
                "sensor_leg": one.sensor_leg,
                "measured": one.measured.extent,
                "angle": one.measured.angle,
                "gated": one.care.loads,
            }
            for one in found.values()
        ]
        click.echo(json.dumps({"protocols": rows}))
        return
    print_table(
        HEADINGS,
        [
            (one.id, one.name, one.kind, one.sensor_leg, one.measured.extent, dose_words(one.dose))
            for one in found.values()
        ],
    )


@protocol.command()
@click.argument("protocol_id", metavar="PROTOCOL")
@_as_json
def show(protocol_id: str, as_json: bool) -> None:
    """Show one protocol: PROTOCOL is an id from 'dorsi protocol list' or the path of a file."""
    from sensor_pipeline.cli.protocol_words import protocol_json, protocol_lines
    from sensor_pipeline.library.protocols import load_protocol
    from sensor_pipeline.recording.text import printable

    found = load_protocol(protocol_id)
    if as_json:
        click.echo(json.dumps(protocol_json(found)))
        return
    for line in protocol_lines(found):
        click.echo(printable(line))


@protocol.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check protocol and programme files: every problem is listed. Exit 1 if there is a problem.

    The items of a programme can name protocols of the catalogue and those in files beside it.
    """
    from sensor_pipeline.recording.text import printable

    results: list[Json] = []
    for path in files:
        what, found_id, problems = _checked(path)
        results.append({"file": str(path), "what": what, "id": found_id, "problems": problems})
        if not as_json:
            for problem in problems or [f"{path.name}: good; {what} {found_id}"]:
                click.echo(printable(problem))
    if as_json:
        click.echo(json.dumps({"files": results}))
    if any(result["problems"] for result in results):
        click.get_current_context().exit(FAILED)


@protocol.group()
def programme() -> None:
    """Programmes: protocols in an order, with doses and rests, done as one visit."""


@programme.command("list")
@_as_json
def list_programmes(as_json: bool) -> None:
    """List the programmes that come with the package."""
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.library.protocols import load_programme, load_protocols, programme_ids

    protocols = load_protocols()
    found = [load_programme(name, protocols) for name in programme_ids()]
    if as_json:
        rows: list[Json] = [
            {"id": one.id, "name": one.name, "about": one.about, "when": one.when, "items": len(one.items)}
            for one in found
        ]
        click.echo(json.dumps({"programmes": rows}))
        return
    print_table(
        PROGRAMME_HEADINGS, [(one.id, one.name, one.when.replace("_", " "), str(len(one.items))) for one in found]
    )


@programme.command("show")
@click.argument("programme_id", metavar="PROGRAMME")
@_as_json
def show_programme(programme_id: str, as_json: bool) -> None:
    """Show one programme: PROGRAMME is an id from 'dorsi protocol programme list' or the path of a file."""
    from sensor_pipeline.cli.protocol_words import programme_lines
    from sensor_pipeline.library.protocols import is_path, load_programme, load_protocols, protocols_for
    from sensor_pipeline.recording.text import printable

    protocols = protocols_for(Path(programme_id)) if is_path(programme_id) else load_protocols()
    found = load_programme(programme_id, protocols)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    for line in programme_lines(found, protocols):
        click.echo(printable(line))


def _checked(path: Path) -> tuple[str, str | None, list[str]]:
    """What a file is, its id where it has no problem, and its problems."""
    from sensor_pipeline.library.protocols import protocols_for, read_document
    from sensor_pipeline.protocols.document import is_programme
    from sensor_pipeline.protocols.parse import read_protocol
    from sensor_pipeline.protocols.programme import read_programme

    try:
        text = read_document(path)
    except DorsiError as error:
        return "file", None, [str(error)]
    if is_programme(text):
        programme, problems = read_programme(text, path.name, protocols_for(path))
        return "programme", None if programme is None else programme.id, [str(one) for one in problems]
    found, problems = read_protocol(text, path.name)
    return "protocol", None if found is None else found.id, [str(one) for one in problems]
