"""One sentence about a link: what is wrong and what to do, "" where nothing is.

In: the state of a link, what was measured, the latest failure. Out: a sentence. Must not live here: finding these out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sensor_pipeline.ble.machine import STOPPED

if TYPE_CHECKING:
    from sensor_pipeline.ble.machine import State
    from sensor_pipeline.ble.meter import Meter
    from sensor_pipeline.ble.wanted import Wanted

RATE_TOLERANCE: Final = 0.12
"""Part of the rate that a sensor may be off: chips of this kind run up to 10 % off their nominal rate; the rates a
sensor offers are further apart than this."""
UNHEARD_S: Final = 5.0
"""A sensor that is on is heard within this time; before, nothing is said."""


def advise_link(
    state: State, meter: Meter, wanted: Wanted, *, scan_problem: str, turned_away: str, found: bool, now_s: float
) -> str:
    """Say what is wrong with a link and what to do.

    Args:
        state: of its supervision.
        meter: what the sensor sends.
        wanted: what was asked of it.
        scan_problem: why there is no scan, "" = there is one.
        turned_away: why the latest wrong device was refused, "" = none was.
        found: True once the right sensor streamed.
        now_s: event loop time.

    Returns:
        The sentence, without a full stop.
    """
    match state.phase:
        case "streaming":
            return advise_stream(meter, wanted)
        case "stalled":
            return "connected, but no data comes; START was sent again"
        case "ended":
            return _of_end(state)
        case "seeking" | "waiting" | "closing":
            return scan_problem or _of_absence(state, wanted, turned_away, found, now_s)
    if state.failures:
        return f"trying again after: {state.why}"
    return ""


def _of_rate(meter: Meter, wanted: Wanted) -> str:
    rate_hz = meter.rate_hz
    if rate_hz is None or abs(rate_hz - wanted.asked_hz) <= RATE_TOLERANCE * wanted.asked_hz:
        return ""
    found = f"asked for {wanted.asked_hz:g} Hz, the sensor sends {rate_hz:.3g} Hz"
    if wanted.spec.rate.verify:
        return f"{found}: {wanted.spec.rate.verify}"
    return f"{found}: switch it off and on, or choose that rate; if it stays, the spec's rate command does not fit it"


def advise_stream(meter: Meter, wanted: Wanted) -> str:
    """Say what is wrong with what a sensor sends, "" where nothing is."""
    if meter.mostly_rubbish:
        return (
            f"it sends bytes that {wanted.spec.id} does not allow ({meter.refused or 'no frame found'}): "
            "check the spec and the sensor's firmware version"
        )
    if meter.all_twice:
        return "everything arrives twice: close other programs that use the sensor, then switch it off and on"
    return _of_rate(meter, wanted)


def _of_absence(state: State, wanted: Wanted, turned_away: str, found: bool, now_s: float) -> str:
    if state.phase != "seeking" and state.why:
        return f"trying again after: {state.why}"
    if now_s - state.since_s < UNHEARD_S:
        return state.why
    if turned_away and not found:
        return f"{turned_away}; no other one was heard: switch the right sensor on, or say which one with --sensor"
    if found:
        return (
            f"lost ({state.why}) and not heard for {now_s - state.since_s:.0f} s: bring it nearer, check its battery; "
            "the recording goes on"
        )
    name = wanted.spec.name if wanted.match is None else ascii(wanted.match)[1:-1]
    return (
        f"{name} was not heard for {now_s - state.since_s:.0f} s: switch it on, bring it nearer, close the vendor's app"
    )


def _of_end(state: State) -> str:
    if state.first_data_s is None and not state.known:
        return "it was never connected: nothing was recorded of it"
    return "" if state.why == STOPPED else f"it did not come back before the end ({state.why})"
