"""The connection log: times, no person's data, nothing a terminal obeys, bounded."""

from __future__ import annotations

import pytest

from sensor_pipeline.ble.log import FIRST_LINES, LAST_LINES, ConnectionLog, masked, scrubbed


def test_a_line_tells_time_since_the_first_one_who_and_what():
    log = ConnectionLog()
    log.add(5_000_000_000, None, "began")
    log.add(6_250_000_000, 1, "lost")
    assert log.lines == ("     0.000 s  session   began", "     1.250 s  sensor 1  lost")
    assert log.text == "".join(f"{line}\n" for line in log.lines)


def test_a_sink_gets_each_line_at_once():
    got = []
    log = ConnectionLog(got.append)
    log.add(0, 0, "x")
    assert got == list(log.lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("device C0:FF:EE:12:34:56 gone", "device ..34:56 gone"),
        ("/org/bluez/hci0/dev_C0_FF_EE_12_34_56", "/org/bluez/hci0/dev_..34_56"),
        ("no 12345678-ABCD-ABCD-ABCD-1234567890AB there", "no ..90AB there"),
        ("a\nb\tc", "a b c"),
        ("red \x1b[31m", "red \\x1b[31m"),
        ("Müller", "M\\xfcller"),
    ],
)
def test_foreign_text_is_made_harmless(text, shown):
    assert scrubbed(text) == shown


def test_long_text_is_cut():
    assert len(scrubbed("x" * 10_000)) == 400


def test_a_serial_number_keeps_its_last_characters():
    assert masked("SHIN-0001") == "..0001"
    assert masked("12") == "12"


def test_memory_is_bounded_and_the_beginning_is_kept():
    log = ConnectionLog()
    for number in range(FIRST_LINES + LAST_LINES + 7):
        log.add(number, None, f"line {number}")
    assert len(log.lines) == FIRST_LINES + LAST_LINES + 1
    assert log.lines[0].endswith("line 0")
    assert log.lines[FIRST_LINES] == "... 7 lines left out ..."
    assert log.lines[-1].endswith(f"line {FIRST_LINES + LAST_LINES + 6}")
