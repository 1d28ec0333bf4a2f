"""Canaries: what this room takes for granted of bleak and of bumble. One that fails tells what an upgrade changed.

The second half watches defects of bumble that are worked round: one that fails there means "fixed upstream: remove the
work-around", and the message says which.
"""

import asyncio
import enum
import inspect
from typing import Any

import bleak
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from sensor_pipeline.ble.virtual.loop import run_virtual


def parameters(of: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(of).parameters)


# bleak


def test_the_base_classes_ask_of_a_backend_what_ours_has() -> None:
    assert BaseBleakScanner.__abstractmethods__ == {"start", "stop"}
    assert BaseBleakClient.__abstractmethods__ == {
        "connect",
        "disconnect",
        "is_connected",
        "mtu_size",
        "pair",
        "read_gatt_char",
        "read_gatt_descriptor",
        "start_notify",
        "stop_notify",
        "unpair",
        "write_gatt_char",
        "write_gatt_descriptor",
    }


@pytest.mark.parametrize(
    ("method", "names"),
    [
        (BaseBleakScanner.__init__, ["self", "detection_callback", "service_uuids"]),
        (BaseBleakScanner.create_or_update_device, ["self", "key", "address", "name", "details", "adv"]),
        (BaseBleakScanner.call_detection_callbacks, ["self", "device", "advertisement_data"]),
        (BaseBleakScanner.is_allowed_uuid, ["self", "service_uuids"]),
        (
            BaseBleakClient.__init__,
            ["self", "address_or_ble_device", "disconnected_callback", "timeout", "kwargs"],
        ),
        (BaseBleakClient.connect, ["self", "pair", "kwargs"]),
        (BaseBleakClient.read_gatt_char, ["self", "characteristic", "use_cached", "kwargs"]),
        (BaseBleakClient.write_gatt_char, ["self", "characteristic", "data", "response"]),
        (BaseBleakClient.write_gatt_descriptor, ["self", "descriptor", "data"]),
        (BaseBleakClient.start_notify, ["self", "characteristic", "callback", "kwargs"]),
        (BaseBleakClient.stop_notify, ["self", "characteristic"]),
        (
            BleakGATTCharacteristic.__init__,
            ["self", "obj", "handle", "uuid", "properties", "max_write_without_response_size", "service"],
        ),
        (BleakGATTDescriptor.__init__, ["self", "obj", "handle", "uuid", "characteristic"]),
        (BleakGATTService.__init__, ["self", "obj", "handle", "uuid"]),
        (BleakGATTServiceCollection.add_service, ["self", "service"]),
        (BleakGATTServiceCollection.add_characteristic, ["self", "characteristic"]),
        (BleakGATTServiceCollection.add_descriptor, ["self", "descriptor"]),
    ],
)
def test_what_a_backend_implements_and_calls_has_these_parameters(method: Any, names: list[str]) -> None:
    assert list(parameters(method)) == names


def test_an_advertisement_has_these_fields() -> None:
    assert AdvertisementData._fields == (
        "local_name",
        "manufacturer_data",
        "service_data",
        "service_uuids",
        "tx_power",
        "rssi",
        "platform_data",
    )


def test_a_scanner_takes_the_arguments_we_pass() -> None:
    taken = parameters(BleakScanner.__init__)
    assert list(taken)[1:4] == ["detection_callback", "service_uuids", "scanning_mode"]
    assert {"bluez", "cb", "backend"} <= set(taken)
    assert taken["scanning_mode"].default == "active"
    for method in (BleakScanner.start, BleakScanner.stop):
        assert inspect.iscoroutinefunction(method)


def test_a_client_takes_the_arguments_we_pass() -> None:
    taken = parameters(BleakClient.__init__)
    assert list(taken)[1:4] == ["address_or_ble_device", "disconnected_callback", "services"]
    assert {"timeout", "pair", "bluez", "winrt", "backend"} <= set(taken)
    assert taken["pair"].default is False
    assert list(parameters(BleakClient.write_gatt_char))[1:] == ["char_specifier", "data", "response"]
    assert list(parameters(BleakClient.read_gatt_char))[1:3] == ["char_specifier", "use_cached"]
    assert list(parameters(BleakClient.start_notify))[1:3] == ["char_specifier", "callback"]
    for method in (
        BleakClient.connect,
        BleakClient.disconnect,
        BleakClient.read_gatt_char,
        BleakClient.write_gatt_char,
        BleakClient.start_notify,
        BleakClient.stop_notify,
    ):
        assert inspect.iscoroutinefunction(method)
    for name in ("is_connected", "services", "mtu_size", "address", "name"):
        assert isinstance(inspect.getattr_static(BleakClient, name), property)


