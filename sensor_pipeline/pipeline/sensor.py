"""One sensor: records in, events out. The order of events is that of the records that caused them.

In: the records of one sensor. Out: events. Must not live here: anything about two sensors, the coach, files or radios.

``push`` and ``push_many`` run the same stages; the second only lets them work on larger blocks, bit for bit the same.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from sensor_pipeline.clock import joined
from sensor_pipeline.pipeline.chain import Chain
from sensor_pipeline.pipeline.intake import SHORTEST_RUN, Intake
from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.pipeline.rep_stage import RepStage
from sensor_pipeline.signal.orientation import OrientationFilter, make_filter
from sensor_pipeline.signal.reps import RepDetector
from sensor_pipeline.types import (
    Event,
    Flush,
    Input,
    IntArray,
    Notification,
    Record,
    Samples,
    SensorSetup,
    StreamLedger,
    Targets,
)

ANY_START_DEG = -180.0
"""A start level below which nothing is."""
RUN_RECORDS = 256
"""Notifications that are decoded together at most: enough to make per-run costs vanish."""
BLOCK_ROWS = 2048
"""Rows that ``push_many`` collects before the signal stages run: enough to make per-block costs vanish, and so few that
an array of three columns (48 KiB) stays in the cache and below what the C library maps anew each time (128 KiB): with
8192 rows the page faults cost as much as the filter."""


class Pipeline:
    """One sensor's path from records to events."""

    def __init__(
        self,
        setup: SensorSetup,
        sensor: int = 0,
        *,
        targets: Targets | None = None,
        params: PipelineParams | None = None,
        orientation: str | OrientationFilter | None = "vqf",
        reps: RepStage | None = None,
    ) -> None:
        """Build the stages.

        Args:
            setup: the sensor: leg, rate, spec, mounting.
            sensor: its index in the session.
            targets: what repetitions are measured against.
            params: every stage's parameters; the defaults where None.
            orientation: a filter's name, or a filter of one's own; None = the installed default.
            reps: a repetition detector of one's own; None = ours.

        Raises:
            SpecError: the setup's spec text is refused.
            UserError: the orientation filter is not installed, or the stated mounting is no mounting.
        """
        params = params or PipelineParams()
        self.sensor = sensor
        if orientation is None or isinstance(orientation, str):
            orientation = make_filter(setup.rate_hz, orientation, params.orientation)
        targets = targets or Targets()
        found = params.reps
        if setup.mounting_axes is not None:
            # a stated mounting cannot have been turned about the leg, and its zero may be anywhere, as on a bench
            found = dataclasses.replace(found, min_start_deg=ANY_START_DEG)
        detector = reps or RepDetector(setup.side, targets, sensor, found, params.hold)
        self._intake = Intake(setup, sensor, params.clock)
        guard = self._intake.with_ranges(params.guard)
        self._chain = Chain(
            setup, sensor, dataclasses.replace(params, guard=guard), orientation, detector, targets, params.grade
        )
        self._zero_ns: int | None = None
        self._ended = False

    def start(self, host_time_ns: int) -> None:
        """Set session time 0; without it, the first record pushed sets it."""
        if self._zero_ns is None:
            self._zero_ns = host_time_ns

    @property
    def ledger(self) -> tuple[StreamLedger, ...]:
        """Where every sample went, one row a stream."""
        return self._intake.ledger

    @property
    def info(self) -> Mapping[str, int | float | str]:
        """What was read from the sensor so far."""
        return self._intake.info

    def push(self, record: Record) -> list[Event]:
        """Use one record; see :meth:`push_many`."""
        if self._zero_ns is None:
            self._zero_ns = record.host_time_ns
        if type(record) is not Notification or self._ended:
            return self.push_many((record,))
        samples, found = self._intake.take(record, (record.host_time_ns - self._zero_ns) / 1e9)
        if samples is None:
            return list(found)
        events = self._chain.update_packet(samples, record.order)
        return [*found, *events] if found else events

    def push_many(self, records: Sequence[Record]) -> list[Event]:
        """Use records in arrival order.

        Args:
            records: of this sensor, or of the whole session (sensor None); after a Flush nothing is used any more.

        Returns:
            Events, by the order of the records that caused them. Rows come as :class:`~sensor_pipeline.types.Block`
            events, whose cut depends on how the records were pushed; everything else does not.
        """
        events: list[Event] = []
        pending = _Pending()
        begin = 0
        while begin < len(records) and not self._ended:
            notifications = _notifications(records, begin)
            if len(notifications) >= SHORTEST_RUN:
                self.start(notifications[0].host_time_ns)
                host_ns = np.array([record.host_time_ns for record in notifications], np.int64)
                blocks, found = self._intake.take_run(notifications, (host_ns - (self._zero_ns or 0)) / 1e9)
                events += found
                for samples, order in blocks:
                    pending.add(samples, order)
                begin += len(notifications)
                if pending.rows >= BLOCK_ROWS:
                    events += self._run(pending)
                continue
            for record in notifications or (records[begin],):
                events += self._take(record, pending)
                begin += 1
        events += self._run(pending)
        # stages ran one after the other over the whole block: put their events back into the order of the records
        events.sort(key=lambda event: event.order)
        return events

    def _take(self, record: Record, pending: _Pending) -> list[Event]:
        """Use one record; its rows go to ``pending``."""
        self.start(record.host_time_ns)
        session_s = (record.host_time_ns - (self._zero_ns or 0)) / 1e9
        if isinstance(record, Input) and record.action in ("re-zero", "mark"):
            events = self._run(pending)
            if record.action == "mark":
                return events + self._chain.mark(record.order, session_s)
            self._chain.rezero()
            return events
        samples, found = self._intake.take(record, session_s)
        events = list(found)
        if samples is not None:
            pending.add(samples, np.full(len(samples), record.order, np.int64))
        if pending.rows >= BLOCK_ROWS or isinstance(record, Flush):
            events += self._run(pending)
        if isinstance(record, Flush):
            events += self._chain.flush(record.order, session_s)
            self._ended = True
        return events

    def _run(self, pending: _Pending) -> list[Event]:
        return self._chain.update(*pending.take()) if pending.rows else []


class _Pending:
    """Rows that wait for the signal stages, with the order of the record each came with."""

    def __init__(self) -> None:
        self.rows = 0
        self._blocks: list[Samples] = []
        self._orders: list[IntArray] = []

    def add(self, samples: Samples, order: IntArray) -> None:
        self._blocks.append(samples)
        self._orders.append(order)
        self.rows += len(samples)

    def take(self) -> tuple[Samples, IntArray]:
        """All rows as one block; none are left."""
        samples, order = joined(self._blocks), np.concatenate(self._orders)
        self.rows, self._blocks, self._orders = 0, [], []
        return samples, order


def _notifications(records: Sequence[Record], begin: int) -> list[Notification]:
    """The records from ``begin`` on, as long as they are notifications of one characteristic."""
    found: list[Notification] = []
    for record in itertools.islice(records, begin, begin + RUN_RECORDS):
        if not isinstance(record, Notification) or (found and record.characteristic != found[0].characteristic):
            break
        found.append(record)
    return found
