from __future__ import annotations

import contextlib
import random
import re
import struct
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec
from sensor_pipeline.errors import PacketError, UserError
from sensor_pipeline.library.specs import load_spec, spec_ids
from sensor_pipeline.types import Decoded, StreamTiming

Ready = Callable[..., Decoder]
Snapshot = Callable[[Decoder], object]
Payloads = Callable[[SensorSpec], list[tuple[str, str, bytes]]]
STREAMS = [(spec_id, stream) for spec_id in spec_ids() for stream in load_spec(spec_id).streams]


def facts(decoded: Decoded) -> object:
    def raw(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None) -> bytes | None:
        return None if array is None else array.tobytes()

    packets = [
        (
            p.stream,
            p.n,
            raw(p.acc_m_s2),
            raw(p.gyr_rad_s),
            p.counter,
            p.ticks,
            p.flags,
            {k: raw(v) for k, v in p.other.items()},
        )
        for p in decoded.packets
    ]
    return packets, decoded.skipped_bytes, decoded.replies


def try_decode(decoder: Decoder, char: str, payload: bytes, snapshot: Snapshot) -> bool:
    """True where the payload was accepted; a refusal must be a PacketError and change nothing."""
    before = snapshot(decoder)
    refusal: PacketError | None = None
    decoded = Decoded(())
    try:
        decoded = decoder.decode(char, payload)
    except PacketError as error:
        refusal = error
    if refusal is not None:
        assert snapshot(decoder) == before
        assert str(refusal)
        assert "\n" not in str(refusal)
        assert refusal.samples is None or 0 <= refusal.samples <= 4096
        return False
    for packet in decoded.packets:
        for array in (packet.acc_m_s2, packet.gyr_rad_s, *packet.other.values()):
            assert array is None or (np.isfinite(array).all() and len(array) == packet.n)
    return True


