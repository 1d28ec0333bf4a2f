"""Angles from orientation and mounting; the formulas are in :mod:`sensor_pipeline.frames`.

In: quaternions (sensor to earth), a mounting, rest and repetition state. Out: angle arrays. Must not live here:
formulas, filters, repetition logic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensor_pipeline import frames
from sensor_pipeline.types import BoolArray, FloatArray, Mounting, Side, SideAngles

FEW_ROWS: Final = 16
"""Blocks up to this size go row by row in plain Python: numpy's cost per call would exceed theirs (measured)."""


def dorsiflexion(quat: FloatArray, mounting: Mounting) -> FloatArray:
    """Dorsiflexion of rows that share one mounting; with a tilt-only one, the unsigned total tilt.

    Args:
        quat: (n, 4) sensor-to-earth quaternions.
        mounting: how the sensor sits on the shin.

    Returns:
        (n,) rad.
    """
    if len(quat) <= FEW_ROWS:
        return frames.lean_few(quat, mounting.rotation, tilt_only=mounting.tilt_only)
    u_x, u_y, u_z = frames.rotate(_rotation(mounting), *frames.up_in_sensor(quat))
    return frames.tilt_rad(u_x, u_y, u_z) if mounting.tilt_only else frames.dorsiflexion_rad(u_x, u_z)


@dataclass(slots=True)
class SideRows:
    """Rows that share one mounting: all that their frontal and axial angles are computed from.

    Attributes:
        quat: (n, 4) sensor-to-earth quaternions.
        mounting: how the sensor sits on the shin.
        side: which leg.
        reference: (1, 4) orientation at the last rest outside a repetition before these rows, None without one.
        at_rest: (n,) rest state; one bool where it is the same for all rows.
        in_rep: (n,) whether a repetition was open; one bool as above.
    """

    quat: FloatArray
    mounting: Mounting
    side: Side
    reference: FloatArray | None
    at_rest: BoolArray | Sequence[bool] | bool
    in_rep: BoolArray | Sequence[bool] | bool

    def angles(self) -> SideAngles:
        """Frontal and axial angle, and where they mean something; nowhere with a tilt-only mounting."""
        n = len(self.quat)
        if self.mounting.tilt_only:
            return no_side_angles(n)
        _, u_y, _ = frames.rotate(_rotation(self.mounting), *frames.up_in_sensor(self.quat))
        axial_rad, has_axial = self._axial()
        return SideAngles(frames.frontal_rad(u_y, self.side), np.ones(n, np.bool_), axial_rad, has_axial)

    def _axial(self) -> tuple[FloatArray, BoolArray]:
        """Axial rotation since the last rest outside a repetition.

        It drifts (no magnetometer), so it means something within one repetition only.
        """
        quat, n = self.quat, len(self.quat)
        in_rep, at_rest = np.empty(n, np.bool_), np.empty(n, np.bool_)
        in_rep[:], at_rest[:] = self.in_rep, self.at_rest
        if not in_rep.any():
            return np.zeros(n), in_rep
        rows = np.maximum.accumulate(np.where(at_rest & ~in_rep, np.arange(1, n + 1), 0))
        reference = np.concatenate((quat[:1] if self.reference is None else self.reference, quat))[rows]
        has = in_rep & ((rows > 0) | (self.reference is not None))
        # relative rotation conj(reference) * quat in sensor axes; its vector part turned into shin axes
        w0, x0, y0, z0 = reference[:, 0], reference[:, 1], reference[:, 2], reference[:, 3]
        w1, x1, y1, z1 = quat[:, 0], quat[:, 1], quat[:, 2], quat[:, 3]
        w = w0 * w1 + x0 * x1 + y0 * y1 + z0 * z1
        x = w0 * x1 - x0 * w1 - y0 * z1 + z0 * y1
        y = w0 * y1 - y0 * w1 - z0 * x1 + x0 * z1
        z = w0 * z1 - z0 * w1 - x0 * y1 + y0 * x1
        _, _, twist_z = frames.rotate(_rotation(self.mounting), x, y, z)
        return np.where(has, frames.axial_rad(twist_z, w, self.side), 0.0), has


class LastRest:
    """Orientation at the last row of rest outside a repetition: what axial rotation is measured from.

    A hold is a rest, too; it is no reference, or the rotation of the very repetition would be lost.
    """

    def __init__(self) -> None:
        """No rest was seen yet."""
        self.quat: FloatArray | None = None
        """(1, 4), None before the first rest."""

    def reset(self) -> None:
        """Forget it: the orientation filter has restarted, its heading means something else now."""
        self.quat = None

    def follow(self, quat: FloatArray, at_rest: BoolArray, in_rep: BoolArray) -> None:
        """Follow a block: (n, 4) orientations, (n,) rest state, (n,) whether a repetition was open."""
        rested = np.flatnonzero(at_rest & ~in_rep)
        if len(rested):
            row = int(rested[-1])
            self.quat = quat[row : row + 1].copy()

    def follow_few(self, quat: FloatArray, at_rest: Sequence[bool], in_rep: bool | Sequence[bool]) -> None:
        """Follow a packet: :meth:`follow` without what numpy costs per call."""
        if in_rep is True:
            return
        for row in range(len(at_rest) - 1, -1, -1):
            if at_rest[row] and not (in_rep and in_rep[row]):
                self.quat = quat[row : row + 1]
                return


def no_side_angles(rows: int) -> SideAngles:
    """For rows without a mounting, or with one that gives the total tilt only."""
    no = np.zeros(rows, np.bool_)
    return SideAngles(np.zeros(rows), no, np.zeros(rows), no)


def side_angles(rows: int, parts: Sequence[tuple[slice, SideRows]]) -> SideAngles:
    """Frontal and axial angles of a block of which only some ``parts`` have a mounting."""
    if len(parts) == 1 and len(parts[0][1].quat) == rows:
        return parts[0][1].angles()
    frontal_rad, axial_rad = np.zeros(rows), np.zeros(rows)
    has_frontal, has_axial = np.zeros(rows, np.bool_), np.zeros(rows, np.bool_)
    for cut, part in parts:
        frontal_rad[cut], has_frontal[cut], axial_rad[cut], has_axial[cut] = part.angles()
    return SideAngles(frontal_rad, has_frontal, axial_rad, has_axial)


def _rotation(mounting: Mounting) -> frames.Rotation:
    a, b, c, d, e, f, g, h, i = mounting.rotation
    return (a, b, c, d, e, f, g, h, i)
