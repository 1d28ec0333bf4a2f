"""The page of protocols: ``python -m sensor_pipeline.cli.protocol_page > docs/protocols.md``.

In: the catalogue and the programmes. Out: markdown. Must not live here: a word about a protocol that its file does not
say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sensor_pipeline.cli.protocol_words import (
    ANGLE_WORDS,
    EXTENT_WORDS,
    LEG_WORDS,
    dose_words,
    item_words,
    safety_words,
)
from sensor_pipeline.library.protocols import load_programme, load_protocols, programme_ids
from sensor_pipeline.protocols.guide_words import CUES
from sensor_pipeline.protocols.protocol import KINDS
from sensor_pipeline.protocols.safety import CANNOT_SAY_WHY, EXCLUSIONS, PURPOSE, STOP_SIGNS

if TYPE_CHECKING:
    from sensor_pipeline.protocols.programme import Programme
    from sensor_pipeline.protocols.protocol import Protocol

HEAD: Final = f"""# Protocols and programmes

Made from the files in `sensor_pipeline/protocols/` by
`python -m sensor_pipeline.cli.protocol_page > docs/protocols.md`; a test compares. For every test, exercise,
calibration and question: what one sensor on the shin measures, what it does not, and the source. "Article A" is the
article by The Prehab Guys on ankle dorsiflexion, "article B" the posture blog article "How to improve your Ankle
Dorsiflexion". A dose is the source's unless it says "own choice".

{PURPOSE}

Before anything that loads or stretches the ankle: {"; ".join(one.text for one in EXCLUSIONS)}: ask your clinician.
{STOP_SIGNS} {CANNOT_SAY_WHY}

A file of your own: the same keys, `dorsi protocol check FILE` lists every problem. A shown suggestion is always a
source's, never a finding.
"""


def markdown() -> str:
    """Return the whole page."""
    protocols = load_protocols()
    parts = [HEAD, *_overview(protocols)]
    for kind in KINDS:
        for one in protocols.values():
            if one.kind == kind:
                parts += _protocol(one)
    parts.append("## Programmes\n")
    for name in programme_ids():
        parts += _programme(load_programme(name, protocols), protocols)
    parts += ["## Cues\n", "What the guide says, by its stable id. A fault's cue has the fault's id.\n"]
    parts.append("| cue | |\n|---|---|")
    parts.append("\n".join(f"| `{cue}` | {text} |" for cue, text in CUES.items()) + "\n")
    return "\n".join(parts)


def _overview(protocols: dict[str, Protocol]) -> Iterator[str]:
    yield "| protocol | kind | sensor | | dose |\n|---|---|---|---|---|"
    rows = []
    for kind in KINDS:
        rows += [
            f"| [{one.id}](#{one.id}) | {kind.replace('_', '-')} | {LEG_WORDS[one.sensor_leg]} | "
            f"{EXTENT_WORDS[one.measured.extent]} | {'' if one.questions else dose_words(one.dose)} |"
            for one in protocols.values()
            if one.kind == kind
        ]
    yield "\n".join(rows) + "\n"


def _protocol(one: Protocol) -> Iterator[str]:
    yield f"## {one.id}\n"
    yield f"**{one.name}** ({one.kind.replace('_', '-')}): {one.aim}. {one.posture[:1].upper()}{one.posture[1:]}.\n"
    rows = [
        ("sensor", LEG_WORDS[one.sensor_leg]),
        ("dose", "" if one.questions else dose_words(one.dose)),
        ("target", one.target.text),
        (
            "measured",
            f"{EXTENT_WORDS[one.measured.extent]}: {'; '.join(one.measured.seen)}" if one.measured.seen else "",
        ),
        ("angle", "" if one.measured.angle == "none" else ANGLE_WORDS[one.measured.angle]),
        ("not measured", "; ".join(one.measured.unseen)),
        ("result", one.measured.scoring),
        ("faults judged", ", ".join(f"`{name}`" for name in one.watch.judged)),
        ("a try is repeated after", ", ".join(f"`{name}`" for name in one.watch.repeat_on)),
        ("look yourself for", "; ".join(one.watch.look_for)),
        ("safety", safety_words(one)),
        *(("asked", _question(one, i)) for i in range(len(one.questions))),
        ("notes", "; ".join(one.notes)),
        ("source", "; ".join(one.sources)),
    ]
    yield "| | |\n|---|---|"
    yield "\n".join(f"| {name} | {text} |" for name, text in rows if text) + "\n"


def _question(one: Protocol, index: int) -> str:
    question = one.questions[index]
    choices = [f"{c.text} ({c.suggests})" if c.suggests else c.text for c in question.choices]
    return f"{question.text} {' / '.join(choices)}".strip()


def _programme(one: Programme, protocols: dict[str, Protocol]) -> Iterator[str]:
    yield f"### {one.id}\n"
    yield f"**{one.name}**: {one.about}. When: {one.when.replace('_', ' ')}; {one.how_often}.\n"
    yield "\n".join(f"{i}. {item_words(item, protocols[item.protocol])}" for i, item in enumerate(one.items, 1)) + "\n"
    yield f"Source: {'; '.join(one.sources)}.\n"


if __name__ == "__main__":
    print(markdown(), end="")
