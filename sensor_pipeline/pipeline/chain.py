"""From timed samples to angles and repetitions: guard, orientation, rest, mounting, angle, repetitions.

In: sample blocks with the record each row came with. Out: one :class:`Block` and events. Must not live here: formulas,
thresholds, decoding.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from sensor_pipeline.mounting.stage import MountingStage, StrapRows
from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.signal.angle import AxialStage, inclination
from sensor_pipeline.signal.guard import InputGuard
from sensor_pipeline.signal.lowpass import Lowpass
from sensor_pipeline.signal.orientation import OrientationFilter
from sensor_pipeline.signal.reps import AngleRows, RepRows
from sensor_pipeline.signal.rest import RestDetector
from sensor_pipeline.types import (
    Angles,
    Block,
    BoolArray,
    Event,
    Flag,
    FlagArray,
    FloatArray,
    IntArray,
    Mounting,
    Samples,
    SensorSetup,
)


class RepStage(Protocol):
    """What a repetition detector offers: see :class:`~sensor_pipeline.signal.reps.RepDetector`."""

    def update(self, rows: AngleRows) -> RepRows:
        """Follow a block of smoothed rows."""
        ...

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        """Close what is open; more rows may follow."""
        ...


@runtime_checkable
class MarkStage(Protocol):
    """A repetition detector that also takes the person's word: one without ``mark`` hears no marks."""

    def mark(self, order: int, time_s: float) -> tuple[Event, ...]:
        """Count what the person says was a repetition."""
        ...


