"""``dorsi lab``: figures for those who test algorithms.

In: arguments. Out: text on standard output or in a file. Must not live here: any measuring.
"""

from __future__ import annotations

import click


@click.group()
def lab() -> None:
    """Accuracy figures, for those who test algorithms."""


@lab.command()
@click.option(
    "--data",
    metavar="DIR",
    envvar="DORSI_DATA",
    show_envvar=True,
    help="Folder of recorded data, with the folder broad in it.",
)
@click.option("--out", metavar="FILE", default="-", show_default=True, help="Where to write the page; - = the screen.")
def accuracy(data: str | None, out: str) -> None:
    """Measure every accuracy figure again and write the page docs/accuracy.md is made of (about half a minute)."""
    from pathlib import Path

    from sensor_pipeline.errors import FileError, UserError
    from sensor_pipeline.lab.accuracy import page

    if not data:
        raise UserError("no recorded data: give --data DIR or set DORSI_DATA to the folder that holds broad")
    if not Path(data).is_dir():
        raise FileError(f"--data {data}: no such folder; give the one that holds broad", data)
    text = page(Path(data))
    if out == "-":
        click.echo(text, nl=False)
    else:
        Path(out).write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"wrote {out}", err=True)
