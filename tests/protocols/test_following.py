"""Following: one order of records, events and deadlines, whatever the chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.protocols.following import Following
from sensor_pipeline.types import BatteryLevel, Cue, Event, Flush, Input, Record, Tick


class Echo(Following):
    """Says what it hears; an input sets a chain of deadlines, the first of which may be over already."""

    def greet(self) -> None:
        self.say("greet", "")

    def obey(self, record: Input) -> None:
        self.say(record.action, "")
        if record.action == "start":
            self.set_due(self.now_s + 0.7, "first")
            self.set_due(self.now_s + 0.7, "twin")
            self.set_due(self.now_s + 9.0, "dropped")
        else:
            self.drop_dues("dropped")

    def hear(self, event: Event) -> None:
        self.say("heard", "", event.time_s, event.sensor)

    def due(self, name: str) -> None:
        self.say(name, "")
        if name == "first":
            self.set_due(self.now_s + 0.1, "second")


def session() -> tuple[list[Record], list[Event]]:
    records: list[Record] = [Tick(i, round(i * 0.25e9), None) for i in range(60)]
    records[4] = Input(4, 1_000_000_000, None, "start")
    records[20] = Input(20, 5_000_000_000, None, "mark")
    records.append(Flush(60, 15_000_000_000, None))
    return records, [BatteryLevel(i, 0, i * 0.25 - 0.1, 50.0) for i in range(0, 60, 3)]


def run(cuts: list[int]) -> list[Event]:
    records, events = session()
    echo, out, begin = Echo(), [], 0
    for size in [*cuts, len(records)]:
        part = records[begin : begin + size]
        orders = {record.order for record in part}
        out += echo.follow(part, [event for event in events if event.order in orders], 0)
        begin += size
    return out


def test_a_deadline_fires_at_the_first_later_record_stamped_with_its_due_time() -> None:
    said = [(e.cue, e.time_s, e.order) for e in run([]) if isinstance(e, Cue) and e.cue != "heard"]
    assert said == [
        ("greet", 0.0, 0),
        ("start", 1.0, 4),
        ("first", 1.7, 7),
        ("twin", 1.7, 7),
        ("second", 1.7 + 0.1, 8),
        ("mark", 5.0, 20),
    ]


@given(st.lists(st.integers(1, 20), max_size=60))
def test_the_chunks_change_nothing(cuts: list[int]) -> None:
    assert run(cuts) == run([])


def test_it_waits_exactly_while_no_deadline_is_open() -> None:
    echo = Echo()
    assert not echo.waits
    echo.follow([Tick(0, 0, None)], [], 0)
    assert echo.waits
    echo.follow([Input(1, 0, None, "start")], [], 0)
    assert not echo.waits
    assert echo.follow([], [], 0) == []
    echo.follow([Flush(2, 0, None)], [], 0)
    assert echo.waits
