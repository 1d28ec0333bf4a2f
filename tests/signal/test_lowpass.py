"""The low-pass is two running means: symmetric in time, exact on straight lines, blind to the cut of its input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.signal.lowpass import Lowpass, LowpassParams

RATE_HZ = 104.0


def run(x: np.ndarray, cuts: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    low = Lowpass(RATE_HZ, LowpassParams())
    t = np.arange(len(x)) / RATE_HZ
    parts = [
        low.update(a, b) for a, b in zip(np.split(t, sorted(cuts or [])), np.split(x, sorted(cuts or [])), strict=True)
    ]
    return np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])


def test_a_ramp_comes_out_unchanged_at_its_own_time() -> None:
    x = 0.3 * np.arange(400) / RATE_HZ
    time_s, smooth = run(x)
    inside = slice(20, None)  # past the start, where the first value stands in for the past
    np.testing.assert_allclose(smooth[inside], 0.3 * time_s[inside], atol=1e-12)


def test_an_impulse_becomes_a_symmetric_triangle_around_its_own_time() -> None:
    x = np.zeros(200)
    x[100] = 1.0
    time_s, smooth = run(x)
    centre = float(np.sum(time_s * smooth) / np.sum(smooth))
    assert abs(centre - 100 / RATE_HZ) < 1e-12
    top = int(np.argmax(smooth))
    np.testing.assert_allclose(smooth[top - 5 : top], smooth[top + 5 : top : -1], atol=1e-15)


@pytest.mark.parametrize("hz", [0.5, 2.0, 5.3, 8.0, 10.0, 12.0])
def test_a_sine_passes_with_the_analytic_gain_of_two_running_means(hz: float) -> None:
    t = np.arange(2080) / RATE_HZ
    width = Lowpass(RATE_HZ, LowpassParams()).width_rows
    gain = (np.sin(np.pi * hz * width / RATE_HZ) / (width * np.sin(np.pi * hz / RATE_HZ))) ** 2
    time_s, smooth = run(np.sin(2 * np.pi * hz * t))
    inside = slice(50, None)
    np.testing.assert_allclose(smooth[inside], gain * np.sin(2 * np.pi * hz * time_s[inside]), atol=1e-9)


def test_after_reset_the_past_has_no_influence() -> None:
    low = Lowpass(RATE_HZ, LowpassParams())
    t = np.arange(50) / RATE_HZ
    low.update(t, np.full(50, 7.0))
    low.reset()
    skipped, time_s, smooth = low.update(t, np.full(50, 1.0))
    assert skipped == low.delay_rows
    np.testing.assert_array_equal(time_s, t[: 50 - skipped])
    np.testing.assert_array_equal(smooth, np.ones(50 - skipped))


@given(
    st.lists(st.floats(-3, 3), max_size=120),
    st.lists(st.integers(0, 120), max_size=8),
)
def test_any_split_gives_the_same_bits(values: list[float], cuts: list[int]) -> None:
    x = np.array(values, np.float64)
    for whole, split in zip(run(x), run(x, cuts), strict=True):
        np.testing.assert_array_equal(whole, split)


@given(
    x=st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=60),
    rows=st.integers(1, 9),
    rate_hz=st.sampled_from([10.0, 25.0, 104.0, 208.0]),
)
def test_a_few_rows_at_a_time_give_the_same_bits(x: list[float], rows: int, rate_hz: float) -> None:
    t = [i / rate_hz for i in range(len(x))]
    skipped, centre_s, smooth = Lowpass(rate_hz, LowpassParams()).update(np.array(t), np.array(x))
    low = Lowpass(rate_hz, LowpassParams())
    parts = [low.update_few(t[i : i + rows], x[i : i + rows]) for i in range(0, len(x), rows)]
    assert sum(part[0] for part in parts) == skipped
    assert [v for part in parts for v in part[1]] == centre_s.tolist()
    assert [v for part in parts for v in part[2]] == smooth.tolist()
