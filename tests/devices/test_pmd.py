from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder
from sensor_pipeline.errors import PacketError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Packet

POLAR = load_spec("polar-verity-sense")
Rows = list[tuple[int, int, int]]


def frame(measurement: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<BQB", measurement, 10**9, kind) + content


def delta(rows: Rows, bits: int, block: int) -> bytes:
    """Rows as a reference sample and blocks of at most ``block`` differences: the inverse of the codec."""
    content = struct.pack("<3h", *rows[0])
    for start in range(1, len(rows), block):
        part = rows[start : start + block]
        packed = at = 0
        for row, before in zip(part, rows[start - 1 :], strict=False):
            for value, last in zip(row, before, strict=True):
                packed |= ((value - last) & ((1 << bits) - 1)) << at
                at += bits
        content += bytes((bits, len(part))) + packed.to_bytes(-(-at // 8), "little")
    return content


def only(payload: bytes, decoder: Decoder | None = None) -> Packet:
    (packet,) = (decoder or Decoder(POLAR)).decode("data", payload).packets
    return packet


def start_reply(measurement: int, factor: float) -> bytes:
    return bytes((0xF0, 0x02, measurement, 0x00, 0x00, 0x05, 0x01)) + struct.pack("<f", factor)


samples = st.lists(st.tuples(*[st.integers(-2000, 2000)] * 3), min_size=1, max_size=60)


@given(samples, st.integers(13, 32), st.integers(1, 40))
def test_a_delta_frame_gives_the_samples_it_was_made_of(rows: Rows, bits: int, block: int) -> None:
    packet = only(frame(5, 0x80, delta(rows, bits, block)))
    assert packet.gyr_rad_s is not None
    np.testing.assert_array_equal(packet.gyr_rad_s, np.array(rows, dtype=float) * RAD_PER_DEG)
    assert (packet.stream, packet.n, packet.acc_m_s2, packet.ticks) == ("gyr", len(rows), None, 10**9)


@pytest.mark.parametrize(("kind", "size"), [(0, 1), (1, 2), (2, 3)])
def test_raw_frames_hold_milli_g_in_one_two_or_three_bytes(kind: int, size: int) -> None:
    values = [-100, 0, 100, 1, -1, 64]
    packet = only(frame(2, kind, b"".join(v.to_bytes(size, "little", signed=True) for v in values)))
    np.testing.assert_array_equal(packet.acc_m_s2, np.array(values, dtype=float).reshape(2, 3) * (G_M_S2 / 1000.0))


def test_the_factor_of_the_start_reply_scales_delta_frames_of_its_own_measurement() -> None:
    decoder = Decoder(POLAR)
    assert decoder.decode("cp", start_reply(5, 0.25)).replies == (start_reply(5, 0.25),)
    gyr = only(frame(5, 0x80, delta([(4, 8, -4)], 8, 1)), decoder)
    np.testing.assert_array_equal(gyr.gyr_rad_s, np.array([[4.0, 8.0, -4.0]]) * (0.25 * RAD_PER_DEG))
    acc = only(frame(2, 0x81, delta([(1000, 0, 0)], 8, 1)), decoder)
    np.testing.assert_allclose(acc.acc_m_s2, [[G_M_S2, 0.0, 0.0]])
    decoder.decode("cp", bytes((0xF0, 0x02, 5, 0x00)))  # a later start without a factor: 1.0 again
    np.testing.assert_array_equal(
        only(frame(5, 0x80, delta([(4, 0, 0)], 8, 1)), decoder).gyr_rad_s, [[4 * RAD_PER_DEG, 0, 0]]
    )


@pytest.mark.parametrize(
    "reply",
    [bytes((0xF0, 0x03, 5, 0x00)), bytes((0xF0, 0x02, 5, 0x06)), bytes((0xF0, 0x01, 5, 0, 0)), b"\xf0", b""],
)
def test_other_replies_leave_the_factor_alone(reply: bytes) -> None:
    decoder = Decoder(POLAR)
    decoder.decode("cp", start_reply(5, 0.5))
    assert decoder.decode("cp", reply).replies == (reply,)
    assert decoder._factors == {"acc": 1.0, "gyr": 0.5}


@pytest.mark.parametrize(
    "reply",
    [
        start_reply(5, 0.0),
        start_reply(5, float("nan")),
        start_reply(5, -1.0),
        start_reply(5, 1.0)[:-1],
        bytes((0xF0, 0x02, 5, 0, 0, 0x77, 1, 0)),
        bytes((0xF0, 0x02, 5, 0, 0, 0x05)),
    ],
)
def test_a_start_reply_that_cannot_be_read_is_refused_and_changes_nothing(reply: bytes) -> None:
    decoder = Decoder(POLAR)
    decoder.decode("cp", start_reply(5, 0.5))
    with pytest.raises(PacketError, match="start reply"):
        decoder.decode("cp", reply)
    assert decoder._factors == {"acc": 1.0, "gyr": 0.5}


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (frame(5, 0x80, b""), "10 bytes; the header alone has 10"),
        (frame(7, 0x80, bytes(6)), "fits none of acc, gyr"),
        (frame(5, 0x85, bytes(6)), "delta frame type 5 of gyr is not known"),
        (frame(5, 0x00, bytes(6)), "raw frame type 0 of gyr is not known"),
        (frame(2, 0x01, bytes(7)), "whole samples of 6 are allowed"),
        (frame(5, 0x80, bytes(5)), "the reference sample ends at 16"),
        (frame(5, 0x80, bytes(6) + b"\x00\x05"), "delta block at byte 16: 0 bits, 5 samples do not fit"),
        (frame(5, 0x80, bytes(6) + b"\x08\x05\x01"), "delta block at byte 16: 8 bits, 5 samples do not fit"),
        (frame(5, 0x80, bytes(6) + b"\x21\x01" + bytes(20)), "33 bits"),
        (frame(5, 0x80, bytes(6) + b"\x08"), "0 samples do not fit"),
        (frame(5, 0x81, b"\x00\x00\xc0\x7f" * 3), "not finite"),
        (frame(2, 0x80, bytes(6) + b"\x20\x02" + b"\xff\xff\xff\x7f" * 6), "leaves the range of 32 bits"),
    ],
)
def test_what_the_codec_does_not_allow_is_refused_with_the_value(payload: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        Decoder(POLAR).decode("data", payload)


def test_a_value_at_an_end_of_the_reference_width_is_clipped() -> None:
    assert only(frame(2, 1, struct.pack("<3h", 32767, 0, 0))).flags == ("clipped",)
    assert only(frame(2, 1, struct.pack("<3h", -32768, 0, 0))).flags == ("clipped",)
    assert only(frame(2, 1, struct.pack("<3h", 32766, -32767, 0))).flags == ()
    assert only(frame(5, 0x80, delta([(32760, 0, 0), (32767, 0, 0)], 8, 1))).flags == ("clipped",)
