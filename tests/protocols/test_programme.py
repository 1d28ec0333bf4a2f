"""A programme names protocols that exist, in an order that makes sense; its numbers are its author's."""

from __future__ import annotations

import pytest

from sensor_pipeline.errors import ProtocolError
from sensor_pipeline.library.protocols import load_protocols
from sensor_pipeline.protocols.programme import parse_programme, read_programme

PROTOCOLS = load_protocols()
MINE = """schema = 1
id = "mine"
name = "Mine"
about = "two things"
when = "not_before_sport"
how_often = "daily"
sources = ["own"]

[[items]]
protocol = "ktw_standing"
part = "test"

[[items]]
protocol = "restriction_site"
part = "ask"

[[items]]
protocol = "gastroc_step"
part = "exercise"
for_sites = ["calf"]
hold_s = 45.0
rest_after_s = 20.0

[[items]]
protocol = "ktw_standing"
part = "retest"
"""

MISTAKES = [
    ('protocol = "gastroc_step"', 'protocol = "gastroc_stepp"', "items[2].protocol", "did you mean 'gastroc_step'?"),
    ('for_sites = ["calf"]', 'for_sites = ["clf"]', "items[2].for_sites[0]", "did you mean 'calf'?"),
    ("hold_s = 45.0", "hold_s = 9999", "items[2].hold_s", "9999 is outside"),
    ("hold_s = 45.0", "holds = 45", "items[2].holds", "unknown key"),
    ('part = "exercise"', 'part = "ask"', "items[2].part", "'ask' is for questionnaires"),
    ('part = "ask"', 'part = "ask"\nquestions = ["sight"]', "items[1].questions[0]", "did you mean 'site'?"),
    ('part = "test"', 'part = "exercise"', "items[3].part", "'retest' of ktw_standing without a 'test'"),
    ('when = "not_before_sport"', 'when = "any"', "when", "gastroc_step is static stretching"),
    ('sources = ["own"]', "sources = []", "sources", "is empty"),
    (
        'protocol = "restriction_site"\npart = "ask"',
        'protocol = "pain"\npart = "ask"',
        "items[2].for_sites",
        "needs an item that asks for the site",
    ),
]


@pytest.mark.parametrize(("text", "instead", "key", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_key(text: str, instead: str, key: str, words: str) -> None:
    assert MINE.count(text) == 1
    _, problems = read_programme(MINE.replace(text, instead), "mine.toml", PROTOCOLS)
    found = {problem.key: str(problem) for problem in problems}
    assert key in found, found
    assert found[key].startswith(f"mine.toml: {key}: ")
    assert words in found[key]


def test_an_item_s_numbers_take_the_place_of_the_protocol_s_and_are_called_own() -> None:
    programme = parse_programme(MINE, "mine.toml", PROTOCOLS)
    dose = programme.items[2].dose(PROTOCOLS["gastroc_step"])
    assert (dose.reps, dose.hold_s, dose.rest_s) == (3, 45.0, 10.0)
    assert dose.ours == ("rest_s", "hold_s")
    assert programme.items[0].dose(PROTOCOLS["ktw_standing"]) == PROTOCOLS["ktw_standing"].dose


def test_a_programme_without_items_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"items: is empty"):
        parse_programme(MINE[: MINE.index("[[items]]")], "mine.toml", PROTOCOLS)
    with pytest.raises(ProtocolError, match="not readable as TOML"):
        parse_programme("[[items", "mine.toml", PROTOCOLS)
