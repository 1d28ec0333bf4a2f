"""The live check: a scan, and what it heard. It receives only; nothing is connected to.

In: a radio, specs, time. Out: checks. Must not live here: the scan itself (ble).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from sensor_pipeline.cli.checks.check import Check
from sensor_pipeline.errors import RadioError

if TYPE_CHECKING:
    from sensor_pipeline.ble.match import Seen
    from sensor_pipeline.ble.radio import Maker
    from sensor_pipeline.devices import SensorSpec


async def live(radio: Maker, specs: Sequence[SensorSpec], seconds: float) -> list[Check]:
    """Scan and judge what was heard.

    Args:
        radio: where to scan.
        specs: the sensors that are looked for.
        seconds: how long.
    """
    from sensor_pipeline.ble.scan import scan

    seen: tuple[Seen, ...] = ()
    try:
        async with aclosing(scan(radio, specs, seconds)) as stream:
            async for snapshot in stream:
                seen = snapshot
    except RadioError as error:
        return [refused(error)]
    return heard(seen, seconds)


def refused(error: RadioError) -> Check:
    """Judge a radio that cannot be used: what is wrong, and the one thing to do."""
    from sensor_pipeline.ble.reasons import advise

    if error.__cause__ is None:
        return Check("scan", "fail", str(error), "'dorsi scan' again once that is done")
    advice = advise(error.__cause__)
    return Check("scan", "fail", advice.wrong, advice.fix)


def heard(seen: Sequence[Seen], seconds: float) -> list[Check]:
    """Judge what a scan of some seconds heard."""
    from sensor_pipeline.ble.scan import not_told_apart, usual_causes
    from sensor_pipeline.cli.scan_view import cells, counted, name_of

    usable = [item for item in seen if item.usable]
    scan_check = Check("scan", "ok", f"{counted(len(seen), 'device')} heard in {seconds:g} s")
    if not usable:
        first = usual_causes(seen)[0]
        nothing = Check("sensors", "warn", f"none that can be used; most often: {first.cause}", first.fix)
        return [scan_check, nothing]
    checks = [scan_check]
    for item in usable:
        signal = cells(item)[3]
        checks.append(Check("sensor", "ok", f"{name_of(item)}: {item.spec_id}, signal {signal}"))
    for spec_id in not_told_apart(seen):
        checks.append(
            Check("sensors", "warn", f"several {spec_id} without a serial number", "'dorsi scan --ask' reads it")
        )
    return checks
