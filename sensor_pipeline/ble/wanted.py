"""Which sensor a recording wants, and how it is to be set.

In: a person's choice. Out: :class:`Wanted`. Must not live here: advertisements, the radio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sensor_pipeline.devices import check_rate

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.types import Side


@dataclass(frozen=True, slots=True)
class Wanted:
    """One sensor of a recording.

    Attributes:
        spec: what kind of sensor it is.
        stream: which of its streams, None = the first.
        rate_hz: rate it is set to, None = the spec's default.
        side: leg it is strapped to.
        match: its advertised name, serial number or address, None = the first one of this kind that is heard.

    Raises:
        UserError: no such stream, or a rate the sensor does not offer.
    """

    spec: SensorSpec
    stream: str | None = None
    rate_hz: float | None = None
    side: Side = "left"
    match: str | None = None

    def __post_init__(self) -> None:
        self.spec.stream(self.stream)
        check_rate(self.spec, self.asked_hz)

    @property
    def asked_hz(self) -> float:
        """The rate that is asked for, Hz."""
        return self.spec.rate.default_hz if self.rate_hz is None else self.rate_hz
