"""bleak's scanner and client over a bumble Device: on a virtual radio, or on any controller that bumble can open.

In: a bumble Device that plays this computer's adapter. Out: backend classes for ``BleakScanner(backend=...)`` and
``BleakClient(..., backend=...)``. Must not live here: sensors, supervision, which radio is used.

Nothing is global: :func:`backends` returns classes that belong to one
:class:`~sensor_pipeline.ble.bumble_central.Central`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement, Connection, Peer

from sensor_pipeline.ble.bumble_central import Central, end

__all__ = ["Backends", "BumbleClient", "BumbleScanner", "Central", "backends"]
T = TypeVar("T")

_SERVICE_LISTS: Final = (
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
)
_OF_THE_SYSTEM: Final = (UUID.from_16_bits(0x1800), UUID.from_16_bits(0x1801))
"""Generic access and generic attribute: systems keep them to themselves; asking takes six requests of some twenty."""


class Backends(NamedTuple):
    """What bleak takes as ``backend=``."""

    scanner: type[BumbleScanner]
    client: type[BumbleClient]


def backends(central: Central) -> Backends:
    """Classes for bleak that use one adapter."""
    own = {"central": central, "__module__": __name__}
    return Backends(type("BumbleScanner", (BumbleScanner,), own), type("BumbleClient", (BumbleClient,), own))


class BumbleScanner(BaseBleakScanner):
    """bleak's scanner; see :func:`backends`."""

    central: ClassVar[Central]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode != "passive"

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        await self.central.listen(self._on_advertisement, self._active)

    async def stop(self) -> None:
        """Stop scanning."""
        await self.central.unlisten(self._on_advertisement)

    def _on_advertisement(self, seen: Advertisement) -> None:
        data = seen.data
        name = data.get(AdvertisingData.COMPLETE_LOCAL_NAME) or data.get(AdvertisingData.SHORTENED_LOCAL_NAME)
        uuids = [_uuid_text(uuid) for kind in _SERVICE_LISTS for uuid in data.get(kind) or ()]
        if not self.is_allowed_uuid(uuids):
            return
        maker = data.get(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)
        battery = data.get(AdvertisingData.SERVICE_DATA_16_BIT_UUID)
        address = seen.address.to_string(False)
        shown = AdvertisementData(
            local_name=name,
            manufacturer_data={maker[0]: bytes(maker[1])} if maker else {},
            service_data={_uuid_text(battery[0]): bytes(battery[1])} if battery else {},
            service_uuids=uuids,
            tx_power=None,
            rssi=seen.rssi,
            platform_data=(seen,),
        )
        device = self.create_or_update_device(address, address, name, seen.address, shown)
        self.call_detection_callbacks(device, shown)


