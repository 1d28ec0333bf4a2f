"""Which sensor an advertisement belongs to: a service is sure, a name likely, a maker a guess; or there is a reason."""

from __future__ import annotations

from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.ble.left_out import LEFT_OUT
from sensor_pipeline.ble.match import BATTERY_SERVICE, Advert, Seen, advert, is_called, match, signal_dbm
from sensor_pipeline.library.specs import load_spec, spec_ids

SPECS = tuple(load_spec(spec_id) for spec_id in spec_ids())
BY_ID = {spec.id: spec for spec in SPECS}
PMD = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"


def shown(**fields: Any) -> Advert:
    return Advert(**{key: frozenset(value) if isinstance(value, set) else value for key, value in fields.items()})


def data(**fields: Any) -> AdvertisementData:
    empty: dict[str, Any] = {
        "local_name": None,
        "manufacturer_data": {},
        "service_data": {},
        "service_uuids": [],
        "tx_power": None,
        "rssi": -60,
        "platform_data": (),
    }
    return AdvertisementData(**{**empty, **fields})


@pytest.mark.parametrize("spec", [s for s in SPECS if s.match.service != PMD], ids=lambda s: s.id)
def test_every_spec_is_found_by_each_thing_it_names(spec: Any) -> None:
    names = [*spec.match.local_names, *spec.match.local_name_prefixes]
    for name in names:
        assert match(shown(name=name), SPECS).spec is spec
    if spec.match.service:
        found = match(shown(services={spec.match.service}), SPECS)
        assert found.spec is spec
        assert found.certainty == "sure"
    if spec.match.company_id is not None:
        found = match(shown(companies={spec.match.company_id}), SPECS)
        assert found.spec is spec
        assert found.certainty == "guess"


def test_a_sensor_with_its_name_changed_is_known_by_its_service() -> None:
    found = match(shown(name="my left leg", services={BY_ID["movella-dot"].match.service}), SPECS)
    assert found.spec is BY_ID["movella-dot"]
    assert (found.certainty, found.reason, found.stream) == ("sure", "", "rate_quantities")


def test_a_service_beats_the_name_of_another_sensor() -> None:
    found = match(shown(name="WT901BLE67", services={BY_ID["shin-imu-v1"].match.service}), SPECS)
    assert found.spec is BY_ID["shin-imu-v1"]


def test_two_families_that_share_a_service_are_told_apart_by_name_or_not_at_all() -> None:
    named = match(shown(name="Polar Sense 8A7B2C1D", services={PMD}, companies={0x6B}), SPECS)
    assert named.spec is BY_ID["polar-verity-sense"]
    assert named.serial == "8A7B2C1D"
    unnamed = match(shown(name="Polar OH1 12345678", services={PMD}), SPECS)
    assert unnamed.spec is None
    assert "polar-h10 and polar-verity-sense" in unnamed.reason


def test_a_maker_alone_is_no_sensor_where_the_spec_knows_more() -> None:
    watch = match(shown(name="Suunto 9", companies={0x9F}), SPECS)
    assert watch.spec is BY_ID["movesense-gsp"]
    assert watch.certainty == "guess"
    assert "--sensor movesense-gsp" in watch.reason
    board = match(shown(name="CIRCUITPY1234", companies={0x0822}), SPECS)
    assert (board.spec, board.reason) == (BY_ID["adafruit-ble"], "")


def test_a_prefix_of_two_letters_is_a_guess_and_a_whole_name_is_likely() -> None:
    assert match(shown(name="WTF speaker"), SPECS).certainty == "guess"
    assert match(shown(name="WT901BLE67"), SPECS).certainty == "likely"
    assert match(shown(name="MetaWear"), SPECS).certainty == "likely"


