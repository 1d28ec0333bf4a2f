"""Every question wants an answer of its own; none is answered by an Enter too many."""

import click
import pytest
from click.testing import CliRunner, Result

from sensor_pipeline.cli.recording import safety_questions
from sensor_pipeline.errors import UserError
from sensor_pipeline.protocols.safety import EXCLUSIONS, SafetyAnswers


def ask(typed: str) -> tuple[SafetyAnswers | None, Result]:
    found: list[SafetyAnswers] = []

    @click.command()
    def command() -> None:
        found.append(safety_questions.ask())

    result = CliRunner().invoke(command, input=typed)
    return (found[0] if found else None), result


def test_nothing_applies_and_nothing_hurts_takes_two_answers() -> None:
    answers, result = ask("n\n0\n")
    assert answers == SafetyAnswers()
    assert result.stdout == ""  # talk is on standard error
    for exclusion in EXCLUSIONS:
        assert exclusion.text in result.stderr
    assert "does not diagnose, treat or monitor" in result.stderr


def test_what_applies_is_asked_one_by_one_then_whether_a_clinician_cleared_it() -> None:
    answers, _ = ask("y\nn\nn\nn\nn\ny\nn\ny\n3\n1\n")
    assert answers == SafetyAnswers(("swelling",), True, 3, "achilles")


@pytest.mark.parametrize("typed", ["\n", "n\n\n", "n\n11\n", "maybe\n"])
def test_an_enter_or_nonsense_is_no_answer(typed: str) -> None:
    answers, result = ask(typed)
    assert answers is None
    assert result.exit_code == 1


def confirm(known: SafetyAnswers, typed: str) -> tuple[SafetyAnswers | None, Result]:
    found: list[SafetyAnswers] = []

    @click.command()
    def command() -> None:
        found.append(safety_questions.confirm(known))

    result = CliRunner().invoke(command, input=typed)
    return (found[0] if found else None), result


def test_known_answers_are_confirmed_with_one_key_and_pain_is_asked_all_the_same() -> None:
    answers, result = confirm(SafetyAnswers(("swelling",), True), "y2\n4\n")
    assert answers == SafetyAnswers(("swelling",), True, 2, "other")
    assert "Last time you said: swelling, cleared by your clinician." in result.stderr
    assert confirm(SafetyAnswers(), "\ny0\n")[0] == SafetyAnswers()  # Enter is no answer


def test_what_is_no_longer_true_is_asked_anew_and_ctrl_c_leaves() -> None:
    assert confirm(SafetyAnswers(), "ny\nn\nn\nn\nn\ny\nn\ny\n0\n")[0] == SafetyAnswers(("swelling",), True)
    answers, result = confirm(SafetyAnswers(), "\x03")
    assert (answers, result.exit_code) == (None, 1)


def test_the_option_takes_none_or_an_object_and_nothing_else() -> None:
    assert safety_questions.parse("none") == SafetyAnswers()
    assert safety_questions.parse('{"pain": 2, "pain_site": "other"}') == SafetyAnswers(pain=2, pain_site="other")
    for wrong in ("", "no", "{", '{"pain": 20}'):
        with pytest.raises(UserError, match="answers"):
            safety_questions.parse(wrong)