def test_bleak_makes_a_backend_with_these_keywords() -> None:
    """A backend's constructors take what BleakScanner and BleakClient hand on, and no more than they must."""
    handed: dict[str, set[str]] = {}

    class Scanner(BaseBleakScanner):
        def __init__(self, callback: Any, services: Any, mode: str, **kwargs: Any) -> None:
            super().__init__(callback, services)
            handed["scanner"] = set(kwargs)
            handed["mode"] = {mode}

        async def start(self) -> None: ...
        async def stop(self) -> None: ...

    class Client(BaseBleakClient):
        def __init__(self, device: Any, **kwargs: Any) -> None:
            handed["client"] = set(kwargs)
            super().__init__(device, **kwargs)

    Client.__abstractmethods__ = frozenset()
    BleakScanner(backend=Scanner)
    BleakClient("C0:00:00:00:00:00", lambda _client: None, timeout=7.0, backend=Client)
    assert handed["scanner"] == {"bluez", "cb"}
    assert handed["mode"] == {"active"}
    assert handed["client"] == {"disconnected_callback", "services", "timeout", "bluez", "winrt"}


def test_every_reason_for_a_missing_radio_is_known() -> None:
    assert issubclass(BleakBluetoothNotAvailableReason, enum.Enum)
    assert {reason.name for reason in BleakBluetoothNotAvailableReason} == {
        "NO_BLUETOOTH",
        "NO_BLE_CENTRAL_ROLE",
        "POWERED_OFF",
        "DENIED_BY_USER",
        "DENIED_BY_SYSTEM",
        "DENIED_BY_UNKNOWN",
        "UNKNOWN",
    }
    error = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)
    assert error.reason is BleakBluetoothNotAvailableReason.POWERED_OFF


def test_errors_are_one_family_and_carry_what_we_read_from_them() -> None:
    kinds = (
        BleakBluetoothNotAvailableError,
        BleakCharacteristicNotFoundError,
        BleakDBusError,
        BleakDeviceNotFoundError,
        BleakGATTProtocolError,
    )
    assert all(issubclass(kind, BleakError) for kind in kinds)
    listed = {
        name
        for name, kind in vars(bleak.exc).items()
        if inspect.isclass(kind) and issubclass(kind, BleakError) and kind is not BleakError
    }
    assert listed == {kind.__name__ for kind in kinds}  # a new one needs a sentence in reasons
    assert BleakGATTProtocolError(0x0D).code == 0x0D
    assert BleakDeviceNotFoundError("A", "text").identifier == "A"
    assert BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]).dbus_error_details == (
        "le-connection-abort-by-local"
    )
    assert BleakCharacteristicNotFoundError("x").char_specifier == "x"


# bumble


def needs_bumble() -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")


def test_bumble_is_the_version_that_the_work_arounds_were_made_for() -> None:
    needs_bumble()
    from importlib.metadata import version

    assert version("bumble") == "0.0.236", "look at each work-around again, then change this line and the pin"


def test_canary_a_reset_keeps_connections_scans_and_pending_connections() -> None:
    """Fixed upstream: remove CentralController.on_hci_reset_command."""
    needs_bumble()
    from bumble import hci
    from bumble.controller import Controller

    async def main() -> bool:
        controller = Controller("plain")
        controller.le_scan_enable = True
        controller.on_hci_reset_command(hci.HCI_Reset_Command())
        return controller.le_scan_enable

    assert run_virtual(main()), "fixed upstream: remove the work-around CentralController.on_hci_reset_command"


