"""Session ids: sortable, safe as a folder's name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.session_id import check_session_id, is_session_id, new_session_id

WHEN = datetime(2026, 11, 20, 18, 4, 12, tzinfo=UTC)


def test_it_names_time_side_and_protocol() -> None:
    assert re.fullmatch(
        r"20261120T180412Z-left-knee_to_wall-[0-9a-f]{4}", new_session_id(WHEN, ["left"], "knee_to_wall")
    )
    both = new_session_id(WHEN.astimezone(timezone(timedelta(hours=-5))), ["right", "left"], "ktw")
    assert both.startswith("20261120T180412Z-left_right-ktw-")


@given(st.text(max_size=200))
def test_whatever_the_protocol_is_called_the_id_is_one(protocol: str) -> None:
    for sides in ([], ["left", "right"]):
        assert is_session_id(new_session_id(WHEN, sides, protocol))


@pytest.mark.parametrize("text", ["", "../x", "a/b", "a\\b", "a.b", "x" * 65, "a\n", "\x1b[2J", "ä", ".", ".."])
def test_what_could_leave_the_library_is_no_id(text: str) -> None:
    assert not is_session_id(text)
    with pytest.raises(UserError, match="is no session id") as caught:
        check_session_id(text)
    assert str(caught.value).isprintable()


def test_an_id_passes() -> None:
    assert check_session_id("x" * 64) == "x" * 64
