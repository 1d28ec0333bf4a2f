"""From a placed packet to rows: times, spacing, filled gaps, flags.

In: a :class:`Run`. Out: :class:`~sensor_pipeline.types.Samples`, or single rows for pairing. Must not live here:
where a packet belongs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensor_pipeline.errors import SensorError
from sensor_pipeline.types import Flag, FlagArray, FloatArray, Packet, Samples

_TABLE = 256  # packets of nearly every sensor are shorter; longer ones are built on the spot
_COUNT = np.arange(1.0, _TABLE + 1.0)
_STEPS = tuple(_COUNT[:n] for n in range(_TABLE + 1))
# looked up once: they are called for every packet
_add, _multiply, _empty, _ndarray, _FLOAT64 = np.add, np.multiply, np.empty, np.ndarray, np.dtype(np.float64)
_SAME = (0,)  # stride of an array whose elements are all one and the same: whoever cares can tell
_PLAIN: dict[tuple[int, int], FlagArray] = {}  # flags of a packet without a gap, by flag and length: read-only, shared

BRIDGED = int(Flag.BRIDGED)
CLIPPED = int(Flag.CLIPPED)
GAP_BEFORE = int(Flag.GAP_BEFORE)
RATE_UNSETTLED = int(Flag.RATE_UNSETTLED)


@dataclass(slots=True)
class Run:
    """One packet with its place in time: rows k = 1 .. fill + n at ``start + k * step``.

    Attributes:
        packet: the samples.
        fill: rows to fill between ``before`` and the packet.
        before: the packet before a filled gap, None where nothing is filled.
        start_s, step_s: session time.
        device_start_s, device_step_s: device time, for pairing two streams of one clock.
        dt_s: spacing of every row, s.
        flags: bits that all rows carry.
        gap: whether samples are missing before the packet's first row.
        joined: whether the first row continues the rows before (False after a gap that is not filled).
    """

    packet: Packet
    fill: int
    before: Packet | None
    start_s: float
    step_s: float
    device_start_s: float
    device_step_s: float
    dt_s: float
    flags: int
    gap: bool
    joined: bool


class RowMaker:
    """Makes the rows of one stream's packets: the stream's own, for it keeps two places to compute with."""

    __slots__ = ("_start", "_step")

    def __init__(self) -> None:
        # numpy takes a number that already lies in an array in half the time it takes a Python float
        self._start, self._step = np.empty(()), np.empty(())

    def plain(
        self,
        n: int,
        start_s: float,
        step_s: float,
        dt_s: float,
        acc_m_s2: FloatArray,
        gyr_rad_s: FloatArray,
        flags: int,
    ) -> Samples:
        """Rows k = 1 .. ``n`` at ``start_s + k * step_s``, all with the same spacing and flags.

        Args:
            n: how many.
            start_s, step_s: session time, s.
            dt_s: spacing by the device's clock, s.
            acc_m_s2, gyr_rad_s: (n, 3) each.
            flags: bits of :class:`Flag`.
        """
        start, step = self._start, self._step
        start[()], step[()] = start_s, step_s
        time_s = _multiply(_STEPS[n] if n <= _TABLE else np.arange(1.0, n + 1.0), step)
        one_s = _empty(1)
        one_s[0] = dt_s
        spacing_s = _ndarray(n, _FLOAT64, one_s, 0, _SAME)
        same = _NO_FLAGS[n] if flags == 0 and n <= _TABLE else plain_flags(flags, n)
        return Samples(_add(time_s, start, time_s), spacing_s, acc_m_s2, gyr_rad_s, same)

    def samples(self, run: Run) -> Samples:
        """The rows of a run whose packet carries both acc and gyr."""
        packet = run.packet
        acc, gyr = packet.acc_m_s2, packet.gyr_rad_s
        if acc is None or gyr is None:
            missing = "acc" if acc is None else "gyr"
            raise SensorError(
                f"stream {packet.stream!r} is of channel imu, but a packet carries no {missing}; check its spec"
            )
        if run.before is not None:
            acc, gyr = filled(run.before.acc_m_s2, acc, run.fill), filled(run.before.gyr_rad_s, gyr, run.fill)
        found = self.plain(run.fill + packet.n, run.start_s, run.step_s, run.dt_s, acc, gyr, run.flags)
        if run.fill or run.gap:
            found.flags = np.array(row_flags(run), dtype=np.uint16)
        return found


def filled(before: FloatArray | None, values: FloatArray, fill: int) -> FloatArray:
    """``values`` (n, 3) with ``fill`` rows in front, linear from the last row of ``before`` to the first one."""
    if before is None or fill == 0:
        return values
    weight = (np.arange(1.0, fill + 1.0) / (fill + 1.0))[:, None]
    left = before[-1]
    return np.concatenate((left + weight * (values[0] - left), values))


def joined(blocks: list[Samples]) -> Samples:
    """Blocks one after the other; no rows for an empty list."""
    if len(blocks) == 1:
        return blocks[0]
    if not blocks:
        return Samples(np.empty(0), np.empty(0), np.empty((0, 3)), np.empty((0, 3)), np.empty(0, np.uint16))
    return Samples(
        np.concatenate([block.time_s for block in blocks]),
        np.concatenate([block.dt_s for block in blocks]),
        np.concatenate([block.acc_m_s2 for block in blocks]),
        np.concatenate([block.gyr_rad_s for block in blocks]),
        np.concatenate([block.flags for block in blocks]),
    )


def row_flags(run: Run) -> list[int]:
    """The flags of a run's rows, filled ones first; a filled row is clipped where one of its neighbours is."""
    filler = run.flags | BRIDGED
    if run.before is not None:
        filler |= packet_flags(run.before)
    flags = [filler] * run.fill + [run.flags] * run.packet.n
    if run.gap:
        flags[run.fill] |= GAP_BEFORE
    return flags


def packet_flags(packet: Packet) -> int:
    """The flag of its rows that a packet brings along."""
    return CLIPPED if "clipped" in packet.flags else 0


def plain_flags(flag: int, rows: int) -> FlagArray:
    """The same flags for each of ``rows`` rows: read-only, shared where rows are few."""
    flags = _PLAIN.get((flag, rows))
    if flags is None:
        flags = np.full(rows, flag, dtype=np.uint16)
        flags.setflags(write=False)
        if rows <= _TABLE:
            _PLAIN[flag, rows] = flags
    return flags


_NO_FLAGS = tuple(plain_flags(0, n) for n in range(_TABLE + 1))
