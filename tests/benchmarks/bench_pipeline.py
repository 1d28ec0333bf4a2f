"""How fast and how small the pipeline is, as ratios to the bare orientation filter on the same rows.

Run ``python tests/benchmarks/bench_pipeline.py``. Everything is simulated (``shin-imu-v1`` over a usual radio link).
Compared ways take turns in one process and the median of the rounds counts: on a busy machine times mean little, and
ratios much. Nothing is asserted here: a machine's load is no property of the code.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from vqf import VQF

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.pipeline.grade import NoGrade
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Block, Flush, Notification, Record, RepDone, Targets

SPEC = "shin-imu-v1"
PACKET_ROWS = 8
HEEL_CHECKED = Targets(angle_deg=38.0, hold_s=1.0, flat_reps=6)
Rows = list[tuple[str, float, str]]
"""What was measured, the figure, its unit."""


def records_of(reps: int, packet_rows: int = PACKET_ROWS) -> tuple[SessionSetup, list[Record]]:
    """A simulated set in packets of ``packet_rows`` samples, complete with its Flush."""
    firmware = FirmwareParams(samples_per_packet=packet_rows)
    simulation = simulate_session(spec_text(SPEC), reps=reps, seed=1, firmware=firmware)
    return SessionSetup(simulation.setups), list(simulation.records())


def rows_of(setup: SessionSetup, records: Sequence[Record]) -> tuple[np.ndarray, np.ndarray, int]:
    """(n, 3) gyr in rad/s and acc in m/s^2 of all rows, and how many repetitions were counted."""
    events = Engine(setup).push_many(records)
    blocks = [event.samples for event in events if isinstance(event, Block)]
    gyr, acc = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("gyr_rad_s", "acc_m_s2"))
    return gyr, acc, sum(isinstance(event, RepDone) for event in events)


def interleaved(
    ways: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Median seconds (of this process, by default) of each way; the ways take turns, garbage is collected between."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            start = clock()
            way()
            times[name].append(clock() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def speed(reps: int, rounds: int) -> Rows:
    """Records in memory to graded repetitions: all at once, and packet by packet; also with heels checked.

    What grading costs is the difference to an engine whose repetitions nobody grades.
    """
    setup, records = records_of(reps)
    checked = replace(setup, targets=HEEL_CHECKED)
    gyr, acc, counted = rows_of(setup, records)
    latency: list[float] = []

    def raw() -> None:
        VQF(1.0 / setup.sensors[0].rate_hz, magDistRejectionEnabled=False).updateBatch(gyr, acc)

    def batch() -> None:
        Engine(setup).push_many(records)

    def batch_checked() -> None:
        Engine(checked).push_many(records)

    def batch_ungraded() -> None:
        ungraded(setup).push_many(records)

    def packets() -> None:
        packet_by_packet(Engine(setup))

    def packets_checked() -> None:
        packet_by_packet(Engine(checked))

    def packets_ungraded() -> None:
        packet_by_packet(ungraded(setup))

    def packet_by_packet(engine: Engine) -> None:
        push = engine.push
        for record in records:
            push(record)

    ways = (raw, batch, batch_checked, batch_ungraded, packets, packets_checked, packets_ungraded)
    median_s = interleaved({way.__name__: way for way in ways}, rounds)
    for _ in range(rounds):
        latency += _latencies_s(Engine(setup), records)
    percent = np.percentile(np.array(latency) * 1e6, (50, 99, 99.9)).tolist()
    return [
        ("rows", float(len(gyr)), ""),
        ("repetitions", float(counted), ""),
        ("raw filter, updateBatch", 1e3 * median_s["raw"], "ms"),
        ("batch, Engine.push_many", median_s["batch"] / median_s["raw"], "x raw"),
        ("batch, heels checked too", median_s["batch_checked"] / median_s["raw"], "x raw"),
        ("batch, repetitions not graded", median_s["batch_ungraded"] / median_s["raw"], "x raw"),
        ("packet by packet, Engine.push", median_s["packets"] / median_s["raw"], "x raw"),
        ("packet by packet, heels checked too", median_s["packets_checked"] / median_s["raw"], "x raw"),
        ("packet by packet, not graded", median_s["packets_ungraded"] / median_s["raw"], "x raw"),
        (f"one packet of {PACKET_ROWS}, p50", percent[0], "us"),
        (f"one packet of {PACKET_ROWS}, p99", percent[1], "us"),
        (f"one packet of {PACKET_ROWS}, p99.9", percent[2], "us"),
    ]


def ungraded(setup: SessionSetup) -> Engine:
    """An engine whose repetitions stay as the detector leaves them."""
    engine = Engine(setup)
    for pipeline in engine._pipelines:
        pipeline._chain._grader = NoGrade()
    return engine


def _latencies_s(engine: Engine, records: Iterable[Record]) -> list[float]:
    found = []
    for record in records:
        start = time.perf_counter()
        engine.push(record)
        if isinstance(record, Notification):
            found.append(time.perf_counter() - start)
    return found


def memory(hours: int, reps: int, repeats: int | None = None) -> Rows:
    """How much a streaming engine grows from the second simulated hour to the last one; its events are thrown away.

    The first hour is left out: it fills numpy's cache of small blocks, once for the whole process.

    One set is repeated with its counter and stamps as they were: each repeat begins with a restarted sensor, as after
    a reconnection, so that time goes on and every stage works. ``repeats`` sets make an "hour", None = as many as
    fill one.
    """
    setup, records = records_of(reps)
    body = [record for record in records if not isinstance(record, Flush)]
    span_ns = body[-1].host_time_ns - body[0].host_time_ns + 1_000_000_000
    repeats = max(1, round(3600e9 / span_ns)) if repeats is None else repeats
    order, sizes = 0, []
    kinds = {kind: kind.__slots__ for kind in {type(record) for record in body}}
    tracemalloc.start()
    engine = Engine(setup)
    for hour in range(hours):
        for repeat in range(repeats):
            shift_ns = (hour * repeats + repeat) * span_ns
            for record in body:
                extra = (getattr(record, name) for name in kinds[type(record)])
                engine.push(type(record)(order, record.host_time_ns + shift_ns, record.sensor, *extra))
                order += 1
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    del engine
    gc.collect()
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return [
        ("hours streamed (simulated)", float(hours), "h"),
        ("engine after the first hour", sizes[0] / 1024, "KiB"),
        ("engine after the second hour", sizes[1] / 1024, "KiB"),
        ("growth from the second hour to the last", (sizes[-1] - sizes[1]) / 1024, "KiB"),
        ("left when the engine is gone", left / 1024, "KiB"),
    ]


def cold_start(reps: int, rounds: int) -> Rows:
    """A new process: ``dorsi --help`` and ``dorsi replay`` of a session, against ``python -c pass``."""
    with tempfile.TemporaryDirectory() as folder:
        setup, records = records_of(reps, packet_rows=4)
        writer = SessionWriter.create(Path(folder), setup)
        for record in records:
            writer.append(record)
        writer.finish()
        (session,) = Path(folder).iterdir()
        dorsi = [sys.executable, "-c", "from sensor_pipeline.cli.main import main; main()"]
        ways = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "dorsi --help": [*dorsi, "--help"],
            "dorsi replay": [*dorsi, "replay", str(session)],
        }
        median_s = interleaved(
            {name: lambda words=words: _run(words) for name, words in ways.items()}, rounds, time.perf_counter
        )
    bare_s = median_s.pop("python -c pass")
    session_s = (records[-1].host_time_ns - records[0].host_time_ns) / 1e9
    return [
        ("python -c pass", 1e3 * bare_s, "ms"),
        ("length of the replayed session", session_s, "s"),
        *((name, found_s / bare_s, "x python -c pass") for name, found_s in median_s.items()),
    ]


def _run(words: Sequence[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reps", type=int, default=85, help="repetitions of the set; 85 are ten minutes, 65 000 rows")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each comparison")
    parser.add_argument("--hours", type=int, default=0, help="simulated hours of memory, 3 or more; 0 = leave out")
    parser.add_argument("--cold", action="store_true", help="measure cold starts too")
    options = parser.parse_args()
    if options.hours in (1, 2):
        parser.error(f"--hours {options.hours}: growth is measured from the second hour on; give 3 or more")
    found = speed(options.reps, options.rounds)
    if options.cold:
        found += cold_start(options.reps, options.rounds)
    if options.hours:
        found += memory(options.hours, options.reps)
    for name, figure, unit in found:
        print(f"{name:42}{figure:14.2f} {unit}")


if __name__ == "__main__":
    main()
