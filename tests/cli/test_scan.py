"""dorsi scan: what is near, for people and for programs; over the virtual radio where bumble is installed."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from click.testing import CliRunner, Result

from sensor_pipeline.ble.match import Seen
from sensor_pipeline.cli import scan_view
from sensor_pipeline.cli.radio_choice import VIRTUAL_SENSORS, RadioChoice
from sensor_pipeline.cli.scan import scan
from sensor_pipeline.errors import UserError

HAS_BUMBLE = importlib.util.find_spec("bumble") is not None
virtual = pytest.mark.skipif(not HAS_BUMBLE, reason="the virtual radio needs the optional part 'virtual'")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(scan, ["--virtual", *arguments], catch_exceptions=False)


def seen(**fields: Any) -> Seen:
    values: dict[str, Any] = {
        "device": BLEDevice("A", None, None), "address": "A", "name": "shin", "rssi": -50, "spec_id": "shin-imu-v1",
        "stream": "raw6", "grade": "design", "reason": "", "serial": None, "battery": None, "seen_at_s": 1.0,
        "certainty": "sure",
    }  # fmt: skip
    return Seen(**{**values, **fields})


@virtual
def test_every_virtual_sensor_is_heard_and_named() -> None:
    result = run("--seconds", "3")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == list(scan_view.HEADINGS)
    for spec_id, name, _, rssi in VIRTUAL_SENSORS:
        (line,) = [line for line in lines if line.startswith(name)]
        assert spec_id in line
        assert f"{rssi} dBm" in line
        assert f"heard {name}: {spec_id}, {rssi} dBm" in result.stderr
    assert "several shin-imu-v1: 'dorsi scan --ask'" in result.stderr


@virtual
def test_asking_reads_serial_numbers_and_battery_and_ends_the_hint() -> None:
    result = run("--seconds", "3", "--ask", "--json")
    found = json.loads(result.stdout)
    assert {device["serial"] for device in found["devices"]} == {serial for _, _, serial, _ in VIRTUAL_SENSORS}
    assert found["not_told_apart"] == []
    by_name = {device["name"]: device for device in found["devices"]}
    assert by_name["Movella DOT"]["battery_percent"] == 87
    assert all(device["problem"] is None for device in found["devices"])


@virtual
def test_programs_get_one_json_object() -> None:
    found = json.loads(run("--json").stdout)
    assert (found["usable"], found["usual_causes"]) == (len(VIRTUAL_SENSORS), [])
    device = next(device for device in found["devices"] if device["name"] == "Movella DOT")
    assert device["spec"] == "movella-dot"
    assert (device["sensor"], device["grade"], device["certainty"]) == ("Movella DOT (Xsens DOT)", "A", "sure")
    assert device["status"] == "not yet tried on hardware"
    assert (device["usable"], device["reason"]) == (True, None)


@virtual
def test_a_scan_for_one_kind_does_not_know_the_others_and_nothing_usable_ends_with_causes() -> None:
    one = run("--seconds", "2", "--sensor", "movella-dot")
    assert one.exit_code == 0
    assert len(one.stdout.splitlines()) == 2
    assert "not usable: Shin left: no spec fits" in one.stderr
    none = run("--seconds", "2", "--sensor", "polar-h10")
    assert (none.exit_code, none.stdout) == (1, "")
    assert "Usual causes:" in none.stderr
    for part in ("off, asleep", "app", "BWT901CL"):
        assert part in none.stderr
    causes = json.loads(run("--seconds", "2", "--sensor", "polar-h10", "--json").stdout)["usual_causes"]
    assert all(item["cause"] and item["next_step"] for item in causes)


@virtual
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_terminal_the_table_is_live_and_the_result_stays(tmp_path: Any) -> None:
    import pty

    code = "from sensor_pipeline.cli.scan import scan; scan(['--virtual', '--seconds', '1.2'])"
    main, other = pty.openpty()
    out = tmp_path / "out"
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "160"}
    with out.open("w") as file:
        process = subprocess.Popen([sys.executable, "-c", code], stderr=other, stdout=file, env=environment)
    os.close(other)
    drawn = b""
    try:
        while chunk := os.read(main, 65536):
            drawn += chunk
    except OSError:
        pass  # the terminal ends with its last writer
    os.close(main)
    assert process.wait(60) == 0
    assert b"5 usable sensors, 0 other devices; Ctrl-C ends the scan" in drawn
    assert "Movella DOT" in out.read_text()


@virtual
def test_a_sensor_of_another_process_is_heard_and_asked_through_a_bumble_transport() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "import sys; from sensor_pipeline.cli.sensor_sim import sensor_sim; sensor_sim(sys.argv[1:])"
    offer = ["--sensor", "movella-dot", "--serial", "D422CD", "--duration", "60"]
    arguments = [sys.executable, "-c", code, f"tcp-server:127.0.0.1:{port}", *offer]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as sensor:
        try:
            assert sensor.stderr is not None
            assert "advertising" in sensor.stderr.readline() + sensor.stderr.readline()
            transport = f"bumble:tcp-client:127.0.0.1:{port}"
            result = CliRunner().invoke(scan, ["--radio", transport, "--seconds", "1", "--ask", "--json"])
        finally:
            sensor.terminate()
    (device,) = json.loads(result.stdout)["devices"]
    assert (device["spec"], device["serial"], device["battery_percent"]) == ("movella-dot", "D422CD", 87)


ONE_SENSOR = """
import sys
from contextlib import asynccontextmanager
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from sensor_pipeline.ble.radio import Radio
from sensor_pipeline.cli.radio_choice import RadioChoice
from sensor_pipeline.cli.scan import scan

