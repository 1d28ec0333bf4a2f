"""Names and versions of the software that made a session.

In: nothing. Out: names and versions. Must not live here: the import of any of it: versions come from package metadata.
"""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Final

from sensor_pipeline.version import __version__

_COMPUTING: Final = ("numpy", "scipy", "vqf", "imufusion", "pyarrow")
"""Installed packages that can change a stored number or its file."""


def software_versions() -> dict[str, str]:
    """Return versions by name: sensor_pipeline, python, system, and each installed package that computes or stores."""
    versions = {
        "sensor_pipeline": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name in _COMPUTING:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # vqf and imufusion stand in for each other: one may be absent
    return versions
