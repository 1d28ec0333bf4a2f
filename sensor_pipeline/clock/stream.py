"""One stream of one sensor: packets in arrival order become rows in session time.

In: packets with their arrival. Out: runs of rows, events, a ledger. Must not live here: how counters and stamps are
read (``sequence``), how arrivals become session time (``host_map``), how two streams are joined (``pairing``).

A packet that follows is used at once. One that cannot follow is held: if the next packets follow IT, the sensor started
anew without saying so, and all of them are used in a new segment; if the stream goes on as before, the held ones were
late, doubled or damaged, and are counted. At most ``restart_packets`` are held.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline.clock.account import Account
from sensor_pipeline.clock.holes import HoleWatch
from sensor_pipeline.clock.host_map import HostMap
from sensor_pipeline.clock.interrupted import Interrupted
from sensor_pipeline.clock.kept import Held, Recent
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.placed_run import PlacedRun, device_steps, even_step, session_steps
from sensor_pipeline.clock.rows import RATE_UNSETTLED, RowMaker, Run, packet_flags
from sensor_pipeline.clock.sequence import Sequence
from sensor_pipeline.clock.unwrap import signed_difference, trusted_silence_s
from sensor_pipeline.types import (
    Event,
    FloatArray,
    Gap,
    Packet,
    PacketRun,
    Samples,
    SensorRestarted,
    StalePacket,
    StreamTiming,
)


class StreamClock:
    """Clock of one stream.

    Attributes:
        account: the ledger being kept.
        boot: identifies the boot of the sensor, None while it is not read since the last change of the link.
        events: what happened since the caller last took them.
        rows: makes the rows of its runs.
        restarted: why the segment was closed by the last push, empty where it was not.
        sibling: the sensor's other stream where one device clock stamps both, so that they share an origin.
    """

    __slots__ = (
        *("_device_s", "_held", "_holes", "_interrupted", "_last_host_s", "_map", "_measured_hz", "_params"),
        *("_period_guess_s", "_recent", "_refused", "_sensor", "_sequence", "_slew", "_stamped", "_step_s", "_time_s"),
        *("_timing", "_trust_s", "account", "boot", "events", "name", "restarted", "rows", "sibling"),
    )

    def __init__(self, timing: StreamTiming, sensor: int, params: ClockParams) -> None:
        """A stream that has not begun.

        Args:
            timing: how it tells its time.
            sensor: index of its sensor, for events.
            params: thresholds.
        """
        self.name = timing.stream
        self.account = Account(timing.stream, timing.counter_bits is not None or timing.tick_bits is not None)
        self.boot: int | None = None
        self.events: list[Event] = []
        self.rows = RowMaker()
        self.restarted = ""
        self.sibling: StreamClock | None = None
        self._timing = timing
        self._sensor = sensor
        self._params = params
        self._stamped = timing.tick_bits is not None and timing.tick_s is not None
        self._trust_s = max(trusted_silence_s(timing), params.silence_limit_s)
        self._slew = (1.0 - params.phase_slew, 1.0 + params.phase_slew)
        self._period_guess_s = timing.period_s
        self._measured_hz: float | None = None
        self._recent = Recent(params.repeat_memory)
        self._held: list[Held] = []
        self._refused = 0  # samples of refused packets since the last packet that was used
        self._sequence: Sequence | None = None
        self._interrupted: Interrupted | None = None
        self._map: HostMap | None = None
        self._holes: HoleWatch | None = None
        self._last_host_s = 0.0
        self._device_s = 0.0
        self._time_s: float | None = None  # of the newest row, None before the first
        self._step_s = timing.period_s

    @property
    def measured_hz(self) -> float | None:
        """Sample rate by the device's clock (by the host's where the device has none), None until it is settled."""
        return self._measured_hz

    @property
    def device_clock(self) -> tuple[int, int] | None:
        """The newest stamp as on the wire and in ticks since the common origin, None outside a segment."""
        return None if self._sequence is None else self._sequence.stamp

    def follow(self, host_s: float, packet: Packet) -> Samples | None:
        """Place a packet that carries acc and gyr and follows without anything unusual: nearly all do.

        Args:
            host_s: its arrival, s of session time.
            packet: the decoded packet.

        Returns:
            Its rows, those that :meth:`push` gives, and no events; None, and nothing has changed, where :meth:`push`
            has to say.
        """
        sequence, line, time_s = self._sequence, self._map, self._time_s
        acc, gyr, n = packet.acc_m_s2, packet.gyr_rad_s, packet.n
        if (
            sequence is None
            or line is None
            or time_s is None
            or acc is None
            or gyr is None
            or n <= 0
            or packet.flags
            or self._held
            or self._refused
            or self._holes is not None
            or host_s - self._last_host_s >= self._trust_s
            or not sequence.take_next(packet)
        ):
            return None
        device_s = self._device_s
        step_s = even_step(sequence.last_s - device_s, n, sequence.period_s, self._slew)
        span_s, dt_s, flags = self._lay(host_s, packet, sequence, line, n, device_s, step_s, time_s)
        return self.rows.plain(n, time_s, span_s, dt_s, acc, gyr, flags)

    def push(self, order: int, host_s: float, packet: Packet) -> list[Run]:
        """Place a packet.

        Args:
            order: number of the record that brought it.
            host_s: its arrival, s of session time.
            packet: the decoded packet.

        Returns:
            Runs of rows, oldest first; none where the packet was late or is held.
        """
        sequence = self._sequence
        if packet.n <= 0:
            return []
        if sequence is None:
            return [self._open(order, host_s, packet)]
        silence_s = host_s - self._last_host_s
        if silence_s >= self._trust_s:
            self.close(order, host_s, f"silent for {silence_s:.1f} s, longer than its counter and time stamp can count")
            return [self._open(order, host_s, packet)]
        if not self.account.countable and self._refused:
            sequence.skip(self._refused)
        if sequence.take_next(packet):
            self.discard_held(order)
            return [self._use(order, host_s, packet, sequence, 0)]
        return self._push_unusual(order, host_s, packet, sequence, silence_s)

    def push_run(self, host_s: FloatArray, run: PacketRun, first: int) -> PlacedRun | None:
        """Place packets of a run as :meth:`push` does one by one, as far as nothing about them is unusual.

        Args:
            host_s: (packets,) arrivals of the run's packets, s of session time.
            run: the packets.
            first: index of the first one to place.

        Returns:
            The places of packets ``first`` and on; None where :meth:`push` has to say about the first one.
        """
        sequence, line, time_s = self._sequence, self._map, self._time_s
        if sequence is None or line is None or time_s is None or self._held or self._refused or self._holes is not None:
            return None
        if not sequence.is_steady(run.n):
            return None
        host_s = host_s[first:]
        silent = np.diff(host_s, prepend=self._last_host_s) >= self._trust_s
        if silent.any():
            until = int(np.argmax(silent))
            if until == 0:
                return None
            host_s, run = host_s[:until], run.head(first + until)
        lasts_s, periods_s = sequence.take_run(run, first)
        taken, n = len(periods_s), run.n
        if taken == 0:
            return None
        # the same steps as in follow, column by column
        device_s, steps_s = device_steps(self._device_s, lasts_s, periods_s, n, self._slew)
        time_s, starts_s, spans_s = session_steps(time_s, line.place_run(device_s, host_s[:taken]), n)
        recent = self._recent
        for k in range(first + max(0, taken - max(recent.memory, 1)), first + taken):
            recent.add(run.packet(k))
        self.account.decoded += taken * n
        self._last_host_s = float(host_s[taken - 1])
        self._device_s, self._time_s, self._step_s = float(device_s[-1]), time_s, float(spans_s[-1])
        self._measured_hz = 1.0 / float(periods_s[-1])
        return PlacedRun(starts_s, spans_s, steps_s)

    def refuse(self, samples: int | None) -> None:
        """Expect a gap of a packet that the decoder refused; ``samples`` None = the usual number."""
        if self._sequence is not None:
            self._refused += self._timing.samples_per_packet if samples is None else samples

    def interrupt(self, order: int, host_s: float, reason: str) -> None:
        """End the segment, if one is open, with its link: the sensor may go on counting, as its boot will show."""
        self.discard_held(order)
        sequence, line = self._sequence, self._map
        if sequence is not None and line is not None:
            left = Interrupted(sequence, self.boot, self._last_host_s, line.delay_s, self._refused, self._stamped)
            self.close(order, host_s, reason)
            self._interrupted = left
        self.boot = None

    def close(self, order: int, host_s: float, reason: str) -> None:
        """End the segment, if one is open: the next packet begins another in the same session time."""
        self.discard_held(order)
        if self._sequence is None:
            return
        self.boot = self._interrupted = None
        self._period_guess_s = self._sequence.period_s
        self._sequence = self._map = self._holes = None
        self._refused = 0
        self._recent.forget()
        self.restarted = reason
        self.account.restarts += 1
        self.events.append(SensorRestarted(order, self._sensor, host_s, self.name, reason))

    def begin_anew(self, order: int, host_s: float, reason: str) -> list[Run]:
        """Close the segment, and open the next one with the packets that were held."""
        held, self._held = self._held, []
        self.close(order, host_s, reason)
        return [run for item in held for run in self.push(order, item.host_s, item.packet)]

    def discard_held(self, order: int) -> None:
        """Count the held packets as late or damaged: the stream went on without them, or ended."""
        for item in self._held:
            if item.late:
                self.account.stale_packets += 1
            else:
                self.account.bad_packets += 1
                self.refuse(item.packet.n)
            self.events.append(StalePacket(order, self._sensor, item.host_s, self.name, item.doubt))
        self._held = []

    def _push_unusual(
        self, order: int, host_s: float, packet: Packet, sequence: Sequence, silence_s: float
    ) -> list[Run]:
        """Place a packet that does not simply come next."""
        verdict = sequence.judge(packet, silence_s, 0.0 if self._map is None else self._map.delay_s)
        repeated = self._recent.came_before(packet, sequence.index + verdict.missing, verdict.late)
        if not verdict.doubt and not repeated and "time_reset" not in packet.flags:
            self.discard_held(order)
            sequence.accept(packet, verdict.missing)
            return [self._use(order, host_s, packet, sequence, verdict.missing)]
        if repeated:
            self.account.stale_packets += 1
            doubt = verdict.doubt or "repeats a packet"
            self.events.append(StalePacket(order, self._sensor, host_s, self.name, doubt))
            return []
        if "time_reset" in packet.flags:
            self.close(order, host_s, "the sensor says that its clock started anew")
            return [self._open(order, host_s, packet)]
        if self._held and not sequence.follows(packet, self._held[-1].packet, self._params.hold_span_s):
            self.discard_held(order)
        self._held.append(Held(host_s, packet, verdict.doubt, verdict.late))
        if len(self._held) < self._params.restart_packets:
            return []
        return self.begin_anew(
            order,
            host_s,
            f"{len(self._held)} packets follow each other, not the stream: the first {self._held[0].doubt}",
        )

    def _open(self, order: int, host_s: float, packet: Packet) -> Run:
        """Begin a segment: the packet's newest sample is as old as its arrival, until later arrivals know better."""
        unwrapped = 0
        other = None if self.sibling is None else self.sibling.device_clock
        if other is not None and packet.ticks is not None:
            raw, common = other
            unwrapped = common + signed_difference(packet.ticks, raw, 1 << (self._timing.tick_bits or 0))
        sequence = Sequence(self._timing, packet, self._period_guess_s, unwrapped, self._params)
        period_s, device_s = sequence.period_s, sequence.last_s
        start_s = host_s - packet.n * period_s
        ahead_s = 0.0
        again = self._time_s is not None
        if self._time_s is not None:
            ahead_s = max(self._time_s - start_s, 0.0)
            start_s += ahead_s
            missing = self._missing_since(host_s, packet)
            self._gap(order, self._time_s + self._step_s, start_s + period_s, missing, False)
        self._map = HostMap(device_s, host_s, ahead_s, self._stamped, self._params)
        self._sequence = sequence
        self._holes = None if self.account.countable else HoleWatch(device_s, host_s, self._params)
        self._remember(host_s, packet, device_s, start_s + packet.n * period_s, period_s)
        device_start_s = device_s - packet.n * period_s
        flags = packet_flags(packet) | RATE_UNSETTLED
        return Run(packet, 0, None, start_s, period_s, device_start_s, period_s, period_s, flags, again, False)

    def _missing_since(self, host_s: float, packet: Packet) -> int | None:
        """Count what a lost link has cost, where the sensor went on: nothing had restarted then."""
        left, self._interrupted = self._interrupted, None
        missing = None if left is None else left.missing_before(packet, self.boot, host_s, self._trust_s)
        if left is None or missing is None:
            return None
        self.account.restarts -= 1
        return self.account.take_gap(missing, left.refused)

    def _use(self, order: int, host_s: float, packet: Packet, sequence: Sequence, missing: int) -> Run:
        """Rows of a packet the sequence took in, ``missing`` samples after the newest row; a short gap is filled."""
        account, params = self.account, self._params
        unseen = False
        if self._refused or missing:
            missing = account.take_gap(missing, self._refused)
            self._refused = 0
            first = sequence.index - packet.n
            self._recent.set_gap(first - missing, first)
        line, time_s = self._map, self._time_s
        if line is None or time_s is None:
            raise RuntimeError("a segment is open without its map")
        if self._holes is not None:
            unseen = self._unseen_loss(host_s, packet, sequence, line, self._holes)
        period_s, n = sequence.period_s, packet.n
        seconds = 1.0 if self._stamped else 1.0 + line.slope  # of session time in a second of device time
        before, newest_s = self._recent.last, time_s + self._step_s
        # A tenth of a sample of grace: the period is an estimate, and 18 samples at 60 Hz are "0.3 s".
        if not unseen and missing * period_s * seconds <= params.bridge_limit_s + 0.1 * period_s:
            fill = missing
            device_start_s, start_s = self._device_s, time_s
            step_s = even_step(sequence.last_s - device_start_s, fill + n, period_s, self._slew)
        else:
            fill = 0
            device_start_s, step_s = max(sequence.last_s - n * period_s, self._device_s), period_s
            start_s = line.at(device_start_s)
        span_s, dt_s, flags = self._lay(host_s, packet, sequence, line, fill + n, device_start_s, step_s, start_s)
        if missing or unseen:
            self._gap(order, newest_s, start_s + (fill + 1) * span_s, None if unseen else missing, fill > 0)
            account.bridged += fill
        flags |= packet_flags(packet)
        gap = missing > 0 or unseen or "gap_before" in packet.flags
        joined = fill == missing and not unseen
        before = before if fill else None
        return Run(packet, fill, before, start_s, span_s, device_start_s, step_s, dt_s, flags, gap, joined)

    def _lay(
        self,
        host_s: float,
        packet: Packet,
        sequence: Sequence,
        line: HostMap,
        rows: int,
        device_s: float,
        step_s: float,
        time_s: float,
    ) -> tuple[float, float, int]:
        """Lay a packet's rows ``step_s`` apart on the device's clock, from ``device_s`` and ``time_s`` on; remember it.

        Returns:
            Spacing in session time, s; ``dt_s``, s; the flag of a rate that is not settled.
        """
        device_s += rows * step_s
        span_s = (line.place(device_s, host_s) - time_s) / rows
        self._remember(host_s, packet, device_s, time_s + rows * span_s, span_s)
        if self._stamped:
            if not sequence.settled:
                return span_s, step_s, RATE_UNSETTLED
            self._measured_hz = 1.0 / sequence.period_s
            return span_s, step_s, 0
        seconds = 1.0 + line.slope
        if sequence.last_s < self._params.settle_s:
            return span_s, step_s * seconds, RATE_UNSETTLED
        self._measured_hz = 1.0 / (sequence.period_s * seconds)
        return span_s, step_s * seconds, 0

    def _unseen_loss(self, host_s: float, packet: Packet, sequence: Sequence, line: HostMap, holes: HoleWatch) -> bool:
        """Whether a silence has cost samples, where the sensor cannot tell; the map jumps over them."""
        device_s, nominal_s = sequence.last_s, sequence.period_s
        settled = device_s >= self._params.settle_s
        late_s = line.late_s(device_s, host_s)
        missing_s = holes.update(device_s, host_s, late_s, line.slope, settled, packet.n * nominal_s)
        if missing_s != 0.0:
            line.shift(missing_s, self._device_s)
            self.account.deficit += missing_s / (nominal_s * (1.0 + line.slope))
        return missing_s > 0.0

    def _gap(self, order: int, from_s: float, to_s: float, lost: int | None, bridged: bool) -> None:
        self.account.gaps += 1
        lost = lost if self.account.countable else None
        self.events.append(Gap(order, self._sensor, min(from_s, to_s), self.name, to_s, lost, bridged))

    def _remember(self, host_s: float, packet: Packet, device_s: float, time_s: float, step_s: float) -> None:
        self.account.decoded += packet.n
        self._recent.add(packet)
        self._last_host_s = host_s
        self._device_s = device_s
        self._time_s = time_s
        self._step_s = step_s
