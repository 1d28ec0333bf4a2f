"""Angles from orientation and mounting; the formulas are in :mod:`sensor_pipeline.frames`.

In: quaternions (sensor to earth), a mounting, rest and repetition state. Out: angle arrays. Must not live here:
formulas, filters, repetition logic.
"""

from __future__ import annotations

import numpy as np

from sensor_pipeline import frames
from sensor_pipeline.types import BoolArray, FloatArray, Mounting, Side


def inclination(quat: FloatArray, mounting: Mounting, side: Side) -> tuple[FloatArray, FloatArray]:
    """Dorsiflexion and frontal tilt of rows that share one mounting.

    Args:
        quat: (n, 4) sensor-to-earth quaternions.
        mounting: how the sensor sits on the shin.
        side: which leg.

    Returns:
        Dorsiflexion (n,) and frontal tilt (n,) in rad. With a tilt-only mounting the first is the unsigned total tilt
        and the second means nothing.
    """
    u_x, u_y, u_z = frames.rotate(_rotation(mounting), *frames.up_in_sensor(quat))
    if mounting.tilt_only:
        return frames.tilt_rad(u_x, u_y, u_z), np.zeros(len(quat))
    return frames.dorsiflexion_rad(u_x, u_z), frames.frontal_rad(u_y, side)


class AxialStage:
    """Axial rotation since the last rest, for rows inside a repetition.

    It drifts (no magnetometer), so it is measured over one repetition only.
    """

    def __init__(self, side: Side) -> None:
        """Args: which leg."""
        self._side: Side = side
        self._rest_quat: FloatArray | None = None  # (4,) orientation at the last rest

    def reset(self) -> None:
        """Forget the last rest: the orientation filter has restarted, its heading means something else now."""
        self._rest_quat = None

    def update(
        self, quat: FloatArray, mounting: Mounting, at_rest: BoolArray, in_rep: BoolArray
    ) -> tuple[FloatArray, BoolArray]:
        """Axial rotation of a block of rows that share one mounting.

        Args:
            quat: (n, 4) sensor-to-earth quaternions.
            mounting: how the sensor sits; a tilt-only one gives no axial angle.
            at_rest: (n,) rest state.
            in_rep: (n,) whether a repetition was open.

        Returns:
            (n,) rad, positive internal, and (n,) whether it means something.
        """
        n = len(quat)
        carried = quat[:1] if self._rest_quat is None else self._rest_quat[None, :]
        rows = np.maximum.accumulate(np.where(at_rest, np.arange(1, n + 1), 0)) if n else np.zeros(0, np.int64)
        reference = np.concatenate((carried, quat))[rows]
        has = in_rep & ((rows > 0) | (self._rest_quat is not None))
        if n and rows[-1] > 0:
            self._rest_quat = quat[rows[-1] - 1].copy()
        if mounting.tilt_only:
            return np.zeros(n), np.zeros(n, np.bool_)
        # relative rotation conj(reference) * quat in sensor axes; its vector part turned into shin axes
        w0, x0, y0, z0 = reference[:, 0], reference[:, 1], reference[:, 2], reference[:, 3]
        w1, x1, y1, z1 = quat[:, 0], quat[:, 1], quat[:, 2], quat[:, 3]
        w = w0 * w1 + x0 * x1 + y0 * y1 + z0 * z1
        x = w0 * x1 - x0 * w1 - y0 * z1 + z0 * y1
        y = w0 * y1 - y0 * w1 - z0 * x1 + x0 * z1
        z = w0 * z1 - z0 * w1 - x0 * y1 + y0 * x1
        _, _, twist_z = frames.rotate(_rotation(mounting), x, y, z)
        return np.where(has, frames.axial_rad(twist_z, w, self._side), 0.0), has


def _rotation(mounting: Mounting) -> frames.Rotation:
    a, b, c, d, e, f, g, h, i = mounting.rotation
    return (a, b, c, d, e, f, g, h, i)
