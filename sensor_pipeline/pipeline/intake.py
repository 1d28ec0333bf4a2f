"""From one sensor's records to timed samples: decoder and clock.

In: records. Out: blocks of samples with the record each block came with, and events. Must not live here: signals.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from sensor_pipeline.clock import ClockOut, ClockParams, FileClock, SensorClock, joined
from sensor_pipeline.devices import Decoder, parse_spec
from sensor_pipeline.errors import PacketError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.signal.guard import GuardParams
from sensor_pipeline.signal.orientation.protocol import require_rate
from sensor_pipeline.types import (
    BadPacket,
    BatteryLevel,
    Decoded,
    Event,
    FloatArray,
    Flush,
    ImportedSamples,
    IntArray,
    Link,
    LinkChanged,
    Notification,
    PacketRun,
    Read,
    Record,
    Samples,
    SensorSetup,
    StreamLedger,
)


class Intake:
    """Turns records into samples. A payload it cannot use becomes an event and changes nothing."""

    def __init__(self, setup: SensorSetup, sensor: int, params: ClockParams) -> None:
        """Args: the sensor's setup, its index in the session, the clock's parameters.

        Raises:
            SpecError: the setup's spec text is refused by the schema.
            UserError: the setup's rate is too low for lunges.
        """
        require_rate(setup.rate_hz)  # here too: a filter of a user's own may take any
        self._sensor = sensor
        self._info: dict[str, int | float | str] = {}
        self._decoder: Decoder | None = None
        self._clock: SensorClock | FileClock
        self._ranges: tuple[float | None, float | None] = (None, None)
        if setup.spec_text is None:
            self._clock = FileClock(sensor, 1.0 / setup.rate_hz, params)
        else:
            spec = parse_spec(setup.spec_text, "session")
            self._decoder = Decoder(spec, setup.stream, rate_hz=setup.rate_hz)
            self._clock = SensorClock(self._decoder.timings, sensor, params)
            # a sensor with several ranges to choose from says nothing here: which one it was set to is not in its spec
            acc_g, gyr_dps = (only[0] if len(only) == 1 else None for only in (spec.acc_range_g, spec.gyr_range_dps))
            self._ranges = (
                None if acc_g is None else acc_g * G_M_S2,
                None if gyr_dps is None else gyr_dps * RAD_PER_DEG,
            )

    @property
    def ledger(self) -> tuple[StreamLedger, ...]:
        """Where every sample went, one row a stream."""
        return self._clock.ledger

    @property
    def info(self) -> Mapping[str, int | float | str]:
        """What was read from the sensor so far: info block, battery, serial, firmware."""
        return self._info

    def with_ranges(self, guard: GuardParams) -> GuardParams:
        """Fill in the sensor's ranges where the guard's settings leave them open and its spec states them."""
        acc, gyr = self._ranges
        return dataclasses.replace(
            guard,
            acc_range_m_s2=acc if guard.acc_range_m_s2 is None else guard.acc_range_m_s2,
            gyr_range_rad_s=gyr if guard.gyr_range_rad_s is None else guard.gyr_range_rad_s,
        )

    def take(self, record: Record, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        """Use one record.

        Args:
            record: any record of this sensor.
            session_s: its arrival in session time.

        Returns:
            New sample rows (None where there are none) and events.
        """
        if isinstance(record, Notification):  # nearly every record is one
            return self._notification(record, session_s)
        match record:
            case ImportedSamples():
                return self._imported(record, session_s)
            case Read():
                return None, self._read(record, session_s)
            case Link():
                return self._link(record, session_s)
            case Flush():
                return self._flush(record, session_s)
        return None, ()

    def take_run(
        self, records: Sequence[Notification], session_s: FloatArray
    ) -> tuple[list[tuple[Samples, IntArray]], list[Event]]:
        """Use notifications of one characteristic that came one after the other, together where nothing is unusual.

        Args:
            records: the notifications.
            session_s: (records,) their arrivals in session time.

        Returns:
            Blocks of rows, each with the (n,) order of the record every row came with, and events: those of
            :meth:`take` bit for bit, only the cut into blocks is another one.
        """
        blocks: list[tuple[Samples, IntArray]] = []
        events: list[Event] = []
        payloads = [record.payload for record in records]
        orders = np.array([record.order for record in records], np.int64)
        at = 0
        while at < len(records):
            run = None
            if self._decoder is not None and isinstance(self._clock, SensorClock):
                run = self._decoder.decode_run(records[at].characteristic, payloads[at:])
            if run is None or len(run) < SHORTEST_RUN:
                singles = range(at, min(at + SHORTEST_RUN, len(records)))
                for index in singles:
                    samples, found = self._notification(records[index], float(session_s[index]))
                    events += found
                    if samples is not None:
                        blocks.append((samples, np.full(len(samples), orders[index])))
                at = singles.stop
                continue
            events += self._place(run, orders[at:], session_s[at:], blocks)
            at += len(run)
        return blocks, events

    def _place(
        self, run: PacketRun, orders: IntArray, session_s: FloatArray, blocks: list[tuple[Samples, IntArray]]
    ) -> list[Event]:
        """Take decoded packets to the clock: together as far as it goes, the unusual ones alone."""
        events: list[Event] = []
        clock = self._clock
        done = 0
        while done < len(run) and isinstance(clock, SensorClock):
            samples = clock.update_run(session_s, run, done)
            if samples is not None:
                packets = len(samples) // run.n
                blocks.append((samples, np.repeat(orders[done : done + packets], run.n)))
                done += packets
                continue
            out = clock.update(int(orders[done]), float(session_s[done]), (run.packet(done),))
            events += out.events
            if len(out.samples):
                blocks.append((out.samples, np.full(len(out.samples), orders[done])))
            done += 1
        return events

    def _notification(self, record: Notification, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        decoder, clock = self._decoder, self._clock
        if decoder is None or not isinstance(clock, SensorClock):
            return None, (self._bad(record, session_s, record.characteristic, NO_SPEC),)
        try:
            packet = decoder.decode_one(record.characteristic, record.payload)
            if packet is None:
                decoded = decoder.decode(record.characteristic, record.payload)
        except PacketError as error:
            clock.reject(record.order, session_s, None, error.samples)
            return None, (self._bad(record, session_s, record.characteristic, error.reason),)
        if packet is not None:
            samples = clock.follow(session_s, packet)
            if samples is not None:
                return samples, ()
            return _rows(clock.update(record.order, session_s, (packet,)))
        if decoded.skipped_bytes:
            skipped = self._skipped(record, session_s, record.characteristic, decoded)
            samples, events = _rows(clock.update(record.order, session_s, decoded.packets))
            return samples, (*skipped, *events)
        return _rows(clock.update(record.order, session_s, decoded.packets))

    def _skipped(self, record: Record, session_s: float, what: str, decoded: Decoded) -> tuple[Event, ...]:
        if not decoded.skipped_bytes or not isinstance(self._clock, SensorClock):
            return ()
        self._clock.reject(record.order, session_s, None, decoded.skipped_samples)
        return (self._bad(record, session_s, what, f"{decoded.skipped_bytes} bytes skipped in search of a frame"),)

    def _end(self, record: Record, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        """A stream of bytes ends (the session, or the link): what still waits in the decoder is used."""
        if self._decoder is None or not isinstance(self._clock, SensorClock):
            return None, ()
        decoded = self._decoder.flush()
        skipped = self._skipped(record, session_s, "end of stream", decoded)
        samples, events = _rows(self._clock.update(record.order, session_s, decoded.packets))
        return samples, (*skipped, *events)

    def _flush(self, record: Flush, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        return _join(self._end(record, session_s), _rows(self._clock.flush(record.order, session_s)))

    def _imported(self, record: ImportedSamples, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        if not isinstance(self._clock, FileClock):
            return None, (self._bad(record, session_s, "samples", "this sensor sends bytes, not samples"),)
        return _rows(self._clock.update(record.order, record.time_s, record.acc_m_s2, record.gyr_rad_s))

    def _read(self, record: Read, session_s: float) -> tuple[Event, ...]:
        if self._decoder is None:
            return (self._bad(record, session_s, record.what, NO_SPEC),)
        if record.what in TEXT_READS:
            self._info[record.what] = record.payload.decode("utf-8", "replace")
            return ()
        try:
            values = self._decoder.read(record.what, record.payload)
        except PacketError as error:
            return (self._bad(record, session_s, record.what, error.reason),)
        self._info.update({f"{record.what}.{name}": value for name, value in values.items()})
        if record.what == "info":
            self._identify()
        if record.what == "battery" and "percent" in values:
            return (BatteryLevel(record.order, self._sensor, session_s, float(values["percent"])),)
        return ()

    def _link(self, record: Link, session_s: float) -> tuple[Samples | None, tuple[Event, ...]]:
        changed = LinkChanged(record.order, self._sensor, session_s, record.state, record.detail)
        if self._decoder is None or not isinstance(self._clock, SensorClock):
            return None, (changed,)
        before = self._end(record, session_s)
        samples, events = _join(before, _rows(self._clock.restart(record.order, session_s, record.state)))
        if record.state == "rebooted":
            self._identify()  # it was found by reading which boot runs: that is not to be read again
        return samples, (changed, *events)

    def _identify(self) -> None:
        """Tell the clock which boot the sensor was last read to run, if it has a number for it."""
        boot = self._info.get(f"info.{BOOT_FIELD}")
        if isinstance(boot, int) and isinstance(self._clock, SensorClock):
            self._clock.identify(boot)

    def _bad(self, record: Record, session_s: float, what: str, reason: str) -> BadPacket:
        return BadPacket(record.order, self._sensor, session_s, what, reason)


SHORTEST_RUN = 8
"""Packets: below it, looking at them together costs more than taking them one by one."""
BOOT_FIELD = "boot_id"
"""Name of the info field, in any spec, that is another number after each start of the sensor."""
NO_SPEC = "this sensor's samples come from a file: it has no spec to read bytes with"
TEXT_READS = frozenset({"serial", "firmware", "model", "manufacturer"})
"""Reads of the Bluetooth Device Information service: UTF-8 strings, whatever the sensor."""


Found = tuple[Samples | None, tuple[Event, ...]]


def _join(first: Found, second: Found) -> Found:
    blocks = [block for block in (first[0], second[0]) if block is not None]
    return joined(blocks) if blocks else None, (*first[1], *second[1])


def _rows(out: ClockOut) -> tuple[Samples | None, tuple[Event, ...]]:
    return (out.samples if len(out.samples) else None), out.events