def mutated(rng: random.Random, payload: bytes) -> bytes:
    changed = bytearray(payload)
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(4)
        if kind == 0 and changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        elif kind == 1 and changed:
            del changed[rng.randrange(len(changed)) :]
        elif kind == 2:
            changed += rng.randbytes(rng.randint(1, 40))
        elif changed:
            at = rng.randrange(len(changed))
            changed[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x00\x00\x80\x7f", b"\x00\x00\xc0\x7f", bytes(4)])
    return bytes(changed)


@pytest.mark.parametrize(("spec_id", "stream"), STREAMS)
def test_hundreds_of_bad_payloads_raise_packet_errors_only_and_change_nothing(
    specs: dict[str, SensorSpec],
    ready: Ready,
    snapshot: Snapshot,
    valid_payloads: Payloads,
    spec_id: str,
    stream: str,
) -> None:
    spec = specs[spec_id]
    rng = random.Random(f"{spec_id} {stream}")
    valid = [(char, payload) for name, char, payload in valid_payloads(spec) if spec.stream(name).name == stream]
    assert valid
    decoder = ready(spec, stream)
    chars = decoder.characteristics
    refused = 0
    for _ in range(300):
        char, payload = rng.choice(valid)
        if rng.random() < 0.5:
            char, payload = rng.choice(chars), rng.randbytes(rng.choice([0, 1, 2, 6, 12, 20, 28, 60, 244]))
        else:
            payload = mutated(rng, payload)
        refused += not try_decode(decoder, char, payload, snapshot)
        for framer in decoder._framers.values():
            assert sum(len(v) for v in vars(framer).values() if isinstance(v, bytes)) < 1000
    assert refused > 20 or decoder._framers  # a byte stream skips instead of refusing
    decoder.flush()
    clean = ready(spec, stream)
    if spec.info is not None:
        decoder.read("info", Encoder(spec, info=decoder._info or {}).encode_info())
    if not decoder._factors:  # a changed start reply may have set another, legal factor
        for char, payload in valid:
            assert outcome(decoder, char, payload) == outcome(clean, char, payload)


def outcome(decoder: Decoder, char: str, payload: bytes) -> object:
    try:
        return facts(decoder.decode(char, payload))
    except PacketError as error:
        return error.reason


@given(st.sampled_from(STREAMS), st.data())
def test_arbitrary_bytes_on_any_characteristic_raise_packet_errors_only(
    place: tuple[str, str], data: st.DataObject
) -> None:
    spec = load_spec(place[0])
    decoder = Decoder(spec, place[1])
    if spec.info is not None:
        decoder.read("info", spec.vectors[0].info)
    for _ in range(5):
        char = data.draw(st.sampled_from([*spec.chars, "", "nowhere"]))
        with contextlib.suppress(PacketError):
            decoder.decode(char, data.draw(st.binary(max_size=300)))
    for what in ("info", "battery", "nothing"):
        with contextlib.suppress(PacketError):
            decoder.read(what, data.draw(st.binary(max_size=40)))


@pytest.mark.parametrize(("spec_id", "stream"), STREAMS)
def test_refused_payloads_between_good_ones_leave_no_trace(
    specs: dict[str, SensorSpec], ready: Ready, valid_payloads: Payloads, spec_id: str, stream: str
) -> None:
    spec = specs[spec_id]
    rng = random.Random(f"between {spec_id} {stream}")
    good = [(char, payload) for name, char, payload in valid_payloads(spec) if spec.stream(name).name == stream]
    disturbed, clean = ready(spec, stream), ready(spec, stream)
    for char, payload in good * 3:
        for _ in range(20):
            bad = mutated(rng, payload)
            probe = ready(spec, stream)
            if probe._framers:  # framers remember: only what they refuse outright may come between
                bad = b"\x09" if type(next(iter(probe._framers.values()))).__name__ == "Gsp" else b""
            try:
                probe.decode(char, bad)
            except PacketError:
                with pytest.raises(PacketError):
                    disturbed.decode(char, bad)
        assert outcome(disturbed, char, payload) == outcome(clean, char, payload)


def test_memory_stays_bounded_over_a_long_stream_of_changing_headers(
    specs: dict[str, SensorSpec], ready: Ready
) -> None:
    decoder = ready(specs["movella-dot"])
    for size in range(28, 513):
        for _ in range(3):
            decoder.decode("medium", bytes(size))
    shin = ready(specs["shin-imu-v1"])
    for counter in range(70000):
        shin.decode("data", struct.pack("<BBHI6h", 0x13, 1 | (counter % 8) << 5, counter & 0xFFFF, counter, *[0] * 6))
    for found in (decoder, shin):
        (unpack,) = found._unpackers.values()
        assert remembered(unpack) <= 1024


def remembered(function: object) -> int:
    """Size of the largest dict in the closures of a compiled function."""
    sizes = [0]
    for cell in getattr(function, "__closure__", None) or ():
        content = cell.cell_contents
        sizes.append(len(content) if isinstance(content, dict) else remembered(content))
    return max(sizes)


@pytest.mark.parametrize(
    ("spec_id", "stream", "rate_hz", "timings"),
    [
        ("shin-imu-v1", None, 208.0, [StreamTiming("imu", "imu", 1 / 208, 4, 16, "samples", 1e-6, 32, "first")]),
        ("movella-dot", None, None, [StreamTiming("imu", "imu", 1 / 60, 1, None, None, 1e-6, 32, "sample")]),
        ("witmotion-ble5", None, 50.0, [StreamTiming("imu", "imu", 0.02)]),
        ("movesense-gsp", None, 52.0, [StreamTiming("imu", "imu", 1 / 52, 4, None, None, 1e-3, 32, "first")]),
        ("st-bluest", None, None, [StreamTiming("imu", "imu", 0.05, 1, None, None, 0.008, 16, "send")]),
        ("polar-verity-sense", "gyr", None, [StreamTiming("gyr", "gyr", 1 / 52, 36, None, None, 1e-9, 64, "last")]),
        ("adafruit-ble", None, 20.0, [StreamTiming("acc", "acc", 0.05), StreamTiming("gyr", "gyr", 0.05)]),
    ],
)
def test_timings_say_how_each_stream_tells_its_time(
    specs: dict[str, SensorSpec], spec_id: str, stream: str | None, rate_hz: float | None, timings: list[StreamTiming]
) -> None:
    assert list(Decoder(specs[spec_id], stream, rate_hz=rate_hz).timings) == timings


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_no_rate_is_refused(specs: dict[str, SensorSpec], rate_hz: float) -> None:
    with pytest.raises(UserError, match="give a positive number"):
        Decoder(specs["shin-imu-v1"], rate_hz=rate_hz)


def test_an_info_block_sets_the_scales_of_what_follows(
    specs: dict[str, SensorSpec], info_fields: dict[str, float]
) -> None:
    spec = specs["shin-imu-v1"]
    encoder = Encoder(spec, info=info_fields)
    decoder = Decoder(spec)
    assert decoder.read("info", encoder.encode_info())["boot_id"] == 0x5EED
    payload = struct.pack("<BBHI6h", 0x15, 1, 0, 0, 100, 0, 0, 0, 0, 0)
    with pytest.raises(PacketError, match="configuration 5"):
        decoder.decode("data", payload)
    for change in ({"config_id": 16}, {"acc_lsb": 0.0}, {"gyr_lsb": 5.0}):
        bad = encoder_bytes(encoder, change)
        with pytest.raises(PacketError, match=next(iter(change))):
            decoder.read("info", bad)
    decoder.read("info", encoder.encode_info(config_id=5, acc_lsb=0.5))
    (packet,) = decoder.decode("data", payload).packets
    assert packet.acc_m_s2 is not None
    assert packet.acc_m_s2[0, 0] == 50.0


def encoder_bytes(encoder: Encoder, change: dict[str, float]) -> bytes:
    places = {"config_id": (1, "<B"), "acc_lsb": (8, "<f"), "gyr_lsb": (12, "<f")}
    block = bytearray(encoder.encode_info())
    for name, value in change.items():
        offset, code = places[name]
        struct.pack_into(code, block, offset, value)
    return bytes(block)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_info_block_of_wrong_length_changes_nothing(
    specs: dict[str, SensorSpec], ready: Ready, snapshot: Snapshot, size: int
) -> None:
    decoder = ready(specs["shin-imu-v1"])
    before = snapshot(decoder)
    with pytest.raises(PacketError, match=f"{size} bytes; 32 are allowed"):
        decoder.read("info", bytes(size))
    assert snapshot(decoder) == before


def test_the_answer_to_a_new_configuration_brings_its_info_block(
    specs: dict[str, SensorSpec], ready: Ready, info_fields: dict[str, float]
) -> None:
    spec = specs["shin-imu-v1"]
    decoder = ready(spec)
    block = Encoder(spec, info=info_fields).encode_info(config_id=9)
    assert decoder.decode("control", b"\x83\x00" + block).replies == (b"\x83\x00" + block,)
    assert decoder.decode("data", struct.pack("<BBHI6h", 0x19, 1, 0, 0, *[0] * 6)).packets[0].n == 1
    assert decoder.decode("control", b"\x81\x00").replies == (b"\x81\x00",)
    with pytest.raises(PacketError, match="info: 3 bytes"):
        decoder.decode("control", b"\x83\x00abc")


def test_an_unknown_characteristic_or_block_is_refused_by_name(specs: dict[str, SensorSpec], ready: Ready) -> None:
    decoder = ready(specs["shin-imu-v1"])
    assert decoder.characteristics == ("data", "control")
    with pytest.raises(PacketError, match="'battery' sends nothing here; known: data, control"):
        decoder.decode("battery", b"\x50")
    with pytest.raises(PacketError, match="no 'colour' block"):
        decoder.read("colour", b"")
    with pytest.raises(PacketError, match="movella-dot has no 'info' block"):
        Decoder(specs["movella-dot"]).read("info", bytes(32))


def test_packets_on_one_characteristic_are_told_apart_by_their_headers(specs: dict[str, SensorSpec]) -> None:
    decoder = Decoder(specs["arduino-nicla-sense-me"])
    assert decoder.decode("data", b"\x04" + bytes(11)).packets[0].stream == "acc"
    assert decoder.decode("data", b"\x0d" + bytes(11)).packets[0].stream == "gyr"
    with pytest.raises(PacketError, match="starts with 05000000: fits none of acc, gyr"):
        decoder.decode("data", b"\x05" + bytes(11))
    with pytest.raises(PacketError, match="starts with nothing"):
        decoder.decode("data", b"")


def test_one_packet_is_what_decode_gives_or_a_question_for_decode(
    specs: dict[str, SensorSpec], ready: Ready, valid_payloads: Payloads
) -> None:
    asked = {}
    for spec in specs.values():
        for stream, char, payload in valid_payloads(spec):
            one, whole = ready(spec, stream), ready(spec, stream)
            try:
                packet = one.decode_one(char, payload)
            except PacketError as error:
                with pytest.raises(PacketError, match=re.escape(error.reason)):
                    whole.decode(char, payload)
                continue
            asked[spec.id] = packet is None
            if packet is not None:
                assert facts(Decoded((packet,))) == facts(whole.decode(char, payload))
    assert not asked["shin-imu-v1"]
    assert not asked["movella-dot"]
    assert asked["witmotion-ble5"]  # frames in a stream of bytes
    assert asked["movesense-gsp"]  # packets in two parts
    assert ready(specs["shin-imu-v1"]).decode_one("nowhere", b"") is None


def test_a_new_info_block_changes_the_scale_of_the_next_packet(
    specs: dict[str, SensorSpec], ready: Ready, info_fields: dict[str, float]
) -> None:
    spec = specs["shin-imu-v1"]
    decoder = ready(spec)
    payload = struct.pack("<BBHI6h", 0x13, 1, 9, 99, *range(1, 7))
    before = decoder.decode_one("data", payload)
    other = {**info_fields, "acc_lsb": 2.0 * info_fields["acc_lsb"]}
    decoder.read("info", Encoder(spec, info=other).encode_info())
    after = decoder.decode_one("data", payload)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after.acc_m_s2, 2.0 * before.acc_m_s2)
    np.testing.assert_array_equal(after.gyr_rad_s, before.gyr_rad_s)


def test_the_streaming_path_loads_neither_tables_nor_radio() -> None:
    import subprocess

    code = (
        "import sys; import sensor_pipeline.devices; "
        "print([m for m in ('scipy', 'pandas', 'pyarrow', 'bleak', 'asyncio', 'difflib') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
