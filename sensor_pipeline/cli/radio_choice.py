"""Which radio a command uses: the computer's own, a bumble transport, or a virtual one in this process.

In: the options ``--virtual`` and ``--radio``. Out: an open radio, a way to run a coroutine on it. Must not live here:
what is done over the radio.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.ble.radio import Radio

_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., object])

BUMBLE_PREFIX: Final = "bumble:"
VIRTUAL_SENSORS: Final = (
    ("shin-imu-v1", "Shin left", "SHIN-0001", -48),
    ("shin-imu-v1", "Shin right", "SHIN-0002", -52),
    ("movella-dot", "Movella DOT", "D422CD000001", -60),
    ("movesense-gsp", "Movesense 174630000192", "174630000192", -67),
    ("witmotion-ble5", "WT901BLE67", "WT-0001", -81),
)
"""What the virtual air of a scan holds: spec, name, serial number, dBm; each kind that can be simulated, and a pair."""


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """What the options chose: ``virtual``, or a bumble ``transport``, or neither = the computer's own Bluetooth."""

    virtual: bool = False
    transport: str | None = None

    @classmethod
    def of(cls, virtual: bool, radio: str | None) -> RadioChoice:
        """Read the two options.

        Raises:
            UserError: both were given, ``--radio`` names no bumble transport, or bumble is not installed.
        """
        if virtual and radio is not None:
            raise UserError(f"--virtual and --radio {radio} exclude each other; give one of them")
        if radio is None and not virtual:
            return cls()
        transport = None if radio is None else radio.removeprefix(BUMBLE_PREFIX)
        if radio is not None and (not transport or not radio.startswith(BUMBLE_PREFIX)):
            raise UserError(f"--radio {radio!r}: give {BUMBLE_PREFIX}<transport>, for example bumble:usb:0")
        if find_spec("bumble") is None:
            raise UserError(
                f"{'--virtual' if virtual else '--radio'} needs bumble, which is not installed: "
                "pip install 'sensor-pipeline[virtual]'"
            )
        return cls(virtual, transport)

    def run(self, main: Coroutine[Any, Any, _Result]) -> _Result:
        """Run a coroutine; over the virtual radio time is simulated too, so that seconds take a moment."""
        if not self.virtual:
            return asyncio.run(main)
        from sensor_pipeline.ble.virtual.loop import run_virtual

        return run_virtual(main)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Radio]:
        """Open the chosen radio for the time of a ``with`` block.

        Raises:
            RadioError: the transport cannot be opened.
        """
        from sensor_pipeline.ble.radio import Radio

        if not self.virtual and self.transport is None:
            yield Radio.platform()
            return
        if self.transport is not None:
            async with Radio.bumble(self.transport) as radio:
                yield radio
            return
        from sensor_pipeline.ble.virtual.air import VirtualRadio
        from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
        from sensor_pipeline.library.specs import spec_text

        sensors = [
            PeripheralParams(spec_text(spec), name=name, serial=serial, rssi_dbm=rssi_dbm)
            for spec, name, serial, rssi_dbm in VIRTUAL_SENSORS
        ]
        async with VirtualRadio(sensors) as air:
            yield air.radio


def radio_options(command: _Command) -> _Command:
    """Give a command the options ``--virtual`` and ``--radio`` (arguments ``virtual`` and ``radio``)."""
    virtual = click.option(
        "--virtual", is_flag=True, help="Simulated sensors on a simulated radio; no Bluetooth needed."
    )
    radio = click.option("--radio", metavar="bumble:TRANSPORT", help="A Bluetooth controller reached through bumble.")
    return virtual(radio(command))
