"""Checks of Bluetooth on Linux without touching the radio: adapter, block switches, service, message bus, permission.

In: /sys, /proc, /run and /etc under a root folder. Out: checks. Must not live here: D-Bus calls, a scan.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from sensor_pipeline.cli.checks.check import Check

_SERVICE: Final = "bluetoothd"
_BUS: Final = "org.bluez"
BUS_SOCKET: Final = "run/dbus/system_bus_socket"
POLICIES: Final = ("usr/share/dbus-1/system.d/bluetooth.conf", "etc/dbus-1/system.d/bluetooth.conf")
"""Where BlueZ and distributions say who may talk to it."""
_CONNECT_S: Final = 2.0


def linux_radio(root: Path = Path("/"), groups: Iterable[str] | None = None, user_id: int | None = None) -> list[Check]:
    """Check what Linux tells about Bluetooth.

    Args:
        root: the root folder.
        groups: names of the user's groups, None = those of this process.
        user_id: None = that of this process.
    """
    here = os.getuid() if user_id is None else user_id
    return [
        _adapter(root),
        _blocked(root),
        _service(root),
        _bus(root),
        _permission(root, set(_own_groups() if groups is None else groups), here),
    ]


def _adapter(root: Path) -> Check:
    adapters = sorted(path.name for path in (root / "sys/class/bluetooth").glob("hci*") if ":" not in path.name)
    if adapters:
        return Check("bluetooth adapter", "ok", f"{', '.join(adapters)} ('dorsi doctor --scan' tells whether it is on)")
    step = "plug in a Bluetooth 4.0 (or newer) adapter, or turn it on in the firmware setup"
    if "microsoft" in _text(root / "proc/version").lower():
        step = "WSL has no Bluetooth: run dorsi in Windows itself, or hand a USB adapter through with usbipd"
    elif any((root / mark).exists() for mark in (".dockerenv", "run/.containerenv")):
        step = "this is a container: run dorsi outside of it, or use --virtual or --radio bumble:..."
    return Check("bluetooth adapter", "fail", "none", step)


def _blocked(root: Path) -> Check:
    name = "radio switches"
    switches = [p for p in sorted((root / "sys/class/rfkill").glob("*")) if _text(p / "type") == "bluetooth"]
    if not switches:
        return Check(name, "not checked", "there is no switch for Bluetooth")
    if any(_text(path / "hard") == "1" for path in switches):
        return Check(
            name, "fail", "Bluetooth is off by a switch or key", "turn off flight mode with that switch or key"
        )
    if any(_text(path / "soft") == "1" for path in switches):
        return Check(name, "fail", "Bluetooth is blocked by software", "rfkill unblock bluetooth")
    return Check(name, "ok", "nothing blocks Bluetooth")


def _service(root: Path) -> Check:
    name = "bluetooth service"
    processes = [path for path in (root / "proc").glob("[0-9]*") if path.name.isdigit()]
    if any(_text(path / "comm") == _SERVICE for path in processes):
        return Check(name, "ok", f"{_SERVICE} is running")
    if not (root / "proc/1/comm").exists():
        return Check(name, "not checked", "other users' processes are hidden here", "systemctl status bluetooth")
    return Check(name, "fail", f"{_SERVICE} is not running", "sudo systemctl enable --now bluetooth (package bluez)")


def _bus(root: Path) -> Check:
    name = "message bus"
    path = root / BUS_SOCKET
    if os.environ.get("DBUS_SYSTEM_BUS_ADDRESS"):
        return Check(name, "not checked", "$DBUS_SYSTEM_BUS_ADDRESS names another bus", "unset it if scanning fails")
    if not path.exists():
        return Check(name, "fail", f"there is no {path}", "start the service 'dbus'; in a container hand in /run/dbus")
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_CONNECT_S)
            client.connect(str(path))
    except PermissionError:
        return Check(name, "fail", f"{path} refuses this user", "allow this user to open the system bus")
    except OSError as error:
        return Check(name, "fail", f"{path} does not answer: {error.strerror or error}", "restart the service 'dbus'")
    return Check(name, "ok", f"{path} answers")


def _permission(root: Path, groups: set[str], user_id: int) -> Check:
    name = "permission"
    if user_id == 0:
        return Check(name, "ok", "this is the administrator (root)")
    texts = [_text(root / place) for place in POLICIES]
    rules = [rule for text in texts if text for rule in _rules(text)]
    if not any(texts):
        return Check(name, "not checked", "no rule file of BlueZ was found", "'dorsi doctor --scan' tries it")
    if ("default", "") in rules:
        return Check(name, "ok", "every user may use Bluetooth")
    allowed = sorted(value for kind, value in rules if kind == "group")
    mine = sorted(groups & set(allowed))
    if mine:
        return Check(name, "ok", f"group {mine[0]!r} may use Bluetooth")
    if allowed:
        step = f"sudo usermod -aG {allowed[0]} $USER, then log in again"
        return Check(name, "fail", f"only the group {' or '.join(map(repr, allowed))} may use Bluetooth", step)
    return Check(name, "not checked", "the rules of BlueZ name no group", "'dorsi doctor --scan' tries it")


def _rules(text: str) -> list[tuple[str, str]]:
    """Who may send to BlueZ: ("default", "") for all, ("group", name)."""
    try:
        document = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return []
    found = []
    for policy in document.iter("policy"):
        if any(rule.get("send_destination") == _BUS for rule in policy.iter("allow")):
            if policy.get("context") == "default":
                found.append(("default", ""))
            elif policy.get("group"):
                found.append(("group", str(policy.get("group"))))
    return found


def _own_groups() -> list[str]:
    import grp

    names = []
    for number in os.getgroups():
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:
            continue  # a group without a name: containers have them
    return names


def _text(path: Path) -> str:
    """A small system file, "" where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
