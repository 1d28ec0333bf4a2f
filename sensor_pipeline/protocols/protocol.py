"""A protocol: one test, exercise, calibration or set of questions, as data.

In: nothing. Out: frozen values. Must not live here: TOML, files, what the coach says when.

A number that a source does not give is None, never 0. Numbers of our own choice are named in ``Dose.ours``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Kind = Literal[
    "calibration",
    "questionnaire",
    "assessment",
    "warm_up",
    "release",
    "stretch",
    "mobilisation",
    "strength",
    "neural",
    "integration",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
ROUTINE: Final[tuple[Kind, ...]] = KINDS[3:]
"""The order of a routine: warm-up, soft tissue (release, stretch), joint, strength, nerve, use of the new range."""

Way = Literal["pose", "search", "tries", "reps", "timer", "questions"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
"""How it is guided: stand still for the zero; move the foot back while the knee touches the wall; tries, each of which
counts or is repeated; repetitions that the sensor counts; by the clock, since the sensor cannot see it; questions."""

SensorLeg = Literal["front", "back", "stance", "tested", "either", "none"]
SENSOR_LEGS: Final[tuple[SensorLeg, ...]] = get_args(SensorLeg)
Extent = Literal["full", "part", "timer", "none"]
EXTENTS: Final[tuple[Extent, ...]] = get_args(Extent)
AngleName = Literal["dorsiflexion", "shin_angle", "none"]
ANGLE_NAMES: Final[tuple[AngleName, ...]] = get_args(AngleName)
QuestionKind = Literal["choice", "scale", "yes_no"]
QUESTION_KINDS: Final[tuple[QuestionKind, ...]] = get_args(QuestionKind)

FAULTS: Final = (
    "heel_lift",
    "short_of_target",
    "too_fast",
    "hold_short",
    "hold_unsteady",
    "incomplete_return",
    "shin_tilts_in",
    "shin_rotates",
    "jerky",
)
"""Every fault that a repetition can have: the ids of the column ``faults``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one sensor on the shin can tell of it.

    Attributes:
        extent: full; part; timer (only time passes, the shin is still); none (asked, not measured).
        angle: what a peak may be called: dorsiflexion, shin_angle (the foot is not flat and level), none.
        seen: what is measured.
        unseen: what is not, however it is worn.
        scoring: what becomes of it.
    """

    extent: Extent
    angle: AngleName
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    scoring: str


@dataclass(frozen=True, slots=True)
class Dose:
    """How much of it. None = the source gives no number, and nothing is invented.

    Attributes:
        reps: repetitions of a set, in each direction where there are several.
        hold_s: how long each is held, s.
        max_s: the longest hold the source names, s.
        total_s: how long a set lasts, s; the repetitions in it are counted.
        sets: how many sets.
        rest_s: rest between repetitions by the clock, s; None = until the person moves.
        pace_s: seconds a repetition gets where the clock counts, s.
        step_cm: how far the foot goes back from try to try, cm.
        directions: what each repetition is done for, in this order; empty = one way only.
        ours: names of the fields whose number is our choice, not the source's.
    """

    reps: int | None = None
    hold_s: float | None = None
    max_s: float | None = None
    total_s: float | None = None
    sets: int = 1
    rest_s: float | None = None
    pace_s: float | None = None
    step_cm: float | None = None
    directions: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at.

    Attributes:
        text: in words, with the source where it is a source's; "" = nothing.
        distance_cm: a distance of toe and wall that a source names, cm.
        own_best: measured against the person's own earlier values; a first session has no target.
    """

    text: str = ""
    distance_cm: float | None = None
    own_best: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """Faults.

    Attributes:
        judged: ids of :data:`FAULTS` that are said.
        repeat_on: those of them that make a try not count.
        look_for: faults the sensor cannot see: the person, or a helper, looks.
    """

    judged: tuple[str, ...] = ()
    repeat_on: tuple[str, ...] = ()
    look_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Care:
    """What the safety gate must know.

    Attributes:
        loads: it loads or stretches the ankle: the exclusions apply.
        strains_achilles: it stretches or presses the Achilles tendon: pain there takes it out.
    """

    loads: bool
    strains_achilles: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What the coach says for this protocol; "" = its usual words.

    Attributes:
        mount: where the sensor goes.
        begin: how to take the starting position, once the zero is taken.
        move: what to do in a repetition.
        back: how to come back.
        done: what comes after the last one.
    """

    mount: str = ""
    begin: str = ""
    move: str = ""
    back: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose.

    Attributes:
        id: stable id, stored.
        text: as shown.
        suggests: what a source suggests for it, "" = nothing.
    """

    id: str
    text: str
    suggests: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        id: stable id, stored.
        text: as asked.
        kind: choice; scale (a whole number from ``lo`` to ``hi``); yes_no.
        choices: of a choice.
        lo, hi: ends of a scale.
        each_time: asked at every session, never taken from an earlier one.
    """

    id: str
    text: str
    kind: QuestionKind
    choices: tuple[Choice, ...] = ()
    lo: int = 0
    hi: int = 0
    each_time: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol.

    Attributes:
        id: stable id, the name of its file.
        name: as shown.
        kind: its place in a routine.
        way: how it is guided.
        aim: what it is for.
        posture: how it is done.
        sensor_leg: where the sensor is: the front or the back leg of a lunge, the leg stood on, the tested leg, either
            (it tells nothing), none.
        each_leg: done with one leg, then with the other; otherwise once.
        measured: what the sensor can tell.
        dose: how much.
        target: what is aimed at.
        watch: faults.
        care: what the safety gate must know.
        words: what the coach says.
        questions: of a questionnaire.
        sources: where it comes from.
        notes: what else to know.
        text: the document it was read from.
    """

    id: str
    name: str
    kind: Kind
    way: Way
    aim: str
    posture: str
    sensor_leg: SensorLeg
    each_leg: bool
    measured: Measured
    dose: Dose
    target: Target
    watch: Watch
    care: Care
    words: Words
    questions: tuple[Question, ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    text: str = ""
