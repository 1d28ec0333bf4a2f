"""What a person hears without a screen, and sees on one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sensor_pipeline.ble.status import LinkStatus
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.live_state import LiveState
from sensor_pipeline.cli.recording.outlets import Screen, Talk, battery_text
from sensor_pipeline.cli.recording.plan import Plan
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import BatteryLevel, Cue, LinkChanged, Targets

STATUS = LinkStatus("streaming", 0.0, 104.0, 0, 87.0, -50, "S1", "", 100, 0)
PLAN = Plan(Path("library"), (Wanted(load_spec("shin-imu-v1"), side="right"),), person="anna")


def test_advice_is_said_when_it_changes_and_a_counting_number_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Targets(), ["left"])
    for advice in ("", "not heard for 5 s", "not heard for 6 s", "", "not heard for 5 s"):
        talk.status(0, replace(STATUS, advice=advice))
    assert capsys.readouterr().err == "left: not heard for 5 s\n" * 2


def test_links_batteries_cues_and_alarms_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(Targets(), ["left"])
    talk.events(
        [LinkChanged(0, 0, 1.0, "lost", "no contact"), BatteryLevel(1, 0, 2.0, 12.0), Cue(2, 0, 3.0, "a", "Go.")]
    )
    talk.alarm("disk", "NOT RECORDED")
    talk.alarm("disk", "")
    out, err = capsys.readouterr()
    assert out == ""
    for words in ("left: lost: no contact", "left: battery 12 %: charge it soon", "Go.", "NOT RECORDED"):
        assert words in err


@pytest.mark.parametrize(("percent", "said"), [(20.0, ""), (19.9, "charge it soon"), (9.9, "may fail at any time")])
def test_a_battery_is_warned_of_below_20_percent(percent: float, said: str) -> None:
    assert said in battery_text("left", percent)
    assert bool(battery_text("left", percent)) == bool(said)


def test_the_screen_shows_the_link_as_the_supervisor_sees_it() -> None:
    screen = Screen(LiveState.of(PLAN.setup.sensors, Targets()))
    screen.status(0, replace(STATUS, state="waiting", reconnects=2, advice="bring it nearer"))
    view = screen.state.sensors[0]
    assert (view.link, view.streaming, view.advice) == ("waiting, 2 reconnects", False, "bring it nearer")
    screen.alarm("disk", "full")
    assert screen.state.alarms == {"disk": "full"}
    screen.alarm("disk", "")
    assert screen.state.alarms == {}
