import struct

import pytest

from sensor_pipeline.ble.virtual.board import Board
from sensor_pipeline.ble.virtual.commands import CommandBook
from sensor_pipeline.ble.virtual.control_point import Answer, ControlPoint
from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.session import simulate_session


def ask(spec: SensorSpec, char: str, command: str, time_s: float = 2.0) -> Answer | None:
    worn = simulate_session(spec, reps=1, seed=1).sensors[0]
    board = Board(spec, worn, FirmwareParams(), seed=1, rate_hz=spec.rate.default_hz, stream=None)
    payload = bytes.fromhex(command)
    meaning = CommandBook(spec).meaning(char, payload)
    point = ControlPoint(spec)
    if meaning is None:
        return point.extra(char, payload, board, time_s)
    return point.answer(char, payload, meaning, board, time_s, 55.0)


def test_the_profile_answers_each_command_by_its_number_and_a_setting_with_the_info_block(shin: SensorSpec) -> None:
    assert ask(shin, "control", "01") == Answer("control", b"\x81\x00")
    assert ask(shin, "control", "02") == Answer("control", b"\x82\x00")
    assert ask(shin, "control", "06") == Answer("control", b"\x86\x00")
    answer = ask(shin, "control", "03680004f40104")
    assert answer is not None
    assert answer.payload[:2] == b"\x83\x00"
    decoded = Decoder(shin).decode("control", answer.payload)  # the decoder takes it for the info block that it is
    assert decoded.packets == ()
    assert len(answer.payload) == 34


def test_a_time_ping_is_answered_with_its_token_and_the_device_clock(shin: SensorSpec) -> None:
    answer = ask(shin, "control", "0578563412", time_s=2.0)
    assert answer is not None
    assert answer.payload[:6] == bytes.fromhex("850078563412")
    received_us, sent_us = struct.unpack_from("<QQ", answer.payload, 6)
    assert abs(received_us - 2e6) < 1000
    assert sent_us >= received_us


def test_a_strange_command_has_no_answer(shin: SensorSpec) -> None:
    assert ask(shin, "control", "09") is None
    assert ask(shin, "control", "05") is None
    assert ask(load_spec("movella-dot"), "control", "06") is None


def test_gsp_answers_with_its_reference_and_ok() -> None:
    spec = load_spec("movesense-gsp")
    assert ask(spec, "cmd", "0163" + b"/Meas/IMU6/104".hex()) == Answer("data", bytes.fromhex("0163c800"))


def test_a_battery_that_has_to_be_asked_for_comes_in_the_stream() -> None:
    spec = load_spec("witmotion-ble5")
    answer = ask(spec, "cmd", "ffaa276400")
    assert answer is not None
    assert answer.char == "data"
    assert answer.payload.startswith(bytes.fromhex("55716400"))
    assert Decoder(spec).read("battery", answer.payload)["percent"] == pytest.approx(55.0, abs=2.0)


def test_sensors_that_answer_nothing_are_silent() -> None:
    assert ask(load_spec("movella-dot"), "control", "010115") is None
    assert ask(load_spec("witmotion-ble5"), "cmd", "ffaa000000") is None
