"""A recording as a stream of JSON lines, for other programs.

In: what happens. Out: one JSON object a line, each written at once. Must not live here: anything that is not said
elsewhere in the session.

Every object has ``event``. Objects from the engine have ``time_s`` (session time), ``sensor`` (index, null = the
session) and ``side``, and the fields of the class in :mod:`sensor_pipeline.types` that they are named after, in snake
case; fields may be added, none is renamed or removed within one ``schema``:

==================  ==================================================================================================
session             first: ``schema``, ``session``, ``path``, ``person``, ``visit``, ``simulated``, ``sensors``:
                    [{side, spec, rate_hz}], ``targets``
angle               the newest angle: ``dorsiflexion_deg`` (null = not known yet), ``tilt_only``; one a packet
status              a link, at most twice a second: ``state``, ``rate_hz``, ``lost``, ``battery``, ``rssi``,
                    ``advice``, ``reconnects``
cue                 the coach: ``cue`` (stable id), ``text``, ``value``
(the other events)  rep_started, hold_started, hold_ended, rep_rejected, mounting_set, mounting_refused, gap,
                    link_changed, battery_level, bad_packet, stale_packet, sensor_restarted
rep_done            ``rep``: an object with the columns of reps.parquet
alarm               ``key``, ``text``: the recording itself is in trouble; an empty text ends it
refused             a line on standard input was no command: ``line``, ``reason``
ask                 a question waits for its answer, before and between sessions: ``question`` (its id), ``text``,
                    ``kind`` (safety, number, scale, choice, yes_no, ready), ``lo``, ``hi``, ``choices``,
                    ``optional``, ``known`` (the earlier answer, to confirm)
step, outcome       of a programme: what begins, and what became of it (done, shortened, skipped), with ``step``,
                    ``protocol``, ``leg``; between them the sessions, and the cues of what runs by the clock
move, rest          of a programme: the sensor goes to the other ``leg``; a rest of ``rest_s``
suggestion          of a programme: what a source suggests for an answer: ``question``, ``choice``
visit_ended         of a programme, the very last: ``visit``, ``path`` (of its file), ``reason``, ``exit_code``
ended               last of a session: ``session``, ``path``, ``reason``, ``exit_code``, ``problems``, ``notes``,
                    ``records``, ``samples``, ``reps``, ``lost_samples``
==================  ==================================================================================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final, TextIO

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.types import Block, Event, Flag, Json

if TYPE_CHECKING:
    from sensor_pipeline.ble.status import LinkStatus
    from sensor_pipeline.cli.recording.plan import Ended, Plan

SCHEMA: Final = 1
_STATUS_FIELDS: Final = ("state", "rate_hz", "lost", "battery", "rssi", "advice", "reconnects")
_REPORT_FIELDS: Final = ("records", "samples", "reps", "lost_samples")


class JsonLines:
    """Writes the lines.

    Args:
        out: where.
        plan: of the session.
        on_gone: called once when nobody reads any more.
    """

    def __init__(self, out: TextIO, plan: Plan, on_gone: Callable[[], None]) -> None:
        self._out: TextIO | None = out
        self._plan = plan
        self._on_gone = on_gone

    def begun(self, session: str, path: str) -> None:
        """Write the ``session`` line."""
        plan = self._plan
        targets = plan.setup.targets
        self._line(
            event="session",
            schema=SCHEMA,
            session=session,
            path=path,
            person=plan.person,
            visit=plan.visit,
            simulated=plan.simulated,
            sensors=[{"side": one.side, "spec": one.spec.id, "rate_hz": one.asked_hz} for one in plan.wanted],
            targets={name.name: getattr(targets, name.name) for name in fields(targets)},
        )

    def events(self, events: Sequence[Event]) -> None:
        """Write a line for each event."""
        from sensor_pipeline.recording.dataclass_json import to_json

        for event in events:
            head = {"time_s": event.time_s, "sensor": event.sensor, "side": self._side(event.sensor)}
            if isinstance(event, Block):
                head["time_s"] = float(event.samples.time_s[-1])
                known = bool(event.angles.has_dorsiflexion[-1])
                angle_deg = float(event.angles.dorsiflexion_rad[-1]) * DEG_PER_RAD if known else None
                tilt_only = bool(event.samples.flags[-1] & Flag.TILT_ONLY)
                self._line(event="angle", **head, dorsiflexion_deg=angle_deg, tilt_only=tilt_only)
                continue
            name = snake_case(type(event).__name__)
            rest = {f.name: to_json(getattr(event, f.name), f.name) for f in fields(event) if f.name not in _HEAD}
            self._line(event=name, **head, **rest)

    def status(self, sensor: int, status: LinkStatus) -> None:
        """Write a ``status`` line."""
        rest = {name: getattr(status, name) for name in _STATUS_FIELDS}
        self._line(event="status", sensor=sensor, side=self._side(sensor), **rest)

    def alarm(self, key: str, text: str) -> None:
        """Write an ``alarm`` line."""
        self._line(event="alarm", key=key, text=text)

    def refused(self, line: str, reason: str) -> None:
        """Write a ``refused`` line."""
        self._line(event="refused", line=line[:200], reason=reason)

    def ended(self, ended: Ended, code: int) -> None:
        """Write the ``ended`` line."""
        report = ended.report
        self._line(
            event="ended",
            session=None if ended.path is None else ended.path.name,
            path=None if ended.path is None else str(ended.path),
            reason=ended.reason,
            exit_code=code,
            problems=list(ended.problems),
            notes=list(ended.notes),
            **{name: None if report is None else getattr(report, name) for name in _REPORT_FIELDS},
        )

    def _side(self, sensor: int | None) -> str | None:
        return None if sensor is None else self._plan.wanted[sensor].side

    def _line(self, **values: Json) -> None:
        if self._out is None:
            return
        try:
            self._out.write(json.dumps(values, allow_nan=False) + "\n")
            self._out.flush()
        except (OSError, ValueError):  # ValueError: closed
            self._out = None
            self._on_gone()


_HEAD: Final = frozenset(item.name for item in fields(Event))


def snake_case(name: str) -> str:
    """``RepDone`` as ``rep_done``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
