"""One session over the virtual radio, on virtual time: what goes wrong on the way, and what is stored of it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline import load_session
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.protocols.guidance import Guidance
from sensor_pipeline.protocols.safety import SafetyAnswers
from sensor_pipeline.recording import replay as replaying
from sensor_pipeline.recording.same import same_as_stored
from sensor_pipeline.types import Cue, Event, Input, LinkChanged, RepDone, Side, Targets

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.status import LinkStatus
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import FaultKind, PeripheralParams, ScheduledFault
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.recording.commands import Action, Command
from sensor_pipeline.cli.recording.plan import Ended, Plan
from sensor_pipeline.cli.recording.session import Recording
from sensor_pipeline.simulate.firmware import FirmwareParams

SPEC = load_spec("shin-imu-v1")


@dataclass
class Seen:
    """An outlet that keeps everything."""

    sessions: list[str] = field(default_factory=list)
    found: list[Event] = field(default_factory=list)
    statuses: list[tuple[int, LinkStatus]] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    def begun(self, session: str, path: str) -> None:
        self.sessions.append(session)

    def events(self, events: Sequence[Event]) -> None:
        self.found += events

    def status(self, sensor: int, status: LinkStatus) -> None:
        self.statuses.append((sensor, status))

    def alarm(self, key: str, text: str) -> None:
        self.alarms.append((key, text))

    def ended(self, ended: Ended, code: int) -> None:
        raise AssertionError("the command tells that, not the session")

    @property
    def reps(self) -> list[RepDone]:
        return [event for event in self.found if isinstance(event, RepDone)]

    @property
    def cues(self) -> list[str]:
        return [event.cue for event in self.found if isinstance(event, Cue)]


Act = tuple[float, Callable[[Recording], object]]


def press(at_s: float, action: Action) -> Act:
    return at_s, lambda recording: recording.command(Command(action))


def sensor(side: Side = "left", **changes: object) -> PeripheralParams:
    params = PeripheralParams(SPEC, side=side, reps=3, name=f"virtual {side}", serial=f"S-{side}")
    return replace(params, **changes)  # type: ignore[arg-type]


def record(
    library: Path,
    sensors: Sequence[PeripheralParams],
    acts: Sequence[Act] = (),
    **changes: object,
) -> tuple[Ended, Seen]:
    """Record from sensors; ``acts`` happen at their true times."""
    seen = Seen()
    wanted = tuple(Wanted(load_spec(one.spec_text.id), side=one.side, match=one.name) for one in sensors)  # type: ignore[union-attr]
    plan = replace(Plan(library, wanted, duration_s=15.0, simulated=True), **changes)  # type: ignore[arg-type]

    async def main() -> Ended:
        async with VirtualRadio(sensors) as air:
            recording = Recording(plan, [seen], clock_ns)
            for at_s, act in acts:
                asyncio.get_running_loop().call_later(at_s, act, recording)
            return await recording.run(air.radio)

    return run_virtual(main(), limit_s=4000.0), seen


def stored(ended: Ended) -> tuple[Path, float]:
    assert ended.path is not None
    assert ended.report is not None
    samples = load_session(ended.path).samples()
    return ended.path, float(samples["time_s"].iloc[-1])


def test_a_quiet_session_is_stored_as_it_was_seen_and_replays_to_the_bit(tmp_path: Path) -> None:
    ended, seen = record(tmp_path, [sensor()], targets=Targets(reps=2), duration_s=None)
    assert ended.reason == "the set is done"
    assert ended.problems == ()
    path, _ = stored(ended)
    session = load_session(path)
    assert session.rep_values() == tuple(event.rep for event in seen.reps)
    assert same_as_stored(path, replaying.replay(session.records(), session.setup()))
    assert seen.sessions == [path.name]
    assert "data flows" in (path / "connection.log").read_text()
    assert not (path / "journal.bin").exists()


def test_answers_that_take_the_protocol_out_end_the_session_and_what_was_said_before_it_is_kept(tmp_path: Path) -> None:
    protocol = load_protocol("gastroc_step")
    answers = SafetyAnswers(pain=1, pain_site="achilles")
    ended, seen = record(
        tmp_path,
        [sensor()],
        protocol=protocol,
        guidance=Guidance(protocol.text),
        answers=answers,
        said={"pain_before": 1, "site_left": "calf"},
    )
    assert ended.reason.startswith("the safety answers take it out: Pain in the Achilles")
    assert "barred" in seen.cues
    meta = load_session(stored(ended)[0]).meta
    assert (meta.answers["site_left"], meta.answers["pain_before"]) == ("calf", 1)
    assert meta.protocol == "gastroc_step"


def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    ended, _ = record(tmp_path, [sensor()], duration_s=4.0)
    assert ended.reason == "4 s are over"
    _, last_s = stored(ended)
    assert 4.0 <= last_s < 7.0


def test_the_answers_are_records_and_stand_in_session_json_and_nobody_who_hurts_is_pushed(tmp_path: Path) -> None:
    answers = SafetyAnswers(pain=2, pain_site="other")
    targets = Targets(angle_deg=36.0, hold_s=2.0, reps=1)
    ended, seen = record(tmp_path, [sensor()], answers=answers, push=False, targets=targets)
    session = load_session(stored(ended)[0])
    assert session.meta.answers["safety"] == answers.document()
    assert session.meta.targets == Targets(reps=1)
    assert "hold" not in seen.cues
    cue = next(event for event in seen.found if isinstance(event, Cue) and event.cue == "descend")
    assert "towards the wall" not in cue.text


@pytest.mark.parametrize("percent", [9.0, 0.0])
def test_an_empty_battery_is_refused_and_leaves_no_session_but_a_log(tmp_path: Path, percent: float) -> None:
    ended, seen = record(tmp_path, [sensor(firmware=FirmwareParams(battery_percent=percent))])
    assert ended.path is None
    assert ended.problems == (f"left: battery {percent:.0f} %: charge it first; --force records all the same",)
    assert [path.name for path in tmp_path.iterdir()] == ["connection.log"]
    assert seen.found == []


def test_a_sensor_that_tells_its_battery_only_while_it_streams_is_refused_as_well(tmp_path: Path) -> None:
    empty = sensor(spec_text=load_spec("witmotion-ble5"), firmware=FirmwareParams(battery_percent=5.0))
    ended, seen = record(tmp_path, [empty])
    assert ended.reason == "battery too low"
    assert any("charge it first" in problem for problem in ended.problems)
    assert seen.reps == []


def test_force_records_with_an_empty_battery_and_a_low_one_is_warned_of(tmp_path: Path) -> None:
    ended, seen = record(tmp_path, [sensor(firmware=FirmwareParams(battery_percent=9.0))], force=True, duration_s=3.0)
    stored(ended)
    assert seen.alarms == [("battery-left", "left: battery 9 %: it may fail at any time")]
    _, seen = record(tmp_path, [sensor(firmware=FirmwareParams(battery_percent=15.0))], duration_s=3.0)
    assert seen.alarms == [("battery-left", "left: battery 15 %: charge it soon")]


def test_a_dropped_link_comes_back_into_the_same_session_with_a_marked_gap(tmp_path: Path) -> None:
    ended, seen = record(tmp_path, [sensor(faults=(ScheduledFault(8.0, "drop", 3.0),))], duration_s=20.0)
    path, last_s = stored(ended)
    assert last_s > 18.0
    changes = [event.state for event in seen.found if isinstance(event, LinkChanged)]
    assert changes == ["connected", "lost", "connected"]
    assert ended.report is not None
    assert ended.report.gaps >= 1
    assert any("gap" in problem or "lost" in problem for problem in ended.problems)
    session = load_session(path)
    assert same_as_stored(path, replaying.replay(session.records(), session.setup()))


def test_a_sensor_that_never_returns_ends_the_session_whole_and_that_is_said(tmp_path: Path) -> None:
    ended, _ = record(
        tmp_path, [sensor(faults=(ScheduledFault(8.0, "reboot", math.inf),))], duration_s=None, wait_s=30.0
    )
    assert ended.reason == "no sensor has sent anything for 30 s"
    assert any(problem.startswith("at the end not there: sensor 0 (left)") for problem in ended.problems)
    _, last_s = stored(ended)
    assert 6.0 < last_s < 8.0  # it was gone at 8 s of true time, which began before the session's


def test_a_sensor_that_is_not_there_leaves_no_session_and_the_advice(tmp_path: Path) -> None:
    absent = sensor(name="somebody else's")
    seen = Seen()
    plan = Plan(tmp_path, (Wanted(SPEC, match="virtual left"),), wait_s=20.0)

    async def main() -> Ended:
        async with VirtualRadio([replace(absent, impostor=True)]) as air:
            return await Recording(plan, [seen], clock_ns).run(air.radio)

    ended = run_virtual(main(), limit_s=200.0)
    assert ended.reason == "no sensor was found"
    assert ended.path is None
    assert "switch" in ended.problems[0]
    assert "looking for shin-imu-v1" in (tmp_path / "connection.log").read_text()


def test_the_loss_of_one_leg_does_not_disturb_the_other(tmp_path: Path) -> None:
    pair = [sensor("left"), sensor("right", faults=(ScheduledFault(6.0, "reboot", math.inf),))]
    ended, _ = record(tmp_path, pair, duration_s=20.0)
    path, _ = stored(ended)
    samples = load_session(path).samples()
    left, right = (samples[samples["side"] == side] for side in ("left", "right"))
    assert right["time_s"].iloc[-1] < 7.0
    assert left["time_s"].iloc[-1] > 19.0
    assert load_session(path).report()["sensors"][0]["lost_samples"] == 0
    assert any("sensor 1 (right)" in problem for problem in ended.problems)


@pytest.mark.parametrize("kind", ["stall", "polite_drop", "reboot", "garbage", "double", "blackout"])
def test_whatever_goes_wrong_the_session_is_whole_and_replays_to_the_bit(tmp_path: Path, kind: FaultKind) -> None:
    ended, seen = record(tmp_path, [sensor(faults=(ScheduledFault(6.0, kind, 3.0),))], duration_s=16.0)
    path, last_s = stored(ended)
    assert last_s > 14.0  # it came back
    session = load_session(path)
    assert same_as_stored(path, replaying.replay(session.records(), session.setup()))
    assert session.rep_values() == tuple(event.rep for event in seen.reps)
    ledger = session.meta.sensors[0].found.ledger
    assert all(stream.decoded > 0 for stream in ledger)


FAULTS = st.builds(
    ScheduledFault,
    st.floats(0.0, 20.0),
    st.sampled_from(("drop", "polite_drop", "stall", "blackout", "reboot", "slow_answers", "garbage", "double")),
    st.floats(0.1, 5.0),
)
ACTIONS: tuple[Action, ...] = ("mark", "pause", "resume", "re-zero", "next-try")


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.lists(FAULTS, max_size=4), min_size=1, max_size=2),
    st.lists(st.tuples(st.floats(0.0, 24.0), st.sampled_from(ACTIONS)), max_size=4),
)
def test_any_schedule_of_faults_and_presses_leaves_a_whole_session_that_replays_to_the_bit(
    schedules: list[list[ScheduledFault]], presses: list[tuple[float, Action]]
) -> None:
    sides: tuple[Side, ...] = ("left", "right")
    sensors = [sensor(side, faults=tuple(faults)) for side, faults in zip(sides, schedules, strict=False)]
    with TemporaryDirectory() as library:
        ended, seen = record(Path(library), sensors, [press(*one) for one in presses], duration_s=25.0)
        path, _ = stored(ended)
        session = load_session(path)
        assert same_as_stored(path, replaying.replay(session.records(), session.setup()))
        assert sorted(map(repr, session.rep_values())) == sorted(repr(event.rep) for event in seen.reps)


def test_it_hurts_ends_the_set_the_prompts_and_the_session(tmp_path: Path) -> None:
    ended, seen = record(tmp_path, [sensor()], [press(11.0, "hurts-stop")], duration_s=None)
    assert ended.reason == "it hurts"
    assert seen.cues[-1] == "hurts_stop"
    session = load_session(stored(ended)[0])
    assert [r.action for r in session.records() if isinstance(r, Input)] == ["start", "hurts-stop", "stop"]


def test_inputs_are_kept_in_the_order_they_came_and_before_the_first_data_there_is_nothing_to_steer(
    tmp_path: Path,
) -> None:
    said: list[object] = []
    acts: list[Act] = [
        (0.1, lambda recording: said.append(recording.command(Command("mark")))),
        press(5.0, "pause"),
        press(6.0, "resume"),
        press(7.0, "re-zero"),
        (8.0, lambda recording: said.append(recording.command(Command("answer", {"shoes": "none"})))),
        press(9.0, "stop"),
        (9.02, lambda recording: said.append(recording.command(Command("mark")))),
    ]
    ended, seen = record(tmp_path, [sensor()], acts, duration_s=None)
    assert said == ["the session has not begun: no sensor sends data yet", "", "the session is over"]
    session = load_session(stored(ended)[0])
    inputs = [(r.action, json.loads(r.value)) for r in session.records() if isinstance(r, Input)]
    assert [action for action, _ in inputs] == ["start", "pause", "resume", "re-zero", "answer", "stop"]
    assert inputs[-1][1] == "stopped"
    assert session.meta.answers == {"shoes": "none"}
    assert seen.cues.count("stand") == 2


def test_the_other_leg_is_asked_for_as_what_follows(tmp_path: Path) -> None:
    acts: list[Act] = [(4.0, lambda recording: recording.command(Command("side", "right")))]
    ended, _ = record(tmp_path, [sensor()], acts)
    assert ended.following == Command("side", "right")
    stored(ended)


def test_a_rate_that_the_sensor_does_not_take_is_said(tmp_path: Path) -> None:
    ended, seen = record(tmp_path, [sensor(rate_hz=52.0, rate_stuck=True)], duration_s=12.0)
    assert "asked for 104 Hz, the sensor sends 52" in seen.statuses[-1][1].advice
    assert ended.notes[0].startswith("left: asked for 104 Hz, the sensor sends 52")
    assert ended.problems == ()  # nothing was lost


def test_a_library_that_cannot_be_made_ends_it_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended, _ = record(tmp_path / "file" / "library", [sensor()])
    assert ended.path is None
    assert ended.reason == "the session could not be made"
    assert "library" in ended.problems[0]
