"""Protocols in words: a dose, what is measured and what is not, as lines and as JSON.

In: protocols, programmes. Out: text and JSON values. Must not live here: where they come from, printing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensor_pipeline.protocols.programme import Item, Programme
    from sensor_pipeline.protocols.protocol import Dose, Protocol
    from sensor_pipeline.types import Json

NO_DOSE = "no dose in the source"
EXTENT_WORDS = {
    "full": "measured",
    "part": "measured in part",
    "timer": "a timer: the sensor cannot see it",
    "none": "not measured",
}
ANGLE_WORDS = {
    "dorsiflexion": "shin angle = dorsiflexion only with the foot flat and level",
    "shin_angle": "shin angle, not dorsiflexion",
    "none": "no angle",
}
LEG_WORDS = {
    "front": "front leg",
    "back": "BACK leg",
    "stance": "leg stood on",
    "tested": "tested leg",
    "either": "either leg, it may stay where it is",
    "none": "no sensor",
}


def dose_words(dose: Dose) -> str:
    """A dose in one line; numbers of our own choice are named."""
    parts: list[str] = []
    if dose.reps is not None:
        parts.append(f"{dose.reps} {'time' if dose.reps == 1 else 'times'}")
    if dose.directions:
        parts.append(f"each: {', '.join(dose.directions)}")
    if dose.hold_s is not None:
        parts.append(f"hold {dose.hold_s:g} s" + ("" if dose.max_s is None else f" to {dose.max_s:g} s"))
    if dose.total_s is not None:
        parts.append(f"for {dose.total_s:g} s")
    if dose.sets > 1:
        parts.append(f"{dose.sets} sets")
    if dose.pace_s is not None:
        parts.append(f"{dose.pace_s:g} s each by the clock")
    if dose.rest_s is not None:
        parts.append(f"{dose.rest_s:g} s rest")
    if dose.step_cm is not None:
        parts.append(f"foot back {dose.step_cm:g} cm a try")
    if dose.reps is None and dose.hold_s is None and dose.total_s is None:
        parts.append(NO_DOSE)
    if dose.ours:
        parts.append(f"own choice: {', '.join(name.partition('_')[0] for name in dose.ours)}")
    return "; ".join(parts)


def protocol_lines(one: Protocol) -> Iterator[str]:
    """All of a protocol, a line each."""
    yield f"{one.id}: {one.name}"
    yield f"kind: {one.kind.replace('_', '-')}; guided by: {one.way}; {'each leg' if one.each_leg else 'once'}"
    yield f"aim: {one.aim}"
    yield f"how: {one.posture}"
    yield f"sensor: {LEG_WORDS[one.sensor_leg]}"
    yield f"dose: {dose_words(one.dose)}"
    if one.target.text:
        yield f"target: {one.target.text}"
    yield f"measured: {EXTENT_WORDS[one.measured.extent]}; {ANGLE_WORDS[one.measured.angle]}"
    yield from (f"  + {text}" for text in one.measured.seen)
    yield from (f"  - not: {text}" for text in one.measured.unseen)
    yield f"result: {one.measured.scoring}"
    if one.watch.judged:
        yield f"faults judged: {', '.join(one.watch.judged)}"
    if one.watch.repeat_on:
        yield f"a try is repeated after: {', '.join(one.watch.repeat_on)}"
    yield from (f"look yourself for: {text}" for text in one.watch.look_for)
    yield f"safety: {safety_words(one)}"
    for question in one.questions:
        yield f"asked: {question.text}"
        for choice in question.choices:
            yield f"  {choice.id}: {choice.text}{f' ({choice.suggests})' if choice.suggests else ''}"
    yield from (f"note: {note}" for note in one.notes)
    yield from (f"source: {source}" for source in one.sources)


def safety_words(one: Protocol) -> str:
    """What the gate does with it."""
    if not one.care.loads:
        return "neither loads nor stretches the ankle: not gated"
    strains = "; Achilles pain takes it out" if one.care.strains_achilles else ""
    return f"loads or stretches the ankle: gated{strains}; front pain or pinching stops"


def protocol_json(one: Protocol) -> dict[str, Json]:
    """All of a protocol as JSON."""
    return asdict(one)


def item_words(item: Item, protocol: Protocol) -> str:
    """One item of a programme in a line."""
    words = [item.part, f"{item.protocol} ({protocol.name})"]
    if item.part != "ask":
        words.append(dose_words(item.dose(protocol)))
    if item.questions:
        words.append(", ".join(item.questions))
    if item.for_sites:
        words.append(f"where it is felt at: {', '.join(item.for_sites)}")
    if item.rest_after_s is not None:
        words.append(f"then {item.rest_after_s:g} s rest")
    if item.optional:
        words.append("may be left out")
    return "; ".join(words)


def programme_lines(one: Programme, protocols: dict[str, Protocol]) -> Iterator[str]:
    """All of a programme, a line each."""
    yield f"{one.id}: {one.name}"
    yield f"about: {one.about}"
    yield f"when: {one.when.replace('_', ' ')}; {one.how_often}"
    for number, item in enumerate(one.items, 1):
        yield f"{number:3d}. {item_words(item, protocols[item.protocol])}"
    yield from (f"source: {source}" for source in one.sources)
