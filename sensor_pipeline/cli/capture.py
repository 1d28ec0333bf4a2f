"""A capture: what a sensor really sent for a minute, as a file that can be shared and that proves its spec.

In: a connected sensor's records. Out: a TOML text. Must not live here: the radio, decoding.

Nothing about a person or a place goes in: no address, no serial number, no name, no time of day. What remains is the
sensor's bytes with their spacing, its info block, its firmware version and the day.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Final

from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.devices.parse_vectors import VALUE_KEYS
from sensor_pipeline.errors import PacketError, RadioError
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Link, Notification, Packet, Read, Record
from sensor_pipeline.version import __version__

if TYPE_CHECKING:
    from sensor_pipeline.ble.radio import Radio
    from sensor_pipeline.ble.wanted import Wanted

VECTOR_NOTIFICATIONS: Final = 4
"""Notifications with samples in the vector at the end of the file: enough to show that counter and clock go on."""
_NS_PER_MS: Final = 1e6
_NS_PER_S: Final = 1e9
_PATIENCE_S: Final = 30.0
"""How long a sensor may take to connect and to start, before a capture is given up."""


@dataclass(slots=True)
class Capture:
    """What one sensor sent.

    Attributes:
        spec: its spec.
        stream: the stream that was started.
        simulated: True for a virtual sensor: then it proves nothing.
        notifications: (arrival in ns, characteristic, payload), in order.
        info: info block, b"" = none.
        firmware: firmware version as the sensor tells it, "" = it does not.
        links: how often the link changed after the first connection.
    """

    spec: SensorSpec
    stream: str
    simulated: bool = False
    notifications: list[tuple[int, str, bytes]] = field(default_factory=list)
    info: bytes = b""
    firmware: str = ""
    links: int = -1

    @property
    def seconds(self) -> float:
        """Time from the first notification to the last."""
        if not self.notifications:
            return 0.0
        return (self.notifications[-1][0] - self.notifications[0][0]) / _NS_PER_S

    def beginning(self, count: int) -> list[tuple[str, bytes]]:
        """The notifications up to number ``count`` of those with samples, answers to commands among them."""
        chosen: list[tuple[str, bytes]] = []
        for _, char, payload in self.notifications:
            chosen.append((char, payload))
            count -= char in self._data_chars
            if count == 0:
                break
        return chosen

    @property
    def _data_chars(self) -> frozenset[str]:
        return frozenset(packet.char for packet in self.spec.stream(self.stream).packets)

    @property
    def started(self) -> bool:
        """True once a notification with samples came."""
        return any(char in self._data_chars for _, char, _ in reversed(self.notifications))

    def take(self, record: Record) -> None:
        """Take a record of the sensor; what does not belong into a capture is left out."""
        if isinstance(record, Notification):
            self.notifications.append((record.host_time_ns, record.characteristic, record.payload))
        elif isinstance(record, Read) and record.what == "info" and not self.started:
            self.info = record.payload
        elif isinstance(record, Read) and record.what == "firmware":
            self.firmware = printable(record.payload.split(b"\0")[0].decode("utf-8", "replace").strip(), 40)
        elif isinstance(record, Link):
            self.links += 1


async def collect(radio: Radio, wanted: Wanted, seconds: float, simulated: bool = False) -> Capture:
    """Connect to a sensor, start its stream, and keep what it sends.

    Args:
        radio: where to connect.
        wanted: the sensor.
        seconds: how long from the first samples on.
        simulated: True for a virtual sensor.

    Raises:
        RadioError: no samples arrived within 30 s. Where the link breaks later, what had arrived is returned.
    """
    from sensor_pipeline.ble.source import LiveSource

    loop = asyncio.get_running_loop()
    capture = Capture(wanted.spec, wanted.stream or wanted.spec.stream().name, simulated)
    started, end_s = False, loop.time() + _PATIENCE_S
    async with LiveSource(radio, [wanted], clock_ns=lambda: round(loop.time() * _NS_PER_S)) as source:
        async for record in source:
            capture.take(record)
            if not started and capture.started:
                started, end_s = True, loop.time() + seconds
            if loop.time() >= end_s:
                break
        advice = source.status(0).advice
    if not started:
        raise RadioError(
            f"{wanted.spec.id} sent no samples within {_PATIENCE_S:g} s; {advice or 'wake it and try again'}"
        )
    return capture


def capture_text(capture: Capture, day: date) -> str:
    """Write a capture as TOML: all of it under ``[capture]``, and a vector for the spec.

    Args:
        capture: what was sent.
        day: when; the time of day is nobody's business.

    Returns:
        The text. Its ``[[vectors]]`` part can be put into the spec's file as it is.
    """
    start_ns = capture.notifications[0][0] if capture.notifications else 0
    times = ", ".join(f"{(at - start_ns) / _NS_PER_MS:.3f}" for at, _, _ in capture.notifications)
    lines = [
        f"# What a sensor sent ({capture.spec.name}). No address, serial number, name or time of day is in this file.",
        "# To prove the spec with it, copy the part from [[vectors]] on to the end of the spec's file.",
        "[capture]",
        f"spec = {_quoted(capture.spec.id)}",
        f"spec_sha256 = {_quoted(hashlib.sha256(capture.spec.text.encode()).hexdigest())}",
        f"stream = {_quoted(capture.stream)}",
        f"simulated = {'true' if capture.simulated else 'false'}",
        f"day = {_quoted(day.isoformat())}",
        f"firmware = {_quoted(capture.firmware)}",
        f"software = {_quoted(_software())}",
        f"seconds = {capture.seconds:.3f}",
        f"link_changes = {max(capture.links, 0)}",
        f"info = {_quoted(capture.info.hex())}",
        f"times_ms = [{times}]",
        "notifications = [",
        *(f"  {_quoted(f'{char}:{payload.hex()}')}," for _, char, payload in capture.notifications),
        "]",
        "",
        *_vector(capture, day),
    ]
    return "\n".join(lines) + "\n"


def _vector(capture: Capture, day: date) -> list[str]:
    chosen = capture.beginning(VECTOR_NOTIFICATIONS)
    packets, counts = _decode(capture, chosen)
    firmware = capture.firmware or "not told"
    lines = [
        "[[vectors]]",
        f"name = {_quoted(f'capture {day.isoformat()}')}",
        f"stream = {_quoted(capture.stream)}",
        f'provenance = "{"self-constructed" if capture.simulated else "capture"}"',
        'source = "dorsi doctor --capture; the values are what this spec makes of the bytes"',
    ]
    if not capture.simulated:
        lines.append(f"recorded = {_quoted(f'{day.isoformat()}, firmware {firmware}')}")
    if capture.info:
        lines.append(f"info = {_quoted(capture.info.hex())}")
    lines.append("notifications = [")
    lines += [f"  {_quoted(f'{char}:{payload.hex()}')}," for char, payload in chosen]
    lines.append("]")
    lines += [f"{name} = {number}" for name, number in counts.items() if number]
    for packet in packets:
        lines += ["", *_expected(packet)]
    return lines


def refused(capture: Capture) -> int:
    """How many of the notifications the spec does not allow; any at all says that the spec or the sensor is wrong."""
    return _decode(capture, [(char, payload) for _, char, payload in capture.notifications])[1]["rejected"]


def _decode(capture: Capture, notifications: Sequence[tuple[str, bytes]]) -> tuple[list[Packet], dict[str, int]]:
    """Packets, and what else a vector counts."""
    decoder = Decoder(capture.spec, capture.stream)
    packets: list[Packet] = []
    counts = {"rejected": 0, "replies": 0, "skipped_bytes": 0}
    if capture.info:
        with suppress(PacketError):  # then the packets that need it are refused, and counted
            decoder.read("info", capture.info)
    for char, payload in notifications:
        try:
            decoded = decoder.decode(char, payload)
        except PacketError:
            counts["rejected"] += 1
            continue
        packets += decoded.packets
        counts["replies"] += len(decoded.replies)
        counts["skipped_bytes"] += decoded.skipped_bytes
    return packets, counts


def _expected(packet: Packet) -> list[str]:
    lines = ["[[vectors.packets]]", f"packet = {_quoted(packet.stream)}", f"n = {packet.n}"]
    lines += [f"{key} = {value}" for key in ("counter", "ticks") if (value := getattr(packet, key)) is not None]
    if packet.flags:
        lines.append(f"flags = [{', '.join(map(_quoted, packet.flags))}]")
    arrays = {"acc": packet.acc_m_s2, "gyr": packet.gyr_rad_s, **packet.other}
    for channel, array in arrays.items():
        if array is not None:
            rows: Sequence[Sequence[float]] = array.tolist()
            lines.append(f"{VALUE_KEYS[channel]} = {[list(map(float, row)) for row in rows]}")
    return lines


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are a part of TOML's, for text without surrogates."""
    return json.dumps(text)


def _software() -> str:
    return f"dorsi {__version__}, bleak {metadata.version('bleak')}, {platform.system()}"
