"""Ask a sensor who it is: connect for a moment, read serial number and battery, disconnect.

In: a radio, a sensor that was seen, its spec. Out: the same with serial and battery. Must not live here: streaming,
settings, retries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bleak.exc import BleakCharacteristicNotFoundError, BleakGATTProtocolError

from sensor_pipeline.ble.attempt import DISCONNECT_S, SERIAL
from sensor_pipeline.ble.bounded import bounded
from sensor_pipeline.ble.reasons import advise
from sensor_pipeline.devices.reads import read_block
from sensor_pipeline.errors import PacketError, RadioError

if TYPE_CHECKING:
    from bleak import BleakClient

    from sensor_pipeline.ble.match import Seen
    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.devices import SensorSpec

_ASK_S: Final = 30.0
"""Time for the connection, which the radio itself gives up after 20 s, and for two reads."""
_MAX_SERIAL: Final = 64
"""A serial number is never longer; what is longer is no serial number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking: ``seen`` with what could be read, and the ``problem``, "" = none."""

    seen: Seen
    problem: str = ""


async def ask(radio: Maker, seen: Seen, spec: SensorSpec, within_s: float = _ASK_S) -> Answer:
    """Connect to a sensor, read serial number and battery, disconnect.

    Args:
        radio: where to connect.
        seen: the sensor; nothing else may be connected to it.
        spec: its spec: says where the battery is read.
        within_s: time for all of it, in s; the disconnection may take 5 s more.

    Returns:
        What is known now. A sensor that does not answer gives what was known before, and the problem.
    """
    client = radio.client(seen.device, lambda _: None)
    try:
        serial, battery = await bounded(_read(client, spec), within_s, "cannot ask it")
    except RadioError as error:
        return Answer(seen, str(advise(error.__cause__ or error)))
    finally:
        await _disconnect(client)
    return Answer(replace(seen, serial=serial or seen.serial, battery=seen.battery if battery is None else battery))


async def _read(client: BleakClient, spec: SensorSpec) -> tuple[str | None, int | None]:
    await client.connect()
    return await _serial(client), await _battery(client, spec)


async def _serial(client: BleakClient) -> str | None:
    try:
        raw = await client.read_gatt_char(SERIAL)
    except (BleakCharacteristicNotFoundError, BleakGATTProtocolError):
        return None  # not every sensor has one, and some keep it to themselves
    text = bytes(raw).split(b"\0")[0].decode("utf-8", "replace").strip()
    return text if 0 < len(text) <= _MAX_SERIAL else None


async def _battery(client: BleakClient, spec: SensorSpec) -> int | None:
    block = spec.battery
    if block is None or block.char is None:
        return None
    try:
        values = read_block("battery", block, bytes(await client.read_gatt_char(spec.chars[block.char].uuid)))
    except (BleakCharacteristicNotFoundError, BleakGATTProtocolError, PacketError):
        return None
    percent = values.get("percent")
    return None if percent is None else round(percent)


async def _disconnect(client: BleakClient) -> None:
    try:
        await bounded(client.disconnect(), DISCONNECT_S, "cannot disconnect")
    except RadioError:
        return  # the link is gone, or the service that held it: nothing more can be done
