"""Commands to a sensor: hexadecimal templates with a closed list of places, filled in with the rate asked for.

In: a spec and a rate. Out: messages to write, in order. Must not live here: a radio, expressions of any kind.

A place is ``{field:type}``. Fields: ``rate`` (Hz), ``period_ms``, ``code`` (the sensor's number for the rate) and the
settings ``acc_g``, ``gyr_dps``, ``n``. Types: u8, u16le, u32le, i32le, f32le, ascii (decimal digits as text).
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import Final

from sensor_pipeline.devices.layout import Command
from sensor_pipeline.devices.spec import SensorSpec
from sensor_pipeline.devices.table import did_you_mean
from sensor_pipeline.errors import UserError

FIELDS: Final = ("rate", "period_ms", "code", "acc_g", "gyr_dps", "n")
SETTINGS: Final = ("acc_g", "gyr_dps", "n")
_CODES: Final = {"u8": "<B", "u16le": "<H", "u32le": "<I", "i32le": "<i", "f32le": "<f"}
TYPES: Final = (*_CODES, "ascii")
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_SAME_HZ: Final = 1e-6
"""Two rates closer than this (Hz) are one: rates are typed by people and read from text."""


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes to write to ``char`` (a key of the spec's chars), then ``wait_s`` of silence."""

    char: str
    payload: bytes
    response: bool
    wait_s: float


def template_problem(template: str) -> str:
    """What is wrong with a template, "" where nothing is."""
    for place in _PLACE.findall(template):
        field, _, kind = place.partition(":")
        if field not in FIELDS:
            return f"{{{place}}}: {field!r} is no field{did_you_mean(field, FIELDS)}"
        if kind not in TYPES:
            return f"{{{place}}}: {kind!r} is no type{did_you_mean(kind, TYPES)}"
    try:
        bytes.fromhex(_PLACE.sub("", template))
    except ValueError:
        return f"{template[:60]!r} is not hexadecimal outside of its {{field:type}} places"
    return ""


def template_fields(template: str) -> tuple[str, ...]:
    """Names of the fields a template uses."""
    return tuple(place.partition(":")[0] for place in _PLACE.findall(template))


def check_rate(spec: SensorSpec, rate_hz: float) -> None:
    """Refuse a rate the sensor does not offer.

    Raises:
        UserError: the message lists the rates it offers.
    """
    rate = spec.rate
    if rate.hz and not any(abs(rate_hz - hz) < _SAME_HZ for hz in rate.hz):
        offer = ", ".join(f"{hz:g}" for hz in rate.hz)
        raise UserError(f"{spec.id} cannot run at {rate_hz:g} Hz; choose one of {offer}")
    if not rate.hz_min <= rate_hz <= rate.hz_max:
        raise UserError(f"{spec.id} cannot run at {rate_hz:g} Hz; choose {rate.hz_min:g} to {rate.hz_max:g}")


def rate_messages(spec: SensorSpec, rate_hz: float | None = None) -> tuple[Message, ...]:
    """Messages that set the rate, to be written before the stream starts; none where the sensor has one rate.

    Raises:
        UserError: the sensor does not offer the rate.
    """
    return _messages(spec, spec.rate.set, rate_hz)


def start_messages(spec: SensorSpec, stream: str | None = None, rate_hz: float | None = None) -> tuple[Message, ...]:
    """Messages that start a stream, to be written after its characteristics were subscribed.

    Raises:
        UserError: no such stream, or a rate the sensor does not offer.
    """
    return _messages(spec, spec.stream(stream).start, rate_hz)


def stop_messages(spec: SensorSpec, stream: str | None = None) -> tuple[Message, ...]:
    """Messages that stop a stream.

    Raises:
        UserError: no such stream.
    """
    return _messages(spec, spec.stream(stream).stop, None)


def _messages(spec: SensorSpec, commands: tuple[Command, ...], rate_hz: float | None) -> tuple[Message, ...]:
    hz = spec.rate.default_hz if rate_hz is None else rate_hz
    check_rate(spec, hz)
    values: dict[str, float] = {"rate": hz, "period_ms": math.floor(1000.0 / hz + 0.5), **(spec.rate.settings or {})}
    for rate, code in spec.rate.codes:
        if abs(rate - hz) < _SAME_HZ:
            values["code"] = code
    return tuple(Message(c.char, _fill(c.template, values), c.response, c.wait_s) for c in commands)


def _fill(template: str, values: dict[str, float]) -> bytes:
    def fill(place: re.Match[str]) -> str:
        field, _, kind = place[1].partition(":")
        value = values[field]
        if kind == "ascii":
            return f"{value:g}".encode("ascii").hex()
        packed = struct.pack(_CODES[kind], value if kind == "f32le" else round(value))
        return packed.hex()

    return bytes.fromhex(_PLACE.sub(fill, template))