class BumbleClient(BaseBleakClient):
    """bleak's client; see :func:`backends`."""

    central: ClassVar[Central]

    def __init__(self, address_or_ble_device: BLEDevice | str, **kwargs: Any) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._seen = isinstance(address_or_ble_device, BLEDevice)
        self._name: str | None = None
        self._peer_address = hci.Address(self.address)
        if isinstance(address_or_ble_device, BLEDevice):
            self._name, self._peer_address = address_or_ble_device.name, address_or_ble_device.details
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        """Advertised name, else the address with dashes."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """ATT MTU of the connection."""
        return int(self._connection.att_mtu) if self._connection is not None else att.ATT_DEFAULT_MTU

    @property
    def is_connected(self) -> bool:
        """True while the controller says so."""
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, agree on an MTU, discover services."""
        if self._connection is not None:
            raise BleakError("already connected")
        self.central.check()
        try:
            async with asyncio.timeout(self._timeout):
                await self._set_up(pair)
        except BaseException as error:
            if self._connection is not None:
                await asyncio.shield(end(self._connection))
            if isinstance(error, core.BaseBumbleError | hci.HCI_Error):
                raise BleakError(f"connection failed: {error}") from error
            if isinstance(error, TimeoutError) and not self._seen:
                raise BleakDeviceNotFoundError(self.address, f"no device {self.address}") from error
            raise

    async def disconnect(self) -> None:
        """Disconnect; no error where the connection has gone already."""
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(self._timeout):
                await self._connection.disconnect()
        except (core.BaseBumbleError, hci.HCI_Error) as error:
            if self._connection is not None:
                raise BleakError(f"cannot disconnect: {error}") from error

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pair with the sensor."""
        await self._do(lambda peer: peer.connection.pair())

    async def unpair(self) -> None:
        """Not available: nothing is stored.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("the bumble backend keeps no keys")

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a characteristic."""
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a descriptor."""
        return await self._read(descriptor.handle)

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:
        """Write a characteristic."""
        await self._write(characteristic.handle, bytes(data), response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        await self._write(descriptor.handle, bytes(data), True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe to a characteristic."""
        subscribed = not self.central.early_lost

        def on_value(value: bytes) -> None:
            if subscribed:
                callback(bytearray(value))

        self._callbacks[characteristic.handle] = on_value
        await self._do(lambda peer: peer.gatt_client.subscribe(characteristic.obj, on_value))
        subscribed = True

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe from a characteristic."""
        callback = self._callbacks.pop(characteristic.handle, None)
        if callback is not None:
            await self._do(lambda peer: peer.gatt_client.unsubscribe(characteristic.obj, callback))

    async def _read(self, handle: int) -> bytearray:
        return bytearray(await self._do(lambda peer: peer.gatt_client.read_value(handle)))

    async def _write(self, handle: int, value: bytes, response: bool) -> None:
        await self._do(lambda peer: peer.gatt_client.write_value(handle, value, with_response=response))

    async def _set_up(self, pair: bool) -> None:
        connection = await self.central.link_up(self._peer_address, self._timeout)
        self._connection, self._peer = connection, Peer(connection)
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
        with contextlib.suppress(BleakGATTProtocolError):
            await self._do(lambda peer: peer.request_mtu(self.central.mtu))
        self.services = await self._do(self._discover)
        if pair:
            await self.pair()

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            if service.uuid in _OF_THE_SYSTEM:
                continue
            own = BleakGATTService(service, service.handle, _uuid_text(service.uuid))
            found.add_service(own)
            for char in await service.discover_characteristics():
                words = list(gatt_char_props_to_strs(char.properties))
                listed = BleakGATTCharacteristic(
                    char, char.handle, _uuid_text(char.uuid), words, lambda: self.mtu_size - 3, own
                )
                found.add_characteristic(listed)
                for descriptor in await char.discover_descriptors():
                    uuid = _uuid_text(descriptor.type)
                    found.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, uuid, listed))
        return found

    def _on_disconnection(self, reason: int) -> None:
        self._connection = self._peer = None
        self._callbacks.clear()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def _do(self, make: Callable[[Peer], Coroutine[Any, Any, T]]) -> T:
        """Do something over the connection; fails when it ends meanwhile (bumble would wait on)."""
        connection, peer = self._connection, self._peer
        if connection is None or peer is None:
            raise BleakError("not connected")
        gone = asyncio.get_running_loop().create_future()

        def on_gone(reason: int) -> None:
            if not gone.done():
                gone.set_result(reason)

        connection.on(connection.EVENT_DISCONNECTION, on_gone)
        doing = asyncio.ensure_future(make(peer))
        try:
            await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done() or doing.cancelled():
                raise BleakError("the connection was lost")
            return doing.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except (core.BaseBumbleError, hci.HCI_Error) as error:
            raise BleakError(str(error)) from error
        finally:
            doing.cancel()
            connection.remove_listener(connection.EVENT_DISCONNECTION, on_gone)


def _uuid_text(uuid: UUID) -> str:
    number = uuid.to_bytes(force_128=True)[::-1].hex()
    return f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"
