"""What a scan found, for people: a live table, lines of talk, rows.

In: snapshots of a scan. Out: a rich renderable, lines, cells. Must not live here: the scan, what adverts mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from sensor_pipeline.recording.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sensor_pipeline.ble.match import Seen
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.types import Json

HEADINGS: Final = ("sensor", "spec", "grade", "signal", "battery", "serial", "address")
NAME_LIMIT: Final = 32
"""An advertised name holds at most 29 characters (31 bytes of an advertisement); a longer one comes from elsewhere."""
_UNSURE: Final = {"sure": "", "likely": " (by name)", "guess": " (a guess)", "": ""}
MOST_STRANGERS: Final = 6
"""Named devices without a spec that are listed; an office has dozens."""


def name_of(seen: Seen) -> str:
    """The advertised name, safe to print, ``(no name)`` where there is none."""
    return printable(seen.name, NAME_LIMIT) or "(no name)"


def cells(seen: Seen) -> tuple[str, ...]:
    """Return one row of the table under :data:`HEADINGS`."""
    return (
        name_of(seen),
        f"{seen.spec_id or '-'}{_UNSURE[seen.certainty]}",
        seen.grade or "-",
        "-" if seen.rssi is None else f"{seen.rssi} dBm",
        "-" if seen.battery is None else f"{seen.battery} %",
        printable(seen.serial or "-"),
        printable(seen.address),
    )


def unusable_lines(seen: Sequence[Seen]) -> list[str]:
    """Why devices cannot be used, a line each: what is known, then named strangers, then how many more there were."""
    lines = [f"{name_of(item)}: {printable(item.reason, 400)}" for item in seen if item.reason and item.certainty]
    strangers = [item for item in seen if item.reason and not item.certainty]
    telling = [item for item in strangers if item.name]
    lines += [f"{name_of(item)}: {printable(item.reason, 400)}" for item in telling[:MOST_STRANGERS]]
    more = len(strangers) - min(len(telling), MOST_STRANGERS)
    if more:
        lines.append(f"and {more} more that no spec fits, most of them without a name (phones, televisions, tags)")
    return lines


def as_json(seen: Seen, specs: Mapping[str, SensorSpec]) -> dict[str, Json]:
    """Return one device as ``--json`` prints it."""
    spec = specs.get(seen.spec_id or "")
    return {
        "name": seen.name,
        "address": seen.address,
        "serial": seen.serial,
        "spec": seen.spec_id,
        "sensor": spec.name if spec else None,
        "certainty": seen.certainty or None,
        "grade": seen.grade or None,
        "status": spec.status if spec else None,
        "stream": seen.stream,
        "rssi_dbm": seen.rssi,
        "battery_percent": seen.battery,
        "usable": seen.usable,
        "reason": seen.reason or None,
    }


def screen(seen: Sequence[Seen], now_s: float, passed_s: float) -> RenderableType:
    """Draw the live table.

    Args:
        seen: the snapshot.
        now_s: event loop time.
        passed_s: how long the scan has run.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in (*HEADINGS, "heard"):
        table.add_column(heading, overflow="fold")
    usable = [item for item in seen if item.usable]
    for item in usable:
        row = (*cells(item), f"{now_s - item.seen_at_s:.0f} s ago")
        table.add_row(*(Text(cell) for cell in row))
    rest = len(seen) - len(usable)
    heard = f"{counted(len(usable), 'usable sensor')}, {counted(rest, 'other device')}"
    foot = Text(f"{passed_s:.0f} s; {heard}; Ctrl-C ends the scan", style="dim")
    known = [Text(line, style="yellow") for line in unusable_lines([item for item in seen if item.certainty])]
    return Group(*([table] if usable else []), *known, foot)


def talk(seen: Sequence[Seen], known: set[str]) -> None:
    """Say each usable sensor once on standard error, as soon as it is heard."""
    for item in seen:
        if item.usable and item.address not in known:
            known.add(item.address)
            click.echo(f"heard {name_of(item)}: {item.spec_id}, {cells(item)[3]}", err=True)


def counted(number: int, what: str) -> str:
    """A number with its noun."""
    return f"{number} {what}{'' if number == 1 else 's'}"
