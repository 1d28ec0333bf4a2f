"""What a person wants to know of a sensor's link right now.

In: nothing. Out: :class:`LinkStatus`. Must not live here: how it is found out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LinkPhase = Literal["seeking", "connecting", "starting", "streaming", "stalled", "closing", "waiting", "ended"]
"""seeking: scanning for it; connecting: until the stream is started; starting: no data yet; streaming: data comes;
stalled: data has stopped, START was sent again; closing: the link is being given up; waiting: a pause before the next
attempt, scanning goes on; ended: the source was stopped."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One sensor's link at one moment.

    Attributes:
        state: what is going on.
        since_s: event loop time since when, s.
        rate_hz: samples a second that the sensor makes, as measured; None = not measured yet.
        lost: samples known to be lost while connected, None where the sensor carries no counter.
        battery: percent, None = not read.
        rssi: signal at the last advertisement, dBm, None = not reported. A connected sensor does not advertise.
        serial: serial number, None = not read. Foreign text: escape it before printing.
        advice: what is wrong and what to do, "" where nothing is.
        notifications: how many arrived so far.
        reconnects: how often data came again after a loss.
    """

    state: LinkPhase
    since_s: float
    rate_hz: float | None
    lost: int | None
    battery: float | None
    rssi: int | None
    serial: str | None
    advice: str
    notifications: int
    reconnects: int
