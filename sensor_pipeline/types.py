"""Frozen values that cross room borders: records, packets, samples, angles, repetitions, events, settings.

In: nothing. Out: dataclasses and type aliases. Must not live here: behaviour, thresholds, formulas.

Signs, units and axes are in :mod:`sensor_pipeline.frames`. Arrays are C-contiguous float64, rows are samples.
Where a value can be unknown in a row, a boolean ``has_*`` array says so: NaN is never a flag.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
FlagArray = NDArray[np.uint16]
IntArray = NDArray[np.int64]

Side = Literal["left", "right"]
RefersTo = Literal["sample", "first", "last", "send"]
LinkState = Literal["connected", "lost", "rebooted"]
HeelState = Literal["no_lift_seen", "possible_lift", "not_checked"]
Channel = Literal["imu", "acc", "gyr"]


class Flag(enum.IntFlag):
    """Bits of a sample row's ``flags``."""

    BRIDGED = 1  # filled on the sample grid between two received samples; counted as lost
    SETTLING = 2  # after a long gap, until the next rest: the filter has restarted
    CLIPPED = 4  # at the end of the sensor's range: kept in the file, kept out of the filter
    RATE_UNSETTLED = 8  # the sensor's true rate is not known well yet
    TILT_ONLY = 16  # dorsiflexion is the unsigned total tilt: no mediolateral axis yet
    GAP_BEFORE = 32  # samples are missing right before this row
    SLIPPED = 64  # the strap moved since the last standing pose


# --- Records: the truth of a session, one ordered stream ------------------------------------------------------------


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


# --- Packets: what a decoder makes of a payload -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Packet:
    """Decoded samples of one frame.

    Attributes:
        stream: which clock these samples belong to: ``StreamTiming.stream``.
        n: number of samples.
        acc_m_s2: (n, 3) specific force in chip axes, None where the stream carries none.
        gyr_rad_s: (n, 3) angular rate in chip axes, None where the stream carries none.
        counter: sample or packet counter as on the wire, None where there is none.
        ticks: device time stamp as on the wire, None where there is none.
        flags: names the spec gives to set bits: clipped, gap_before, time_reset.
        other: further channels by name (mag in T, quat, euler in rad), (n, k) each.
    """

    stream: str
    n: int
    acc_m_s2: FloatArray | None
    gyr_rad_s: FloatArray | None
    counter: int | None = None
    ticks: int | None = None
    flags: tuple[str, ...] = ()
    other: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Everything one notification gave: packets, bytes skipped while looking for a frame, replies to commands."""

    packets: tuple[Packet, ...]
    skipped_bytes: int = 0
    replies: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """How one stream tells its time: what the clock needs to know of a spec.

    Attributes:
        stream: name that packets carry.
        channel: imu (acc and gyr together), acc or gyr.
        period_s: nominal sample period; a start value only.
        samples_per_packet: usual number of samples in a packet, used to judge a packet that could not be read.
        counter_bits, counts: width of the counter and whether it counts samples or packets; None without a counter.
        tick_s, tick_bits, refers_to: time stamp unit, width, and which sample it belongs to; None without a stamp.
    """

    stream: str
    channel: Channel
    period_s: float
    samples_per_packet: int = 1
    counter_bits: int | None = None
    counts: Literal["samples", "packets"] | None = None
    tick_s: float | None = None
    tick_bits: int | None = None
    refers_to: RefersTo | None = None


# --- Samples and angles: what the signal stages exchange ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of samples in time order, chip axes.

    Attributes:
        time_s: (n,) session time, strictly rising, 0 = the first record; never revised.
        dt_s: (n,) spacing to the row before, by the device's own clock.
        acc_m_s2, gyr_rad_s: (n, 3) each.
        flags: (n,) bits of :class:`Flag`.
    """

    time_s: FloatArray
    dt_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray
    flags: FlagArray

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.time_s)


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles of the rows of a :class:`Samples` block, rad. Where ``has_*`` is False the value 0 means nothing."""

    dorsiflexion_rad: FloatArray
    has_dorsiflexion: BoolArray
    frontal_rad: FloatArray
    has_frontal: BoolArray
    axial_rad: FloatArray
    has_axial: BoolArray


@dataclass(frozen=True, slots=True)
class Mounting:
    """How the sensor sits on the shin, valid from ``start_s`` until the next one.

    Attributes:
        method: given (known axes, true vertical), given+pose (known axes, zero from standing), pose (tilt only).
        start_s: session time from which it holds.
        rotation: sensor to shin axes by rows, see ``frames.Rotation``.
        tilt_only: True where only "up" is known: dorsiflexion is then the unsigned total tilt.
        axis_sd_deg: standard deviation of the mediolateral axis, None where there is none.
        zero_sd_deg: standard deviation of the zero, None where there is no pose.
    """

    method: Literal["given", "given+pose", "pose"]
    start_s: float
    rotation: tuple[float, ...]
    tilt_only: bool
    axis_sd_deg: float | None = None
    zero_sd_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition: a row of ``reps.parquet``. Half-open [start_s, end_s). None = not known, never 0 or NaN."""

    side: Side
    rep: int
    start_s: float
    hold_start_s: float | None
    peak_s: float
    hold_end_s: float | None
    end_s: float
    start_deg: float
    peak_deg: float
    rom_deg: float
    peak_sd_deg: float | None
    descent_s: float
    hold_s: float
    ascent_s: float
    end_range_s: float | None
    peak_velocity_deg_s: float
    sparc_descent: float | None = None
    sparc_ascent: float | None = None
    hold_drift_deg: float | None = None
    hold_rms_deg: float | None = None
    frontal_change_deg: float | None = None
    axial_change_deg: float | None = None
    heel: HeelState = "not_checked"
    heel_lift_mm: float | None = None
    scored: bool = False
    score: float | None = None
    components: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StreamLedger:
    """Where every sample of one stream went. Within a counted or stamped segment decoded + lost + rejected = span.

    ``lost`` is None where the sensor carries neither counter nor clock; ``estimated_deficit`` then says how many
    samples the measured rate leaves missing. ``bridged`` rows are part of ``lost``; ``stale_packets`` arrived late or
    twice.
    """

    stream: str
    decoded: int
    lost: int | None
    rejected: int
    bridged: int
    stale_packets: int
    bad_packets: int
    gaps: int
    restarts: int
    estimated_deficit: float | None = None
    measured_hz: float | None = None


