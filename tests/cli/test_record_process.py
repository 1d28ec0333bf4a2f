"""``dorsi record`` as a process of its own: signals, kills, a closed terminal and a full disk, in real time."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sensor_pipeline import load_session
from sensor_pipeline.recording.finish import finish
from sensor_pipeline.types import Input

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
if sys.platform == "win32":
    pytest.skip("signals and terminals of POSIX", allow_module_level=True)

import fcntl
import pty
import struct
import termios

CODE = "from sensor_pipeline.cli.record import record; record()"
PATIENCE_S = 60.0


def command(library: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", CODE, "--virtual", "--library", str(library), *arguments]


@contextmanager
def recording(library: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A recording with --json that has begun to receive data."""
    process = subprocess.Popen(
        command(library, "--json", *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def until(process: subprocess.Popen[str], event: str, count: int = 1) -> list[dict[str, object]]:
    """Read lines up to the ``count``-th of a kind."""
    assert process.stdout is not None
    seen: list[dict[str, object]] = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if sum(item["event"] == event for item in seen) == count:
            return seen
    raise AssertionError(f"no {count} {event} in {[item['event'] for item in seen][-5:]}")


def test_a_killed_recording_is_recovered_with_every_sample_it_had_shown(tmp_path: Path) -> None:
    with recording(tmp_path) as process:
        seen = until(process, "angle", 60)
        process.kill()
        process.wait(PATIENCE_S)
    shown_s = [float(str(item["time_s"])) for item in seen if item["event"] == "angle"]
    (folder,) = tmp_path.iterdir()
    assert (folder / "journal.bin").exists()
    assert finish(folder).recovered
    samples = load_session(folder).samples()
    assert samples["time_s"].iloc[-1] >= shown_s[-1]
    assert set(shown_s) <= set(samples["time_s"])


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="a limit is set on another process: Linux")
def test_a_full_disk_stops_the_recording_and_not_the_feedback(tmp_path: Path) -> None:
    with recording(tmp_path) as process:
        until(process, "angle", 10)
        (journal,) = tmp_path.glob("*/journal.bin")
        full = (journal.stat().st_size + 1000, resource.RLIM_INFINITY)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, full)  # no file may grow beyond: the disk is full
        seen = until(process, "alarm")
        alarm_s = max(float(str(item["time_s"])) for item in seen if item["event"] == "angle")
        assert seen[-1]["key"] == "disk"
        assert "NOT RECORDED ANY MORE" in str(seen[-1]["text"])
        after = until(process, "angle", 25)  # the feedback goes on
        assert float(str(after[-1]["time_s"])) > alarm_s + 0.5
        process.send_signal(signal.SIGINT)
        last = until(process, "ended")[-1]
        code = process.wait(PATIENCE_S)
    assert code != 0
    assert any("recording stopped at" in str(problem) for problem in last["problems"])  # type: ignore[attr-defined]
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    finish(folder)  # what had been received is there, once the disk has room
    samples = load_session(folder).samples()
    assert abs(samples["time_s"].iloc[-1] - alarm_s) < 0.2


def test_lines_are_commands_the_other_leg_is_another_session_and_sigterm_ends_it_whole(tmp_path: Path) -> None:
    with recording(tmp_path, "--person", "anna") as process:
        assert process.stdin is not None
        first = until(process, "angle", 10)
        process.stdin.write('mark\nhop\n{"command": "side"}\n')
        process.stdin.flush()
        seen = until(process, "ended")
        second = until(process, "angle", 10)
        process.send_signal(signal.SIGTERM)
        last = until(process, "ended")[-1]
        assert process.wait(PATIENCE_S) == 0
    assert "hop" in str(next(item for item in seen if item["event"] == "refused")["line"])
    begun = [item for item in (*first, *second) if item["event"] == "session"]
    assert [item["sensors"][0]["side"] for item in begun] == ["left", "right"]  # type: ignore[index]
    assert begun[0]["visit"] == begun[1]["visit"]
    left, right = (load_session(Path(str(item["path"]))) for item in begun)
    assert left.meta.strap != right.meta.strap
    assert [record.action for record in left.records() if isinstance(record, Input)] == ["start", "mark", "stop"]
    assert last["reason"] == "SIGTERM"
    assert right.meta.state == "complete"
    assert right.meta.stored is not None
    assert not right.meta.stored.recovered
    assert len(right.samples()) == last["samples"]
    assert "stop" in (right.path / "connection.log").read_text()


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, arguments: list[str]) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 110, 0, 0))

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(arguments, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal)
        self.slave = slave
        self.text = ""

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} not in {self.text[-800:]!r}"
            if select.select([self.master], [], [], 0.2)[0]:
                self.text += os.read(self.master, 65536).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        self.text = ""
        os.write(self.master, keys.encode())


def test_a_person_at_a_terminal_sees_the_angle_and_steers_with_keys(tmp_path: Path) -> None:
    terminal = Terminal(command(tmp_path, "--person", "anna", "--target", "36", "--reps", "3"))
    before = termios.tcgetattr(terminal.slave)
    terminal.wait_for("streaming")
    terminal.wait_for("anna, left shin")
    terminal.wait_for("h IT HURTS, STOP")
    terminal.type("p")
    terminal.wait_for("Paused.")
    terminal.type(" ")
    terminal.wait_for("Go on.")
    terminal.type("u")
    terminal.wait_for("pseudonym of the next person")
    assert termios.tcgetattr(terminal.slave) == before  # a question is typed as usual
    terminal.type("ben\n")
    terminal.wait_for("ben, left shin")
    terminal.wait_for("streaming")
    terminal.type("q")
    terminal.wait_for("ended: stopped")
    assert terminal.process.wait(PATIENCE_S) == 0
    assert termios.tcgetattr(terminal.slave) == before
    assert sorted(str(load_session(folder).meta.person) for folder in tmp_path.iterdir()) == ["anna", "ben"]


def test_a_closed_terminal_ends_the_session_whole(tmp_path: Path) -> None:
    terminal = Terminal(command(tmp_path))
    terminal.wait_for("streaming")
    os.close(terminal.slave)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE_S) == 0
    (folder,) = tmp_path.iterdir()
    session = load_session(folder)
    assert session.meta.state == "complete"
    assert len(session.samples()) > 0
