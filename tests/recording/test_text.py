"""Text from elsewhere cannot command a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.recording.text import printable


def test_escape_sequences_and_directions_are_shown_not_obeyed() -> None:
    assert printable("\x1b[2J\r\nx\u202eabc\x9b") == r"\x1b[2J\x0d\x0ax\u202eabc\x9b"
    assert printable("\ud800\U000e0001") == r"\ud800\U000e0001"


def test_plain_words_stay_as_they_are_and_long_ones_are_cut() -> None:
    assert printable("Käthes Schienbein ±1°") == "Käthes Schienbein ±1°"
    assert printable("x" * 300) == "x" * 200 + "..."
    assert printable("abcdef", 3) == "abc..."


@given(st.text(st.characters()))
def test_the_result_is_always_printable(text: str) -> None:
    assert printable(text).isprintable()
