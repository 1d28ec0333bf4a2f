import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers import header, source
from sensor_pipeline.recording.importers.text_table import TextTable

ROWS = "1,2,3\n4,5,6\n"


@pytest.fixture
def table(tmp_path):
    def open_text(content):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return TextTable(path)

    return open_text


@pytest.mark.parametrize(
    "content",
    [
        "a,b,c\n" + ROWS,
        "a;b;c\n1;2;3\n4;5;6\n",
        "a\tb\tc\n1\t2\t3\n4\t5\t6\n",
        "a;b;c\n1,0;2,0;3,0\n4;5;6\n",
        "\ufeffa,b,c\n" + ROWS,
        "sep=,\na,b,c\n" + ROWS,
        "sep=;\na;b;c\n1;2;3\n4;5;6\n",
        "\ufeffsep=,\r\na,b,c\r\n1,2,3\r\n4,5,6\r\n",
        "a,b,c\r1,2,3\r4,5,6\r",
        '"a","b","c"\n"1","2","3"\n4,5,6',
        "# made by X\n# rate, 100\n#a,b,c\n" + ROWS,
        "Device:,X1\nRate:,60\n\na,b,c\n" + ROWS,
        "a,b,c,\n1,2,3,\n4,5,6,\n",
        "a,b,c\n1,2,3,\n4,5,6,\n",
        "a, b ,c\n 1, 2 ,3\n\n4,5,6\n\n",
        "a,b,c\nms,g,deg/s\n" + ROWS,
        "one,two,three\n\na,b,c\n" + ROWS,
        "Größe,µ,°\na,b,c\n".encode("latin-1") + ROWS.encode(),
    ],
)
def test_a_table_is_found_whatever_stands_around_it(table, content):
    found = table(content)
    assert [name for name in found.names if name] == ["a", "b", "c"]
    assert found.load([0, 1, 2]).tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_a_row_of_units_is_taken_as_units(table):
    assert table("a,b,c\nms,m/(s^2),deg/s\n" + ROWS).stated_units == {0: "ms", 1: "m/(s^2)", 2: "deg/s"}


def test_empty_cells_are_missing_values_and_text_columns_do_not_matter(table):
    found = table("a,b,c,note\n1,,3,walking\nNaN,5,null,\n7,8,9,\n")
    assert np.array_equal(found.load([0, 1, 2]), [[1, math.nan, 3], [math.nan, 5, math.nan], [7, 8, 9]], equal_nan=True)
    assert found.load_text(3) == ["walking", "", ""]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n\n", "only blank lines"),
        (b"a,b,c\n", r"header \('a', 'b', 'c'\) and no rows"),
        (b"1,2,3\n4,5,6\n", "has no header"),
        (b"just some words\nand more\n", "no table found"),
        (b"a,b\n1,2\n", "no table found"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x1f\x8brest", "gzip"),
        ("a,b,c\n1,2,3\n".encode("utf-16"), "UTF-16"),
        (b"\x00\x01\x02\x03", "no text and no Parquet"),
    ],
)
def test_what_is_no_table_is_refused_by_name(table, content, words):
    with pytest.raises(FileError, match=words):
        table(content)


def test_text_of_older_windows_programs_is_read(table):
    assert table("Time (s),Wx (°/s),c\n1,2,3\n".encode("latin-1")).names[1] == "Wx (°/s)"


@pytest.mark.parametrize("cell", ["abc", "1.2.3", "0x10", "1_000", "12:30", "--", "1,5"])
def test_a_cell_that_is_no_number_is_named(table, cell):
    found = table(f'a,b,c\n1,2,3\n4,"{cell}",6\n')
    with pytest.raises(FileError, match=rf"data row 2, column 'b': '{cell}' is no number"):
        found.load([0, 1])


def test_a_row_with_a_wrong_number_of_cells_is_named(table):
    with pytest.raises(FileError, match=r"data row 2 has 2 cells where the header has 3 \(2 such rows\)"):
        table("x: y\na,b,c\n1,2,3\n\n4,5\n6,7,8\n9\n").load([0])


def test_a_file_larger_than_the_limit_is_not_read(table, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 10)
    with pytest.raises(FileError, match="more than the 0 MB limit"):
        table("a,b,c\n" + ROWS)


def test_a_table_with_too_many_cells_is_not_read(table, monkeypatch):
    monkeypatch.setattr(source, "MAX_CELLS", 8)
    with pytest.raises(FileError, match=r"3 rows x 3 columns is more than the limit of 8 cells"):
        table("a,b,c\n" + ROWS)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(FileError, match="No such file"):
        TextTable(tmp_path / "none.csv")


def test_a_preamble_longer_than_the_search_is_refused_and_not_read_for_ever(table):
    with pytest.raises(FileError, match="no table found"):
        table("x" * (header.HEAD_BYTES + 10) + "\na,b,c\n" + ROWS)


def test_whole_numbers_of_64_bits_are_kept(table):
    time, dates = table("t,b,c\n1718030736872695301,2,3\n1718030736872695303,5,6\n").load_time(0)
    assert (time.dtype, time.tolist(), dates) == (np.int64, [1718030736872695301, 1718030736872695303], False)


@pytest.mark.parametrize("end", ["", "Z"])
def test_dates_are_times(table, end):
    time, dates = table(f"t,b,c,d\n2024-01-15T10:30:00.010{end},2,3,4\n2024-01-15 10:30:00.020{end},5,6,7\n").load_time(
        0
    )
    assert dates
    assert np.diff(time).tolist() == [10_000_000]


def test_a_row_without_a_time_is_named(table):
    with pytest.raises(FileError, match="data row 2: no time in column 't'"):
        table("t,b,c\n1,2,3\n,5,6\n").load_time(0)


def test_a_time_that_is_no_time_is_named(table):
    with pytest.raises(FileError, match="data row 2, column 't': 'soon' is no number"):
        table("t,b,c\n1,2,3\nsoon,5,6\n").load_time(0)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1, max_size=8),
    separator=st.sampled_from(",;\t"),
)
def test_what_was_written_with_repr_comes_back_bit_for_bit(tmp_path, rows, separator):
    path = tmp_path / "file.csv"
    lines = [separator.join("abc"), *(separator.join(repr(v) for v in row) for row in rows)]
    path.write_text("\n".join(lines))
    assert TextTable(path).load([0, 1, 2]).tobytes() == np.array(rows, dtype=np.float64).tobytes()


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=200), st.text(alphabet='ab1.,;\t\n\r"# -\x00', max_size=120).map(str.encode))
)
def test_any_bytes_give_numbers_or_a_file_error(tmp_path, content):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    message = ""
    try:
        found = TextTable(path)
        numbers = found.load(range(len(found.names)))
    except FileError as error:
        message = str(error)
    else:
        assert numbers.dtype == np.float64
    assert message == "" or message.isprintable()
