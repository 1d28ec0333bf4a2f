"""dorsi doctor: each thing a recording needs is found good, or named with the one step that helps."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from click.testing import CliRunner

from sensor_pipeline.ble.match import Seen
from sensor_pipeline.cli.capture import Capture, capture_text, refused
from sensor_pipeline.cli.checks import home, installation, live, radio, sensor_specs
from sensor_pipeline.cli.checks.check import Check
from sensor_pipeline.cli.checks.clocks import ClockWatch, steady_clock
from sensor_pipeline.cli.doctor import doctor
from sensor_pipeline.cli.radio_choice import VIRTUAL_SENSORS
from sensor_pipeline.devices import parse_spec, vector_problems
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import RadioError, UserError
from sensor_pipeline.library.specs import load_spec, spec_ids, spec_text
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Link, Notification, Read, SensorSetup

HAS_BUMBLE = importlib.util.find_spec("bumble") is not None
virtual = pytest.mark.skipif(not HAS_BUMBLE, reason="the virtual radio needs the optional part 'virtual'")
linux = pytest.mark.skipif(sys.platform != "linux", reason="a check of Linux")


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_every_check_has_a_state_and_whatever_is_not_good_a_next_step(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--json", "--library", str(tmp_path)])
    found = json.loads(result.stdout)
    checks = found["checks"]
    names = {check["name"] for check in checks}
    assert {"python", "libraries", "orientation filter", "sensor specs", "library", "free space"} <= names
    assert {"unfinished sessions", "steady clock", "wall clock"} <= names
    for check in checks:
        assert check["state"] in ("ok", "warn", "fail", "not checked"), check
        assert check["found"], check
        assert check["next_step"] or check["state"] not in ("warn", "fail"), check
    failed = any(check["state"] == "fail" for check in checks)
    assert (found["worst"] == "fail", result.exit_code) == (failed, int(failed))
    assert found["capture"] is None


def test_people_get_a_line_for_each_check_and_the_step_below_it(tmp_path: Path) -> None:
    SessionWriter.create(tmp_path, SessionSetup((SensorSetup("left", 100.0),)), session_id="cut")._journal.close()
    result = CliRunner().invoke(doctor, ["--library", str(tmp_path)])
    lines = result.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if "unfinished sessions" in line)
    assert lines[at].startswith("warn")
    assert "1 not finished: cut" in lines[at]
    assert lines[at + 1].strip() == "-> 'dorsi recover' finishes what was cut off"


def test_a_passive_check_makes_and_changes_no_file(tmp_path: Path) -> None:
    CliRunner().invoke(doctor, ["--library", str(tmp_path / "not" / "there")])
    assert list(tmp_path.iterdir()) == []


def test_options_that_belong_together_are_asked_for_together() -> None:
    assert isinstance(CliRunner().invoke(doctor, ["--sensor", "movella-dot"]).exception, UserError)
    assert isinstance(CliRunner().invoke(doctor, ["--virtual", "--radio", "bumble:x"]).exception, UserError)


# installation


def test_requirements_are_read_as_package_metadata_writes_them() -> None:
    lines = [
        "numpy>=1.26",
        "bleak >=3.0.2",
        "vqf>=2.1; python_version < '3.14' and (sys_platform == 'linux')",
        "bumble==0.0.236; extra == 'virtual'",
        "sensor-pipeline[notebooks]; extra == 'test'",
    ]
    found = installation.requirements(lines)
    assert [(item.name, item.bound, item.extra, item.conditional) for item in found] == [
        ("numpy", ">=1.26", "", False),
        ("bleak", ">=3.0.2", "", False),
        ("vqf", ">=2.1", "", True),
        ("bumble", "==0.0.236", "virtual", False),
        ("sensor-pipeline", "", "test", False),
    ]


@pytest.mark.parametrize(
    ("line", "state", "part"),
    [
        ("numpy>=1.0", "ok", "numpy"),
        ("numpy>=999.1", "fail", "is not >=999.1"),
        ("no-such-library>=1", "fail", "no-such-library is not installed"),
    ],
)
def test_a_library_that_is_missing_or_too_old_fails(line: str, state: str, part: str) -> None:
    check = by_name(installation.installation(installation.requirements([line])))["libraries"]
    assert check.state == state
    assert part in check.found


@pytest.mark.parametrize(
    ("line", "state", "part"),
    [
        ("no-such-library==1; extra == 'virtual'", "ok", "not installed"),
        ("numpy==0.1; extra == 'virtual'", "warn", "is not ==0.1"),
        ("numpy>=1; extra == 'virtual'", "ok", "installed: numpy"),
    ],
)
def test_an_optional_part_may_be_missing_but_not_wrong(line: str, state: str, part: str) -> None:
    check = by_name(installation.installation(installation.requirements([line])))["optional part 'virtual'"]
    assert check.state == state
    assert part in check.found


def test_the_installed_package_is_whole() -> None:
    found = by_name(installation.installation())
    assert found["libraries"].state == "ok"
    assert found["orientation filter"].found.startswith(("vqf", "imufusion"))
    assert not any("'test'" in name or "'dev'" in name for name in found)


def test_the_specs_that_come_with_the_package_are_valid() -> None:
    (check,) = sensor_specs.sensor_specs()
    assert check.state == "ok"
    assert check.found.startswith(f"{len(spec_ids())} specs are valid")


def test_a_broken_spec_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("schema = 1")
    text = spec_text("movella-dot").replace("ticks = ", "ticks = 9")
    (tmp_path / "wrong-vector.toml").write_text(text)
    monkeypatch.setattr("sensor_pipeline.library.specs.specs_folder", lambda: tmp_path)
    (check,) = sensor_specs.sensor_specs()
    assert check.state == "fail"
    assert "broken.toml" in check.found
    assert "more" in check.found


# library


def test_a_library_is_good_where_it_can_be_written_and_need_not_exist(tmp_path: Path) -> None:
    assert by_name(home.home(tmp_path))["library"] == Check("library", "ok", str(tmp_path))
    later = by_name(home.home(tmp_path / "a" / "b"))["library"]
    assert later.state == "ok"
    assert "made with the first session" in later.found


def test_a_library_that_cannot_be_used_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (check,) = home.home(tmp_path / "file")
    assert check.state == "fail"
    assert "is a file" in check.found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that nobody can write to")
def test_a_library_that_cannot_be_written_fails() -> None:
    check = by_name(home.home(Path("/proc")))["library"]
    assert check.state == "fail"
    assert "$DORSI_LIBRARY" in check.next_step


@pytest.mark.parametrize(("free", "state"), [(50_000_000, "fail"), (500_000_000, "warn"), (5_000_000_000, "ok")])
def test_free_space_is_judged_by_what_a_session_needs(free: int, state: str) -> None:
    assert home.room(free).state == state


def test_a_damaged_session_is_a_warning_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "session.json").write_text('{"schema_version": 9}')
    check = by_name(home.home(tmp_path))["damaged sessions"]
    assert check.state == "warn"
    assert "schema version 9" in check.found


# clocks


def steps(*readings: float) -> Callable[[], float]:
    left = list(readings)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_the_steady_clock_must_not_go_back_and_should_be_fine() -> None:
    assert steady_clock().state == "ok"
    assert steady_clock(steps(1.0, 1.1, 1.05), 2).state == "fail"
    coarse = steady_clock(steps(1.0, 1.015, 1.031), 2)
    assert coarse.state == "warn"
    assert "1.5e+04 us" in coarse.found


def test_a_step_of_the_wall_clock_is_seen_and_a_wrong_date_too() -> None:
    at_s = 1_800_000_000.0  # 2027
    assert by_name(ClockWatch().checks())["wall clock"].state == "ok"
    stepped = ClockWatch(steps(at_s, at_s + 3600.0), lambda: 5.0).checks()[-1]
    assert stepped.state == "warn"
    assert "+3600.0 s" in stepped.found
    assert ClockWatch(lambda: 0.0, lambda: 5.0).checks()[-1].state == "warn"


# Bluetooth, told from files


ALLOW_ALL = '<busconfig><policy context="default"><allow send_destination="org.bluez"/></policy></busconfig>'
ALLOW_GROUP = '<busconfig><policy group="bluetooth"><allow send_destination="org.bluez"/></policy></busconfig>'


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def linux_checks(root: Path, groups: tuple[str, ...] = (), user_id: int = 1000) -> dict[str, Check]:
    from sensor_pipeline.cli.checks.linux_radio import linux_radio

    return by_name(linux_radio(root, groups, user_id))


GOOD = {
    "sys/class/bluetooth/hci0/x": "",
    "sys/class/rfkill/rfkill0/type": "bluetooth\n",
    "sys/class/rfkill/rfkill0/soft": "0\n",
    "sys/class/rfkill/rfkill0/hard": "0\n",
    "proc/1/comm": "systemd\n",
    "proc/77/comm": "bluetoothd\n",
    "usr/share/dbus-1/system.d/bluetooth.conf": ALLOW_ALL,
}


@linux
def test_a_computer_that_is_ready_is_good_all_over(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SYSTEM_BUS_ADDRESS", raising=False)
    root = tree(tmp_path_factory.mktemp("r"), GOOD)
    path = root / "run/dbus/system_bus_socket"
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(path.parent)  # a socket's path may have 107 bytes only
        server.bind(path.name)
        server.listen()
        checks = linux_checks(root)
    assert {name: check.state for name, check in checks.items()} == dict.fromkeys(checks, "ok")
    assert linux_checks(root)["message bus"].state == "fail", "a socket that nobody listens to"


@linux
@pytest.mark.parametrize(
    ("changes", "name", "state", "part"),
    [
        ({"sys/class/rfkill/rfkill0/soft": "1"}, "radio switches", "fail", "rfkill unblock bluetooth"),
        ({"sys/class/rfkill/rfkill0/hard": "1"}, "radio switches", "fail", "flight mode"),
        ({"sys/class/rfkill/rfkill0/type": "wlan"}, "radio switches", "not checked", "no switch"),
        ({"proc/77/comm": "bash"}, "bluetooth service", "fail", "systemctl enable --now bluetooth"),
        ({"usr/share/dbus-1/system.d/bluetooth.conf": ALLOW_GROUP}, "permission", "fail", "usermod -aG bluetooth"),
        ({"usr/share/dbus-1/system.d/bluetooth.conf": "<broken"}, "permission", "not checked", "--scan"),
    ],
)
def test_what_is_missing_on_linux_is_named_with_its_command(
    tmp_path: Path, changes: dict[str, str], name: str, state: str, part: str
) -> None:
    check = linux_checks(tree(tmp_path, {**GOOD, **changes}))[name]
    assert check.state == state
    assert part in f"{check.found} {check.next_step}"


@linux
def test_a_group_that_may_use_bluetooth_is_enough_and_so_is_root(tmp_path: Path) -> None:
    root = tree(tmp_path, {**GOOD, "usr/share/dbus-1/system.d/bluetooth.conf": ALLOW_GROUP})
    assert linux_checks(root, ("users", "bluetooth"))["permission"].state == "ok"
    assert linux_checks(root, user_id=0)["permission"].state == "ok"


@linux
@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({}, "plug in"),
        ({".dockerenv": ""}, "container"),
        ({"proc/version": "Linux 5.15-microsoft-standard-WSL2"}, "WSL"),
    ],
)
def test_a_computer_without_an_adapter_says_why_that_may_be(tmp_path: Path, files: dict[str, str], part: str) -> None:
    checks = linux_checks(tree(tmp_path, files))
    assert checks["bluetooth adapter"].state == "fail"
    assert part in checks["bluetooth adapter"].next_step
    assert checks["bluetooth service"].state == "not checked"


@pytest.mark.parametrize(
    ("version", "state"), [("10.14.6", "fail"), ("12.1", "warn"), ("12.3", "ok"), ("14.5", "ok"), ("26.0", "ok")]
)
def test_macos_is_judged_by_its_version_and_names_the_program_that_needs_permission(version: str, state: str) -> None:
    first, permission = radio.macos_radio(version, {"TERM_PROGRAM": "iTerm.app"})
    assert first.state == state
    assert permission.state == "not checked"
    assert "iTerm.app" in permission.next_step


SC = """
SERVICE_NAME: bthserv
        TYPE               : 30  WIN32
        {word}              : {state}
                                (STOPPABLE, NOT_PAUSABLE, IGNORES_SHUTDOWN)
        WIN32_EXIT_CODE    : 0  (0x0)
