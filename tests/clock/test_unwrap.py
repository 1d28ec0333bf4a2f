"""Differences on a ring, by the half-window rule."""

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.clock.unwrap import signed_difference


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
