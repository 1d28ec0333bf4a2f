"""What is kept of a session beside its rows: mountings, repetitions, where every sample went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sensor_pipeline.types.basic import HeelState, Side


@dataclass(frozen=True, slots=True)
class Mounting:
    """How the sensor sits on the shin, valid from ``start_s`` until the next one.

    Attributes:
        method: given (known axes, true vertical), given+pose (known axes, zero from standing), pose (tilt only),
            pose+axis (zero from standing, mediolateral axis from the first movements).
        start_s: session time from which it holds.
        rotation: sensor to shin axes by rows, see ``frames.Rotation``.
        tilt_only: True where only "up" is known: dorsiflexion is then the unsigned total tilt.
        axis_sd_deg: standard deviation of the mediolateral axis, None where there is none: spread between movements,
            gyroscope noise, and a knee that goes off the line in every movement alike.
        zero_sd_deg: standard deviation of the zero, None where there is no pose: noise, standing sway, and the distance
            between the two poses where there were two.
    """

    method: Literal["given", "given+pose", "pose", "pose+axis"]
    start_s: float
    rotation: tuple[float, ...]
    tilt_only: bool
    axis_sd_deg: float | None = None
    zero_sd_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition: a row of ``reps.parquet``. Half-open [start_s, end_s). None = not known, never 0 or NaN.

    ``scored`` says that the repetition was measured whole and enters best and mean. ``score`` is its grade, 0 to 100,
    None where nothing grades it: not scored, or no target. ``components`` are the parts of it, 0 to 1 each. ``reason``
    is text, clauses between "; ": first why it is not scored, if it is not (gap, clipped, slipped, ended, marked,
    heel_lift), then what speaks for each fault and for each component below 1.

    What grades a repetition (``sparc_descent`` to ``heel_lift_mm``) is None where it was not measured whole.
    """

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
    samples the measured rate leaves missing. ``bridged`` rows are part of ``lost`` + ``rejected``; ``stale_packets``
    arrived late or twice. ``restarts`` counts segments after which it is not known how many samples were lost: with one
    of them ``lost`` is the least there was.
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
