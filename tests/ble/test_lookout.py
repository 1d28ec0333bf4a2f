"""The scan goes on while a sensor is missing, through every failure of the adapter."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakScanner
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason

from sensor_pipeline.ble.lookout import QUIET_S, RETRY_S, START_S, Lookout
from sensor_pipeline.ble.virtual.loop import run_virtual


class Adapter:
    """A radio whose scanners report a device each 0.1 s while ``audible``; ``error`` is what a start raises."""

    def __init__(self):
        self.audible, self.error, self.hangs = True, None, False
        self.running = 0

    def scanner(self, callback):
        adapter = self

        class Backend(BaseBleakScanner):
            def __init__(self, detection_callback, service_uuids, scanning_mode, **_):
                super().__init__(detection_callback, service_uuids)

            async def start(self):
                if adapter.hangs:
                    await asyncio.sleep(1e6)
                if adapter.error is not None:
                    raise adapter.error
                adapter.running += 1
                self.task = asyncio.ensure_future(self.report())

            async def report(self):
                while True:
                    await asyncio.sleep(0.1)
                    if adapter.audible:
                        data = AdvertisementData("x", {}, {}, [], None, -60, ())
                        self.call_detection_callbacks(self.create_or_update_device("A", "A", "x", None, data), data)

            async def stop(self):
                if adapter.error is not None:
                    raise adapter.error
                adapter.running -= 1
                self.task.cancel()

        return BleakScanner(callback, backend=Backend)


def looking(script, adapter=None):
    """Run a script with a lookout; returns when advertisements were heard, what was noted, and the adapter."""
    adapter = adapter or Adapter()
    heard, notes = [], []

    async def main():
        loop = asyncio.get_running_loop()
        lookout = Lookout(adapter, lambda device, data: heard.append(loop.time()), notes.append)
        task = asyncio.ensure_future(lookout.run())
        await script(lookout, adapter)
        task.cancel()
        await asyncio.wait({task})

    run_virtual(main())
    return heard, notes, adapter


def test_it_scans_while_somebody_needs_it_with_one_scanner():
    async def script(lookout, adapter):
        await asyncio.sleep(1.0)
        lookout.need(0, True)
        lookout.need(1, True)
        await asyncio.sleep(2.0)
        assert adapter.running == 1
        lookout.need(0, False)
        await asyncio.sleep(1.0)
        assert adapter.running == 1
        lookout.need(1, False)
        await asyncio.sleep(1.0)
        assert adapter.running == 0

    heard, notes, _ = looking(script)
    assert (heard[0], heard[-1]) == (pytest.approx(1.1), pytest.approx(4.0, abs=0.11))
    assert notes == []


def test_it_ends_its_scanner_when_it_is_cancelled():
    async def script(lookout, adapter):
        lookout.need(0, True)
        await asyncio.sleep(1.0)

    assert looking(script)[2].running == 0


def test_an_adapter_that_is_off_is_tried_each_second_and_told_once():
    error = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)

    async def script(lookout, adapter):
        adapter.error = error
        lookout.need(0, True)
        await asyncio.sleep(10.5)
        assert "Bluetooth is turned off; turn it on" in lookout.problem
        adapter.error = None
        await asyncio.sleep(RETRY_S + 0.2)
        assert lookout.problem == ""

    heard, notes, _ = looking(script)
    assert heard[0] <= 10.5 + RETRY_S + 0.2
    assert [note.partition(":")[0] for note in notes] == ["cannot scan", "scanning is possible again"]


def test_a_scanner_that_has_fallen_silent_is_replaced():
    async def script(lookout, adapter):
        lookout.need(0, True)
        await asyncio.sleep(1.0)
        adapter.audible = False
        await asyncio.sleep(2.5 * QUIET_S)
        assert lookout.scans == 3
        assert adapter.running == 1

    looking(script)


def test_a_start_that_hangs_is_given_up():
    async def script(lookout, adapter):
        adapter.hangs = True
        lookout.need(0, True)
        await asyncio.sleep(START_S + 5.0)
        assert "no answer in time" in lookout.problem
        adapter.hangs = False
        await asyncio.sleep(START_S)
        assert lookout.problem == ""

    looking(script)


def test_a_platform_without_bluetooth_is_a_problem_not_a_crash():
    class Nothing:
        def scanner(self, callback):
            raise ImportError("no module named dbus_fast", name="dbus_fast")

    async def script(lookout, adapter):
        lookout.need(0, True)
        await asyncio.sleep(3.0)
        assert "a library that Bluetooth needs here is missing (dbus_fast)" in lookout.problem

    looking(script, Nothing())
