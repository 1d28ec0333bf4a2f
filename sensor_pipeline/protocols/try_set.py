"""Tries that count or are repeated in the same slot, and the knee-to-wall search that finds where they are done.

In: the guide's repetitions, answers and deadlines. Out: what it tells the guide to say. Must not live here: safety,
pauses, mounting, legs.

The search needs no hand: after a try the next lunge says "it touched, the foot went back", and standing still says "it
did not touch". An ``answer`` input (``{"touched": true}``) says the same at once. What the knee touches short of the
furthest distance is counted and never reported as range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sensor_pipeline.protocols import guide_words as words
from sensor_pipeline.protocols.coach import PUSHING_FAULTS
from sensor_pipeline.protocols.sets import MovingSet
from sensor_pipeline.protocols.slots import Slots
from sensor_pipeline.protocols.touch import TouchSearch
from sensor_pipeline.types import Event, Rep, RepRejected, RepStarted

if TYPE_CHECKING:
    from sensor_pipeline.protocols.guide import Guide

STILL_S: Final = 10.0
"""Standing still for so long after a try says that the knee did not touch (own choice): three times a usual rest."""
SAME_TOUCH_DEG: Final = 1.75
"""At one distance the wall sets one angle: a try this far short of the furthest touch stopped 1 cm or more before the
wall (1 cm is 1.75 deg for a shank of 43 cm at 40 deg: L cos(angle) d(angle))."""
LEAST_CM: Final = 15.0
"""Where the start's distance is not known, the foot goes no farther towards the wall than this: beyond the furthest
distance in the literature (12 +- 2.8 cm, Hoch and McKeon 2011) it has arrived there."""


class TrySet(MovingSet):
    """A fixed number of tries that count: best and mean."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self.slots = Slots(guide.dose.reps or 1)

    def rep(self, rep: Rep) -> None:
        """A try counts, or is repeated in the same slot with the reason."""
        reason = self.why_not(rep)
        if reason:
            self.again(reason)
            return
        self.faults(rep)
        best_deg = self.slots.best_deg
        self.fill(rep)
        self.praise(rep, best_deg)
        self.next_try()

    def why_not(self, rep: Rep) -> str:
        """Why a try does not count, in words; "" = it counts."""
        if rep.reason or not rep.scored:
            return words.REASONS.get(rep.reason, rep.reason or "it was not measured whole")
        guide = self.guide
        bad = [
            fault
            for fault in rep.faults
            if fault in guide.protocol.watch.repeat_on and (guide.push or fault not in PUSHING_FAULTS)
        ]
        return words.REASONS[bad[0]] if bad else ""

    def again(self, reason: str) -> None:
        """The same slot again, unless that was tried too often."""
        guide = self.guide
        if self.slots.repeat() == "again":
            guide.tell("try_again", words.AGAIN.format(reason=reason), float(self.slots.number))
        else:
            guide.tell("slot_empty", words.GIVEN_UP.format(reason=reason))
            self.next_try()

    def fill(self, rep: Rep) -> None:
        """The try counts."""
        self.slots.fill(rep.peak_deg)
        self.guide.tell("rep_counted", str(self.slots.filled), float(self.slots.filled))

    def next_try(self) -> None:
        """The next slot, or the end with best and mean."""
        guide = self.guide
        if not self.slots.done:
            guide.tell("rest", words.REST if guide.push else words.REST_FREELY)
            return
        best, mean = self.slots.best_deg, self.slots.mean_deg
        if best is not None:
            guide.tell("result_best", f"Best {best:.1f} degrees.", best)
        if mean is not None:
            guide.tell("result_mean", f"Mean of {self.slots.filled}: {mean:.1f} degrees.", mean)
        guide.finish(float(self.slots.filled))


