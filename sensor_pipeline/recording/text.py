"""Text from files and from the radio, made safe to print.

In: any text. Out: the same text with nothing in it that a terminal obeys. Must not live here: HTML or CSV escaping.
"""

from __future__ import annotations

from typing import Final

MAX_SHOWN: Final = 200
"""Longest foreign text that a message shows, characters: a name is never longer, a pasted file is."""


def printable(text: str, limit: int = MAX_SHOWN) -> str:
    r"""Return ``text``, cut at ``limit``, with control and direction characters as ``\x1b`` or ``\u202e``."""
    shown = "".join(c if c.isprintable() else _escape(c) for c in text[:limit])
    return shown if len(text) <= limit else shown + "..."


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
