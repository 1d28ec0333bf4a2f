"""One set by the clock: what a sensor on the shin cannot see is timed, and called so.

In: the guide's deadlines. Out: what it tells the guide to say. Must not live here: safety, pauses, legs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sensor_pipeline.protocols import guide_words as words
from sensor_pipeline.protocols.sets import tick_times
from sensor_pipeline.types import Event, Rep

if TYPE_CHECKING:
    from sensor_pipeline.protocols.guide import Guide

LEAD_S: Final = 5.0
"""To get into position before a timer starts (own choice)."""


class TimerSet:
    """By the clock: what a sensor on the shin cannot see is timed, and called so."""

    def __init__(self, guide: Guide) -> None:
        """Args: who speaks, and knows protocol and dose."""
        self.guide = guide
        dose = guide.dose
        self._work_s = dose.hold_s if dose.hold_s is not None else dose.pace_s or 0.0
        self._paced = dose.hold_s is None
        self._rounds = (dose.reps or 1) * dose.sets
        self._done = 0
        self._direction = 0
        self._since_s: float | None = None

    def begin(self) -> None:
        """Say what to do, and start after the time to get into position."""
        protocol = self.guide.protocol
        lead = f"{protocol.words.begin} " if protocol.words.begin else ""
        self.guide.tell("ready", f"{lead}{words.TIMER_NOTE}", LEAD_S)
        self.guide.tell_direction(self._direction)
        self.guide.set_due(self.guide.now_s + LEAD_S, "go")

    def due(self, name: str) -> None:
        """The clock has come to a point of the set."""
        guide = self.guide
        if name == "go":
            self._since_s = guide.now_s
            if self._paced and self._done:
                guide.set_due(guide.now_s + self._work_s, "over")
                return
            guide.tell("go", guide.protocol.words.move or "Go.", self._work_s)
            if not self._paced:
                for second in tick_times(self._work_s):
                    guide.set_due(guide.now_s + second, "tick")
            guide.set_due(guide.now_s + self._work_s, "over")
        elif name == "tick" and self._since_s is not None:
            left_s = round(self._since_s + self._work_s - guide.now_s, 3)
            guide.tell("hold_tick", f"{left_s:g}", left_s)
        elif name == "over":
            self._over()

    def skip(self) -> None:
        """Enough of this one: the next."""
        self.guide.drop_dues()
        self.guide.tell("shortened", "Shortened.", float(self._done))
        self._over()

    def pause(self) -> None:
        """The interval under way begins anew after it."""
        self.guide.drop_dues()

    def resume(self) -> None:
        """Go on after a pause."""
        self.guide.set_due(self.guide.now_s + LEAD_S, "go")

    def hear(self, event: Event) -> None:
        """Nothing that the sensor sees matters."""

    def rep(self, rep: Rep) -> None:
        """A repetition seen while the clock counts is none of this set's."""

    def answer(self, touched: bool) -> None:
        """Nothing is asked."""

    def _over(self) -> None:
        guide, dose = self.guide, self.guide.dose
        self._done += 1
        self._since_s = None
        if self._paced:
            guide.tell("paced", str(self._done), float(self._done))
        else:
            guide.tell("hold_done", guide.protocol.words.back or "Done.", self._work_s)
        if self._done < self._rounds:
            rest_s = dose.rest_s or 0.0
            if rest_s:
                guide.tell("rest", f"Rest {rest_s:g} s.", rest_s)
            if self._paced and not rest_s:
                self.due("go")
            else:
                guide.set_due(guide.now_s + rest_s, "go")
        elif self._direction + 1 < len(dose.directions):
            self._direction += 1
            self._done = 0
            self.guide.tell_direction(self._direction)
            guide.set_due(guide.now_s + LEAD_S, "go")
        else:
            guide.finish(float(self._rounds))
