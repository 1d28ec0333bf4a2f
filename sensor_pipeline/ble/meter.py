"""What a sensor really sends: rate, loss, rubbish, everything twice. A second look at the bytes, for advice only.

In: notifications with their arrival, the info block. Out: measured figures, answers that came among the data. Must not
live here: records, the sentences for people, sample times (clock).
"""

from __future__ import annotations

import statistics
from collections import deque
from typing import TYPE_CHECKING, Final

from sensor_pipeline.devices import Decoder
from sensor_pipeline.errors import PacketError

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.types import Packet, StreamTiming

INTERVALS: Final = 64
"""Stamped packets that the rate is measured over: the median of so many is safe from loss, and quick to change."""
ENOUGH_INTERVALS: Final = 12
"""Half a second at 26 packets a second: the first moment at which a wrong rate is worth mentioning."""
WINDOW_S: Final = 10.0
"""Time that the rate is counted over where packets carry no time stamp."""
ENOUGH_S: Final = 3.0
"""Shortest time to count over: arrival bursts of 0.1 s are then an error of 3 %."""
RECENT: Final = 40
"""Notifications that "most of them are rubbish" and "all come twice" refer to."""
ENOUGH_RECENT: Final = 20
"""Before so many were seen nothing is said."""


class Meter:
    """Measures what one sensor sends.

    Args:
        spec: the sensor.
        stream: the stream it is asked for, None = the first.
        rate_hz: the rate it is asked for.

    Attributes:
        lost: samples known to be lost while connected, None where packets carry no counter.
        refused: why the latest payload was refused, "" = none was.
        refused_in_a_row: payloads refused since the last one that was not.
    """

    def __init__(self, spec: SensorSpec, stream: str | None, rate_hz: float) -> None:
        self._decoder = Decoder(spec, stream, rate_hz=rate_hz)
        self._timings = {timing.stream: timing for timing in self._decoder.timings}
        lead = next((t for t in self._decoder.timings if t.channel != "acc"), self._decoder.timings[0])
        self._lead = lead.stream
        self.lost: int | None = 0 if any(t.counter_bits for t in self._decoder.timings) else None
        self.refused = ""
        self.refused_in_a_row = 0
        self.new_link()

    @property
    def packet_s(self) -> float:
        """Usual time between two packets, s; of the slower stream where there are two."""
        return max(timing.period_s * timing.samples_per_packet for timing in self._timings.values())

    @property
    def characteristics(self) -> tuple[str, ...]:
        """Keys of the characteristics to subscribe."""
        return self._decoder.characteristics

    def new_link(self) -> None:
        """A connection begins: what came before does not count."""
        self._last: dict[str, Packet] = {}
        self._rates: deque[float] = deque(maxlen=INTERVALS)
        self._counted: deque[tuple[float, int]] = deque()
        self._rubbish: deque[bool] = deque(maxlen=RECENT)
        self._twice: deque[bool] = deque(maxlen=RECENT)
        self._previous = (b"", "")
        self._decoder.flush()

    def read(self, what: str, payload: bytes) -> dict[str, float | int]:
        """Take a block that was read.

        Returns:
            Its numbers; none where the spec does not allow it (the engine says so).
        """
        try:
            return self._decoder.read(what, payload)
        except PacketError as error:
            self.refused = error.reason
            return {}

    def take(self, characteristic: str, payload: bytes, time_s: float) -> tuple[bytes, ...]:
        """Look at a notification.

        Args:
            characteristic: key in the spec's chars.
            payload: its bytes.
            time_s: its arrival, event loop time.

        Returns:
            Answers to commands in it.
        """
        now = (payload, characteristic)
        self._twice.append(now == self._previous)
        self._previous = now
        try:
            decoded = self._decoder.decode(characteristic, payload)
        except PacketError as error:
            self.refused = error.reason
            self.refused_in_a_row += 1
            self._rubbish.append(True)
            return ()
        self.refused_in_a_row = 0
        self._rubbish.append(decoded.skipped_bytes > len(payload) // 2)
        for packet in decoded.packets:
            self._follow(packet, time_s)
        return decoded.replies

    @property
    def rate_hz(self) -> float | None:
        """Samples a second that the sensor makes, None = not measured yet."""
        if self._timings[self._lead].tick_s is not None:
            return statistics.median(self._rates) if len(self._rates) >= ENOUGH_INTERVALS else None
        if not self._counted:
            return None
        long_s = self._counted[-1][0] - self._counted[0][0]
        if long_s < ENOUGH_S:
            return None
        return (sum(n for _, n in self._counted) - self._counted[0][1]) / long_s

    @property
    def mostly_rubbish(self) -> bool:
        """True where most of the latest payloads are not what the spec allows."""
        return len(self._rubbish) >= ENOUGH_RECENT and sum(self._rubbish) * 2 > len(self._rubbish)

    @property
    def all_twice(self) -> bool:
        """True where nearly every second one of the latest payloads repeats the one before."""
        return len(self._twice) >= ENOUGH_RECENT and sum(self._twice) * 5 > len(self._twice) * 2

    def _follow(self, packet: Packet, time_s: float) -> None:
        timing = self._timings[packet.stream]
        before = self._last.get(packet.stream)
        advance = packet.n
        if before is not None and timing.counter_bits is not None:
            counted = self._advance(timing, before, packet)
            if counted is None:
                return  # a repetition, or from before
            advance = counted
            self.lost = (self.lost or 0) + max(advance - before.n, 0)
        self._last[packet.stream] = packet
        if packet.stream != self._lead:
            return
        if timing.tick_s is not None and timing.tick_bits is not None:
            if before is not None and packet.ticks is not None and before.ticks is not None:
                ticks = (packet.ticks - before.ticks) % 2**timing.tick_bits
                if 0 < ticks < 2 ** (timing.tick_bits - 1):
                    self._rates.append(advance / (ticks * timing.tick_s))
            return
        self._counted.append((time_s, packet.n))
        while time_s - self._counted[0][0] > WINDOW_S:
            self._counted.popleft()

    @staticmethod
    def _advance(timing: StreamTiming, before: Packet, packet: Packet) -> int | None:
        """Samples from the packet before to this one, None where the counter has not gone on."""
        if timing.counter_bits is None or packet.counter is None or before.counter is None:
            return packet.n
        steps: int = (packet.counter - before.counter) % 2**timing.counter_bits
        if not 0 < steps < 2 ** (timing.counter_bits - 1):
            return None
        return steps if timing.counts == "samples" else steps * packet.n
