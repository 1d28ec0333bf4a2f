"""The server beside a session: nothing that a page does changes what is recorded; replays go where they are told."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from sensor_pipeline.cli.recording.virtual import VirtualPerson
from sensor_pipeline.cli.web_demo import demo_on_page
from sensor_pipeline.cli.web_options import WebOptions
from sensor_pipeline.cli.web_replay import Replay
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.session import load_session
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.recording.live import run
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.types import Targets
from sensor_pipeline.web.files import page_files
from sensor_pipeline.web.server import PageServer

RECORDINGS = Path(__file__).parents[2] / "recordings"
PAGE = WebOptions(web=True, port=0, browser=False)
TARGETS = Targets(angle_deg=36.0, hold_s=1.0, reps=2)


def person():
    return VirtualPerson((load_spec("shin-imu-v1"),), ("left",), TARGETS, 2)


def page_of(server):
    return connect(
        f"ws://127.0.0.1:{server.port}/live", origin=f"http://127.0.0.1:{server.port}", max_size=None, close_timeout=0.5
    )


def messages(page, until, patience_s=20.0):
    found = []
    while not found or not until(found[-1]):
        found.append(json.loads(page.recv(timeout=patience_s)))
    return found


def kind(name):
    return lambda message: message["k"] == name


def ask(page, do, value=None):
    page.send(json.dumps({"do": do, "value": value}))


def test_ten_pages_two_of_them_asleep_change_nothing_in_the_recorded_session(tmp_path):
    simulation = person().simulation()
    setup = SessionSetup(simulation.setups, targets=TARGETS, orientation=available_filters()[0])
    records = list(simulation.records())

    def record(name, listener):
        with SessionWriter.create(tmp_path / name, setup, simulated=True) as writer:
            run(records, Engine(setup), writer, listener)
        return writer.path

    alone = record("alone", lambda events: None)
    with (
        PageServer(
            {"mode": "live", "sensors": [{"side": "left"}], "targets": {}}, lambda request: "", port=0
        ) as server,
        contextlib.ExitStack() as stack,
    ):
        pages = [stack.enter_context(page_of(server)) for _ in range(10)]
        for page in pages:
            messages(page, kind("caught_up"))
        watched = record("watched", server.feed.publish)
        for page in pages[2:]:
            assert sum(m["k"] == "rep" for m in messages(page, lambda m: m.get("cue") == "set_done")) == 2
    for name in ("records.parquet", "samples.parquet", "reps.parquet"):
        assert (alone / name).read_bytes() == (watched / name).read_bytes()


def test_a_demo_on_the_page_is_a_stored_session_with_the_answers_and_what_was_taken_back(tmp_path):
    result = drive(tmp_path, "undo")
    session = load_session(result)
    assert len(session.rep_values(original=True)) == 2
    assert len(session.rep_values()) == 1
    assert session.meta.answers


def drive(tmp_path, extra):
    import threading

    paths, servers, opened = [], [], threading.Event()

    def ready(server):
        servers.append(server)
        opened.set()

    thread = threading.Thread(
        target=lambda: paths.append(
            demo_on_page(person(), TARGETS, tmp_path, PAGE, speed=8.0, countdown_s=0.0, opened=ready, farewell_s=0.2)
        )
    )
    thread.start()
    assert opened.wait(10)
    with page_of(servers[0]) as page:
        messages(page, lambda m: m["k"] == "phase" and m["phase"] == "gate")
        ask(page, "start")
        assert messages(page, kind("no"))[-1]["why"] == "not now"
        ask(page, "answers", {"excluded": ["swelling"], "pain": 0})
        assert messages(page, kind("phase"))[-1]["phase"] == "refused"
        ask(page, "answers", {"excluded": [], "pain": 0})
        assert messages(page, kind("phase"))[-1]["phase"] == "strap"
        ask(page, "start")
        if extra == "undo":
            messages(page, kind("rep"))
            ask(page, "undo")
            assert messages(page, kind("undone"))[-1]["rep"] >= 1
            messages(page, lambda m: m["k"] == "phase" and m["phase"] == "ended")
        else:
            messages(page, kind("rep_started"))
            ask(page, "hurts-stop")
            said = messages(page, lambda m: m["k"] == "phase" and m["phase"] == "ended")
            assert [m["cue"] for m in said if m["k"] == "cue"][-1] == "hurts_stop"
    thread.join(30)
    assert not thread.is_alive()
    return paths[0]


def test_it_hurts_ends_the_set_and_all_prompting(tmp_path):
    session = load_session(drive(tmp_path, "hurts-stop"))
    assert [r.action for r in session.records() if type(r).__name__ == "Input"][-1] == "hurts-stop"


@pytest.fixture
def replay():
    stored = load_session(RECORDINGS / "sim-clean")
    with Replay(stored.records(), stored.setup(), PAGE, speed=16.0) as one:
        yield one


def test_a_replay_shows_every_repetition_once_and_stops_at_the_end(replay):
    with page_of(replay.server) as page:
        seen = messages(page, lambda m: m["k"] == "position" and not m["playing"])
    stored = load_session(RECORDINGS / "sim-clean").rep_values(original=True)
    assert [m["rep"]["rep"] for m in seen if m["k"] == "rep"] == [rep.rep for rep in stored]
    assert seen[-1]["at"] == pytest.approx(replay.player.duration_s, abs=0.01)


def test_a_jump_tells_the_repetitions_before_it_and_no_other(replay):
    stored = load_session(RECORDINGS / "sim-clean").rep_values(original=True)
    with page_of(replay.server) as page:
        messages(page, kind("caught_up"))
        ask(page, "halt")
        messages(page, lambda m: m["k"] == "position" and not m["playing"])
        for rep in (stored[2], stored[0]):
            ask(page, "seek", rep.start_s + 0.1)
            messages(page, kind("hello"))
            seen = messages(page, kind("caught_up"))
            assert [m["rep"]["rep"] for m in seen if m["k"] == "rep"] == list(range(1, rep.rep))
        ask(page, "step", 1)
        messages(page, kind("caught_up"))
        at_s = messages(page, kind("position"))[-1]["at"]
        assert stored[0].start_s < at_s < stored[1].start_s


@pytest.mark.parametrize(
    ("do", "value"), [("speed", 17), ("speed", "fast"), ("seek", -1), ("seek", None), ("step", 5), ("pause", None)]
)
def test_a_replay_refuses_what_makes_no_sense(replay, do, value):
    with page_of(replay.server) as page:
        messages(page, kind("caught_up"))
        ask(page, do, value)
        assert messages(page, kind("no"))[-1]["do"] == do


def test_foreign_text_goes_through_as_text():
    hostile = "<img src=x onerror=alert(1)>\x1b[2J"
    with PageServer({"person": hostile}, lambda r: "", port=0) as server, page_of(server) as page:
        assert messages(page, kind("hello"))[-1]["person"] == hostile


def test_the_end_of_the_server_closes_the_pages():
    with PageServer({"mode": "live"}, lambda r: "", port=0) as server, page_of(server) as page:
        messages(page, kind("caught_up"))
        server.__exit__(None, None, None)
        with pytest.raises(ConnectionClosed):
            messages(page, lambda m: False)


def test_every_file_of_the_page_has_a_type_and_the_page_is_there():
    files = page_files()
    assert files["/"].type.startswith("text/html")
    assert all(file.type for file in files.values())


def test_the_server_needs_neither_scipy_nor_pandas():
    code = (
        "import sys; from sensor_pipeline.web.server import PageServer\n"
        "with PageServer({}, lambda r: '', port=0): pass\n"
        "print([m for m in ('scipy', 'pandas', 'pyarrow', 'bleak') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
