"""``dorsi recover``: finish sessions whose recording was cut off."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.exits import DONE_WITH_LOSS

if TYPE_CHECKING:
    from sensor_pipeline.recording.finish import FinishReport

FAILED = 1


@click.command()
@click.argument("session", nargs=-1)
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def recover(session: tuple[str, ...], library: Path | None, as_json: bool) -> None:
    """Finish SESSION... (ids or paths), or every unfinished session of the library.

    Everything that had been received is kept. Exit code 3: done, but part of a journal could not be read.
    """
    from sensor_pipeline.errors import DorsiError
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.recording.finish import JOURNAL_FILE, finish
    from sensor_pipeline.recording.journal import BeingRecordedError

    home = Library(library)
    if session:
        folders = [home.find(name) for name in session]
    else:
        folders = [item.path for item in home.sessions() if (item.path / JOURNAL_FILE).exists()]
    reports: list[FinishReport] = []
    failures: list[dict[str, str]] = []
    for folder in folders:
        try:
            reports.append(finish(folder))
        except BeingRecordedError as error:
            if session:
                raise
            click.echo(f"left alone: {error}", err=True)
        except DorsiError as error:
            failures.append({"session": folder.name, "reason": str(error)})
            click.echo(f"failed: {error}", err=True)
    if as_json:
        click.echo(json.dumps({"recovered": [dataclasses.asdict(item) for item in reports], "failed": failures}))
    else:
        for report in reports:
            click.echo(_line(report))
        if not folders:
            click.echo("nothing to recover", err=True)
    if failures:
        click.get_current_context().exit(FAILED)
    if any(report.damaged_spans for report in reports):
        click.get_current_context().exit(DONE_WITH_LOSS)


def _line(report: FinishReport) -> str:
    from sensor_pipeline.recording.text import printable

    text = f"{printable(report.session)}: {report.records} records, {report.samples} samples, {report.reps} repetitions"
    if report.damaged_spans:
        text += f"; {report.damaged_spans} places of the journal could not be read, what stood there is lost"
    if report.torn_bytes:
        text += f"; the last record was cut off while it was written ({report.torn_bytes} bytes)"
    return text
