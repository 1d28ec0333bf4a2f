"""``dorsi record --web``: the page beside a recording: its questions before it, its view during it, its buttons.

In: a plan, a recording's events. Out: the plan with the answers, commands for the recording. Must not live here: the
server, the recording, what answers mean.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final

from sensor_pipeline.cli.recording.commands import ACTIONS, Command
from sensor_pipeline.cli.web_desk import Desk, take_back
from sensor_pipeline.cli.web_options import announce
from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.coach import FAULT_WORDS, PUSHING_FAULTS
from sensor_pipeline.web.messages import Message, targets_body

if TYPE_CHECKING:
    from sensor_pipeline.ble.status import LinkStatus
    from sensor_pipeline.cli.recording.plan import Ended, Plan
    from sensor_pipeline.cli.recording.session import Recording
    from sensor_pipeline.cli.web_options import WebOptions
    from sensor_pipeline.types import Event, Json, Side
    from sensor_pipeline.web.commands import Request

FAREWELL_S: Final = 1.5
"""The page needs so long at most to be told of the end."""


class RecordPage:
    """The page of a recording: an outlet of each of its sessions. Use it in a ``with`` block.

    Args:
        options: of the page.
        plan: of the first session.
        sides: legs with a sensor.
    """

    def __init__(self, options: WebOptions, plan: Plan, sides: Sequence[Side]) -> None:
        self._options = options
        self._desk = Desk()
        self._server = options.server(_info(plan, sides), self._desk.request)
        self._recording: Recording | None = None
        self._plan = plan

    def __enter__(self) -> RecordPage:
        self._server.__enter__()
        self._desk.open(self._server.feed)
        announce(self._server, self._options)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            time.sleep(FAREWELL_S)
        self._server.__exit__(kind, error, trace)

    def gate(self, plan: Plan) -> Plan:
        """Wait for the answers and for the start on the page; a plan that has answers needs only the start.

        Raises:
            UserError: it hurt before it began.
        """
        if plan.answers is not None:
            self._desk.skip(plan.push)
        if not self._desk.wait():
            raise UserError(f"nothing was recorded. {self._desk.refused}")
        return plan if plan.answers is not None else replace(plan, answers=self._desk.answers, push=self._desk.push)

    def bind(self, recording: Recording, plan: Plan) -> None:
        """Show this session from now on, and let the page steer it; call it in the recording's event loop."""
        loop = asyncio.get_running_loop()
        self._recording, self._plan = recording, plan
        self._desk.push = plan.push

        def obey(request: Request) -> None:
            for action in ACTIONS:
                if action == request.do:
                    loop.call_soon_threadsafe(recording.command, Command(action, request.value))

        self._desk.obey = obey
        self._server.hub.info.update(_info(plan, [one.side for one in plan.wanted]))
        self._server.spawn(self._anew())
        self._desk.live(plan.setup.targets)

    async def _anew(self) -> None:
        self._server.feed.rewind(())

    # an outlet

    def begun(self, session: str, path: str) -> None:
        """Nothing to show: the session is named at the end."""

    def events(self, events: Sequence[Event]) -> None:
        """Show what the engine found."""
        self._desk.events(events, None if self._recording is None else self._recording.now_s)

    def status(self, sensor: int, status: LinkStatus) -> None:
        """Show a link."""
        body: dict[str, Json] = {"k": "status", "s": sensor, "state": status.state, "rate_hz": status.rate_hz}
        body |= {"lost": status.lost, "battery": status.battery, "advice": status.advice}
        self._server.feed.post(Message(body, f"status:{sensor}"))

    def alarm(self, key: str, text: str) -> None:
        """Show what is wrong with the recording itself."""
        self._server.feed.post(Message({"k": "alarm", "key": key, "text": text}, f"alarm:{key}"))

    def ended(self, ended: Ended, code: int) -> None:
        """Show the end; what the person took back becomes edits."""
        if ended.path is not None and ended.report is not None:
            take_back(ended.path, self._desk.undone)
        self._desk.undone.clear()
        self._desk.ended({"session": None if ended.path is None else ended.path.name, "reason": ended.reason})


def _info(plan: Plan, sides: Sequence[Side]) -> dict[str, Json]:
    return {
        "mode": "live",
        "sensors": [{"side": side} for side in sides],
        "targets": targets_body(plan.setup.targets),
        "push": plan.push,
        "person": plan.person,
        "simulated": plan.simulated,
        "faults": FAULT_WORDS,
        "pushing": sorted(PUSHING_FAULTS),
    }
