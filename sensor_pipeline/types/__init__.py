"""Frozen values that cross room borders: records, packets, rows, results, events, settings.

In: nothing. Out: dataclasses and type aliases. Must not live here: behaviour, thresholds, formulas.

Signs, units and axes are in :mod:`sensor_pipeline.frames`. Arrays are C-contiguous float64, rows are samples.
Where a value can be unknown in a row, a boolean ``has_*`` array says so: NaN is never a flag.
"""

from sensor_pipeline.types.basic import (
    BoolArray,
    Channel,
    Flag,
    FlagArray,
    FloatArray,
    HeelState,
    IntArray,
    Json,
    LinkState,
    RefersTo,
    Side,
)
from sensor_pipeline.types.events import (
    BadPacket,
    BatteryLevel,
    Block,
    Cue,
    Event,
    Gap,
    HoldEnded,
    HoldStarted,
    LinkChanged,
    MountingRefused,
    MountingSet,
    RepDone,
    RepRejected,
    RepStarted,
    SensorRestarted,
    StalePacket,
)
from sensor_pipeline.types.packets import Decoded, Packet, PacketRun, StreamTiming
from sensor_pipeline.types.records import Flush, ImportedSamples, Input, Link, Notification, Read, Record, Tick
from sensor_pipeline.types.results import Mounting, Rep, StreamLedger
from sensor_pipeline.types.rows import Angles, LateAngles, Samples, SideAngles
from sensor_pipeline.types.settings import SensorSetup, Targets

__all__ = [
    "Angles",
    "BadPacket",
    "BatteryLevel",
    "Block",
    "BoolArray",
    "Channel",
    "Cue",
    "Decoded",
    "Event",
    "Flag",
    "FlagArray",
    "FloatArray",
    "Flush",
    "Gap",
    "HeelState",
    "HoldEnded",
    "HoldStarted",
    "ImportedSamples",
    "Input",
    "IntArray",
    "Json",
    "LateAngles",
    "Link",
    "LinkChanged",
    "LinkState",
    "Mounting",
    "MountingRefused",
    "MountingSet",
    "Notification",
    "Packet",
    "PacketRun",
    "Read",
    "Record",
    "RefersTo",
    "Rep",
    "RepDone",
    "RepRejected",
    "RepStarted",
    "Samples",
    "SensorRestarted",
    "SensorSetup",
    "Side",
    "SideAngles",
    "StalePacket",
    "StreamLedger",
    "StreamTiming",
    "Targets",
    "Tick",
]
