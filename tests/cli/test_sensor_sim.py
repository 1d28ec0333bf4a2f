import json
import socket
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.sensor_sim import parse_fault, sensor_sim
from sensor_pipeline.errors import RadioError, UserError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*arguments: str) -> Any:
    return CliRunner().invoke(sensor_sim, list(arguments))


def test_it_waits_to_be_found_for_as_long_as_asked_and_tells_what_the_sensor_did() -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    transport = f"tcp-server:127.0.0.1:{free_port()}"
    result = run(transport, "--sensor", "movella-dot", "--serial", "A1", "--duration", "0.1", "--json")
    assert result.exit_code == 0, result.output
    assert f"Movella DOT, serial A1, on {transport}: waiting to be found" in result.stderr
    assert "advertising, 60 Hz, battery 87 %" in result.stderr
    assert json.loads(result.stdout) == {
        "sensor": "A1",
        "sampled": 0,
        "sent": 0,
        "dropped": 0,
        "waiting": 0,
        "notifications": 0,
        "connections": 0,
        "refused": 0,
    }


def test_without_json_the_counts_are_one_line() -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    result = run(
        f"tcp-server:127.0.0.1:{free_port()}", "--duration", "0", "--fault", "drop@20", "--fault", "reboot:2@9"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("sampled 0, sent 0, dropped 0")


def test_a_transport_that_does_not_exist_is_named() -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    result = run("pigeon:7")
    assert isinstance(result.exception, RadioError)
    assert "'pigeon:7' cannot be opened" in str(result.exception)


def test_without_bumble_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bumble", None)
    result = run("tcp-server:127.0.0.1:1")
    assert isinstance(result.exception, UserError)
    assert "pip install 'sensor-pipeline[virtual]'" in str(result.exception)


def test_a_fault_is_read_with_its_time_and_its_size() -> None:
    stall, drop = parse_fault("stall:3@30"), parse_fault("drop@20.5")
    assert (stall.kind, stall.value, stall.at_s) == ("stall", 3.0, 30.0)
    assert (drop.kind, drop.value, drop.at_s) == ("drop", None, 20.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stal:3@30", "did you mean 'stall'?"),
        ("flood@1", "choose drop, polite_drop"),
        ("stall:3", "write KIND@SECONDS"),
        ("stall:x@3", "write KIND@SECONDS"),
        ("stall:3@-1", "must be 0 or more"),
        ("stall:nan@1", "must be 0 or more"),
        ("stall@1", "needs a value, for example stall:5"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_fault(text)
    assert message in str(refused.value)
