"""``dorsi sensor-sim``: a virtual sensor that another process, or a real radio, can find and connect to.

In: arguments. Out: what the sensor does, line by line on stderr; counts on stdout at the end. Must not live here: the
sensor, the radio.
"""

from __future__ import annotations

import asyncio
import json
import math
import signal
from contextlib import AsyncExitStack, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.link import AirParams
    from sensor_pipeline.ble.virtual.peripheral import Peripheral
    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams, ScheduledFault
    from sensor_pipeline.types import Side

LOOK_S = 0.25
"""How often the sensor is looked at for something to report."""


@click.command("sensor-sim")
@click.argument("transport", metavar="TRANSPORT")
@click.option("--sensor", "spec_id", default="shin-imu-v1", show_default=True, metavar="SPEC", help="Which sensor.")
@click.option("--serial", default="SIM-0001", show_default=True, help="Its serial number.")
@click.option("--name", help="Its advertised name; one that the spec matches if not given.")
@click.option("--side", type=click.Choice(["left", "right"]), default="left", show_default=True, help="Whose leg.")
@click.option("--reps", type=click.IntRange(0, 500), default=5, show_default=True, help="Lunges the person does.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another person.")
@click.option("--battery", "battery_percent", type=click.IntRange(0, 100), default=87, show_default=True)
@click.option("--mtu", type=click.IntRange(23, 517), default=247, show_default=True, help="Largest MTU it takes.")
@click.option("--interval", "interval_ms", type=click.FloatRange(7.5, 4000), default=30.0, show_default=True,
              metavar="MS", help="Connection interval of the offered controller.")  # fmt: skip
@click.option("--fault", "faults", multiple=True, metavar="KIND[:VALUE]@S",
              help="Repeatable: drop@20, stall:3@30, reboot@40, blackout:6@60, battery:9@70, ...")  # fmt: skip
@click.option("--carrier", is_flag=True, help="TRANSPORT leads to a Bluetooth controller that shall send for it.")
@click.option("--duration", "duration_s", type=click.FloatRange(0), metavar="S", help="Stop by itself.")
@click.option("--json", "as_json", is_flag=True, help="Print what the sensor did as one JSON object.")
def sensor_sim(
    transport: str,
    spec_id: str,
    serial: str,
    name: str | None,
    side: Side,
    reps: int,
    seed: int,
    battery_percent: int,
    mtu: int,
    interval_ms: float,
    faults: tuple[str, ...],
    carrier: bool,
    duration_s: float | None,
    as_json: bool,
) -> None:
    """Offer a virtual sensor on a bumble TRANSPORT until Ctrl-C.

    Usually another process is the host of the offered controller:

    \b
      dorsi sensor-sim tcp-server:127.0.0.1:6789
      dorsi record --radio bumble:tcp-client:127.0.0.1:6789

    With --carrier the transport leads to a controller, for example usb:0, and the sensor is really on the air.
    """
    if find_spec("bumble") is None:
        raise UserError("the virtual radio needs bumble; pip install 'sensor-pipeline[virtual]'")
    from sensor_pipeline.ble.virtual.link import AirParams
    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
    from sensor_pipeline.library.specs import load_spec
    from sensor_pipeline.simulate.firmware import FirmwareParams

    params = PeripheralParams(
        load_spec(spec_id),
        side=side,
        reps=reps,
        seed=seed,
        name=name,
        serial=serial,
        firmware=FirmwareParams(battery_percent=battery_percent, mtu=mtu),
        faults=tuple(parse_fault(text) for text in faults),
    )
    air = AirParams(interval_s=interval_ms / 1000.0)
    counts = asyncio.run(_run(transport, params, air, carrier, duration_s))
    if as_json:
        click.echo(json.dumps({"sensor": params.serial, **counts}))
    else:
        click.echo(", ".join(f"{key} {value}" for key, value in counts.items()))


def parse_fault(text: str) -> ScheduledFault:
    """Read a fault such as ``stall:3@30`` or ``drop@20``.

    Raises:
        UserError: not of that form, or no such fault.
    """
    from difflib import get_close_matches

    from sensor_pipeline.ble.virtual.peripheral_params import FAULT_KINDS, ScheduledFault

    head, _, at = text.partition("@")
    kind_text, _, value = head.partition(":")
    kind = next((known for known in FAULT_KINDS if known == kind_text), None)
    if kind is None:
        near = get_close_matches(kind_text, FAULT_KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(FAULT_KINDS)}"
        raise UserError(f"fault {text[:60]!r}: {hint}")
    try:
        return ScheduledFault(float(at), kind, float(value)) if value else ScheduledFault(float(at), kind)
    except ValueError:
        raise UserError(
            f"fault {text[:60]!r}: write KIND@SECONDS or KIND:VALUE@SECONDS, for example stall:3@30"
        ) from None


async def _run(
    transport: str, params: PeripheralParams, air: AirParams, carrier: bool, duration_s: float | None
) -> dict[str, int]:
    from sensor_pipeline.ble.virtual.offer import carry, offer

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends asyncio.run itself
            loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        if carrier:
            sensor = await stack.enter_async_context(carry(transport, params))
        else:
            (sensor,) = await stack.enter_async_context(offer(transport, (params,), air))
        click.echo(f"{sensor.name}, serial {params.serial}, on {transport}: waiting to be found", err=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await _watch(sensor, stop)
        return sensor.counts._asdict()


async def _watch(sensor: Peripheral, stop: asyncio.Event) -> None:
    """Say when something changes, until ``stop``."""
    said = ""
    while not stop.is_set():
        state = "streaming" if sensor.streaming else "connected" if sensor.connected else "advertising"
        line = f"{state}, {sensor.rate_hz:g} Hz, battery {math.floor(sensor.battery_percent)} %"
        if line != said:
            click.echo(f"{sensor.true_time_s:8.2f} s  {line}", err=True)
            said = line
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await stop.wait()
