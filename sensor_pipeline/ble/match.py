"""From an advertisement to a spec: which sensor it is, how sure that is, and why it cannot be used where it cannot.

In: what a device advertises, specs. Out: :class:`Seen`. Must not live here: the radio, the order of a list, a sensor's
name (specs know those).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sensor_pipeline.ble.left_out import LEFT_OUT

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.devices import SensorSpec

Certainty = Literal["sure", "likely", "guess", ""]
"""How sure it is what the device is. sure: by its own service; likely: by its name; guess: by its maker, by a name of a
few letters, or one of several; "": nothing is known about it."""

BATTERY_SERVICE: Final = "0000180f-0000-1000-8000-00805f9b34fb"
"""Bluetooth SIG, Battery Service; as service data in an advertisement it carries the level in percent."""
_NO_RSSI: Final = frozenset({127, -127, 0})
"""What stacks report for "signal strength unknown" (HCI: 127; Windows and BlueZ also -127 and 0)."""
_SHORT_PREFIX: Final = 4
"""A name prefix of so few letters is shared by strangers ("WT", "WTF speaker"): it is a guess, not a recognition."""
_SERIAL_BEHIND_PREFIX: Final = re.compile(r" ((?=[0-9A-F]*\d)[0-9A-F]{6,16})")
"""A serial number behind the family's name, as its own word ("Movesense 174630000192", "Polar Sense 8A7B2C1D");
a model number is no serial ("WT901BLE67")."""
_SERVICE, _NAME, _COMPANY = 4, 2, 1
"""Weight of each kind of evidence: a service beats a name, a name beats a maker, two agreeing beat one."""


@dataclass(frozen=True, slots=True)
class Advert:
    """What a device has shown so far; an advertisement and its scan response arrive apart and are put together.

    Attributes:
        name: local name, else the name the system remembers, "" for none. Foreign text: escape it before printing.
        services: service UUIDs, small letters.
        companies: company numbers of the manufacturer data.
        battery: percent, None where it is not advertised.
    """

    name: str = ""
    services: frozenset[str] = frozenset()
    companies: frozenset[int] = frozenset()
    battery: int | None = None

    def merged(self, later: Advert) -> Advert:
        """Return both together; where both say something, the later one counts."""
        return Advert(
            later.name or self.name,
            self.services | later.services,
            self.companies | later.companies,
            self.battery if later.battery is None else later.battery,
        )


@dataclass(frozen=True, slots=True)
class Matched:
    """What an advertisement amounts to.

    Attributes:
        spec: the sensor, None where no spec, or more than one, fits.
        stream: name of the stream to use, None where there is none with acc and gyr.
        certainty: how sure it is what the device is.
        reason: why it cannot be used, "" = it can.
        serial: serial number the name shows, None = it shows none.
    """

    spec: SensorSpec | None
    stream: str | None
    certainty: Certainty
    reason: str
    serial: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A device that advertises.

    Attributes:
        device: bleak's handle, for a connection.
        address: address (on macOS a number that this computer made up): it may change, a serial does not.
        name: advertised name, "" for none. Foreign text: escape it before printing.
        rssi: signal in dBm, None = not reported.
        spec_id: the spec that fits, None = none.
        stream: its stream with acc and gyr, None = none.
        grade: the spec's grade, "" without a spec.
        reason: why it cannot be used, "" = it can.
        serial: serial number where it is known, None otherwise.
        battery: percent where it is known, None otherwise.
        seen_at_s: event loop time at which it was last heard.
        certainty: how sure it is what the device is.
    """

    device: BLEDevice
    address: str
    name: str
    rssi: int | None
    spec_id: str | None
    stream: str | None
    grade: str
    reason: str
    serial: str | None
    battery: int | None
    seen_at_s: float
    certainty: Certainty = ""

    @property
    def usable(self) -> bool:
        """True where nothing speaks against a recording with it."""
        return not self.reason


def advert(device: BLEDevice, data: AdvertisementData) -> Advert:
    """Read one advertisement as bleak reports it."""
    level = data.service_data.get(BATTERY_SERVICE, b"")
    return Advert(
        name=data.local_name or device.name or "",
        services=frozenset(uuid.lower() for uuid in (*data.service_uuids, *data.service_data)),
        companies=frozenset(data.manufacturer_data),
        battery=level[0] if len(level) == 1 and level[0] <= 100 else None,
    )


def signal_dbm(data: AdvertisementData) -> int | None:
    """Signal strength of an advertisement in dBm, None where the system does not know it."""
    return None if data.rssi in _NO_RSSI else data.rssi


def match(shown: Advert, specs: Sequence[SensorSpec]) -> Matched:
    """Find the spec that an advertisement belongs to.

    Args:
        shown: what the device advertises.
        specs: all sensors to choose from.

    Returns:
        The best match. Where several specs fit equally well, none is chosen and the reason names them.
    """
    weights = [(_weight(shown, spec), spec) for spec in specs]
    best = max((weight for weight, _ in weights), default=0)
    if best == 0:
        return _unknown(shown.name)
    fitting = [spec for weight, spec in weights if weight == best]
    if len(fitting) > 1:
        ids = " and ".join(spec.id for spec in fitting)
        return Matched(None, None, "guess", f"fits {ids} equally well: say which one it is with --sensor", None)
    (spec,) = fitting
    stream = next((name for name, item in spec.streams.items() if {"acc", "gyr"} <= item.channels), None)
    reason = spec.why_not_for_angle
    if not reason and best == _COMPANY and _says_more(spec):
        reason = (
            f"shows the maker of {spec.id}, but neither its service nor its name: if it is one, "
            f"choose it by its address together with --sensor {spec.id}"
        )
    return Matched(spec, stream, _certainty(best, shown.name, spec), reason, _serial(shown.name, spec))


def is_called(seen: Seen, text: str) -> bool:
    """True where a person who types ``text`` means this device: its serial, its address, or its name (or a part)."""
    wanted = text.casefold()
    if not wanted:
        return False
    exact = (seen.serial, seen.address, seen.name)
    return any(value and value.casefold() == wanted for value in exact) or wanted in seen.name.casefold()


def _weight(shown: Advert, spec: SensorSpec) -> int:
    wanted = spec.match
    return (
        _SERVICE * (wanted.service in shown.services)
        + _NAME * (_name_length(shown.name, spec) > 0)
        + _COMPANY * (wanted.company_id in shown.companies)
    )


def _name_length(name: str, spec: SensorSpec) -> int:
    """Letters of the spec's names that the name shows; 0 = none."""
    whole = [len(name)] if name in spec.match.local_names else []
    return max([*whole, *(len(p) for p in spec.match.local_name_prefixes if name.startswith(p))], default=0)


def _says_more(spec: SensorSpec) -> bool:
    return bool(spec.match.service or spec.match.local_names or spec.match.local_name_prefixes)


def _certainty(weight: int, name: str, spec: SensorSpec) -> Certainty:
    if weight >= _SERVICE:
        return "sure"
    return "likely" if weight >= _NAME and _name_length(name, spec) > _SHORT_PREFIX else "guess"


def _serial(name: str, spec: SensorSpec) -> str | None:
    for prefix in spec.match.local_name_prefixes:
        found = _SERIAL_BEHIND_PREFIX.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if found:
            return found[1]
    return None


def _unknown(name: str) -> Matched:
    for entry in LEFT_OUT:
        if name.startswith(entry.prefix):
            return Matched(None, None, "likely", entry.why, None)
    return Matched(None, None, "", "no spec fits its service, maker or name", None)
