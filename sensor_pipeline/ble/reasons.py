"""What is wrong with the radio, in one sentence, and one thing to do about it: for every error bleak can raise.

In: an exception or bleak's reason, the platform. Out: :class:`Advice`. Must not live here: retries, the radio itself,
checks without an error (those are the doctor's).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

Platform = Literal["linux", "macos", "windows"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What is wrong, and one thing to do. Both are parts of a sentence, without a full stop.

    Attributes:
        wrong: what is wrong.
        fix: what to do.
        known: False where nothing is known about the error and ``wrong`` is its own text.
    """

    wrong: str
    fix: str
    known: bool = True

    def __str__(self) -> str:
        return f"{self.wrong}; {self.fix}"


_TURN_ON: Final[Mapping[Platform, str]] = {
    "linux": "turn it on in the system's settings, or with 'bluetoothctl power on'; if it is blocked, "
    "'rfkill unblock bluetooth'",
    "macos": "turn it on in System Settings > Bluetooth",
    "windows": "turn it on in Settings > Bluetooth & devices, and turn flight mode off",
}
_PERMIT: Final[Mapping[Platform, str]] = {
    "linux": "add yourself to the group 'bluetooth' and log in again, or ask whoever runs this computer",
    "macos": "allow the program you start dorsi from (Terminal, the editor) in System Settings > Privacy & Security > "
    "Bluetooth, then start that program again",
    "windows": "allow it in Settings > Privacy & security > Radios and > App permissions > Other devices",
}
_PLUG_IN: Final[Mapping[Platform, str]] = {
    "linux": "plug in a Bluetooth 4.0 (or newer) adapter; in a container or virtual machine, hand the adapter through",
    "macos": "use a Mac with Bluetooth Low Energy (2012 or newer)",
    "windows": "plug in a Bluetooth 4.0 (or newer) adapter and look at it in the Device Manager",
}
_SERVICE: Final[Mapping[Platform, str]] = {
    "linux": "start the Bluetooth service: 'sudo systemctl restart bluetooth'",
    "macos": "turn Bluetooth off and on again",
    "windows": "restart the Bluetooth Support Service (services.msc), or turn Bluetooth off and on again",
}
_RETRY_NEAR: Final = "bring the sensor within 2 m, wake it and try again"
_FREE_IT: Final = "close the vendor's app and every other program that uses the sensor, on phones too, and try again"
_RESTART_SENSOR: Final = "switch the sensor off and on and try again"
_PAIR: Final[Mapping[Platform, str]] = {
    "linux": "pair it once: 'bluetoothctl pair ADDRESS'",
    "macos": "accept the pairing dialog; a pairing that went wrong is removed in System Settings > Bluetooth",
    "windows": "pair it once in Settings > Bluetooth & devices",
}
_OTHER_FIRMWARE: Final = "check that the right spec was chosen, and the sensor's firmware version"

_Reason = BleakBluetoothNotAvailableReason
_REASONS: Final[Mapping[_Reason, tuple[str, Mapping[Platform, str]]]] = {
    _Reason.NO_BLUETOOTH: ("this computer has no Bluetooth adapter that the system can see", _PLUG_IN),
    _Reason.NO_BLE_CENTRAL_ROLE: ("the Bluetooth adapter cannot connect to Low Energy sensors", _PLUG_IN),
    _Reason.POWERED_OFF: ("Bluetooth is turned off", _TURN_ON),
    _Reason.DENIED_BY_USER: ("Bluetooth was refused to this program when the system asked", _PERMIT),
    _Reason.DENIED_BY_SYSTEM: ("the system does not let this program use Bluetooth", _PERMIT),
    _Reason.DENIED_BY_UNKNOWN: ("this program may not use Bluetooth, the system does not say why", _PERMIT),
    _Reason.UNKNOWN: ("Bluetooth is not available, the system does not say why", _SERVICE),
}

