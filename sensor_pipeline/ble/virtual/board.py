"""The inside of a virtual sensor: chip, firmware and settings, over restarts and changes of the rate.

In: a simulated sensor on a leg, true time, what commands ask for. Out: notifications, info and battery blocks, where
every sample went. Must not live here: GATT, radio, faults, the meaning of written bytes.

A firmware of ``simulate`` has one setting for life; a change of rate, range or packet length makes the next one, which
goes on with the counter and the clock of the last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams, SampleCounts
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import Sensor, SensorParams
from sensor_pipeline.simulate.strap import StrappedMotion
from sensor_pipeline.simulate.wire import Wire

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.simulate.session import SimulatedSensor

CONFIG_IDS: Final = 16
"""A setting's number has four bits on the wire."""
INSTANT_S: Final = 1e-9
"""A firmware that restarts at 0 s restarts this much later: it refuses to do so at 0."""


class _NumberedWire(Wire):
    """A wire whose info block and packets carry the number of the setting they belong to."""

    def __init__(self, spec: SensorSpec, stream: str | None, chip: SensorParams, config_id: int) -> None:
        self._config_id = config_id
        super().__init__(spec, stream, chip)

    def _info_fields(self, boot_id: int, samples_per_packet: int, clock_s: float) -> dict[str, float] | None:
        fields = super()._info_fields(boot_id, samples_per_packet, clock_s)
        if fields is not None and "config_id" in fields:
            fields["config_id"] = self._config_id
        return fields


