"""One session while it is recorded: from the first connection to the stored files.

In: a plan, a radio, commands. Out: a session in the library, events to the outlets, what came of it. Must not live
here: keys, screens, questions, the radio's work, what the engine does.

Nothing is made on disk before a sensor sends data: what was read until then (serial, battery) is kept in memory, and a
sensor with an empty battery is refused without leaving a session behind. From the first data on every record is
journalled before it is used. When the journal cannot be written any more (the disk is full), recording stops and says
so; the feedback goes on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.log import ConnectionLog
from sensor_pipeline.ble.source import LiveSource
from sensor_pipeline.cli.live_view import LOW_BATTERY
from sensor_pipeline.cli.recording.commands import ENDS, RECORDED, Command
from sensor_pipeline.cli.recording.log_file import LogFile
from sensor_pipeline.cli.recording.outlets import battery_text
from sensor_pipeline.cli.recording.plan import Ended
from sensor_pipeline.errors import DorsiError, FileError
from sensor_pipeline.protocols.safety import ANSWER_KEY
from sensor_pipeline.recording.live import take
from sensor_pipeline.types import BatteryLevel, Cue, Event, Flush, Link, Notification, Record, Tick

if TYPE_CHECKING:
    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.ble.status import LinkStatus
    from sensor_pipeline.cli.recording.outlets import Outlet
    from sensor_pipeline.cli.recording.plan import Plan
    from sensor_pipeline.engine import Engine
    from sensor_pipeline.recording.finish import FinishReport
    from sensor_pipeline.recording.recorder import SessionWriter

STATUS_S: Final = 0.5
"""Between two looks at the links: as often as a person can read."""
REFUSE_WITHIN_S: Final = 10.0
"""Some sensors tell their battery only while they stream: told so early, an empty one still ends the session."""
NOT_HEARD: Final = "no sensor was found"
TIME_OVER: Final = "s are over"
SET_DONE: Final = "the set is done"
BARRED: Final = "the safety answers take it out"
NS_PER_S: Final = 1e9


class Recording:
    """One session.

    Args:
        plan: what it is to be.
        outlets: where it is seen.
        clock_ns: monotonic time of the records.
    """

    def __init__(self, plan: Plan, outlets: Sequence[Outlet], clock_ns: Callable[[], int]) -> None:
        self._plan = plan
        self._outlets = tuple(outlets)
        self._clock_ns = clock_ns
        self._setup = plan.setup
        self._log_file = LogFile()
        self._log = ConnectionLog(self._log_file.line)
        self._source: LiveSource | None = None
        self._engine: Engine | None = None
        self._writer: SessionWriter | None = None
        self._keeping = False  # False before the first data, and again when the disk fails
        self._early: list[Record] = []  # before the first data
        self._asked = False  # the session's own inputs were pushed
        self._data_keys = [frozenset(p.char for p in one.spec.stream(one.stream).packets) for one in plan.wanted]
        self._data_s: list[float] = []  # when each sensor last sent data
        self._status_s = 0.0
        self._seen: list[LinkStatus | None] = [None] * len(plan.wanted)  # each link at the last look
        self._zero_ns = self._begun_ns = 0  # of the first record, of the first data
        self._sets_done: set[int] = set()
        self._batteries: set[int] = set()  # sensors whose battery is known
        self._reason: str | None = None
        self._following: Command | None = None
        self._problems: list[str] = []
        self._alarms: dict[str, str] = {}
        self.paused = False

    # what is asked of it

    def command(self, command: Command) -> str:
        """Do what the person, or a program, asks for.

        Returns:
            Why not, "" = it is done.
        """
        if self._source is None or self._reason is not None:
            return "the session is over"
        if self._engine is None and command.action not in ENDS:
            return "the session has not begun: no sensor sends data yet"
        if command.action in RECORDED - {"stop"}:
            self._source.push_input(command.action, json.dumps(command.value))
        if command.action in ("pause", "resume"):
            self.paused = command.action == "pause"
        if command.action in ENDS:
            if command.action in ("side", "person"):
                self._following = command
            self.end(_REASONS[command.action])
        return ""

    def end(self, reason: str) -> None:
        """End the session: STOP, disconnect, store. The first reason counts."""
        if self._reason is not None:
            return
        self._reason = reason
        if self._source is not None:
            self._source.push_input("stop", json.dumps(reason))
            self._source.stop()

    # life

    async def run(self, radio: Maker) -> Ended:
        """Record until something ends the session, then store it.

        Args:
            radio: where the sensors are.

        Returns:
            What came of it; the outlets have not been told yet.
        """
        loop = asyncio.get_running_loop()
        self._data_s = [loop.time()] * len(self._plan.wanted)
        try:
            async with LiveSource(radio, self._plan.wanted, clock_ns=self._clock_ns, log=self._log) as source:
                self._source = source
                if self._reason is not None:  # stopped before it began
                    source.stop()
                async for record in source:
                    self._take(record)
                    self._watch(record, loop.time())
            self._judge(source)
        finally:
            report = self._store()
            if self._writer is None:
                self._log_file.open_in(self._plan.library)
            self._log_file.close()
        return Ended(
            self._reason or "the radio ended it",
            None if self._writer is None else self._writer.path,
            report,
            tuple(self._problems),
            tuple(
                f"{one.side}: {seen.advice}"
                for one, seen in zip(self._plan.wanted, self._seen, strict=True)
                if seen is not None and seen.state == "streaming" and seen.advice
            ),
            self._following,
        )

    @property
    def now_s(self) -> float:
        """Session time now; 0 before the first data."""
        return (self._clock_ns() - self._zero_ns) / NS_PER_S if self._engine is not None else 0.0

    @property
    def log_path(self) -> str:
        """Where the connection log is."""
        return str(self._log_file.path)

    # records

    def _take(self, record: Record) -> None:
        if self._engine is not None:
            self._use(record)
            return
        if isinstance(record, Tick | Flush):
            return  # nothing has begun: there is nothing that time could move
        if isinstance(record, Link) and record.state == "lost":  # what it said of itself will be read again
            self._early = [one for one in self._early if one.sensor != record.sensor]
            return
        self._early.append(record)
        if isinstance(record, Link) and not self._asked:
            self._push_own_inputs()
        if self._is_data(record) and self._reason is None and self._may_begin():
            self._begin(record)

    def _push_own_inputs(self) -> None:
        """Push the session's own inputs at the first connection: before any data, where a sensor waits for START."""
        self._asked = True
        if self._source is None:
            return
        self._source.push_input("start")
        if self._plan.answers is not None:
            self._source.push_input("answer", json.dumps({ANSWER_KEY: self._plan.answers.document()}))
        if self._plan.said:
            self._source.push_input("answer", json.dumps(dict(self._plan.said)))

    def _is_data(self, record: Record) -> bool:
        return (
            isinstance(record, Notification)
            and record.sensor is not None
            and record.characteristic in self._data_keys[record.sensor]
        )

    def _may_begin(self) -> bool:
        """Whether the batteries allow a recording; otherwise it ends here."""
        if self._source is None:
            return True
        for index, one in enumerate(self._plan.wanted):
            percent = self._source.status(index).battery
            if percent is not None:
                self._refuse_battery(one.side, percent)
        return self._reason is None

    def _refuse_battery(self, side: str, percent: float) -> None:
        if percent < LOW_BATTERY and not self._plan.force:
            self._problems.append(f"{side}: battery {percent:.0f} %: charge it first; --force records all the same")
            self.end("battery too low")

    def _begin(self, first_data: Record) -> None:
        from sensor_pipeline.engine import Engine
        from sensor_pipeline.recording.recorder import SessionWriter

        plan = self._plan
        self._engine = Engine(self._setup)
        try:
            self._writer = SessionWriter.create(
                plan.library,
                self._setup,
                person=plan.person,
                simulated=plan.simulated,
                visit=plan.visit,
                strap=plan.strap,
            )
        except DorsiError as error:
            self._engine = None
            self._problems.append(str(error))
            self.end("the session could not be made")
            return
        self._keeping = True
        self._begun_ns = first_data.host_time_ns
        self._zero_ns = self._early[0].host_time_ns
        self._log_file.open_in(self._writer.path)
        for outlet in self._outlets:
            outlet.begun(self._writer.id, str(self._writer.path))
        for record in self._early:
            self._use(record)
        self._early.clear()

    def _use(self, record: Record) -> None:
        """Journal a record, then use it; where it cannot be journalled, use it all the same and say so."""
        if self._engine is None:
            return
        events: list[Event] = []
        try:
            take(record, self._engine, self._writer if self._keeping else None, events.extend)
        except FileError as error:
            self._keeping = False
            at_s = (record.host_time_ns - self._zero_ns) / NS_PER_S
            self._problems.append(f"recording stopped at {at_s:.1f} s: {error}")
            self._alarm("disk", f"NOT RECORDED ANY MORE since {at_s:.1f} s: {error}")
            take(record, self._engine, None, events.extend)
        if events:
            self._follow(events)
            for outlet in self._outlets:
                outlet.events(events)

    def _follow(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, BatteryLevel) and event.sensor is not None:
                side = self._plan.wanted[event.sensor].side
                self._alarm(f"battery-{side}", battery_text(side, event.percent))
                if event.sensor not in self._batteries and event.time_s < REFUSE_WITHIN_S:
                    self._refuse_battery(side, event.percent)
                self._batteries.add(event.sensor)
            elif isinstance(event, Cue) and event.cue == "set_done" and event.sensor is not None:
                self._sets_done.add(event.sensor)
            elif isinstance(event, Cue) and event.cue == "barred":
                self.end(f"{BARRED}: {event.text}")
        if len(self._sets_done) >= self._plan.sets:
            self.end(SET_DONE)

    def _alarm(self, key: str, text: str) -> None:
        if self._alarms.get(key, "") != text:
            self._alarms[key] = text
            for outlet in self._outlets:
                outlet.alarm(key, text)

    # time

    def _watch(self, record: Record, now_s: float) -> None:
        """Look at what time brings; called with every record, and a Tick comes in silence."""
        plan = self._plan
        if record.sensor is not None and isinstance(record, Notification):
            self._data_s[record.sensor] = now_s
        if now_s - self._status_s >= STATUS_S:
            self._status_s = now_s
            self._look()
        begun = self._engine is not None and plan.duration_s is not None
        if begun and (record.host_time_ns - self._begun_ns) / NS_PER_S >= (plan.duration_s or 0.0):
            self.end(f"{plan.duration_s:g} {TIME_OVER}")
        if now_s - max(self._data_s) >= plan.wait_s:
            self.end(NOT_HEARD if self._engine is None else f"no sensor has sent anything for {plan.wait_s:g} s")

    def _look(self) -> None:
        if self._source is None or self._reason is not None:  # what a link that is being ended says is no news
            return
        for index in range(len(self._plan.wanted)):
            status = self._source.status(index)
            self._seen[index] = status
            for outlet in self._outlets:
                outlet.status(index, status)

    # the end

    def _judge(self, source: LiveSource) -> None:
        """Collect what went wrong on the way."""
        if self._reason == NOT_HEARD:
            self._problems += [
                f"{one.side}: {(seen.advice if seen is not None else '') or 'it was never heard'}"
                for one, seen in zip(self._plan.wanted, self._seen, strict=True)
            ]
        elif self._engine is not None:
            self._problems += [f"at the end not there: {sentence}" for sentence in source.unreturned]
        if source.dropped:
            self._problems.append(f"{source.dropped} notifications were dropped: this computer was too slow")
        if not self._log_file.whole:
            self._problems.append("the connection log is incomplete: it could not be written")

    def _store(self) -> FinishReport | None:
        """Turn the journal into the session's files."""
        if self._writer is None:
            return None
        try:
            report = self._writer.finish()
        except DorsiError as error:
            self._problems.append(
                f"not finished: {error}; the journal holds what was received: run 'dorsi recover {self._writer.id}'"
            )
            return None
        if report.lost_samples:
            self._problems.append(f"{report.lost_samples} samples were lost on the way")
        elif report.gaps:
            self._problems.append(f"{report.gaps} gap{'' if report.gaps == 1 else 's'} in the data")
        if report.damaged_spans:
            self._problems.append(f"{report.damaged_spans} places of the journal could not be read")
        return report


_REASONS: Final = {
    "stop": "stopped",
    "hurts-stop": "it hurts",
    "side": "changed to the other leg",
    "person": "changed to another person",
}
