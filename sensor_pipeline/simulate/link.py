"""A Bluetooth Low Energy link as the host sees it: late, in bursts, never out of order, and sometimes gone.

In: :class:`LinkParams`, a firmware to take notifications from, a random stream. Out: arrivals in host time, and the
stretches of time during which there is a connection. Must not live here: bytes, records, what a firmware does.

The link layer acknowledges and repeats, so radio trouble is delay, never loss; notifications are lost only in the
firmware's queue and when a connection ends (supervision timeout). Notifications leave at connection events.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import Firmware


@dataclass(frozen=True, slots=True)
class Outage:
    """No radio from ``start_s`` for ``duration_s``: out of range, or a body in between.

    One that lasts the supervision timeout ends the connection; a shorter one is a stall.
    """

    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class LinkParams:
    """How the radio and the host behave.

    Attributes:
        interval_s: connection interval; hosts pick 15 to 50 ms.
        packets_per_event: notifications that fit into one connection event; 4 on old iOS, 6 and more elsewhere.
        retransmit_probability: share of notifications that need one more connection event; 0.05 to 0.15 in a room.
        air_s: time on air of one notification with its acknowledgement, about 1 ms at 1 to 2 Mbit/s.
        base_latency_s: shortest way from the antenna to the host's callback (4 to 6 ms were found as path minimum).
        host_jitter_s: mean of the host's further, exponentially distributed delay.
        stalls_per_min: how often nothing gets through for a moment.
        stall_s: shortest and longest stall; 0.3 to 2 s happen.
        supervision_s: silence after which both ends give the connection up.
        reconnect_s: from radio contact to a new connection; 0.75 to 1.27 s were measured.
        setup_s: from a connection to the start of the stream: services, reads, subscription, START.
        outages: times without radio.
    """

    interval_s: float = 0.030
    packets_per_event: int = 4
    retransmit_probability: float = 0.08
    air_s: float = 0.001
    base_latency_s: float = 0.005
    host_jitter_s: float = 0.002
    stalls_per_min: float = 0.5
    stall_s: tuple[float, float] = (0.3, 0.8)
    supervision_s: float = 4.0
    reconnect_s: float = 1.2
    setup_s: float = 0.5
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0075 <= self.interval_s <= 4.0:
            raise UserError(f"interval_s {self.interval_s}: a connection interval is 0.0075 to 4 s")
        if self.packets_per_event < 1:
            raise UserError(f"packets_per_event {self.packets_per_event}: must be 1 or more")
        if not 0.0 <= self.retransmit_probability <= 0.9:
            raise UserError(f"retransmit_probability {self.retransmit_probability}: must be 0 to 0.9")
        for name in ("air_s", "base_latency_s", "host_jitter_s", "stalls_per_min", "reconnect_s", "setup_s"):
            if not getattr(self, name) >= 0.0:
                raise UserError(f"{name} {getattr(self, name)}: must be 0 or more")
        if not self.supervision_s > self.interval_s:
            raise UserError(f"supervision_s {self.supervision_s}: must be more than interval_s {self.interval_s}")
        if not self.stalls_per_min <= 60.0:
            raise UserError(f"stalls_per_min {self.stalls_per_min}: must be 0 to 60, or nothing gets through")
        if not 0.0 <= self.stall_s[0] <= self.stall_s[1] <= self.supervision_s:
            raise UserError(
                f"stall_s {self.stall_s}: needs shortest and longest stall in s, in this order, at most supervision_s "
                f"{self.supervision_s} (an Outage can be longer)"
            )
        for outage in self.outages:
            if not (outage.start_s >= 0.0 and outage.duration_s > 0.0):
                raise UserError(f"{outage}: starts at 0 s or later and lasts more than 0 s")


PERFECT_LINK = LinkParams(
    interval_s=0.0075,
    packets_per_event=16,
    retransmit_probability=0.0,
    host_jitter_s=0.0,
    stalls_per_min=0.0,
)
"""A link as fast and steady as Bluetooth Low Energy allows: for demonstrations and tests of what follows it."""


class Connection(NamedTuple):
    """A stretch of time with a connection. ``end_s`` is infinite where it outlasts the session."""

    start_s: float
    end_s: float


class Arrival(NamedTuple):
    """A notification reached the host at true time ``time_s``."""

    time_s: float
    payload: bytes


def connections(params: LinkParams, reboots_s: Sequence[float], stop_s: float) -> tuple[Connection, ...]:
    """When there is a connection.

    Args:
        params: the link.
        reboots_s: times at which the sensor restarts without a word: silence until the supervision timeout.
        stop_s: no new connection is made from then on.

    Returns:
        The connections in time order; the first one starts at 0.
    """
    silences = [(outage.start_s, outage.start_s + outage.duration_s) for outage in params.outages]
    silences += [(reboot_s, reboot_s + params.supervision_s) for reboot_s in reboots_s]
    found: list[Connection] = []
    start_s = 0.0
    for silent_s, heard_s in sorted(silences):
        if silent_s < start_s:  # while there is no connection: the next one waits for the radio
            start_s = max(start_s, heard_s + params.reconnect_s)
        elif heard_s - silent_s >= params.supervision_s:
            found.append(Connection(start_s, silent_s + params.supervision_s))
            start_s = heard_s + params.reconnect_s
    if not found or start_s < stop_s:
        found.append(Connection(start_s, math.inf))
    return tuple(found)


class Link:
    """One sensor's radio link over a session.

    Args:
        params: the link.
        rng: random stream of retransmissions, stalls and host delays; owned by this link from now on.
    """

    def __init__(self, params: LinkParams, rng: np.random.Generator) -> None:
        self.params = params
        self._rng = rng
        self._arrival_s = 0.0
        self._stall_start_s, self._stall_end_s = math.inf, math.inf
        if params.stalls_per_min > 0.0:
            self._draw_stall(0.0)

    def deliver(self, firmware: Firmware, connection: Connection, stop_s: float) -> Iterator[Arrival]:
        """Carry a connection's notifications, from the start of the stream on.

        Ends with the connection, or when the stream has stopped and the firmware's queue is empty.

        Args:
            firmware: where notifications come from; its time is advanced.
            connection: the connection.
            stop_s: when the host stops the stream.

        Yields:
            Arrivals, in the order of sending, never earlier than sent.
        """
        p = self.params
        stream_s = connection.start_s + p.setup_s
        if stream_s >= stop_s:
            return
        anchor_s = stream_s + p.interval_s * float(self._rng.random())
        firmware.start(stream_s)
        number = 0
        while True:
            event_s = anchor_s + number * p.interval_s
            number += 1
            if event_s >= connection.end_s:
                return
            firmware.advance(min(event_s, stop_s))
            if self._silent(event_s):
                continue
            for place in range(p.packets_per_event):
                payload = firmware.peek(event_s)
                if payload is None or float(self._rng.random()) < p.retransmit_probability:
                    break  # nothing to send, or not acknowledged: the event closes, the same one is next
                firmware.acknowledge()
                yield Arrival(self._arrive(event_s + p.air_s * (place + 1)), payload)
            if event_s >= stop_s and firmware.idle:
                return

    def _arrive(self, received_s: float) -> float:
        delay_s = self.params.base_latency_s + self.params.host_jitter_s * float(self._rng.exponential())
        self._arrival_s = max(self._arrival_s, received_s + delay_s)
        return self._arrival_s

    def _silent(self, time_s: float) -> bool:
        while time_s >= self._stall_end_s:
            self._draw_stall(self._stall_end_s)
        if time_s >= self._stall_start_s:
            return True
        return any(o.start_s <= time_s < o.start_s + o.duration_s for o in self.params.outages)

    def _draw_stall(self, after_s: float) -> None:
        shortest, longest = self.params.stall_s
        self._stall_start_s = after_s + float(self._rng.exponential(60.0 / self.params.stalls_per_min))
        self._stall_end_s = self._stall_start_s + shortest + (longest - shortest) * float(self._rng.random())
