"""One set of movements on one leg: prompted, held, counted.

In: the guide's events and deadlines. Out: what it tells the guide to say. Must not live here: safety, pauses, mounting,
legs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from sensor_pipeline.protocols import guide_words as words
from sensor_pipeline.protocols.coach import FAULT_WORDS, PUSHING_FAULTS
from sensor_pipeline.types import Event, HoldEnded, HoldStarted, Rep, RepRejected

if TYPE_CHECKING:
    from sensor_pipeline.protocols.guide import Guide

EVERY_S: Final = 10.0
LAST_S: Final = 3.0
"""A long hold is counted every ten seconds, its last three one by one; up to ten seconds every one (own choice)."""
HOLD_DUES: Final = ("tick", "hold_done")


def tick_times(duration_s: float) -> tuple[float, ...]:
    """Whole seconds of a hold at which the time left is said."""
    whole = range(1, math.ceil(duration_s))
    if duration_s <= EVERY_S:
        return tuple(float(second) for second in whole)
    return tuple(float(s) for s in whole if s % EVERY_S == 0 or duration_s - s <= LAST_S)


class MovingSet:
    """A set of movements that the sensor sees: it is prompted, held and counted."""

    def __init__(self, guide: Guide) -> None:
        """Args: who speaks, and knows protocol and dose."""
        self.guide = guide
        self._hold_s: float | None = None  # asked-for hold under way: since when

    def begin(self) -> None:
        """The zero is taken: say what to do."""
        guide = self.guide
        guide.tell("descend", f"{guide.protocol.words.begin or words.BEGIN} {guide.move}")

    def hear(self, event: Event) -> None:
        """Follow holds and rejected candidates."""
        guide, hold_s = self.guide, self.guide.dose.hold_s
        if isinstance(event, HoldStarted) and hold_s is not None and guide.push:
            self._hold_s = event.since_s
            guide.tell("hold", "Hold.", hold_s)
            for second in tick_times(hold_s):
                guide.set_due(event.since_s + second, "tick")
            guide.set_due(event.since_s + hold_s, "hold_done")
        elif isinstance(event, HoldEnded):
            self.stop_clock()
        elif isinstance(event, RepRejected):
            guide.tell("not_counted", f"Not counted: {event.reason}.")

    def due(self, name: str) -> None:
        """A tick of the hold, or its end."""
        guide = self.guide
        hold_s = guide.dose.hold_s or 0.0
        if name == "tick" and self._hold_s is not None:
            left_s = round(self._hold_s + hold_s - guide.now_s, 3)
            guide.tell("hold_tick", f"{left_s:g}", left_s)
        elif name == "hold_done":
            guide.tell("hold_done", guide.protocol.words.back or words.BACK, hold_s)
            self._hold_s = None

    def stop_clock(self) -> None:
        """The hold is over, or interrupted."""
        self._hold_s = None
        self.guide.drop_dues(*HOLD_DUES)

    def pause(self) -> None:
        """Nothing is said until :meth:`resume`."""
        self.stop_clock()

    def resume(self) -> None:
        """Go on after a pause: the next movement shows it."""

    def skip(self) -> None:
        """The person goes on to the next one."""
        self.stop_clock()
        self.guide.tell("next_try", "Next try: stand tall first.")

    def answer(self, touched: bool) -> None:
        """Whether the knee touched the wall: only a search asks."""

    def rep(self, rep: Rep) -> None:
        """A repetition was counted."""
        raise NotImplementedError

    def faults(self, rep: Rep) -> None:
        """Say the faults that this protocol judges."""
        guide = self.guide
        for fault in rep.faults:
            if fault in guide.protocol.watch.judged and (guide.push or fault not in PUSHING_FAULTS):
                guide.tell(fault, FAULT_WORDS[fault])

    def praise(self, rep: Rep, best_deg: float | None) -> None:
        """Target reached or best so far: never for pain or a heel that may have lifted, nor for a rep not measured."""
        guide = self.guide
        if not guide.push or not rep.scored or "heel_lift" in rep.faults or guide.protocol.measured.angle == "none":
            return
        target = guide.targets.angle_deg
        if target is not None:
            if rep.peak_deg >= target:
                guide.tell("target_reached", "Target reached.", target)
        elif best_deg is not None and rep.peak_deg > best_deg:
            guide.tell("best", "Your best so far.", rep.peak_deg)


class RepSet(MovingSet):
    """Repetitions, counted: to the dose, for a time, or until the person stops."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._count = 0
        self._direction = 0
        self._best_deg: float | None = None
        self._until_s: float | None = None  # when the time of the set is over
        self._left_s: float | None = None  # of it, while paused

    def begin(self) -> None:
        """Say what to do; a set that lasts a time begins now."""
        super().begin()
        self.guide.tell_direction(self._direction)
        if self.guide.dose.total_s is not None and self._until_s is None:
            self._set_total(self.guide.dose.total_s)
        self.resume()

    def pause(self) -> None:
        """The time of the set stands still."""
        super().pause()
        if self._until_s is not None:
            self._left_s = self._until_s - self.guide.now_s
            self.guide.drop_dues("total")

    def resume(self) -> None:
        """The time of the set goes on."""
        if self._left_s is not None:
            self._set_total(self._left_s)
            self._left_s = None

    def rep(self, rep: Rep) -> None:
        """Count it."""
        guide, dose = self.guide, self.guide.dose
        self._count += 1
        guide.tell("rep_counted", str(self._count), float(self._count))
        self.faults(rep)
        if guide.protocol.way != "search":  # at a distance that the person keeps, the wall sets the angle
            self.praise(rep, self._best_deg)
        if rep.scored and "heel_lift" not in rep.faults:
            self._best_deg = rep.peak_deg if self._best_deg is None else max(self._best_deg, rep.peak_deg)
        if dose.reps is None or self._count < dose.reps * dose.sets:
            if dose.reps is not None and self._count % dose.reps == 0:
                guide.tell("rest", f"Set {self._count // dose.reps} of {dose.sets} done. Rest.")
            else:
                guide.tell("rest", words.REST if guide.push else words.REST_FREELY)
        else:
            self._next_direction()

    def due(self, name: str) -> None:
        """The time of the set is over."""
        if name == "total":
            self.guide.finish(float(self._count))
        else:
            super().due(name)

    def skip(self) -> None:
        """Another direction where there are several and no number decides; otherwise the next repetition."""
        dose = self.guide.dose
        if dose.directions and dose.reps is None:
            self.stop_clock()
            self._next_direction()
        else:
            super().skip()

    def _set_total(self, left_s: float) -> None:
        self._until_s = self.guide.now_s + left_s
        self.guide.set_due(self._until_s, "total")

    def _next_direction(self) -> None:
        self._direction += 1
        if self._direction >= max(1, len(self.guide.dose.directions)):
            self.guide.finish(float(self._count))
        else:
            self._count = 0
            self.guide.tell_direction(self._direction)
