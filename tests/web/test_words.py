"""The message catalogue: whole in every language, and nothing asked for that is not there."""

from __future__ import annotations

import re

import pytest

from sensor_pipeline.protocols.coach import FAULT_WORDS
from sensor_pipeline.protocols.safety import EXCLUSIONS, PAIN_SITES
from sensor_pipeline.web.files import FOLDER, page_files

SCRIPTS = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js")))
HTML = (FOLDER / "index.html").read_text(encoding="utf-8")


def catalogue(language):
    text = (FOLDER / "lang" / f"{language}.js").read_text(encoding="utf-8")
    found = re.findall(r'(?:"([\w.-]+)"|\b([a-z_]+)): "((?:[^"\\]|\\.)*)"', text)
    return {quoted or plain: words for quoted, plain, words in found}


EN, DE = catalogue("en"), catalogue("de")


def test_every_english_word_has_a_german_one_with_the_same_places():
    assert set(EN) <= set(DE)
    for key, words in EN.items():
        assert set(re.findall(r"\{(\w+)\}", words)) == set(re.findall(r"\{(\w+)\}", DE[key])), key


def test_german_has_a_word_for_each_sentence_of_the_core():
    assert {f"fault.{name}" for name in FAULT_WORDS} <= set(DE)
    assert {f"gate.{one.id}" for one in EXCLUSIONS} | {f"site.{name}" for name in PAIN_SITES} <= set(DE)


def test_everything_that_the_page_asks_for_is_there():
    asked = set(re.findall(r'\bt\("([\w.-]+)"', SCRIPTS)) | set(re.findall(r'data-t(?:-label)?="([\w.-]+)"', HTML))
    assert len(asked) > 50
    assert asked <= set(EN)


def test_nothing_lies_in_the_catalogue_that_nobody_asks_for():
    everything = SCRIPTS + HTML
    loose = [
        k for k in EN if f'"{k}"' not in everything and not re.match(r"(side|link|set|theme)_|(name|left|right)$", k)
    ]
    assert loose == []


@pytest.mark.parametrize(
    "word", ["normal", "abnormal", "validated", "clinical grade", "injury risk", "stayed down", "equinus"]
)
def test_words_that_claim_too_much_are_not_used(word):
    assert not any(word in text.lower() for text in [*EN.values(), *DE.values()])


def test_no_text_becomes_markup():
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", SCRIPTS)


def test_the_page_asks_nobody_else():
    own = SCRIPTS + HTML + (FOLDER / "page.css").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"'`]+", own)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_weighs_no_more_than_150_kb():
    assert sum(len(file.body) for file in page_files().values()) <= 150_000
