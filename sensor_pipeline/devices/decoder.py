"""The decoder: bytes of one sensor in, packets out, with a spec as its only knowledge.

In: a spec, payloads by characteristic. Out: Decoded, or PacketError with the state as before. Must not live here: a
sensor's name, clocks, radio.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sensor_pipeline.devices.framing import ByteStream, Gsp
from sensor_pipeline.devices.layout import PacketLayout, Stream
from sensor_pipeline.devices.pmd import compile_pmd, start_factor
from sensor_pipeline.devices.reads import read_block
from sensor_pipeline.devices.spec import SensorSpec
from sensor_pipeline.devices.unpack import Unpack, compile_unpack
from sensor_pipeline.devices.unpack_run import UnpackRun, compile_unpack_run
from sensor_pipeline.errors import PacketError, UserError
from sensor_pipeline.types import Decoded, Packet, PacketRun, StreamTiming


class Decoder:
    """Decodes one stream of one sensor.

    Args:
        spec: the sensor.
        stream: name of a stream (or of one packet of it), None = the spec's first.
        rate_hz: rate the sensor was set to, None = the spec's default; only the timings depend on it.

    Raises:
        UserError: no such stream, or a rate that is not positive.
    """

    def __init__(self, spec: SensorSpec, stream: str | None = None, *, rate_hz: float | None = None) -> None:
        rate = spec.rate.default_hz if rate_hz is None else rate_hz
        if not (math.isfinite(rate) and rate > 0.0):
            raise UserError(f"{spec.id}: rate {rate} Hz; give a positive number")
        self._spec = spec
        self._stream = spec.stream(stream)
        self._timings = tuple(_timing(packet, rate) for packet in self._stream.packets)
        self._info: dict[str, float | int] | None = None
        self._factors = {packet.name: 1.0 for packet in self._stream.packets if packet.codec is not None}
        self._framers = _framers(self._stream)
        self._unpackers: dict[str, Unpack]
        self._plain: dict[str, Unpack]  # those of characteristics whose notifications are packets
        self._use(self._compile(self._info, self._factors))
        self._run_unpackers: dict[str, UnpackRun | None] = {}  # compiled where first needed
        self._listeners = _listeners(spec, self._stream)

    @property
    def timings(self) -> tuple[StreamTiming, ...]:
        """How each packet stream tells its time; two for a sensor that sends acc and gyr apart."""
        return self._timings

    @property
    def characteristics(self) -> tuple[str, ...]:
        """Keys of the characteristics to subscribe: those with samples and those with replies."""
        return (*self._unpackers, *sorted(self._listeners - set(self._unpackers)))

    def decode(self, characteristic: str, payload: bytes) -> Decoded:
        """Decode one notification.

        Args:
            characteristic: key in the spec's chars.
            payload: its bytes.

        Returns:
            Packets (acc (n, 3) in m/s^2, gyr (n, 3) in rad/s, C-contiguous), skipped bytes, replies to commands.

        Raises:
            PacketError: the spec does not allow this; the state is as it was before.
        """
        packet = self.decode_one(characteristic, payload)
        if packet is not None:
            return Decoded((packet,))
        framer = self._framers.get(characteristic)
        if framer is None:
            return self._reply(characteristic, payload)
        return framer.feed(payload, self._unpackers[characteristic])

    def decode_one(self, characteristic: str, payload: bytes) -> Packet | None:
        """Decode one notification of a characteristic that sends one packet in each.

        Args:
            characteristic: key in the spec's chars.
            payload: its bytes.

        Returns:
            The only packet that :meth:`decode` would give; None where :meth:`decode` has to say.

        Raises:
            PacketError: the spec does not allow this; the state is as it was before.
        """
        unpack = self._plain.get(characteristic)
        return None if unpack is None else unpack(payload)

    def decode_run(self, characteristic: str, payloads: Sequence[bytes]) -> PacketRun | None:
        """Decode notifications that arrived one after the other at once, as far as nothing about them is unusual.

        Args:
            characteristic: key in the spec's chars.
            payloads: their bytes, oldest first, one at least.

        Returns:
            The packets of the first payloads, one each, bit for bit what :meth:`decode` makes of them; None where
            :meth:`decode` has to say about the first one. What the run leaves out was not looked at.
        """
        if characteristic not in self._run_unpackers:
            self._run_unpackers[characteristic] = self._compile_run(characteristic)
        unpack_run = self._run_unpackers[characteristic]
        return None if unpack_run is None else unpack_run(payloads)

    def read(self, what: str, payload: bytes) -> dict[str, float | int]:
        """Take a block that was read from the sensor; an info block sets the scales of what follows.

        Args:
            what: info or battery; texts (serial, firmware) need no decoding.
            payload: its bytes; for a battery that answers by notification the reply itself.

        Returns:
            Its numbers by name; a battery always has ``percent``.

        Raises:
            PacketError: the spec knows no such block or does not allow this one; the state is as it was before.
        """
        block = {"info": self._spec.info, "battery": self._spec.battery}.get(what)
        if block is None:
            raise PacketError(f"{self._spec.id} has no {what!r} block", payload)
        found = read_block(what, block, payload)
        if what == "info":
            unpackers = self._compile(found, self._factors)
            self._info = found
            self._use(unpackers)
            self._run_unpackers = {}
        return found

    def flush(self) -> Decoded:
        """End the stream (the session or the link ends): give what still waits in the framers, forget the rest."""
        done = [framer.flush(self._unpackers[char]) for char, framer in self._framers.items()]
        return Decoded(
            tuple(packet for part in done for packet in part.packets),
            sum(part.skipped_bytes for part in done),
            tuple(reply for part in done for reply in part.replies),
            sum(part.skipped_samples for part in done),
        )

    def _compile(self, info: dict[str, float | int] | None, factors: dict[str, float]) -> dict[str, Unpack]:
        by_char: dict[str, list[tuple[PacketLayout, Unpack]]] = {}
        for packet in self._stream.packets:
            if packet.codec is not None:
                unpack = compile_pmd(packet, packet.codec, factors[packet.name])
            else:
                unpack = compile_unpack(packet, info)
            by_char.setdefault(packet.char, []).append((packet, unpack))
        return {char: _choose(found) for char, found in by_char.items()}

    def _use(self, unpackers: dict[str, Unpack]) -> None:
        self._unpackers = unpackers
        self._plain = {char: unpack for char, unpack in unpackers.items() if char not in self._framers}

    def _compile_run(self, characteristic: str) -> UnpackRun | None:
        layouts = [packet for packet in self._stream.packets if packet.char == characteristic]
        if len(layouts) != 1 or characteristic in self._framers:
            return None
        return compile_unpack_run(layouts[0], self._info)

    def _reply(self, characteristic: str, payload: bytes) -> Decoded:
        """A reply to a command: it may carry an info block or a factor."""
        if characteristic not in self._listeners:
            known = ", ".join(self.characteristics)
            raise PacketError(f"characteristic {characteristic!r} sends nothing here; known: {known}", payload)
        factors = dict(self._factors)
        for packet in self._stream.packets:
            if packet.codec is not None and packet.codec.factor_char == characteristic:
                factor = start_factor(packet.codec, payload)
                factors[packet.name] = factors[packet.name] if factor is None else factor
        reply = self._spec.info.reply if self._spec.info is not None else None
        if reply is not None and reply.char == characteristic and payload.startswith(reply.prefix):
            self.read("info", payload[len(reply.prefix) :])
        elif factors != self._factors:
            self._use(self._compile(self._info, factors))
            self._factors = factors
        return Decoded((), 0, (payload,))


def _timing(packet: PacketLayout, rate_hz: float) -> StreamTiming:
    counter, time, samples = packet.counter, packet.time, packet.samples
    usual = samples.usual
    if samples.hz_per_sample is not None:
        usual = min(max(round(rate_hz / samples.hz_per_sample), samples.n_min), samples.n_max)
    return StreamTiming(
        stream=packet.name,
        channel=packet.channel,
        period_s=1.0 / rate_hz,
        samples_per_packet=usual,
        counter_bits=counter.wrap_bits if counter is not None else None,
        counts=counter.counts if counter is not None else None,
        tick_s=time.tick_s if time is not None else None,
        tick_bits=time.wrap_bits if time is not None else None,
        refers_to=time.refers_to if time is not None else None,
    )


def _framers(stream: Stream) -> dict[str, ByteStream | Gsp]:
    framing = stream.framing
    if framing.kind == "plain":
        return {}
    if framing.kind == "sync":
        return {packet.char: ByteStream(framing) for packet in stream.packets}
    return {
        packet.char: Gsp(framing, packet.samples.header, packet.samples.stride, packet.samples.n_max)
        for packet in stream.packets
    }


def _listeners(spec: SensorSpec, stream: Stream) -> set[str]:
    found = set(stream.replies)
    found |= {packet.codec.factor_char for packet in stream.packets if packet.codec is not None}
    if spec.info is not None and spec.info.reply is not None:
        found.add(spec.info.reply.char)
    return found


def _choose(found: list[tuple[PacketLayout, Unpack]]) -> Unpack:
    """The only layout of a characteristic, or the one whose header numbers fit."""
    if len(found) == 1:
        return found[0][1]
    choices: list[tuple[Callable[[bytes], bool], Unpack]] = [(_fits(layout), unpack) for layout, unpack in found]

    def choose(payload: bytes) -> Packet:
        for fits, unpack in choices:
            if fits(payload):
                return unpack(payload)
        names = ", ".join(layout.name for layout, _ in found)
        raise PacketError(f"starts with {payload[:4].hex() or 'nothing'}: fits none of {names}", payload)

    return choose


def _fits(layout: PacketLayout) -> Callable[[bytes], bool]:
    consts, endian, codec = layout.const, layout.endian, layout.codec

    def fits(payload: bytes) -> bool:
        if codec is not None and payload[:1] != bytes((codec.measurement,)):
            return False
        return all(
            int.from_bytes(payload[c.offset : c.offset + c.type.size], endian) & c.mask in c.values
            and len(payload) >= c.offset + c.type.size
            for c in consts
        )

    return fits
