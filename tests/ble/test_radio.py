"""A radio makes bleak's own scanners and clients for the backend it stands for."""

from __future__ import annotations

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from sensor_pipeline.ble.radio import CONNECT_S, Radio
from sensor_pipeline.ble.source import LiveSource, Wanted
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.errors import RadioError
from sensor_pipeline.types import Notification

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.bumble_backend import BumbleClient, BumbleScanner
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams


def test_a_virtual_radio_gives_bleak_its_backends(shin):
    async def main():
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            scanner = air.radio.scanner(lambda device, data: None)
            client = air.radio.client(BLEDevice("A0:00:00:00:00:01", "x", None), lambda client: None)
            assert isinstance(scanner, BleakScanner)
            assert isinstance(client, BleakClient)
            return scanner.backend_id, client.backend_id, client._backend._timeout

    assert run_virtual(main()) == (BumbleScanner.__name__, BumbleClient.__name__, CONNECT_S)


def test_the_platform_radio_leaves_the_choice_to_bleak():
    radio = Radio.platform()
    assert (radio._scanner_backend, radio._client_backend) == (None, None)


@pytest.mark.parametrize("transport", ["nonsense", "tcp-client:127.0.0.1:1", "file:/does/not/exist", "usb:99"])
def test_a_bumble_transport_that_is_not_there_says_so(transport):
    async def main():
        async with Radio.bumble(transport):
            raise AssertionError("opened")

    with pytest.raises(RadioError, match="cannot open bumble transport"):
        asyncio.run(main())


def test_two_sources_one_after_the_other_use_one_radio(shin):
    async def main():
        found = []
        async with VirtualRadio([PeripheralParams(shin)]) as air:
            for _ in range(2):
                async with LiveSource(air.radio, [Wanted(shin)], clock_ns=clock_ns) as source:
                    asyncio.get_running_loop().call_later(5.0, source.stop)
                    found.append(sum([isinstance(record, Notification) async for record in source]))
        return found

    first, second = run_virtual(main())
    assert first > 60
    assert second > 60
