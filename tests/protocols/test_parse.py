"""A protocol file is read strictly: what is wrong is said with file, key, value and what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import ProtocolError
from sensor_pipeline.library.protocols import protocol_ids, protocol_text
from sensor_pipeline.protocols.document import MAX_BYTES
from sensor_pipeline.protocols.parse import parse_protocol, read_protocol

KTW, STRETCH, SITE, TIMER = "ktw_standing", "gastroc_step", "restriction_site", "release_calf"

# (protocol, text, what stands in its place, dotted key, words of the message)
MISTAKES = [
    (KTW, "schema = 1", "schema = 2", "schema", "2; this program reads schema 1"),
    (KTW, "schema = 1", "", "schema", "is missing"),
    (KTW, "hold_s = 2.0", "hold = 2.0", "dose.hold", "unknown key; did you mean 'hold_s'?"),
    (KTW, "hold_s = 2.0", 'hold_s = "2"', "dose.hold_s", "needs a number, got '2' (write numbers, no expressions)"),
    (KTW, "hold_s = 2.0", "hold_s = 0", "dose.hold_s", "0 is outside 0.1..900"),
    (KTW, "hold_s = 2.0", "hold_s = inf", "dose.hold_s", "inf is outside"),
    (KTW, "reps = 3", "reps = 3.5", "dose.reps", "needs a whole number"),
    (KTW, "reps = 3", "reps = true", "dose.reps", "needs a whole number"),
    (KTW, "step_cm = 1.0\n", "", "dose.ours[2]", "'step_cm' is no number of this dose"),
    (KTW, 'ours = ["reps", "hold_s", "step_cm"]', 'ours = ["effort"]', "dose.ours[0]", "'effort' is no number"),
    (KTW, 'kind = "assessment"', 'kind = "asessment"', "kind", "'asessment' is not known; did you mean 'assessment'?"),
    (KTW, 'way = "search"', 'way = "sarch"', "way", "did you mean 'search'?"),
    (KTW, 'id = "ktw_standing"', 'id = "KTW standing"', "id", "small letters, digits and single underscores"),
    (KTW, 'id = "ktw_standing"', f'id = "{"a" * 26}"', "id", "at most 25"),
    (KTW, 'repeat_on = ["heel_lift", ', 'repeat_on = ["jerky", ', "faults.repeat_on[0]", "'jerky' cannot be chosen"),
    (
        KTW,
        'judged = ["heel_lift", ',
        'judged = ["toe_out", ',
        "faults.judged[0]",
        "'toe_out' cannot be chosen; use one of",
    ),
    (KTW, "loads = true", "loads = 1", "safety.loads", "needs true or false"),
    (KTW, "loads = true\n", "", "safety.loads", "is missing; say true or false"),
    (KTW, "loads = true", "loads = false", "safety.loads", "kind 'assessment' loads or stretches the ankle"),
    (KTW, 'extent = "full"', 'extent = "timer"', "measured.extent", "way 'search' needs what the sensor can see"),
    (KTW, 'sensor_leg = "front"', 'sensor_leg = "none"', "sensor_leg", "exactly where nothing is measured"),
    (KTW, "distance_cm = 8.0", "distance_cm = 80.0", "target.distance_cm", "80.0 is outside 0.1..30"),
    (STRETCH, "strains_achilles = true", "strains_achilles = false", "safety.strains_achilles", "write true"),
    (STRETCH, "loads = true", "loads = false", "safety.loads", "must be true where strains_achilles is"),
    (TIMER, "hold_s = 60.0\nmax_s = 180.0", "hold_s = 60.0\nmax_s = 18.0", "dose.max_s", "18 needs a hold_s"),
    (TIMER, "hold_s = 60.0\nmax_s = 180.0", "", "dose", "way 'timer' needs hold_s or pace_s"),
    (SITE, 'kind = "choice"', 'kind = "scale"', "questions[0].lo", "is missing"),
    (SITE, 'kind = "choice"', 'kind = "yes_no"', "questions[0].choices", "a choice, and nothing else, has several"),
    (SITE, 'way = "questions"', 'way = "reps"', "questions", "a questionnaire, and nothing else, has questions"),
]


@pytest.mark.parametrize(("protocol", "text", "instead", "key", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_file_and_key(protocol: str, text: str, instead: str, key: str, words: str) -> None:
    good = protocol_text(protocol)
    assert good.count(text) == 1
    _, problems = read_protocol(good.replace(text, instead), "mine.toml")
    found = {problem.key: str(problem) for problem in problems}
    assert key in found, found
    assert found[key].startswith(f"mine.toml: {key}: ")
    assert words in found[key]
    assert "\n" not in found[key]


def test_every_problem_is_collected_and_the_first_is_raised_with_their_number() -> None:
    bad = protocol_text(KTW).replace("reps = 3", "reps = 0").replace("hold_s = 2.0", "hold_s = -1")
    with pytest.raises(ProtocolError, match=r"^mine.toml: dose.reps: 0 is outside 1..200 \(and 1 more\)$") as error:
        parse_protocol(bad, "mine.toml")
    assert (error.value.key, error.value.value) == ("dose.reps", 0)


def test_a_document_that_is_no_toml_or_too_large_is_refused() -> None:
    with pytest.raises(ProtocolError, match="not readable as TOML"):
        parse_protocol("schema = = 1")
    with pytest.raises(ProtocolError, match=f"write at most {MAX_BYTES}"):
        parse_protocol("#" * (MAX_BYTES + 1))
    with pytest.raises(ProtocolError, match="nested too deeply"):
        parse_protocol("a = " + "[" * 5000 + "]" * 5000)


def test_what_a_source_does_not_give_is_none_and_never_a_number() -> None:
    squat = parse_protocol(protocol_text("deep_squat"))
    assert (squat.dose.reps, squat.dose.hold_s, squat.dose.rest_s, squat.dose.ours) == (None, None, None, ())


@given(st.sampled_from(protocol_ids()), st.data())
def test_a_file_cut_anywhere_is_read_or_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    text = protocol_text(name)
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 60)))
    protocol, problems = read_protocol(text[:begin] + text[end:], "cut.toml")
    assert (protocol is None) == bool(problems)


def test_the_words_of_the_reader_speak_of_protocols() -> None:
    _, problems = read_protocol(protocol_text(KTW).replace("reps = 3", 'reps = "3"'), "mine.toml")
    assert "spec" not in " ".join(map(str, problems))
