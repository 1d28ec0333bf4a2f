"""The course of a session on the page: questions, strap, countdown, session, end; and what the person asks for.

In: requests from pages, in the server's thread; events from the session, in its own. Out: commands for the session,
messages to the pages. Must not live here: what answers mean, the session, the server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.safety import (
    EXCLUSIONS,
    MOST_PAIN,
    PAIN_SITE_TEXTS,
    PURPOSE,
    STOP_SIGNS,
    SafetyAnswers,
    judge,
    read_answers,
)
from sensor_pipeline.types import Event, Json, RepDone, Side, Targets
from sensor_pipeline.web.commands import SESSION, Request
from sensor_pipeline.web.messages import Message, targets_body

if TYPE_CHECKING:
    from pathlib import Path

    from sensor_pipeline.web.feed import Feed

COUNTDOWN_S: Final = 3.0
"""From the button to the session: time to put the hands on the wall."""
_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Undone:
    """A repetition that the person took back."""

    side: Side
    rep: int


class Desk:
    """Between the pages and one session.

    Args:
        countdown_s: between the start button and the session.
    """

    def __init__(self, *, countdown_s: float = COUNTDOWN_S) -> None:
        self.answers: SafetyAnswers | None = None
        self.push = True
        self.refused = ""
        self.undone: list[Undone] = []
        self.obey: Callable[[Request], object] | None = None  # does what is asked at once, in the server's thread
        self._countdown_s = countdown_s
        self._phase = "gate"
        self._feed: Feed | None = None
        self._go = threading.Event()
        self._commands: SimpleQueue[Request] = SimpleQueue()
        self._reps: list[tuple[int | None, RepDone]] = []

    def open(self, feed: Feed) -> None:
        """Show the safety questions."""
        self._feed = feed
        self._show("gate", gate=gate_body())

    def request(self, request: Request) -> str:
        """Do what a page asks for; returns why not, "" = it is done."""
        if request.do == "hurts-stop" and self._phase in ("gate", "strap", "countdown"):
            self.refused = STOP_SIGNS
            self._show("refused", say=STOP_SIGNS)
            self._go.set()
            return ""
        if request.do == "answers" and self._phase in ("gate", "refused"):
            return self._answered(request.value)
        if request.do == "start" and self._phase == "strap":
            self._show("countdown", seconds=self._countdown_s)
            self._go.set()
            return ""
        if request.do == "undo" and self._phase == "live":
            return self._undo()
        if request.do in SESSION and self._phase == "live":
            if self.obey is not None:
                self.obey(request)
            else:
                self._commands.put(request)
            return ""
        return "not now"

    def wait(self) -> bool:
        """Wait until the person starts; False where it hurts before that."""
        while not self._go.wait(_LOOK_S):
            pass
        if not self.refused:
            threading.Event().wait(self._countdown_s)
        return not self.refused

    def commands(self) -> list[Request]:
        """What was asked of the session since the last call."""
        found: list[Request] = []
        while True:
            try:
                found.append(self._commands.get_nowait())
            except Empty:
                return found

    def skip(self, push: bool) -> None:
        """The questions were answered elsewhere: go on with the strap."""
        self.push = push
        self._show("strap", say=STOP_SIGNS, push=push)

    def live(self, targets: Targets) -> None:
        """Show the live view, with what the set asks for after the answers."""
        self._show("live", targets=targets_body(targets), push=self.push)

    def events(self, events: Sequence[Event], now_s: float | None) -> None:
        """Pass events on to the pages."""
        self._reps += [(event.sensor, event) for event in events if isinstance(event, RepDone)]
        if self._feed is not None:
            self._feed.publish(events, now_s)

    def ended(self, summary: Mapping[str, Json]) -> None:
        """Show the end: what was stored."""
        self._show("ended", **summary)

    def _answered(self, value: Json) -> str:
        try:
            answers = read_answers(value)
        except UserError as error:
            return str(error)
        found = judge(answers)
        self.answers, self.push = answers, found.push
        if found.load:
            self._show("strap", say=found.say, push=found.push)
        else:
            self._show("refused", say=found.say)
        return ""

    def _undo(self) -> str:
        if not self._reps:
            return "there is no repetition to take back"
        sensor, event = self._reps.pop()
        self.undone.append(Undone(event.rep.side, event.rep.rep))
        self._post(Message({"k": "undone", "s": sensor, "rep": event.rep.rep}, "+undone"))
        return ""

    def _show(self, phase: str, **rest: Json) -> None:
        self._phase = phase
        self._post(Message({"k": "phase", "phase": phase, **rest}, "phase"))

    def _post(self, message: Message) -> None:
        if self._feed is not None:
            self._feed.post(message)


def gate_body() -> dict[str, Json]:
    """The safety questions as the page asks them."""
    return {
        "purpose": PURPOSE,
        "stop_signs": STOP_SIGNS,
        "exclusions": [{"id": one.id, "text": one.text} for one in EXCLUSIONS],
        "most_pain": MOST_PAIN,
        "sites": [{"id": name, "text": text} for name, text in PAIN_SITE_TEXTS.items()],
    }


def take_back(path: Path, undone: Sequence[Undone]) -> None:
    """Keep as edits what the person took back: what was measured stays.

    Raises:
        FileError: the session is not finished, or damaged.
    """
    if undone:
        from sensor_pipeline.recording.edit_actions import Editor

        editor = Editor(path)
        for one in undone:
            editor.delete(one.rep, one.side, reason="taken back on the page")
