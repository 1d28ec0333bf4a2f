"""How names and cells of a file are shown in a message: short and printable, whatever stands in them.

In: text from a file. Out: text for one line of a message. Must not live here: parsing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sensor_pipeline.recording.text import printable

SHOWN_CHARACTERS: Final = 60
"""Longest name or cell in a message: a message stays one line."""
SHOWN_NAMES: Final = 30
"""Most column names in a message."""


def file_name(path: Path) -> str:
    """Name of a file without its place, for messages and session.json."""
    return printable(path.name)


def shown(text: str) -> str:
    """Quote a name or a cell for a message."""
    return f"'{printable(text, SHOWN_CHARACTERS)}'"


def shown_names(names: Iterable[str]) -> str:
    """List column names for a message, at most ``SHOWN_NAMES`` of them."""
    every = [shown(name) for name in names]
    more = f" and {len(every) - SHOWN_NAMES} more" if len(every) > SHOWN_NAMES else ""
    return ", ".join(every[:SHOWN_NAMES]) + more
