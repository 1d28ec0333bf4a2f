"""Which of the sensors that are heard is meant, before and after it was found once.

In: what is wanted, advertisements, what was read from sensors. Out: yes or no. Must not live here: connections.

Before: by name, serial number or address, or the first of its kind. Where the serial number is not advertised, sensors
of the kind are asked one after the other. After: the same sensor and no other, by its address, or, where that has
changed, by its serial number. A sensor that belongs to another leg is never touched: a second client on one sensor
ends the first one's connection when it disconnects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.match import Advert, advert, match, signal_dbm

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.ble.wanted import Wanted

LISTEN_S: Final = 2.0
"""Before sensors are asked for their serial number one by one, the names of all are waited for."""
OTHER_ADDRESS_S: Final = 10.0
"""Silence of the known address after which another one is taken to be the same sensor, if its serial number agrees."""
WRONG_S: Final = 30.0
"""A device without the spec's characteristics is left alone for so long; a bad discovery can look the same."""
MOST_HEARD: Final = 512
"""Addresses that are remembered: phones change theirs every few minutes."""


@dataclass(slots=True)
class Register:
    """What the sensors of one recording know together.

    Attributes:
        taken: address -> index of the sensor that uses it.
        serials: address -> serial number that was read there.
    """

    taken: dict[str, int] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Heard:
    shown: Advert
    first_s: float


class Identity:
    """Knows one wanted sensor.

    Args:
        wanted: which one.
        index: its place in the recording.
        register: shared by all sensors of the recording.

    Attributes:
        address: where it streamed from, None = it has not yet.
        serial: its serial number, None = not read yet.
        rssi: signal at its latest advertisement, dBm.
        turned_away: why the latest wrong device was refused, "" = none was.
    """

    def __init__(self, wanted: Wanted, index: int, register: Register) -> None:
        self._wanted = wanted
        self._index = index
        self._register = register
        self._heard: dict[str, _Heard] = {}
        self._refused_until_s: dict[str, float] = {}
        self.address: str | None = None
        self._address_s = -math.inf
        self.serial: str | None = None
        self.rssi: int | None = None
        self.turned_away = ""

    @property
    def found(self) -> bool:
        """True once it streamed: from then on it is this one."""
        return self.address is not None

    def accepts(self, device: BLEDevice, data: AdvertisementData, now_s: float) -> bool:
        """Whether to connect to a device that advertises."""
        address = device.address
        heard = self._remember(address, advert(device, data), now_s)
        if self._register.taken.get(address, self._index) != self._index:
            return False
        if now_s < self._refused_until_s.get(address, -math.inf):
            return False
        yes = self._again(address, heard, now_s) if self.found else self._first(address, heard, now_s)
        if yes:
            self.rssi = signal_dbm(data)
        return yes

    def serial_fits(self, address: str, serial: str | None) -> bool:
        """Whether the sensor that was connected to is the right one, by what it says of itself."""
        if serial is not None:
            self._register.serials[address] = serial  # the other legs need not ask again
        if self.found:
            return self.serial is None or address == self.address or serial == self.serial
        text = self._wanted.match
        if text is None or self._named(address, text):
            return True
        return serial is not None and serial.casefold() == text.casefold()

    def found_at(self, address: str, serial: str | None) -> None:
        """It streams: from now on it is this one."""
        self.address = address
        self.serial = self.serial if serial is None else serial

    def refuse(self, address: str, why: str, now_s: float, *, for_good: bool) -> None:
        """It was the wrong one."""
        self._refused_until_s[address] = math.inf if for_good else now_s + WRONG_S
        self.turned_away = why

    def _remember(self, address: str, shown: Advert, now_s: float) -> _Heard:
        known = self._heard.get(address)
        if known is None:
            if len(self._heard) >= MOST_HEARD:
                del self._heard[next(iter(self._heard))]
            known = self._heard[address] = _Heard(shown, now_s)
        else:
            known.shown = known.shown.merged(shown)
        if address == self.address:
            self._address_s = now_s
        return known

    def _again(self, address: str, heard: _Heard, now_s: float) -> bool:
        if address == self.address:
            return True
        if self.serial is None or not self._kind(heard.shown):
            return False
        serial = self._register.serials.get(address) or match(heard.shown, [self._wanted.spec]).serial
        if serial is not None:
            return serial == self.serial
        return now_s - max(self._address_s, heard.first_s) >= OTHER_ADDRESS_S

    def _first(self, address: str, heard: _Heard, now_s: float) -> bool:
        text = self._wanted.match
        if text is None:
            return self._kind(heard.shown)
        if self._named(address, text):
            return True
        if not self._kind(heard.shown):
            return False
        serial = self._register.serials.get(address) or match(heard.shown, [self._wanted.spec]).serial
        if serial is not None:
            return serial.casefold() == text.casefold()
        return now_s - heard.first_s >= LISTEN_S

    def _named(self, address: str, text: str) -> bool:
        heard = self._heard.get(address)
        name = heard.shown.name if heard is not None else ""
        return text.casefold() in (address.casefold(), name.casefold())

    def _kind(self, shown: Advert) -> bool:
        """True where it is surely or probably of the wanted kind; a maker's number alone says little."""
        spec = self._wanted.spec
        found = match(shown, [spec])
        return found.spec is not None and found.reason in ("", spec.why_not_for_angle)
