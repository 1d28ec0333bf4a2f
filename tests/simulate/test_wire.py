"""The seam to the layouts: what a firmware writes, a decoder reads back."""

from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.errors import SpecError, UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.sensor import ChipSamples, SensorParams
from sensor_pipeline.simulate.wire import Wire
from sensor_pipeline.types import Packet

NO_FLAGS = frozenset[str]()


def wire_of(spec: SensorSpec, rate_hz: float | None = None) -> Wire:
    return Wire(spec, None, SensorParams(rate_hz=spec.rate.default_hz if rate_hz is None else rate_hz))


def samples(wire: Wire, n: int) -> ChipSamples:
    """Random raw values over nine tenths of the chip's range."""
    rng = np.random.default_rng(n)
    chip = wire.chip
    acc_steps, gyr_steps = chip.acc_range_m_s2 / chip.acc_lsb_m_s2, chip.gyr_range_rad_s / chip.gyr_lsb_rad_s
    return ChipSamples(
        np.arange(n) / chip.rate_hz,
        np.rint(0.9 * acc_steps * (2.0 * rng.random((n, 3)) - 1.0)) * chip.acc_lsb_m_s2,
        np.rint(0.9 * gyr_steps * (2.0 * rng.random((n, 3)) - 1.0)) * chip.gyr_lsb_rad_s,
        np.zeros(n, dtype=bool),
    )


def decode(spec: SensorSpec, wire: Wire, payloads: list[bytes]) -> Packet:
    decoder = Decoder(spec, rate_hz=wire.chip.rate_hz)
    info = wire.info(7, 4, 0.0)
    if info is not None:
        decoder.read("info", info)
    packets = [packet for payload in payloads for packet in decoder.decode(wire.characteristic, payload).packets]
    assert len(packets) == 1
    return packets[0]


@pytest.mark.parametrize("mtu", [247, 120])
def test_decoding_gives_back_the_chips_values_within_half_a_step(spec: SensorSpec, mtu: int) -> None:
    wire = wire_of(spec)
    sent = samples(wire, wire.samples_per_packet(None, mtu))
    got = decode(spec, wire, wire.encode(sent, 12, 3.25, NO_FLAGS, mtu))
    assert got.acc_m_s2 is not None
    assert got.gyr_rad_s is not None
    assert np.max(np.abs(got.acc_m_s2 - sent.acc_m_s2)) < wire.chip.acc_lsb_m_s2 / 2.0
    assert np.max(np.abs(got.gyr_rad_s - sent.gyr_rad_s)) < wire.chip.gyr_lsb_rad_s / 2.0
    assert not got.flags


def test_a_packet_too_long_for_the_mtu_is_split_where_the_framing_allows_it() -> None:
    spec = load_spec("movesense-gsp")
    wire = wire_of(spec, 104.0)
    assert len(wire.encode(samples(wire, 8), 0, 0.0, NO_FLAGS, 247)) == 1
    assert len(wire.encode(samples(wire, 8), 0, 0.0, NO_FLAGS, 120)) == 2


def test_counter_and_stamp_are_as_on_the_wire_and_wrap(spec: SensorSpec) -> None:
    wire = wire_of(spec)
    timing = Decoder(spec).timings[0]
    n = wire.samples_per_packet(None, 247)
    got = decode(spec, wire, wire.encode(samples(wire, n), 2**16 + 5, 5000.25, NO_FLAGS, 247))
    assert got.counter == (None if timing.counter_bits is None else (2**16 + 5) % 2**timing.counter_bits)
    if timing.tick_s is None or timing.tick_bits is None:
        assert got.ticks is None
    else:
        assert got.ticks == round(5000.25 / timing.tick_s) % 2**timing.tick_bits


