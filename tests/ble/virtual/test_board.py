import struct

import pytest

from sensor_pipeline.ble.virtual.board import Board
from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.simulate.firmware import FirmwareParams
from sensor_pipeline.simulate.session import simulate_session

BOOT_ID, T_US = slice(20, 24), slice(24, 32)


def make(spec: SensorSpec, **params: int) -> Board:
    worn = simulate_session(spec, reps=1, seed=3).sensors[0]
    return Board(spec, worn, FirmwareParams(**params), seed=3, rate_hz=spec.rate.default_hz, stream=None)


def take(board: Board, until_s: float) -> list[bytes]:
    taken = []
    while (payload := board.next(until_s)) is not None:
        taken.append(payload)
        board.acknowledge()
    return taken


def info(board: Board, time_s: float) -> bytes:
    found = board.info(time_s)
    assert found is not None
    return found


def test_every_sample_is_sent_dropped_or_waiting_over_settings_and_restarts(spec: SensorSpec) -> None:
    board = make(spec, queue_packets=4)
    sent = 0
    rates = [*spec.rate.hz[-3:], spec.rate.default_hz]
    for number, rate_hz in enumerate(rates):
        at_s = 10.0 * number
        board.configure(at_s, {"rate": rate_hz}, keep=False)
        board.start(at_s + 0.1, stream=None, mtu=247, rate_hz=rate_hz)
        sent += len(take(board, at_s + 4.0))
        board.next(at_s + 8.0)  # nobody takes what comes: the queue runs over
        waiting = board.counts.sampled - board.counts.sent - board.counts.dropped
        assert 0 <= waiting <= 5 * 32
        if number % 2:
            board.reboot(at_s + 9.0)
        board.stop(at_s + 9.0)
        assert board.counts.sampled == board.counts.sent + board.counts.dropped
    assert sent > 0
    assert board.counts.dropped > 0


def test_a_new_setting_has_a_new_number_in_info_and_data_and_goes_on_counting(shin: SensorSpec) -> None:
    board = make(shin)
    board.start(0.0, stream=None, mtu=247)
    first = take(board, 2.0)
    before = info(board, 2.0)
    board.configure(2.0, {"rate": 208.0, "acc_g": 8.0, "gyr_dps": 1000.0, "n": 8.0}, keep=False)
    after = info(board, 2.0)
    second = take(board, 4.0)
    assert (before[1], after[1]) == (1, 2)
    assert {payload[0] & 15 for payload in first} == {1}
    assert {payload[0] & 15 for payload in second} == {2}
    assert struct.unpack_from("<I", after, 4) == (208_000,)
    assert [struct.unpack_from("<f", b, 8)[0] for b in (before, after)] == pytest.approx([0.0011971, 0.0023942], 1e-3)
    assert [struct.unpack_from("<f", b, 12)[0] for b in (before, after)] == pytest.approx([3.0543e-4, 6.1087e-4], 1e-3)
    assert second[0][1] & 31 == 8
    last = first[-1]
    assert struct.unpack_from("<H", second[0], 2)[0] >= struct.unpack_from("<H", last, 2)[0] + (last[1] & 31)
    assert struct.unpack_from("<I", second[0], 4)[0] > struct.unpack_from("<I", last, 4)[0]


def test_the_settings_of_power_on_again_change_nothing_and_nor_does_a_start(shin: SensorSpec) -> None:
    board = make(shin)
    before = info(board, 1.0)
    board.configure(1.0, {"rate": 104.0, "acc_g": 4.0, "gyr_dps": 500.0, "n": 4.0}, keep=False)
    assert info(board, 1.0) == before
    board.start(1.0, stream="raw6", mtu=247, rate_hz=104.0)
    assert info(board, 1.0) == before
    assert {payload[0] & 15 for payload in take(board, 2.0)} == {before[1]}


def test_a_restart_has_a_new_boot_id_a_clock_at_zero_and_says_so(shin: SensorSpec) -> None:
    board = make(shin, boot_id=41)
    board.start(0.0, stream=None, mtu=247)
    take(board, 5.0)
    board.reboot(6.0)
    assert not board.started
    assert board.boot_id == 42
    assert struct.unpack("<I", info(board, 6.0)[BOOT_ID]) == (42,)
    assert struct.unpack("<Q", info(board, 7.5)[T_US])[0] == pytest.approx(1.5e6, rel=1e-3)
    board.start(7.5, stream=None, mtu=247)
    first, second, *_ = take(board, 8.0)
    assert first[1] & 0x80
    assert not second[1] & 0x80
    assert struct.unpack_from("<H", first, 2) == (0,)


def test_only_a_kept_rate_survives_power_off(shin: SensorSpec) -> None:
    board = make(shin)
    board.configure(0.0, {"rate": 208.0}, keep=False)
    board.reboot(1.0)
    assert board.rate_hz == 104.0
    board.configure(2.0, {"rate": 208.0}, keep=True)
    board.reboot(3.0)
    assert board.rate_hz == 208.0


@pytest.mark.parametrize("at_least", [23, 185, 247])
def test_packets_fit_the_mtu_of_the_connection(spec: SensorSpec, at_least: int) -> None:
    mtu = max(at_least, spec.min_att_mtu)
    board = make(spec, samples_per_packet=None)
    board.start(0.0, stream=None, mtu=mtu)
    payloads = take(board, 2.0)
    assert payloads
    assert max(map(len, payloads)) <= mtu - 3
    decoder = Decoder(spec)
    if (block := board.info(2.0)) is not None:
        decoder.read("info", block)
    assert any(decoder.decode(board.wire.characteristic, payload).packets for payload in payloads)
