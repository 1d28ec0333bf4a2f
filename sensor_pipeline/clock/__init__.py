"""Device counters and time stamps become sample times; the device's clock becomes the host's.

In: packets with their arrival, or rows of a file. Out: samples in session time, gap and restart events, ledgers. Must
not live here: bytes, orientation, the wall clock.
"""

from sensor_pipeline.clock.file import FileClock
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.rows import joined
from sensor_pipeline.clock.sensor import ClockOut, SensorClock

__all__ = ["ClockOut", "ClockParams", "FileClock", "SensorClock", "joined"]