class Board:
    """Chip and firmware of one virtual sensor.

    Args:
        spec: the sensor.
        worn: the leg it is strapped to, and how; its chip.
        params: the firmware's settings; its ``mtu`` is the largest one it takes.
        seed: decides the noise.
        rate_hz: rate after power-on.
        stream: stream that it starts with, None = the spec's first.
    """

    def __init__(
        self,
        spec: SensorSpec,
        worn: SimulatedSensor,
        params: FirmwareParams,
        *,
        seed: int,
        rate_hz: float,
        stream: str | None,
    ) -> None:
        self._spec = spec
        self._worn = worn
        self._params = params
        self._seed = seed
        self._stream = spec.stream(stream).name
        self._power_on_hz = rate_hz
        self._chip = replace(worn.wire.chip, rate_hz=rate_hz)
        self._ranges: dict[str, float] = dict(self._power_on_ranges)
        self._asked = params.samples_per_packet
        self._mtu = params.mtu
        self._boot_s = 0.0
        self._boots = self._settings = 0
        self._config_id = 1
        self._retired = SampleCounts(0, 0, 0)
        self._wire = self._new_wire()
        self._firmware = self._new_firmware(self._fitting())
        self._counter_start = params.counter_start
        self._started = False

    @property
    def wire(self) -> Wire:
        """The layout of its bytes as set now."""
        return self._wire

    @property
    def rate_hz(self) -> float:
        """Nominal rate as set now."""
        return self._chip.rate_hz

    @property
    def boot_id(self) -> int:
        """Identifies the running boot."""
        return self._firmware.boot_id

    @property
    def started(self) -> bool:
        """True while it streams."""
        return self._started

    @property
    def counts(self) -> SampleCounts:
        """Where all samples so far went, over every restart and setting."""
        now, before = self._firmware.counts, self._retired
        return SampleCounts(now.sampled + before.sampled, now.sent + before.sent, now.dropped + before.dropped)

    def start(self, time_s: float, *, stream: str | None, mtu: int, rate_hz: float | None = None) -> None:
        """Stream, with packets that fit the connection; ``stream`` None = the spec's first."""
        stream = self._spec.stream(stream).name
        rate_hz = self._chip.rate_hz if rate_hz is None else rate_hz
        if (stream, min(mtu, self._params.mtu), rate_hz) != (self._stream, self._mtu, self._chip.rate_hz):
            same_bytes = stream == self._stream and rate_hz == self._chip.rate_hz
            self._stream, self._mtu = stream, min(mtu, self._params.mtu)
            self._chip = replace(self._chip, rate_hz=rate_hz)
            self._renew(time_s, new_setting=not same_bytes)
        self._firmware.start(time_s)
        self._started = True

    def stop(self, time_s: float) -> None:
        """Stop streaming; what waits is lost."""
        if self._started:
            self._firmware.disconnect(time_s)
            self._started = False

    def configure(self, time_s: float, values: Mapping[str, float], *, keep: bool) -> None:
        """Set rate, ranges and packet length; a field that is not given stays. ``keep``: over power-off too."""
        chip = replace(self._chip, rate_hz=values.get("rate", self._chip.rate_hz))
        ranges = {**self._ranges, **{name: values[name] for name in ("acc_g", "gyr_dps") if name in values}}
        if ranges != self._ranges:
            chip = self._with_ranges(chip, ranges)
            self._ranges = ranges
        asked = int(values["n"]) if values.get("n", 0.0) >= 1.0 else self._asked
        if keep:
            self._power_on_hz = chip.rate_hz
        same = chip == self._chip and asked == self._per_packet
        self._chip, self._asked = chip, asked
        if same:
            return
        started = self._started
        self._renew(time_s, new_setting=True)
        if started:
            self._firmware.start(time_s)

    def reboot(self, time_s: float) -> None:
        """Restart: counter and clock at 0, a new boot id, the settings of power-on; what waits is lost."""
        self._firmware.disconnect(time_s)
        boot_id = self._firmware.boot_id
        self._retire()
        self._boots += 1
        self._boot_s = time_s
        self._config_id = 1
        self._chip = replace(self._worn.wire.chip, rate_hz=self._power_on_hz)
        self._ranges = dict(self._power_on_ranges)
        self._asked = self._params.samples_per_packet
        self._wire = self._new_wire()
        at_s = max(time_s, INSTANT_S)
        params = replace(self._fitting(), boot_id=boot_id, counter_start=0, reboots_s=(at_s,))
        self._firmware = self._new_firmware(params)
        self._firmware.advance(at_s)
        self._counter_start = 0
        self._started = False

    def info(self, time_s: float) -> bytes | None:
        """The info block as read now, None where the sensor has none."""
        return self._firmware.info(time_s)

    def device_time_s(self, time_s: float) -> float:
        """What the device's own clock shows at a true time."""
        return self._clock.device_time_s(time_s)

    def battery(self, percent: float) -> bytes | None:
        """The battery block, None where the sensor has none."""
        return self._wire.battery(percent)

    def next(self, time_s: float) -> bytes | None:
        """The notification to send now, None where there is none; the same until :meth:`acknowledge`."""
        self._firmware.advance(time_s)
        return self._firmware.peek(time_s)

    def acknowledge(self) -> None:
        """The notification was received."""
        self._firmware.acknowledge()

    def advance(self, time_s: float) -> None:
        """Let time pass without sending anything."""
        self._firmware.advance(time_s)

    @property
    def _power_on_ranges(self) -> Mapping[str, float]:
        return {name: float(value) for name, value in (self._spec.rate.settings or {}).items() if name != "n"}

    def _with_ranges(self, chip: SensorParams, ranges: Mapping[str, float]) -> SensorParams:
        """The chip with other ranges; a step of the wire grows with its range, as in a real chip."""
        first, usual = self._worn.wire.chip, self._power_on_ranges
        asked = ((ranges.get(name, 1.0), name) for name in ("acc_g", "gyr_dps"))
        acc, gyr = (value / usual.get(name, value) for value, name in asked)
        return replace(
            chip,
            acc_range_m_s2=first.acc_range_m_s2 * acc,
            acc_lsb_m_s2=first.acc_lsb_m_s2 * acc,
            gyr_range_rad_s=first.gyr_range_rad_s * gyr,
            gyr_lsb_rad_s=first.gyr_lsb_rad_s * gyr,
        )

    def _new_wire(self) -> Wire:
        return _NumberedWire(self._spec, self._stream, self._chip, self._config_id)

    def _new_firmware(self, params: FirmwareParams) -> Firmware:
        self._per_packet = self._wire.samples_per_packet(params.samples_per_packet, params.mtu)
        return Firmware(self._wire, params, self._new_sensor)

    def _fitting(self) -> FirmwareParams:
        """The firmware's settings with packets that the MTU can carry."""
        try:
            self._wire.samples_per_packet(self._asked, self._mtu)
        except UserError:
            return replace(self._params, mtu=self._mtu, samples_per_packet=None, reboots_s=())
        return replace(self._params, mtu=self._mtu, samples_per_packet=self._asked, reboots_s=())

    def _renew(self, time_s: float, *, new_setting: bool) -> None:
        old, counts_samples = self._firmware, self._wire.counts_samples
        old.disconnect(time_s)
        boot_id = old.boot_id
        sampled = old.counts.sampled
        self._counter_start += sampled if counts_samples else sampled // self._per_packet
        self._retire()
        if new_setting:
            self._config_id = self._config_id % (CONFIG_IDS - 1) + 1
        self._settings += 1
        self._wire = self._new_wire()
        params = replace(self._fitting(), boot_id=boot_id, counter_start=self._counter_start)
        self._firmware = self._new_firmware(params)

    def _retire(self) -> None:
        self._retired = self.counts

    def _new_sensor(self, _boot: int, _powered_s: float) -> Sensor:
        chip = self._wire.chip
        if self._boots > 0:
            chip = replace(chip, clock_offset_s=0.0)
        leg, strap = self._worn.leg, self._worn.strap
        motion = leg.motion if strap is None else StrappedMotion(strap, leg.motion)
        noise = generator(self._seed, "noise", leg.side, self._boots, self._settings)
        self._clock = Sensor(chip, motion, noise, self._boot_s)
        return self._clock
