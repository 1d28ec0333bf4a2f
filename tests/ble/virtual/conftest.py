"""What the tests of the virtual radio share: a host that uses unmodified bleak, and the specs that can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from sensor_pipeline.devices import (
    Decoder,
    SensorSpec,
    rate_messages,
    start_messages,
    stop_messages,
)
from sensor_pipeline.devices.commands import Message
from sensor_pipeline.errors import PacketError
from sensor_pipeline.library.specs import load_spec

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.air import VirtualRadio

ENCODABLE = ("shin-imu-v1", "movella-dot", "witmotion-ble5", "movesense-gsp")


class Host:
    """A computer that does with a sensor what its spec says, by bleak alone."""

    def __init__(self, air: VirtualRadio, spec: SensorSpec) -> None:
        self.air = air
        self.spec = spec
        self.got: list[tuple[float, str, bytes]] = []
        self.lost_s: list[float] = []

    @property
    def payloads(self) -> list[bytes]:
        data = self.spec.stream().packets[0].char
        return [payload for _, key, payload in self.got if key == data]

    async def find(self, name: str | None = None, timeout_s: float = 10.0) -> BLEDevice:
        device = await BleakScanner.find_device_by_filter(
            lambda device, shown: name is None or shown.local_name == name,
            timeout=timeout_s,
            backend=self.air.backends.scanner,
        )
        assert device is not None
        return device

    def client(self, device: BLEDevice, timeout_s: float = 20.0) -> BleakClient:
        def on_disconnect(_client: BleakClient) -> None:
            self.lost_s.append(asyncio.get_running_loop().time())

        return BleakClient(device, on_disconnect, timeout=timeout_s, backend=self.air.backends.client)

    async def write(self, client: BleakClient, messages: tuple[Message, ...]) -> None:
        for message in messages:
            uuid = self.spec.chars[message.char].uuid
            await client.write_gatt_char(uuid, message.payload, response=message.response)
            await asyncio.sleep(message.wait_s)

    async def subscribe(self, client: BleakClient, key: str) -> None:
        loop = asyncio.get_running_loop()
        await client.start_notify(
            self.spec.chars[key].uuid, lambda _, payload: self.got.append((loop.time(), key, bytes(payload)))
        )

    async def start(self, client: BleakClient, rate_hz: float | None = None) -> None:
        stream = self.spec.stream()
        for key in stream.replies:
            await self.subscribe(client, key)
        await self.write(client, rate_messages(self.spec, rate_hz))
        await self.subscribe(client, stream.packets[0].char)
        await self.write(client, start_messages(self.spec, None, rate_hz))

    async def stop(self, client: BleakClient) -> None:
        await self.write(client, stop_messages(self.spec))

    async def record(self, seconds: float, rate_hz: float | None = None) -> bytes | None:
        """One whole recording; returns the info block as read after the rate was set."""
        info: bytes | None = None
        async with self.client(await self.find()) as client:
            await self.start(client, rate_hz)
            if self.spec.info is not None and self.spec.info.char is not None:
                info = bytes(await client.read_gatt_char(self.spec.chars[self.spec.info.char].uuid))
            await asyncio.sleep(seconds)
            await self.stop(client)
        return info

    def samples(self, info: bytes | None) -> int:
        """How many samples the received notifications decode to; what is refused counts nothing."""
        decoder = Decoder(self.spec)
        if info is not None:
            decoder.read("info", info)
        found = 0
        for payload in self.payloads:
            try:
                decoded = decoder.decode(self.spec.stream().packets[0].char, payload)
            except PacketError:
                continue
            found += sum(len(packet.acc_m_s2) for packet in decoded.packets if packet.acc_m_s2 is not None)
        return found


@pytest.fixture(scope="session")
def new_host() -> Callable[..., Host]:
    return Host


@pytest.fixture(params=ENCODABLE)
def spec(request: pytest.FixtureRequest) -> SensorSpec:
    """Every spec that can be written."""
    return load_spec(request.param)


@pytest.fixture(scope="session")
def shin() -> SensorSpec:
    """The open profile: info block, control point, sample counter."""
    return load_spec("shin-imu-v1")
