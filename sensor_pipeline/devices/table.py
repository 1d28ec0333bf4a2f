"""Strict reading of one TOML table: every key is asked for, typed and bounded; every problem is collected.

In: a dict from tomllib. Out: checked values; problems in a list. Must not live here: what a sensor is.

A method whose value is missing or wrong notes the problem and returns a harmless stand-in, so that one pass finds all
problems; whoever started the pass raises when the list is not empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sensor_pipeline.errors import SpecError

T = TypeVar("T")

MAX_TEXT = 2000
"""Longest text value in characters: room for a note, none for a payload."""
MAX_ITEMS = 256
"""Most items in any list."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the closest known word, else a list of what there is."""
    from difflib import get_close_matches  # only mistakes pay for it

    names = list(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; use one of {', '.join(names)}" if names else ""


class Table:
    """A view of one table at ``path`` that remembers which keys were asked for."""

    def __init__(self, data: Mapping[str, object], path: str, where: str, problems: list[SpecError]) -> None:
        self._data = data
        self.path = path
        self._where = where
        self._problems = problems
        self._asked: dict[str, None] = {}

    def at(self, key: str) -> str:
        """Dotted place of a key."""
        return f"{self.path}.{key}" if self.path else key

    def problem(self, key: str, what: str, value: object = None) -> None:
        """Note a problem with a key's value."""
        place = self.at(key) if key else self.path
        self._problems.append(SpecError(f"{self._where}: {place}: {what}", place, value))

    @property
    def problem_count(self) -> int:
        """Problems noted so far in the whole document: tells whether a value just read is a stand-in."""
        return len(self._problems)

    def has(self, key: str) -> bool:
        """True where the key is present; it is a known key from now on."""
        self._asked[key] = None
        return key in self._data

    def holds_text(self, key: str) -> bool:
        """True where the key's value is a text: for keys that take a text or a table."""
        return self.has(key) and isinstance(self._data[key], str)

    def names(self) -> tuple[str, ...]:
        """All keys, known from now on: for tables whose keys are names."""
        for key in self._data:
            self._asked[key] = None
        return tuple(self._data)

    def done(self) -> None:
        """Note every key nobody asked for."""
        for key, value in self._data.items():
            if key not in self._asked:
                self.problem(key, f"unknown key{did_you_mean(key, self._asked)}", value)

    def text(self, key: str, default: str | None = None, choices: Sequence[str] = ()) -> str:
        """A text of 1 to 2000 characters; one of ``choices`` where given."""
        value = self._get(key, default)
        if value is None:
            return choices[0] if choices else ""
        if not isinstance(value, str):
            self.problem(key, f"needs a text, got {_show(value)}", value)
        elif not value.isprintable() or len(value) > MAX_TEXT or (not value and default is None):
            self.problem(key, f"needs 1 to {MAX_TEXT} printable characters on one line, got {len(value)}", value)
        elif choices and value not in choices:
            self.problem(key, f"{value!r} is not known{did_you_mean(value, choices)}", value)
        else:
            return value
        return choices[0] if choices else ""

    def integer(self, key: str, lo: int, hi: int, default: int | None = None) -> int:
        """A whole number in [lo, hi]."""
        value = self._get(key, default)
        if value is None:
            return lo
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(key, f"needs a whole number, got {_show(value)}{_no_expressions(value)}", value)
        elif not lo <= value <= hi:
            self.problem(key, f"{_show(value)} is outside {lo}..{hi}", value)
        else:
            return value
        return lo

    def number(self, key: str, lo: float, hi: float, default: float | None = None) -> float:
        """A finite number in [lo, hi]."""
        value = self._get(key, default)
        return lo if value is None else self._number(key, value, lo, hi)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._get(key, default)
        if isinstance(value, bool):
            return value
        self.problem(key, f"needs true or false, got {_show(value)}", value)
        return default

    def numbers(self, key: str, lo: float, hi: float) -> tuple[float, ...]:
        """A number or a list of numbers, each in [lo, hi]; empty where the key is missing."""
        if not self.has(key):
            return ()
        value = self._data[key]
        items = value if isinstance(value, list) else [value]
        return tuple(self._number(f"{key}[{i}]", item, lo, hi) for i, item in enumerate(self._short(key, items)))

    def integers(self, key: str, lo: int, hi: int) -> tuple[int, ...]:
        """A whole number or a list of them, each in [lo, hi]."""
        found = self.numbers(key, lo, hi)
        if any(number != int(number) for number in found):
            self.problem(key, f"needs whole numbers, got {_show(self._data[key])}", self._data[key])
        return tuple(int(number) for number in found)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is missing."""
        return tuple(item for _, item in self._items(key, str, "a list of texts"))

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; empty where the key is missing."""
        return tuple(
            Table(item, self.at(f"{key}[{i}]"), self._where, self._problems)
            for i, item in self._items(key, dict, "a list of tables")
        )

    def table(self, key: str) -> Table:
        """A table; an empty one stands in where it is missing."""
        value = self._get(key, None)
        if value is not None and not isinstance(value, dict):
            self.problem(key, f"needs a table, got {_show(value)}", value)
        return Table(value if isinstance(value, dict) else {}, self.at(key), self._where, self._problems)

    def rows(self, key: str, width: int, lo: float, hi: float) -> tuple[tuple[float, ...], ...]:
        """A list of rows of ``width`` numbers each, in [lo, hi]; empty where the key is missing."""
        rows = []
        for i, row in self._items(key, list, "a list of rows"):
            if len(row) != width:
                self.problem(f"{key}[{i}]", f"needs {width} numbers in a row, got {len(row)}", row)
            else:
                rows.append(tuple(self._number(f"{key}[{i}]", item, lo, hi) for item in row))
        return tuple(rows)

    def hex_bytes(self, key: str, max_bytes: int, default: str | None = None) -> bytes:
        """Bytes written in hexadecimal; spaces are allowed."""
        text = self.text(key, default)
        try:
            payload = bytes.fromhex(text)
        except ValueError:
            self.problem(key, f"{text[:40]!r} is not hexadecimal", text)
            return b""
        if len(payload) > max_bytes:
            self.problem(key, f"{len(payload)} bytes; at most {max_bytes}", text)
            return b""
        return payload

    def _get(self, key: str, default: object) -> object:
        if self.has(key):
            return self._data[key]
        if default is None:
            close = did_you_mean(key, [k for k in self._data if k not in self._asked]) if self._data else ""
            self.problem(key, f"is missing{close if 'did you mean' in close else ''}")
        return default

    def _number(self, key: str, value: object, lo: float, hi: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(key, f"needs a number, got {_show(value)}{_no_expressions(value)}", value)
        elif not math.isfinite(value) or not lo <= value <= hi:
            self.problem(key, f"{_show(value)} is outside {lo:g}..{hi:g}", value)
        else:
            return float(value)
        return lo

    def _items(self, key: str, kind: type[T], what: str) -> list[tuple[int, T]]:
        if not self.has(key):
            return []
        value = self._data[key]
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            self.problem(key, f"needs {what}, got {_show(value)}", value)
            return []
        return [(i, item) for i, item in enumerate(self._short(key, value)) if isinstance(item, kind)]

    def _short(self, key: str, items: list[object]) -> list[object]:
        if len(items) > MAX_ITEMS:
            self.problem(key, f"{len(items)} items; at most {MAX_ITEMS}", len(items))
        return items[:MAX_ITEMS]


def _show(value: object) -> str:
    # repr of a very long integer raises ValueError (Python's digit limit), so its size is judged first
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of more than 128 bits"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _no_expressions(value: object) -> str:
    return " (a spec holds numbers, no expressions)" if isinstance(value, str) else ""
