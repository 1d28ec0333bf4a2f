from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, Encoder, SensorSpec
from sensor_pipeline.devices.unpack import factors
from sensor_pipeline.devices.wire import UNITS, WIDTHS
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import load_spec, spec_ids
from sensor_pipeline.types import FloatArray, Packet

INFO = {
    "profile": 1, "config_id": 3, "chip": 1, "n_per_packet": 4, "odr_millihz": 104000, "acc_lsb": 0.0011964113,
    "gyr_lsb": 0.00030543262, "acc_fs_g": 4, "fw_major": 1, "gyr_fs_dps": 500, "boot_id": 1, "t_us64": 0,
}  # fmt: skip
LAYOUTS = [
    (spec_id, stream.name if len(stream.packets) == 1 else packet.name)
    for spec_id in spec_ids()
    for stream in load_spec(spec_id).streams.values()
    for packet in stream.packets
    if packet.codec is None
]


def pair(spec_id: str, stream: str) -> tuple[Encoder, Decoder]:
    spec = load_spec(spec_id)
    encoder, decoder = Encoder(spec, stream, info=INFO if spec.info else None), Decoder(spec, stream)
    if spec.info is not None:
        decoder.read("info", encoder.encode_info())
    return encoder, decoder


def decoded(decoder: Decoder, encoder: Encoder, notifications: list[bytes]) -> Packet:
    packets = [p for payload in notifications for p in decoder.decode(encoder.layout.char, payload).packets]
    assert len(packets) == 1
    return packets[0]


@given(st.sampled_from(LAYOUTS), st.data())
def test_what_was_encoded_is_decoded_bit_for_bit(place: tuple[str, str], data: st.DataObject) -> None:
    encoder, decoder = pair(*place)
    layout = encoder.layout
    n = data.draw(st.integers(layout.samples.n_min, min(layout.samples.n_max, 16)))
    values: dict[str, FloatArray] = {}
    for field in layout.fields:
        if field.type.lo is None or field.type.hi is None:
            number: st.SearchStrategy[float] = st.floats(-1000.0, 1000.0, width=32)
        else:
            number = st.integers(field.type.lo, field.type.hi).map(float)
        size = n * WIDTHS[field.channel]
        grid = np.array(data.draw(st.lists(number, min_size=size, max_size=size))).reshape(n, -1)
        values[field.channel] = grid * factors(field, encoder._info)
    counter = data.draw(st.integers(0, 2**40))
    ticks = data.draw(st.integers(0, 2**40))
    mtu = data.draw(st.sampled_from([247, 512]))
    other = {name: array for name, array in values.items() if name not in ("acc", "gyr")}
    packet = decoded(
        decoder, encoder, encoder.encode(values.get("acc"), values.get("gyr"), counter, ticks, (), mtu, other)
    )
    found = {"acc": packet.acc_m_s2, "gyr": packet.gyr_rad_s, **packet.other}
    for name, array in values.items():
        np.testing.assert_array_equal(found[name], array)
    assert packet.counter == (None if layout.counter is None else counter % 2**layout.counter.wrap_bits)
    assert packet.ticks == (None if layout.time is None else ticks % 2**layout.time.wrap_bits)


@given(
    st.integers(1, 14),
    st.sets(st.sampled_from(["clipped", "gap_before", "time_reset"])),
    st.integers(0, 2**31),
)
def test_flags_and_values_off_the_grid_come_back_within_half_an_lsb(n: int, flags: set[str], seed: int) -> None:
    encoder, decoder = pair("shin-imu-v1", "raw6")
    rng = np.random.default_rng(seed)
    acc, gyr = rng.uniform(-38.0, 38.0, (n, 3)), rng.uniform(-9.0, 9.0, (n, 3))
    packet = decoded(decoder, encoder, encoder.encode(acc, gyr, 0, 0, sorted(flags)))
    assert set(packet.flags) == flags
    assert packet.acc_m_s2 is not None
    assert packet.gyr_rad_s is not None
    assert np.abs(packet.acc_m_s2 - acc).max() <= 0.0011964113 * 0.500001
    assert np.abs(packet.gyr_rad_s - gyr).max() <= 0.00030543262 * 0.500001


def test_a_value_beyond_the_wire_type_is_clipped_and_says_so() -> None:
    encoder, decoder = pair("shin-imu-v1", "raw6")
    (payload,) = encoder.encode(np.array([[1e6, 0.0, 0.0]]), np.array([[-1e6, 0.0, 0.0]]))
    assert payload[1] == 0x21
    packet = decoded(decoder, encoder, [payload])
    assert packet.acc_m_s2 is not None
    assert packet.acc_m_s2[0, 0] == pytest.approx(32767 * 0.0011964113, rel=1e-6)
    assert packet.flags == ("clipped",)


def test_half_an_lsb_is_rounded_to_even() -> None:
    encoder, decoder = pair("witmotion-ble5", "default61")
    lsb = UNITS["acc"]["g"] * 16 / 32768
    packet = decoded(decoder, encoder, encoder.encode(np.array([[0.5, 1.5, -2.5]]) * lsb, np.zeros((1, 3))))
    np.testing.assert_allclose(packet.acc_m_s2, np.array([[0.0, 2.0, -2.0]]) * lsb)


