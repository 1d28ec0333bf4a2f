"""Lines arrive whole, whatever the chunks; the end of the input is no command."""

import asyncio
import os

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.cli.recording.input_lines import LONGEST_LINE, Lines, listen


@given(st.lists(st.text(alphabet="abc é{}", min_size=1).filter(str.strip)), st.lists(st.integers(1, 9)))
def test_any_split_gives_the_same_lines(lines: list[str], sizes: list[int]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    cutter, found = Lines(), list[str]()
    for size in [*sizes, len(data) + 1]:
        found += cutter.feed(data[:size])
        data = data[size:]
    assert found == lines


def test_empty_lines_are_nothing_and_an_endless_one_is_dropped_as_a_whole() -> None:
    lines = Lines()
    assert lines.feed(b"\n  \nmark\n") == ["mark"]
    assert lines.feed(b"x" * (LONGEST_LINE + 1)) == []
    assert lines.feed(b"stop") == []
    assert lines.feed(b"\npause\n") == ["pause"]


def test_a_last_line_without_an_end_counts_and_the_end_itself_is_silent() -> None:
    read, write = os.pipe()
    found: list[str] = []

    async def main() -> None:
        with os.fdopen(read) as stream:
            listen(stream, found.append)
            os.write(write, b"mark\nst")
            os.write(write, b"op")
            os.close(write)
            while len(found) < 2:
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(main(), 10.0))
    assert found == ["mark", "stop"]
