"""Where a packet stands in its stream: what its counter and its time stamp say, and whether they agree.

In: packets of one stream in one segment. Out: how many samples are missing before a packet, or why it cannot follow;
the device time of its last sample. Must not live here: host time (apart from what it makes impossible), rows, ledgers.

The index of a sample counts from the segment's first. With a counter the index comes from the counter; the stamp tells
how often the counter wrapped in a silence, and speaks up when the two contradict each other. With a stamp alone the
index comes from the stamp and the measured period. With neither, every packet simply comes next.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.period import PeriodTracker
from sensor_pipeline.clock.unwrap import signed_difference
from sensor_pipeline.types import FloatArray, Packet, PacketRun, StreamTiming

# A stamp alone says "nothing is missing" when it is off by less than this, in samples: half a sample. A stamp made when
# the packet was sent may come late, which looks like a loss, and the next ones on time again: that is no packet twice.
_ALONE = (-0.5, 0.5)
_ALONE_SEND = (-4.0, 0.5)
# Before the period is settled, in units of the interval itself. Alone: anything nearer to one packet than to none or
# two. With a counter that says "next": a sensor set to another rate than thought (a fifth to five times) is believed.
_ALONE_UNSETTLED = (-0.45, 0.45)
_COUNTED_UNSETTLED = (-0.8, 4.0)
_NONE = np.empty(0)
_TICKS = 3.0  # quantisation of two stamps, and one tick for the filter that lags


class Verdict(NamedTuple):
    """What a packet's counter and stamp say.

    ``missing`` samples before it; negative = it begins before the next expected sample. ``doubt`` is empty where the
    packet can follow, else why not; ``late`` is True where the doubt is only that its place has passed.
    """

    missing: int
    doubt: str = ""
    late: bool = False


class Sequence:
    """State of one segment: next index, last counter, last stamp, period.

    Attributes:
        index: index of the sample that comes next.
        period_s: sample period on the device's clock, s; the nominal one where there is no stamp.
        settled: whether stamps have shown the period well enough; False without stamps.
        last_s: device time of the newest sample, s: its filtered stamp, or its index times the nominal period.
    """

    __slots__ = (
        "_counter_modulus",
        "_counter_step",
        "_counts_packets",
        "_from_last",
        "_n",
        "_next_counter",
        "_nominal_s",
        "_params",
        "_send",
        "_settled_tolerance",
        "_stamped",
        "_tick_modulus",
        "_tick_s",
        "_ticks",
        "_tracker",
        "_unwrapped",
        "_usual_n",
        "index",
        "last_s",
        "period_s",
        "settled",
    )

    def __init__(
        self, timing: StreamTiming, packet: Packet, period_s: float, unwrapped: int, params: ClockParams
    ) -> None:
        """Start a segment at its first packet.

        Args:
            timing: how the stream tells its time.
            packet: the first packet.
            period_s: best guess of the period, s.
            unwrapped: the packet's stamp in ticks since the sensor's common origin.
            params: thresholds.
        """
        self._params = params
        self._nominal_s = timing.period_s
        self._usual_n = max(timing.samples_per_packet, 1)
        self._counter_modulus = 0 if timing.counter_bits is None else 1 << timing.counter_bits
        self._counts_packets = timing.counts == "packets"
        self._counter_step = 1 if self._counts_packets else 0  # 0 = as many as the packet has samples
        self._stamped = timing.tick_bits is not None and timing.tick_s is not None
        self._from_last = timing.refers_to in ("last", "send")
        self._send = timing.refers_to == "send"
        self._tick_modulus = 1 << (timing.tick_bits or 0)
        self._tick_s = timing.tick_s or 0.0
        self._ticks = packet.ticks or 0
        self._unwrapped = unwrapped
        self._n = packet.n
        self.index = packet.n
        self._next_counter = self._counter_after(packet)
        self._settled_tolerance = self._tolerance_once_settled()
        jitter_s = params.send_jitter_s if self._send else params.stamp_jitter_s
        self._tracker = PeriodTracker(
            unwrapped * self._tick_s,
            period_s,
            math.hypot(jitter_s, self._tick_s / math.sqrt(12.0)),
            params.period_start_sd,
            params.period_drift,
            params.settled_error,
        )
        self._publish()

    @property
    def stamp(self) -> tuple[int, int]:
        """The last stamp as on the wire, and in ticks since the common origin."""
        return self._ticks, self._unwrapped

    def take_next(self, packet: Packet) -> bool:
        """Take the packet in if it follows without anything missing: the usual case, decided quickly.

        Returns:
            False where it does not follow like that; the state is then as it was.
        """
        counter, n = packet.counter, packet.n
        if counter != self._next_counter:
            return False
        if self._stamped:
            ticks, last = packet.ticks, self._ticks
            if ticks is None or (ticks == last and counter is None):
                return False  # the same stamp again may be the same packet again
            count = n if self._from_last else self._n
            unwrapped = self._unwrapped + (ticks - last) % self._tick_modulus
            low, high, extra_s = self._settled_tolerance if self.settled else self._tolerance(count)
            if not self._tracker.take(count, unwrapped * self._tick_s, low, high, extra_s):
                return False
            self._unwrapped, self._ticks = unwrapped, ticks
        self._n = n
        self.index += n
        if counter is not None:
            self._next_counter = (counter + (self._counter_step or n)) % self._counter_modulus
        self._publish()
        return True

    def is_steady(self, n: int) -> bool:
        """Whether packets of ``n`` samples are the rule, stamps are settled and the period filter has converged."""
        return self.settled and n == self._n and self._tracker.is_steady(n)

    def take_run(self, run: PacketRun, first: int) -> tuple[FloatArray, FloatArray]:
        """Take in packets of a run as :meth:`take_next` does one by one, as long as that is simple.

        It is simple while :meth:`is_steady` holds and every packet follows.

        Args:
            run: the packets.
            first: index of the first one to take.

        Returns:
            (packets,) ``last_s`` and ``period_s`` after each packet taken in; empty where none was.
        """
        n, tracker = run.n, self._tracker
        if run.ticks is None or not self.is_steady(n):
            return _NONE, _NONE
        delta = np.diff(run.ticks[first:], prepend=self._ticks) % self._tick_modulus
        if self._next_counter is None:
            follows = delta != 0 if run.counter is None else np.zeros(len(delta), dtype=np.bool_)
        elif run.counter is None:
            return _NONE, _NONE
        else:
            step = self._counter_step or n
            expected = (self._next_counter + step * np.arange(len(delta))) % self._counter_modulus
            follows = run.counter[first:] == expected
        usual = len(delta) if follows.all() else int(np.argmin(follows))
        unwrapped = self._unwrapped + np.cumsum(delta[:usual])
        stamps_s = (unwrapped * self._tick_s).tolist()
        phases_s, periods_s = tracker.follow(n, stamps_s, *self._tolerance(n))
        taken = len(phases_s)
        if taken == 0:
            return _NONE, _NONE
        self._unwrapped = int(unwrapped[taken - 1])
        self._ticks = int(run.ticks[first + taken - 1])
        self.index += taken * n
        if self._next_counter is not None:
            self._next_counter = (self._next_counter + taken * (self._counter_step or n)) % self._counter_modulus
        self._publish()
        last_s, period_s = np.array(phases_s), np.array(periods_s)
        return last_s if self._from_last else last_s + (n - 1) * period_s, period_s

    def judge(self, packet: Packet, silence_s: float, delay_s: float) -> Verdict:
        """What the counter and stamp of a packet say that :meth:`take_next` refused.

        Args:
            packet: the packet; the state stays as it is.
            silence_s: host time since the last packet that was used, s.
            delay_s: how late that packet was, s.
        """
        by_stamp = self._missing_by_stamp(packet)
        if packet.counter is None or self._next_counter is None:
            missing, doubt = self._whole(by_stamp, packet) if by_stamp is not None else 0, ""
        else:
            missing, doubt = self._by_counter(packet.counter, packet.n, by_stamp)
        if doubt:
            return Verdict(missing, doubt)
        if missing < 0:
            return Verdict(missing, f"begins {-missing} samples before the next expected one", late=True)
        jump_s = (missing + packet.n) * self.period_s
        possible_s = silence_s + max(delay_s, 0.0) + self._params.future_margin_s
        if jump_s * (1.0 - self._params.index_slope_limit) > possible_s:
            return Verdict(missing, f"jumps {jump_s:.3g} s ahead after {silence_s:.3g} s")
        return Verdict(missing)

    def accept(self, packet: Packet, missing: int) -> None:
        """Take the packet in, ``missing`` samples after the last one."""
        count = missing + (packet.n if self._from_last else self._n)
        if packet.ticks is not None and self._stamped:
            self._unwrapped += signed_difference(packet.ticks, self._ticks, self._tick_modulus)
            self._ticks = packet.ticks
            self._tracker.update(count, self._unwrapped * self._tick_s)
        self._n = packet.n
        self.index += missing + packet.n
        if self._next_counter is not None:
            self._next_counter = self._counter_after(packet)
            self._settled_tolerance = self._tolerance_once_settled()
        self._publish()

    def skip(self, samples: int) -> None:
        """Without counter and stamp: these many samples came, but could not be read."""
        self.index += samples

    def follows(self, packet: Packet, earlier: Packet, within_s: float) -> bool:
        """Whether two packets, neither of which follows the stream, follow each other closely."""
        span_s = within_s + (packet.n + earlier.n) * self.period_s
        if packet.counter is not None and self._next_counter is not None and earlier.counter is not None:
            step = (packet.counter - (self._counter_after(earlier) or 0)) % self._counter_modulus
            if step * self.period_s * (self._usual_n if self._counts_packets else 1) > within_s:
                return False
        if self._stamped and packet.ticks is not None and earlier.ticks is not None:
            step_s = signed_difference(packet.ticks, earlier.ticks, self._tick_modulus) * self._tick_s
            return 0.0 < step_s <= span_s
        return True

    def _publish(self) -> None:
        if not self._stamped:
            self.period_s = self._nominal_s
            self.settled = False
            self.last_s = (self.index - 1) * self._nominal_s
            return
        tracker = self._tracker
        self.period_s = period_s = tracker.period_s
        self.settled = tracker.settled
        self.last_s = tracker.phase_s if self._from_last else tracker.phase_s + (self._n - 1) * period_s

    def _tolerance(self, count: int) -> tuple[float, float, float]:
        """How far off the stamp ``count`` samples on may be while nothing is missing: periods down, up, and s more."""
        if self.settled or (self._send and self._next_counter is None):
            return self._settled_tolerance
        low, high = _ALONE_UNSETTLED if self._next_counter is None else _COUNTED_UNSETTLED
        return low * count, high * count, 0.0

    def _tolerance_once_settled(self) -> tuple[float, float, float]:
        """The same for any count, once stamps have shown the period."""
        if self._next_counter is not None:
            limit = self._params.agree_samples
            return -limit, limit, _TICKS * self._tick_s
        return *(_ALONE_SEND if self._send else _ALONE), 0.0

    def _counter_after(self, packet: Packet) -> int | None:
        if packet.counter is None or not self._counter_modulus:
            return None
        return (packet.counter + (self._counter_step or packet.n)) % self._counter_modulus

    def _missing_by_stamp(self, packet: Packet) -> float | None:
        if packet.ticks is None or not self._stamped:
            return None
        tracker = self._tracker
        delta = signed_difference(packet.ticks, self._ticks, self._tick_modulus)
        passed = ((self._unwrapped + delta) * self._tick_s - tracker.phase_s) / tracker.period_s
        return passed - (packet.n if self._from_last else self._n)

    def _whole(self, by_stamp: float, packet: Packet) -> int:
        """Missing samples from a stamp alone. Until the period is settled: whole packets, which is how links lose."""
        if self._send and _ALONE_SEND[0] < by_stamp < _ALONE_SEND[1]:
            return 0
        if self.settled or by_stamp < 0.0:
            return round(by_stamp)
        expected = packet.n if self._from_last else self._n
        return round(by_stamp / expected) * expected

    def _by_counter(self, counter: int, n: int, by_stamp: float | None) -> tuple[int, str]:
        """Missing samples from the counter, checked and unwrapped by the stamp; and what contradicts."""
        unit = self._usual_n if self._counts_packets else 1
        missing = signed_difference(counter, self._next_counter or 0, self._counter_modulus) * unit
        if by_stamp is None:
            return missing, ""
        modulus = self._counter_modulus * unit
        slack = self._params.agree_samples + _TICKS * self._tick_s / self.period_s
        if not self.settled:
            slack += self._params.index_slope_limit * (abs(by_stamp) + n)
        if self._counts_packets:
            slack += 0.5 * abs(missing)  # packets of varying length
        off = by_stamp - missing
        if abs(off) > slack + self._params.agree_fraction * abs(missing):
            missing += modulus * round(off / modulus)
            off = by_stamp - missing
        if abs(off) > slack + self._params.agree_fraction * abs(missing):
            return missing, f"counter says {missing} samples are missing, time stamp says {by_stamp:.1f}"
        if self._counts_packets and missing > 0:
            missing = max(round(by_stamp), 1)
        return missing, ""
