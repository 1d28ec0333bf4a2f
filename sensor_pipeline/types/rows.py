"""Sample rows and their angles: what the signal stages exchange."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sensor_pipeline.types.basic import BoolArray, FlagArray, FloatArray


@dataclass(slots=True)
class Samples:
    """A block of samples in time order, chip axes. Not to be changed; not frozen, since one is made for every packet.

    Attributes:
        time_s: (n,) session time, strictly rising, 0 = the first record; never revised.
        dt_s: (n,) spacing to the row before, by the device's own clock; of stride 0 where it is the same for all rows.
        acc_m_s2, gyr_rad_s: (n, 3) each.
        flags: (n,) bits of :class:`Flag`.
    """

    time_s: FloatArray
    dt_s: FloatArray
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray
    flags: FlagArray

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.time_s)


@dataclass(slots=True)
class Angles:
    """Angles of the rows of a :class:`Samples` block, rad. Where ``has_*`` is False the value 0 means nothing."""

    dorsiflexion_rad: FloatArray
    has_dorsiflexion: BoolArray
    frontal_rad: FloatArray
    has_frontal: BoolArray
    axial_rad: FloatArray
    has_axial: BoolArray


class SideAngles(NamedTuple):
    """The angles of a block that only some readers of it want: the last four of :class:`Angles`."""

    frontal_rad: FloatArray
    has_frontal: BoolArray
    axial_rad: FloatArray
    has_axial: BoolArray


class LateAngles(Angles):
    """Angles of a packet whose frontal and axial ones are computed when somebody asks for them, once."""

    __slots__ = ("_compute",)

    def __init__(
        self, dorsiflexion_rad: FloatArray, has_dorsiflexion: BoolArray, compute: Callable[[], SideAngles]
    ) -> None:
        """Args: the angle that is known, and what makes the others: the same values whenever it is called."""
        self.dorsiflexion_rad = dorsiflexion_rad
        self.has_dorsiflexion = has_dorsiflexion
        self._compute: Callable[[], SideAngles] | None = compute

    def __getattr__(self, name: str) -> FloatArray | BoolArray:
        """Fill in the fields that are still empty: Python asks here only for those."""
        if name not in SideAngles._fields or self._compute is None:
            raise AttributeError(name)
        found, self._compute = self._compute(), None  # what it holds, a block's inputs, is wanted no longer
        self.frontal_rad, self.has_frontal, self.axial_rad, self.has_axial = found
        value: FloatArray | BoolArray = getattr(found, name)
        return value
