"""Differences on a ring, by the half-window rule."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.clock.unwrap import signed_difference, trusted_silence_s


def test_half_window_rule_at_its_edges() -> None:
    assert signed_difference(5, 3, 256) == 2
    assert signed_difference(3, 5, 256) == -2
    assert signed_difference(0, 255, 256) == 1
    assert signed_difference(127, 0, 256) == 127
    assert signed_difference(128, 0, 256) == -128


@given(st.sampled_from([8, 16, 24, 32, 64]), st.integers(0, 2**70), st.data())
def test_recovers_any_true_difference_inside_the_window(bits: int, start: int, data: st.DataObject) -> None:
    modulus = 1 << bits
    step = data.draw(st.integers(-modulus // 2, modulus // 2 - 1))
    assert signed_difference((start + step) % modulus, start % modulus, modulus) == step


@pytest.mark.parametrize(
    ("name", "silence_s"),
    [
        ("shin", 2**31 * 1e-6),  # the stamp counts, whatever the counter does
        ("counter", 2**15 / 104),
        ("packets", 2**7 * 4 / 104),
        ("wit", math.inf),
    ],
)
def test_a_silence_can_be_counted_through_half_a_turn(bench: Any, name: str, silence_s: float) -> None:
    assert trusted_silence_s(bench.timings[name]) == pytest.approx(silence_s)
