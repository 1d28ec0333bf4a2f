"""Two streams of one sensor become one: gyroscope times lead, the accelerometer is interpolated onto them.

In: runs of both streams. Out: rows with both, events. Must not live here: counters, stamps, host maps.

A gyroscope row waits for an accelerometer sample on either side of it. The wait ends ``pairing_wait_s`` after an
accelerometer packet would have been full (a sensor that packs 36 samples cannot be quicker), or at once where it is
certain that none can come: before the first accelerometer sample, or inside a gap of that stream that was not filled.
A row without a pair is never extrapolated. It moves from "decoded" to "lost" in the gyroscope's ledger (to the
estimated deficit where that stream cannot count) and becomes a gap: up to the bridge limit the rows are sent after all
when the next pair arrives, acc linear between the pairs around them, flagged bridged; longer ones stay missing.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from sensor_pipeline.clock.account import Account
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.rows import BRIDGED, CLIPPED, GAP_BEFORE, RATE_UNSETTLED, Run, filled, row_flags
from sensor_pipeline.errors import SensorError
from sensor_pipeline.types import Event, FloatArray, Gap, Samples

Vector = tuple[float, float, float]

_SPREAD = BRIDGED | CLIPPED | RATE_UNSETTLED  # what an accelerometer sample passes on to a row made from it


class Row(NamedTuple):
    """One sample of one stream. ``place_s`` is the time both streams share; ``deadline_s`` is a host time."""

    place_s: float
    time_s: float
    dt_s: float
    values: Vector
    flags: int
    joined: bool
    deadline_s: float


class Paired(NamedTuple):
    """One row with both."""

    time_s: float
    dt_s: float
    acc: Vector
    gyr: Vector
    flags: int


class Pairing:
    """State between the two streams: rows that wait, accelerometer samples that may still be needed."""

    def __init__(
        self, account: Account, sensor: int, acc_packet_s: float, shared_clock: bool, params: ClockParams
    ) -> None:
        """Start empty.

        Args:
            account: the gyroscope stream's ledger.
            sensor: index of the sensor, for events.
            acc_packet_s: usual duration of an accelerometer packet, s.
            shared_clock: True where one device clock stamps both streams; else they meet in session time.
            params: thresholds.
        """
        self._account = account
        self._sensor = sensor
        self._acc_packet_s = acc_packet_s
        self._shared_clock = shared_clock
        self._params = params
        self._acc: deque[Row] = deque()
        self._gyr: deque[Row] = deque()
        self._before: Row | None = None  # accelerometer sample of the last row sent, at the gyroscope's time
        self._orphans: list[Row] = []  # rows without a pair since then, as long as they can be filled
        self._orphan_from_s: float | None = None
        self._orphan_to_s = 0.0
        self._orphan_count = 0
        self._fillable = True

    def add_acc(self, run: Run) -> None:
        """Take in an accelerometer run."""
        self._acc_packet_s = max(self._acc_packet_s, run.packet.n * run.dt_s)
        acc = self._acc
        acc.extend(self._rows(run, run.packet.acc_m_s2, None if run.before is None else run.before.acc_m_s2, 0.0))
        while acc[-1].place_s - acc[0].place_s > self._params.pairing_buffer_s and len(acc) > run.packet.n:
            acc.popleft()

    def add_gyr(self, run: Run, host_s: float) -> None:
        """Take in a gyroscope run that arrived at ``host_s``."""
        deadline_s = host_s + self._params.pairing_wait_s + self._acc_packet_s
        before = None if run.before is None else run.before.gyr_rad_s
        self._gyr.extend(self._rows(run, run.packet.gyr_rad_s, before, deadline_s))

    def release(self, order: int, host_s: float, final: bool = False) -> tuple[list[Paired], list[Event]]:
        """Rows that are ready, and the gaps they end.

        Args:
            order: number of the record at hand.
            host_s: its time, s.
            final: True where nothing more can come.
        """
        rows: list[Paired] = []
        events: list[Event] = []
        gyr, acc = self._gyr, self._acc
        while gyr:
            row = gyr[0]
            while len(acc) > 1 and acc[1].place_s <= row.place_s:
                acc.popleft()
            left = acc[0] if acc else None
            pair: Row | None = None
            hopeless = False
            if left is not None:
                if abs(row.place_s - left.place_s) <= self._params.pairing_same * row.dt_s:
                    pair = left
                elif left.place_s > row.place_s:
                    hopeless = True
                elif len(acc) > 1:
                    pair = _between(left, acc[1], row.place_s) if acc[1].joined else None
                    hopeless = pair is None
            if pair is not None:
                self._send(order, row, pair, rows, events)
            elif hopeless or final or host_s > row.deadline_s:
                self._orphan(row)
            else:
                break
            gyr.popleft()
        if final:
            self._end_gap(order, self._orphan_to_s, False, events)
            self._before = None
        return rows, events

    def cut(self, order: int, host_s: float) -> tuple[list[Paired], list[Event]]:
        """The sensor started anew: what waits will not find a pair."""
        released = self.release(order, host_s, final=True)
        self._acc.clear()
        return released

    def _rows(self, run: Run, values: FloatArray | None, before: FloatArray | None, deadline_s: float) -> list[Row]:
        if values is None:
            raise SensorError(
                f"stream {run.packet.stream!r}: a packet carries no values of its channel; check its spec"
            )
        vectors = filled(before, values, run.fill).tolist()
        shared = self._shared_clock
        start_s, step_s = (run.device_start_s, run.device_step_s) if shared else (run.start_s, run.step_s)
        return [
            Row(
                start_s + (k + 1.0) * step_s,
                run.start_s + (k + 1.0) * run.step_s,
                run.dt_s,
                (vector[0], vector[1], vector[2]),
                flags,
                run.joined or k > 0,
                deadline_s,
            )
            for k, (vector, flags) in enumerate(zip(vectors, row_flags(run), strict=True))
        ]

    def _orphan(self, row: Row) -> None:
        """A gyroscope row without a pair: count it, keep it as long as the gap may still be filled."""
        if self._orphan_from_s is None:
            self._orphan_from_s = row.time_s
        self._orphan_to_s = row.time_s + row.dt_s
        self._orphan_count += 1
        limit_s = self._params.bridge_limit_s + 0.1 * row.dt_s
        self._fillable = self._fillable and row.joined and self._orphan_count * row.dt_s <= limit_s
        if self._fillable:
            self._orphans.append(row)
        else:
            self._orphans.clear()
        if not row.flags & BRIDGED:  # a filled row was counted as lost when it was filled
            self._account.decoded -= 1
            if self._account.countable:
                self._account.lost += 1
            else:
                self._account.deficit += 1

    def _send(self, order: int, row: Row, pair: Row, rows: list[Paired], events: list[Event]) -> None:
        flags = row.flags | (pair.flags & _SPREAD)
        if self._orphan_from_s is not None:
            before = self._before
            fill = self._fillable and row.joined and before is not None
            if before is not None and fill:
                for orphan in self._orphans:
                    acc = _between(before, pair, orphan.place_s)
                    marks = orphan.flags | (acc.flags & _SPREAD) | BRIDGED
                    rows.append(Paired(orphan.time_s, orphan.dt_s, acc.values, orphan.values, marks))
                    self._account.bridged += not orphan.flags & BRIDGED
            flags |= GAP_BEFORE
            self._end_gap(order, row.time_s, fill, events)
        rows.append(Paired(row.time_s, row.dt_s, pair.values, row.values, flags))
        self._before = pair._replace(place_s=row.place_s)

    def _end_gap(self, order: int, end_s: float, bridged: bool, events: list[Event]) -> None:
        if self._orphan_from_s is None:
            return
        self._account.gaps += 1
        lost = self._orphan_count if self._account.countable else None
        events.append(Gap(order, self._sensor, self._orphan_from_s, self._account.stream, end_s, lost, bridged))
        self._orphans.clear()
        self._orphan_from_s = None
        self._orphan_count = 0
        self._fillable = True


def blocks(rows: list[Paired]) -> list[Samples]:
    """Rows as one block, or none."""
    if not rows:
        return []
    return [
        Samples(
            np.array([row.time_s for row in rows]),
            np.array([row.dt_s for row in rows]),
            np.array([row.acc for row in rows]),
            np.array([row.gyr for row in rows]),
            np.array([row.flags for row in rows], dtype=np.uint16),
        )
    ]


def _between(left: Row, right: Row, place_s: float) -> Row:
    """The sample at ``place_s`` on the straight line between two."""
    weight = (place_s - left.place_s) / (right.place_s - left.place_s)
    a, b = left.values, right.values
    values = (a[0] + weight * (b[0] - a[0]), a[1] + weight * (b[1] - a[1]), a[2] + weight * (b[2] - a[2]))
    return Row(place_s, 0.0, 0.0, values, left.flags | right.flags, True, 0.0)