@pytest.mark.parametrize(
    ("spec_id", "stream", "n", "lengths"),
    [
        ("shin-imu-v1", "raw6", 4, [56]),
        ("shin-imu-v1", "raw6", 19, [236]),
        ("movella-dot", "rate_quantities", 1, [40]),
        ("movella-dot", "custom5", 1, [63]),
        ("witmotion-ble5", "default61", 1, [20]),
        ("movesense-gsp", "imu6", 8, [198]),
        ("movesense-gsp", "imu6", 16, [244, 148]),
    ],
)
def test_notifications_have_the_lengths_the_sensors_send(spec_id: str, stream: str, n: int, lengths: list[int]) -> None:
    encoder, _ = pair(spec_id, stream)
    assert [len(part) for part in encoder.encode(np.zeros((n, 3)), np.zeros((n, 3)))] == lengths


@pytest.mark.parametrize(("mtu", "most"), [(23, 1), (185, 14), (247, 19)])
def test_as_many_samples_fit_as_the_profile_says_and_not_one_more(mtu: int, most: int) -> None:
    encoder, _ = pair("shin-imu-v1", "raw6")
    assert encoder.max_samples(mtu) == most
    encoder.encode(np.zeros((most, 3)), np.zeros((most, 3)), mtu=mtu)
    with pytest.raises(UserError, match=f"does not fit MTU {mtu}: at most {most} samples do"):
        encoder.encode(np.zeros((most + 1, 3)), np.zeros((most + 1, 3)), mtu=mtu)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"acc_m_s2": np.zeros((2, 2))}, "needs \\(2, 3\\) finite values"),
        ({"acc_m_s2": np.full((2, 3), np.nan)}, "finite values"),
        ({"gyr_rad_s": None}, "needs gyr values"),
        ({"acc_m_s2": np.zeros((0, 3)), "gyr_rad_s": np.zeros((0, 3))}, "0 samples in a packet; 1 to 31"),
        ({"flags": ("lost",)}, "has no bit for lost"),
        ({"other": {"mag": np.zeros((2, 3))}}, "carries no mag"),
    ],
)
def test_what_cannot_be_encoded_is_refused_by_name(change: dict[str, object], words: str) -> None:
    encoder, _ = pair("shin-imu-v1", "raw6")
    arguments: dict[str, object] = {"acc_m_s2": np.zeros((2, 3)), "gyr_rad_s": np.zeros((2, 3))} | change
    with pytest.raises(UserError, match=words):
        encoder.encode(**arguments)  # type: ignore[arg-type] # wrong on purpose


def test_an_encoder_that_cannot_be_is_refused_by_name(specs: dict[str, SensorSpec]) -> None:
    for spec_id, stream, words in (
        ("adafruit-ble", None, "several packets; name one of acc, gyr"),
        ("polar-h10", None, "a codec that can be read, not written"),
        ("shin-imu-v1", None, "give the encoder info="),
    ):
        with pytest.raises(UserError, match=words):
            Encoder(specs[spec_id], stream)


def test_an_info_block_is_32_bytes_and_takes_changes(specs: dict[str, SensorSpec]) -> None:
    encoder = Encoder(specs["shin-imu-v1"], info=INFO)
    block = encoder.encode_info(boot_id=0x01020304)
    assert len(block) == 32
    assert block[20:24] == b"\x04\x03\x02\x01"
    with pytest.raises(UserError, match="wrong or missing: colour"):
        encoder.encode_info(colour=1)
    with pytest.raises(UserError, match="config_id is 16; any to 15"):
        encoder.encode_info(config_id=16)
    with pytest.raises(UserError, match="does not fit u8"):
        encoder.encode_info(chip=300)
    with pytest.raises(UserError, match="movella-dot has no info block"):
        Encoder(specs["movella-dot"]).encode_info()


@pytest.mark.parametrize(
    "spec_id", [i for i in spec_ids() if load_spec(i).battery and i not in ("polar-h10", "polar-verity-sense")]
)
def test_a_battery_read_comes_back_as_percent(
    specs: dict[str, SensorSpec], ready: Callable[..., Decoder], spec_id: str
) -> None:
    spec = specs[spec_id]
    stream = spec.stream().packets[0].name if len(spec.stream().packets) > 1 else None
    encoder = Encoder(spec, stream, info=INFO if spec.info else None)
    for percent in (0, 37, 100):
        found = ready(spec).read("battery", encoder.encode_battery(percent))["percent"]
        assert found == pytest.approx(percent, abs=4 if spec.battery and spec.battery.percent_table else 0)


def test_a_battery_beyond_its_bounds_or_absent_is_refused(specs: dict[str, SensorSpec]) -> None:
    with pytest.raises(UserError, match="percent is 101"):
        Encoder(specs["movella-dot"]).encode_battery(101)
    with pytest.raises(UserError, match="has no battery block"):
        Encoder(specs["st-bluest"]).encode_battery(50)
