"""SPARC: the reference's own values, and what makes it a measure of smoothness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import UserError
from sensor_pipeline.signal.smoothness import sparc

RATE_HZ = 100.0


def minimum_jerk_speed(duration_s: float, rate_hz: float = RATE_HZ) -> np.ndarray:
    x = np.arange(0.0, duration_s, 1.0 / rate_hz) / duration_s
    return 30.0 * x * x * (1.0 - x) ** 2


def test_the_reference_s_gaussian() -> None:
    """The docstring of the reference implementation: t from -1 to 1 at 100 Hz."""
    assert sparc(np.exp(-5.0 * np.arange(-1.0, 1.0, 0.01) ** 2), RATE_HZ) == pytest.approx(-1.41403, abs=1e-4)


@pytest.mark.parametrize("duration_s", [0.7, 1.25, 2.5, 5.0])
def test_a_minimum_jerk_movement_is_equally_smooth_at_any_tempo(duration_s: float) -> None:
    assert sparc(minimum_jerk_speed(duration_s), RATE_HZ) == pytest.approx(-1.40, abs=0.02)


def test_the_same_tremor_costs_more_in_a_slow_movement() -> None:
    """So only like tempo compares with like tempo: 0.2 deg at 6 Hz on 40 deg."""
    found = []
    for duration_s in (0.7, 1.25, 2.5):
        time_s = np.arange(0.0, duration_s, 1.0 / RATE_HZ)
        tremor = 0.2 / 40.0 * 2.0 * np.pi * 6.0 * np.cos(2.0 * np.pi * 6.0 * time_s)
        found.append(sparc(np.abs(minimum_jerk_speed(duration_s) / duration_s + tremor), RATE_HZ))
    assert -1.45 > found[0] > found[1] > found[2]


@given(st.floats(1e-3, 1e3), st.floats(0.5, 6.0))
def test_its_scale_does_not_matter(scale: float, duration_s: float) -> None:
    speed = minimum_jerk_speed(duration_s)
    assert sparc(scale * speed, RATE_HZ) == pytest.approx(sparc(speed, RATE_HZ), abs=1e-9)


@given(st.lists(st.floats(0.01, 10.0), min_size=8, max_size=200))
def test_it_is_a_length_of_at_least_its_run(values: list[float]) -> None:
    assert sparc(np.array(values), RATE_HZ) <= -1.0 + 1e-12


def test_two_movements_are_rougher_than_one() -> None:
    one = minimum_jerk_speed(1.0)
    assert sparc(np.concatenate((one, np.zeros(30), one)), RATE_HZ) < sparc(one, RATE_HZ) - 0.3


@pytest.mark.parametrize(
    ("speed", "rate_hz", "words"),
    [
        (np.ones(7), RATE_HZ, "7 rows"),
        (np.zeros(50), RATE_HZ, "zero throughout"),
        (np.full(50, np.nan), RATE_HZ, "not finite"),
        (np.ones(50), 0.0, "rate_hz 0.0"),
    ],
)
def test_no_figure_without_a_movement(speed: np.ndarray, rate_hz: float, words: str) -> None:
    with pytest.raises(UserError, match=words):
        sparc(speed, rate_hz)
