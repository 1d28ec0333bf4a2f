"""What a sensor was asked: battery, boot, texts; and what of it is worth a line in the connection log.

In: blocks and texts as read. Out: the battery's level, whether the sensor has restarted. Must not live here: records,
when to read what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sensor_pipeline.ble.log import masked

if TYPE_CHECKING:
    from sensor_pipeline.ble.meter import Meter
    from sensor_pipeline.devices import SensorSpec


class Readings:
    """What is known of one sensor from reads.

    Args:
        spec: the sensor.
        meter: reads blocks, and needs the info block itself.
        note: gets a sentence for the connection log.

    Attributes:
        battery: percent, None = not read yet.
    """

    def __init__(self, spec: SensorSpec, meter: Meter, note: Callable[[str], None]) -> None:
        self._spec = spec
        self._meter = meter
        self._note = note
        self._boot_id: float | None = None
        self.battery: float | None = None

    def take(self, what: str, payload: bytes) -> str:
        """Use what was read.

        Args:
            what: info, battery, serial, firmware.
            payload: its bytes.

        Returns:
            How it shows that the sensor has restarted, "" where it has not.
        """
        if what not in ("info", "battery"):
            text = payload.decode("utf-8", "replace")
            self._note(f"{what} {masked(text) if what == 'serial' else text}")
            return ""
        found = self._meter.read(what, payload)
        if "percent" in found:
            if self.battery != found["percent"]:
                self._note(f"battery {found['percent']:.0f} %")
            self.battery = found["percent"]
        boot_id = found.get("boot_id")
        if boot_id is None:
            return ""
        before, self._boot_id = self._boot_id, boot_id
        if before is None or before == boot_id:
            return ""
        self._note("the sensor has restarted")
        return f"boot id {before} -> {boot_id}"

    def is_battery(self, characteristic: str, reply: bytes) -> bool:
        """True where an answer among the notifications is a battery block that cannot be read in another way."""
        block = self._spec.battery
        if block is None or block.char is not None:
            return False
        if block.reply is not None and (block.reply.char != characteristic or not reply.startswith(block.reply.prefix)):
            return False
        return reply.startswith(block.prefix)
