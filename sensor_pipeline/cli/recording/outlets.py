"""Where a recording is seen: a live screen, lines of talk, lines of JSON.

In: what happens. Out: text. Must not live here: anything that feeds back into the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import click

from sensor_pipeline.cli.live_state import LiveState
from sensor_pipeline.cli.live_view import LOW_BATTERY, WARN_BATTERY, talk
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import BatteryLevel, Event, LinkChanged, SensorRestarted, Targets

if TYPE_CHECKING:
    from sensor_pipeline.ble.status import LinkStatus
    from sensor_pipeline.cli.recording.plan import Ended


class Outlet(Protocol):
    """Somewhere that a recording is seen."""

    def begun(self, session: str, path: str) -> None:
        """The session's folder is there: from now on records are kept."""

    def events(self, events: Sequence[Event]) -> None:
        """What the engine found."""

    def status(self, sensor: int, status: LinkStatus) -> None:
        """A sensor's link, a few times a second."""

    def alarm(self, key: str, text: str) -> None:
        """Something is wrong with the recording itself; "" = it is not any more. Each change comes once."""

    def ended(self, ended: Ended, code: int) -> None:
        """The session is over and stored, or not."""


class Screen:
    """Keeps a :class:`LiveState` up to date; somebody else draws it."""

    def __init__(self, state: LiveState) -> None:
        self.state = state
        self._offset = [0] * len(state.sensors)

    def begun(self, session: str, path: str) -> None:
        """Nothing to show: the folder is named at the end."""

    def events(self, events: Sequence[Event]) -> None:
        """Take events in."""
        self.state.update(events)

    def status(self, sensor: int, status: LinkStatus) -> None:
        """Show the link and what is wrong with it."""
        view = self.state.sensors[sensor]
        view.link = status.state if status.reconnects == 0 else f"{status.state}, {status.reconnects} reconnects"
        view.streaming = status.state == "streaming"
        view.advice = status.advice
        if status.battery is not None:
            view.battery = status.battery

    def alarm(self, key: str, text: str) -> None:
        """Show it large, or take it away."""
        if text:
            self.state.alarms[key] = text
        else:
            self.state.alarms.pop(key, None)

    def ended(self, ended: Ended, code: int) -> None:
        """The screen is closed by whoever opened it."""


class Talk:
    """Says on standard error what a person without a live screen wants to hear; each thing once."""

    def __init__(self, targets: Targets, sides: Sequence[str], person: str | None = None) -> None:
        self._targets = targets
        self._person = person or "person not said"
        self._sides = tuple(sides)
        self._advice = [""] * len(sides)

    def begun(self, session: str, path: str) -> None:
        """Name the session, the person and the legs."""
        legs = " and ".join(self._sides)
        click.echo(f"recording {session}: {printable(self._person)}, {legs}", err=True)

    def events(self, events: Sequence[Event]) -> None:
        """Say repetitions, cues, links and batteries."""
        talk(events, self._targets)
        for event in events:
            if isinstance(event, LinkChanged):
                self._say(event, event.state + (f": {event.detail}" if event.detail else ""))
            elif isinstance(event, BatteryLevel) and event.percent < WARN_BATTERY:
                self._say(event, f"battery {event.percent:.0f} %: charge it soon")
            elif isinstance(event, SensorRestarted):
                self._say(event, f"the sensor began anew: {event.reason}")

    def _say(self, event: Event, text: str) -> None:
        side = "" if event.sensor is None else f"{self._sides[event.sensor]}: "
        click.echo(f"{event.time_s:7.2f} s  {side}{text}", err=True)

    def status(self, sensor: int, status: LinkStatus) -> None:
        """Say advice when it changes; a number of seconds in it is no change."""
        words = "".join(character for character in status.advice if not character.isdigit())
        if words != self._advice[sensor]:
            self._advice[sensor] = words
            if status.advice:
                click.echo(f"{self._sides[sensor]}: {status.advice}", err=True)

    def alarm(self, key: str, text: str) -> None:
        """Say it."""
        if text:
            click.echo(text, err=True)

    def ended(self, ended: Ended, code: int) -> None:
        """Said by the command, in every mode."""


def battery_text(side: str, percent: float) -> str:
    """What is said of a low battery, "" where it is not low."""
    if percent >= WARN_BATTERY:
        return ""
    return f"{side}: battery {percent:.0f} %" + (
        ": it may fail at any time" if percent < LOW_BATTERY else ": charge it soon"
    )
