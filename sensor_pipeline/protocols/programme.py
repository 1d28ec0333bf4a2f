"""A programme: protocols in an order, with doses and rests, done as one visit.

In: the text of a programme file (TOML). Out: a :class:`Programme`, or ProtocolErrors. Must not live here: files, what
the protocols say, who does it when (see ``walk``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from sensor_pipeline.devices.table import Table, did_you_mean
from sensor_pipeline.errors import ProtocolError, SpecError
from sensor_pipeline.protocols.document import open_document, read_id
from sensor_pipeline.protocols.parse import MOST_REPS, MOST_S, MOST_SETS, one_of
from sensor_pipeline.protocols.problem import as_protocol_errors, first_of
from sensor_pipeline.protocols.protocol import Dose, Protocol

When = Literal["any", "before_sport", "not_before_sport"]
WHENS: Final[tuple[When, ...]] = get_args(When)
Part = Literal["ask", "test", "exercise", "retest"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a programme. None = as in the protocol.

    Attributes:
        protocol: id.
        part: ask; test; exercise; retest, on the same strapping as the test.
        for_sites: restriction sites it is for; empty = for everybody.
        optional: may be skipped without a reason.
        questions: which questions of a questionnaire; empty = all.
        reps, hold_s, sets, rest_s: doses in place of the protocol's.
        rest_after_s: rest before the next item by the clock, s; None = until the person goes on.
    """

    protocol: str
    part: Part
    for_sites: tuple[str, ...] = ()
    optional: bool = False
    questions: tuple[str, ...] = ()
    reps: int | None = None
    hold_s: float | None = None
    sets: int | None = None
    rest_s: float | None = None
    rest_after_s: float | None = None

    def dose(self, protocol: Protocol) -> Dose:
        """The protocol's dose with this item's numbers in it; those become "ours" to whoever wrote the programme."""
        mine = {name: getattr(self, name) for name in ("reps", "hold_s", "sets", "rest_s")}
        own = {name: value for name, value in mine.items() if value is not None}
        ours = (*protocol.dose.ours, *(name for name in own if name not in protocol.dose.ours))
        return replace(protocol.dose, **own, ours=ours)


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme.

    Attributes:
        id: stable id, the name of its file.
        name: as shown.
        about: what it is.
        when: any; before_sport: holds no static stretch; not_before_sport: static stretching comes after sport.
        how_often: in words, with the source.
        items: in the order they are done.
        sources: where it comes from.
        text: the document it was read from.
    """

    id: str
    name: str
    about: str
    when: When
    how_often: str
    items: tuple[Item, ...]
    sources: tuple[str, ...]
    text: str = ""


def parse_programme(text: str, where: str, protocols: Mapping[str, Protocol]) -> Programme:
    """Read a programme.

    Args:
        text: the TOML document.
        where: file name for messages.
        protocols: all that its items can name, by id.

    Raises:
        ProtocolError: the first problem, with its place and value; how many more there are.
    """
    programme, problems = read_programme(text, where, protocols)
    if programme is None:
        raise first_of(problems)
    return programme


def read_programme(
    text: str, where: str, protocols: Mapping[str, Protocol]
) -> tuple[Programme | None, tuple[ProtocolError, ...]]:
    """Read a programme and collect every problem: the programme is None exactly where there are any."""
    problems: list[SpecError] = []
    top = open_document(text, where, problems)
    if top is None:
        return None, as_protocol_errors(problems)
    programme = Programme(
        id=read_id(top),
        name=top.text("name"),
        about=top.text("about"),
        when=one_of(top, "when", WHENS),
        how_often=top.text("how_often"),
        items=tuple(_item(table, protocols) for table in top.tables("items")),
        sources=top.texts("sources"),
        text=text,
    )
    top.done()
    if not programme.items:
        top.problem("items", "is empty; a programme needs at least one [[items]]")
    if not programme.sources:
        top.problem("sources", "is empty; say where it comes from, be it 'own'")
    if not problems:
        _check(programme, protocols, top)
    return (None, as_protocol_errors(problems)) if problems else (programme, ())


def _item(table: Table, protocols: Mapping[str, Protocol]) -> Item:
    item = Item(
        protocol=table.text("protocol"),
        part=one_of(table, "part", PARTS),
        for_sites=table.texts("for_sites"),
        optional=table.flag("optional", False),
        questions=table.texts("questions"),
        reps=table.integer("reps", 1, MOST_REPS) if table.has("reps") else None,
        hold_s=table.number("hold_s", 0.1, MOST_S) if table.has("hold_s") else None,
        sets=table.integer("sets", 1, MOST_SETS) if table.has("sets") else None,
        rest_s=table.number("rest_s", 0.1, MOST_S) if table.has("rest_s") else None,
        rest_after_s=table.number("rest_after_s", 0.1, MOST_S) if table.has("rest_after_s") else None,
    )
    protocol = protocols.get(item.protocol)
    if item.protocol and protocol is None:
        table.problem("protocol", f"{item.protocol!a} is no protocol{did_you_mean(item.protocol, protocols)}")
    if protocol is not None:
        known = [question.id for question in protocol.questions]
        for i, name in enumerate(item.questions):
            if name not in known:
                table.problem(f"questions[{i}]", f"{name!a} is no question of it{did_you_mean(name, known)}", name)
        if (item.part == "ask") != bool(protocol.questions):
            table.problem("part", f"{item.part!r}: 'ask' is for questionnaires, and they for it", item.part)
    sites = _sites(protocols)
    for i, site in enumerate(item.for_sites):
        if site not in sites:
            table.problem(f"for_sites[{i}]", f"{site!a} is no restriction site{did_you_mean(site, sites)}", site)
    table.done()
    return item


def _sites(protocols: Mapping[str, Protocol]) -> tuple[str, ...]:
    """Every answer to a question named ``site``."""
    return tuple(
        choice.id
        for protocol in protocols.values()
        for question in protocol.questions
        if question.id == "site"
        for choice in question.choices
    )


def _check(programme: Programme, protocols: Mapping[str, Protocol], top: Table) -> None:
    """What must hold between items."""
    tested: set[str] = set()
    asked_site = False
    for i, item in enumerate(programme.items):
        protocol = protocols[item.protocol]
        if programme.when != "not_before_sport" and protocol.kind == "stretch":
            top.problem("when", f"{programme.when!r}: {item.protocol} is static stretching: write 'not_before_sport'")
        if item.part == "retest" and item.protocol not in tested:
            top.problem(f"items[{i}].part", f"'retest' of {item.protocol} without a 'test' of it before", item.part)
        if item.for_sites and not asked_site:
            top.problem(f"items[{i}].for_sites", "needs an item that asks for the site before it", item.for_sites)
        if item.part == "test":
            tested.add(item.protocol)
        asked_site = asked_site or any(question.id == "site" for question in protocol.questions)
