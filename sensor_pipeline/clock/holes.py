"""What a silence cost on a stream with neither counter nor time stamp.

In: arrivals against the sample index. Out: an estimate of the samples that went missing. Must not live here: rates,
rows, ledgers.

A stall of the radio delays samples: the backlog arrives in a rush, and soon packets are as early against their index as
they were before. A loss makes every later packet late against its index, for good. So the earliest arrival
shortly before a hole is compared with the earliest one after it, once packets have stopped catching up; both
against the MEASURED rate: a sensor that runs slower than its nominal rate loses nothing. Losses without a silence, or
shorter than the jitter of arrivals, stay unseen.

No packet can be early. Where packets become early after a loss was believed, the backlog was still on its way, and as
much of the loss is taken back.
"""

from __future__ import annotations

from sensor_pipeline.clock.params import ClockParams


class HoleWatch:
    """Finds losses behind holes in one segment. Device time is the sample index times the nominal period, s."""

    __slots__ = (
        "_after",
        "_before",
        "_before_old",
        "_believed_s",
        "_caught_up_s",
        "_deadline_s",
        "_last_host_s",
        "_params",
        "_turn_s",
    )

    def __init__(self, device_s: float, host_s: float, params: ClockParams) -> None:
        self._params = params
        self._last_host_s = host_s
        self._believed_s = 0.0
        self.restart(device_s, host_s)

    def restart(self, device_s: float, host_s: float) -> None:
        """Begin anew at a packet: what was lost before it is accounted for."""
        point = (device_s, host_s - device_s)
        self._before = self._before_old = point
        self._after: tuple[float, float] | None = None
        self._caught_up_s = float("inf")
        self._deadline_s = 0.0
        self._turn_s = host_s + self._params.hole_before_s

    def update(
        self, device_s: float, host_s: float, late_s: float, slope: float, settled: bool, packet_s: float
    ) -> float:
        """Take in one arrival.

        Args:
            device_s: index of the packet's last sample times the nominal period, s.
            host_s: arrival, s.
            late_s: how late the packet is against the lower edge of all arrivals, s.
            slope: measured rate of session time against device time, minus 1.
            settled: whether ``slope`` is known well.
            packet_s: duration of a packet, s.

        Returns:
            Seconds of samples found missing before this packet; negative = taken back; 0.0 = nothing new.
        """
        params = self._params
        point = (device_s, host_s - device_s)
        silence_s = host_s - self._last_host_s
        self._last_host_s = host_s
        doubt_s = params.hole_loss_packets * packet_s
        if settled and self._believed_s > 0.0 and late_s < -doubt_s:
            back_s = min(self._believed_s, -late_s)
            self._believed_s -= back_s
            return -back_s
        if silence_s > params.hole_s and silence_s > params.hole_packets * packet_s:
            self._after = point
            self._caught_up_s = float("inf")
            self._deadline_s = host_s + params.hole_decide_s
            if silence_s > params.silence_limit_s:  # no stall of a living link lasts so long: nothing to wait for
                self._deadline_s = host_s
        elif self._after is None:
            if host_s >= self._turn_s:
                self._before_old, self._before = self._before, point
                self._turn_s = host_s + params.hole_before_s
            elif _lower(point, self._before, slope):
                self._before = point
            return 0.0
        elif _lower(point, self._after, slope):
            self._after = point
        before = self._before if _lower(self._before, self._before_old, slope) else self._before_old
        span_s = self._after[0] - before[0]
        missing_s = self._after[1] - before[1] - slope * span_s
        if not settled:
            doubt_s += params.index_slope_limit * (span_s + max(missing_s, 0.0))
        if missing_s > doubt_s and host_s < self._deadline_s:
            if missing_s < self._caught_up_s - params.hole_progress_s:  # the backlog still drains
                self._caught_up_s = missing_s
                self._deadline_s = host_s + params.hole_decide_s
            return 0.0
        self.restart(device_s, host_s)
        if missing_s <= doubt_s:
            return 0.0
        self._believed_s += missing_s
        return missing_s


def _lower(one: tuple[float, float], other: tuple[float, float], slope: float) -> bool:
    """Whether ``one`` is earlier than ``other`` against the measured rate."""
    return one[1] - other[1] < slope * (one[0] - other[0])
