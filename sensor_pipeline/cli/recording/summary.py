"""What a person is told of a session that was just stored, and what can be done with it next.

In: a session folder. Out: text. Must not live here: maths, anything about recording.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from sensor_pipeline.types import Json, Targets


def print_session(path: Path, targets: Targets) -> None:
    """Print the repetitions and one line of summary on standard output."""
    from rich.console import Console

    from sensor_pipeline.cli.live_view import counted, reps_table
    from sensor_pipeline.library.session import load_session

    session = load_session(path)
    summary = session.report()["summary"]
    if summary["count"]:
        Console().print(reps_table(session.rep_values(), targets))
    results = session.report()["results"]
    best = "" if summary["best_deg"] is None or results else f", best {summary['best_deg']:.1f} deg"
    for side, found in results.items():
        click.echo(f"{side}: {result_words(found)}")
    simulated = ", simulated" if session.meta.simulated else ""
    click.echo(f"{counted(summary['count'])}{best}; session {session.id}{simulated}")
    click.echo(f"stored in {path}")


def result_words(found: dict[str, Json]) -> str:
    """What a guided set came to, in words.

    Args:
        found: of one leg, as a session report has it.
    """
    texts = [text.format(found[name]) for name, text in _RESULTS.items() if found.get(name) is not None]
    return ", ".join(texts)


_RESULTS: Final = {
    "furthest_cm": "furthest touch {:g} cm",
    "best_deg": "best {:.1f} deg",
    "mean_deg": "mean {:.1f} deg",
    "by_angle_cm": "by the angle the foot went {:.1f} cm back",
    "counted": "{:g} counted",
}


def next_lines(path: Path) -> None:
    """Name the next commands on standard error."""
    from sensor_pipeline.library.sessions import library_folder

    place = "" if path.parent == library_folder() else f" --library {path.parent}"
    click.echo("next:", err=True)
    for line in (f"show {path.name}", f"replay {path.name}", f"export {path.name} --to csv", "sessions"):
        click.echo(f"  dorsi {line}{place}", err=True)
