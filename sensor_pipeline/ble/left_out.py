"""Sensors that people have and no spec can describe: what their advertised name begins with, and why.

In: nothing. Out: a table. Must not live here: sensors that a spec describes; firmware_specs/README.md lists the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_CLASSIC: Final = "it speaks Bluetooth Classic, not Bluetooth Low Energy: no program of this kind can receive it"
_OWN_FIRMWARE: Final = "its stock firmware has no fixed motion layout: flash the open shin IMU profile onto it"


class LeftOut(NamedTuple):
    """One entry: ``prefix`` of the advertised name, ``why`` it cannot be used and what helps."""

    prefix: str
    why: str


LEFT_OUT: Final = (
    LeftOut("BWT901CL", f"{_CLASSIC}; the WitMotion models with BLE in their name work"),
    LeftOut("x-IMU3", _CLASSIC),
    LeftOut("Bangle.js", _OWN_FIRMWARE),
    LeftOut("M5Stick", _OWN_FIRMWARE),
    LeftOut("Thingy:53", _OWN_FIRMWARE),
    LeftOut("XIAO", _OWN_FIRMWARE),
    LeftOut("Arduino", _OWN_FIRMWARE),
    LeftOut("Nano 33", _OWN_FIRMWARE),
)
"""Looked up only where no spec matches. Source: the vendors' pages, see firmware_specs/README.md, "Left out"."""
