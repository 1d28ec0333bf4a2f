"""One sentence for each state of a link that is not as it should be."""

from __future__ import annotations

import pytest

from sensor_pipeline.ble.advice import advise_link
from sensor_pipeline.ble.machine import State
from sensor_pipeline.ble.meter import Meter
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.library.specs import load_spec

SHIN = load_spec("shin-imu-v1")


def advice(state, now_s=100.0, **known):
    given = {"scan_problem": "", "turned_away": "", "found": False, **known}
    match = known.pop("match", None)
    given.pop("match", None)
    return advise_link(state, Meter(SHIN, None, 104.0), Wanted(SHIN, match=match), now_s=now_s, **given)


@pytest.mark.parametrize(
    ("state", "known", "said"),
    [
        (State("streaming"), {}, ""),
        (State("connecting"), {}, ""),
        (State("connecting", failures=1, why="no answer"), {}, "trying again after: no answer"),
        (State("waiting", failures=1, why="no answer"), {}, "trying again after: no answer"),
        (State("stalled"), {}, "connected, but no data comes; START was sent again"),
        (
            State("seeking"),
            {"scan_problem": "Bluetooth is turned off; turn it on"},
            "Bluetooth is turned off; turn it on",
        ),
        (State("seeking"), {"now_s": 2.0}, ""),
        (State("seeking"), {"now_s": 9.0}, "shin IMU profile v1 was not heard for 9 s: switch it on"),
        (State("seeking"), {"now_s": 9.0, "match": "L\x1b1"}, "L\\x1b1 was not heard for 9 s: switch it on"),
        (State("seeking", why="gone", known=True), {"found": True, "now_s": 9.0}, "lost (gone) and not heard for 9 s"),
        (State("seeking", why="x"), {"turned_away": "this is no shin"}, "this is no shin; no other one was heard"),
        (State("ended", why="stopped", known=True), {}, ""),
        (State("ended", why="gone", known=True), {}, "it did not come back before the end (gone)"),
        (State("ended"), {}, "it was never connected: nothing was recorded of it"),
    ],
)
def test_what_is_said(state, known, said):
    found = advice(state, **known)
    assert found.startswith(said)
    assert bool(found) == bool(said)
