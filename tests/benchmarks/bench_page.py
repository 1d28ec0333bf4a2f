"""Figures of the live page, on loopback: event to canvas, frames a second, the server's share of a core, its memory.

    python tests/benchmarks/bench_page.py [--seconds 20] [--pages 1]

Prints one JSON object. Needs Chromium for what the page does; without it only the server is measured. The events are
those of a simulated sensor at 104 Hz, four samples a packet, in real time. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

SERVE = """
import json, os, resource, sys, time, threading
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.protocols.coach import FAULT_WORDS
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Targets
from sensor_pipeline.web.messages import Message, targets_body
from sensor_pipeline.web.server import PageServer

seconds, served = float(sys.argv[1]), sys.argv[2] == "page"
targets = Targets(36.0, 2.0, 50)
simulation = simulate_session(load_spec("shin-imu-v1"), reps=20, firmware=FirmwareParams(samples_per_packet=4))
setup = SessionSetup(simulation.setups, targets=targets)
engine = Engine(setup)
zero = None
steps = []
for record in simulation.records():
    zero = record.host_time_ns if zero is None else zero
    at_s = (record.host_time_ns - zero) / 1e9
    if at_s > seconds + 2:
        break
    steps.append((at_s, engine.push(record)))
info = {"mode": "live", "sensors": [{"side": "left"}], "targets": targets_body(targets), "faults": FAULT_WORDS}
before = [m for m in ("scipy", "pandas") if m in sys.modules]
with PageServer(info, lambda request: "", port=0) as server:
    server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
    print(server.port, flush=True)
    sys.stdin.readline()
    begun, cpu = time.perf_counter(), time.process_time()
    for at_s, events in steps:
        if at_s > seconds:
            break
        wait = at_s - (time.perf_counter() - begun)
        if wait > 0:
            time.sleep(wait)
        if events and served:
            rows = [e.samples.time_s[-1] for e in events if hasattr(e, "samples")]
            server.feed.publish(events, float(rows[-1]) if rows else None)  # an age of 0: the page shows its own delay
    share = (time.process_time() - cpu) / (time.perf_counter() - begun)
    with open("/proc/self/status") as status:
        rss = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
    print(json.dumps({"core_percent": share * 100, "rss_mb": rss, "heavy": before}), flush=True)
    sys.stdin.readline()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--pages", type=int, default=1)
    options = parser.parse_args()
    idle = serve(options.seconds / 4, "nothing", None, 0)
    chromium = any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    found = serve(options.seconds, "page", "chromium" if chromium else None, options.pages)
    found["server_core_percent"] = round(found.pop("core_percent") - idle["core_percent"], 2)
    found["rss_mb"] = round(found["rss_mb"], 1)
    from sensor_pipeline.web.files import page_files

    found["page_bytes"] = sum(len(file.body) for file in page_files().values())
    print(json.dumps(found, indent=2))


def serve(seconds: float, what: str, browser: str | None, pages: int) -> dict[str, object]:
    """Run a server in a process of its own and look at it."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(seconds), what],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = f"http://127.0.0.1:{process.stdout.readline().strip()}/"
    found: dict[str, object] = {}
    try:
        if browser is None:
            process.stdin.write("\n")
            process.stdin.flush()
            found = json.loads(process.stdout.readline())
        else:
            found = look(url, process, seconds, pages)
    finally:
        process.stdin.close()
        process.wait(20)
    return found


def look(url: str, process: subprocess.Popen[str], seconds: float, pages: int) -> dict[str, object]:
    """Open pages, let the session run, ask the first page what it saw."""
    from chromium import Browser

    assert process.stdin is not None
    assert process.stdout is not None
    with Browser() as one:
        tabs = [one.tab() for _ in range(pages)]
        for tab in tabs:
            tab.size(1280, 800)
            tab.open(url)
            tab.until("document.body.dataset.screen === 'live'")
        paint = tabs[0].run("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
        probe = "(function go(){probe.frames++;requestAnimationFrame(go)})();probe.from=performance.now();0"
        probe = f"window.probe={{frames:0}};{probe}"
        time.sleep(1.0)
        process.stdin.write("\n")
        process.stdin.flush()
        time.sleep(3.0)
        tabs[0].run(probe)
        time.sleep(max(seconds - 4.5, 1.0))
        fps = tabs[0].run("probe.frames / (performance.now() - probe.from) * 1000")
        delays = sorted(tabs[0].run("import('/static/page.js').then(m => m.live.drawnMs)"))
        found: dict[str, object] = json.loads(process.stdout.readline())
    found |= {"first_paint_ms": paint, "fps": round(fps, 1), "frames_measured": len(delays)}
    for percent in (50, 99):
        place = min(int(len(delays) * percent / 100), len(delays) - 1)
        found[f"event_to_canvas_p{percent}_ms"] = round(delays[place], 1) if delays else None
    return found


if __name__ == "__main__":
    main()
