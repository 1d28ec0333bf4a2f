"""Random numbers by name: every cause of chance in a simulation draws from its own stream.

In: the simulation's seed and a name. Out: a numpy Generator. Must not live here: distributions, any model.

Streams are independent, so that a change in one model (one more retransmission, one more repetition) leaves the noise,
the strap and the person as they were, and so that records may be generated lazily in any order.
"""

from __future__ import annotations

import zlib

import numpy as np

from sensor_pipeline.errors import UserError


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """The random stream called ``names`` of the simulation ``seed``.

    Args:
        seed: the simulation's seed, >= 0.
        names: what the stream is for, for example ``"noise", 1``.

    Returns:
        A fresh generator at the start of that stream.

    Raises:
        UserError: the seed is negative.
    """
    if seed < 0:
        raise UserError(f"seed {seed}: must be 0 or more")
    words = [zlib.crc32(name.encode()) if isinstance(name, str) else name for name in names]
    # The number of words belongs to the key: numpy pads short keys with zeros, so ("a",) and ("a", 0) would be one.
    return np.random.default_rng([seed, len(words), *words])
