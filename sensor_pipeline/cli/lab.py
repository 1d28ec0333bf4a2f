"""``dorsi lab``: figures for those who test algorithms.

In: arguments. Out: text on standard output or in a file. Must not live here: any measuring.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensor_pipeline.lab.compare import Score

COMPARE_HEADINGS = (
    *("session", "leg", "origin", "filter", "labels", "found", "labelled", "F1"),
    *("onset s", "offset s", "peak bias", "peak RMSE", "angle RMSE"),
)


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
    """Measure every accuracy figure again and write the page docs/accuracy.md (about a quarter of an hour)."""
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


@lab.command()
@click.argument("folder")
@click.option(
    "--orientation", multiple=True, metavar="NAME", help="A filter to try; repeat it. Default: all that are installed."
)
@click.option("--labels", metavar="RATER", help="Whose labels count. Default: truth, else the session's edits.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compare(folder: str, orientation: tuple[str, ...], labels: str | None, as_json: bool) -> None:
    """Replay every session in FOLDER with each orientation filter and score it against labels and references.

    Onset and offset: median of found minus labelled. Peaks and angles in degrees. Simulated and recorded sessions are
    never pooled.
    """
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.lab.compare import evaluate, pooled
    from sensor_pipeline.signal.orientation import available_filters

    scores: list[Score] = []
    for name in orientation or available_filters():
        scores += evaluate(folder, orientation=name, labels=labels)
    total = pooled(scores)
    if as_json:
        click.echo(json.dumps({"scores": [s.row() for s in scores], "pooled": [s.row() for s in total]}))
    else:
        print_table(COMPARE_HEADINGS, [_cells(score) for score in (*scores, *total)])


def _cells(score: Score) -> tuple[str, ...]:
    reps = score.reps
    head = (score.session, score.side, score.origin, score.algorithm, score.labels or "none")
    angle = "" if score.angle_rmse_deg is None else f"{score.angle_rmse_deg:.2f}°"
    if reps is None:
        return (*head, *[""] * 7, angle)
    return (
        *head,
        str(reps.found),
        str(reps.labelled),
        _figure(reps.f1, ".2f"),
        _figure(reps.onset_bias_s, "+.3f"),
        _figure(reps.offset_bias_s, "+.3f"),
        _figure(reps.peak_bias_deg, "+.2f", "°"),
        _figure(reps.peak_rmse_deg, ".2f", "°"),
        angle,
    )


def _figure(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"
