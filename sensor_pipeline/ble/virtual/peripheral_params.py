"""What a virtual sensor is: which spec, whose leg, which habits, what goes wrong and when.

In: values. Out: frozen parameters. Must not live here: behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import FirmwareParams

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.simulate.session import SimulatedSensor
    from sensor_pipeline.types import Side

FaultKind = Literal[
    "drop",
    "polite_drop",
    "stall",
    "blackout",
    "reboot",
    "battery",
    "slow_answers",
    "vanish",
    "garbage",
    "double",
]
"""Methods of a peripheral that a schedule can call; what their value means stands there."""
FAULT_KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)

NEEDS_VALUE: Final = frozenset({"stall", "blackout", "battery", "slow_answers", "garbage", "double"})
"""Faults without a usual size."""


@dataclass(frozen=True, slots=True)
class ScheduledFault:
    """A fault at a time.

    Attributes:
        at_s: true time: since the virtual radio was switched on.
        kind: which.
        value: its size: seconds (drop, polite_drop, reboot: until it advertises again), percent for battery, the number
            of connection requests for vanish; None = the method's own default, where it has one.
    """

    at_s: float
    kind: FaultKind
    value: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise UserError(f"fault {self.kind!r}: choose {', '.join(FAULT_KINDS)}")
        if not self.at_s >= 0.0 or (self.value is not None and not self.value >= 0.0):
            raise UserError(f"fault {self.kind} at {self.at_s} s with {self.value}: both must be 0 or more")
        if self.value is None and self.kind in NEEDS_VALUE:
            raise UserError(f"fault {self.kind} at {self.at_s} s: needs a value, for example {self.kind}:5")


@dataclass(frozen=True, slots=True)
class PeripheralParams:
    """One virtual sensor.

    Attributes:
        spec_text: the sensor's spec, or its text.
        worn: leg, strap and chip, for example one of ``simulate_session(...).sensors``; None = drawn as there from
            ``side``, ``reps`` and ``seed``.
        side, reps, seed: which leg, how many lunges, what decides all that is drawn.
        stream: stream it samples for, None = the spec's first.
        rate_hz: rate after power-on, None = the spec's default.
        firmware: how its firmware is set; ``mtu`` is the largest ATT MTU it takes.
        name: advertised name, None = one that the spec matches.
        serial: serial number in its device information service, "" = it has none.
        firmware_version: text in the same service.
        rssi_dbm: signal strength at the computer.
        battery_fall_per_h: percent that the battery loses in an hour.
        rate_stuck: True = it answers the commands that set the rate and keeps its rate.
        eager: True = it streams as soon as notifications are enabled, before it answers that, without a START.
        impostor: True = another device with the sensor's name: it has none of the spec's characteristics.
        faults: what goes wrong, and when.
    """

    spec_text: SensorSpec | str
    worn: SimulatedSensor | None = None
    side: Side = "left"
    reps: int = 5
    seed: int = 1
    stream: str | None = None
    rate_hz: float | None = None
    firmware: FirmwareParams = field(default_factory=FirmwareParams)
    name: str | None = None
    serial: str = "SIM-0001"
    firmware_version: str = "1.0"
    rssi_dbm: int = -50
    battery_fall_per_h: float = 0.0
    rate_stuck: bool = False
    eager: bool = False
    impostor: bool = False
    faults: tuple[ScheduledFault, ...] = ()

    def __post_init__(self) -> None:
        if not -127 <= self.rssi_dbm <= 20:
            raise UserError(f"rssi_dbm {self.rssi_dbm}: must be -127 to 20")
        if not self.battery_fall_per_h >= 0.0:
            raise UserError(f"battery_fall_per_h {self.battery_fall_per_h}: must be 0 or more")
        if self.name is not None and not 1 <= len(self.name.encode()) <= 29:
            raise UserError(f"name {self.name!r}: an advertised name has 1 to 29 bytes")
        if self.firmware.reboots_s:
            raise UserError(
                "firmware.reboots_s: a virtual sensor restarts by faults; use ScheduledFault(at_s, 'reboot')"
            )
