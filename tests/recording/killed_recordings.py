"""Not a test: records sessions in child processes and kills each at a random moment (run by test_recorder.py).

usage: killed_recordings.py LIBRARY KILLS SEED. Each child acknowledges every append on a pipe. Standard output has one
line a child: session folder and last acknowledged order. It forks because a fresh interpreter for each kill is slow.
"""

from __future__ import annotations

import os
import random
import signal
import struct
import sys
from pathlib import Path

import numpy as np

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import ImportedSamples, SensorSetup

ROWS = 5
MOST_ACKNOWLEDGED = 400
ACK = struct.Struct("<q")


def block(order: int) -> ImportedSamples:
    """The record with this order: someone stands still."""
    time_s = (order * ROWS + np.arange(ROWS)) / 100.0
    acc = np.tile([0.0, 0.0, G_M_S2], (ROWS, 1))
    return ImportedSamples(order, round(time_s[-1] * 1e9), 0, time_s, acc, np.zeros((ROWS, 3)))


def record_for_ever(library: Path, name: str, acknowledge: int) -> None:
    setup = SessionSetup(sensors=(SensorSetup(side="right", rate_hz=100.0),))
    writer = SessionWriter.create(library, setup, session_id=name)
    order = 0
    while True:
        writer.append(block(order))
        os.write(acknowledge, ACK.pack(order))
        order += 1


def kill_one(library: Path, name: str, kill_after: int) -> int:
    """Record in a child, kill it once ``kill_after`` records are acknowledged; return the last acknowledged order."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            record_for_ever(library, name, writing)
        finally:
            os._exit(1)
    os.close(writing)
    received = b""
    killed = False
    while chunk := os.read(reading, ACK.size if not killed else 65536):
        received += chunk
        if not killed and len(received) >= ACK.size * kill_after:
            os.kill(child, signal.SIGKILL)  # wherever the child is by now: writing, acknowledging, synchronising
            killed = True
    os.waitpid(child, 0)
    os.close(reading)
    last: int = ACK.unpack(received[len(received) // ACK.size * ACK.size - ACK.size :][: ACK.size])[0]
    return last


if __name__ == "__main__":
    chance = random.Random(int(sys.argv[3]))
    for index in range(int(sys.argv[2])):
        session = f"killed-{index}"
        last_order = kill_one(Path(sys.argv[1]), session, chance.randint(1, MOST_ACKNOWLEDGED))
        print(session, last_order, flush=True)
