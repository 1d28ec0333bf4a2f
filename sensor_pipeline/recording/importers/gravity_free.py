"""Exports that can be read and must not be: gravity has been removed, so no angle against the vertical can be computed.

In: the column names of a file. Out: a refusal that says what to export instead. Must not live here: other refusals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers.columns import key_of, role_of
from sensor_pipeline.recording.importers.table import ACC_ROLES

_ANY_APP: Final = "export total (raw, calibrated) acceleration and angular velocity instead"
_GRAVITY_FREE: Final[Mapping[str, tuple[str, str]]] = {
    "freeaccx": (
        "Xsens free acceleration",
        "record with the payload 'Rate quantities' or 'Custom mode 5', or export Acc and Gyr columns",
    ),
    "linearaccelerationx": ("linear acceleration", _ANY_APP),
    "linearaccelerometerx": ("linear acceleration", _ANY_APP),
    "linearaccelx": ("linear acceleration", _ANY_APP),
    "linearaccx": ("linear acceleration", _ANY_APP),
    "useraccelerationx": ("user acceleration", _ANY_APP),
}


def refuse_gravity_free(names: Sequence[str], chosen: Mapping[str, str], file_name: str) -> None:
    """Refuse a file whose only acceleration is free of gravity.

    Args:
        names: the file's columns.
        chosen: the person's own choice of columns; with one for the accelerometer nothing is refused here.
        file_name: for messages.

    Raises:
        FileError: such a column is there, and no total acceleration.
    """
    if any(role in chosen for role in ACC_ROLES) or any(role_of(name) in ACC_ROLES for name in names):
        return
    keys = {key_of(name) for name in names}
    for key, (what, instead) in _GRAVITY_FREE.items():
        if key in keys:
            raise FileError(
                f"{file_name}: holds {what} only: gravity has been removed, and the shin angle cannot be computed "
                f"without it; {instead}"
            )
