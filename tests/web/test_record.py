"""A recording over the virtual radio, shown and steered on the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from websockets.sync.client import connect

from sensor_pipeline.library.session import load_session


@pytest.fixture
def recording(tmp_path):
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "sensor_pipeline", "record", "--virtual", "--web", "--port", "0", "--no-browser"),
            *("--target", "36", "--hold", "1", "--reps", "5", "--library", str(tmp_path)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=20)


def test_questions_start_a_repetition_and_stop_on_the_page(recording, tmp_path):
    for line in recording.stderr:
        found = re.match(r"page: (http://127.0.0.1:(\d+))/", line)
        if found:
            break
    address, port = found.groups()
    with connect(f"ws://127.0.0.1:{port}/live", origin=address, max_size=None, close_timeout=0.5) as page:

        def until(true):
            while True:
                message = json.loads(page.recv(timeout=60))
                if true(message):
                    return message

        def ask(do, value=None):
            page.send(json.dumps({"do": do, "value": value}))

        until(lambda m: m["k"] == "phase" and m["phase"] == "gate")
        ask("answers", {"excluded": [], "pain": 0})
        until(lambda m: m["k"] == "phase" and m["phase"] == "strap")
        ask("start")
        until(lambda m: m["k"] == "phase" and m["phase"] == "live")
        status = until(lambda m: m["k"] == "status" and m["state"] == "streaming")
        assert status["battery"] is not None
        assert until(lambda m: m["k"] == "frame" and m["a"][-1] is not None)["age"] < 2000.0
        ask("mark")
        ask("hurts-stop")
        ended = until(lambda m: m["k"] == "phase" and m["phase"] == "ended")
    recording.wait(30)
    session = load_session(tmp_path / ended["session"])
    actions = [record.action for record in session.records() if type(record).__name__ == "Input"]
    assert [one for one in actions if one in ("answer", "mark", "hurts-stop")] == ["answer", "mark", "hurts-stop"]
