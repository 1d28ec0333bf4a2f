"""Packets decoded together are the packets decoded one by one, up to the first unusual one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import Packet, PacketRun

Ready = Callable[..., Decoder]
FULL = 32767  # the end of int16


def shin(values: Sequence[int], counter: int = 9, ticks: int = 99, n: int = 2, flags: int = 0x13) -> bytes:
    return struct.pack(f"<BBHI{len(values)}h", flags, n, counter, ticks, *values)


def assert_equal(run: PacketRun, index: int, packet: Packet) -> None:
    mine = run.packet(index)
    assert (mine.stream, mine.n, mine.counter, mine.ticks, mine.flags) == (
        packet.stream,
        packet.n,
        packet.counter,
        packet.ticks,
        packet.flags,
    )
    for one, other in ((mine.acc_m_s2, packet.acc_m_s2), (mine.gyr_rad_s, packet.gyr_rad_s)):
        assert one is not None
        assert other is not None
        assert one.shape == other.shape
        assert one.tobytes() == other.tobytes()


def usual(decoder: Decoder, char: str, payload: bytes, length: int) -> Packet | None:
    try:
        (packet,) = decoder.decode(char, payload).packets
    except PacketError:
        return None
    return packet if len(payload) == length and not packet.flags else None


SAMPLES = st.lists(st.integers(-32768, FULL), min_size=12, max_size=12)
PAYLOADS = st.one_of(
    st.builds(shin, SAMPLES, st.integers(0, 65535), st.integers(0, 2**32 - 1)),
    st.builds(shin, SAMPLES.map(lambda values: [*values[:-1], FULL])),  # clipped
    st.builds(shin, SAMPLES, n=st.sampled_from([2, 3])),  # claims more than it holds
    st.builds(shin, SAMPLES.map(lambda values: values[:6]), n=st.just(1)),  # shorter
    st.builds(shin, SAMPLES, flags=st.integers(0, 255)),
    st.binary(max_size=40),
)


@settings(max_examples=150, deadline=None)
@given(payloads=st.lists(PAYLOADS, min_size=1, max_size=12))
def test_a_run_is_every_packet_before_the_first_unusual_one(
    payloads: list[bytes], specs: dict[str, SensorSpec], ready: Ready
) -> None:
    decoder = ready(specs["shin-imu-v1"])
    run = decoder.decode_run("data", payloads)
    found = 0 if run is None else len(run)
    for index, payload in enumerate(payloads):
        packet = usual(decoder, "data", payload, len(payloads[0]))
        if packet is None:
            assert found == index
            break
        if index >= found:
            # nothing is unusual in itself: its header says something else than the first one's
            assert found == index
            assert payload[0] != payloads[0][0]
            break
        assert run is not None
        assert_equal(run, index, packet)


def test_every_sensor_gives_the_same_packets_in_a_run_or_no_run_at_all(
    specs: dict[str, SensorSpec], ready: Ready, valid_payloads: Callable[[SensorSpec], list[tuple[str, str, bytes]]]
) -> None:
    compared = set()
    for spec in specs.values():
        for stream, char, payload in valid_payloads(spec):
            decoder = ready(spec, stream)
            run = decoder.decode_run(char, [payload] * 3)
            if run is None:
                continue
            packet = usual(decoder, char, payload, len(payload))
            assert packet is not None
            assert len(run) == 3
            for index in range(3):
                assert_equal(run, index, packet)
            compared.add(spec.id)
    assert "shin-imu-v1" in compared


def test_what_is_decoded_alone_makes_no_run(specs: dict[str, SensorSpec], ready: Ready) -> None:
    shin_spec = specs["shin-imu-v1"]
    assert Decoder(shin_spec).decode_run("data", [shin([0] * 12)]) is None  # no info block yet
    assert ready(shin_spec).decode_run("nothing", [shin([0] * 12)]) is None
    assert ready(specs["witmotion-ble5"]).decode_run("notify", [b"\x55\x61" + bytes(18)]) is None  # a byte stream


def test_a_new_info_block_changes_the_scale_of_the_next_run(specs: dict[str, SensorSpec], ready: Ready) -> None:
    spec = specs["shin-imu-v1"]
    decoder = ready(spec)
    payloads = [shin([100] * 12)] * 2
    before = decoder.decode_run("data", payloads)
    decoder.read("info", Encoder(spec, info={**INFO, "acc_lsb": 2 * INFO["acc_lsb"]}).encode_info())
    after = decoder.decode_run("data", payloads)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after.acc_m_s2, 2 * before.acc_m_s2)
    np.testing.assert_array_equal(after.gyr_rad_s, before.gyr_rad_s)


def test_a_packet_of_a_run_keeps_nothing_of_it_alive(specs: dict[str, SensorSpec], ready: Ready) -> None:
    run = ready(specs["shin-imu-v1"]).decode_run("data", [shin([5] * 12)] * 4)
    assert run is not None
    packet = run.packet(2)
    assert packet.acc_m_s2 is not None
    assert packet.acc_m_s2.base is None
    assert len(run.head(3)) == 3


INFO: dict[str, float] = {}


@pytest.fixture(autouse=True)
def _info(info_fields: dict[str, float]) -> None:
    INFO.update(info_fields)
