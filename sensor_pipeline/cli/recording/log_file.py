"""The connection log on disk: beside the session's files as soon as there are some.

In: lines. Out: ``connection.log``. Must not live here: what is logged, what is left out of it for privacy.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final, TextIO

LOG_FILE: Final = "connection.log"


class LogFile:
    """Keeps lines until it knows the folder, then writes each at once.

    A log that cannot be written must never end a recording: it is then incomplete, and ``whole`` says so.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._file: TextIO | None = None
        self.path: Path | None = None
        self.whole = True

    def line(self, text: str) -> None:
        """Take a line."""
        if self._file is None:
            self._waiting.append(text)
        else:
            self._write(text)

    def open_in(self, folder: Path) -> None:
        """Write what has waited, and from now on every line, to the log in a folder; an older one there is replaced."""
        self.path = folder / LOG_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8", buffering=1)
        except OSError:
            self.whole = False
            return
        for text in self._waiting:
            self._write(text)
        self._waiting.clear()

    def _write(self, text: str) -> None:
        if self._file is not None:
            try:
                self._file.write(f"{text}\n")
            except OSError:
                self.whole = False

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