@pytest.mark.parametrize("spec", [s for s in SPECS if not s.sufficient_for_angle], ids=lambda s: s.id)
def test_a_sensor_that_cannot_give_the_angle_is_named_with_the_reason(spec: Any) -> None:
    name = (*spec.match.local_names, *spec.match.local_name_prefixes)[0]
    found = match(shown(name=name), SPECS)
    assert found.spec is spec
    assert found.reason == spec.why_not_for_angle != ""


def test_a_sensor_that_no_spec_can_describe_says_what_to_do() -> None:
    for entry in LEFT_OUT:
        found = match(shown(name=f"{entry.prefix} 12"), SPECS)
        assert found.spec is None
        assert found.reason == entry.why
    assert "Bluetooth Classic" in match(shown(name="BWT901CL"), SPECS).reason
    assert match(shown(name="TV"), SPECS).reason == "no spec fits its service, maker or name"


def test_a_serial_is_read_from_the_name_only_where_it_stands_as_a_word_of_its_own() -> None:
    assert match(shown(name="Movesense 174630000192"), SPECS).serial == "174630000192"
    for name in ("Movesense", "Movesense sport", "WT901BLE67", "Movesense ABCDEF", "Movesense 12", "Movella DOT"):
        assert match(shown(name=name), SPECS).serial is None, name


def test_a_maker_alone_names_the_spec_and_asks_for_the_address() -> None:
    dot = BY_ID["movella-dot"]
    assert "by its address" in match(shown(companies={0x0886}), SPECS).reason
    assert match(shown(companies={0x0886}), [dot]).spec is dot
    assert match(shown(name="TV"), [dot]).spec is None


def test_a_device_is_called_by_serial_address_or_name_in_any_letters() -> None:
    seen = Seen(BLEDevice("C4:0A", None, None), "C4:0A", "Shin left", -50, None, None, "", "", "SHIN-1", None, 0.0)
    for text in ("shin-1", "c4:0a", "shin left", "LEFT"):
        assert is_called(seen, text), text
    for text in ("", "SHIN-", "C4", "right"):
        assert not is_called(seen, text), text


def test_an_advertisement_and_its_scan_response_are_put_together() -> None:
    first = Advert("", frozenset({"a"}), frozenset(), 80)
    second = Advert("DOT", frozenset({"b"}), frozenset({1}), None)
    assert first.merged(second) == Advert("DOT", frozenset({"a", "b"}), frozenset({1}), 80)
    assert second.merged(Advert()) == second


def test_an_advertisement_is_read_as_bleak_reports_it() -> None:
    device = BLEDevice("C4:00:00:00:00:01", "remembered", None)
    read = advert(device, data(service_uuids=[PMD.upper()], manufacturer_data={0x6B: b"x"}))
    assert read == Advert("remembered", frozenset({PMD}), frozenset({0x6B}), None)
    assert advert(device, data(local_name="new")).name == "new"


@pytest.mark.parametrize(("raw", "percent"), [(b"\x57", 87), (b"\x00", 0), (b"\xff", None), (b"", None), (b"ab", None)])
def test_a_battery_in_the_advertisement_is_read_only_where_it_is_a_percentage(raw: bytes, percent: int | None) -> None:
    assert advert(BLEDevice("x", None, None), data(service_data={BATTERY_SERVICE: raw})).battery == percent


def test_an_unknown_signal_is_none() -> None:
    assert signal_dbm(data(rssi=-71)) == -71
    assert [signal_dbm(data(rssi=rssi)) for rssi in (127, -127, 0)] == [None] * 3


@given(st.text(max_size=40), st.sets(st.integers(0, 0xFFFF), max_size=3), st.sets(st.uuids().map(str), max_size=3))
def test_whatever_is_advertised_gets_a_spec_or_a_reason(name: str, companies: set[int], services: set[str]) -> None:
    found = match(shown(name=name, companies=companies, services=services), SPECS)
    assert found.spec is None or found.certainty
    assert found.spec is not None or found.reason
    assert found.reason or found.stream is not None
