"""The live display says what is happening, and says it honestly."""

import io
import re

from rich.console import Console

from sensor_pipeline.cli.live_state import LiveState
from sensor_pipeline.cli.live_view import draw
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import (
    BatteryLevel,
    Gap,
    HoldEnded,
    HoldStarted,
    LinkChanged,
    Mounting,
    MountingRefused,
    MountingSet,
    SensorSetup,
    Targets,
)

TARGETS = Targets(angle_deg=36.0, hold_s=2.0, reps=2)


def text(state: LiveState) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(draw(state))
    return console.export_text()


def test_a_whole_set_on_the_screen() -> None:
    simulation = simulate_session(spec_text("shin-imu-v1"), reps=2)
    engine = Engine(SessionSetup(simulation.setups, targets=TARGETS))
    state = LiveState.of(simulation.setups, TARGETS)
    screens = []
    for i, record in enumerate(simulation.records()):
        state.update(engine.push(record))
        if i % 25 == 0:
            screens.append(text(state))
    assert "--.-°" in screens[0]
    assert "Stand tall" in screens[0]
    assert any("hold" in screen and "of 2" in screen for screen in screens)
    last = text(state)
    assert "rep 2 of 2" in last
    assert "Set done." in last
    assert "target reached" in last
    assert any("total tilt: no forward axis known" in screen for screen in screens)
    assert "total tilt" not in last
    assert "dorsiflexion only with the foot flat and level; not a medical device" in last
    rate = re.search(r"([\d.]+) Hz", last)
    assert rate is not None
    assert 100.0 < float(rate[1]) < 108.0


def test_the_status_line_follows_the_sensor() -> None:
    state = LiveState.of([SensorSetup("right", 104.0)], TARGETS)
    state.update(
        [BatteryLevel(0, 0, 0.0, 15.0), Gap(1, 0, 2.0, "raw6", 2.5, 52, False), LinkChanged(2, 0, 3.0, "lost", "")]
    )
    screen = text(state)
    assert "battery 15 %" in screen
    assert "lost 52" in screen
    assert screen.count("lost") == 2  # the samples and the link


def test_the_hold_timer_runs_only_while_holding() -> None:
    state = LiveState.of([SensorSetup("left", 104.0)], TARGETS)
    state.sensors[0].time_s = 7.5
    state.update([HoldStarted(0, 0, 7.5, 1, 6.2)])
    assert "hold  1.3 s of 2" in text(state)
    state.update([HoldEnded(1, 0, 7.6, 1, 1.4)])
    assert "of 2 " not in text(state).replace("rep 0 of 2", "")


def test_what_is_wrong_stands_on_the_screen_until_it_is_not() -> None:
    state = LiveState.of([SensorSetup("left", 104.0)], TARGETS)
    state.person, state.keys = "anna", "q stop"
    state.alarms["disk"] = "NOT RECORDED ANY MORE"
    state.update([MountingRefused(0, 0, 1.0, "|acc| at rest is 11.9 m/s^2", "check the range")])
    screen = text(state)
    for words in ("NOT RECORDED ANY MORE", "anna, left shin", "11.9 m/s^2: check the range", "q stop"):
        assert words in screen
    state.alarms.clear()
    state.update([MountingSet(1, 0, 2.0, Mounting("pose", 2.0, (0.0,) * 9, True))])
    assert "11.9" not in text(state)
    assert "NOT RECORDED" not in text(state)


def test_no_best_is_shown_to_who_must_not_be_pushed() -> None:
    state = LiveState.of([SensorSetup("left", 104.0)], Targets())
    state.sensors[0].best_deg = 41.3
    assert "best 41.3°" in text(state)
    state.push = False
    assert "41.3" not in text(state)


def test_the_rate_is_that_of_the_last_seconds_so_that_a_collapse_shows() -> None:
    view = LiveState.of([SensorSetup("left", 104.0)], TARGETS).sensors[0]
    for packet in range(1, 200):
        view.count(4, packet * 4 / 104.0)
    assert view.rate_hz is not None
    assert abs(view.rate_hz - 104.0) < 0.5
    for packet in range(1, 80):
        view.count(4, 199 * 4 / 104.0 + packet * 4 / 52.0)
    assert abs(view.rate_hz - 52.0) < 1.0


def test_a_lost_link_ends_the_hold_timer_and_is_seen() -> None:
    state = LiveState.of([SensorSetup("left", 104.0)], TARGETS)
    state.update([HoldStarted(0, 0, 7.5, 1, 6.2), LinkChanged(1, 0, 8.0, "lost", "")])
    assert not state.sensors[0].streaming
    assert "hold  " not in text(state)
