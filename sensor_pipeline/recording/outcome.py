"""What a session's records lead to: the one way from records to results, for finish, recover and replay.

In: records and a setup. Out: repetitions, mountings, ledgers, events; rows are handed on block by block. Must not live
here: files, tables, comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.dataclass_json import parse_json
from sensor_pipeline.types import (
    Block,
    Event,
    Flush,
    Input,
    Json,
    Mounting,
    MountingSet,
    Record,
    Rep,
    RepDone,
    Side,
    StreamLedger,
)

BLOCK_RECORDS: Final = 2048
"""Records pushed at once: 80 s of packets of 4 samples at 104 Hz; large enough for speed, small enough for memory."""
ANSWER_ACTIONS: Final = frozenset({"answer", "distance"})
"""Inputs that are kept in session.json: an object is taken over key by key, any other value under its action's name."""


@dataclass(frozen=True, slots=True)
class SensorOutcome:
    """What the records of one sensor lead to, apart from its rows.

    Attributes:
        side: the leg.
        rows: number of sample rows.
        mountings: in order of their start.
        ledger: where every sample went, one for each stream.
        info: what was read from the sensor: serial, firmware, battery.
    """

    side: Side
    rows: int
    mountings: tuple[Mounting, ...]
    ledger: tuple[StreamLedger, ...]
    info: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the records of a session lead to, apart from its rows.

    Attributes:
        sensors: one for each sensor of the setup.
        reps: in the order they were done.
        events: all events but blocks.
        records: number of records used.
        duration_s: session time of the last record or the last row, whichever is later.
        answers: what the person answered or typed.
    """

    sensors: tuple[SensorOutcome, ...]
    reps: tuple[Rep, ...]
    events: tuple[Event, ...]
    records: int
    duration_s: float
    answers: Mapping[str, Json]


def compute(records: Iterable[Record], setup: SessionSetup, on_block: Callable[[Block], None]) -> Outcome:
    """Run records through a fresh engine.

    Args:
        records: of the session, in order.
        setup: it was recorded with.
        on_block: gets every block of rows, for each sensor in time order.

    Returns:
        Everything but the rows.

    Raises:
        UserError: the orientation filter of the setup is not installed.
        SpecError: the spec of a sensor is refused.
    """
    engine = Engine(setup)
    events: list[Event] = []
    rows = [0] * len(setup.sensors)
    answers: dict[str, Json] = {}
    count, first_ns, last_ns, last_row_s = 0, None, 0, 0.0
    for block in _blocks(records):
        first_ns = block[0].host_time_ns if first_ns is None else first_ns
        last_ns = block[-1].host_time_ns
        count += len(block)
        for record in block:
            if isinstance(record, Input) and record.action in ANSWER_ACTIONS:
                answers.update(_answer(record))
        for event in engine.push_many(block):
            if not isinstance(event, Block):
                events.append(event)
            elif len(event.samples):
                rows[event.sensor or 0] += len(event.samples)
                last_row_s = max(last_row_s, float(event.samples.time_s[-1]))
                on_block(event)
    mountings: list[list[Mounting]] = [[] for _ in setup.sensors]
    for event in events:
        if isinstance(event, MountingSet):
            mountings[event.sensor or 0].append(event.mounting)
    return Outcome(
        sensors=tuple(
            SensorOutcome(
                sensor.side, rows[index], tuple(mountings[index]), tuple(engine.ledger(index)), dict(engine.info(index))
            )
            for index, sensor in enumerate(setup.sensors)
        ),
        reps=tuple(event.rep for event in events if isinstance(event, RepDone)),
        events=tuple(events),
        records=count,
        duration_s=max(last_row_s, (last_ns - (first_ns or 0)) * 1e-9 if count else 0.0),
        answers=answers,
    )


def _blocks(records: Iterable[Record]) -> Iterator[list[Record]]:
    source = iter(records)
    while block := list(islice(source, BLOCK_RECORDS)):
        yield block


def _answer(record: Input) -> dict[str, Json]:
    try:
        value = parse_json(record.value)
    except FileError:
        value = record.value  # no JSON: keep the words as they came
    return value if isinstance(value, dict) else {record.action: value}


class EndedStream:
    """Records with the end mark that a killed recording lacks; then ``was_open`` says whether one was added."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.was_open = False

    def __iter__(self) -> Iterator[Record]:
        """Yield the records, and a Flush at the time of the last one where none ends them."""
        last: Record | None = None
        for last in self._records:
            yield last
        self.was_open = not isinstance(last, Flush)
        if last is not None and self.was_open:
            yield Flush(last.order + 1, last.host_time_ns, None)
