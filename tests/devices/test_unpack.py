from __future__ import annotations

import math
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec, parse_spec
from sensor_pipeline.errors import PacketError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Packet

Ready = Callable[..., Decoder]


def only(decoder: Decoder, char: str, payload: bytes) -> Packet:
    (packet,) = decoder.decode(char, payload).packets
    return packet


def shin(n: int, values: list[int], byte0: int = 0x13, byte1: int | None = None) -> bytes:
    return struct.pack(f"<BBHI{len(values)}h", byte0, n if byte1 is None else byte1, 9, 99, *values)


def test_a_raw_number_becomes_si_by_one_factor(specs: dict[str, SensorSpec], ready: Ready) -> None:
    packet = only(ready(specs["shin-imu-v1"]), "data", shin(2, [*range(1, 7), *range(-6, 0)]))
    acc_lsb, gyr_lsb = (float(np.float32(x)) for x in (0.0011964113, 0.00030543262))
    assert packet.acc_m_s2 is not None
    assert packet.gyr_rad_s is not None
    np.testing.assert_array_equal(packet.acc_m_s2, np.array([[1, 2, 3], [-6, -5, -4]]) * acc_lsb)
    np.testing.assert_array_equal(packet.gyr_rad_s, np.array([[4, 5, 6], [-3, -2, -1]]) * gyr_lsb)
    assert (packet.stream, packet.n, packet.counter, packet.ticks, packet.flags) == ("imu", 2, 9, 99, ())


def test_arrays_are_contiguous_float64_and_independent_of_the_payload(
    specs: dict[str, SensorSpec],
    ready: Ready,
    valid_payloads: Callable[[SensorSpec], list[tuple[str, str, bytes]]],
) -> None:
    seen = 0
    for spec in specs.values():
        for stream, char, payload in valid_payloads(spec):
            buffer = bytearray(payload)
            try:
                packets = ready(spec, stream).decode(char, buffer).packets  # type: ignore[arg-type] # a view on purpose
            except PacketError:
                continue
            arrays = [a for p in packets for a in (p.acc_m_s2, p.gyr_rad_s, *p.other.values()) if a is not None]
            before = [array.copy() for array in arrays]
            buffer[:] = bytes(len(buffer))
            for array, copy in zip(arrays, before, strict=True):
                seen += 1
                assert array.dtype == np.float64
                assert array.flags.c_contiguous
                np.testing.assert_array_equal(array, copy)
    assert seen > 50


@given(st.lists(st.tuples(*[st.integers(-32768, 32767)] * 6), min_size=2, max_size=14), st.data())
def test_samples_are_equal_bit_for_bit_however_they_are_spread_over_packets(
    samples: list[tuple[int, ...]], data: st.DataObject
) -> None:
    spec = load_spec("shin-imu-v1")
    decoder = Decoder(spec)
    decoder.read("info", spec.vectors[0].info)
    cut = data.draw(st.integers(1, len(samples) - 1))
    parts = [samples[:cut], samples[cut:]]
    whole = only(decoder, "data", shin(len(samples), [v for row in samples for v in row]))
    split = [only(decoder, "data", shin(len(part), [v for row in part for v in row])) for part in parts]
    for name in ("acc_m_s2", "gyr_rad_s"):
        joined = np.concatenate([getattr(packet, name) for packet in split])
        assert joined.tobytes() == getattr(whole, name).tobytes()


@pytest.mark.parametrize("end", [-32768, 32767])
@pytest.mark.parametrize("place", range(6))
def test_a_value_at_an_end_of_its_type_is_clipped_and_no_other(
    specs: dict[str, SensorSpec], ready: Ready, end: int, place: int
) -> None:
    decoder = ready(specs["shin-imu-v1"])
    values = [0] * 6
    values[place] = end
    assert only(decoder, "data", shin(1, values)).flags == ("clipped",)
    values[place] = end + (1 if end < 0 else -1)
    assert only(decoder, "data", shin(1, values)).flags == ()


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize(
    ("raw", "clipped"), [(32767, True), (-32768, True), (32766, False), (-32767, False), (-1, False)]
)
def test_an_end_of_the_type_is_found_in_either_byte_order(
    specs: dict[str, SensorSpec], ready: Ready, endian: str, raw: int, clipped: bool
) -> None:
    spec = parse_spec(f"endian = {endian!r}\n" + specs["shin-imu-v1"].text.split("[[vectors]]")[0])
    mark = "<" if endian == "little" else ">"
    payload = struct.pack(f"{mark}BBHI6h", 0x13, 1, 9, 99, 5, raw, 0x7F, 0x80, 0, 1)
    assert only(ready(spec), "data", payload).flags == (("clipped",) if clipped else ())


