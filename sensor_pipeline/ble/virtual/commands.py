"""What a written command means to a sensor: the spec's own templates, read backwards.

In: a spec, a characteristic, the bytes written to it. Out: start, stop, a step of setting the rate, a battery request.
Must not live here: what a sensor does then, GATT, a sensor's name.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sensor_pipeline.devices import check_rate
from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.devices.layout import Command

_PLACE: Final = re.compile(r"\{([^{}:]*):([^{}]*)\}")
_TYPES: Final = {"u8": "<B", "u16le": "<H", "u32le": "<I", "i32le": "<i", "f32le": "<f"}
SAME_HZ: Final = 1e-3
"""Two rates closer than this (Hz) are one: 32-bit floats and whole milliseconds carry rates no more exactly."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a command asks for.

    Attributes:
        kind: start, stop, set (one step of setting the rate), battery (a request for the battery block).
        stream: which stream, for start and stop.
        step: which of the spec's set commands, for set.
        values: what its places held: rate (Hz, also where the wire has a code or a period), acc_g, gyr_dps, n.
    """

    kind: Literal["start", "stop", "set", "battery"]
    values: Mapping[str, float]
    stream: str | None = None
    step: int = 0


class CommandBook:
    """Every command a sensor understands.

    Args:
        spec: the sensor.
    """

    def __init__(self, spec: SensorSpec) -> None:
        self._spec = spec
        self._known: list[tuple[str, _Template, Meaning]] = []
        for step, command in enumerate(spec.rate.set):
            self._add(command, Meaning("set", {}, step=step))
        for stream in spec.streams.values():
            for command in stream.start:
                self._add(command, Meaning("start", {}, stream=stream.name))
            for command in stream.stop:
                self._add(command, Meaning("stop", {}, stream=stream.name))
        if spec.battery is not None and spec.battery.request is not None:
            self._add(spec.battery.request, Meaning("battery", {}))

    @property
    def chars(self) -> frozenset[str]:
        """Characteristics (keys of the spec's chars) that take commands."""
        return frozenset(char for char, _, _ in self._known)

    def meaning(self, char: str, payload: bytes) -> Meaning | None:
        """What a command means, None where the sensor does not know it."""
        for own, template, meaning in self._known:
            values = template.read(payload) if own == char else None
            if values is None:
                continue
            try:
                return Meaning(meaning.kind, self._with_rate(values), meaning.stream, meaning.step)
            except UserError:
                continue  # a rate that the sensor does not offer
        return None

    def _add(self, command: Command, meaning: Meaning) -> None:
        self._known.append((command.char, _Template(command.template), meaning))

    def _with_rate(self, values: Mapping[str, float]) -> dict[str, float]:
        found = dict(values)
        if "code" in found:
            code = found.pop("code")
            rates = [hz for hz, number in self._spec.rate.codes if number == code]
            if not rates:
                raise UserError(f"{self._spec.id} has no rate number {code:g}")
            found["rate"] = rates[0]
        if "period_ms" in found:
            asked_hz = 1000.0 / max(found.pop("period_ms"), 1e-3)
            found["rate"] = min(self._spec.rate.hz, key=lambda hz: abs(hz - asked_hz), default=asked_hz)
        if "rate" in found:
            asked_hz = found["rate"]
            found["rate"] = next((hz for hz in self._spec.rate.hz if abs(hz - asked_hz) < SAME_HZ), asked_hz)
            check_rate(self._spec, found["rate"])
        return found


class _Template:
    """A command's template as a pattern of bytes."""

    def __init__(self, template: str) -> None:
        self._places: list[tuple[str, str]] = []
        pattern, at = b"", 0
        for place in _PLACE.finditer(template):
            pattern += re.escape(bytes.fromhex(template[at : place.start()]))
            field, kind = place[1], place[2]
            self._places.append((field, kind))
            pattern += b"([0-9.]+)" if kind == "ascii" else b"(.{%d})" % struct.calcsize(_TYPES[kind])
            at = place.end()
        self._pattern = re.compile(pattern + re.escape(bytes.fromhex(template[at:])), re.DOTALL)

    def read(self, payload: bytes) -> dict[str, float] | None:
        """What the places hold, None where the payload is another command."""
        match = self._pattern.fullmatch(payload)
        if match is None:
            return None
        values: dict[str, float] = {}
        for (field, kind), raw in zip(self._places, match.groups(), strict=True):
            try:
                values[field] = float(raw) if kind == "ascii" else struct.unpack(_TYPES[kind], raw)[0]
            except ValueError:  # "1.2.3"
                return None
        return values
