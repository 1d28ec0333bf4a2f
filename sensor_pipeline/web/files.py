"""The page's own files, read once: what is not in this folder cannot be asked for.

In: the folder ``static``. Out: paths with their bytes and types. Must not live here: HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
INDEX: Final = "index.html"
TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
}
"""Types of what is served; other files (licences) are not."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file: its bytes and its type."""

    body: bytes
    type: str


def page_files(folder: Path = FOLDER) -> dict[str, PageFile]:
    """Every file of the page by its path on the server."""
    found = {
        f"/static/{path.relative_to(folder).as_posix()}": PageFile(path.read_bytes(), TYPES[path.suffix])
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES
    }
    found["/"] = found.pop(f"/static/{INDEX}")
    return found
