"""Measure recording over the virtual radio: loss, reconnection, stalls, processor share, memory, latency.

Run: ``python tests/benchmarks/bench_ble.py [--minutes 30] [--hours 8] [--drops 200] [--json] [--out docs/radio.md]``

Both ends run in one process, on virtual time but for the latency: the figures are those of this program, not of a real
radio. Processor shares include the virtual radio and sensor, so they are an upper limit for recording alone.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path

from sensor_pipeline.ble.source import LiveSource, Wanted
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.ble.virtual.peripheral import Peripheral
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.types import Block, Event, Notification, Record, SensorSetup

SHIN = load_spec("shin-imu-v1")
SETUP_S = 5.0
"""Simulated seconds after which every sensor streams."""
IDEAL = AirParams(interval_s=0.0075, per_event=16)
"""As fast as Bluetooth Low Energy allows."""

Result = dict[str, float | int | str]
Each = Callable[[Record, LiveSource], None]
Script = Callable[[VirtualRadio, LiveSource], Coroutine[None, None, None]]


def engine_for(rate_hz: float) -> Engine:
    """The engine of a recording with one sensor."""
    return Engine(SessionSetup((SensorSetup("left", rate_hz, SHIN.text, "raw6"),)))


def pushing(engine: Engine) -> Each:
    """Let an engine use each record."""

    def each(record: Record, _: LiveSource) -> None:
        engine.push(record)

    return each


async def recording(
    rate_hz: float,
    seconds: float,
    script: Script | None = None,
    each: Each | None = None,
    link: AirParams | None = None,
) -> tuple[LiveSource, Peripheral]:
    """Record for virtual seconds; ``each`` gets each record."""
    sensor = PeripheralParams(
        SHIN, stream="raw6", rate_hz=rate_hz, firmware=FirmwareParams(samples_per_packet=8 if rate_hz > 150.0 else 4)
    )
    loop = asyncio.get_running_loop()
    async with VirtualRadio([sensor], link) as air:
        source = LiveSource(air.radio, [Wanted(SHIN, rate_hz=rate_hz)], clock_ns=clock_ns)
        async with source:
            loop.call_later(seconds, source.stop)
            disturbing = loop.create_task(script(air, source)) if script is not None else None
            async for record in source:
                if each is not None:
                    each(record, source)
            if disturbing is not None:
                disturbing.cancel()
        return source, air.peripheral()


def endurance(minutes: float) -> Result:
    """208 Hz for a long time: every sample counted at both ends."""
    received = 0

    def each(record: Record, _: LiveSource) -> None:
        nonlocal received
        if isinstance(record, Notification) and record.characteristic == "data":
            received += record.payload[1] & 0x1F

    began_s = time.process_time()
    source, sensor = run_virtual(recording(208.0, minutes * 60.0, each=each))
    counts = sensor.counts
    return {
        "simulated_min": minutes,
        "sampled": counts.sampled,
        "sent": counts.sent,
        "received": received,
        "lost": counts.sampled - received - counts.waiting,
        "queue_high_water": source.queue_high_water,
        "dropped_by_reader": source.dropped,
        "processor_s": time.process_time() - began_s,
    }


def reconnection(drops: int) -> Result:
    """From the first advertisement after an abrupt drop to the first data."""
    rng = random.Random(1)
    heard_s: list[float] = []
    came_s: list[float] = []
    waiting = False

    async def script(air: VirtualRadio, source: LiveSource) -> None:
        nonlocal waiting
        loop = asyncio.get_running_loop()
        await asyncio.sleep(SETUP_S)
        for _ in range(drops):
            await asyncio.sleep(rng.uniform(3.0, 6.0))
            off_s = rng.choice([0.0, rng.uniform(0.1, 3.0), rng.uniform(3.0, 20.0)])
            air.peripheral().drop(off_s)
            heard_s.append(loop.time() + off_s)
            await asyncio.sleep(off_s)
            waiting = True
            while waiting:
                await asyncio.sleep(0.05)
        source.stop()

    def each(record: Record, _: LiveSource) -> None:
        nonlocal waiting
        if waiting and isinstance(record, Notification) and record.characteristic == "data":
            came_s.append(record.host_time_ns / 1e9)
            waiting = False

    run_virtual(recording(104.0, 1e5, script, each))
    took_s = sorted(b - a for a, b in zip(heard_s, came_s, strict=True))
    return {
        "drops": drops,
        "p50_s": statistics.median(took_s),
        "p95_s": took_s[int(0.95 * (len(took_s) - 1))],
        "max_s": took_s[-1],
    }


def stalls(count: int) -> Result:
    """From the last data to the moment at which silence is noticed."""
    noticed_s: list[float] = []

    async def script(air: VirtualRadio, source: LiveSource) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(SETUP_S)
        for _ in range(count):
            await asyncio.sleep(3.0)
            air.peripheral().stall(1e6, cured_by_start=True)
            while source.status(0).state != "stalled":
                await asyncio.sleep(0.001)
            noticed_s.append(loop.time() - last_s)

    last_s = 0.0

    def each(record: Record, _: LiveSource) -> None:
        nonlocal last_s
        if isinstance(record, Notification) and record.characteristic == "data":
            last_s = record.host_time_ns / 1e9

    run_virtual(recording(104.0, SETUP_S + count * 4.5, script, each))
    return {"stalls": len(noticed_s), "median_s": statistics.median(noticed_s), "max_s": max(noticed_s)}


def processor(minutes: float) -> Result:
    """Processor time of a recording at 104 Hz, in percent of one core: with engine, and without."""

    def share(each: Each | None) -> float:
        began_s = time.process_time()
        run_virtual(recording(104.0, minutes * 60.0, each=each))
        return 100.0 * (time.process_time() - began_s) / (minutes * 60.0)

    engine = engine_for(104.0)
    return {
        "simulated_min": minutes,
        "link_and_virtual_radio_percent": share(None),
        "and_engine_percent": share(pushing(engine)),
    }


def resident_kb() -> float:
    """Memory that this process occupies; where the system does not tell, the most it ever occupied."""
    try:
        with open("/proc/self/statm", encoding="ascii") as table:
            return int(table.read().split()[1]) * resource.getpagesize() / 1024.0
    except OSError:
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def memory(hours: float, drop_every_s: float | None = None) -> Result:
    """Memory of the process in each quarter of a long recording, with a drop each ten minutes or more often."""
    every_s = min(600.0, hours * 3600.0 / 12.0) if drop_every_s is None else drop_every_s
    held_kb: list[float] = []
    engine = engine_for(104.0)

    async def script(air: VirtualRadio, source: LiveSource) -> None:
        quarter_s = hours * 3600.0 / 4.0
        next_s = quarter_s / 8.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every_s)
            air.peripheral().drop(2.0)
            if loop.time() >= next_s:
                next_s += quarter_s
                gc.collect()
                held_kb.append(resident_kb())

    source, _ = run_virtual(recording(104.0, hours * 3600.0, script, pushing(engine)))
    return {
        "simulated_h": hours,
        "held_kb": " ".join(f"{kb:.0f}" for kb in held_kb),
        "growth_kb_per_h": (held_kb[-1] - held_kb[0]) / (hours * 0.75),
        "queue_high_water": source.queue_high_water,
    }


def latency(seconds: float) -> Result:
    """From the notification's callback to the engine's events, on real time and an ideal link."""
    took_ms: list[float] = []

    async def main() -> None:
        engine = engine_for(104.0)
        sensor = PeripheralParams(SHIN, stream="raw6")
        async with VirtualRadio([sensor], IDEAL) as air:
            source = LiveSource(air.radio, [Wanted(SHIN)])
            async with source:
                asyncio.get_running_loop().call_later(seconds, source.stop)
                async for record in source:
                    events: list[Event] = engine.push(record)
                    if isinstance(record, Notification) and any(isinstance(event, Block) for event in events):
                        took_ms.append((time.perf_counter_ns() - record.host_time_ns) / 1e6)

    asyncio.run(main())
    took_ms.sort()
    return {
        "notifications": len(took_ms),
        "p50_ms": statistics.median(took_ms),
        "p99_ms": took_ms[int(0.99 * (len(took_ms) - 1))],
        "max_ms": took_ms[-1],
    }


def measure(minutes: float, hours: float, drops: int, seconds: float) -> dict[str, Result]:
    """Everything, by name."""
    return {
        "endurance_208_hz": endurance(minutes),
        "reconnection": reconnection(drops),
        "stall": stalls(20),
        "processor_104_hz": processor(10.0),
        "memory": memory(hours),
        "latency_ideal_link": latency(seconds),
    }


def page(found: dict[str, Result]) -> str:
    """The figures as ``docs/radio.md``."""
    long, back, stall = found["endurance_208_hz"], found["reconnection"], found["stall"]
    processor, memory_, quick = found["processor_104_hz"], found["memory"], found["latency_ideal_link"]
    rows = [
        (
            f"208 Hz for {long['simulated_min']:g} minutes: samples taken / sent / received, lost",
            "0 lost",
            f"{long['sampled']} / {long['sent']} / {long['received']}, {long['lost']} lost",
        ),
        (
            f"abrupt drop: first advertisement to first sample, {back['drops']} drops, 95th percentile (largest)",
            "2 s",
            f"{back['p95_s']:.2f} s ({back['max_s']:.2f} s)",
        ),
        (f"stall at 26 packets/s noticed after, largest of {stall['stalls']}", "1.2 s", f"{stall['max_s']:.3f} s"),
        (
            "processor at 104 Hz, share of a core per simulated second: link and virtual radio, with the engine",
            "3 %",
            f"{processor['link_and_virtual_radio_percent']:.2f} %, {processor['and_engine_percent']:.2f} %",
        ),
        (
            f"memory over {memory_['simulated_h']:g} hours with a drop each ten minutes, growth",
            "flat",
            f"{memory_['growth_kb_per_h']:.1f} kB an hour ({memory_['held_kb']} kB in the quarters)",
        ),
        (
            f"callback to events, ideal link, real time: median, 99th percentile of {quick['notifications']}",
            "2 ms",
            f"{quick['p50_ms']:.2f} ms, {quick['p99_ms']:.2f} ms",
        ),
    ]
    lines = [
        "# The radio in figures (simulated)",
        "",
        "Generated by `python tests/benchmarks/bench_ble.py --out docs/radio.md`. Both ends, the virtual sensor and",
        "the recording, run in one process over the virtual radio (30 ms connection interval where nothing else is",
        "said): these are figures of this program, not of a real radio. No real adapter was measured.",
        "",
        "| what | bar | measured |",
        "|---|---|---|",
        *(f"| {what} | {bar} | {measured} |" for what, bar, measured in rows),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="simulated minutes at 208 Hz")
    parser.add_argument("--hours", type=float, default=8.0, help="simulated hours of the memory run")
    parser.add_argument("--drops", type=int, default=200, help="abrupt drops")
    parser.add_argument("--seconds", type=float, default=30.0, help="real seconds of the latency run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, help="write the page with the figures there")
    given = parser.parse_args()
    found = measure(given.minutes, given.hours, given.drops, given.seconds)
    if given.out:
        given.out.write_text(page(found), encoding="utf-8")
    if given.json:
        json.dump(found, sys.stdout, indent=1)
        print()
        return
    for name, figures in found.items():
        print(name)
        for key, value in figures.items():
            print(f"  {key:32} {value if not isinstance(value, float) else round(value, 4)}")


if __name__ == "__main__":
    main()