def test_canary_cancelling_a_connection_in_the_making_does_nothing() -> None:
    """Fixed upstream: remove CentralController.on_hci_le_create_connection_cancel_command."""
    needs_bumble()
    from bumble import hci
    from bumble.controller import Controller
    from bumble.device import Device, DeviceConfiguration
    from bumble.link import LocalLink

    async def main() -> bool:
        controller = Controller("plain", link=LocalLink())  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        config = DeviceConfiguration(address=hci.Address("C0:00:00:00:00:01"))
        device = Device.from_config_with_hci(config, controller, controller)
        await device.power_on()
        attempt = asyncio.ensure_future(device.connect_le(hci.Address("C0:00:00:00:00:02"), timeout=1.0))
        await asyncio.sleep(10.0)
        still = controller.pending_le_connection is not None and not attempt.done()
        attempt.cancel()
        await asyncio.wait({attempt})
        return still

    assert run_virtual(main()), "fixed upstream: remove CentralController.on_hci_le_create_connection_cancel_command"


def test_canary_a_scan_response_is_reported_with_the_data_of_the_advertisement() -> None:
    """Fixed upstream: remove CentralController.on_advertising_pdu."""
    needs_bumble()
    from bumble import hci
    from bumble.controller import Controller
    from bumble.core import AdvertisingData
    from bumble.device import Advertisement, Device, DeviceConfiguration
    from bumble.link import LocalLink

    async def main() -> set[str | None]:
        link = LocalLink()  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        ends = [Controller(str(index), link=link) for index in range(2)]
        devices = [
            Device.from_config_with_hci(
                DeviceConfiguration(address=hci.Address(f"C0:00:00:00:00:0{index}")), controller, controller
            )
            for index, controller in enumerate(ends)
        ]
        names: set[str | None] = set()

        def heard(seen: Advertisement) -> None:
            names.add(seen.data.get(AdvertisingData.COMPLETE_LOCAL_NAME))

        for device in devices:
            await device.power_on()
        devices[0].advertising_data = bytes([2, 1, 6])
        devices[0].scan_response_data = bytes([5, 9]) + b"shin"
        await devices[0].start_advertising()
        devices[1].on(Device.EVENT_ADVERTISEMENT, heard)
        await devices[1].start_scanning()
        await asyncio.sleep(5.0)
        await devices[0].stop_advertising()
        return names

    assert "shin" not in run_virtual(main()), "fixed upstream: remove CentralController.on_advertising_pdu"


def test_canary_the_link_names_a_sender_by_its_random_address_even_where_it_used_its_public_one() -> None:
    """Fixed upstream: the computer on the virtual air may have a public address (air.COMPUTER), as most have."""
    needs_bumble()
    from bumble import hci
    from bumble.controller import Controller
    from bumble.device import Device, DeviceConfiguration, Peer
    from bumble.link import LocalLink

    async def main() -> bool:
        link = LocalLink()  # type: ignore[no-untyped-call]  # bumble leaves it untyped
        sensor = Controller("sensor", link=link)
        computer = Controller("computer", link=link, public_address="00:11:22:33:44:55")
        address = hci.Address("C0:00:00:00:00:01")
        first = Device.from_config_with_hci(DeviceConfiguration(address=address), sensor, sensor)
        config = DeviceConfiguration(address=hci.Address("C0:00:00:00:00:02"))
        second = Device.from_config_with_hci(config, computer, computer)
        await first.power_on()
        await second.power_on()
        await first.start_advertising()
        connection = await second.connect_le(address, own_address_type=hci.OwnAddressType.PUBLIC, timeout=5.0)
        try:
            async with asyncio.timeout(5.0):
                await Peer(connection).request_mtu(100)
        except TimeoutError:
            return True
        return False

    assert run_virtual(main()), "fixed upstream: AirLink.send_acl_data needs no way of its own to find the other end"


def test_canary_a_tcp_server_transport_leaves_its_server_open() -> None:
    """Fixed upstream: remove the closing of ``server`` in virtual.offer."""
    needs_bumble()
    from bumble.transport import open_transport

    async def main() -> bool:
        opened = await open_transport("tcp-server:127.0.0.1:0")
        await opened.close()
        server: asyncio.Server = opened.server  # type: ignore[attr-defined]  # only this kind of transport has one
        still = server.is_serving()
        server.close()
        return still

    assert asyncio.run(main()), "fixed upstream: remove the closing of the server in virtual.offer"
