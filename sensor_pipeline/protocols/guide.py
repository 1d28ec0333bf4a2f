"""The guide: one protocol, leg by leg, from strapping on to the end of the set.

In: the session's records and the core's events. Out: the same events with cues among them. Must not live here: angles,
sounds, screens, clocks, what a set of one kind asks for (sets, try_set, timer_set).

Nothing need be touched after the start: a standing pose, a movement or a timer takes every step. ``Input`` records of
the whole session: ``answer`` (``{"safety": ...}``, ``{"touched": bool}``, ``{"shank_length_cm": number}``),
``distance`` (cm), pause, resume, next-try, re-zero, hurts-stop, stop.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols import guide_words as words
from sensor_pipeline.protocols.coach import HURTS_TEXT, INTERRUPTED_TEXT, STAND_TEXT, sentence, under_way
from sensor_pipeline.protocols.following import Following
from sensor_pipeline.protocols.gate import gate
from sensor_pipeline.protocols.guidance import LEAST_CM, MOST_CM, Guidance
from sensor_pipeline.protocols.parse import parse_protocol
from sensor_pipeline.protocols.safety import ANSWER_KEY, judge, read_answers
from sensor_pipeline.protocols.sets import MovingSet, RepSet
from sensor_pipeline.protocols.timer_set import TimerSet
from sensor_pipeline.protocols.try_set import SearchSet, TrySet
from sensor_pipeline.protocols.walk import leg_order
from sensor_pipeline.types import Event, Input, Json, MountingRefused, MountingSet, RepDone, Side, Targets

SHANK_KEY = "shank_length_cm"
TOUCHED_KEY = "touched"


class Guide(Following):
    """Follows one protocol. The same guidance, records and events give the same cues."""

    def __init__(self, guidance: Guidance, targets: Targets, sides: Sequence[Side]) -> None:
        """Build it.

        Args:
            guidance: the protocol's text, and what is known of the person.
            targets: what repetitions are measured against, see ``guidance.targets_of``.
            sides: the leg of each sensor.

        Raises:
            ProtocolError: the protocol's text is refused.
            UserError: the protocol is a questionnaire: that is no session.
        """
        super().__init__()
        self.protocol = parse_protocol(guidance.text, "the session's protocol")
        if self.protocol.way == "questions":
            raise UserError(f"protocol {self.protocol.id!r} is a questionnaire: it is asked, not recorded")
        self.dose = guidance.dose(self.protocol)
        self.targets = targets
        self.shank_cm, self.start_cm = guidance.shank_cm, guidance.start_cm
        self.push = True
        self.paused = False
        order = leg_order(guidance.seed)
        legs = sorted(range(len(sides)), key=lambda index: order.index(sides[index]))
        self._legs = legs if self.protocol.each_leg else legs[:1]
        self._leg = 0
        self._ask = guidance.gated and self.protocol.care.loads
        self._ended = False
        self._begun = False  # this leg's set has been prompted
        self._zeroed: set[int | None] = set()
        self._paused_s = 0.0
        self._void: list[tuple[float, float]] = []  # a repetition that was under way then does not count for the set
        self._set = self._new_set()

    # for the sets

    @property
    def sensor(self) -> int:
        """The sensor of the leg whose turn it is."""
        return self._legs[self._leg]

    @property
    def move(self) -> str:
        """What to do in a repetition."""
        return (self.protocol.words.move or words.MOVE) if self.push else words.MOVE_FREELY

    def tell(self, cue: str, text: str, value: float | None = None) -> None:
        """Give a cue to the leg whose turn it is."""
        self.say(cue, text, value, self.sensor)

    def tell_direction(self, index: int) -> None:
        """Name the direction whose turn it is, where there are several."""
        if self.dose.directions:
            self.tell("direction", sentence(self.dose.directions[index]), float(index + 1))

    def finish(self, count: float) -> None:
        """This leg's set is done: the other leg, or the end."""
        self.drop_dues()
        self.tell("set_done", self.protocol.words.done or "Set done.", count)
        if self._leg + 1 == len(self._legs):
            self.end()
            return
        self._leg += 1
        self._begun = False
        self._set = self._new_set()
        self.tell("change_leg", words.CHANGE_LEG)
        self._start_leg()

    # what happens

    def greet(self) -> None:
        """Ask the safety questions first, where the protocol loads the ankle."""
        if self._ask:
            self.say("ask_safety", words.ASK_SAFETY)
        else:
            self._start_leg()

    def end(self) -> None:
        """Nothing is said any more."""
        super().end()
        self._ended = True

    def due(self, name: str) -> None:
        """A deadline has passed."""
        if not self._ended:
            self._set.due(name)

    def hear(self, event: Event) -> None:
        """The core found something out."""
        if self._ended:
            return
        if isinstance(event, MountingSet):
            self._mounted(event)
        elif event.sensor != self.sensor or self._ask:
            return
        elif isinstance(event, MountingRefused):
            self._refused(event)
        elif isinstance(event, RepDone):
            if self._begun and not (self.paused and event.rep.end_s > self._paused_s):
                self._rep(event)
        elif self._begun and not self.paused:
            self._set.hear(event)

    def obey(self, record: Input) -> None:
        """The person did something."""
        if self._ended:
            return
        match record.action:
            case "pause" if not self.paused:
                self.paused, self._paused_s = True, self.now_s
                self._set.pause()
                self.say("paused", "Paused.")
            case "resume" if self.paused:
                self.paused = False
                self._void.append((self._paused_s, self.now_s))
                self.say("resumed", "Go on.")
                if self._begun:
                    self._set.resume()
            case "next-try" if self._begun:
                self._void.append((self.now_s, self.now_s))
                self._set.skip()
            case "re-zero" if self.protocol.way != "timer":
                self._zeroed.clear()
                self._void.append((self.now_s, self.now_s))
                self._set.pause()
                self.tell("stand", STAND_TEXT)
            case "answer":
                self._answered(record.value)
            case "distance":
                self._typed("start_cm", _read(record.value))
            case "hurts-stop":
                self.say("hurts_stop", HURTS_TEXT)
                self.end()
            case "stop":
                self.end()

    # parts

    def _new_set(self) -> RepSet | TrySet | TimerSet:
        match self.protocol.way:
            case "timer":
                return TimerSet(self)
            case "tries":
                return TrySet(self)
            case "search" if self.push:
                return SearchSet(self)
        return RepSet(self)

    def _start_leg(self) -> None:
        self.tell("mount", self.protocol.words.mount or words.MOUNT[self.protocol.sensor_leg])
        if self.protocol.way == "timer":
            self._begun = True
            self._set.begin()
        elif self.sensor in self._zeroed:
            self._ready()
        else:
            self.tell("stand", self.protocol.words.begin if self.protocol.way == "pose" else STAND_TEXT)

    def _ready(self) -> None:
        """The zero of this leg is taken."""
        if self.protocol.way == "pose":
            self.finish(1.0)
            return
        self._begun = True
        self._set.begin()

    def _mounted(self, event: MountingSet) -> None:
        # a forward axis found later on changes nothing for the person
        new = event.sensor not in self._zeroed or event.mounting.method != "pose+axis"
        self._zeroed.add(event.sensor)
        if new and event.sensor == self.sensor and not self._ask and self.protocol.way != "timer":
            self._ready()

    def _refused(self, event: MountingRefused) -> None:
        if self.protocol.way == "timer":
            return  # no angle is used
        if self.sensor in self._zeroed:
            self.tell("mounting_doubt", f"{sentence(event.reason)} {sentence(event.remedy)}")
        else:
            self.tell("stand_again", f"No zero yet: {event.reason}. {sentence(event.remedy)}")

    def _rep(self, event: RepDone) -> None:
        if under_way(event, self._void):
            self.tell("not_counted", INTERRUPTED_TEXT)
        else:
            self._set.rep(event.rep)

    def _answered(self, value: str) -> None:
        document = _read(value)
        if not isinstance(document, dict):
            return
        if ANSWER_KEY in document:
            self._gate(document[ANSWER_KEY])
        if isinstance(document.get(TOUCHED_KEY), bool) and self._begun and not self._ended:
            self._set.answer(document[TOUCHED_KEY])
        if SHANK_KEY in document:
            self._typed("shank_cm", document[SHANK_KEY])

    def _gate(self, document: Json) -> None:
        try:
            verdict = gate(self.protocol, judge(read_answers(document)))
        except UserError as error:
            self.push = False  # an answer nobody can read: the careful side
            self.say("ask_safety", f"{words.ASK_SAFETY} {error}.")
            return
        if not verdict.allowed:
            self.say("barred", verdict.say)
            self.end()
            return
        if self.push and not verdict.push:
            self.push = False
            if isinstance(self._set, MovingSet):
                self._set.stop_clock()
            if self.protocol.way == "search":
                self._set = RepSet(self)  # a search asks for more with every try
        if verdict.say:
            self.say("safety", verdict.say)
        if self._ask:
            self._ask = False
            self._start_leg()

    def _typed(self, name: Literal["shank_cm", "start_cm"], value: Json) -> None:
        """Note a length in cm; one that makes no sense is said so and left out. A distance is where the foot is now."""
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not LEAST_CM <= value <= MOST_CM[name]:
            self.tell("not_noted", f"Not noted: type {LEAST_CM:g} to {MOST_CM[name]:g} cm.")
            return
        if name == "shank_cm":
            self.shank_cm = float(value)
        else:
            self.start_cm = value - (self._set.offset_cm if isinstance(self._set, SearchSet) else 0.0)
        self.tell("noted", f"Noted: {value:g} cm.", float(value))


def _read(value: str) -> Json:
    """A JSON value; None where it is none."""
    try:
        return json.loads(value)
    except ValueError:
        return None
