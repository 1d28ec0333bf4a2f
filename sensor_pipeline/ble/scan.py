"""A scan that goes on: every device that advertises, what it is, how strong, and when it was last heard.

In: a radio, specs. Out: snapshots of everything heard so far; usual causes where nothing can be used. Must not live
here: what an advertisement means (match), what an error means (reasons), connections, printing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.bounded import bounded
from sensor_pipeline.ble.lookout import START_S, STOP_S
from sensor_pipeline.ble.match import Advert, Seen, advert, is_called, match, signal_dbm
from sensor_pipeline.ble.reasons import Platform, platform_name
from sensor_pipeline.errors import RadioError, UserError

if TYPE_CHECKING:
    from bleak import BleakScanner
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.devices import SensorSpec

__all__ = ["Cause", "Seen", "find_one", "not_told_apart", "scan", "usual_causes"]

SNAPSHOT_S: Final = 0.5
"""Time between two snapshots: a table that changes more often cannot be read, a slower one feels stuck."""
_QUIET_S: Final = 20.0
"""Without a single advertisement for so long the scanner is started anew: some stacks stop without a word (bleak
issues 635 and 768, and BlueZ when its service restarts). A device that is on advertises at least every 10.24 s
(Bluetooth Core, vol. 6 part B, 4.4.2.2)."""

_FORGET_S: Final = 900.0
"""Strangers that were not heard for so long are forgotten: phones take a new address every 15 minutes (Bluetooth Core,
vol. 3 part C, appendix A: 900 s), and a scan that runs for days must not grow with each of them."""


@dataclass(slots=True)
class _Heard:
    device: BLEDevice
    shown: Advert
    rssi: int | None
    at_s: float


class _Ear:
    """Collects advertisements by address, in the order in which the devices were first heard."""

    def __init__(self, specs: Sequence[SensorSpec]) -> None:
        self._specs = specs
        self._heard: dict[str, _Heard] = {}
        self._loop = asyncio.get_running_loop()
        self.last_s = self._loop.time()

    def hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        self.last_s = self._loop.time()
        shown = advert(device, data)
        known = self._heard.get(device.address)
        if known is not None:
            shown = known.shown.merged(shown)
        self._heard[device.address] = _Heard(device, shown, signal_dbm(data), self.last_s)

    def snapshot(self) -> tuple[Seen, ...]:
        seen = [self._seen(address, heard) for address, heard in self._heard.items()]
        old_s = self._loop.time() - _FORGET_S
        for item in seen:
            if item.spec_id is None and item.seen_at_s < old_s:
                del self._heard[item.address]
        return tuple(sorted(seen, key=lambda item: (not item.usable, not item.certainty, not item.name)))

    def _seen(self, address: str, heard: _Heard) -> Seen:
        found = match(heard.shown, self._specs)
        return Seen(
            device=heard.device,
            address=address,
            name=heard.shown.name,
            rssi=heard.rssi,
            spec_id=found.spec.id if found.spec else None,
            stream=found.stream,
            grade=found.spec.grade if found.spec else "",
            reason=found.reason,
            serial=found.serial,
            battery=heard.shown.battery,
            seen_at_s=heard.at_s,
            certainty=found.certainty,
        )


async def scan(
    radio: Maker, specs: Sequence[SensorSpec], seconds: float | None = None, *, every_s: float = SNAPSHOT_S
) -> AsyncGenerator[tuple[Seen, ...], None]:
    """Scan, and yield everything heard so far again and again.

    Args:
        radio: where to scan.
        specs: the sensors that are looked for.
        seconds: how long, None = until the caller ends it (``contextlib.aclosing``).
        every_s: time between two snapshots in s.

    Yields:
        All devices heard, the usable ones first, each in the order in which it was first heard. The last snapshot
        holds everything.

    Raises:
        RadioError: the scan cannot be started, or not any more; the message says what is wrong and what to do.
    """
    loop = asyncio.get_running_loop()
    ear = _Ear(specs)
    scanner = await _start(radio, ear)
    started_s = loop.time()
    end_s = None if seconds is None else started_s + seconds  # on macOS a permission dialog may come first
    try:
        while end_s is None or loop.time() < end_s:
            await asyncio.sleep(every_s if end_s is None else min(every_s, max(end_s - loop.time(), 0.0)))
            if loop.time() - max(ear.last_s, started_s) > _QUIET_S:
                await _stop(scanner)
                scanner = await _start(radio, ear)
                started_s = loop.time()
            yield ear.snapshot()
    finally:
        await _stop(scanner)


async def _start(radio: Maker, ear: _Ear) -> BleakScanner:
    async def start() -> BleakScanner:
        scanner = radio.scanner(ear.hear)  # a platform that bleak does not know is refused here already
        await scanner.start()
        return scanner

    return await bounded(start(), START_S, "cannot scan")


async def _stop(scanner: BleakScanner) -> None:
    try:
        await bounded(scanner.stop(), STOP_S, "cannot end the scan")
    except RadioError:
        return  # its adapter or service has gone, and the scan with it; what was heard stays good


async def find_one(radio: Maker, specs: Sequence[SensorSpec], text: str | None = None, seconds: float = 10.0) -> Seen:
    """Scan for the one sensor that is meant.

    Args:
        radio: where to scan.
        specs: the sensors that may be meant; a single one makes weak evidence good enough.
        text: serial number, address or (a part of the) name; None = there must be only one.
        seconds: how long; a sensor that ``text`` names ends the scan at once.

    Returns:
        The sensor.

    Raises:
        RadioError: the radio does not work, or no such sensor was heard.
        UserError: several fit.
    """
    seen: tuple[Seen, ...] = ()
    async with aclosing(scan(radio, specs, seconds)) as stream:
        async for snapshot in stream:
            seen = snapshot
            if text is not None and len(_meant(seen, specs, text)) == 1:
                break
    meant = _meant(seen, specs, text)
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UserError(f"{len(meant)} sensors fit: {_listed(meant)}; say which one by serial number, address or name")
    heard = [item for item in seen if item.certainty]
    if heard and text is not None:
        raise RadioError(f"no sensor {text!a} was heard in {seconds:g} s, but {_listed(heard)}; choose one of these")
    if heard:
        raise RadioError(f"{_listed(heard[:1])} cannot be used: {heard[0].reason}")
    first = usual_causes(seen)[0]
    raise RadioError(f"no sensor was heard in {seconds:g} s. Most often {first.cause}: {first.fix}")


def _meant(seen: Sequence[Seen], specs: Sequence[SensorSpec], text: str | None) -> list[Seen]:
    able = {spec.id for spec in specs if spec.sufficient_for_angle}
    likely = [item for item in seen if item.usable or (len(specs) == 1 and item.spec_id in able)]
    return [item for item in likely if text is None or is_called(item, text)]


def _listed(seen: Sequence[Seen]) -> str:
    return ", ".join(f"{ascii(item.name)[1:-1] or '(no name)'} ({item.serial or item.address})" for item in seen)


@dataclass(frozen=True, slots=True)
class Cause:
    """A usual cause of "nothing found", and what to do about it."""

    cause: str
    fix: str


_ASLEEP: Final = Cause("the sensor is off, asleep or empty", "charge it, press its button or move it; its light blinks")
_HELD: Final = Cause(
    "the vendor's app, a phone or another program holds it: a connected sensor is silent",
    "close that app (or turn Bluetooth off on the phone) and disconnect it in this computer's Bluetooth settings",
)
_CLASSIC: Final = Cause(
    "it is a Bluetooth Classic model (for example WitMotion BWT901CL, x-IMU3)",
    "only Bluetooth Low Energy sensors can be used; 'dorsi spec list' shows them",
)
_FAR: Final = Cause("it is too far away, or a body is in between", "hold it within 2 m of the computer")
_NO_PERMISSION: Final = {
    "linux": Cause("this user may not scan, or the adapter is blocked", "'dorsi doctor' checks service and adapter"),
    "macos": Cause(
        "the program dorsi runs in has no permission: macOS then shows nothing at all",
        "allow it in System Settings > Privacy & Security > Bluetooth, then start it again",
    ),
    "windows": Cause(
        "Windows does not let programs use the radio",
        "allow it in Settings > Privacy & security > Radios, and turn flight mode off",
    ),
}


def usual_causes(seen: Sequence[Seen], platform: Platform | None = None) -> tuple[Cause, ...]:
    """Why no sensor can be used, the most probable cause first.

    Args:
        seen: what was heard, usable or not.
        platform: None = the one this runs on.

    Returns:
        Usual causes; none where a usable sensor was heard.
    """
    if any(item.usable for item in seen):
        return ()
    causes = (_ASLEEP, _HELD, _FAR, _CLASSIC)
    permission = _NO_PERMISSION[platform or platform_name()]
    # not even a stranger's phone was heard: then it is more likely the computer than the sensor
    return (*causes, permission) if seen else (permission, *causes)


def not_told_apart(seen: Sequence[Seen]) -> tuple[str, ...]:
    """Spec ids of which several usable sensors were heard and at least one shows no serial number."""
    usable = [item for item in seen if item.usable and item.spec_id is not None]
    count = Counter(item.spec_id for item in usable)
    return tuple(sorted({str(item.spec_id) for item in usable if count[item.spec_id] > 1 and item.serial is None}))
