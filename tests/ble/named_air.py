"""Virtual sensors that are called what they are numbered, and how to find one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bleak import BleakScanner
from bleak.backends.device import BLEDevice

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.link import AirParams
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.library.specs import load_spec

SHIN = load_spec("shin-imu-v1")


@asynccontextmanager
async def radio(*names: str, link: AirParams | None = None) -> AsyncIterator[VirtualRadio]:
    async with VirtualRadio([PeripheralParams(SHIN, name=name, serial=name) for name in names], link) as air:
        yield air


async def find(air: VirtualRadio, name: str) -> BLEDevice:
    found = await BleakScanner.find_device_by_name(name, backend=air.backends.scanner)
    assert found is not None
    return found


def now_s() -> float:
    return asyncio.get_running_loop().time()