def test_flags_reach_the_wire_where_it_has_bits_for_them(spec: SensorSpec) -> None:
    wire = wire_of(spec)
    asked = frozenset({"gap_before", "time_reset", "clipped"})
    got = decode(spec, wire, wire.encode(samples(wire, wire.samples_per_packet(None, 247)), 0, 0.0, asked, 247))
    layout = spec.stream().packets[0]
    assert set(got.flags) == (asked & {name for name, _ in layout.flags.names} if layout.flags else set())


def test_the_info_block_tells_the_chips_scales_and_the_boot(shin: SensorSpec) -> None:
    wire = Wire(
        shin, None, SensorParams(rate_hz=208.0, acc_lsb_m_s2=8.0 * G_M_S2 / 32768.0, acc_range_m_s2=8.0 * G_M_S2)
    )
    block = wire.info(77, 8, 12.5)
    assert block is not None
    info = Decoder(shin).read("info", block)
    assert info["boot_id"] == 77
    assert info["n_per_packet"] == 8
    assert info["odr_millihz"] == 208_000
    assert info["acc_lsb"] == wire.chip.acc_lsb_m_s2
    assert info["gyr_lsb"] == wire.chip.gyr_lsb_rad_s
    assert info["acc_fs_g"] == 8
    assert info["t_us64"] == 12_500_000


def test_only_sensors_with_an_info_block_have_one(spec: SensorSpec) -> None:
    assert wire_of(spec).has_info == (spec.info is not None) == (wire_of(spec).info(1, 4, 0.0) is not None)


def test_the_battery_reads_back(spec: SensorSpec) -> None:
    block = wire_of(spec).battery(75.0)
    assert block is not None
    assert Decoder(spec).read("battery", block)["percent"] == pytest.approx(75.0, abs=2.0)


def test_a_layout_with_fixed_scales_sets_the_chips_resolution_and_range() -> None:
    chip = wire_of(load_spec("witmotion-ble5")).chip
    assert chip.acc_lsb_m_s2 == pytest.approx(16.0 * G_M_S2 / 32768.0)
    assert chip.acc_range_m_s2 == pytest.approx(16.0 * G_M_S2)
    assert chip.gyr_lsb_rad_s == pytest.approx(2000.0 * RAD_PER_DEG / 32768.0)
    assert chip.gyr_range_rad_s == pytest.approx(2000.0 * RAD_PER_DEG)


def test_samples_per_packet_are_usual_or_as_asked(shin: SensorSpec) -> None:
    assert wire_of(shin, 104.0).samples_per_packet(None, 247) == 4
    assert wire_of(shin).samples_per_packet(14, 185) == 14
    assert wire_of(load_spec("movella-dot")).samples_per_packet(None, 247) == 1
    assert wire_of(load_spec("movesense-gsp"), 104.0).samples_per_packet(None, 247) == 8
    assert wire_of(load_spec("movesense-gsp"), 416.0).samples_per_packet(None, 247) == 20  # 32 do not fit
    with pytest.raises(UserError, match="samples_per_packet 15: shin-imu-v1 carries 1 to 14 at MTU 185"):
        wire_of(shin).samples_per_packet(15, 185)


def test_a_rate_the_sensor_does_not_offer_is_refused(shin: SensorSpec) -> None:
    with pytest.raises(UserError, match="100"):
        wire_of(shin, 100.0)


def test_a_sensor_that_sends_acc_and_gyr_apart_is_refused() -> None:
    with pytest.raises(SpecError, match="acc and gyr do not come in one packet"):
        wire_of(load_spec("polar-verity-sense"))


def test_the_chip_keeps_everything_else(shin: SensorSpec) -> None:
    chip = SensorParams(rate_hz=104.0, rate_error=0.02, acc_bias_m_s2=(1.0, 2.0, 3.0))
    fitted = Wire(shin, None, chip).chip
    assert replace(fitted, gyr_lsb_rad_s=chip.gyr_lsb_rad_s, acc_lsb_m_s2=chip.acc_lsb_m_s2) == chip