def test_bytes_that_only_look_like_an_end_of_the_type_do_not_clip(specs: dict[str, SensorSpec], ready: Ready) -> None:
    payload = shin(1, [0, 0x0080, 0x7F00 - 0x8000, 0x007F, -1, 0x007F])  # "00 80" and "ff 7f" lie across two values
    assert b"\x00\x80" in payload
    assert b"\xff\x7f" in payload
    assert only(ready(specs["shin-imu-v1"]), "data", payload).flags == ()


def test_a_clipped_bit_and_a_clipped_value_give_one_flag(specs: dict[str, SensorSpec], ready: Ready) -> None:
    decoder = ready(specs["shin-imu-v1"])
    assert only(decoder, "data", shin(1, [32767] * 6, byte1=0x21)).flags == ("clipped",)
    assert only(decoder, "data", shin(1, [32767] * 6, byte1=0xC1)).flags == ("clipped", "gap_before", "time_reset")
    assert only(decoder, "data", shin(1, [0] * 6, byte1=0xE1)).flags == ("clipped", "gap_before", "time_reset")


@pytest.mark.parametrize(("g", "clipped"), [(15.9, False), (16.0, True), (-16.0, True), (17.0, True)])
def test_floating_point_is_clipped_at_the_full_scale_the_spec_states(
    specs: dict[str, SensorSpec], ready: Ready, g: float, clipped: bool
) -> None:
    # the nearest float32 that is not below 16 g
    value = np.nextafter(np.float32(g * G_M_S2), np.float32(math.copysign(1e9, g)))
    payload = struct.pack("<I6f", 1, 0.0, 0.0, value, 0.0, 0.0, 0.0)
    assert only(ready(specs["movella-dot"]), "medium", payload).flags == (("clipped",) if clipped else ())


@pytest.mark.parametrize(("raw", "clipped"), [(1023 * 32, True), (1023 * 32 - 1, True), (1023 * 32 - 2, False)])
def test_an_integer_is_clipped_within_one_lsb_of_the_full_scale(
    specs: dict[str, SensorSpec], ready: Ready, raw: int, clipped: bool
) -> None:
    decoder = ready(specs["nordic-thingy52"])
    for value in (raw, -raw):
        payload = struct.pack("<9h", 0, 0, 0, value, 0, 0, 0, 0, 0)
        assert only(decoder, "raw", payload).flags == (("clipped",) if clipped else ())


def test_the_end_of_the_type_in_another_channel_does_not_clip(specs: dict[str, SensorSpec], ready: Ready) -> None:
    payload = struct.pack("<9h", 0, 0, 0, 0, 0, 0, 32767, -32768, 0)
    packet = only(ready(specs["nordic-thingy52"]), "raw", payload)
    assert packet.flags == ()
    np.testing.assert_allclose(packet.other["mag"], [[32767 / 16e6, -32768 / 16e6, 0.0]])


@given(
    st.one_of(
        st.integers(0, 2**32 - 1),
        st.integers(-4, 4).map(lambda off: off + struct.unpack("<I", struct.pack("<f", 16 * G_M_S2))[0]),
        st.sampled_from([0x7F7FFFFF, 0x7F800000, 0x7F800001, 0xFF7FFFFF, 0xFF800000, 0x80000000, 0x00000001]),
    ),
    st.sampled_from(["movella-dot", "movesense-gsp"]),
)
def test_every_bit_pattern_of_a_float_is_refused_clipped_or_taken_by_its_value(
    specs: dict[str, SensorSpec], ready: Ready, bits: int, spec_id: str
) -> None:
    word = struct.pack("<I", bits)
    (value,) = struct.unpack("<f", word)
    zeros, decoder = struct.pack("<5f", *[0.0] * 5), ready(specs[spec_id])
    if spec_id == "movella-dot":  # states one range
        char, payload, limit = "medium", struct.pack("<I", 1) + word + zeros, 16 * G_M_S2
    else:
        char, payload, limit = "data", b"\x02\x63" + struct.pack("<I", 1) + word + zeros, math.inf
    if not math.isfinite(value):
        with pytest.raises(PacketError, match="not finite"):
            decoder.decode(char, payload)
        return
    packet = only(decoder, char, payload)
    assert packet.acc_m_s2 is not None
    assert packet.acc_m_s2[0, 0] == value
    assert packet.flags == (("clipped",) if abs(value) >= limit else ())


