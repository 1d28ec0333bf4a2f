"""One session: a pipeline for each sensor, and the coach. The only thing that record, demo, replay and import drive.

In: the session's records in arrival order. Out: events, in the order of the records that caused them. Must not live
here: signals, files, radios, clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sensor_pipeline.errors import UserError
from sensor_pipeline.pipeline import Pipeline, PipelineParams
from sensor_pipeline.protocols.coach import Coach
from sensor_pipeline.protocols.guidance import Guidance
from sensor_pipeline.types import Block, Event, Flush, Record, SensorSetup, StreamLedger, Targets

if TYPE_CHECKING:
    from sensor_pipeline.protocols.guide import Guide

MAX_SENSORS = 8
"""More sensors than legs is a mistake; the journal keeps a sensor's index in one byte."""


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """Everything that decides what the engine makes of records: the same setup and records give the same results.

    Attributes:
        sensors: at least one; records name them by index.
        protocol: id of what the person does.
        targets: what repetitions are measured against.
        orientation: name of the orientation filter.
        params: every parameter of every stage.
        guidance: the protocol's text and what the guide must know; None = a set at a fixed target, or no guiding.
    """

    sensors: tuple[SensorSetup, ...]
    protocol: str = "ktw_standing"
    targets: Targets = field(default_factory=Targets)
    orientation: str = "vqf"
    params: PipelineParams = field(default_factory=PipelineParams)
    guidance: Guidance | None = None


class Engine:
    """Drives the pipelines and the coach with records. Bit for bit the same results however the records are cut."""

    def __init__(
        self, setup: SessionSetup, *, pipelines: Callable[[SessionSetup, int], Pipeline] | None = None
    ) -> None:
        """Build a session.

        Args:
            setup: what the session is.
            pipelines: makes the pipeline of a sensor index; where a user puts an algorithm of his own. None = ours.

        Raises:
            UserError: no sensor, too many, or an orientation filter that is not installed.
            SpecError: a sensor's spec text is refused.
        """
        if not 1 <= len(setup.sensors) <= MAX_SENSORS:
            raise UserError(f"a session has 1 to {MAX_SENSORS} sensors, not {len(setup.sensors)}")
        make = pipelines or _pipeline
        self.setup = setup
        self._pipelines = tuple(make(setup, index) for index in range(len(setup.sensors)))
        self._coach = _coach(setup)
        self._zero_ns: int | None = None
        self._ended = False

    def push(self, record: Record) -> list[Event]:
        """Use one record; see :meth:`push_many`."""
        sensor, zero_ns = record.sensor, self._zero_ns
        if sensor is None or zero_ns is None or self._ended or not 0 <= sensor < len(self._pipelines):
            return self.push_many((record,))
        events = self._pipelines[sensor].push(record)
        if self._coach.waits and (not events or (len(events) == 1 and type(events[0]) is Block)):
            return events  # rows alone say nothing to the coach
        return self._coach.follow((record,), events, zero_ns)

    def push_many(self, records: Sequence[Record]) -> list[Event]:
        """Use records in arrival order.

        Args:
            records: the next records of the session. After a Flush nothing is used any more.

        Returns:
            Events by the order of the records that caused them. Only how rows are cut into
            :class:`~sensor_pipeline.types.Block` events depends on how records are pushed.

        Raises:
            UserError: a record names a sensor that the session does not have.
        """
        if self._ended or not records:
            return []
        if self._zero_ns is None:
            self._zero_ns = records[0].host_time_ns
            for pipeline in self._pipelines:
                pipeline.start(self._zero_ns)
        count = len(self._pipelines)
        for index, record in enumerate(records):
            if record.sensor is not None and not 0 <= record.sensor < count:
                raise UserError(f"record {record.order} names sensor {record.sensor}; there are {count}")
            if isinstance(record, Flush):
                records = records[: index + 1]
                self._ended = True
                break
        if count == 1:
            return self._coach.follow(records, self._pipelines[0].push_many(records), self._zero_ns)
        events: list[Event] = []
        for pipeline in self._pipelines:
            events += pipeline.push_many([r for r in records if r.sensor is None or r.sensor == pipeline.sensor])
        events.sort(key=lambda event: event.order)
        return self._coach.follow(records, events, self._zero_ns)

    def ledger(self, sensor: int) -> tuple[StreamLedger, ...]:
        """Where every sample of a sensor went, one row a stream."""
        return self._pipelines[sensor].ledger

    def info(self, sensor: int) -> Mapping[str, int | float | str]:
        """What was read from a sensor so far: ``info.*``, ``battery.*``, serial, firmware."""
        return self._pipelines[sensor].info


def _pipeline(setup: SessionSetup, index: int) -> Pipeline:
    return Pipeline(
        setup.sensors[index],
        index,
        targets=setup.targets,
        params=setup.params,
        orientation=setup.orientation,
    )


def _coach(setup: SessionSetup) -> Coach | Guide:
    if setup.guidance is None:
        return Coach(setup.targets)
    from sensor_pipeline.protocols.guide import Guide  # the parser: only where a protocol is guided

    return Guide(setup.guidance, setup.targets, tuple(sensor.side for sensor in setup.sensors))
