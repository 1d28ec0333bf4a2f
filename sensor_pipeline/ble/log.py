"""The connection log: what happened to the links and when, as plain text that can be pasted into a bug report.

In: moments and sentences. Out: lines. Must not live here: files, the clock, anything about a person.

Addresses and serial numbers are shortened to their last characters, advertised names are left out: people put their
own names into them. Foreign text is escaped. Memory is bounded: the first and the latest lines are kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Final

FIRST_LINES: Final = 200
"""How it began is what explains a bug: these lines are always kept."""
LAST_LINES: Final = 1800
"""How it went on, as far as it is kept in memory; a sink gets every line."""
LONGEST_LINE: Final = 400
"""Characters; an exception's text may be of any length."""
_ADDRESS: Final = re.compile(
    r"(?<![0-9A-Fa-f])(?:(?:[0-9A-Fa-f]{2}[:_-]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
    r"(?![0-9A-Fa-f])"
)
"""A Bluetooth address (BlueZ writes it with underscores too), or the UUID that macOS uses instead."""
_KEPT: Final = 4
NS_PER_S: Final = 1e9


class ConnectionLog:
    """Collects lines.

    Args:
        sink: gets each finished line (without a line end) at once, for example to write it to a file; None = nobody.
    """

    def __init__(self, sink: Callable[[str], None] | None = None) -> None:
        self._sink = sink
        self._zero_ns: int | None = None
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._count = 0

    def add(self, host_time_ns: int, sensor: int | None, text: str) -> None:
        """Note something.

        Args:
            host_time_ns: monotonic time; the first line's is the log's zero.
            sensor: index of the sensor concerned, None = the whole session.
            text: what happened; addresses in it are shortened, unprintable characters escaped.
        """
        if self._zero_ns is None:
            self._zero_ns = host_time_ns
        since_s = (host_time_ns - self._zero_ns) / NS_PER_S
        who = "session " if sensor is None else f"sensor {sensor}"
        line = f"{since_s:10.3f} s  {who}  {scrubbed(text)}"
        self._count += 1
        if len(self._first) < FIRST_LINES:
            self._first.append(line)
        else:
            self._last.append(line)
        if self._sink is not None:
            self._sink(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines kept; a line tells how many were left out between the first and the latest ones."""
        left_out = self._count - len(self._first) - len(self._last)
        middle = (f"... {left_out} lines left out ...",) if left_out else ()
        return (*self._first, *middle, *self._last)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "".join(f"{line}\n" for line in self.lines)


def masked(identity: str) -> str:
    """An address or a serial number, shortened to its last characters: two sensors can still be told apart."""
    kept = identity[-_KEPT - 1 :] if identity[-_KEPT + 1 : -_KEPT + 2] in (":", "_") else identity[-_KEPT:]
    return f"..{kept}" if len(identity) > _KEPT else identity


def scrubbed(text: str) -> str:
    """Text fit for a log line: addresses shortened, everything that a terminal could obey escaped, not too long."""
    flat = " ".join(_ADDRESS.sub(lambda found: masked(found[0]), text).split())
    return "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in flat)[:LONGEST_LINE]
