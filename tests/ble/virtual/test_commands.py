import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.ble.virtual.commands import CommandBook
from sensor_pipeline.devices import SensorSpec, rate_messages, start_messages, stop_messages
from sensor_pipeline.library.specs import load_spec, spec_ids


def test_every_command_a_spec_writes_is_understood_with_the_rate_it_was_written_for(spec: SensorSpec) -> None:
    book = CommandBook(spec)
    for rate_hz in spec.rate.hz:
        for step, message in enumerate(rate_messages(spec, rate_hz)):
            meaning = book.meaning(message.char, message.payload)
            assert meaning is not None
            assert (meaning.kind, meaning.step) == ("set", step)
            assert meaning.values.get("rate", rate_hz) == rate_hz
        for name in spec.streams:
            for message in start_messages(spec, name, rate_hz):
                meaning = book.meaning(message.char, message.payload)
                assert meaning is not None
                assert (meaning.kind, meaning.stream) == ("start", name)
                assert meaning.values.get("rate", rate_hz) == rate_hz
            for message in stop_messages(spec, name):
                meaning = book.meaning(message.char, message.payload)
                assert meaning is not None
                assert (meaning.kind, meaning.stream) == ("stop", name)


def test_the_rate_is_in_some_command_of_every_sensor_with_several(spec: SensorSpec) -> None:
    book = CommandBook(spec)
    rate_hz = spec.rate.hz[0]
    messages = rate_messages(spec, rate_hz) + start_messages(spec, None, rate_hz)
    meanings = [book.meaning(message.char, message.payload) for message in messages]
    assert [m.values["rate"] for m in meanings if m is not None and "rate" in m.values] == [rate_hz]


def test_ranges_and_packet_length_are_read_too(shin: SensorSpec) -> None:
    meaning = CommandBook(shin).meaning("control", bytes.fromhex("03d00008e80308"))
    assert meaning is not None
    assert meaning.values == {"rate": 208, "acc_g": 8, "gyr_dps": 1000, "n": 8}


@pytest.mark.parametrize(
    ("spec_id", "char", "command"),
    [
        ("shin-imu-v1", "control", "03690004f40104"),  # 105 Hz is not offered
        ("shin-imu-v1", "control", "0101"),
        ("shin-imu-v1", "data", "01"),
        ("movella-dot", "control", "010116"),
        ("witmotion-ble5", "cmd", "ffaa030b00"),  # code of no rate
        ("movesense-gsp", "cmd", "0163" + b"/Meas/IMU6/1.2.3".hex()),
        ("movesense-gsp", "cmd", "0163" + b"/Meas/IMU6/105".hex()),
    ],
)
def test_a_command_that_the_sensor_does_not_know_means_nothing(spec_id: str, char: str, command: str) -> None:
    assert CommandBook(load_spec(spec_id)).meaning(char, bytes.fromhex(command)) is None


@given(st.sampled_from(spec_ids()), st.binary(max_size=40))
def test_any_bytes_are_a_command_or_not_but_never_an_error(spec_id: str, payload: bytes) -> None:
    book = CommandBook(load_spec(spec_id))
    for char in book.chars:
        book.meaning(char, payload)
