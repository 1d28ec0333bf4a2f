"""The still part of a hold ends when the shin leaves, not when it is 3 degrees down."""

import numpy as np
import pytest

from sensor_pipeline.frames import RAD_PER_DEG
from sensor_pipeline.signal.still_hold import last_still_s

RATE_HZ = 100.0


@pytest.mark.parametrize("leaves_s", [1.0, 2.0])
def test_it_ends_where_the_shin_leaves(leaves_s: float) -> None:
    time_s = np.arange(0.0, 3.0, 1.0 / RATE_HZ)
    lean = 40.0 - 20.0 * np.maximum(time_s - leaves_s, 0.0)
    found = last_still_s(time_s, lean * RAD_PER_DEG, 0.0, leaves_s + 0.15, RATE_HZ)
    assert found == pytest.approx(leaves_s, abs=0.1)


def test_a_hold_that_is_never_still_ends_where_it_begins() -> None:
    time_s = np.arange(0.0, 1.0, 1.0 / RATE_HZ)
    assert last_still_s(time_s, 0.5 * time_s, 0.2, 0.8, RATE_HZ) == 0.2
