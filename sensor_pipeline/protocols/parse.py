"""From the text of a protocol file (TOML) to a :class:`~sensor_pipeline.protocols.protocol.Protocol`, or its problems.

In: text and the name of its place, as data. Out: a protocol, or ProtocolErrors. Must not live here: files, programmes.

A protocol is data only; every key must be known, every number within bounds, every problem is collected.
"""

from __future__ import annotations

from typing import Final, TypeVar

from sensor_pipeline.devices.table import Table
from sensor_pipeline.errors import ProtocolError, SpecError
from sensor_pipeline.protocols.document import open_document, read_id
from sensor_pipeline.protocols.parse_questions import parse_question
from sensor_pipeline.protocols.problem import as_protocol_errors, first_of
from sensor_pipeline.protocols.protocol import (
    ANGLE_NAMES,
    EXTENTS,
    FAULTS,
    KINDS,
    SENSOR_LEGS,
    WAYS,
    Care,
    Dose,
    Measured,
    Protocol,
    Target,
    Watch,
    Words,
)

T = TypeVar("T", bound=str)

MOST_REPS: Final = 200
"""More repetitions in a set than anybody does (own choice)."""
MOST_S: Final = 900.0
"""Longest hold, rest or pace, s: a quarter of an hour (own choice)."""
MOST_SETS: Final = 20
MOST_CM: Final = 30.0
"""Beyond any distance of toe and wall in the literature (12 +- 2.8 cm, Hoch and McKeon 2011)."""
_DOSE_NUMBERS: Final = ("reps", "hold_s", "max_s", "total_s", "sets", "rest_s", "pace_s", "step_cm")


def parse_protocol(text: str, where: str = "protocol") -> Protocol:
    """Read a protocol.

    Args:
        text: the TOML document.
        where: file name for messages.

    Returns:
        The checked, frozen protocol.

    Raises:
        ProtocolError: the first problem, with its place and value; how many more there are.
    """
    protocol, problems = read_protocol(text, where)
    if protocol is None:
        raise first_of(problems)
    return protocol


def read_protocol(text: str, where: str = "protocol") -> tuple[Protocol | None, tuple[ProtocolError, ...]]:
    """Read a protocol and collect every problem: the protocol is None exactly where there are any."""
    problems: list[SpecError] = []
    top = open_document(text, where, problems)
    if top is None:
        return None, as_protocol_errors(problems)
    protocol = _protocol(top, text)
    if not problems:
        _check(protocol, top)
    return (None, as_protocol_errors(problems)) if problems else (protocol, ())


def one_of(table: Table, key: str, choices: tuple[T, ...]) -> T:
    """A text that is one of ``choices``."""
    found = table.text(key, None, choices)
    return next(choice for choice in choices if choice == found)


def _protocol(top: Table, text: str) -> Protocol:
    protocol = Protocol(
        id=read_id(top),
        name=top.text("name"),
        kind=one_of(top, "kind", KINDS),
        way=one_of(top, "way", WAYS),
        aim=top.text("aim"),
        posture=top.text("posture"),
        sensor_leg=one_of(top, "sensor_leg", SENSOR_LEGS),
        each_leg=top.flag("each_leg", True),
        measured=_measured(top.table("measured")),
        dose=_dose(top.table("dose")) if top.has("dose") else Dose(),
        target=_target(top.table("target")) if top.has("target") else Target(),
        watch=_watch(top.table("faults")) if top.has("faults") else Watch(),
        care=_care(top.table("safety")),
        words=_words(top.table("say")) if top.has("say") else Words(),
        questions=tuple(parse_question(item) for item in top.tables("questions")),
        sources=top.texts("sources"),
        notes=top.texts("notes"),
        text=text,
    )
    top.done()
    return protocol


def _measured(table: Table) -> Measured:
    measured = Measured(
        extent=one_of(table, "extent", EXTENTS),
        angle=one_of(table, "angle", ANGLE_NAMES),
        seen=table.texts("seen"),
        unseen=table.texts("unseen"),
        scoring=table.text("scoring"),
    )
    if not measured.unseen:
        table.problem("unseen", "is empty; say what a sensor on the shin does not see of it")
    if not measured.seen and measured.extent != "none":
        table.problem("seen", f"is empty; extent {measured.extent!r} needs at least one")
    table.done()
    return measured


