"""The adapter: scans that share it, connections that take turns, nothing left behind."""

import asyncio

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak import BleakClient, BleakScanner

from sensor_pipeline.ble.virtual.loop import run_virtual

from .named_air import find, now_s, radio


def test_scanners_share_the_adapter_and_stop_by_themselves() -> None:
    async def main() -> None:
        heard: dict[str, int] = {"a": 0, "b": 0}

        def count(key: str) -> BleakScanner:
            def callback(_device: object, _shown: object) -> None:
                heard[key] += 1

            return BleakScanner(callback, backend=air.backends.scanner)

        async with radio("shin") as air:
            first, second = count("a"), count("b")
            await first.start()
            await asyncio.sleep(1.0)
            await second.start()
            await asyncio.sleep(1.0)
            await first.stop()
            before = dict(heard)
            await asyncio.sleep(1.0)
            assert heard["a"] == before["a"]
            assert heard["b"] > before["b"] > 0
            await second.stop()
            await second.stop()  # stopped twice is no error
            assert not air.central.device.scanning

    run_virtual(main())


def test_a_sensor_that_is_away_does_not_keep_another_one_waiting() -> None:
    async def main() -> float:
        async with radio("away", "here") as air:
            away, here = await find(air, "away"), await find(air, "here")
            air.peripheral(0).reboot(off_s=600.0)
            attempt = asyncio.ensure_future(BleakClient(away, timeout=30.0, backend=air.backends.client).connect())
            await asyncio.sleep(0.5)
            start_s = now_s()
            async with BleakClient(here, timeout=30.0, backend=air.backends.client):
                took_s = now_s() - start_s
            with pytest.raises(TimeoutError):
                await attempt
            return took_s

    assert run_virtual(main()) < 4.0  # a turn of the other one, then its own


def test_a_cancelled_connect_leaves_no_connection_behind() -> None:
    """At whatever moment it is cancelled: before the link is up, while services are discovered, at the very end."""

    async def main(after_s: float) -> None:
        async with radio("shin") as air:
            device = await find(air, "shin")
            attempt = asyncio.ensure_future(BleakClient(device, backend=air.backends.client).connect())
            await asyncio.sleep(after_s)
            attempt.cancel()
            await asyncio.wait({attempt})
            await asyncio.sleep(3.0)
            if attempt.cancelled():
                assert not air.peripheral().connected
                assert not air.central.device.connections
                async with BleakClient(device, backend=air.backends.client) as client:
                    assert client.is_connected

    for tenths in range(16):
        run_virtual(main(tenths / 10.0))