class Chain:
    """The signal stages of one sensor in their order."""

    def __init__(
        self, setup: SensorSetup, sensor: int, params: PipelineParams, orientation: OrientationFilter, reps: RepStage
    ) -> None:
        """Args: the sensor's setup, its index, every stage's parameters, and the two stages a user may replace."""
        self._side = setup.side
        self._sensor = sensor
        self._orientation = orientation
        self._reps = reps
        self._guard = InputGuard(params.guard)
        self._rest = RestDetector(setup.rate_hz, params.rest)
        self._mounting = MountingStage(setup, sensor, params.mounting)
        self._lowpass = Lowpass(setup.rate_hz, params.lowpass)
        self._axial = AxialStage(setup.side)
        self._settling = False
        self._before: int | None = None  # flags of the last row, None before the first
        self._under: Mounting | None = None  # mounting of the last row
        self._in_rep = False  # whether a repetition is open after the last row

    def mark(self, order: int, session_s: float) -> list[Event]:
        """The person says that this was a repetition."""
        return list(self._reps.mark(order, session_s)) if isinstance(self._reps, MarkStage) else []

    def rezero(self) -> None:
        """The person asks for a new zero: the next standing pose sets it."""
        self._mounting.rezero()

    def update(self, samples: Samples, order: IntArray) -> list[Event]:
        """Run a block through all stages.

        Args:
            samples: the rows.
            order: (n,) the record each row came with.

        Returns:
            Events of the stages, and last the block itself.
        """
        n = len(samples)
        events: list[Event] = []
        flags = samples.flags.copy()
        angles = _no_angles(n)
        for begin, end, restart in self._runs(flags):
            if restart:
                self._restart()
            rows = _cut(samples, begin, end)
            gyr, acc = self._guard.update(rows)
            quat = self._orientation.update(gyr, acc, rows.dt_s)
            at_rest = self._rest.update(gyr, acc)
            if self._settling:
                self._mark_settling(flags[begin:end], at_rest)
            strapped = StrapRows(rows, order[begin:end], gyr, quat, at_rest)
            # the stage decides on a change after it has seen what the rows before it were: one stretch at a time
            for stretch in self._mounting.update(strapped, events, self._busy):
                cut = slice(begin + stretch.begin, begin + stretch.end)
                inner = slice(stretch.begin, stretch.end)
                part = _cut_angles(angles, cut)
                if stretch.slipped:
                    flags[cut] |= np.uint16(Flag.SLIPPED)
                events += self._measure(
                    stretch.mounting, samples.time_s[cut], quat[inner], at_rest[inner], flags[cut], order[cut], part
                )
        out = Samples(samples.time_s, samples.dt_s, samples.acc_m_s2, samples.gyr_rad_s, flags)
        events.append(Block(int(order[-1]), self._sensor, float(samples.time_s[-1]), out, angles))
        return events

    def flush(self, order: int, session_s: float) -> list[Event]:
        """The stream ends."""
        return [*self._mounting.flush(order, session_s), *self._reps.flush(order, session_s)]

    def _busy(self) -> bool:
        return self._in_rep

    def _runs(self, flags: FlagArray) -> Sequence[tuple[int, int, bool]]:
        """Cut a block where unfilled samples are missing: [begin, end) and whether the filter restarts there."""
        gap = (flags & Flag.GAP_BEFORE) != 0
        if not gap.any():
            runs = [(0, len(flags), False)]
        else:
            before = np.concatenate(([self._before or 0], flags[:-1].astype(np.int64)))
            cuts = np.flatnonzero(gap & ((before & Flag.BRIDGED) == 0)).tolist()
            if self._before is None and cuts and cuts[0] == 0:
                cuts = cuts[1:]  # nothing came before the first row: nothing to restart
            edges = sorted({0, *cuts, len(flags)})
            runs = [(a, b, a in cuts) for a, b in itertools.pairwise(edges)]
        self._before = int(flags[-1])
        return runs

    def _restart(self) -> None:
        self._orientation.reset()
        self._guard.reset()
        self._rest.reset()
        self._mounting.restart()
        self._lowpass.reset()
        self._axial.reset()
        self._settling = True

    def _mark_settling(self, flags: FlagArray, at_rest: BoolArray) -> None:
        rested = np.flatnonzero(at_rest)
        until = int(rested[0]) if len(rested) else len(flags)
        flags[:until] |= np.uint16(Flag.SETTLING)
        self._settling = not len(rested)

    def _measure(
        self,
        mounting: Mounting | None,
        time_s: FloatArray,
        quat: FloatArray,
        at_rest: BoolArray,
        flags: FlagArray,
        order: IntArray,
        angles: Angles,
    ) -> list[Event]:
        """Angles and repetitions of rows under one mounting; fills ``flags`` and ``angles`` (views of the block)."""
        if mounting is None or not len(time_s):
            return []
        events: list[Event] = []
        if mounting is not self._under:
            # angles before and after mean different things: no repetition spans the change
            events += self._reps.flush(int(order[0]), float(time_s[0]))
            self._lowpass.reset()
            self._under = mounting
        if mounting.tilt_only:
            flags |= np.uint16(Flag.TILT_ONLY)
        angles.dorsiflexion_rad[:], angles.frontal_rad[:] = inclination(quat, mounting, self._side)
        angles.has_dorsiflexion[:] = True
        angles.has_frontal[:] = not mounting.tilt_only
        skipped, centre_s, smooth = self._lowpass.update(time_s, angles.dorsiflexion_rad)
        found = self._reps.update(AngleRows(centre_s, time_s[skipped:], smooth, flags[skipped:], order[skipped:]))
        in_rep = np.concatenate((np.zeros(skipped, np.bool_), found.in_rep))
        self._in_rep = bool(in_rep[-1])
        angles.axial_rad[:], angles.has_axial[:] = self._axial.update(quat, mounting, at_rest, in_rep)
        events += found.events
        return events


def _cut(samples: Samples, begin: int, end: int) -> Samples:
    if begin == 0 and end == len(samples):
        return samples
    return Samples(
        samples.time_s[begin:end],
        samples.dt_s[begin:end],
        samples.acc_m_s2[begin:end],
        samples.gyr_rad_s[begin:end],
        samples.flags[begin:end],
    )


def _no_angles(n: int) -> Angles:
    no = np.zeros(n, np.bool_)
    return Angles(np.zeros(n), no, np.zeros(n), no.copy(), np.zeros(n), no.copy())


def _cut_angles(angles: Angles, rows: slice) -> Angles:
    return Angles(
        angles.dorsiflexion_rad[rows],
        angles.has_dorsiflexion[rows],
        angles.frontal_rad[rows],
        angles.has_frontal[rows],
        angles.axial_rad[rows],
        angles.has_axial[rows],
    )
