"""The outside of a protocol or programme document: size, TOML, schema number, ids.

In: text. Out: the top table, or problems. Must not live here: what stands in the table.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

from sensor_pipeline.devices.table import Table
from sensor_pipeline.errors import SpecError

SCHEMA: Final = 1
MAX_BYTES: Final = 32768
"""Largest document; the largest of ours is a tenth of it."""
_ID: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_MAX_ID: Final = 25
"""Longest id: what the id of a session keeps of it."""


def open_document(text: str, where: str, problems: list[SpecError]) -> Table | None:
    """Read a document as far as its schema number.

    Args:
        text: the TOML document.
        where: file name for messages.
        problems: gets what is wrong.

    Returns:
        The top table; None where nothing in it can be trusted.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        problems.append(SpecError(f"{where}: {size} bytes; write at most {MAX_BYTES}", "", size))
        return None
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: bad TOML, and integers of thousands of digits
        reason = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        problems.append(SpecError(f"{where}: not readable as TOML: {reason}"))
        return None
    top = Table(data, "", where, problems)
    number = top.integer("schema", 0, 2**31)
    if number != SCHEMA:
        if not problems:
            top.problem("schema", f"{number}; this program reads schema {SCHEMA}", number)
        return None
    return top


def read_id(table: Table, key: str = "id") -> str:
    """An id: small letters, digits and single underscores."""
    name = table.text(key)
    if name and not (_ID.fullmatch(name) and len(name) <= _MAX_ID):
        table.problem(key, f"{name!a}: small letters, digits and single underscores only, at most {_MAX_ID}", name)
    return name


def is_programme(text: str) -> bool:
    """Whether a document means to be a programme: it has items. Anything unreadable is taken for a protocol."""
    try:
        return len(text) <= MAX_BYTES and "items" in tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
