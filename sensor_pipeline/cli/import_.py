"""``dorsi import``: a recorded file becomes a session. Parses and prints; the work is in recording.importers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.exits import DONE_WITH_LOSS
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.recording.importers.session import ImportReport


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--side", type=click.Choice(["left", "right"]), required=True, help="The leg the sensor was strapped to.")
@click.option("--protocol", metavar="ID", help="What the person did.")
@click.option("--rate", type=float, metavar="HZ", help="Sample rate, for a file without times.")
@click.option("--time", "time_column", metavar="COL", help="Column with the times.")
@click.option("--acc-unit", type=click.Choice(["m/s2", "g", "mg"]), help="Unit of the accelerometer columns.")
@click.option("--gyr-unit", type=click.Choice(["rad/s", "deg/s"]), help="Unit of the gyroscope columns.")
@click.option(
    "--columns", metavar="ROLE=NAME,...", help="Names of columns, e.g. acc_x=AX,gyr_z=RotZ; roles: time, acc_*, gyr_*."
)
@click.option("--upright", metavar="START:END", help="Seconds from the file's start in which the person stood still.")
@click.option(
    "--mounting", metavar="AXES", help="Known mounting: sensor axes that point forwards,left,up, e.g. +x,+y,+z."
)
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--person", metavar="NAME", help="A pseudonym.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_(
    file: Path,
    side: str,
    protocol: str | None,
    rate: float | None,
    time_column: str | None,
    acc_unit: str | None,
    gyr_unit: str | None,
    columns: str | None,
    upright: str | None,
    mounting: str | None,
    library: Path | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Make a session from FILE: CSV, Parquet, or an unpacked Sensor Logger folder.

    Columns, units and times are found where they are not stated; what was assumed is said on standard error.
    A file whose sensors contradict each other is refused.
    """
    from typing import cast

    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.recording.importers.columns import parse_columns
    from sensor_pipeline.recording.importers.session import SessionOptions, import_file
    from sensor_pipeline.recording.importers.table import AccUnit, GyrUnit, ImportOptions
    from sensor_pipeline.types import Side

    options = ImportOptions(
        side=cast(Side, side),  # click has checked the three choices
        rate_hz=rate,
        time_column=time_column,
        acc_unit=cast("AccUnit | None", acc_unit),
        gyr_unit=cast("GyrUnit | None", gyr_unit),
        columns={} if columns is None else parse_columns(columns),
    )
    session = SessionOptions(
        protocol=protocol,
        mounting_axes=mounting,
        upright_s=None if upright is None else parse_upright(upright),
        person=person,
    )
    report = import_file(file, options, Library(library).path, session)
    for note in report.table.notes:
        click.echo(note, err=True)
    loss = _loss(report)
    for line in loss:
        click.echo(f"loss: {line}", err=True)
    finished = report.finished
    click.echo(json.dumps({"session": finished.session, "path": finished.path}) if as_json else finished.session)
    if loss:
        click.get_current_context().exit(DONE_WITH_LOSS)


def parse_upright(text: str) -> tuple[float, float]:
    """Read ``START:END`` in seconds.

    Raises:
        UserError: not two numbers.
    """
    start, colon, end = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return float(start), float(end)
    except ValueError:
        raise UserError(f"--upright {text!r}: write START:END in seconds, for example 0:5") from None


def _loss(report: ImportReport) -> list[str]:
    finished = report.finished
    lines = []
    if report.table.missing_rows:
        lines.append(f"{report.table.missing_rows} rows with a missing value were not used")
    if finished.lost_samples:
        lines.append(f"{finished.lost_samples} samples are missing in {finished.gaps} gaps")
    if finished.bad_packets:
        lines.append(f"{finished.bad_packets} blocks were refused")
    return lines
