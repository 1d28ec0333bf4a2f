"""The backend as bleak's own classes use it: scanners that share an adapter, connections, errors."""

import asyncio

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDeviceNotFoundError, BleakError

from sensor_pipeline.ble.bumble_backend import backends
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.loop import run_virtual

from .named_air import SHIN, find, now_s, radio

INFO, DATA, CONTROL = (SHIN.chars[key].uuid for key in ("info", "data", "control"))


def test_backends_belong_to_their_adapter_and_to_nothing_global() -> None:
    async def main() -> None:
        async with radio("one") as first, radio("two") as second:
            assert first.backends.scanner.central is not second.backends.scanner.central
            assert await BleakScanner.find_device_by_name("two", timeout=1.0, backend=first.backends.scanner) is None
            await find(second, "two")

    run_virtual(main())


def test_a_scanner_hears_the_name_of_the_scan_response_and_filters_by_service() -> None:
    async def main() -> tuple[set[str | None], set[str | None]]:
        async with radio("shin") as air:
            names: list[set[str | None]] = [set(), set()]
            service = SHIN.match.service
            for found, wanted in zip(names, (service, "0000180d-0000-1000-8000-00805f9b34fb"), strict=True):
                scanner = BleakScanner(service_uuids=[wanted], backend=air.backends.scanner)
                async with scanner:
                    await asyncio.sleep(1.0)
                    found.update(
                        shown.local_name for _, shown in scanner.discovered_devices_and_advertisement_data.values()
                    )
            return names[0], names[1]

    heard, filtered = run_virtual(main())
    assert "shin" in heard
    assert filtered == set()


def test_reading_writing_and_descriptors_go_through() -> None:
    async def main() -> None:
        async with radio("shin", link=AirParams(mtu=185)) as air:
            async with BleakClient(await find(air, "shin"), backend=air.backends.client) as client:
                assert client.is_connected
                assert client.name == "shin"
                assert client.mtu_size == 185
                assert client.backend_id == "BumbleClient"
                assert len(await client.read_gatt_char(INFO)) == 32
                data = client.services.get_characteristic(DATA)
                assert data is not None
                assert data.properties == ["notify"]
                assert data.max_write_without_response_size == 182
                (cccd,) = data.descriptors
                assert bytes(await client.read_gatt_descriptor(cccd)) == b"\x00\x00"
                await client.start_notify(DATA, lambda *_: None)
                assert bytes(await client.read_gatt_descriptor(cccd)) == b"\x01\x00"
                await client.stop_notify(DATA)
                assert bytes(await client.read_gatt_descriptor(cccd)) == b"\x00\x00"
                await client.write_gatt_char(CONTROL, b"\x01", response=False)
            assert not client.is_connected

    run_virtual(main())


def test_what_needs_a_connection_says_that_there_is_none() -> None:
    async def main() -> None:
        async with radio("shin") as air:
            client = BleakClient(await find(air, "shin"), backend=air.backends.client)
            await client.connect()
            with pytest.raises(BleakError, match="already connected"):
                await client.connect()
            air.peripheral().drop(off_s=60.0)
            await asyncio.sleep(0.1)
            with pytest.raises(BleakError, match="not connected"):
                await client.read_gatt_char(INFO)
            await client.disconnect()  # no error: it is what was wanted

    run_virtual(main())


def test_a_request_that_is_under_way_fails_at_once_when_the_connection_is_lost() -> None:
    async def main() -> float:
        async with radio("shin") as air:
            client = BleakClient(await find(air, "shin"), backend=air.backends.client)
            await client.connect()
            air.peripheral().slow_answers(60.0, 20.0)
            asyncio.get_running_loop().call_later(1.0, air.peripheral().drop)
            start_s = now_s()
            with pytest.raises(BleakError, match="the connection was lost"):
                await client.read_gatt_char(INFO)
            return now_s() - start_s

    assert run_virtual(main()) == pytest.approx(1.0, abs=0.01)


def test_a_device_that_nobody_has_seen_is_not_found() -> None:
    async def main() -> None:
        async with radio("shin") as air:
            with pytest.raises(BleakDeviceNotFoundError):
                await BleakClient("C1:22:33:44:55:66", timeout=3.0, backend=air.backends.client).connect()

    run_virtual(main())


def test_a_known_device_can_be_connected_to_by_its_address_alone() -> None:
    async def main() -> None:
        async with radio("shin") as air:
            address = (await find(air, "shin")).address
            async with BleakClient(address, backend=air.backends.client) as client:
                assert client.is_connected

    run_virtual(main())


def test_a_subscription_after_a_new_connection_calls_back_once() -> None:
    async def main() -> tuple[int, int]:
        async with radio("shin") as air:
            got: list[bytes] = []
            for _ in range(3):
                async with BleakClient(await find(air, "shin"), backend=air.backends.client) as client:
                    await client.start_notify(DATA, lambda _, payload: got.append(bytes(payload)))
                    await client.write_gatt_char(CONTROL, b"\x01", response=True)
                    await asyncio.sleep(1.0)
                    await client.write_gatt_char(CONTROL, b"\x02", response=True)
            return len(got), air.peripheral().counts.notifications

    got, sent = run_virtual(main())
    assert got == sent > 50


def test_classes_are_made_for_one_adapter_each_time() -> None:
    async def main() -> None:
        async with radio("shin") as air:
            first, second = backends(air.central), backends(air.central)
            assert first.client is not second.client
            assert first.client.central is second.client.central is air.central

    run_virtual(main())
