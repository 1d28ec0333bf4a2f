"""Shin angle of a weight-bearing lunge, live, from one IMU on the shin.

The public names are loaded when they are first used, so that ``import sensor_pipeline`` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensor_pipeline.version import __version__

if TYPE_CHECKING:
    from sensor_pipeline.engine import Engine, SessionSetup
    from sensor_pipeline.library.session import Session, load_session
    from sensor_pipeline.library.sessions import Library
    from sensor_pipeline.library.specs import load_spec
    from sensor_pipeline.pipeline import Pipeline

__all__ = ["Engine", "Library", "Pipeline", "Session", "SessionSetup", "__version__", "load_session", "load_spec"]

_HOMES = {
    "Engine": "sensor_pipeline.engine",
    "SessionSetup": "sensor_pipeline.engine",
    "Pipeline": "sensor_pipeline.pipeline",
    "Session": "sensor_pipeline.library.session",
    "load_session": "sensor_pipeline.library.session",
    "Library": "sensor_pipeline.library.sessions",
    "load_spec": "sensor_pipeline.library.specs",
}


def __getattr__(name: str) -> object:
    """Load a public name from the room that owns it (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)
