"""A whole simulated session: a person, one or two sensors, their links, and the records a host would have written.

In: a sensor's spec and what to vary. Out: :class:`Simulation`: sensor setups, records in arrival order, the truth.
Must not live here: models (person, sensor, firmware, link), byte layouts, real time.

Records are made lazily, one by one, and are the same for the same seed however they are consumed. True time 0 is the
first record; the host's clock is the reference, so true time and session time are one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from sensor_pipeline.devices import SensorSpec, parse_spec
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams, SampleCounts
from sensor_pipeline.simulate.link import Link, LinkParams, connections
from sensor_pipeline.simulate.person import Lunge, PersonParams, ScriptedRep, script_set
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import Sensor, SensorParams, draw_sensor
from sensor_pipeline.simulate.strap import StrapParams, StrappedMotion
from sensor_pipeline.simulate.truth import Truth, true_course
from sensor_pipeline.simulate.wire import Wire
from sensor_pipeline.types import Flush, Input, Notification, Read, Record, SensorSetup, Side
from sensor_pipeline.types import Link as LinkRecord

HOST_START_NS = 987_654_321_000_000
"""Host time of the first record: an arbitrary instant, since ``perf_counter_ns`` starts anywhere."""
START_S = 0.4
"""The person starts the session once every sensor is connected and read, and before any of them streams."""
SIDES: Final[dict[str, tuple[Side, ...]]] = {"left": ("left",), "right": ("right",), "both": ("left", "right")}
"""What a session can have sensors on, in the order of ``Record.sensor``."""
READ_S = 0.05
"""One read takes about two connection intervals."""


@dataclass(frozen=True, slots=True)
class SimulatedSensor:
    """One sensor of a simulated session.

    Attributes:
        setup: what an engine needs to know of it.
        leg: the moving leg it is strapped to: true angles at any time.
        wire: the layout of its bytes; ``wire.chip`` is the chip with its errors.
        strap: how it is held, None = rigidly.
    """

    setup: SensorSetup
    leg: Lunge
    wire: Wire
    strap: StrapParams | None = None


class Simulation:
    """A simulated session; made by :func:`simulate_session`.

    Attributes:
        sensors: the sensors, in the order of ``Record.sensor``.
        duration_s: true time at which the stream is stopped.
    """

    def __init__(
        self,
        sensors: Sequence[SimulatedSensor],
        firmware: FirmwareParams,
        link: LinkParams,
        *,
        seed: int,
        duration_s: float,
        host_start_ns: int,
    ) -> None:
        self.sensors = tuple(sensors)
        self.duration_s = duration_s
        self._firmware = firmware
        self._link = link
        self._seed = seed
        self._host_start_ns = host_start_ns

    @property
    def setups(self) -> tuple[SensorSetup, ...]:
        """The sensors' setups, in the order of ``Record.sensor``."""
        return tuple(sensor.setup for sensor in self.sensors)

    @property
    def setup(self) -> SensorSetup:
        """The only sensor's setup.

        Raises:
            UserError: there are two sensors.
        """
        return self._only().setup

    @cached_property
    def truths(self) -> tuple[Truth, ...]:
        """What really happened, leg by leg, in the order of ``Record.sensor``."""
        return tuple(true_course(sensor.leg, self.duration_s) for sensor in self.sensors)

    @property
    def truth(self) -> Truth:
        """What really happened to the only leg that carries a sensor.

        Raises:
            UserError: there are two sensors.
        """
        self._only()
        return self.truths[0]

    def records(self) -> Iterator[Record]:
        """The session's records from the start, in arrival order; each call yields the same ones."""
        return self._run([self._new_firmware(index) for index in range(len(self.sensors))])

    def sample_counts(self) -> tuple[SampleCounts, ...]:
        """Where each sensor's samples went in the whole session. Runs the session once."""
        firmwares = [self._new_firmware(index) for index in range(len(self.sensors))]
        for _ in self._run(firmwares):
            pass
        return tuple(firmware.counts for firmware in firmwares)

    def _only(self) -> SimulatedSensor:
        if len(self.sensors) != 1:
            raise UserError(f"this session has {len(self.sensors)} sensors: use .setups and .truths")
        return self.sensors[0]

    def _new_firmware(self, index: int) -> Firmware:
        sensor = self.sensors[index]

        def new_sensor(boot: int, powered_s: float) -> Sensor:
            chip = sensor.wire.chip
            params = chip if boot == 0 else replace(chip, clock_offset_s=0.0)
            noise = generator(self._seed, "noise", sensor.leg.side, boot)
            motion = sensor.leg.motion if sensor.strap is None else StrappedMotion(sensor.strap, sensor.leg.motion)
            return Sensor(params, motion, noise, powered_s)

        return Firmware(sensor.wire, self._firmware, new_sensor)

    def _run(self, firmwares: Sequence[Firmware]) -> Iterator[Record]:
        courses = [self._course(index, firmware) for index, firmware in enumerate(firmwares)]
        start = Input(0, self._host_ns(min(START_S, self._link.setup_s)), None, "start")
        order, last_ns = 0, self._host_ns(self.duration_s)
        # heapq.merge is stable: what arrives in the same nanosecond keeps the order of the sensors.
        for record in heapq.merge(*courses, iter([start]), key=lambda record: record.host_time_ns):
            yield replace(record, order=order)
            order += 1
            last_ns = max(last_ns, record.host_time_ns)
        yield Input(order, last_ns, None, "stop")
        yield Flush(order + 1, last_ns, None)

    def _course(self, index: int, firmware: Firmware) -> Iterator[Record]:
        """One sensor's records, all with order 0."""
        wire = self.sensors[index].wire
        link = Link(self._link, generator(self._seed, "link", self.sensors[index].leg.side))
        boot_id = firmware.boot_id
        at_ns = 0
        for connection in connections(self._link, self._firmware.reboots_s, self.duration_s):
            firmware.advance(min(connection.start_s, self.duration_s))
            # A host notices things in the order of their arrival: the last notification may come after a timeout.
            at_ns = max(at_ns, self._host_ns(connection.start_s))
            yield LinkRecord(0, at_ns, index, "connected")
            for what, payload in self._reads(index, firmware, connection.start_s):
                at_ns += round(READ_S * 1e9)
                yield Read(0, at_ns, index, what, payload)
            if wire.has_info and firmware.boot_id != boot_id:
                yield LinkRecord(0, at_ns, index, "rebooted", f"boot id {boot_id} -> {firmware.boot_id}")
                boot_id = firmware.boot_id
            for arrival in link.deliver(firmware, connection, self.duration_s):
                at_ns = max(at_ns, self._host_ns(arrival.time_s))
                yield Notification(0, at_ns, index, wire.characteristic, arrival.payload)
            if connection.end_s < self.duration_s or not firmware.idle:
                firmware.disconnect(min(connection.end_s, self.duration_s))
                at_ns = max(at_ns, self._host_ns(connection.end_s))
                yield LinkRecord(0, at_ns, index, "lost", "no radio contact: supervision timeout")

    def _reads(self, index: int, firmware: Firmware, time_s: float) -> Iterator[tuple[str, bytes]]:
        info = firmware.info(time_s)
        if info is not None:
            yield "info", info
        battery = firmware.battery()
        if battery is not None:
            yield "battery", battery
        yield "serial", f"SIM-{self._seed}-{index}".encode()

    def _host_ns(self, time_s: float) -> int:
        return self._host_start_ns + round(time_s * 1e9)


