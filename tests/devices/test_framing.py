from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec
from sensor_pipeline.errors import PacketError
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Packet

WIT = load_spec("witmotion-ble5")
MOVESENSE = load_spec("movesense-gsp")


def wit(x: int) -> bytes:
    return b"\x55\x61" + struct.pack("<9h", x, 0, 2048, 0, 0, 0, 0, 0, 0)


REPLY = b"\x55\x71\x64\x00" + struct.pack("<H", 393) + bytes(14)


def feed(decoder: Decoder, parts: list[bytes]) -> tuple[list[Packet], list[bytes], int]:
    decoded = [decoder.decode("data", part) for part in parts]
    packets = [packet for item in decoded for packet in item.packets]
    replies = [reply for item in decoded for reply in item.replies]
    return packets, replies, sum(item.skipped_bytes for item in decoded)


def as_bytes(packets: list[Packet]) -> list[tuple[bytes, bytes, bytes]]:
    found = []
    for packet in packets:
        assert packet.acc_m_s2 is not None
        assert packet.gyr_rad_s is not None
        found.append((packet.acc_m_s2.tobytes(), packet.gyr_rad_s.tobytes(), packet.other["euler"].tobytes()))
    return found


def first_values(packets: list[Packet]) -> list[int]:
    return [round(float(packet.acc_m_s2[0, 0]) / (9.80665 / 2048)) for packet in packets if packet.acc_m_s2 is not None]


def test_frames_may_be_split_merged_and_mixed_with_replies() -> None:
    stream = wit(1) + REPLY + wit(2) + wit(3)
    packets, replies, skipped = feed(Decoder(WIT), [stream[:3], stream[3:55], stream[55:]])
    assert (first_values(packets), replies, skipped) == ([1, 2, 3], [REPLY], 0)


def test_first_bytes_inside_of_garbage_are_not_taken_for_a_frame() -> None:
    stream = b"\xaa\x55\x61" + wit(1) + wit(2)
    packets, _, skipped = feed(Decoder(WIT), [stream])
    assert (first_values(packets), skipped) == ([1, 2], 3)


def test_after_a_lost_part_the_stream_is_found_again() -> None:
    packets, _, skipped = feed(Decoder(WIT), [wit(1), wit(2)[:9], wit(3), wit(4), wit(5), wit(6)])
    # the halves of 2 and 3 make one wrong frame, which no checksum can tell; the rest of 3 is skipped
    assert first_values(packets)[-3:] == [4, 5, 6]
    assert skipped == 9


def test_the_end_of_a_stream_forgets_partial_bytes_and_counts_them() -> None:
    decoder = Decoder(WIT)
    decoder.decode("data", wit(1)[:9])
    assert decoder.flush().skipped_bytes == 9
    packets, _, skipped = feed(decoder, [wit(2)])
    assert (first_values(packets), skipped) == ([2], 0)


def test_the_end_of_a_stream_gives_the_whole_frame_that_waited_for_the_next() -> None:
    decoder = Decoder(WIT)
    assert feed(decoder, [b"\xaa", wit(1)]) == ([], [], 1)
    end = decoder.flush()
    assert (first_values(list(end.packets)), end.skipped_bytes, end.skipped_samples) == ([1], 0, 0)
    assert decoder.flush().packets == ()


def test_skipped_bytes_that_would_hold_frames_count_as_samples() -> None:
    assert Decoder(WIT).decode("data", bytes(41)).skipped_samples == 2
    assert Decoder(WIT).decode("data", bytes(19)).skipped_samples == 0


pieces = st.lists(
    st.one_of(
        st.integers(-32768, 32767).map(wit),
        st.just(REPLY),
        st.binary(max_size=12),
        st.sampled_from([b"\x55", b"\x55\x61", b"\x55\x55\x71", wit(7)[:13]]),
    ),
    max_size=12,
).map(b"".join)


