"""Which sensors are meant: from what a person typed to specs and identities.

In: ``--sensor`` and ``--side``, a radio to listen on. Out: what is wanted. Must not live here: the meaning of
advertisements, the connection.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensor_pipeline.ble.radio import Radio
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.types import Side

LISTEN_S: Final = 10.0
"""How long sensors are listened for, to find out what kind the chosen one is; one that is found ends it."""
MOST_SENSORS: Final = 2
"""One for each leg."""


def check_sides(sensors: Sequence[str], sides: Sequence[Side]) -> tuple[Side, ...]:
    """The leg of each sensor.

    Raises:
        UserError: more sensors than legs, a leg that was not said, or said twice.
    """
    count = max(len(sensors), 1)
    if count > MOST_SENSORS:
        raise UserError(f"{count} sensors: one for each leg, {MOST_SENSORS} at most")
    if len(sides) != count:
        missing = "say which leg wears it: --side left or --side right"
        raise UserError(
            f"{count} sensor{'s' * (count > 1)} and {len(sides)} times --side: {missing}"
            + (", once for each sensor, in the same order" * (count > 1))
        )
    if len(set(sides)) < len(sides):
        raise UserError(f"--side {sides[0]} twice: each leg wears one sensor")
    return tuple(sides)


def spec_named(text: str) -> tuple[SensorSpec, str | None] | None:
    """Read a choice that names its spec: ``movella-dot``, ``./my.toml``, ``shin-imu-v1:SERIAL``; None = it does not.

    Raises:
        FileError: the spec file cannot be read.
        SpecError: the schema refuses it.
    """
    from sensor_pipeline.library.specs import load_spec, spec_ids

    head, _, rest = text.partition(":")
    if head in spec_ids() or head.endswith(".toml"):
        return load_spec(head), rest or None
    return None


async def choose(
    radio: Radio, sensors: Sequence[str], sides: Sequence[Side], rate_hz: float | None
) -> tuple[Wanted, ...]:
    """Find out which sensors are meant; listens only where the kind of one has to be found out.

    Args:
        radio: where to listen.
        sensors: for each: a spec, a name, a serial number, an address, or spec:one-of-these; none = the only one.
        sides: their legs.
        rate_hz: rate to set, None = each spec's default.

    Raises:
        UserError: several fit, or the rate is not offered.
        RadioError: the radio does not work, or no such sensor was heard.
    """
    from sensor_pipeline.ble.scan import find_one
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.library.specs import load_spec, spec_ids

    found: list[Wanted] = []
    specs: tuple[SensorSpec, ...] = ()
    for text, side in zip(sensors or (None,), sides, strict=True):
        named = None if text is None else spec_named(text)
        if named is not None:
            spec, match = named
        else:
            specs = specs or tuple(load_spec(name) for name in spec_ids())
            match = text
            kind = None if text is None else await _kind(radio, specs, text)
            if kind is None:
                kind = (await find_one(radio, specs, text, LISTEN_S)).spec_id
            spec = next(one for one in specs if one.id == kind)
        if spec.why_not_for_angle:
            raise UserError(f"{spec.id} cannot be used: {spec.why_not_for_angle}")
        found.append(Wanted(spec, rate_hz=rate_hz, side=side, match=match))
    for one in found:
        if one.match is None and sum(other.spec.id == one.spec.id for other in found) > 1:
            raise UserError(
                f"two sensors of the kind {one.spec.id}: say which one is on which leg, "
                f"--sensor {one.spec.id}:SERIAL --side {one.side}; 'dorsi scan --ask' shows serial numbers"
            )
    return tuple(found)


async def _kind(radio: Radio, specs: Sequence[SensorSpec], text: str) -> str | None:
    """The spec of the sensor that is called ``text``; of the only kind around where nothing advertises that name: its
    serial number is then read after connecting. None = neither."""
    from sensor_pipeline.ble.match import is_called
    from sensor_pipeline.ble.scan import scan

    kinds: set[str] = set()
    async with aclosing(scan(radio, specs, LISTEN_S)) as stream:
        async for seen in stream:
            usable = [one for one in seen if one.usable and one.spec_id is not None]
            meant = {one.spec_id for one in usable if is_called(one, text)}
            if len(meant) == 1:
                return meant.pop()
            kinds = {str(one.spec_id) for one in usable}
    return kinds.pop() if len(kinds) == 1 else None


def persistent_notice(wanted: Sequence[Wanted]) -> list[str]:
    """What has to be said before a setting that a sensor keeps over power-off."""
    return [
        f"{one.side}: {one.spec.name} keeps its rate over power-off: it is set to {one.asked_hz:g} Hz for good"
        for one in wanted
        if one.spec.rate.persistent and one.spec.rate.set
    ]
