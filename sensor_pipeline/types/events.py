"""Events: what the core says."""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline.types.basic import LinkState
from sensor_pipeline.types.results import Mounting, Rep
from sensor_pipeline.types.rows import Angles, Samples


@dataclass(frozen=True, slots=True)
class Event:
    """Something the core found out: ``order`` is the record that caused it, ``time_s`` its place in session time."""

    order: int
    sensor: int | None
    time_s: float


@dataclass(frozen=True, slots=True)
class Block(Event):
    """New rows with their angles. Blocks join to the same rows whatever the chunking of the records."""

    samples: Samples
    angles: Angles


@dataclass(frozen=True, slots=True)
class BadPacket(Event):
    """A payload that the decoder refused, or bytes skipped in search of a frame. The state is unchanged."""

    characteristic: str
    reason: str


@dataclass(frozen=True, slots=True)
class StalePacket(Event):
    """A packet that arrived twice or after its time, or whose counter and stamp contradict each other: not used."""

    stream: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gap(Event):
    """Samples are missing in [time_s, end_s). ``lost`` is None where the sensor cannot tell."""

    stream: str
    end_s: float
    lost: int | None
    bridged: bool


@dataclass(frozen=True, slots=True)
class SensorRestarted(Event):
    """The sensor's counter or clock started anew: a new clock segment in the same session time."""

    stream: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkChanged(Event):
    """The radio link changed."""

    state: LinkState
    detail: str


@dataclass(frozen=True, slots=True)
class BatteryLevel(Event):
    """The sensor's battery, percent."""

    percent: float


@dataclass(frozen=True, slots=True)
class MountingSet(Event):
    """A mounting holds from ``mounting.start_s`` on."""

    mounting: Mounting


@dataclass(frozen=True, slots=True)
class MountingRefused(Event):
    """A standing pose was refused: why, and what to do."""

    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RepStarted(Event):
    """The angle has risen far enough to be a candidate repetition."""

    rep: int


@dataclass(frozen=True, slots=True)
class HoldStarted(Event):
    """The person has been still near the top for the shortest hold: the timer runs, counting from ``since_s``."""

    rep: int
    since_s: float


@dataclass(frozen=True, slots=True)
class HoldEnded(Event):
    """The hold is over after ``hold_s``."""

    rep: int
    hold_s: float


@dataclass(frozen=True, slots=True)
class RepDone(Event):
    """A repetition was counted."""

    rep: Rep


@dataclass(frozen=True, slots=True)
class RepRejected(Event):
    """A candidate was not counted, and why.

    Attributes:
        start_s: its onset.
        peak_deg: its largest angle.
        reason: why, in words.
        cause: why, as a stable id: range, fast, too_far, no_return; "" where the detector gives none.
        start_deg, peak_s, rom_deg, duration_s, peak_velocity_deg_s: its other numbers, as in ``Rep``; None where the
            detector gives none.
    """

    start_s: float
    peak_deg: float
    reason: str
    cause: str = ""
    start_deg: float | None = None
    peak_s: float | None = None
    rom_deg: float | None = None
    duration_s: float | None = None
    peak_velocity_deg_s: float | None = None


@dataclass(frozen=True, slots=True)
class Cue(Event):
    """The coach speaks: ``cue`` is a stable id, ``text`` the English words, ``value`` a number that belongs to it."""

    cue: str
    text: str
    value: float | None = None
