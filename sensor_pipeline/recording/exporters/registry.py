"""The export formats there are. A new one is a module with an :class:`Exporter` in it and a row in ``EXPORTERS``.

In: a format's name. Out: its exporter, imported on request. Must not live here: any format.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, Protocol, cast

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.text import printable


class Exporter(Protocol):
    """What a format offers.

    Attributes:
        tables: the tables that can be written on their own, by name.
    """

    tables: tuple[str, ...]

    def write_folder(self, session: Path, out: Path, *, original: bool, force: bool) -> tuple[Path, ...]:
        """Write everything of a session folder into the folder ``out``; returns the files.

        Args:
            session: the session's folder.
            out: made where it is missing.
            original: leave a person's edits out.
            force: replace files that are there.
        """
        ...

    def write_table(self, session: Path, table: str, sink: BinaryIO, *, original: bool) -> None:
        """Write one of ``tables`` to an open binary file."""
        ...


class _Place(NamedTuple):
    module: str
    name: str
    meaning: str


EXPORTERS: Final[Mapping[str, _Place]] = {
    "csv": _Place("csv_tables", "CSV", "samples.csv and reps.csv for spreadsheets and scripts, units.json beside them"),
}
"""Format to the module in this folder, the exporter in it and one line for the help."""


def exporter_named(name: str) -> Exporter:
    """Import and return the exporter of a format.

    Raises:
        UserError: there is no such format.
    """
    place = EXPORTERS.get(name)
    if place is None:
        near = difflib.get_close_matches(name, EXPORTERS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"--to {printable(name, 40)!r}: no such format; there is {', '.join(EXPORTERS)}{hint}")
    module = importlib.import_module(f"{__package__}.{place.module}")
    return cast(Exporter, getattr(module, place.name))