def simulate_session(
    spec: SensorSpec | str,
    *,
    side: Side | Literal["both"] = "left",
    reps: int = 5,
    seed: int = 1,
    rate_hz: float | None = None,
    stream: str | None = None,
    person: PersonParams | None = None,
    script: Sequence[ScriptedRep] | None = None,
    legs: Callable[[Side], Lunge] | None = None,
    sensor: SensorParams | Callable[[Side, float], SensorParams] | None = None,
    strap: StrapParams | None = None,
    firmware: FirmwareParams | None = None,
    link: LinkParams | None = None,
    host_start_ns: int = HOST_START_NS,
) -> Simulation:
    """Simulate a guided knee-to-wall set with one sensor, or with one on each leg.

    Both legs lunge at once: in the same time, each with its own angles, sway, strap, chip errors and link.

    Args:
        spec: the sensor's spec, or its text (TOML).
        side: which leg carries a sensor, or both (sensor 0 left, sensor 1 right).
        reps: how many repetitions; ignored where ``script`` is given.
        seed: decides everything that is drawn.
        rate_hz: rate the sensor is set to, None = the spec's default, or ``sensor.rate_hz``.
        stream: which stream of the spec is used, None = the spec's first.
        person: how the person moves, None = the default person.
        script: repetitions to do exactly like this, None = drawn from ``person``.
        legs: makes each moving leg, with whatever it does; ``reps``, ``person`` and ``script`` are then ignored.
        sensor: the chip, exact, or what makes it for a leg and a rate; None = a typical one drawn for each leg.
            Resolution and range become those of
            the layout where it sets them, so that the bytes can carry what the chip shows.
        strap: how the sensor is held, None = rigidly.
        firmware: the firmware's settings, None = the defaults.
        link: the radio link, None = a usual one.
        host_start_ns: host time of the first record.

    Returns:
        The simulation; nothing is computed until its records or its truth are asked for.

    Raises:
        UserError: a value that makes no sense; the message names it.
        SpecError: a spec that the schema refuses, or whose bytes cannot be made (no encoder for its layout).
    """
    parsed = parse_spec(spec, "the given spec") if isinstance(spec, str) else spec
    person = PersonParams() if person is None else person
    firmware = FirmwareParams() if firmware is None else firmware
    if rate_hz is None:
        rate_hz = sensor.rate_hz if isinstance(sensor, SensorParams) else parsed.rate.default_hz
    if side not in SIDES:
        raise UserError(f"side {side!r}: choose left, right or both")
    simulated = []
    for leg_side in SIDES[side]:
        if sensor is None:
            chip = draw_sensor(rate_hz, generator(seed, "chip", leg_side))
        elif isinstance(sensor, SensorParams):
            chip = replace(sensor, rate_hz=rate_hz)
        else:
            chip = sensor(leg_side, rate_hz)
        wire = Wire(parsed, stream, chip)
        wire.samples_per_packet(firmware.samples_per_packet, firmware.mtu)  # refuse here, not when records are read
        if legs is None:
            lunges = script_set(person, reps, leg_side, seed) if script is None else script
            leg = Lunge(leg_side, person, lunges, seed)
        else:
            leg = legs(leg_side)
        simulated.append(
            SimulatedSensor(
                setup=SensorSetup(side=leg_side, rate_hz=rate_hz, spec_text=parsed.text, stream=stream),
                leg=leg,
                wire=wire,
                strap=strap,
            )
        )
    last_s = max(one.leg.done_s for one in simulated)
    finish_s = max(one.leg.params.finish_s for one in simulated)
    return Simulation(
        simulated,
        firmware,
        LinkParams() if link is None else link,
        seed=seed,
        duration_s=last_s + finish_s,
        host_start_ns=host_start_ns,
    )
