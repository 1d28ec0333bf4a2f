"""Checks of Bluetooth without touching the radio, on the system this runs on.

In: what the system tells. Out: checks. Must not live here: a scan (live), Linux' many places (linux_radio).
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final

from sensor_pipeline.cli.checks.check import Check

_OLDEST_WINDOWS: Final = 16299
"""Build of Windows 10 (1709) from which bleak works (its documentation, "Windows backend")."""
_UNKNOWN_SERVICE: Final = 1060
"""Windows error ERROR_SERVICE_DOES_NOT_EXIST."""
_RUNNING: Final = 4
"""SERVICE_RUNNING in the line STATE of ``sc query``, a number in every language of Windows."""
_TRY: Final = "'dorsi doctor --scan' tries it"


def radio() -> list[Check]:
    """Check Bluetooth on this system."""
    if sys.platform == "win32":
        return windows_radio(platform.version())
    if sys.platform == "darwin":
        return macos_radio(platform.mac_ver()[0], os.environ)
    if sys.platform == "linux":
        from sensor_pipeline.cli.checks.linux_radio import linux_radio

        return linux_radio()
    return [Check("bluetooth", "not checked", f"nothing is known about {sys.platform}", _TRY)]


def macos_radio(version: str, environment: Mapping[str, str]) -> list[Check]:
    """Check what macOS tells: not even whether Bluetooth is on, before a program has asked for permission.

    Args:
        version: of macOS, for example ``14.5``.
        environment: of this process: names the program that macOS gives the permission to.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    checks = [Check("macOS", "ok", version)]
    if numbers and numbers < (10, 15):
        checks = [Check("macOS", "fail", f"{version} is too old for Bluetooth from Python", "update to 10.15 or newer")]
    elif (12, 0) <= numbers < (12, 3):
        found = f"{version} shows a scan only what it asks for by service"  # bleak's documentation of service_uuids
        checks = [Check("macOS", "warn", found, "update to 12.3 or newer")]
    program = environment.get("TERM_PROGRAM", "the program you start dorsi from")
    step = f"{_TRY}; allow {program} in System Settings > Privacy & Security > Bluetooth"
    return [*checks, Check("permission", "not checked", "macOS tells only a program that uses the radio", step)]


def windows_radio(version: str, query: Callable[[], tuple[int, str]] | None = None) -> list[Check]:
    """Check what Windows tells: its version, and the Bluetooth service.

    Args:
        version: for example ``10.0.19045``.
        query: asks the service manager; returns exit code and text. None = run ``sc query bthserv``.
    """
    build = int(version.rpartition(".")[2]) if re.fullmatch(r"\d+\.\d+\.\d+", version) else None
    if build is None:
        first = Check("Windows", "not checked", f"version {version!r} is not understood")
    elif build < _OLDEST_WINDOWS:
        found = f"build {build} is too old for Bluetooth from Python"
        first = Check("Windows", "fail", found, "update to Windows 10 (1709) or newer")
    else:
        first = Check("Windows", "ok", f"build {build}")
    return [
        first,
        _windows_service(*(query or _query)()),
        Check("permission", "not checked", "only a scan shows it", _TRY),
    ]


def _query() -> tuple[int, str]:
    try:
        done = subprocess.run(["sc", "query", "bthserv"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return -1, str(error)
    return done.returncode, done.stdout


def _windows_service(code: int, text: str) -> Check:
    name = "bluetooth service"
    if code == _UNKNOWN_SERVICE:
        return Check(
            name, "fail", "Windows has no Bluetooth support here", "plug in a Bluetooth 4.0 (or newer) adapter"
        )
    # the second line with a number after a colon is STATE: the words of it are translated
    states = re.findall(r"^\s*\S+\s*:\s*([0-9a-fA-F]+)\s+\S", text, re.MULTILINE)
    if code != 0 or len(states) < 2:
        return Check(name, "not checked", "the service manager did not tell", _TRY)
    if int(states[1], 16) == _RUNNING:
        return Check(name, "ok", "bthserv is running")
    return Check(name, "fail", "bthserv is not running", "start 'Bluetooth Support Service' in services.msc")
