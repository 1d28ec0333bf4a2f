"""Questions of a protocol: from checked tables to :class:`~sensor_pipeline.protocols.protocol.Question`.

In: one ``[[questions]]`` table. Out: a question. Must not live here: asking, what an answer means for safety.
"""

from __future__ import annotations

from sensor_pipeline.devices.table import Table
from sensor_pipeline.protocols.document import read_id
from sensor_pipeline.protocols.protocol import QUESTION_KINDS, Choice, Question


def parse_question(table: Table) -> Question:
    """One question with its choices, or the ends of its scale."""
    found = table.text("kind", None, QUESTION_KINDS)
    kind = next(one for one in QUESTION_KINDS if one == found)
    question = Question(
        id=read_id(table),
        text=table.text("text"),
        kind=kind,
        choices=tuple(_choice(item) for item in table.tables("choices")),
        lo=table.integer("lo", 0, 100) if kind == "scale" else 0,
        hi=table.integer("hi", 0, 100) if kind == "scale" else 0,
        each_time=table.flag("each_time", False),
    )
    if (kind == "choice") != (len(question.choices) > 1):
        table.problem("choices", f"kind {kind!r} with {len(question.choices)}; a choice, and nothing else, has several")
    if kind == "scale" and question.lo >= question.hi:
        table.problem("hi", f"{question.hi} must be above lo, {question.lo}", question.hi)
    table.done()
    return question


def _choice(table: Table) -> Choice:
    choice = Choice(read_id(table), table.text("text"), table.text("suggests") if table.has("suggests") else "")
    table.done()
    return choice