class SearchSet(TrySet):
    """Knee to wall: the foot goes back until a try fails; the tries that count are done at the furthest touch."""

    def __init__(self, guide: Guide) -> None:
        super().__init__(guide)
        self._step_cm = guide.dose.step_cm or 1.0
        self._search = TouchSearch(self._step_cm)
        self._asked: float | None = None  # peak of the try whose touch is asked about
        self._found = False
        self._told = False

    @property
    def offset_cm(self) -> float:
        """How far behind the start the foot is, or is to go, for the next try."""
        return self._search.offset_cm

    def begin(self) -> None:
        """Say what to do, and ask once for what is typed."""
        super().begin()
        self.resume()
        if not self._told:
            self._told = True
            if self.guide.shank_cm is None:
                self.guide.tell("ask_shank", words.ASK_SHANK)
            if self.guide.start_cm is None:
                self.guide.tell("ask_distance", words.ASK_DISTANCE)

    def hear(self, event: Event) -> None:
        """A movement puts the stillness off that says "not touched"; a candidate that was none starts it anew."""
        if self._asked is not None and isinstance(event, RepStarted):
            self.guide.drop_dues("still")
        super().hear(event)
        if self._asked is not None and isinstance(event, RepRejected):
            self._wait_still()

    def due(self, name: str) -> None:
        """Standing still has answered."""
        if name == "still" and self._asked is not None:
            self.answer(False)
        else:
            super().due(name)

    def pause(self) -> None:
        """A pause is no answer."""
        super().pause()
        self.guide.drop_dues("still")

    def skip(self) -> None:
        """The next try; standing still goes on answering about the last one."""
        super().skip()
        self.resume()

    def resume(self) -> None:
        """The stillness is counted anew."""
        if self._asked is not None:
            self._wait_still()

    def rep(self, rep: Rep) -> None:
        """The next lunge says that the one before it touched; then this one is asked about."""
        if self._asked is not None:
            self._take(True, words.WENT_ON)
        if self._found:
            super().rep(rep)
            return
        reason = self.why_not(rep)
        if reason:
            self.guide.tell("try_again", words.AGAIN.format(reason=reason))
            return
        self.faults(rep)
        self._asked = rep.peak_deg
        text = words.ASK_TOUCH_CLOSER if self._search.closing else words.ASK_TOUCH
        self.guide.tell("ask_touch", text.format(step=self._step_cm))
        self._wait_still()

    def why_not(self, rep: Rep) -> str:
        """Short of the furthest touch the knee did not reach the wall."""
        reason = super().why_not(rep)
        furthest = self._search.furthest
        if not reason and self._found and furthest is not None and rep.peak_deg < furthest[1] - SAME_TOUCH_DEG:
            return words.NOT_REACHED
        return reason

    def answer(self, touched: bool) -> None:
        """Take the answer about the last try."""
        self._take(touched, words.FOOT_BACK.format(step=self._step_cm))

    def _take(self, touched: bool, back_text: str) -> None:
        if self._asked is None:
            return
        guide, angle_deg, self._asked = self.guide, self._asked, None
        guide.drop_dues("still")
        match self._search.answer(touched, angle_deg):
            case "back":
                guide.tell("foot_back", back_text, self._search.offset_cm)
            case "closer" if self._search.offset_cm < -(LEAST_CM if guide.start_cm is None else guide.start_cm):
                guide.tell("no_touch", words.NO_TOUCH)
                guide.finish(0.0)
            case "closer":
                guide.tell("foot_closer", words.FOOT_CLOSER.format(step=self._step_cm), self._search.offset_cm)
            case "found":
                self._found = True
                self._say_found(touched)

    def _say_found(self, touched: bool) -> None:
        guide, furthest = self.guide, self._search.furthest
        if furthest is None:
            return
        where = f": {guide.start_cm + furthest[0]:g} cm" if guide.start_cm is not None else ""
        text = (words.FOUND_HERE if touched else words.FOUND).format(where=where)
        self.slots.fill(furthest[1])
        guide.tell("furthest", text, furthest[0] if guide.start_cm is None else guide.start_cm + furthest[0])
        if guide.shank_cm is not None:
            ways = self._search.by_angle_cm(guide.shank_cm)
            if ways is not None:
                text = f"By the angle the foot went {ways[1]:.1f} cm back, by the steps {ways[0]:g} cm."
                guide.tell("distance_check", text, round(ways[1], 2))
        guide.tell("rep_counted", str(self.slots.filled), float(self.slots.filled))
        self.next_try()

    def _wait_still(self) -> None:
        self.guide.drop_dues("still")
        self.guide.set_due(self.guide.now_s + STILL_S, "still")
