"""Text cells of a CSV file that a spreadsheet opens as text and nothing else.

In: any text. Out: the same text, harmless. Must not live here: numbers, quoting of separators (the CSV writer does it).
"""

from __future__ import annotations

from typing import Final

from sensor_pipeline.recording.text import printable

FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""A cell that begins so is run as a formula by spreadsheets (OWASP, CSV injection)."""
MAX_CELL: Final = 32_000
"""Longest text of a cell: spreadsheets hold 32 767 characters."""


def text_cell(text: str) -> str:
    """Return the text with control characters escaped, and with an apostrophe before what would be a formula."""
    safe = printable(text, MAX_CELL)
    return f"'{safe}" if safe.lstrip().startswith(FORMULA_STARTS) else safe