class OneSensor(BaseBleakScanner):
    def __init__(self, callback, uuids, mode, **_):
        super().__init__(callback, uuids)

    async def start(self):
        data = AdvertisementData("Movella DOT", {}, {}, [], None, -60, ())
        self.call_detection_callbacks(self.create_or_update_device("A", "A", "Movella DOT", None, data), data)

    async def stop(self): ...

@asynccontextmanager
async def on_the_air(choice):
    yield Radio(OneSensor)

RadioChoice.open = on_the_air
scan(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of Unix")
def test_ctrl_c_ends_a_scan_with_what_was_heard() -> None:
    arguments = [sys.executable, "-c", ONE_SENSOR, "--seconds", "3600"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "heard Movella DOT: movella-dot, -60 dBm\n"
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=60)
    assert (process.returncode, talk) == (0, "")
    assert "movella-dot (by name)" in out


@pytest.mark.skipif(HAS_BUMBLE, reason="bumble is there")
def test_without_bumble_the_virtual_radio_says_what_to_install() -> None:
    with pytest.raises(UserError, match=r"pip install 'sensor-pipeline\[virtual\]'"):
        run()


@pytest.mark.parametrize("radio", ["usb", "bumble:", "bumble", "hci0"])
def test_a_radio_that_is_no_bumble_transport_is_refused(radio: str) -> None:
    with pytest.raises(UserError, match="bumble:<transport>"):
        RadioChoice.of(False, radio)


@virtual
def test_a_bumble_transport_is_chosen_by_its_name() -> None:
    assert RadioChoice.of(False, "bumble:usb:0") == RadioChoice(False, "usb:0")
    assert RadioChoice.of(True, None) == RadioChoice(True)


def test_the_options_choose_one_radio() -> None:
    assert RadioChoice.of(False, None) == RadioChoice()
    with pytest.raises(UserError, match="exclude each other"):
        RadioChoice.of(True, "bumble:usb:0")


def test_names_from_the_radio_command_no_terminal() -> None:
    evil = seen(name="\x1b[2J\x07" + "x" * 300, serial="\x1b]0;owned\x07", reason="")
    assert all(cell.isprintable() and len(cell) < 250 for cell in scan_view.cells(evil))
    (line,) = scan_view.unusable_lines([seen(name="\x1b[2J", spec_id=None, reason="why", certainty="")])
    assert line.isprintable()


def test_a_guess_is_shown_as_one_and_what_is_not_known_as_a_dash() -> None:
    assert scan_view.cells(seen(certainty="guess", rssi=None)) == (
        "shin", "shin-imu-v1 (a guess)", "design", "-", "-", "-", "A"
    )  # fmt: skip


def test_strangers_are_counted_rather_than_listed() -> None:
    strangers = [seen(spec_id=None, name=f"TV {k}", reason="no spec fits", certainty="") for k in range(20)]
    nameless = [seen(spec_id=None, name="", reason="no spec fits", certainty="") for _ in range(5)]
    classic = seen(spec_id=None, name="BWT901CL", reason="it speaks Bluetooth Classic", certainty="likely")
    lines = scan_view.unusable_lines([*strangers, *nameless, seen(reason="no gyr", name="H10"), classic])
    assert lines[:2] == ["H10: no gyr", "BWT901CL: it speaks Bluetooth Classic"]
    assert len(lines) == scan_view.MOST_STRANGERS + 3
    assert lines[-1].startswith("and 19 more that no spec fits")
