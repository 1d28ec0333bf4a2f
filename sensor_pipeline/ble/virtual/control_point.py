"""How a virtual sensor answers commands: notifications that follow a write.

In: a command and its meaning, the board. Out: answers to notify. Must not live here: what a command does, GATT.

Three ways of answering, told by the spec's data: numbered (opcode with bit 7, status, data: where the info block comes
as such a reply), GSP (reply, reference, status) and a block of the byte stream (a battery that has to be asked for).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sensor_pipeline.devices.framing import REPLY

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.board import Board
    from sensor_pipeline.ble.virtual.commands import Meaning
    from sensor_pipeline.devices import SensorSpec

ANSWER: Final = 0x80
"""Set in the opcode of a numbered answer; byte 1 is its status."""
DONE: Final = 0
TIME_PING: Final = 0x05
"""Numbered command: token u32; answered with the token and the device's microseconds of arrival and answer, u64."""
SIGNS: Final = (0x06, 0x07)
"""Numbered commands without effect on the stream: identify, mark."""
GSP_OK: Final = 200
"""Status of a GSP reply, as in HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A notification on a characteristic (key of the spec's chars)."""

    char: str
    payload: bytes


class ControlPoint:
    """Answers of one sensor.

    Args:
        spec: the sensor.
    """

    def __init__(self, spec: SensorSpec) -> None:
        self._spec = spec
        reply = spec.info.reply if spec.info is not None else None
        self._numbered = reply.char if reply is not None and reply.prefix[:1] >= bytes((ANSWER,)) else None

    def extra(self, char: str, payload: bytes, board: Board, clock_s: float) -> Answer | None:
        """The answer to a command that concerns no stream, None where it is unknown."""
        if char != self._numbered or not payload:
            return None
        if payload[0] in SIGNS and len(payload) == 1:
            return Answer(char, bytes((payload[0] | ANSWER, DONE)))
        if payload[0] == TIME_PING and len(payload) == 5:
            now_us = math.floor(board.device_time_s(clock_s) * 1e6)
            return Answer(char, bytes((TIME_PING | ANSWER, DONE)) + payload[1:] + struct.pack("<QQ", now_us, now_us))
        return None

    def answer(
        self, char: str, payload: bytes, meaning: Meaning, board: Board, time_s: float, percent: float
    ) -> Answer | None:
        """The answer to a known command that was carried out, None where the sensor gives none."""
        battery = self._spec.battery
        if meaning.kind == "battery" and battery is not None:
            block = board.battery(percent)
            to = battery.reply.char if battery.reply is not None else board.wire.characteristic
            return None if block is None else Answer(to, block)
        if char == self._numbered:
            info = board.info(time_s) if meaning.kind == "set" else None
            return Answer(char, bytes((payload[0] | ANSWER, DONE)) + (info or b""))
        framing = self._spec.stream(meaning.stream).framing
        if framing.kind == "gsp" and meaning.kind in ("start", "stop"):
            return Answer(board.wire.characteristic, struct.pack("<BBH", REPLY, framing.reference, GSP_OK))
        return None
