"""The encoder: samples to the notifications a sensor would send, from the same layout the decoder reads.

In: a spec, samples in SI units, counters. Out: bytes. Must not live here: a sensor's name, clocks, queues.

Values are divided by the decoder's factor, rounded to the nearest LSB (ties to even) and clipped to the wire type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sensor_pipeline.devices.framing import DATA, PART2
from sensor_pipeline.devices.header import Header
from sensor_pipeline.devices.layout import Bits, PacketLayout, SampleField
from sensor_pipeline.devices.reads import read_block, volts_for, write_block
from sensor_pipeline.devices.spec import SensorSpec
from sensor_pipeline.devices.unpack import CLIPPED, NO_OTHER, block_offset, factors, row_stride
from sensor_pipeline.devices.wire import ENDIAN_MARKS, WIDTHS
from sensor_pipeline.errors import UserError
from sensor_pipeline.types import FloatArray

ATT_HEADER = 3
"""Bytes of a notification that the attribute protocol itself takes from the MTU (opcode, handle)."""


class Encoder:
    """Encodes one packet layout of one sensor.

    Args:
        spec: the sensor.
        stream: name of a stream, None = the spec's first; or of one packet, for sensors that send acc and gyr apart.
        info: all fields of the info block, where the spec has one that sets scales.

    Raises:
        UserError: no such stream, several packets in it, a codec that cannot be written, info missing or wrong.
    """

    def __init__(self, spec: SensorSpec, stream: str | None = None, *, info: Mapping[str, float] | None = None) -> None:
        found = spec.stream(stream)
        if len(found.packets) > 1:
            names = ", ".join(packet.name for packet in found.packets)
            raise UserError(f"{spec.id}: stream {found.name!r} has several packets; name one of {names}")
        layout = found.packets[0]
        if layout.codec is not None:
            raise UserError(f"{spec.id}: packet {layout.name!r} uses a codec that can be read, not written")
        self._spec = spec
        self._layout = layout
        self._framing = found.framing
        self._header = Header(layout)
        self._fields = dict(info) if info is not None else None
        self._info = self._wire_info()

    @property
    def layout(self) -> PacketLayout:
        """The packet layout that is written; ``layout.char`` names the characteristic."""
        return self._layout

    def max_samples(self, mtu: int = 247) -> int:
        """How many samples fit a notification; two notifications where the framing allows it."""
        room = mtu - ATT_HEADER
        if self._framing.kind == "gsp":
            room = 2 * room - 2
        samples = self._layout.samples
        return min(samples.n_max, max(room - samples.header, 0) // samples.stride)

    def encode(
        self,
        acc_m_s2: FloatArray | None,
        gyr_rad_s: FloatArray | None,
        counter: int | None = None,
        ticks: int | None = None,
        flags: Sequence[str] = (),
        mtu: int = 247,
        other: Mapping[str, FloatArray] = NO_OTHER,
    ) -> list[bytes]:
        """Encode one packet.

        Args:
            acc_m_s2: (n, 3) specific force in chip axes; None where the layout has none.
            gyr_rad_s: (n, 3) angular rate in chip axes; None where the layout has none.
            counter: counter of the first sample or of the packet; wraps as on the wire, ignored where there is none,
                None = 0.
            ticks: time stamp of the sample the spec's ``refers_to`` names; as ``counter``.
            flags: names of bits to set; ``clipped`` is set by itself where a value had to be clipped.
            mtu: ATT MTU of the link: a notification has at most mtu - 3 bytes.
            other: further channels of the layout, (n, k) each; zero where not given.

        Returns:
            The notifications, one or more.

        Raises:
            UserError: values missing, of wrong shape or not finite; too many samples; a flag the layout has no bit for.
        """
        layout, samples = self._layout, self._layout.samples
        arrays: dict[str, FloatArray] = dict(other)
        arrays |= {name: a for name, a in (("acc", acc_m_s2), ("gyr", gyr_rad_s)) if a is not None}
        n = len(next(iter(arrays.values()))) if arrays else 0
        if not samples.n_min <= n <= samples.n_max:
            raise UserError(f"{n} samples in a packet; {samples.n_min} to {samples.n_max} are allowed")
        size = samples.header + n * samples.stride if samples.header or samples.n_max > 1 else layout.padded_len
        payload = bytearray(size)
        clipped = False
        for field in layout.fields:
            if field.channel not in arrays and field.channel in ("acc", "gyr"):
                raise UserError(f"packet {layout.name!r} needs {field.channel} values")
            values = arrays.pop(field.channel, None)
            if values is not None:
                clipped |= self._put(payload, field, values, n)
        if arrays:
            raise UserError(f"packet {layout.name!r} carries no {', '.join(sorted(arrays))}")
        self._put_header(payload, n, counter or 0, ticks or 0, self._flag_byte(flags, clipped))
        return self._notifications(bytes(payload), mtu)

    def encode_info(self, **fields: float) -> bytes:
        """Encode the info block: the constructor's fields, with ``fields`` in their place.

        Raises:
            UserError: the spec has no info block, or a field is missing, unknown or out of bounds.
        """
        if self._spec.info is None:
            raise UserError(f"{self._spec.id} has no info block")
        return write_block("info", self._spec.info, {**(self._fields or {}), **fields})

    def encode_battery(self, percent: float, **fields: float) -> bytes:
        """Encode the battery block; further ``fields`` of it are zero where not given.

        Raises:
            UserError: the spec has no battery block, or a number is out of bounds.
        """
        block = self._spec.battery
        if block is None:
            raise UserError(f"{self._spec.id} has no battery block")
        values = {field.name: 0.0 for field in block.fields} | fields
        if block.percent_table:
            values["volts"] = volts_for(percent, block)
        else:
            values["percent"] = percent
        return write_block("battery", block, values)

    def _wire_info(self) -> dict[str, float | int] | None:
        """Info as the decoder will see it: scales rounded to their wire type."""
        layout = self._layout
        if layout.config_id is None and all(field.scale is not None for field in layout.fields):
            return None
        if self._fields is None or self._spec.info is None:
            raise UserError(f"{self._spec.id}: its scales are in the info block; give the encoder info=")
        return read_block("info", self._spec.info, write_block("info", self._spec.info, self._fields))

    def _put(self, payload: bytearray, field: SampleField, values: FloatArray, n: int) -> bool:
        """Write a channel; True where a value had to be clipped."""
        width, size = WIDTHS[field.channel], field.type.size
        if values.shape != (n, width) or not np.isfinite(values).all():
            raise UserError(f"{field.channel}: needs ({n}, {width}) finite values, got shape {values.shape}")
        view: np.ndarray[tuple[int, ...], np.dtype[np.generic]] = np.ndarray(
            (n, width),
            np.dtype(ENDIAN_MARKS[self._layout.endian] + field.type.code),
            payload,
            block_offset(self._layout, field, n),
            (row_stride(self._layout, field), size),
        )
        scaled = values / factors(field, self._info)
        if field.type.lo is None or field.type.hi is None:
            view[:] = scaled
            return False
        rounded = np.rint(scaled)
        view[:] = np.minimum(np.maximum(rounded, field.type.lo), field.type.hi)
        return bool(((rounded < field.type.lo) | (rounded > field.type.hi)).any())

    def _flag_byte(self, flags: Sequence[str], clipped: bool) -> int:
        bits = dict(self._layout.flags.names) if self._layout.flags is not None else {}
        unknown = [name for name in flags if name not in bits]
        if unknown:
            raise UserError(f"packet {self._layout.name!r} has no bit for {', '.join(unknown)}")
        byte = bits.get(CLIPPED, 0) if clipped else 0
        for name in flags:
            byte |= bits[name]
        return byte

    def _put_header(self, payload: bytearray, n: int, counter: int, ticks: int, flag_byte: int) -> None:
        layout = self._layout
        head = [0] * len(self._header)

        def put(bits: Bits | None, value: int) -> None:
            if bits is not None:
                head[self._header.place(bits)] |= value & bits.mask

        for const in layout.const:
            put(const, const.values[0])
        put(layout.count, n)
        put(layout.flags, flag_byte)
        if layout.config_id is not None and self._info is not None:
            put(layout.config_id, int(self._info[layout.config_id.info]))
        if layout.counter is not None:
            put(layout.counter, counter % (1 << layout.counter.wrap_bits))
        if layout.time is not None:
            put(layout.time, ticks % (1 << layout.time.wrap_bits))
        if self._framing.kind == "gsp":
            payload[0], payload[1] = DATA, self._framing.reference
        elif self._framing.kind == "sync":
            sync = next(frame.sync for frame in self._framing.frames if frame.role == "packet")
            payload[: len(sync)] = sync
        places = self._header.struct
        if head:
            kept = bytes(payload[: places.size])
            places.pack_into(payload, 0, *head)
            # padding of the header's struct is written as zero: put back what was not a header number
            for i, byte in enumerate(kept):
                payload[i] |= byte

    def _notifications(self, payload: bytes, mtu: int) -> list[bytes]:
        room = mtu - ATT_HEADER
        if len(payload) <= room:
            return [payload]
        second = bytes((PART2, self._framing.reference)) + payload[room:]
        if self._framing.kind != "gsp" or len(second) > room:
            raise UserError(
                f"a packet of {len(payload)} bytes does not fit MTU {mtu}: at most {self.max_samples(mtu)} samples do"
            )
        return [payload[:room], second]