_Code = BleakGATTProtocolErrorCode
_CODES: Final[Mapping[int, tuple[str, str]]] = {
    _Code.INVALID_HANDLE: ("the sensor no longer knows what was asked for: its table has changed", _RESTART_SENSOR),
    _Code.READ_NOT_PERMITTED: ("the sensor does not let this value be read", _OTHER_FIRMWARE),
    _Code.WRITE_NOT_PERMITTED: ("the sensor does not let this value be written", _OTHER_FIRMWARE),
    _Code.INVALID_PDU: ("the sensor did not understand the request", _RESTART_SENSOR),
    _Code.INSUFFICIENT_AUTHENTICATION: ("the sensor wants to be paired first", "pair"),
    _Code.REQUEST_NOT_SUPPORTED: ("the sensor does not support this request", _OTHER_FIRMWARE),
    _Code.INVALID_OFFSET: ("the sensor refused to read a long value", _OTHER_FIRMWARE),
    _Code.INSUFFICIENT_AUTHORIZATION: ("the sensor does not allow this to this computer", "pair"),
    _Code.PREPARE_QUEUE_FULL: ("the sensor has no room for a long write", _RESTART_SENSOR),
    _Code.ATTRIBUTE_NOT_FOUND: ("the sensor does not have what was asked for", _OTHER_FIRMWARE),
    _Code.ATTRIBUTE_NOT_LONG: ("the sensor refused to read a long value", _OTHER_FIRMWARE),
    _Code.INSUFFICIENT_ENCRYPTION_KEY_SIZE: ("the pairing is too weak for the sensor", "pair"),
    _Code.INVALID_ATTRIBUTE_VALUE_LENGTH: ("the sensor expects a command of another length", _OTHER_FIRMWARE),
    _Code.UNLIKELY_ERROR: ("the sensor failed without saying why", _RESTART_SENSOR),
    _Code.INSUFFICIENT_ENCRYPTION: ("the sensor wants an encrypted link", "pair"),
    _Code.UNSUPPORTED_GROUP_TYPE: ("the sensor could not list its services", _RESTART_SENSOR),
    _Code.INSUFFICIENT_RESOURCE: ("the sensor is short of memory", _RESTART_SENSOR),
    _Code.DATABASE_OUT_OF_SYNC: ("the sensor's table has changed since it was read", _RESTART_SENSOR),
    _Code.VALUE_NOT_ALLOWED: ("the sensor does not accept this setting", _OTHER_FIRMWARE),
    _Code.WRITE_REQUEST_REJECTED: ("the sensor rejected the command", _OTHER_FIRMWARE),
    _Code.CCCD_IMPROPERLY_CONFIGURED: ("the sensor was told to send before notifications were on", _RESTART_SENSOR),
    _Code.PROCEDURE_ALREADY_IN_PROGRESS: ("the sensor is still busy with the last command", _RESTART_SENSOR),
    _Code.OUT_OF_RANGE: ("the sensor says that the setting is out of its range", _OTHER_FIRMWARE),
}
_APPLICATION_CODES: Final = range(0x80, 0xA0)
"""Bluetooth Core, vol. 3 part F, 3.4.1.1: error codes whose meaning the sensor's maker defines."""

_BLUEZ: Final = "org.bluez.Error."
_DBUS: Final = "org.freedesktop.DBus.Error."
_LINUX_SERVICE: Final = _SERVICE["linux"]
_DBUS_ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    _BLUEZ + "NotReady": ("Bluetooth is turned off", _TURN_ON["linux"]),
    _BLUEZ + "Failed": ("the connection failed", _RETRY_NEAR),
    _BLUEZ + "InProgress": (
        "the Bluetooth service is still busy with an earlier request",
        "wait 10 s and try again; if it stays, " + _LINUX_SERVICE,
    ),
    _BLUEZ + "AlreadyConnected": ("the sensor is already connected to this computer", _FREE_IT),
    _BLUEZ + "AlreadyExists": ("the Bluetooth service already holds this", _LINUX_SERVICE),
    _BLUEZ + "NotConnected": ("the sensor is no longer connected", _RETRY_NEAR),
    _BLUEZ + "DoesNotExist": ("the Bluetooth service has forgotten the sensor", "scan again, then connect"),
    _BLUEZ + "NotAvailable": ("the sensor does not answer at the moment", _RETRY_NEAR),
    _BLUEZ + "NotSupported": ("the sensor does not support this request", _OTHER_FIRMWARE),
    _BLUEZ + "NotPermitted": ("the sensor does not allow this request", _PAIR["linux"]),
    _BLUEZ + "NotAuthorized": ("the sensor wants to be paired first", _PAIR["linux"]),
    _BLUEZ + "InvalidArguments": ("the Bluetooth service refused the request", _OTHER_FIRMWARE),
    _BLUEZ + "InvalidOffset": ("the sensor refused to read a long value", _OTHER_FIRMWARE),
    _BLUEZ + "InvalidValueLength": ("the sensor expects a command of another length", _OTHER_FIRMWARE),
    _BLUEZ + "ImproperlyConfigured": ("the sensor was told to send before notifications were on", _RESTART_SENSOR),
    _BLUEZ + "AuthenticationCanceled": ("pairing was cancelled", _PAIR["linux"]),
    _BLUEZ + "AuthenticationFailed": ("pairing failed", "'bluetoothctl remove ADDRESS', then pair again"),
    _BLUEZ + "AuthenticationRejected": ("the sensor refused to pair", _RESTART_SENSOR),
    _BLUEZ + "AuthenticationTimeout": ("pairing took too long", _PAIR["linux"]),
    _BLUEZ + "ConnectionAttemptFailed": ("the sensor did not answer while pairing", _RETRY_NEAR),
    _DBUS + "ServiceUnknown": ("the Bluetooth service (bluetoothd) is not running", _LINUX_SERVICE),
    _DBUS + "NameHasNoOwner": ("the Bluetooth service (bluetoothd) is not running", _LINUX_SERVICE),
    _DBUS + "NoReply": ("the Bluetooth service (bluetoothd) does not answer", _LINUX_SERVICE),
    _DBUS + "Timeout": ("the Bluetooth service (bluetoothd) does not answer", _LINUX_SERVICE),
    _DBUS + "Disconnected": ("the Bluetooth service (bluetoothd) has stopped", _LINUX_SERVICE),
    _DBUS + "AccessDenied": ("this user may not talk to the Bluetooth service", _PERMIT["linux"]),
    _DBUS + "AuthFailed": ("this user may not talk to the Bluetooth service", _PERMIT["linux"]),
    _DBUS + "UnknownObject": ("the adapter or the sensor has gone", "scan again; if it stays, " + _LINUX_SERVICE),
    _DBUS + "UnknownMethod": ("the adapter or the sensor has gone", "scan again; if it stays, " + _LINUX_SERVICE),
    _DBUS + "UnknownInterface": ("the adapter has gone, or BlueZ is too old", "update BlueZ to 5.55 or newer"),
}

