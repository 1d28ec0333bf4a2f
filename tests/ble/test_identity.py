"""Which sensor is meant: by name, serial number, address, or the first of its kind; then that one and no other."""

from __future__ import annotations

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensor_pipeline.ble.identity import LISTEN_S, MOST_HEARD, OTHER_ADDRESS_S, WRONG_S, Identity, Register
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.library.specs import load_spec

SHIN = load_spec("shin-imu-v1")
MOVESENSE = load_spec("movesense-gsp")


def seen(address, name=None, service=SHIN.match.service, company=None):
    services = [] if service is None else [service]
    makers = {} if company is None else {company: b""}
    return BLEDevice(address, name, None), AdvertisementData(name, makers, {}, services, None, -60, ())


def identity(match=None, spec=SHIN, index=0, register=None):
    return Identity(Wanted(spec, match=match), index, register or Register())


def test_without_a_choice_the_first_of_its_kind():
    one = identity()
    assert not one.accepts(*seen("A", "TV", service=None), 0.0)
    assert one.accepts(*seen("B"), 0.0)
    assert one.rssi == -60


def test_a_makers_number_alone_is_not_enough():
    dot = load_spec("movella-dot")
    assert not identity(spec=dot).accepts(*seen("A", service=None, company=dot.match.company_id), 0.0)
    assert identity(spec=dot).accepts(*seen("A", "Movella DOT", None, dot.match.company_id), 0.0)


@pytest.mark.parametrize("match", ["left one", "LEFT ONE", "aa:bb"])
def test_by_name_or_address_in_any_letters(match):
    one = identity(match)
    assert one.accepts(*seen("AA:BB", "Left one"), 0.0)
    assert not one.accepts(*seen("CC:DD", "Right one"), 0.0)


def test_a_name_that_comes_in_another_advertisement_than_the_service_counts():
    one = identity("left one")
    assert not one.accepts(*seen("A"), 0.0)
    assert one.accepts(*seen("A", "Left one", service=None), 0.1)


def test_by_a_serial_number_that_is_advertised():
    one = identity("174630000192", MOVESENSE)
    assert not one.accepts(*seen("A", "Movesense 174630000193", None), 100.0)
    assert one.accepts(*seen("B", "Movesense 174630000192", None), 100.0)


def test_by_a_serial_number_that_is_not_advertised_each_is_asked_after_a_while():
    one = identity("L-1")
    assert not one.accepts(*seen("A"), 0.0)
    assert one.accepts(*seen("A"), LISTEN_S)
    assert not one.serial_fits("A", "L-2")
    assert not one.serial_fits("A", None)
    assert one.serial_fits("A", "l-1")
    one.refuse("A", "another serial number", LISTEN_S, for_good=True)
    assert not one.accepts(*seen("A"), 1e6)


def test_what_one_sensor_was_told_the_other_knows():
    register = Register(serials={"A": "L-1"})
    assert identity("L-1", register=register).accepts(*seen("A"), 0.0)
    assert not identity("R-1", register=register).accepts(*seen("A"), 100.0)


def test_a_sensor_that_another_leg_uses_is_left_alone():
    register = Register(taken={"A": 0})
    assert identity(index=0, register=register).accepts(*seen("A"), 0.0)
    assert not identity(index=1, register=register).accepts(*seen("A"), 0.0)


def test_a_wrong_device_is_left_alone_for_a_while():
    one = identity()
    one.refuse("A", "no such characteristic", 10.0, for_good=False)
    assert one.turned_away == "no such characteristic"
    assert not one.accepts(*seen("A"), 10.0 + WRONG_S - 0.1)
    assert one.accepts(*seen("A"), 10.0 + WRONG_S)


def test_once_found_it_is_this_one():
    one = identity()
    one.found_at("A", "L-1")
    assert one.accepts(*seen("A", service=None), 1.0)
    assert not one.accepts(*seen("B"), 1.0)
    assert one.serial_fits("A", None)
    assert not one.serial_fits("B", "R-1")


def test_its_address_may_change_if_its_serial_number_does_not():
    one = identity()
    one.accepts(*seen("A"), 0.0)
    one.found_at("A", "L-1")
    assert not one.accepts(*seen("B"), 1.0)
    assert not one.accepts(*seen("B"), OTHER_ADDRESS_S)
    assert one.accepts(*seen("B"), 1.0 + OTHER_ADDRESS_S)
    assert one.serial_fits("B", "L-1")


def test_without_a_serial_number_only_the_address_tells():
    one = identity()
    one.found_at("A", None)
    one.accepts(*seen("B"), 0.0)
    assert not one.accepts(*seen("B"), 1e6)


def test_memory_is_bounded():
    one = identity()
    for number in range(2 * MOST_HEARD):
        one.accepts(*seen(f"{number}", "phone", service=None), 0.0)
    assert len(one._heard) == MOST_HEARD
