"""The GATT table of a virtual sensor, made from its spec: services, characteristics, what reads and writes reach.

In: a spec, the serial number, where reads and writes go. Out: bumble services, and each characteristic by its key in
the spec. Must not live here: what a command means, timing, any sensor's name.

A spec names the service only where it matters: what it leaves open lies in the spec's advertised service, standard
characteristics in their standard services.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bumble.att import Attribute, AttributeValue, AttributeValueV2, is_enhanced_bearer
from bumble.core import UUID
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    Descriptor,
    Service,
)

if TYPE_CHECKING:
    from bumble.att import Bearer
    from bumble.device import Connection

    from sensor_pipeline.ble.virtual.commands import CommandBook
    from sensor_pipeline.devices import SensorSpec

P = Characteristic.Properties
BATTERY_LEVEL: Final = "00002a19-0000-1000-8000-00805f9b34fb"
BATTERY_SERVICE: Final = UUID("180F")
DEVICE_INFORMATION: Final = UUID("180A")
MAKER_CHAR, MODEL_CHAR, SERIAL_CHAR, FIRMWARE_CHAR = UUID("2A29"), UUID("2A24"), UUID("2A25"), UUID("2A26")
STRANGE_SERVICE: Final = UUID("7b9c0001-6a0e-4d6f-8c5b-0d2f3c1e4a50")
"""What an impostor has in place of the sensor's own services: a random UUID that no spec has."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """Where a host's reads and writes go. All of them may take their time.

    Attributes:
        read: (key of the spec's chars) -> the value.
        write: (key, payload); raises bumble's ATT_Error where the sensor refuses.
        subscribe: (key, on or off), before the answer is sent.
        wait: called before every answer.
    """

    read: Callable[[str], Awaitable[bytes]]
    write: Callable[[str, bytes], Awaitable[None]]
    subscribe: Callable[[str, bool], Awaitable[None]]
    wait: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Table:
    """A GATT table: services for bumble's server, and the characteristics by their keys in the spec."""

    services: tuple[Service, ...]
    chars: dict[str, Characteristic[bytes]]


def properties(spec: SensorSpec, book: CommandBook) -> dict[str, Characteristic.Properties]:
    """What can be done with each of the spec's characteristics, by its role in the spec."""
    found = {key: P(0) for key in spec.chars}
    for stream in spec.streams.values():
        for packet in stream.packets:
            found[packet.char] |= P.NOTIFY
        for key in stream.replies:
            found[key] |= P.NOTIFY
    for key in book.chars:
        found[key] |= P.WRITE | P.WRITE_WITHOUT_RESPONSE
    for block in (spec.info, spec.battery):
        if block is not None and block.char is not None:
            found[block.char] |= P.READ
        if block is not None and block.reply is not None:
            found[block.reply.char] |= P.NOTIFY
    if spec.battery is not None and spec.battery.char is not None:
        found[spec.battery.char] |= P.NOTIFY
    return {key: has or P.READ for key, has in found.items()}


def make_table(
    spec: SensorSpec, book: CommandBook, handlers: Handlers, *, serial: str, firmware: str, impostor: bool
) -> Table:
    """Make a sensor's GATT table.

    Args:
        spec: the sensor.
        book: its commands.
        handlers: where reads and writes go.
        serial, firmware: text of the device information service; no such characteristic where "".
        impostor: True = another device that only has the sensor's name: nothing of the spec is there.
    """
    information = _information(spec, serial, firmware, handlers)
    if impostor:
        strange = Characteristic(STRANGE_SERVICE, P.READ, Attribute.READABLE, b"")
        return Table((Service(STRANGE_SERVICE, [strange]), information), {})
    grouped: dict[UUID, list[Characteristic[bytes]]] = {}
    chars: dict[str, Characteristic[bytes]] = {}
    for key, has in properties(spec, book).items():
        char = spec.chars[key]
        made = _characteristic(key, UUID(char.uuid), has, handlers)
        chars[key] = made
        grouped.setdefault(_service(spec, key), []).append(made)
    services = [Service(uuid, list(members)) for uuid, members in grouped.items()]
    return Table((*services, information), chars)


def _service(spec: SensorSpec, key: str) -> UUID:
    char = spec.chars[key]
    if char.service is not None:
        return UUID(char.service)
    if char.uuid == BATTERY_LEVEL:
        return BATTERY_SERVICE
    return UUID(spec.match.service) if spec.match.service is not None else STRANGE_SERVICE


def _characteristic(key: str, uuid: UUID, has: Characteristic.Properties, handlers: Handlers) -> Characteristic[bytes]:
    async def read(_connection: Connection) -> bytes:
        await handlers.wait()
        return await handlers.read(key)

    async def write(_connection: Connection, payload: bytes) -> None:
        await handlers.wait()
        await handlers.write(key, bytes(payload))

    rights = Attribute.READABLE if has & P.READ else Attribute.Permissions(0)
    if has & P.WRITE:
        rights |= Attribute.WRITEABLE
    descriptors: list[Descriptor] = []
    made: Characteristic[bytes] = Characteristic(uuid, has, rights, AttributeValue(read=read, write=write), descriptors)
    if has & P.NOTIFY:
        descriptors.append(_subscription(key, made, handlers))
    return made


def _subscription(key: str, char: Characteristic[bytes], handlers: Handlers) -> Descriptor:
    """The characteristic's configuration; the subscription holds at once, the answer may come later."""

    def read(bearer: Bearer) -> bytes:
        return _connection(bearer).device.gatt_server.read_cccd(bearer, char)

    async def write(bearer: Bearer, value: bytes) -> None:
        _connection(bearer).device.gatt_server.write_cccd(bearer, char, value)
        await handlers.subscribe(key, value[:1] == b"\x01")
        await handlers.wait()

    return Descriptor(
        GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
        Attribute.READABLE | Attribute.WRITEABLE,
        AttributeValueV2(read=read, write=write),
    )


def _connection(bearer: Bearer) -> Connection:
    return bearer.connection if is_enhanced_bearer(bearer) else bearer


def _information(spec: SensorSpec, serial: str, firmware: str, handlers: Handlers) -> Service:
    texts = {MAKER_CHAR: spec.vendor, MODEL_CHAR: spec.name, SERIAL_CHAR: serial, FIRMWARE_CHAR: firmware}

    def text(uuid: UUID, value: str) -> Characteristic[bytes]:
        async def read(_connection: Connection) -> bytes:
            await handlers.wait()
            return value.encode()

        return Characteristic(uuid, P.READ, Attribute.READABLE, AttributeValue[bytes](read=read))

    return Service(DEVICE_INFORMATION, [text(uuid, value) for uuid, value in texts.items() if value])
