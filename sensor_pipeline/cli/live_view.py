"""The live terminal display: the angle large, the target band, the hold timer, the repetitions.

In: a :class:`~sensor_pipeline.cli.live_state.LiveState`. Out: a rich renderable, or lines of talk where no terminal is.
Must not live here: state of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import click
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sensor_pipeline.cli.live_state import LiveState, SensorView
from sensor_pipeline.types import Cue, Event, Rep, RepDone, Targets

if TYPE_CHECKING:
    from sensor_pipeline.engine import SessionSetup

REFRESH_HZ = 8.0
"""Redraws of the terminal a second: fluent enough for a gauge; each takes about 2 ms of a core."""
WARN_BATTERY, LOW_BATTERY = 20.0, 10.0
"""Percent: below the first a battery is warned of, below the second a recording is not begun. Users' threads: an empty
battery in mid-session is what they complain of."""
GAUGE_TOP_DEG = 60.0
"""Right end of the gauge: beyond what a shin does in a lunge (published peaks 27-45 deg)."""
GAUGE_WIDTH = 60
BAND_DEG = 2.0
"""Half width of the target band on the gauge: the same two degrees as the column end_range_s."""
SHOWN_REPS = 8
HONEST = "shin angle = dorsiflexion only with the foot flat and level; not a medical device"


@contextmanager
def display(setup: SessionSetup, *, live: bool) -> Iterator[Callable[[Sequence[Event]], None]]:
    """Yield a listener for events: a live screen on standard error, or lines of talk there.

    Args:
        setup: of the session.
        live: True where standard error is a terminal and the session runs in real time.
    """
    if not live:
        yield lambda events: talk(events, setup.targets)
        return
    state = LiveState.of(setup.sensors, setup.targets)
    with screen(state):
        yield state.update


@contextmanager
def screen(state: LiveState) -> Iterator[None]:
    """Draw a state on standard error again and again, for the time of the ``with`` block."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(get_renderable=lambda: draw(state), console=console, refresh_per_second=REFRESH_HZ):
        yield


def draw(state: LiveState) -> RenderableType:
    """The whole screen."""
    parts: list[RenderableType] = [
        Panel(Text(text, style="bold", justify="center"), style="white on red", expand=True)
        for text in tuple(state.alarms.values())
    ]
    parts.append(Text(state.instruction or " ", style="bold", justify="center"))
    for view in state.sensors:
        parts.append(_sensor(view, state))
    if state.reps:
        parts.append(reps_table(state.reps[-SHOWN_REPS:], state.targets))
    if state.keys:
        parts.append(Text(state.keys, justify="center"))
    parts.append(Text(HONEST, style="dim", justify="center"))
    return Group(*parts)


def reps_table(reps: Sequence[Rep], targets: Targets) -> Table:
    """One line a repetition."""
    table = Table(expand=False, pad_edge=False, box=None, header_style="dim")
    for name in ("rep", "side", "peak °", "range °", "down s", "hold s", "up s"):
        table.add_column(name, justify="left" if name == "side" else "right")
    table.add_column("verdict")
    for rep in reps:
        table.add_row(
            str(rep.rep),
            rep.side,
            f"{rep.peak_deg:.1f}",
            f"{rep.rom_deg:.1f}",
            f"{rep.descent_s:.1f}",
            f"{rep.hold_s:.1f}",
            f"{rep.ascent_s:.1f}",
            verdict(rep, targets),
        )
    return table


def counted(number: int) -> str:
    """A number of repetitions in words."""
    return f"{number} repetition{'' if number == 1 else 's'}"


def verdict(rep: Rep, targets: Targets) -> str:
    """A repetition in words: what was asked and missed, or that it was done."""
    words = [fault.replace("_", " ") for fault in rep.faults]
    if not rep.scored:
        words.append(f"not graded: {rep.reason}")
    if not words:
        words.append("counted" if targets.angle_deg is None else "target reached")
    if rep.scored and rep.score is not None:
        words.append(f"score {rep.score:.0f}")
    return ", ".join(words)


