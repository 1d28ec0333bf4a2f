"""A table on standard output: drawn on a terminal, plain columns when piped.

In: headings and cells of text. Out: lines. Must not live here: what the cells say.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from sensor_pipeline.recording.text import printable


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; whatever a cell holds, the terminal obeys none of it.

    Args:
        headings: one for each column.
        rows: cells, as many as there are headings.
    """
    safe = [[printable(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _draw(headings, safe)
        return
    widths = [max(len(cell) for cell in column) for column in zip(headings, *safe, strict=True)]
    for row in (headings, *safe):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # Text, not str: a name may hold rich's own markup
    Console().print(table)