# --- Events: what the core says ------------------------------------------------------------------------------------


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
    """A packet that arrived twice or after its time: counted, not used."""

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
    """A candidate was not counted, and why."""

    start_s: float
    peak_deg: float
    reason: str


@dataclass(frozen=True, slots=True)
class Cue(Event):
    """The coach speaks: ``cue`` is a stable id, ``text`` the English words, ``value`` a number that belongs to it."""

    cue: str
    text: str
    value: float | None = None


# --- Settings: recorded in session.json, so that a result can be reproduced from its file ---------------------------


@dataclass(frozen=True, slots=True)
class Targets:
    """What a repetition is measured against: absolute, never the running mean of the set.

    Attributes:
        angle_deg: target shin angle, None in a first session (then only best-so-far is shown).
        hold_s: how long to hold at the top, 0 = no hold asked for.
        reps: how many repetitions the set has, None = until stopped.
    """

    angle_deg: float | None = None
    hold_s: float = 0.0
    reps: int | None = None


@dataclass(frozen=True, slots=True)
class SensorSetup:
    """One sensor of a session.

    Attributes:
        side: the leg it is strapped to.
        rate_hz: rate the sensor was set to; a start value, the clock measures the true one.
        spec_text: the spec (TOML) its bytes are read with, None for imported samples.
        stream: which stream of the spec is used, None = the spec's first.
        mounting_axes: known mounting ``forwards,left,up`` in sensor axes, None = find out.
        upright_s: (start, end) of a stated standing pose in session time, None = wait for one.
    """

    side: Side
    rate_hz: float
    spec_text: str | None = None
    stream: str | None = None
    mounting_axes: str | None = None
    upright_s: tuple[float, float] | None = None


Json = Any
"""A value that ``json.dumps`` writes without help."""
