"""The coach: what to do now, said once, at the right moment.

In: the session's records and the core's events, in one order. Out: the same events with cues among them. Must not live
here: angles, sounds, words on a screen, clocks: time goes on only through records.

This coach guides a set at a fixed target: stand, lunge, hold, return, count. Its cues have stable ids. What the person
did comes as :class:`~sensor_pipeline.types.Input` records of the whole session (``sensor`` None):

==========  ==========================================================================================================
pause       nothing is said and no repetition counts for the set until ``resume``; one that had ended before counts
resume      the set goes on where it was
next-try    the repetition under way does not count for the set; the next one does
re-zero     the standing pose is asked for again
answer      safety answers that forbid prompts to push: nothing asks for more any more
hurts-stop  the set and all prompting end
stop        the same, without a word: the session is over
==========  ==========================================================================================================

A repetition that does not count for the set is stored all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.following import Following
from sensor_pipeline.protocols.safety import ANSWER_KEY, judge, read_answers
from sensor_pipeline.types import (
    Event,
    HoldEnded,
    HoldStarted,
    Input,
    MountingRefused,
    MountingSet,
    RepDone,
    RepRejected,
    Targets,
)


class Coach(Following):
    """Follows one set. A deadline fires when the first later record arrives, stamped with its due time."""

    def __init__(self, targets: Targets) -> None:
        """Args: what the set asks for."""
        super().__init__()
        self._targets = targets
        self._done = False
        self._count: dict[int | None, int] = {}
        self._zeroed: set[int | None] = set()  # sensors whose zero has been taken
        self._holding: int | None = None  # whose hold is asked for, while its end is a deadline
        self._push = True  # False where the safety answers forbid prompts to push
        self._paused_s: float | None = None  # since when
        self._void: list[tuple[float, float]] = []  # a repetition that was under way then does not count for the set

    def greet(self) -> None:
        """Ask for the standing pose."""
        self.say("stand", STAND_TEXT)

    def end(self) -> None:
        """Say nothing any more."""
        super().end()
        self._done = True

    def due(self, name: str) -> None:
        """The asked-for hold is over."""
        self.say(name, "Hold done. Come back up slowly.", self._targets.hold_s, self._holding)

    def obey(self, record: Input) -> None:
        """Do what the person asked for."""
        if self._done:
            return
        match record.action:
            case "pause" if self._paused_s is None:
                self._paused_s = self.now_s
                self.drop_dues()
                self.say("paused", "Paused.")
            case "resume" if self._paused_s is not None:
                self._void.append((self._paused_s, self.now_s))
                self._paused_s = None
                self.say("resumed", "Go on.")
            case "next-try":
                self._interrupt()
                self.say("next_try", "Next try: stand tall first.")
            case "re-zero":
                self._zeroed.clear()
                self._interrupt()
                self.say("stand", STAND_TEXT)
            case "answer":
                self._push = self._push and _may_push(record.value)
            case "hurts-stop":
                self.say("hurts_stop", HURTS_TEXT)
                self.end()
            case "stop":
                self.end()

    def hear(self, event: Event) -> None:
        """Answer what the core found out."""
        if self._done:
            return
        sensor = event.sensor
        if self._paused_s is not None:
            if isinstance(event, MountingSet):
                self._zeroed.add(sensor)
            elif isinstance(event, RepDone) and event.rep.end_s <= self._paused_s:
                self._counted(event)
            return
        match event:
            case MountingSet() if sensor not in self._zeroed or event.mounting.method != "pose+axis":
                # a forward axis found later on changes nothing for the person
                self._zeroed.add(sensor)
                self.say("descend", DESCEND_TEXT if self._push else DESCEND_FREELY_TEXT, sensor=sensor)
            case MountingRefused() if sensor in self._zeroed:
                self.say("mounting_doubt", f"{sentence(event.reason)} {sentence(event.remedy)}", sensor=sensor)
            case MountingRefused():
                text = f"No zero yet: {event.reason}. {sentence(event.remedy)}"
                self.say("stand_again", text, sensor=sensor)
            case HoldStarted() if self._targets.hold_s > 0 and self._push:
                self.drop_dues()
                self._holding = sensor
                self.set_due(event.since_s + self._targets.hold_s, "hold_done")
                self.say("hold", "Hold.", self._targets.hold_s, sensor)
            case HoldEnded():
                self.drop_dues()
            case RepRejected():
                self.say("not_counted", f"Not counted: {event.reason}.", sensor=sensor)
            case RepDone():
                self._counted(event)

    def _interrupt(self) -> None:
        """What is under way now does not count."""
        self._void.append((self.now_s, self.now_s))
        self.drop_dues()

    def _counted(self, event: RepDone) -> None:
        sensor = event.sensor
        if under_way(event, self._void):
            self.say("not_counted", INTERRUPTED_TEXT, sensor=sensor)
            return
        count = self._count[sensor] = self._count.get(sensor, 0) + 1
        self.say("rep_counted", str(count), float(count), sensor)
        for fault in event.rep.faults:
            if self._push or fault not in PUSHING_FAULTS:
                self.say(fault, FAULT_WORDS[fault], sensor=sensor)
        if self._targets.reps is not None and count >= self._targets.reps:
            if count == self._targets.reps:
                self.say("set_done", "Set done.", float(count), sensor)
        elif self._paused_s is None:
            self.say("rest", "Rest, then the next one." if self._push else "Rest as long as you like.", sensor=sensor)


STAND_TEXT = "Stand tall, weight on both feet, and keep still."
DESCEND_TEXT = "Zero taken. Lunge: knee towards the wall, heel on the floor."
DESCEND_FREELY_TEXT = "Zero taken. Move only as far as it is free, heel on the floor."
HURTS_TEXT = "Stopped. Rest now. Sudden calf pain, a pop or pinching: do not go on today, ask your clinician."
INTERRUPTED_TEXT = "Not counted: it was under way when you interrupted it."
PUSHING_FAULTS = frozenset({"short_of_target", "hold_short"})
"""Faults whose words ask for more: left unsaid where the safety answers forbid prompts to push."""

FAULT_WORDS = {
    "heel_lift": "The heel may have lifted.",
    "short_of_target": "Short of the target.",
    "too_fast": "Slower.",
    "hold_short": "Hold longer.",
    "hold_unsteady": "Hold it more still.",
    "incomplete_return": "Come all the way back up.",
    "shin_tilts_in": "Knee over the second toe.",
    "shin_rotates": "Keep the shin from turning.",
    "jerky": "Move more evenly.",
}
"""Every fault a repetition can have, in the words said to the person."""


def under_way(event: RepDone, interrupted_s: Sequence[tuple[float, float]]) -> bool:
    """Whether a repetition was under way in one of the stretches (begin, end) in which the person interrupted."""
    return any(event.rep.start_s < end_s and event.rep.end_s > begin_s for begin_s, end_s in interrupted_s)


def sentence(text: str) -> str:
    """A text as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def _may_push(value: str) -> bool:
    """Whether an answer leaves prompts to push allowed; an answer to something else does."""
    try:
        document = json.loads(value)
    except ValueError:
        return True  # plain words: the answer to another question
    if not isinstance(document, dict) or ANSWER_KEY not in document:
        return True
    try:
        return judge(read_answers(document[ANSWER_KEY])).push
    except UserError:
        return False  # nobody can read it: the careful side