"""


@pytest.mark.parametrize(
    ("code", "text", "state"),
    [
        (0, SC.format(word="STATE", state="4  RUNNING"), "ok"),
        (0, SC.format(word="STATUS", state="4  WIRD AUSGEFÜHRT"), "ok"),
        (0, SC.format(word="STATE", state="1  STOPPED"), "fail"),
        (1060, "", "fail"),
        (5, "", "not checked"),
        (0, "nonsense", "not checked"),
        (-1, "no sc", "not checked"),
    ],
)
def test_windows_tells_about_its_service_in_any_language(code: int, text: str, state: str) -> None:
    checks = by_name(radio.windows_radio("10.0.19045", lambda: (code, text)))
    assert checks["Windows"].state == "ok"
    assert checks["bluetooth service"].state == state


def test_an_old_or_strange_windows_is_said() -> None:
    assert radio.windows_radio("10.0.15063", lambda: (5, ""))[0].state == "fail"
    assert radio.windows_radio("eleven", lambda: (5, ""))[0].state == "not checked"


# the live part


def seen(**fields: Any) -> Seen:
    values: dict[str, Any] = {
        "device": BLEDevice("A", None, None), "address": "A", "name": "shin", "rssi": -50, "spec_id": "shin-imu-v1",
        "stream": "raw6", "grade": "design", "reason": "", "serial": "1", "battery": None, "seen_at_s": 0.0,
        "certainty": "sure",
    }  # fmt: skip
    return Seen(**{**values, **fields})


def test_a_radio_that_refuses_fails_with_its_one_fix() -> None:
    error = BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)

    class Off:
        def scanner(self, callback: Callable[..., None]) -> BleakScanner:
            class Backend(BaseBleakScanner):
                def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **_: Any) -> None:
                    super().__init__(detection_callback, service_uuids)

                async def start(self) -> None:
                    raise error

                async def stop(self) -> None: ...

            return BleakScanner(callback, backend=Backend)

    (check,) = asyncio.run(live.live(Off(), [load_spec("shin-imu-v1")], 1.0))
    assert (check.state, check.found) == ("fail", "Bluetooth is turned off")
    assert check.next_step.startswith("turn it on")
    assert live.refused(RadioError("no such transport")).found == "no such transport"


@virtual
def test_the_live_check_listens_to_the_air_and_needs_no_adapter_of_the_computer(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--scan", "--virtual", "--json", "--library", str(tmp_path)])
    checks = json.loads(result.stdout)["checks"]
    assert result.exit_code == 0
    assert "listening for 10 s" in result.stderr
    heard = [check["found"] for check in checks if check["name"] == "sensor"]
    assert len(heard) == len(VIRTUAL_SENSORS)
    assert "Movella DOT: movella-dot, signal -60 dBm" in heard
    assert not any(check["name"].startswith("bluetooth") for check in checks)


def test_what_was_heard_is_told_and_nothing_heard_has_the_most_usual_cause() -> None:
    one = by_name(live.heard([seen()], 10.0))
    assert one["sensor"].found == "shin: shin-imu-v1, signal -50 dBm"
    two = live.heard([seen(serial=None), seen(address="B", serial=None)], 10.0)
    assert two[-1].state == "warn"
    assert "--ask" in two[-1].next_step
    none = by_name(live.heard([seen(spec_id=None, reason="no spec fits")], 10.0))
    assert none["scan"].state == "ok"
    assert none["sensors"].state == "warn"
    assert "off" in none["sensors"].found


# captures


@pytest.mark.parametrize("spec_id", ["shin-imu-v1", "movella-dot", "movesense-gsp", "witmotion-ble5"])
@pytest.mark.parametrize("simulated", [False, True])
def test_a_capture_proves_its_spec_and_names_nobody(spec_id: str, simulated: bool) -> None:
    simulation = simulate_session(spec_text(spec_id), reps=1)
    capture = Capture(load_spec(spec_id), load_spec(spec_id).stream().name, simulated)
    capture.take(Link(0, 0, 0, "connected"))
    capture.take(Read(0, 0, 0, "serial", b"SERIAL-4711"))
    capture.take(Read(0, 0, 0, "firmware", b"1.2.3\0"))
    for record in simulation.records():
        capture.take(record)
    text = capture_text(capture, date(2026, 11, 21))
    assert "SERIAL" not in text
    assert b"SERIAL".hex() not in text
    held = tomllib.loads(text)
    assert held["capture"]["day"] == "2026-11-21"
    assert held["capture"]["firmware"] == "1.2.3"
    assert len(held["capture"]["notifications"]) == len(held["capture"]["times_ms"]) == len(capture.notifications) > 100
    assert held["capture"]["times_ms"][0] == 0.0
    # the part from [[vectors]] on goes into the spec as it is, and its vectors decode there
    spec = parse_spec(spec_text(spec_id) + "\n" + text[text.index("\n[[vectors]]") :])
    assert vector_problems(spec) == []
    assert spec.tried_on_hardware is not simulated


def capture_virtual(path: Path, *arguments: str) -> Any:
    arguments = ("--virtual", "--capture", "10", "--library", str(path), "--out", str(path / "c.toml"), *arguments)
    return CliRunner().invoke(doctor, [*arguments, "--json"])


@virtual
@pytest.mark.parametrize(
    ("choice", "spec_id", "rate_hz"),
    [
        (("--sensor", "movella-dot"), "movella-dot", 60.0),
        (("--match", "shin right"), "shin-imu-v1", 26.0),
        (("--match", "174630000192"), "movesense-gsp", 13.0),
        (("--sensor", "witmotion-ble5"), "witmotion-ble5", 100.0),
    ],
)
def test_a_connected_sensor_is_captured_into_a_file_that_its_spec_can_take(
    tmp_path: Path, choice: tuple[str, ...], spec_id: str, rate_hz: float
) -> None:
    result = capture_virtual(tmp_path, *choice)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["capture"] == str(tmp_path / "c.toml")
    text = (tmp_path / "c.toml").read_text("utf-8")
    held = tomllib.loads(text)
    assert (held["capture"]["spec"], held["capture"]["simulated"]) == (spec_id, True)
    assert held["capture"]["seconds"] == pytest.approx(10.0, abs=0.5)
    assert len(held["capture"]["notifications"]) == pytest.approx(10.0 * rate_hz, rel=0.1)
    for _, _, serial, _ in VIRTUAL_SENSORS:
        assert serial not in text
    spec = parse_spec(spec_text(spec_id) + "\n" + text[text.index("\n[[vectors]]") :])
    assert vector_problems(spec) == []
    assert spec.vectors[-1].rejected == 0
    assert spec.vectors[-1].packets


@virtual
def test_a_capture_needs_one_sensor_and_a_free_name(tmp_path: Path) -> None:
    several = capture_virtual(tmp_path)
    assert isinstance(several.exception, UserError)
    assert "5 sensors fit" in str(several.exception)
    nobody = capture_virtual(tmp_path, "--match", "nobody")
    (check,) = [check for check in json.loads(nobody.stdout)["checks"] if check["name"] == "capture"]
    assert (nobody.exit_code, check["state"]) == (1, "fail")
    assert "no sensor 'nobody' was heard" in check["found"]
    (tmp_path / "c.toml").write_text("mine")
    assert isinstance(capture_virtual(tmp_path, "--sensor", "movella-dot").exception, UserError)
    assert (tmp_path / "c.toml").read_text() == "mine"
    assert isinstance(capture_virtual(tmp_path, "--out", str(tmp_path / "no" / "c.toml")).exception, UserError)


@virtual
def test_a_capture_without_a_name_gets_one_that_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        arguments = ["--virtual", "--capture", "1", "--sensor", "movella-dot", "--library", str(tmp_path / "l")]
        assert CliRunner().invoke(doctor, arguments).exit_code == 0
    first, second = sorted(path.stem for path in tmp_path.glob("*.toml"))
    assert first.startswith("movella-dot-20")
    assert second == f"{first}-2"


def test_a_capture_of_garbage_is_kept_as_it_came() -> None:
    capture = Capture(load_spec("shin-imu-v1"), "raw6")
    for k in range(3):
        capture.take(Notification(k, k * 1_000_000, 0, "data", b"\xff\xff"))
    text = capture_text(capture, date(2026, 11, 21))
    held = tomllib.loads(text)
    assert held["capture"]["times_ms"] == [0.0, 1.0, 2.0]
    assert held["vectors"][0]["rejected"] == refused(capture) == 3
    assert vector_problems(parse_spec(spec_text("shin-imu-v1") + "\n" + text[text.index("\n[[vectors]]") :])) == []
