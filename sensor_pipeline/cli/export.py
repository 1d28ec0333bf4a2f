"""``dorsi export``: a session in another format. Parses and prints; the work is in recording.exporters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.exporters.registry import EXPORTERS, exporter_named

if TYPE_CHECKING:
    from sensor_pipeline.recording.exporters.registry import Exporter

STDOUT = "-"
DEFAULT_TABLE = "samples"


@click.command()
@click.argument("session")
@click.option("--to", "format_name", required=True, metavar="FORMAT", help=f"One of: {', '.join(EXPORTERS)}.")
@click.option(
    "--out",
    metavar="DIR|FILE|-",
    help="A folder, a file for one table, or - for standard output. Default: ./SESSION-FORMAT",
)
@click.option("--table", help=f"The table for a file or standard output: samples or reps (default: {DEFAULT_TABLE}).")
@click.option("--original", is_flag=True, help="Leave a person's edits out.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
def export(
    session: str,
    format_name: str,
    out: str | None,
    table: str | None,
    original: bool,
    force: bool,
    library: Path | None,
) -> None:
    """Write SESSION (an id or a path) in another format; prints the files written."""
    from sensor_pipeline.library.sessions import Library

    exporter = exporter_named(format_name)
    folder = Library(library).find(session)
    if out == STDOUT:
        exporter.write_table(folder, table or DEFAULT_TABLE, sys.stdout.buffer, original=original)
        return
    target = Path(f"{folder.name}-{format_name}") if out is None else Path(out)
    if target.suffix.lower() == f".{format_name}":
        written = _write_file(exporter, folder, target, table or DEFAULT_TABLE, original=original, force=force)
    elif table is not None:
        raise UserError(f"--table {table} needs --out NAME.{format_name} or --out -; a folder gets every table")
    else:
        written = exporter.write_folder(folder, target, original=original, force=force)
    for path in written:
        click.echo(str(path))


def _write_file(
    exporter: Exporter, folder: Path, target: Path, table: str, *, original: bool, force: bool
) -> tuple[Path, ...]:
    from sensor_pipeline.recording.exporters.new_files import write_new_files

    write_new_files({target: lambda sink: exporter.write_table(folder, table, sink, original=original)}, force=force)
    return (target,)
