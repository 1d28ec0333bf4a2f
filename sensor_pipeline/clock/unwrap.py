"""Counters and stamps that wrap: differences modulo their width.

In: two values as on the wire, or how wide they are. Out: how far one is from the other, and for how long that can be
told. Must not live here: what a jump means.
"""

from __future__ import annotations

from sensor_pipeline.types import StreamTiming


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


def trusted_silence_s(timing: StreamTiming) -> float:
    """How long a silence may last before counter and stamp may have wrapped unseen, s; infinite without either."""
    if timing.tick_bits is not None and timing.tick_s is not None:
        return float(1 << (timing.tick_bits - 1)) * timing.tick_s
    if timing.counter_bits is not None:
        unit = timing.samples_per_packet if timing.counts == "packets" else 1
        return float(1 << (timing.counter_bits - 1)) * unit * timing.period_s
    return float("inf")
