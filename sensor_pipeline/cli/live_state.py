"""What a live display shows, kept up to date from events.

In: events. Out: a plain state. Must not live here: drawing, time, anything that feeds back into the session.
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
    Rep,
    RepDone,
    SensorSetup,
    Targets,
)


@dataclass(slots=True)
class SensorView:
    """The newest of one sensor."""

    side: str
    angle_deg: float | None = None
    tilt_only: bool = False
    time_s: float = 0.0
    rows: int = 0
    first_s: float | None = None
    lost: int = 0
    bad_packets: int = 0
    battery: float | None = None
    link: str = "connected"
    hold_since_s: float | None = None
    best_deg: float | None = None

    @property
    def rate_hz(self) -> float | None:
        """Rows a second since the first row; None in the first second."""
        if self.first_s is None or self.time_s - self.first_s < 1.0:
            return None
        return (self.rows - 1) / (self.time_s - self.first_s)


@dataclass(slots=True)
class LiveState:
    """Everything on the screen."""

    targets: Targets
    sensors: list[SensorView]
    instruction: str = ""
    reps: list[Rep] = field(default_factory=list)

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

    @staticmethod
    def _rows(view: SensorView, block: Block) -> None:
        view.time_s = float(block.samples.time_s[-1])
        view.rows += len(block.samples)
        if view.first_s is None:
            view.first_s = float(block.samples.time_s[0])
        known = bool(block.angles.has_dorsiflexion[-1])
        view.angle_deg = float(block.angles.dorsiflexion_rad[-1]) * DEG_PER_RAD if known else None
        view.tilt_only = bool(block.samples.flags[-1] & Flag.TILT_ONLY)