_ABORTED: Final = (
    "the connection was cut off while it was being made: radio noise or a weak signal",
    "try again, away from Wi-Fi and USB 3 devices",
)
_TEXTS: Final[tuple[tuple[str, tuple[str, str]], ...]] = (
    ("le-connection-abort-by-local", _ABORTED),
    ("le-connection-abort-by-remote", ("the sensor ended the connection at once", _FREE_IT)),
    ("le-connection-adapter-not-powered", ("Bluetooth is turned off", _TURN_ON["linux"])),
    ("le-connection-gatt-browsing", ("the sensor's services could not be read", _RETRY_NEAR)),
    ("br-connection-", ("the system tried Bluetooth Classic", "'bluetoothctl remove ADDRESS', then scan again")),
    ("failed to discover services", ("the link broke before the sensor's services were read", _RETRY_NEAR)),
    ("services discovery", ("the sensor's services could not be read", _RETRY_NEAR)),
    ("service discovery has not", ("the sensor's services were not read yet", _RETRY_NEAR)),
    ("already connected", ("the sensor is already connected to this computer", _FREE_IT)),
    ("not connected", ("the sensor is no longer connected", _RETRY_NEAR)),
    ("disconnected", ("the link to the sensor broke", _RETRY_NEAR)),
    ("unreachable", ("the sensor does not answer", _RETRY_NEAR)),
    ("access denied", ("the system or another program holds the sensor", _FREE_IT)),
    ("bluez >= ", ("BlueZ is too old for bleak", "update BlueZ to 5.55 or newer")),
    ("failed to start scanner", ("the system refused to scan, Bluetooth is probably off", "turn Bluetooth on")),
    ("unexpected watcher status", ("the system stopped the scan", "turn Bluetooth off and on again")),
    ("adapter '", ("the Bluetooth adapter has gone", "plug it in again, then scan again")),
    ("device '", ("the Bluetooth service has forgotten the sensor", "scan again, then connect")),
    ("pair with device", ("pairing failed", "remove the sensor from the system's Bluetooth settings and try again")),
    ("support pairing", ("the sensor cannot be paired", "connect without pairing")),
    ("unsupported platform", ("bleak does not know this system", "use Linux, macOS or Windows, or --radio bumble:...")),
    ("thread is configured for windows gui", ("the program runs in a window thread", "start dorsi from a terminal")),
)
"""Parts of bleak's and BlueZ's untyped messages, in small letters; the first that occurs counts."""


def platform_name(system: str = sys.platform) -> Platform:
    """Which advice applies: Python's ``sys.platform`` as linux, macos or windows (others count as linux)."""
    if system == "darwin":
        return "macos"
    return "windows" if system == "win32" else "linux"


