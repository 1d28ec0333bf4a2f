"""Settings of a session, recorded in session.json: a result can be reproduced from its file."""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline.types.basic import Side


@dataclass(frozen=True, slots=True)
class Targets:
    """What a repetition is measured against: absolute, never the running mean of the set.

    Attributes:
        angle_deg: target shin angle, None in a first session (then only best-so-far is shown).
        hold_s: how long to hold at the top, 0 = no hold asked for.
        reps: how many repetitions the set has, None = until stopped.
        way_s: shortest time for each of the two ways, s, 0 = none asked for; quicker is ``too_fast``.
        grade_depth: False where pain was logged: then the angle earns nothing, neither more of it nor less.
        flat_reps: so many repetitions at the start of the set are the flat-foot baseline: somebody watches the heel, or
            a card under it stays put. 0 = none, and the heel is not checked.
    """

    angle_deg: float | None = None
    hold_s: float = 0.0
    reps: int | None = None
    way_s: float = 0.0
    grade_depth: bool = True
    flat_reps: int = 0


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
