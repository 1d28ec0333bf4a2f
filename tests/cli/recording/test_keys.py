"""Single keys arrive at once from a real (pseudo-)terminal, which is afterwards as it was."""

import asyncio
import os
import sys

import pytest

from sensor_pipeline.cli.recording.keys import typed

if sys.platform == "win32":
    pytest.skip("terminals of POSIX", allow_module_level=True)

import pty
import termios

from sensor_pipeline.cli.recording.keys import at_once, watched


def press(*presses: bytes, expect: int, close: bool = False) -> tuple[list[str], bool]:
    """Type into a terminal; return the keys and whether it echoes afterwards as before."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    found: list[str] = []

    async def main() -> None:
        with at_once(slave), watched(slave, found.append):
            assert not termios.tcgetattr(slave)[3] & termios.ECHO
            assert termios.tcgetattr(slave)[3] & termios.ISIG  # Ctrl-C is still Ctrl-C
            for data in presses:
                os.write(master, data)
            if close:
                os.close(master)
            async with asyncio.timeout(10.0):
                while len(found) < expect:
                    await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)

    asyncio.run(main())
    same = close or termios.tcgetattr(slave) == before
    os.close(slave)
    if not close:
        os.close(master)
    return found, same


def test_keys_come_without_enter_and_the_terminal_is_as_it_was() -> None:
    assert press(b"m", b"q", expect=2) == (["m", "q"], True)


def test_a_terminal_that_is_closed_is_left_alone() -> None:
    found, _ = press(b"m", expect=1, close=False)
    assert found == ["m"]
    assert press(expect=0, close=True)[0] == []


@pytest.mark.parametrize(
    ("data", "keys"),
    [(b"mq", "mq"), (b"\x1b[A", ""), (b"m\x1b[Aq", "m"), (b"\t\x00z", "z"), ("é".encode(), "é"), (b"\xff", "")],
)
def test_arrows_and_control_characters_are_no_keys(data: bytes, keys: str) -> None:
    assert typed(data) == keys
