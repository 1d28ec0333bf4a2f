"""Keys and lines mean what the legend says, and a line that means nothing is refused by name."""

import pytest

from sensor_pipeline.cli.recording.commands import (
    ACTIONS,
    ENDS,
    KEY_VALUES,
    KEYS,
    LEGEND,
    RECORDED,
    Command,
    of_key,
    of_line,
)
from sensor_pipeline.errors import UserError


def test_every_action_is_recorded_or_ends_the_session_and_every_key_is_in_the_legend() -> None:
    assert set(ACTIONS) == RECORDED | ENDS
    for key, (action, words) in KEYS.items():
        assert of_key(key, False) == Command(action, KEY_VALUES.get(key))
        assert f"{key} {words}" in LEGEND
    assert "IT HURTS, STOP" in LEGEND


def test_capitals_are_as_good_and_space_pauses_and_goes_on() -> None:
    assert of_key("Q", False) == Command("stop")
    assert of_key(" ", False) == of_key("p", False) == Command("pause")
    assert of_key(" ", True) == of_key("p", True) == Command("resume")
    assert of_key("Y", False) == Command("answer", {"touched": True})
    assert of_key("x", False) == Command("answer", {"touched": False})
    assert of_key("w", False) is None


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("mark", Command("mark")),
        ("  hurts-stop \n", Command("hurts-stop")),
        ('{"command": "pause"}', Command("pause")),
        ("side right", Command("side", "right")),
        ("side", Command("side")),
        ("distance 7.5", Command("distance", 7.5)),
        ('{"command": "distance", "value": 8}', Command("distance", 8.0)),
        ("person anna b", Command("person", {"name": "anna b", "answers": None})),
        (
            '{"command": "person", "value": {"name": "ben", "answers": {"pain": 0}}}',
            Command("person", {"name": "ben", "answers": {"pain": 0}}),
        ),
        ('{"command": "answer", "value": {"shoes": "none"}}', Command("answer", {"shoes": "none"})),
    ],
)
def test_a_line_is_a_word_a_word_with_a_value_or_an_object(line: str, command: Command) -> None:
    assert of_line(line) == command


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hop", "no command 'hop'"),
        ("MARK", "no command 'MARK'"),
        ("side up", "left or right"),
        ("distance", "centimetres"),
        ("distance nan", "centimetres"),
        ('{"command": "distance", "value": true}', "centimetres"),
        ("person", "pseudonym"),
        ("answer yes", "object"),
        ('{"command": "mark", "at": 3}', "'at'"),
        ('{"command": ["mark"]}', "no command"),
        ("{mark}", "no JSON"),
        ("\x1b[31mmark", r"no command '\\x1b"),
    ],
)
def test_anything_else_is_refused(line: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        of_line(line)