def talk(events: Iterable[Event], targets: Targets) -> None:
    """Say on standard error what a person without a live display wants to hear."""
    for event in events:
        if isinstance(event, RepDone):
            rep = event.rep
            click.echo(
                f"{event.time_s:7.2f} s  rep {rep.rep} ({rep.side}): peak {rep.peak_deg:.1f} deg, "
                f"hold {rep.hold_s:.1f} s, {verdict(rep, targets)}",
                err=True,
            )
        elif isinstance(event, Cue) and event.cue != "rep_counted":
            click.echo(f"{event.time_s:7.2f} s  {event.text}", err=True)


def _sensor(view: SensorView, state: LiveState) -> RenderableType:
    angle = "  --.-°" if view.angle_deg is None else f"{view.angle_deg:6.1f}°"
    done = sum(rep.side == view.side for rep in state.reps)
    count = f"rep {done}" if state.targets.reps is None else f"rep {done} of {state.targets.reps}"
    hold = "" if view.hold_since_s is None else f"hold {view.time_s - view.hold_since_s:4.1f} s"
    if hold and state.targets.hold_s > 0:
        hold += f" of {state.targets.hold_s:g}"
    head = Table.grid(expand=True)
    for justify in ("left", "center", "right"):
        head.add_column(justify=justify, ratio=1)
    best = "" if view.best_deg is None or not state.push else f"best {view.best_deg:.1f}°"
    head.add_row(
        Text(angle, style="bold cyan"), Text(hold, style="bold green"), Text(f"{count}   {best}", style="bold")
    )
    note = " (total tilt: no forward axis known)" if view.tilt_only else ""
    who = "" if state.person is None else f"{state.person}, "
    lines: list[RenderableType] = [head, _gauge(view, state.targets, state.push), _status(view)]
    for problem in (view.refused, view.advice):
        if problem:
            lines.append(Panel(Text(problem, style="bold", justify="center"), style="yellow"))
    style = "none" if view.streaming else "red"
    return Panel(Group(*lines), title=Text(f"{who}{view.side} shin{note}"), border_style=style, expand=True)


def _gauge(view: SensorView, targets: Targets, push: bool) -> Text:
    def cell(deg: float) -> int:
        return round(min(max(deg / GAUGE_TOP_DEG, 0.0), 1.0) * GAUGE_WIDTH)

    filled = cell(view.angle_deg or 0.0)
    band: range = range(0)
    if targets.angle_deg is not None:
        band = range(cell(targets.angle_deg - BAND_DEG), cell(targets.angle_deg + BAND_DEG) + 1)
    best = None if view.best_deg is None or not push else cell(view.best_deg)
    text = Text("0° ")
    marks = ["█" if i < filled else "┃" if i == best else "▒" if i in band else "·" for i in range(GAUGE_WIDTH + 1)]
    styles = ["green" if i in band else "cyan" if i < filled else "dim" for i in range(GAUGE_WIDTH + 1)]
    for style, run in groupby(zip(marks, styles, strict=True), key=itemgetter(1)):
        text.append("".join(mark for mark, _ in run), style=style)
    return text.append(f" {GAUGE_TOP_DEG:g}°")


def _status(view: SensorView) -> Text:
    rate = "-- Hz" if view.rate_hz is None else f"{view.rate_hz:.1f} Hz"
    battery = "battery ?" if view.battery is None else f"battery {view.battery:.0f} %"
    text = Text(f"{view.time_s:6.1f} s   {rate}   lost {view.lost}   ", style="dim")
    low = view.battery is not None and view.battery < WARN_BATTERY
    text.append(battery, style="not dim bold red" if low else "")
    return text.append(f"   {view.link}", style="" if view.streaming else "not dim bold red")
