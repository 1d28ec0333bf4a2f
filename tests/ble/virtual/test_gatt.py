import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from bumble.core import UUID
from bumble.gatt import Characteristic

from sensor_pipeline.ble.virtual.commands import CommandBook
from sensor_pipeline.ble.virtual.gatt import Handlers, make_table, properties
from sensor_pipeline.devices import SensorSpec

P = Characteristic.Properties


async def read(_key: str) -> bytes:
    return b""


async def write(_key: str, _payload: bytes) -> None:
    return None


async def subscribe(_key: str, _on: bool) -> None:
    return None


async def wait() -> None:
    return None


HANDLERS = Handlers(read, write, subscribe, wait)


def test_every_characteristic_of_a_spec_can_do_what_the_spec_does_with_it(spec: SensorSpec) -> None:
    has = properties(spec, CommandBook(spec))
    for stream in spec.streams.values():
        for packet in stream.packets:
            assert has[packet.char] & P.NOTIFY
        for command in (*stream.start, *stream.stop, *spec.rate.set):
            assert has[command.char] & P.WRITE
        for key in stream.replies:
            assert has[key] & P.NOTIFY
    for block in (spec.info, spec.battery):
        if block is not None and block.char is not None:
            assert has[block.char] & P.READ
    assert all(has.values())


def test_the_table_holds_every_characteristic_once_and_the_serial(spec: SensorSpec) -> None:
    table = make_table(spec, CommandBook(spec), HANDLERS, serial="S", firmware="", impostor=False)
    listed = [char.uuid for service in table.services for char in service.characteristics]
    for char in spec.chars.values():
        assert listed.count(UUID(char.uuid)) == 1
    assert listed.count(UUID("2A25")) == 1
    assert UUID("2A26") not in listed  # a sensor without a firmware text has no such characteristic
    services = [service.uuid for service in table.services]
    assert len(services) == len(set(services))
    assert spec.match.service is not None
    assert UUID(spec.match.service) in services


def test_an_impostor_has_none_of_them(spec: SensorSpec) -> None:
    table = make_table(spec, CommandBook(spec), HANDLERS, serial="S", firmware="1", impostor=True)
    listed = {char.uuid for service in table.services for char in service.characteristics}
    assert not listed & {UUID(char.uuid) for char in spec.chars.values()}
    assert table.chars == {}