def _dose(table: Table) -> Dose:
    def whole(key: str, most: int) -> int | None:
        return table.integer(key, 1, most) if table.has(key) else None

    def number(key: str, most: float) -> float | None:
        return table.number(key, 0.1, most) if table.has(key) else None

    dose = Dose(
        reps=whole("reps", MOST_REPS),
        hold_s=number("hold_s", MOST_S),
        max_s=number("max_s", MOST_S),
        total_s=number("total_s", MOST_S),
        sets=table.integer("sets", 1, MOST_SETS, 1),
        rest_s=number("rest_s", MOST_S),
        pace_s=number("pace_s", MOST_S),
        step_cm=number("step_cm", MOST_CM),
        directions=table.texts("directions"),
        ours=table.texts("ours"),
    )
    for i, name in enumerate(dose.ours):
        if name not in _DOSE_NUMBERS or not table.has(name):
            table.problem(f"ours[{i}]", f"{name!a} is no number of this dose; name one that stands here", name)
    if dose.max_s is not None and (dose.hold_s is None or dose.max_s < dose.hold_s):
        table.problem("max_s", f"{dose.max_s:g} needs a hold_s that is no longer", dose.max_s)
    table.done()
    return dose


def _target(table: Table) -> Target:
    target = Target(
        text=table.text("text"),
        distance_cm=table.number("distance_cm", 0.1, MOST_CM) if table.has("distance_cm") else None,
        own_best=table.flag("own_best", False),
    )
    table.done()
    return target


def _watch(table: Table) -> Watch:
    watch = Watch(table.texts("judged"), table.texts("repeat_on"), table.texts("look_for"))
    for key, names, known in (("judged", watch.judged, FAULTS), ("repeat_on", watch.repeat_on, watch.judged)):
        for i, name in enumerate(names):
            if name not in known:
                what = ", ".join(known) or "nothing is judged"
                table.problem(f"{key}[{i}]", f"{name!a} cannot be chosen; use one of: {what}", name)
    table.done()
    return watch


def _care(table: Table) -> Care:
    for key in ("loads", "strains_achilles"):
        if not table.has(key):
            table.problem(key, "is missing; say true or false: it decides what the safety gate does")
    care = Care(table.flag("loads", True), table.flag("strains_achilles", True))
    if care.strains_achilles and not care.loads:
        table.problem("loads", "must be true where strains_achilles is", care.loads)
    table.done()
    return care


def _words(table: Table) -> Words:
    words = Words(*(table.text(key) if table.has(key) else "" for key in ("mount", "begin", "move", "back", "done")))
    table.done()
    return words


def _check(protocol: Protocol, top: Table) -> None:
    """What must hold between keys."""
    dose, way, kind = protocol.dose, protocol.way, protocol.kind
    if not protocol.sources:
        top.problem("sources", "is empty; say where it comes from")
    if way == "search" and (dose.step_cm is None or dose.reps is None):
        top.problem("dose", "way 'search' needs step_cm and reps")
    if way == "tries" and dose.reps is None:
        top.problem("dose.reps", "is missing; way 'tries' needs to know how many count")
    if way == "timer" and dose.hold_s is None and dose.pace_s is None:
        top.problem("dose", "way 'timer' needs hold_s or pace_s")
    if (way == "questions") != bool(protocol.questions) or (way == "questions") != (kind == "questionnaire"):
        top.problem("questions", f"way {way!r} and kind {kind!r}: a questionnaire, and nothing else, has questions")
    if (protocol.sensor_leg == "none") != (way == "questions" or protocol.measured.extent == "none"):
        top.problem("sensor_leg", f"{protocol.sensor_leg!r}: 'none' exactly where nothing is measured")
    if way in ("search", "tries", "reps") and protocol.measured.extent not in ("full", "part"):
        top.problem("measured.extent", f"{protocol.measured.extent!r}: way {way!r} needs what the sensor can see")
    if kind == "stretch" and not protocol.care.strains_achilles:
        top.problem("safety.strains_achilles", "a stretch is taken out by Achilles pain: write true", False)
    if kind in ("stretch", "mobilisation", "assessment", "calibration", "integration") and not protocol.care.loads:
        top.problem("safety.loads", f"kind {kind!r} loads or stretches the ankle: write true", False)