def advise(error: BaseException | BleakBluetoothNotAvailableReason, platform: Platform | None = None) -> Advice:
    """Say what is wrong and what to do.

    Args:
        error: what was raised, or bleak's reason alone.
        platform: None = the one this runs on.

    Returns:
        The advice; an unknown error gives its own text and a general step.
    """
    here = platform or platform_name()
    if isinstance(error, BleakBluetoothNotAvailableReason):
        wrong, fixes = _REASONS.get(error, _REASONS[BleakBluetoothNotAvailableReason.UNKNOWN])
        return Advice(wrong, fixes[here])
    return _bleak(error, here) or _system(error, here) or _by_text(error) or _unknown(error, here)


def _bleak(error: BaseException, here: Platform) -> Advice | None:
    if isinstance(error, BleakBluetoothNotAvailableError):
        return advise(error.reason, here)
    if isinstance(error, BleakDeviceNotFoundError):
        return Advice("the sensor is not there any more", "wake it (move it, press its button), then scan again")
    if isinstance(error, BleakCharacteristicNotFoundError):
        return Advice(f"the sensor has no characteristic {error.char_specifier}", _OTHER_FIRMWARE)
    if isinstance(error, BleakGATTProtocolError):
        return _gatt(int(error.code), here)
    if isinstance(error, BleakDBusError):
        known = _text_entry(error.dbus_error_details or "") if error.dbus_error == _BLUEZ + "Failed" else None
        known = known or _DBUS_ERRORS.get(error.dbus_error)
        return None if known is None else Advice(*known)
    return None


def _gatt(code: int, here: Platform) -> Advice:
    if code in _CODES:
        wrong, fix = _CODES[code]
        return Advice(wrong, _PAIR[here] if fix == "pair" else fix)
    if code in _APPLICATION_CODES:
        return Advice(f"the sensor refused with its own error code 0x{code:02x}", _OTHER_FIRMWARE)
    return Advice(f"the sensor refused with the unknown error code 0x{code:02x}", _RESTART_SENSOR, known=False)


def _system(error: BaseException, here: Platform) -> Advice | None:
    """Errors of Python, of the system and of the library that bleak uses for D-Bus."""
    if isinstance(error, TimeoutError):
        return Advice("no answer in time", _RETRY_NEAR)
    if isinstance(error, ImportError):
        return Advice(f"a library that Bluetooth needs here is missing ({error.name or error})", "install dorsi anew")
    if isinstance(error, NotImplementedError):
        return Advice("this system cannot do that over Bluetooth", "leave that option out")
    if here == "linux" and isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return Advice(
            "the system's message bus (D-Bus), through which Bluetooth is reached, is not there",
            "start the services 'dbus' and 'bluetooth'; in a container, hand in /run/dbus from the host",
        )
    if isinstance(error, PermissionError):
        return Advice("the system does not let this program use Bluetooth", _PERMIT[here])
    if isinstance(error, EOFError | ConnectionError) or type(error).__module__.partition(".")[0] == "dbus_fast":
        return Advice("the link to the system's Bluetooth service broke", _SERVICE[here])
    if isinstance(error, OSError) and here == "windows":
        return _windows(error)
    return None


_WINDOWS_ERRORS: Final[Mapping[int, tuple[str, str]]] = {
    0x80070005: ("the system does not let this program use Bluetooth", _PERMIT["windows"]),
    0x800710DF: ("Bluetooth is turned off", _TURN_ON["windows"]),
    0x8007048F: ("the sensor is no longer connected", _RETRY_NEAR),
    0x80070490: ("the system has forgotten the sensor", "scan again, then connect"),
    0x80000013: ("the sensor was released while it was used", _RETRY_NEAR),
    0x800704C7: ("the system cancelled the request", _SERVICE["windows"]),
}
"""HRESULTs (winerror.h): access denied, device not available, not connected, not found, object closed, cancelled."""


def _windows(error: OSError) -> Advice | None:
    code = getattr(error, "winerror", None)
    known = _WINDOWS_ERRORS.get(code & 0xFFFFFFFF) if isinstance(code, int) else None
    return None if known is None else Advice(*known)


def _by_text(error: BaseException) -> Advice | None:
    known = _text_entry(str(error))
    return None if known is None else Advice(*known)


def _text_entry(text: str) -> tuple[str, str] | None:
    small = text.lower()
    return next((entry for part, entry in _TEXTS if part in small), None)


def _unknown(error: BaseException, here: Platform) -> Advice:
    own = " ".join(ascii(str(error))[1:-1].split())[:200]  # foreign text: nothing in it that a terminal obeys
    return Advice(f"{type(error).__name__}: {own}" if own else type(error).__name__, _SERVICE[here], known=False)