@pytest.mark.parametrize("bad", [b"\x00\x00\xc0\x7f", b"\x01\x00\x80\x7f", b"\x00\x00\x80\x7f", b"\x00\x00\x80\xff"])
@pytest.mark.parametrize("place", [4, 24, 28])
def test_a_value_that_is_not_finite_is_refused_and_says_how_many_samples(
    specs: dict[str, SensorSpec], ready: Ready, bad: bytes, place: int
) -> None:
    payload = bytearray(struct.pack("<I10f", 1, *[0.5] * 10))
    payload[place : place + 4] = bad
    spec = specs["movella-dot"]
    stream, char = ("custom5", "long") if place == 28 else ("rate_quantities", "medium")
    with pytest.raises(PacketError, match="not finite") as caught:
        ready(spec, stream).decode(char, bytes(payload))
    assert caught.value.samples == 1
    assert caught.value.payload == bytes(payload)


@pytest.mark.parametrize(
    ("payload", "reason", "samples"),
    [
        (b"", "0 bytes; the header alone has 8", None),
        (shin(1, [0] * 6, byte0=0x23), "header value 0x20; known here: 0x10", None),
        (shin(3, [0] * 6), "20 bytes; the 3 samples it claims need 44", 3),
        (shin(1, [0] * 6) + b"\x00", "21 bytes; the 1 samples it claims need 20", 1),
        (shin(0, []), "1 to 31 whole samples", None),
        (shin(1, [0] * 6, byte0=0x14), "configuration 4, the info block read last is of 3", 1),
    ],
)
def test_what_the_layout_does_not_allow_is_refused_with_the_value(
    specs: dict[str, SensorSpec], ready: Ready, payload: bytes, reason: str, samples: int | None
) -> None:
    with pytest.raises(PacketError) as caught:
        ready(specs["shin-imu-v1"]).decode("data", payload)
    assert reason in caught.value.reason
    assert caught.value.samples == samples
    assert caught.value.payload == payload


def test_data_before_the_info_block_is_refused(specs: dict[str, SensorSpec]) -> None:
    with pytest.raises(PacketError, match="no info block read yet"):
        Decoder(specs["shin-imu-v1"]).decode("data", shin(1, [0] * 6))


def test_a_longer_packet_is_allowed_only_where_the_sensor_pads(specs: dict[str, SensorSpec], ready: Ready) -> None:
    assert only(ready(specs["movella-dot"]), "medium", bytes(200)).n == 1
    with pytest.raises(PacketError, match="27 bytes; 28 or more are allowed"):
        ready(specs["movella-dot"]).decode("medium", bytes(27))
    with pytest.raises(PacketError, match="24 bytes; 12 are allowed"):
        ready(specs["arduino-nicla-sense-me"], "acc").decode("data", b"\x04" + bytes(23))


def test_planar_blocks_and_big_endian_are_read_as_the_spec_says(specs: dict[str, SensorSpec], ready: Ready) -> None:
    values = np.arange(12.0).reshape(4, 3)
    payload = b"\x02\x63" + struct.pack("<I12f", 5, *values.ravel())
    packet = only(ready(specs["movesense-gsp"]), "data", payload)
    np.testing.assert_array_equal(packet.acc_m_s2, values[:2])
    np.testing.assert_allclose(packet.gyr_rad_s, values[2:] * RAD_PER_DEG, rtol=1e-15)
    big = parse_spec("endian = 'big'\n" + specs["st-bluest"].text.split("[[vectors]]")[0])
    encoded = Encoder(big).encode(np.array([[G_M_S2, 0.0, 0.0]]), np.zeros((1, 3)), None, 258)[0]
    assert encoded[:4].hex() == "010203e8"
    assert only(Decoder(big), "motion", encoded).ticks == 258
