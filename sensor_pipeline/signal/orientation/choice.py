"""Which orientation filter: by name, or the best one that is installed.

In: a name and a rate. Out: a filter. Must not live here: parameters or workings of a filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.signal.orientation.imufusion_filter import ImufusionFilter, ImufusionParams
from sensor_pipeline.signal.orientation.protocol import OrientationFilter, require_rate
from sensor_pipeline.signal.orientation.vqf_filter import VqfFilter, VqfParams


@dataclass(frozen=True, slots=True)
class OrientationParams:
    """Parameters of every filter; the chosen one takes its own."""

    vqf: VqfParams = field(default_factory=VqfParams)
    imufusion: ImufusionParams = field(default_factory=ImufusionParams)


_FILTERS: Final[Mapping[str, Callable[[float, OrientationParams], OrientationFilter]]] = MappingProxyType(
    {
        "vqf": lambda rate_hz, params: VqfFilter(rate_hz, params.vqf),
        "imufusion": lambda rate_hz, params: ImufusionFilter(rate_hz, params.imufusion),
    }
)
FILTER_NAMES: Final = tuple(_FILTERS)
"""Every filter this package knows, the preferred one first (docs/accuracy.md has their errors)."""

_ANY_RATE_HZ: Final = 100.0  # only to try whether a filter's library loads


def make_filter(rate_hz: float, name: str | None = None, params: OrientationParams | None = None) -> OrientationFilter:
    """Make an orientation filter.

    Args:
        rate_hz: nominal sample rate in Hz; the true spacing of the rows goes into ``update``.
        name: vqf or imufusion; None = the first of them that is installed.
        params: of all filters; None = the defaults.

    Returns:
        The filter, not started. Its library is imported here, not before.

    Raises:
        UserError: an unknown name, a filter that is not installed, none installed, or a rate that is too low.
    """
    require_rate(rate_hz)
    params = params or OrientationParams()
    if name is not None:
        if name not in _FILTERS:
            raise UserError(f"orientation filter {name!r} is unknown; use one of {', '.join(FILTER_NAMES)}")
        return _FILTERS[name](rate_hz, params)
    for factory in _FILTERS.values():
        try:
            return factory(rate_hz, params)
        except UserError:  # the rate is good, so its library is missing: the next one
            continue
    raise UserError("no orientation filter is installed: pip install vqf (or imufusion, which has wheels everywhere)")


def available_filters() -> tuple[str, ...]:
    """Names of the filters whose library loads here, the preferred one first. Loads each of them."""
    found = []
    for name, factory in _FILTERS.items():
        try:
            factory(_ANY_RATE_HZ, OrientationParams())
        except UserError:
            continue
        found.append(name)
    return tuple(found)
