"""The clock of one sensor: packets of one stream, or of two, become samples in session time.

In: packets with their arrival. Out: :class:`ClockOut`: rows, events; a ledger per stream. Must not live here: bytes,
orientation, anything that happens inside one stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensor_pipeline.clock.pairing import Pairing, blocks
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.rows import Run, joined
from sensor_pipeline.clock.stream import StreamClock
from sensor_pipeline.errors import SensorError
from sensor_pipeline.types import Event, FloatArray, Packet, PacketRun, Samples, StreamLedger, StreamTiming


@dataclass(slots=True)
class ClockOut:
    """What one record gave: new rows (may be none) and events. Not frozen, since one may be made for every packet."""

    samples: Samples
    events: tuple[Event, ...]


class SensorClock:
    """Session time of one sensor's samples.

    Session time is seconds since the session's first record on the host's monotonic clock. It rises strictly over the
    whole session and no value is ever revised. ``dt_s`` is the spacing by the device's own clock and carries no jitter
    of the radio or the host: a causal estimate of the period from time stamps, whose phase error is spread over the
    rows of a packet; without time stamps, of the measured rate against the sample index.

    Gaps up to ``bridge_limit_s`` are filled on the grid (flag bridged, counted as lost), the first real row after a gap
    has the flag gap_before. The row after a longer gap, a restart or a loss that was only estimated has gap_before and
    no bridged row in front of it, and a ``dt_s`` of one period: whoever integrates must start anew there.

    Rows are flagged rate_unsettled until stamps have shown the period to ``settled_error`` (with 1 us stamps: three
    packets), and for the first ``settle_s`` of a segment where no stamps exist.
    """

    def __init__(self, timings: Sequence[StreamTiming], sensor: int, params: ClockParams | None = None) -> None:
        """Set up the streams.

        Args:
            timings: one stream of channel imu, or one of acc and one of gyr.
            sensor: index of the sensor in its session, for events.
            params: thresholds, None = the defaults.

        Raises:
            SensorError: the streams cannot give both acc and gyr, or a timing makes no sense.
        """
        params = ClockParams() if params is None else params
        channels = sorted(timing.channel for timing in timings)
        if channels not in (["imu"], ["acc", "gyr"]):
            raise SensorError(
                f"streams carry {channels or 'nothing'}; the angle needs one imu stream, or one acc and one gyr"
            )
        for timing in timings:
            _check(timing)
        self._params = params
        lead = next(timing for timing in timings if timing.channel != "acc")
        self._lead = StreamClock(lead, sensor, params)
        self._streams = {timing.stream: self._lead for timing in timings if timing is lead}
        self._alone = lead.stream if len(timings) == 1 else None  # the only stream there is
        self._acc: StreamClock | None = None
        self._pairing: Pairing | None = None
        for timing in timings:
            if timing is not lead:
                self._acc = StreamClock(timing, sensor, params)
                self._streams[timing.stream] = self._acc
                shared = lead.tick_s is not None and (lead.tick_s, lead.tick_bits) == (timing.tick_s, timing.tick_bits)
                if shared:
                    self._acc.sibling, self._lead.sibling = self._lead, self._acc
                packet_s = timing.samples_per_packet * timing.period_s
                self._pairing = Pairing(self._lead.account, sensor, packet_s, shared, params)
        if len(self._streams) != len(timings):
            raise SensorError(f"two streams are both named {lead.stream!r}; give each its own name in the spec")

    @property
    def ledger(self) -> tuple[StreamLedger, ...]:
        """Where every sample went, one entry a stream, the leading stream (imu or gyr) first."""
        clocks = [self._lead] if self._acc is None else [self._lead, self._acc]
        return tuple(clock.account.ledger(clock.measured_hz) for clock in clocks)

    @property
    def measured_hz(self) -> float | None:
        """Rate of the rows by the device's clock (by the host's where it has none), None until it is settled."""
        return self._lead.measured_hz

    def update(self, order: int, host_s: float, packets: Sequence[Packet]) -> ClockOut:
        """Place packets that arrived together.

        Args:
            order: number of the record that brought them.
            host_s: its time, s since the session's first record.
            packets: in arrival order; any grouping gives the same rows bit for bit.

        Returns:
            New rows and events; both may be empty.

        Raises:
            SensorError: a packet names a stream that the sensor does not have, or lacks the values of its channel.
        """
        if len(packets) == 1:
            rows = self.follow(host_s, packets[0])
            if rows is not None:
                return ClockOut(rows, ())
        made: list[Samples] = []
        events: list[Event] = []
        self._release(order, host_s, made, events)
        for packet in packets:
            clock = self._streams.get(packet.stream)
            if clock is None:
                raise SensorError(
                    f"a packet names stream {packet.stream!r}; this sensor has {', '.join(self._streams)}"
                )
            runs = clock.push(order, host_s, packet)
            self._drain(events)
            self._place(order, host_s, clock, runs, made, events)
        return ClockOut(joined(made), tuple(events))

    def follow(self, host_s: float, packet: Packet) -> Samples | None:
        """Place a packet that arrived alone, if nothing about it is unusual.

        Args:
            host_s: its arrival, s since the session's first record.
            packet: the packet.

        Returns:
            Its rows, bit for bit those of :meth:`update`, which has no events then; None, and nothing has changed,
            where :meth:`update` has to say.
        """
        if packet.stream != self._alone:
            return None
        return self._lead.follow(host_s, packet)

    def update_run(self, host_s: FloatArray, run: PacketRun, first: int = 0) -> Samples | None:
        """Place packets that arrived one after the other at once, as far as nothing about them is unusual.

        Args:
            host_s: (packets,) arrivals of the run's packets, s since the session's first record.
            run: the packets.
            first: index of the first one to place.

        Returns:
            The rows of packets ``first`` and on, ``run.n`` each, bit for bit those of :meth:`update`; None where
            :meth:`update` has to say about the first one. There are no events: an event is unusual.
        """
        if run.stream != self._alone:
            return None
        placed = self._lead.push_run(host_s, run, first)
        return None if placed is None else placed.samples(run, first)

    def reject(self, order: int, host_s: float, stream: str | None, samples: int | None) -> None:
        """Count a packet that the decoder refused: its samples belong to the gap it leaves.

        Args:
            order: number of the record; kept for symmetry with the other inputs, nothing depends on it.
            host_s: its time, s; likewise.
            stream: the packet's stream, None = unknown. With two streams the packet is then counted on the leading one,
                and its samples belong to whichever stream shows a gap; a stream that cannot show one is left alone.
            samples: how many it claimed to carry, None = unknown: the usual number.
        """
        clock = self._streams.get(stream or "", self._lead)
        clock.account.bad_packets += 1
        if stream is not None or self._acc is None:
            clock.refuse(samples)
            return
        for each in (self._lead, self._acc):
            if each.account.countable:
                each.refuse(samples)

    def restart(self, order: int, host_s: float, reason: str) -> ClockOut:
        """Close the segment: the link was lost or came back, or the sensor rebooted.

        The next packet opens a new segment in the same session time, with a gap marked before it. What was lost in
        between is counted where :meth:`identify` names the same boot again and counter and stamp go on. Without an
        open segment nothing happens.

        Args:
            order: number of the record that tells so.
            host_s: its time, s.
            reason: for the event.
        """
        made: list[Samples] = []
        events: list[Event] = []
        for clock in self._streams.values():
            clock.interrupt(order, host_s, reason)
        self._drain(events)
        self._cut(order, host_s, made, events)
        return ClockOut(joined(made), tuple(events))

    def identify(self, boot: int) -> None:
        """Note which boot of the sensor is running, by a number that changes with each, as read over this link."""
        for clock in self._streams.values():
            clock.boot = boot

    def flush(self, order: int, host_s: float) -> ClockOut:
        """End: rows that wait are released or counted, held packets are counted. Idempotent."""
        made: list[Samples] = []
        events: list[Event] = []
        if self._pairing is not None:
            rows, gaps = self._pairing.release(order, host_s, final=True)
            made += blocks(rows)
            events += gaps
        for clock in self._streams.values():
            clock.discard_held(order)
        self._drain(events)
        return ClockOut(joined(made), tuple(events))

    def _place(
        self, order: int, host_s: float, clock: StreamClock, runs: list[Run], made: list[Samples], events: list[Event]
    ) -> None:
        pairing = self._pairing
        if pairing is None:
            made += [clock.rows.samples(run) for run in runs]
            return
        more: list[Run] = []
        if clock.restarted:
            other = self._acc if clock is self._lead else self._lead
            if other is not None:
                more = other.begin_anew(order, host_s, clock.restarted)
                self._drain(events)
            self._cut(order, host_s, made, events)
        for run in runs + more:
            if run.packet.stream == self._lead.name:
                pairing.add_gyr(run, host_s)
            else:
                pairing.add_acc(run)
        self._release(order, host_s, made, events)

    def _cut(self, order: int, host_s: float, made: list[Samples], events: list[Event]) -> None:
        for clock in self._streams.values():
            clock.restarted = ""
        if self._pairing is not None:
            rows, gaps = self._pairing.cut(order, host_s)
            made += blocks(rows)
            events += gaps

    def _release(self, order: int, host_s: float, made: list[Samples], events: list[Event]) -> None:
        if self._pairing is not None:
            rows, gaps = self._pairing.release(order, host_s)
            made += blocks(rows)
            events += gaps

    def _drain(self, events: list[Event]) -> None:
        for clock in self._streams.values():
            events += clock.events
            clock.events = []


def _check(timing: StreamTiming) -> None:
    name = timing.stream
    if not 0.0 < timing.period_s < float("inf"):
        raise SensorError(f"stream {name!r}: period_s is {timing.period_s}; it must be a positive number of seconds")
    if timing.tick_bits is not None and not (timing.tick_s is not None and timing.tick_s > 0.0):
        raise SensorError(f"stream {name!r}: tick_s is {timing.tick_s}; a time stamp needs a positive unit in seconds")
    if (timing.counter_bits is None) != (timing.counts is None):
        raise SensorError(f"stream {name!r}: counter_bits and counts belong together; name both or neither")
