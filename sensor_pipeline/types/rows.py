"""Sample rows and their angles: what the signal stages exchange."""

from __future__ import annotations

from dataclasses import dataclass

from sensor_pipeline.types.basic import BoolArray, FlagArray, FloatArray


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of samples in time order, chip axes.

    Attributes:
        time_s: (n,) session time, strictly rising, 0 = the first record; never revised.
        dt_s: (n,) spacing to the row before, by the device's own clock.
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


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles of the rows of a :class:`Samples` block, rad. Where ``has_*`` is False the value 0 means nothing."""

    dorsiflexion_rad: FloatArray
    has_dorsiflexion: BoolArray
    frontal_rad: FloatArray
    has_frontal: BoolArray
    axial_rad: FloatArray
    has_axial: BoolArray