@given(pieces, st.lists(st.integers(0, 300), max_size=12))
def test_any_split_of_the_bytes_gives_equal_packets(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    parts = [stream[a:b] for a, b in pairwise(places)]
    whole, split, single = (
        feed(Decoder(WIT), chosen) for chosen in ([stream], parts, [bytes([byte]) for byte in stream])
    )
    for other in (split, single):
        assert as_bytes(other[0]) == as_bytes(whole[0])
        assert other[1:] == whole[1:]


@given(st.lists(st.binary(max_size=200), max_size=30))
def test_the_byte_stream_remembers_less_than_a_frame_and_accounts_for_every_byte(parts: list[bytes]) -> None:
    decoder = Decoder(WIT)
    packets, replies, skipped = feed(decoder, parts)
    (framer,) = decoder._framers.values()
    rest = vars(framer)["_rest"]
    assert len(rest) < 20 + 2
    assert 20 * (len(packets) + len(replies)) + skipped + len(rest) == sum(map(len, parts))


def movesense(n: int, ticks: int, mtu: int = 247) -> list[bytes]:
    acc = np.full((n, 3), float(ticks))
    return Encoder(MOVESENSE).encode(acc, np.zeros((n, 3)), None, ticks, mtu=mtu)


def test_a_packet_in_two_parts_is_put_together() -> None:
    parts = movesense(8, 5, mtu=158)
    assert [part[0] for part in parts] == [2, 3]
    packets, _, skipped = feed(Decoder(MOVESENSE), parts)
    assert [(packet.n, packet.ticks) for packet in packets] == [(8, 5)]
    assert skipped == 0


def test_a_first_part_whose_second_is_lost_is_dropped_with_the_next_packet() -> None:
    first, second = movesense(8, 1, mtu=158)
    decoder = Decoder(MOVESENSE)
    packets, _, skipped = feed(decoder, [first, *movesense(8, 2, mtu=158), first, *movesense(4, 3)])
    assert [packet.ticks for packet in packets] == [2, 3]
    assert skipped == 2 * len(first)
    fresh = Decoder(MOVESENSE)
    with pytest.raises(PacketError, match="second part without a first"):
        fresh.decode("data", second)


def test_a_first_part_as_long_as_a_whole_packet_is_found_out_by_its_second_part() -> None:
    mtu = 6 + 24 * 6 + 3  # the first part of a 198-byte packet is then 150 bytes long: six samples exactly
    decoder = Decoder(MOVESENSE)
    packets, _, skipped = feed(decoder, [part for ticks in (1, 2, 3) for part in movesense(8, ticks, mtu)])
    assert [(packet.n, packet.ticks) for packet in packets] == [(6, 1), (8, 2), (8, 3)]
    assert skipped == 50


def test_a_stray_second_part_does_not_silence_a_stream_of_whole_packets() -> None:
    stray = movesense(8, 9, mtu=158)[1]
    packets, _, _ = feed(Decoder(MOVESENSE), [*movesense(4, 1), stray, *(movesense(4, t)[0] for t in (2, 3, 4))])
    assert [packet.ticks for packet in packets] == [1, 3, 4]


def test_a_reply_is_handed_on_and_the_end_of_a_stream_forgets_a_first_part() -> None:
    first, second = movesense(8, 1, mtu=158)
    decoder = Decoder(MOVESENSE)
    assert feed(decoder, [b"\x01\x63\xc8\x00", first]) == ([], [b"\x01\x63\xc8\x00"], 0)
    assert decoder.flush().skipped_bytes == len(first)
    with pytest.raises(PacketError):
        decoder.decode("data", second)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x02", "1 bytes; kind and reference alone have 2"),
        (b"\x04\x63" + bytes(28), "kind 4, reference 99"),
        (b"\x02\x64" + bytes(28), "kind 2, reference 100; 1 to 3 and 99"),
        (b"\x02\x63\x00", "3 bytes; 6 to 774 are allowed"),
        (b"\x02\x63" + bytes(800), "802 bytes; 6 to 774 are allowed"),
    ],
)
def test_what_is_no_gsp_notification_is_refused(payload: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        Decoder(MOVESENSE).decode("data", payload)


def test_parts_that_do_not_fit_are_refused_and_change_nothing(
    specs: dict[str, SensorSpec], snapshot: Callable[[Decoder], object]
) -> None:
    first, second = movesense(8, 1, mtu=158)
    decoder = Decoder(specs["movesense-gsp"])
    decoder.decode("data", first)
    before = snapshot(decoder)
    for bad in (second[:-1], second + bytes(5), second[:2] + b"\xff" * (len(second) - 2), first[:2] + b"\xff" * 24):
        if bad[0] == 3:
            with pytest.raises(PacketError):
                decoder.decode("data", bad)
    assert snapshot(decoder) == before
    assert [packet.ticks for packet in decoder.decode("data", second).packets] == [1]
