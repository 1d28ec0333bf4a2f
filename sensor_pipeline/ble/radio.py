"""Which radio is used: this computer's own Bluetooth, a controller that bumble opens, or a virtual one.

In: nothing, a transport's name, or bleak backend classes. Out: bleak scanners and clients on that radio. Must not live
here: what is scanned for, supervision.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from bleak import BleakClient, BleakScanner

if TYPE_CHECKING:
    from bleak.backends.client import BaseBleakClient
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

Advertised = Callable[["BLEDevice", "AdvertisementData"], None]
"""Called for each advertisement."""

CONNECT_S: Final = 20.0
"""Time for a connection with service discovery. A shorter one ends in the 2-3 s that BlueZ needs to cancel it."""
OPEN_S: Final = 10.0
"""Time to open a bumble transport and reset its controller."""


class Maker(Protocol):
    """What scanning and connecting need of a radio."""

    def scanner(self, callback: Advertised) -> BleakScanner:
        """Make a scanner; it is not started."""

    def client(self, device: BLEDevice, on_disconnect: Callable[[BleakClient], None]) -> BleakClient:
        """Make a client; it is not connected."""


class Radio:
    """Makes bleak's scanners and clients for one radio.

    Args:
        scanner_backend: bleak backend of the scanners, None = the platform's own.
        client_backend: bleak backend of the clients, None = the platform's own.
    """

    def __init__(
        self,
        scanner_backend: type[BaseBleakScanner] | None = None,
        client_backend: type[BaseBleakClient] | None = None,
    ) -> None:
        self._scanner_backend = scanner_backend
        self._client_backend = client_backend

    @classmethod
    def platform(cls) -> Radio:
        """This computer's own Bluetooth."""
        return cls()

    @classmethod
    @asynccontextmanager
    async def bumble(cls, transport: str) -> AsyncIterator[Radio]:
        """A controller that bumble opens; closed at the end of the ``async with``.

        Args:
            transport: bumble's name of it, for example ``usb:0`` or ``tcp-client:127.0.0.1:6789``.

        Raises:
            RadioError: it cannot be opened, or no controller answers there.
            ImportError: bumble is not installed.
        """
        from sensor_pipeline.ble.bumble_adapter import open_adapter

        async with open_adapter(transport, OPEN_S) as found:
            yield cls(found.scanner, found.client)

    def scanner(self, callback: Advertised, **options: Any) -> BleakScanner:
        """Make a scanner.

        Args:
            callback: gets each advertisement.
            options: further arguments of ``BleakScanner``.

        Returns:
            The scanner; it is not started.
        """
        return BleakScanner(callback, backend=self._scanner_backend, **options)

    def client(self, device: BLEDevice, on_disconnect: Callable[[BleakClient], None], **options: Any) -> BleakClient:
        """Make a client: a new one for each attempt to connect.

        Args:
            device: as a scanner reported it.
            on_disconnect: called when the connection has ended.
            options: further arguments of ``BleakClient``.

        Returns:
            The client; it is not connected.
        """
        options = {"timeout": CONNECT_S, **options}
        return BleakClient(device, on_disconnect, backend=self._client_backend, **options)
