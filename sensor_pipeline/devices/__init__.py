"""Sensors as data: specs, their parser and checker, framers, decode and encode.

In: spec text, bytes of a sensor. Out: specs, packets, bytes. Must not live here: files, radio, clocks, a sensor's name.
"""

from sensor_pipeline.devices.commands import Message, check_rate, rate_messages, start_messages, stop_messages
from sensor_pipeline.devices.decoder import Decoder
from sensor_pipeline.devices.encoder import Encoder
from sensor_pipeline.devices.layout import PacketLayout, SampleField
from sensor_pipeline.devices.parse import MAX_SPEC_BYTES, parse_spec, read_spec
from sensor_pipeline.devices.spec import SensorSpec
from sensor_pipeline.devices.vectors import vector_problems

__all__ = [
    "MAX_SPEC_BYTES",
    "Decoder",
    "Encoder",
    "Message",
    "PacketLayout",
    "SampleField",
    "SensorSpec",
    "check_rate",
    "parse_spec",
    "rate_messages",
    "read_spec",
    "start_messages",
    "stop_messages",
    "vector_problems",
]
