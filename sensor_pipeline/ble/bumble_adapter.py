"""A Bluetooth controller that bumble opens, as this computer's adapter. Needs the extra ``[virtual]``.

In: the name of a bumble transport. Out: backend classes for bleak, for as long as it is open. Must not live here: the
backend itself, sensors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bumble import core, hci
from bumble.device import Device, DeviceConfiguration
from bumble.transport import open_transport

from sensor_pipeline.ble.bounded import bounded
from sensor_pipeline.ble.bumble_backend import Backends, Central, backends
from sensor_pipeline.errors import RadioError


@asynccontextmanager
async def open_adapter(transport: str, within_s: float) -> AsyncIterator[Backends]:
    """Open a controller, and close it at the end of the ``async with``.

    Args:
        transport: bumble's name of it, for example ``usb:0`` or ``tcp-client:127.0.0.1:6789``.
        within_s: time to open and to reset it, s.

    Raises:
        RadioError: it cannot be opened, or no controller answers there.
    """
    try:
        opened = await bounded(open_transport(transport), within_s, "open")
    except RadioError as error:
        raise RadioError(
            f"cannot open bumble transport {transport!r}: {_text(error.__cause__ or error)}; check its name, and that "
            "nothing else uses it"
        ) from error.__cause__
    async with opened:
        address = hci.Address.generate_static_address()
        config = DeviceConfiguration(name="dorsi", address=address)
        device = Device.from_config_with_hci(config, opened.source, opened.sink)
        try:
            async with asyncio.timeout(within_s):
                await device.power_on()
        except (core.BaseBumbleError, hci.HCI_Error, TimeoutError) as error:
            raise RadioError(
                f"bumble transport {transport!r}: no controller answers ({_text(error)}); plug it in again"
            ) from error
        central = Central(device)
        try:
            yield backends(central)
        finally:
            await central.close()


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
