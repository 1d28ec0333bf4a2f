"""Framing: how packets lie in notifications. Two framers with bounded memory; plain notifications need none.

In: payloads in order. Out: frames, replies, skipped bytes. Must not live here: what a packet's numbers mean.

A framer's ``feed`` gets the function that unpacks a packet and commits its own state only after that has succeeded.
"""

from __future__ import annotations

import re

from sensor_pipeline.devices.layout import Framing
from sensor_pipeline.devices.unpack import Unpack
from sensor_pipeline.errors import PacketError
from sensor_pipeline.types import Decoded, Packet

REPLY, DATA, PART2 = 1, 2, 3
"""First byte of a GSP notification (Movesense GATT SensorData Protocol)."""


class ByteStream:
    """Frames found by their first bytes in a stream that is split and merged at will.

    In step (at the start, and after a good frame) a frame is taken as soon as it is complete. After a skipped byte a
    frame is taken only when the bytes behind it start another one: first bytes also occur inside of frames. A frame
    that does not unpack is no frame: its first byte is skipped. So the result depends on the bytes only, never on how
    they were split, and nothing ever raises.
    """

    def __init__(self, framing: Framing) -> None:
        self._frames = {frame.sync: frame for frame in framing.frames}
        self._syncs = re.compile(b"|".join(re.escape(sync) for sync in self._frames))
        self._longest = max(map(len, self._frames))
        self._sample_bytes = min(frame.length for frame in framing.frames if frame.role != "reply")
        self._rest = b""
        self._in_step = True

    def feed(self, payload: bytes, unpack: Unpack) -> Decoded:
        """Take the next bytes of the stream.

        Returns:
            Packets and replies of all frames that are complete now, and how many bytes were skipped.
        """
        data = self._rest + payload
        packets: list[Packet] = []
        replies: list[bytes] = []
        at = skipped = 0
        while True:
            found = self._syncs.search(data, at)
            start = found.start() if found is not None else self._tail(data, at)
            if start > at:
                skipped += start - at
                at = start
                self._in_step = False
            if found is None:
                break
            frame = self._frames[found[0]]
            end = at + frame.length
            if not self._in_step:
                follows = self._follows(data, end)
                if follows is None:
                    break
            else:
                follows = True
            if end > len(data):
                break
            taken = follows and self._take(data[at:end], frame.role == "reply", unpack, packets, replies)
            self._in_step = taken
            skipped += not taken
            at = end if taken else at + 1
        self._rest = data[at:]
        return Decoded(tuple(packets), skipped, tuple(replies), skipped // self._sample_bytes)

    def flush(self, unpack: Unpack) -> Decoded:
        """End the stream: a whole frame that waits for the next one's first bytes is taken, the rest is skipped."""
        data, self._rest = self._rest, b""
        packets: list[Packet] = []
        replies: list[bytes] = []
        found = self._syncs.match(data)
        frame = None if found is None else self._frames[found[0]]
        if frame is not None and len(data) >= frame.length:
            taken = self._take(data[: frame.length], frame.role == "reply", unpack, packets, replies)
            data = data[frame.length :] if taken else data
        self._in_step = True
        return Decoded(tuple(packets), len(data), tuple(replies), len(data) // self._sample_bytes)

    @staticmethod
    def _take(frame: bytes, is_reply: bool, unpack: Unpack, packets: list[Packet], replies: list[bytes]) -> bool:
        if is_reply:
            replies.append(frame)
            return True
        try:
            packets.append(unpack(frame))
        except PacketError:
            return False
        return True

    def _follows(self, data: bytes, end: int) -> bool | None:
        """True where a frame starts at ``end``, None where too few bytes are there to tell."""
        ahead = data[end : end + self._longest]
        if self._syncs.match(ahead):
            return True
        return None if any(sync.startswith(ahead) for sync in self._frames) else False

    def _tail(self, data: bytes, at: int) -> int:
        """Where the beginning of a frame's first bytes may stand at the end of ``data``."""
        for start in range(max(at, len(data) - self._longest + 1), len(data)):
            if any(sync.startswith(data[start:]) for sync in self._frames):
                return start
        return len(data)


class Gsp:
    """Packets in one notification or in two: a second part completes the last packet, judged by length.

    A first part whose second part never came is dropped with the next packet and counted as skipped bytes. A first
    part can have the length of a whole packet by chance; the second part that follows gives it away, and from then on
    that length is not taken for a whole packet until one comes without its second part. The packet taken wrongly
    before has gone out by then.
    """

    def __init__(self, framing: Framing, header: int, stride: int, n_max: int) -> None:
        self._reference = framing.reference
        self._header, self._stride = header, stride
        self._max_len = header + n_max * stride
        self._forget()

    def _forget(self) -> None:
        self._first: bytes | None = None
        self._last_whole = 0
        self._never_whole = 0

    def feed(self, payload: bytes, unpack: Unpack) -> Decoded:
        """Take the next notification.

        Raises:
            PacketError: unknown kind or reference, no packet to complete, too long, or what ``unpack`` refuses.
        """
        if len(payload) < 2:
            raise PacketError(f"{len(payload)} bytes; kind and reference alone have 2", payload)
        kind, reference = payload[0], payload[1]
        if kind == REPLY:
            return Decoded((), 0, (payload,))
        if kind not in (DATA, PART2) or reference != self._reference:
            reason = f"kind {kind}, reference {reference}; 1 to 3 and {self._reference} are allowed"
            raise PacketError(reason, payload)
        return self._second(payload, unpack) if kind == PART2 else self._start(payload, unpack)

    def _start(self, payload: bytes, unpack: Unpack) -> Decoded:
        size = len(payload)
        if not self._header <= size <= self._max_len:
            raise PacketError(f"{size} bytes; {self._header} to {self._max_len} are allowed", payload)
        packets: tuple[Packet, ...] = ()
        skipped = len(self._first) if self._first is not None else 0
        never_whole = 0 if skipped == self._never_whole else self._never_whole
        whole = size > self._header and not (size - self._header) % self._stride and size != never_whole
        if whole:
            packets = (unpack(payload),)
        self._never_whole = never_whole
        self._first = None if whole else payload
        self._last_whole = size if whole else 0
        return Decoded(packets, skipped)

    def flush(self, unpack: Unpack) -> Decoded:
        """End the stream: a first part without its second is skipped."""
        skipped = 0 if self._first is None else len(self._first)
        self._forget()
        return Decoded((), skipped)

    def _second(self, payload: bytes, unpack: Unpack) -> Decoded:
        if self._first is None:
            if not self._last_whole:
                raise PacketError("a second part without a first one", payload)
            self._never_whole, self._last_whole = self._last_whole, 0
            return Decoded((), len(payload))
        joined = self._first + payload[2:]
        if len(joined) > self._max_len or (len(joined) - self._header) % self._stride:
            reason = f"{len(self._first)} and {len(payload) - 2} bytes do not make whole samples"
            raise PacketError(reason, payload)
        packet = unpack(joined)
        self._first = None
        return Decoded((packet,))
