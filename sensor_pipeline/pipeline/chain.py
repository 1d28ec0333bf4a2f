"""From timed samples to angles and repetitions: guard, orientation, rest, mounting, angle, repetitions, grade.

In: sample blocks with the record each row came with. Out: one :class:`Block` and events. Must not live here: formulas,
thresholds, decoding.

The packets of the live path are few rows: stages then work in plain Python (``*_few``), bit for bit with the same
result, because numpy's cost per call would be most of the time.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial

import numpy as np

from sensor_pipeline.mounting.stage import MountingStage, StrapRows
from sensor_pipeline.pipeline.grade import GradeParams, Grader, NoGrade
from sensor_pipeline.pipeline.params import PipelineParams
from sensor_pipeline.pipeline.rep_stage import MarkStage, RepStage
from sensor_pipeline.signal.angle import FEW_ROWS, LastRest, SideRows, dorsiflexion, side_angles
from sensor_pipeline.signal.guard import InputGuard
from sensor_pipeline.signal.history import KeptRows
from sensor_pipeline.signal.lowpass import Lowpass
from sensor_pipeline.signal.orientation import OrientationFilter
from sensor_pipeline.signal.reps import AngleRows, RepDetector
from sensor_pipeline.signal.rest import RestDetector
from sensor_pipeline.types import (
    Block,
    BoolArray,
    Event,
    Flag,
    FlagArray,
    FloatArray,
    IntArray,
    LateAngles,
    Mounting,
    Samples,
    SensorSetup,
    Targets,
)

TILT_ONLY = np.uint16(Flag.TILT_ONLY)
SLIPPED = np.uint16(Flag.SLIPPED)
YES = tuple(np.ones(n, np.bool_) for n in range(FEW_ROWS + 1))
"""Arrays of n times True, not to be written to."""


class Chain:
    """The signal stages of one sensor in their order."""

    def __init__(
        self,
        setup: SensorSetup,
        sensor: int,
        params: PipelineParams,
        orientation: OrientationFilter,
        reps: RepStage,
        targets: Targets | None = None,
        grade: GradeParams | None = None,
    ) -> None:
        """Build the stages.

        Args:
            setup: the sensor's setup.
            sensor: its index.
            params: every stage's parameters.
            orientation, reps: the two stages a user may replace.
            targets: what repetitions are graded against; None = they are not graded.
            grade: parameters of grading, None = the defaults.
        """
        self._side = setup.side
        self._sensor = sensor
        self._orientation = orientation
        self._reps = reps
        # not for a class derived from it: that may have another ``update``
        self._quick_reps = reps if type(reps) is RepDetector else None
        self._guard = InputGuard(params.guard)
        self._rest = RestDetector(setup.rate_hz, params.rest)
        self._mounting = MountingStage(setup, sensor, params.mounting)
        self._lowpass = Lowpass(setup.rate_hz, params.lowpass)
        self._last_rest = LastRest()
        longest_s = params.reps.longest_s
        self._grader = NoGrade() if targets is None else Grader(targets, longest_s, grade or GradeParams())
        self._settling = False
        self._before: int | None = None  # flags of the last row, None before the first
        self._under: Mounting | None = None  # mounting of the last row
        self._in_rep = False  # whether a repetition is open after the last row

    def mark(self, order: int, session_s: float) -> list[Event]:
        """The person says that this was a repetition."""
        return self._grader.grade(self._reps.mark(order, session_s)) if isinstance(self._reps, MarkStage) else []

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
        work = _Work(samples, order)
        for begin, end, restart in self._runs(work.flags):
            if restart:
                self._restart()
            rows = _cut(samples, begin, end)
            gyr, acc = self._guard.update(rows)
            quat = self._orientation.update(gyr, acc, rows.dt_s)
            at_rest = self._rest.update(gyr, acc)
            if self._settling:
                self._mark_settling(work.flags[begin:end], at_rest)
            self._measure(StrapRows(rows, order[begin:end], gyr, quat, at_rest), acc, begin, work)
        return work.events_and_block(self._sensor)

    def update_packet(self, samples: Samples, order: int) -> list[Event]:
        """Run the rows of one record through all stages: :meth:`update`, quickly where nothing about them is unusual.

        Args:
            samples: the rows, at least one.
            order: the record they came with.

        Returns:
            As :meth:`update`.
        """
        n, reps, mounting = len(samples.time_s), self._quick_reps, self._under
        if n > FEW_ROWS or reps is None or self._settling or np.count_nonzero(samples.flags):
            return self.update(samples, np.full(n, order, np.int64))
        self._before = 0
        gyr, acc = self._guard.update(samples)
        quat = self._orientation.update(gyr, acc, samples.dt_s)
        at_rest = self._rest.update_few(gyr, acc)
        if mounting is None or not self._mounting.pass_few(mounting, samples, quat, at_rest):
            work = _Work(samples, np.full(n, order, np.int64))
            rested = np.zeros(n, np.bool_) if at_rest is None else np.array(at_rest)
            self._measure(StrapRows(samples, work.order, gyr, quat, rested), acc, 0, work)
            return work.events_and_block(self._sensor)
        if mounting.tilt_only:
            samples = _flagged(samples, samples.flags | TILT_ONLY)
        angle_rad = dorsiflexion(quat, mounting)
        time_s = samples.time_s.tolist()
        self._grader.keep(KeptRows(samples.time_s, gyr, acc, quat, angle_rad, samples.flags, mounting), time_s[-1])
        skipped, centre_s, smooth = self._lowpass.update_few(time_s, angle_rad.tolist())
        events, in_rep = reps.update_few(centre_s, time_s[skipped:], smooth, None, order)
        if events:
            events = self._grader.grade(events)
        if skipped:
            in_rep = [False] * skipped + ([in_rep] * len(smooth) if isinstance(in_rep, bool) else in_rep)
        reference = self._last_rest.quat
        if at_rest is not None:
            self._last_rest.follow_few(quat, at_rest, in_rep)
        self._in_rep = in_rep if isinstance(in_rep, bool) else in_rep[-1]
        rows = SideRows(quat, mounting, self._side, reference, False if at_rest is None else at_rest, in_rep)
        block = Block(order, self._sensor, time_s[-1], samples, LateAngles(angle_rad, YES[n], rows.angles))
        return [*events, block] if events else [block]

    def flush(self, order: int, session_s: float) -> list[Event]:
        """The stream ends."""
        return [*self._mounting.flush(order, session_s), *self._grader.grade(self._reps.flush(order, session_s))]

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
        self._last_rest.reset()
        self._grader.restart()
        self._settling = True

    def _mark_settling(self, flags: FlagArray, at_rest: BoolArray) -> None:
        rested = np.flatnonzero(at_rest)
        until = int(rested[0]) if len(rested) else len(flags)
        flags[:until] |= np.uint16(Flag.SETTLING)
        self._settling = not len(rested)

    def _measure(self, strapped: StrapRows, acc: FloatArray, begin: int, work: _Work) -> None:
        """Mounting, angle and repetitions of rows without a hole, which begin at row ``begin`` of the block.

        Args:
            strapped: the rows.
            acc: (n, 3) their specific force, safe.
            begin: where they are.
            work: the block.
        """
        quat, at_rest, events = strapped.quat, strapped.at_rest, work.events
        # the stage decides on a change after it has seen what the rows before it were: one stretch at a time
        for stretch in self._mounting.update(strapped, events, self._busy):
            inner = slice(stretch.begin, stretch.end)
            cut = slice(begin + stretch.begin, begin + stretch.end)
            mounting, flags = stretch.mounting, work.flags[cut]
            time_s, order = work.samples.time_s[cut], work.order[cut]
            if stretch.slipped:
                flags |= SLIPPED
            if mounting is None or not len(time_s):
                continue
            if mounting is not self._under:
                # angles before and after mean different things: no repetition spans the change
                events += self._grader.grade(self._reps.flush(int(order[0]), float(time_s[0])))
                self._lowpass.reset()
                self._under = mounting
            if mounting.tilt_only:
                flags |= TILT_ONLY
            work.angle_rad[cut] = angle_rad = dorsiflexion(quat[inner], mounting)
            work.has_angle[cut] = True
            kept = KeptRows(time_s, strapped.gyr_rad_s[inner], acc[inner], quat[inner], angle_rad, flags, mounting)
            self._grader.keep(kept, float(time_s[-1]))
            in_rep = self._detect(time_s, angle_rad, flags, order, events)
            rows = SideRows(quat[inner], mounting, self._side, self._last_rest.quat, at_rest[inner], in_rep)
            work.parts.append((cut, rows))
            self._last_rest.follow(quat[inner], at_rest[inner], in_rep)

    def _detect(
        self, time_s: FloatArray, lean_rad: FloatArray, flags: FlagArray, order: IntArray, events: list[Event]
    ) -> BoolArray:
        """Smooth rows and look for repetitions; (n,) whether one was open."""
        skipped, centre_s, smooth = self._lowpass.update(time_s, lean_rad)
        found = self._reps.update(AngleRows(centre_s, time_s[skipped:], smooth, flags[skipped:], order[skipped:]))
        if found.events:
            events += self._grader.grade(found.events)
        in_rep = np.concatenate((np.zeros(skipped, np.bool_), found.in_rep)) if skipped else found.in_rep
        self._in_rep = bool(in_rep[-1])
        return in_rep


class _Work:
    """A block while the stages work on it."""

    def __init__(self, samples: Samples, order: IntArray) -> None:
        n = len(samples)
        self.samples = samples
        self.order = order
        self.flags = samples.flags.copy()
        self.angle_rad = np.zeros(n)
        self.has_angle = np.zeros(n, np.bool_)
        self.parts: list[tuple[slice, SideRows]] = []
        self.events: list[Event] = []

    def events_and_block(self, sensor: int) -> list[Event]:
        angles = LateAngles(self.angle_rad, self.has_angle, partial(side_angles, len(self.samples), self.parts))
        time_s = float(self.samples.time_s[-1])
        block = Block(int(self.order[-1]), sensor, time_s, _flagged(self.samples, self.flags), angles)
        return [*self.events, block]


def _flagged(samples: Samples, flags: FlagArray) -> Samples:
    return Samples(samples.time_s, samples.dt_s, samples.acc_m_s2, samples.gyr_rad_s, flags)


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
