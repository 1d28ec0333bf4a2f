"""Units that files use: their spellings and their factors to SI.

In: the text of a unit. Out: one of the unit names of :mod:`.table`, factors. Must not live here: finding a
unit from data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.recording.importers.table import AccUnit, GyrUnit, TimeUnit

ACC_TO_M_S2: Final[Mapping[AccUnit, float]] = {"m/s2": 1.0, "g": G_M_S2, "mg": G_M_S2 / 1000.0}
GYR_TO_RAD_S: Final[Mapping[GyrUnit, float]] = {"rad/s": 1.0, "deg/s": RAD_PER_DEG}
TIME_TO_S: Final[Mapping[TimeUnit, float]] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

# Spellings, without spaces, ^ * · . and brackets; superscript two written as 2; lower case.
# They come from the headers of x-io, Xsens, WitMotion, Shimmer, MetaWear and phone logger exports.
_ACC: Final[Mapping[str, AccUnit]] = {
    "m/s2": "m/s2",
    "ms2": "m/s2",
    "ms-2": "m/s2",
    "m/s/s": "m/s2",
    "mps2": "m/s2",
    "m/sec2": "m/s2",
    "g": "g",
    "gs": "g",
    "mg": "mg",
}
_GYR: Final[Mapping[str, GyrUnit]] = {
    "rad/s": "rad/s",
    "rad/sec": "rad/s",
    "rads": "rad/s",
    "rads-1": "rad/s",
    "radps": "rad/s",
    "deg/s": "deg/s",
    "deg/sec": "deg/s",
    "degs": "deg/s",
    "dps": "deg/s",
    "°/s": "deg/s",
    "º/s": "deg/s",
    "degree/s": "deg/s",
    "degrees/s": "deg/s",
}
_TIME: Final[Mapping[str, TimeUnit]] = {
    "s": "s",
    "sec": "s",
    "secs": "s",
    "seconds": "s",
    "ms": "ms",
    "msec": "ms",
    "milliseconds": "ms",
    "us": "us",
    "µs": "us",
    "μs": "us",
    "usec": "us",
    "microseconds": "us",
    "ns": "ns",
    "nsec": "ns",
    "nanoseconds": "ns",
}
# Further units that may stand in a row of units below the header, of columns that are not used.
_OTHER: Final = frozenset(
    {"ut", "µt", "μt", "mgauss", "gauss", "t", "deg", "rad", "°", "°c", "c", "v", "mv", "%", "-", "none"}
)


def _plain(text: str) -> str:
    plain = text.strip().lower().replace("²", "2").replace("⁻", "-").replace("¹", "1").replace("**", "")
    return "".join(ch for ch in plain if ch not in " ^*·.()[]_")


def acc_unit(text: str) -> AccUnit | None:
    """Unit of acceleration that a text names, None where it names none."""
    return _ACC.get(_plain(text))


def gyr_unit(text: str) -> GyrUnit | None:
    """Unit of angular rate that a text names, None where it names none."""
    return _GYR.get(_plain(text))


def time_unit(text: str) -> TimeUnit | None:
    """Unit of time that a text names, None where it names none."""
    return _TIME.get(_plain(text))


def is_unit(text: str) -> bool:
    """True where a text is a unit and nothing else: tells a row of units from a row of names."""
    plain = _plain(text)
    return plain in _ACC or plain in _GYR or plain in _TIME or plain in _OTHER
