import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.recording.exporters.text_cell import FORMULA_STARTS, text_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", " =1", "=cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_run_is_text(text):
    assert text_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["left", "", "no_lift_seen", "it's fine", "a=b", "Müller", "3-1"])
def test_other_text_stays_as_it_is(text):
    assert text_cell(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", r"a\x0ab"), ("\t=1", r"\x09=1"), ("\x1b[31mred", r"\x1b[31mred"), ("\u202eevil", r"\u202eevil")],
)
def test_control_characters_are_escaped(text, shown):
    assert text_cell(text) == shown


@given(st.text())
def test_no_text_starts_a_formula_or_a_second_line(text):
    cell = text_cell(text)
    assert cell == "" or cell.isprintable()
    assert not cell.startswith(FORMULA_STARTS)
    written = io.StringIO()
    csv.writer(written).writerow([cell, "next"])
    assert next(csv.reader([written.getvalue()])) == [cell, "next"]
