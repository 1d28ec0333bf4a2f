"""The scan that never stops while a sensor is missing: one scanner for all sensors of a recording.

In: a radio, who needs it. Out: advertisements. Must not live here: whose they are.

A scanner that cannot be started (adapter off or gone) is tried again each second; one that has fallen silent is
replaced, because some stacks stop without a word when the adapter is switched off and on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.bounded import bounded
from sensor_pipeline.errors import RadioError

if TYPE_CHECKING:
    from bleak import BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.ble.radio import Advertised, Maker

START_S: Final = 30.0
"""Longest wait for the scanner: on macOS the first start waits for a person who reads the permission dialog."""
STOP_S: Final = 5.0
"""Longest wait for it to end; a Bluetooth service that has died never answers."""
RETRY_S: Final = 1.0
"""Pause after a start that failed: an adapter that was switched on again is then found within a second."""
QUIET_S: Final = 5.0
"""Without any advertisement for so long the scanner is replaced. Sensors that are on advertise many times in it."""


class Lookout:
    """Scans while somebody needs it.

    Args:
        radio: where to scan.
        heard: gets each advertisement.
        note: gets a sentence for the connection log.

    Attributes:
        problem: why there is no scan, "" = there is one, or none is needed.
        scans: scanners started so far.
    """

    def __init__(self, radio: Maker, heard: Advertised, note: Callable[[str], None]) -> None:
        self._radio = radio
        self._heard = heard
        self._note = note
        self._needed_by: set[int] = set()
        self._change = asyncio.Event()
        self._last_s = 0.0
        self._scanner: BleakScanner | None = None
        self.problem = ""
        self.scans = 0

    def need(self, sensor: int, needed: bool) -> None:
        """Say whether a sensor's advertisements matter now."""
        before = bool(self._needed_by)
        (self._needed_by.add if needed else self._needed_by.discard)(sensor)
        if before != bool(self._needed_by):
            self._change.set()

    async def run(self) -> None:
        """Scan for ever; to be cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._needed_by:
                await self._pause(None)
                continue
            try:
                await bounded(self._start(), START_S, "cannot scan")
                self._set_problem("")
                self.scans += 1
                self._last_s = loop.time()
                while self._needed_by and loop.time() < self._last_s + QUIET_S:
                    await self._pause(self._last_s + QUIET_S - loop.time())
            except RadioError as error:
                self._set_problem(str(error))
                await self._pause(RETRY_S)
            finally:
                await self._stop()

    async def _start(self) -> None:
        self._scanner = self._radio.scanner(self._on_advertisement)
        await self._scanner.start()

    async def _stop(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is None:
            return
        try:
            await bounded(scanner.stop(), STOP_S, "cannot end the scan")
        except RadioError as error:
            if not self.problem:  # else it was never started, or its adapter has gone: that was said already
                self._note(str(error))

    async def _pause(self, longest_s: float | None) -> None:
        """Wait until the need has changed, or for a time."""
        try:
            async with asyncio.timeout(longest_s):
                await self._change.wait()
        except TimeoutError:
            return
        self._change.clear()

    def _set_problem(self, problem: str) -> None:
        if problem != self.problem:
            self._note(problem or "scanning is possible again")
        self.problem = problem

    def _on_advertisement(self, device: BLEDevice, data: AdvertisementData) -> None:
        self._last_s = asyncio.get_running_loop().time()
        self._heard(device, data)
