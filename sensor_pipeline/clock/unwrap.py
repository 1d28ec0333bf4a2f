"""Counters and stamps that wrap: differences modulo their width.

In: two values as on the wire. Out: how far one is from the other. Must not live here: what a jump means.
"""

from __future__ import annotations


def signed_difference(value: int, reference: int, modulus: int) -> int:
    """How far ``value`` is ahead of ``reference`` on a ring, by the half-window rule.

    Args:
        value: as on the wire.
        reference: as on the wire, or unwrapped.
        modulus: 2 to the power of the width.

    Returns:
        The difference in [-modulus/2, modulus/2): negative = behind.
    """
    half = modulus >> 1
    return (value - reference + half) % modulus - half
