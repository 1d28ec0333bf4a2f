"""Every error of the radio says what is wrong and one thing to do; a new one in bleak fails a test here."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from bleak import exc

from sensor_pipeline.ble.reasons import advise, platform_name

PLATFORMS: list[Any] = ["linux", "macos", "windows"]
EXAMPLES: dict[type[BaseException], BaseException] = {
    exc.BleakError: exc.BleakError("Not connected"),
    exc.BleakBluetoothNotAvailableError: exc.BleakBluetoothNotAvailableError(
        "off", exc.BleakBluetoothNotAvailableReason.POWERED_OFF
    ),
    exc.BleakCharacteristicNotFoundError: exc.BleakCharacteristicNotFoundError("2a25"),
    exc.BleakDeviceNotFoundError: exc.BleakDeviceNotFoundError("C4:00:00:00:00:01"),
    exc.BleakDBusError: exc.BleakDBusError("org.bluez.Error.NotReady", []),
    exc.BleakGATTProtocolError: exc.BleakGATTProtocolError(0x05),
}
ERRORS = [item for item in vars(exc).values() if isinstance(item, type) and issubclass(item, BaseException)]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("reason", list(exc.BleakBluetoothNotAvailableReason))
def test_every_reason_of_bleak_has_its_own_advice(reason: exc.BleakBluetoothNotAvailableReason, platform: Any) -> None:
    advice = advise(reason, platform)
    assert advice.known
    assert advice.wrong
    assert advice.fix
    unknown = advise(exc.BleakBluetoothNotAvailableReason.UNKNOWN, platform)
    assert (advice == unknown) == (reason is exc.BleakBluetoothNotAvailableReason.UNKNOWN)
    assert advise(exc.BleakBluetoothNotAvailableError("text", reason), platform) == advice


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("kind", ERRORS)
def test_every_exception_type_of_bleak_is_known(kind: type[BaseException], platform: Any) -> None:
    assert advise(EXAMPLES[kind], platform).known


@pytest.mark.parametrize("code", list(exc.BleakGATTProtocolErrorCode))
def test_every_gatt_code_of_bleak_is_known(code: exc.BleakGATTProtocolErrorCode) -> None:
    assert advise(exc.BleakGATTProtocolError(code), "linux").known


def test_every_code_that_bleak_has_a_text_for_is_known() -> None:
    for code in exc.PROTOCOL_ERROR_CODES:
        assert advise(exc.BleakGATTProtocolError(code), "linux").known, hex(code)
    assert "0x9a" in advise(exc.BleakGATTProtocolError(0x9A), "linux").wrong
    stranger = advise(exc.BleakGATTProtocolError(0x77), "linux")
    assert not stranger.known
    assert "0x77" in stranger.wrong


@pytest.mark.skipif(sys.platform != "linux", reason="the names are in bleak's Linux backend")
def test_every_bluez_error_that_bleak_names_is_known() -> None:
    from bleak.backends.bluezdbus import defs

    names = [value for key, value in vars(defs).items() if key.startswith("BLUEZ_ERROR_")]
    assert len(names) > 5
    for name in names:
        assert advise(exc.BleakDBusError(name, ["anything"]), "linux").known, name


def test_a_failed_connection_is_told_by_its_details() -> None:
    aborted = advise(exc.BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]), "linux")
    remote = advise(exc.BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-remote"]), "linux")
    assert "the sensor ended the connection" in remote.wrong
    plain = advise(exc.BleakDBusError("org.bluez.Error.Failed", ["Software caused connection abort"]), "linux")
    assert "radio noise" in aborted.wrong
    assert plain.wrong == "the connection failed"


@pytest.mark.parametrize(
    ("error", "platform", "part"),
    [
        (FileNotFoundError(2, "No such file"), "linux", "D-Bus"),
        (ConnectionRefusedError(111, "refused"), "linux", "D-Bus"),
        (PermissionError(13, "denied"), "linux", "group 'bluetooth'"),
        (PermissionError(13, "denied"), "macos", "Privacy & Security"),
        (TimeoutError(), "linux", "no answer in time"),
        (EOFError(), "linux", "systemctl restart bluetooth"),
        (ConnectionResetError(104, "reset"), "linux", "systemctl restart bluetooth"),
        (ImportError("no winrt", name="winrt"), "windows", "winrt"),
        (NotImplementedError(), "macos", "cannot do that"),
        (exc.BleakError("Could not get GATT services: Unreachable"), "windows", "does not answer"),
        (exc.BleakError("Could not read characteristic: Access Denied"), "windows", "vendor's app"),
        (exc.BleakError("Bleak requires BlueZ >= 5.55."), "linux", "update BlueZ"),
        (exc.BleakError("adapter 'hci3' not found"), "linux", "adapter has gone"),
        (exc.BleakError("device 'dev_X' not found"), "linux", "scan again"),
        (exc.BleakError("Failed to start scanner. Is Bluetooth turned on?"), "windows", "turn Bluetooth on"),
        (exc.BleakError("failed to discover services, device disconnected"), "linux", "services were read"),
    ],
)
def test_errors_without_a_type_of_their_own_are_known_too(error: BaseException, platform: Any, part: str) -> None:
    advice = advise(error, platform)
    assert advice.known
    assert part in str(advice)


def test_a_broken_bus_library_is_the_service() -> None:
    errors = pytest.importorskip("dbus_fast.errors", reason="bleak brings it on Linux only")
    assert advise(errors.InvalidAddressError("no address"), "linux").known


@pytest.mark.parametrize(
    ("code", "part"), [(0x800710DF, "turned off"), (0x80070005, "does not let"), (-2147023729, "no")]
)
def test_windows_numbers_are_read_signed_or_not(code: int, part: str) -> None:
    error = OSError("text")
    error.winerror = code  # type: ignore[attr-defined, unused-ignore]  # Windows sets it; elsewhere it does not exist
    assert part in advise(error, "windows").wrong
    assert advise(error, "windows").known


def test_an_unknown_error_keeps_its_own_text_on_one_line_and_commands_no_terminal() -> None:
    advice = advise(exc.BleakError("strange\n\x1b[2Jthing"), "linux")
    assert not advice.known
    assert "strange" in advice.wrong
    assert advice.wrong.isprintable()
    assert advise(exc.BleakError(), "linux").wrong == "BleakError"


def test_platforms_are_named_as_people_name_them() -> None:
    names = [platform_name(system) for system in ("linux", "darwin", "win32", "freebsd14")]
    assert names == ["linux", "macos", "windows", "linux"]
    assert platform_name() in PLATFORMS
