"""Checks of the computer's clocks: the one that stamps records, and the one that names sessions.

In: the clocks. Out: checks. Must not live here: a sensor's clock (clock).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sensor_pipeline.cli.checks.check import Check

COARSE_S: Final = 1e-4
"""Resolution above which arrival times become visibly coarse: the host mapping is good to about 0.1 ms."""
_READINGS: Final = 20_000
"""Readings in a row, about 2 ms: enough to see a clock that runs backwards or in large steps."""
STEP_S: Final = 0.1
"""Change of the wall clock against the steady one that is called a step; slewing by NTP is 0.5 ms per second."""
_FIRST_YEAR: Final = 2026
"""No session can be older than the program."""


class ClockWatch:
    """Compares wall clock and steady clock from its making on.

    Args:
        wall: seconds since 1970.
        steady: seconds of the clock that stamps records.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.perf_counter) -> None:
        self._wall = wall
        self._steady = steady
        self._start_s = wall() - steady()

    def checks(self) -> list[Check]:
        """Check both clocks; the wall clock over the time since this was made."""
        return [steady_clock(self._steady), self._wall_clock()]

    def _wall_clock(self) -> Check:
        step_s = self._wall() - self._steady() - self._start_s
        now = datetime.fromtimestamp(self._wall()).astimezone()
        shown = now.isoformat(sep=" ", timespec="seconds")
        if now.year < _FIRST_YEAR:
            return Check("wall clock", "warn", f"{shown} cannot be", "set the date: sessions are named by it")
        if abs(step_s) > STEP_S:
            found = f"was set by {step_s:+.1f} s while this ran; recordings do not mind, their names do"
            return Check("wall clock", "warn", found, "let the system keep the time (NTP)")
        return Check("wall clock", "ok", shown)


def steady_clock(steady: Callable[[], float] = time.perf_counter, readings: int = _READINGS) -> Check:
    """Check the clock that stamps records.

    Args:
        steady: its reading in s.
        readings: how many to take.
    """
    info = time.get_clock_info("perf_counter")
    last = steady()
    smallest = float("inf")
    for _ in range(readings):
        now = steady()
        if now < last:
            found = f"went back by {last - now:.6f} s"
            return Check("steady clock", "fail", found, "update the system; in a virtual machine, choose another clock")
        if last < now:
            smallest = min(smallest, now - last)
        last = now
    step_s = max(info.resolution, smallest)
    found = f"{info.implementation}, steps of {step_s * 1e6:.2g} us"
    if step_s > COARSE_S:
        return Check("steady clock", "warn", found, "arrival times are coarse; update Python or the system")
    return Check("steady clock", "ok", found)
