"""What a live display shows, kept up to date from events.

In: events; what a recording tells of its link and of itself. Out: a plain state. Must not live here: drawing, time,
anything that feeds back into the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.types import (
    BadPacket,
    BatteryLevel,
    Block,
    Cue,
    Event,
    Flag,
    Gap,
    HoldEnded,
    HoldStarted,
    LinkChanged,
    MountingRefused,
    MountingSet,
    Rep,
    RepDone,
    SensorSetup,
    Targets,
)

RATE_WINDOW_S = 2.0
"""The shown rate is that of this long a stretch: short enough to show a collapse, long enough to be steady."""


@dataclass(slots=True)
class SensorView:
    """The newest of one sensor; ``advice`` says what is wrong with its link, ``refused`` with its zero, "" nothing."""

    side: str
    angle_deg: float | None = None
    tilt_only: bool = False
    time_s: float = 0.0
    rows: int = 0
    rate_hz: float | None = None
    lost: int = 0
    bad_packets: int = 0
    battery: float | None = None
    link: str = "connected"
    streaming: bool = True
    advice: str = ""
    refused: str = ""
    hold_since_s: float | None = None
    best_deg: float | None = None
    _rate_from: tuple[float, int] | None = None  # time and number of rows where the rate's stretch begins

    def count(self, rows: int, time_s: float) -> None:
        """Take ``rows`` more rows in, the last one at ``time_s``."""
        self.time_s = time_s
        self.rows += rows
        if self._rate_from is None:
            self._rate_from = (time_s, self.rows)
            return
        begun_s, begun_rows = self._rate_from
        if time_s - begun_s >= RATE_WINDOW_S:
            self.rate_hz = (self.rows - begun_rows) / (time_s - begun_s)
            self._rate_from = (time_s, self.rows)


@dataclass(slots=True)
class LiveState:
    """Everything on the screen.

    Attributes:
        targets: of the session.
        sensors: in the order of the session.
        instruction: what the coach said last.
        reps: all so far.
        person: pseudonym, None = not said.
        push: False where nothing may ask the person for more: then no best is shown.
        alarms: what is wrong with the recording itself, by a key of its own; shown large.
        keys: what can be pressed, "" = nothing.
    """

    targets: Targets
    sensors: list[SensorView]
    instruction: str = ""
    reps: list[Rep] = field(default_factory=list)
    person: str | None = None
    push: bool = True
    alarms: dict[str, str] = field(default_factory=dict)
    keys: str = ""

    @classmethod
    def of(cls, sensors: Sequence[SensorSetup], targets: Targets) -> LiveState:
        """An empty display for these sensors."""
        return cls(targets, [SensorView(sensor.side) for sensor in sensors])

    def update(self, events: Iterable[Event]) -> None:
        """Take events in."""
        for event in events:
            if event.sensor is None:
                if isinstance(event, Cue):
                    self.instruction = event.text
                continue
            view = self.sensors[event.sensor]
            match event:
                case Block():
                    self._rows(view, event)
                case Cue():
                    if not event.text.isdigit():
                        self.instruction = event.text
                case HoldStarted():
                    view.hold_since_s = event.since_s
                case HoldEnded():
                    view.hold_since_s = None
                case RepDone():
                    self.reps.append(event.rep)
                    view.best_deg = max(view.best_deg or 0.0, event.rep.peak_deg)
                case Gap():
                    view.lost += event.lost or 0
                case BadPacket():
                    view.bad_packets += 1
                case BatteryLevel():
                    view.battery = event.percent
                case LinkChanged():
                    view.link = event.state
                    view.streaming = event.state != "lost"
                    if event.state == "lost":
                        view.hold_since_s = None
                case MountingRefused():
                    view.refused = f"{event.reason}: {event.remedy}"
                case MountingSet():
                    view.refused = ""

    @staticmethod
    def _rows(view: SensorView, block: Block) -> None:
        view.count(len(block.samples), float(block.samples.time_s[-1]))
        known = bool(block.angles.has_dorsiflexion[-1])
        view.angle_deg = float(block.angles.dorsiflexion_rad[-1]) * DEG_PER_RAD if known else None
        view.tilt_only = bool(block.samples.flags[-1] & Flag.TILT_ONLY)
