"""``dorsi edit``: corrections as a layer over a session. Parses and prints; the work is in recording.edit_actions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from sensor_pipeline.types import HeelState, Side

if TYPE_CHECKING:
    from sensor_pipeline.recording.edit_actions import Editor, LogLine
    from sensor_pipeline.recording.edits import Edit

HEADINGS = ("no", "made (UTC)", "edit", "why", "in effect")
LONGEST_LINE = 400
_F = TypeVar("_F", bound=Callable[..., Any])


def _reason(command: _F) -> _F:
    return click.option("--reason", metavar="TEXT", default="", help="Why; kept in the log.")(command)


def _side_and_reason(command: _F) -> _F:
    side = click.option("--side", type=click.Choice(get_args(Side)), help="The leg, where both have such a repetition.")
    return side(_reason(command))


def _interval(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, float]:
    """Read START:END, seconds of session time."""
    try:
        start, end = (float(part) for part in value.split(":"))
    except ValueError as error:
        hint = "give START:END in seconds, for example 12.5:16"
        raise click.BadParameter(f"{value!r}: {hint}", ctx, param) from error
    return start, end


@click.group()
@click.argument("session")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.pass_context
def edit(context: click.Context, session: str, library: Path | None) -> None:
    """Correct SESSION (an id or a path); what was recorded stays, and every edit can be undone.

    Repetitions are named by their numbers as 'dorsi show' prints them; times are session time in seconds. 'dorsi show'
    and 'dorsi export' apply edits; their option --original leaves them out.
    """
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.recording.edit_actions import Editor

    context.obj = Editor(Library(library).find(session))


@edit.command()
@click.argument("rep", type=int)
@_side_and_reason
@click.pass_obj
def delete(editor: Editor, rep: int, side: Side | None, reason: str) -> None:
    """Take repetition REP out: it was none."""
    _told(editor.delete(rep, side, reason))


@edit.command()
@click.argument("interval", callback=_interval, metavar="START:END")
@_side_and_reason
@click.pass_obj
def add(editor: Editor, interval: tuple[float, float], side: Side | None, reason: str) -> None:
    """Count a repetition that was missed, from START to END; it is measured from the stored angle."""
    _told(editor.add(*interval, side, reason))


@edit.command()
@click.argument("rep", type=int)
@click.argument("at", type=float)
@_side_and_reason
@click.pass_obj
def split(editor: Editor, rep: int, at: float, side: Side | None, reason: str) -> None:
    """Make two repetitions of REP, at time AT; both are measured from the stored angle."""
    _told(editor.split(rep, at, side, reason))


@edit.command()
@click.argument("rep", type=int)
@click.argument("other", type=int)
@_side_and_reason
@click.pass_obj
def merge(editor: Editor, rep: int, other: int, side: Side | None, reason: str) -> None:
    """Make one repetition of REP and OTHER, which follow each other; it is measured from the stored angle."""
    _told(editor.merge(rep, other, side, reason))


@edit.command()
@click.argument("rep", type=int)
@click.option("--start", type=float, metavar="S", help="New onset.")
@click.option("--end", type=float, metavar="S", help="New offset.")
@_side_and_reason
@click.pass_obj
def retime(editor: Editor, rep: int, start: float | None, end: float | None, side: Side | None, reason: str) -> None:
    """Move the onset or offset of REP; it is measured anew from the stored angle."""
    _told(editor.retime(rep, start, end, side, reason))


@edit.command()
@click.argument("rep", type=int)
@_side_and_reason
@click.pass_obj
def unscore(editor: Editor, rep: int, side: Side | None, reason: str) -> None:
    """Keep REP in the count, and out of best, mean and score."""
    _told(editor.leave_unscored(rep, side, reason))


@edit.command()
@click.argument("rep", type=int)
@click.argument("state", type=click.Choice(get_args(HeelState)))
@_side_and_reason
@click.pass_obj
def heel(editor: Editor, rep: int, state: HeelState, side: Side | None, reason: str) -> None:
    """Say what was seen of the heel in REP."""
    _told(editor.set_heel(rep, state, side, reason))


@edit.command()
@click.argument("rep", type=int)
@click.argument("fault", nargs=-1)
@_side_and_reason
@click.pass_obj
def faults(editor: Editor, rep: int, fault: tuple[str, ...], side: Side | None, reason: str) -> None:
    """Replace the faults of REP by FAULT..., or by none."""
    _told(editor.set_faults(rep, fault, side, reason))


@edit.command("set")
@click.argument("field")
@click.argument("value")
@_reason
@click.pass_obj
def set_(editor: Editor, field: str, value: str, reason: str) -> None:
    """Correct what was said of the session: FIELD becomes VALUE; '' = not said.

    Fields: side (left, right; swap with a sensor on each leg), person, protocol, distance_cm, footwear, strap_site,
    back_foot, warm_up (before, after), strap, notes. A corrected side is computed anew from the records.
    """
    _told(editor.set(field, value, reason))


@edit.command()
@_reason
@click.pass_obj
def undo(editor: Editor, reason: str) -> None:
    """Take back the last edit that is in effect; once more takes back the one before."""
    click.echo(f"undone: {_line(editor.undo(reason))}", err=True)


@edit.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def log(editor: Editor, as_json: bool) -> None:
    """List every edit ever made, undone ones too."""
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.recording.dataclass_json import to_json

    lines = editor.log()
    if as_json:
        values = [{"number": item.number, "in_effect": item.in_effect, **to_json(item.edit)} for item in lines]
        click.echo(json.dumps({"edits": values}))
    elif lines:
        print_table(HEADINGS, [_cells(item) for item in lines])
    else:
        click.echo("no edits", err=True)


def _told(made: Edit) -> None:
    click.echo(_line(made), err=True)


def _line(edit: Edit) -> str:
    from sensor_pipeline.recording.text import printable

    return printable(_words(edit), LONGEST_LINE)


def _cells(line: LogLine) -> tuple[str, ...]:
    edit = line.edit
    made = edit.made_utc.replace("T", " ").rstrip("Z")
    state = "" if edit.change == "undo" else "yes" if line.in_effect else "undone"
    return (str(line.number), made, _words(edit), edit.reason, state)


def _words(edit: Edit) -> str:
    """One line of plain English: what the edit does."""
    rep = f"{edit.side} repetition {edit.rep}"
    made = "; ".join(
        f"{item.side} repetition {item.rep}: {item.start_s:.2f} to {item.end_s:.2f} s, {item.peak_deg:.1f}°"
        for item in edit.measured
    )
    match edit.change:
        case "not_a_rep":
            return f"{rep} deleted"
        case "not_scored":
            return f"{rep} not scored"
        case "set_heel":
            return f"{rep}: heel {edit.heel}"
        case "set_faults":
            return f"{rep}: faults {', '.join(edit.faults or ()) or 'none'}"
        case "merge":
            return f"{rep} merged with {edit.other} ({made})"
        case "set":
            return f"{edit.field} is {'not said' if edit.value is None else edit.value}"
        case "undo":
            return "undo"
    past = {"add": "added", "split": "split", "retime": "re-timed"}[edit.change]
    return f"{rep} {past} ({made})"
