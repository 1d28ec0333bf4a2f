"""Records: the truth of a session, one ordered stream."""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline.types.basic import FloatArray, LinkState


@dataclass(frozen=True, slots=True)
class Record:
    """What happened, in arrival order. Everything a session shows follows from its records.

    Attributes:
        order: arrival number, strictly rising in a session.
        host_time_ns: monotonic host time of arrival (``perf_counter_ns``), never the wall clock.
        sensor: index into the session's sensors, None for the session itself.
    """

    order: int
    host_time_ns: int
    sensor: int | None


@dataclass(frozen=True, slots=True)
class Notification(Record):
    """Bytes a sensor sent. ``characteristic`` is the key in the spec's ``[chars]`` table."""

    characteristic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Read(Record):
    """Bytes read from a sensor: ``what`` is info, battery, serial or firmware."""

    what: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Link(Record):
    """The radio link changed: connected, lost, or the sensor was found rebooted."""

    state: LinkState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Input(Record):
    """What the person did: start, mark, pause, resume, re-zero, hurts-stop, answer, distance, stop. ``value``: JSON."""

    action: str
    value: str = "null"


@dataclass(frozen=True, slots=True)
class ImportedSamples(Record):
    """Samples from a file: (n,) s from the session's start, (n, 3) m/s^2, (n, 3) rad/s; NaN marks a missing value."""

    time_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray


@dataclass(frozen=True, slots=True)
class Tick(Record):
    """Nothing happened, and time went on: lets a deadline fire in silence."""


@dataclass(frozen=True, slots=True)
class Flush(Record):
    """The session ended: open repetitions close with reason "ended". Idempotent."""
