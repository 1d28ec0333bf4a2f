"""The laws themselves, one function each, for detectors and for filters.

In: a factory of fresh instances. Out: nothing, or :class:`~sensor_pipeline.lab.check.Broken`. Must not live here:
signals, the report.

Cuts are drawn with fixed seeds: a failure names the seed, and the same call shows it again.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensor_pipeline.frames import DEG_PER_RAD, up_in_sensor
from sensor_pipeline.lab.check import Broken, Law
from sensor_pipeline.lab.check_signals import (
    HOLE_S,
    RATE_HZ,
    lunge_angle,
    lunge_angle_with_hole,
    lunge_sensor_rows,
    odd_angle,
    odd_sensor_rows,
)
from sensor_pipeline.signal.reps import AngleRows, RepRows
from sensor_pipeline.types import Event, Rep, RepDone

__all__ = ["ORIENTATION_LAWS", "RATE_HZ", "REP_LAWS"]

SEEDS: Final = range(5)
"""Random cuts that are tried besides "one by one": each begins and ends with an empty block."""
MOST_CUTS: Final = 40
REUSED_ROWS: Final = 100
"""Block length where a caller's array is used again: one second."""
UNIT_TOLERANCE: Final = 1e-5
"""How far from 1 a quaternion's length may be: room for filters that count in single precision."""
RESET_TOLERANCE_DEG: Final = 0.5
"""What an offset seen in the gyroscope's noise and kept over a reset may do to the inclination, deg: imufusion 0.31,
vqf 0.01."""
_REP_SIGNALS: Final[Mapping[str, Callable[[], AngleRows]]] = {
    "lunge_angle": lunge_angle,
    "lunge_angle_with_hole": lunge_angle_with_hole,
    "odd_angle": odd_angle,
}
_SENSOR_SIGNALS: Final = {"lunge_sensor_rows": lunge_sensor_rows, "odd_sensor_rows": odd_sensor_rows}


def _edges(n: int) -> Iterator[tuple[str, Sequence[int]]]:
    """Ways to cut n rows: a name, and where to cut."""
    yield "one row at a time", range(n + 1)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        yield f"cuts of default_rng({seed})", [0, 0, *sorted(rng.integers(0, n + 1, MOST_CUTS).tolist()), n, n]


# --- repetition detectors ---


def _cut(rows: AngleRows, a: int, b: int) -> AngleRows:
    return AngleRows(**{f.name: getattr(rows, f.name)[a:b].copy() for f in dataclasses.fields(rows)})


def _run(detector: Any, rows: AngleRows, edges: Sequence[int]) -> tuple[list[Event], NDArray[np.bool_]]:
    events: list[Event] = []
    in_rep: list[NDArray[np.bool_]] = []
    for a, b in itertools.pairwise(edges):
        found: RepRows = detector.update(_cut(rows, a, b))
        if np.shape(found.in_rep) != (b - a,):
            raise Broken(f"in_rep has shape {np.shape(found.in_rep)} for {b - a} rows", f"update(rows[{a}:{b}])")
        events += found.events
        in_rep.append(np.asarray(found.in_rep, np.bool_))
    events += detector.flush(*_end(rows))
    return events, np.concatenate(in_rep)


def _end(rows: AngleRows) -> tuple[int, float]:
    return int(rows.order[-1]) + 1, float(rows.known_s[-1])


def _whole(make: Callable[[], Any], rows: AngleRows) -> tuple[list[Event], NDArray[np.bool_]]:
    return _run(make(), rows, [0, len(rows.time_s)])


def reps_chunking(make: Callable[[], Any]) -> None:
    """Any split of the rows gives the same events and the same open state, bit for bit."""
    for name, signal in _REP_SIGNALS.items():
        rows = signal()
        events, in_rep = _whole(make, rows)
        for cut, edges in _edges(len(rows.time_s)):
            again, open_again = _run(make(), rows, edges)
            # repr: floats to the last bit, and no value that is unequal to itself
            differing = next(
                (i for i, (a, b) in enumerate(zip(events, again, strict=False)) if repr(a) != repr(b)), None
            )
            how = f"rows = check_signals.{name}(), {cut}"
            if len(events) != len(again):
                raise Broken(f"{len(events)} events at once, {len(again)} in pieces", how)
            if differing is not None:
                raise Broken(f"event {differing} is {events[differing]} at once, {again[differing]} in pieces", how)
            if not np.array_equal(in_rep, open_again):
                raise Broken(f"in_rep differs at row {int(np.argmax(in_rep != open_again))}", how)


def reps_repeatable(make: Callable[[], Any]) -> None:
    """Two fresh instances give the same: nothing is kept outside of an instance."""
    for name, signal in _REP_SIGNALS.items():
        if repr(_whole(make, signal())[0]) != repr(_whole(make, signal())[0]):
            raise Broken("two fresh instances differ", f"twice: make().update(check_signals.{name}())")


def reps_finite(make: Callable[[], Any]) -> None:
    """Finite rows, however odd, give finite numbers in every event."""
    for name, signal in _REP_SIGNALS.items():
        for event in _whole(make, signal())[0]:
            bad = [place for place, number in _numbers(event) if not math.isfinite(number)]
            if bad:
                raise Broken(f"{type(event).__name__}.{bad[0]} is not finite", f"rows = check_signals.{name}()")


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for item in dataclasses.fields(value):
            yield from _numbers(getattr(value, item.name), f"{place}.{item.name}".lstrip("."))
    elif isinstance(value, float | np.floating):
        yield place, float(value)


def reps_untouched(make: Callable[[], Any]) -> None:
    """The rows are left as they are, and a caller may use their arrays again afterwards."""
    for name, signal in _REP_SIGNALS.items():
        rows = signal()
        edges = [*range(0, len(rows.time_s), REUSED_ROWS), len(rows.time_s)]
        events, _ = _run(make(), rows, edges)
        detector, seen = make(), []
        for a, b in itertools.pairwise(edges):
            block = _cut(rows, a, b)
            seen += detector.update(block).events
            for item in dataclasses.fields(block):
                array = getattr(block, item.name)
                if not np.array_equal(array, getattr(rows, item.name)[a:b]):
                    raise Broken(f"update changed {item.name}", f"update(check_signals.{name}()[{a}:{b}])")
                array[:] = 0  # the caller's next block may stand in the same memory
        seen += detector.flush(*_end(rows))
        if repr(seen) != repr(events):
            raise Broken(
                "keeps a view of the rows: copy what is needed later", f"overwrite check_signals.{name}() blocks"
            )


def reps_flush(make: Callable[[], Any]) -> None:
    """A second flush says nothing, and one before any row does not either."""
    if make().flush(0, 0.0):
        raise Broken("flush before any row gives events", "make().flush(0, 0.0)")
    rows = lunge_angle()
    for cut in (len(rows.time_s), 400):  # 400: in the middle of the first lunge
        detector = make()
        detector.update(_cut(rows, 0, cut))
        detector.flush(cut, float(rows.known_s[cut - 1]))
        again = detector.flush(cut, float(rows.known_s[cut - 1]))
        if again:
            raise Broken(f"a second flush gives {len(again)} events", f"update(lunge_angle()[:{cut}]), flush twice")


def reps_time(make: Callable[[], Any]) -> None:
    """Events come in time order, none before it can be known; a repetition's times rise, repetitions do not overlap."""
    for name, signal in _REP_SIGNALS.items():
        rows, detector, how = signal(), make(), f"rows = check_signals.{name}(), one row at a time"
        last_s, last_order, before = -math.inf, -1, None
        for i in range(len(rows.time_s)):
            known_s = float(rows.known_s[i])
            for event in detector.update(_cut(rows, i, i + 1)).events:
                shown = f"{type(event).__name__} at {event.time_s:.3f} s"
                if event.time_s < last_s or event.order < last_order:
                    raise Broken(f"{shown}, order {event.order}, after {last_s:.3f} s, order {last_order}", how)
                if event.time_s > known_s:
                    raise Broken(f"{shown} was given out at {known_s:.3f} s", how)
                last_s, last_order = event.time_s, event.order
                if isinstance(event, RepDone):
                    _check_rep(event.rep, before, known_s, how)
                    before = event.rep


def _check_rep(rep: Rep, before: Rep | None, known_s: float, how: str) -> None:
    if not rep.start_s <= rep.peak_s <= rep.end_s or rep.start_s >= rep.end_s:
        raise Broken(f"repetition {rep.rep}: start {rep.start_s}, peak {rep.peak_s}, end {rep.end_s} do not rise", how)
    if rep.end_s > known_s:
        raise Broken(f"repetition {rep.rep} ends at {rep.end_s:.3f} s and was known at {known_s:.3f} s", how)
    if before is not None and (rep.start_s < before.end_s or rep.rep <= before.rep):
        raise Broken(f"repetition {rep.rep} overlaps {before.rep}, or its number does not rise", how)


def reps_gaps(make: Callable[[], Any]) -> None:
    """A repetition over a hole in time, or over settling rows, is not passed off as measured whole (``scored``)."""
    for event in _whole(make, lunge_angle_with_hole())[0]:
        if isinstance(event, RepDone) and event.rep.scored:
            rep = event.rep
            if rep.start_s < HOLE_S[0] and rep.end_s > HOLE_S[1]:
                raise Broken(
                    f"repetition {rep.rep} ({rep.start_s:.2f} to {rep.end_s:.2f} s) spans the hole and has scored=True",
                    "rows = check_signals.lunge_angle_with_hole()",
                )


REP_LAWS: Final[Mapping[str, Law]] = {
    "chunking, bit for bit": reps_chunking,
    "fresh instances agree": reps_repeatable,
    "finite in, finite out": reps_finite,
    "input left alone": reps_untouched,
    "flush is idempotent": reps_flush,
    "time rises": reps_time,
    "gaps are not measured": reps_gaps,
}

# --- orientation filters ---


def _quat(made: Any, rows: Sequence[NDArray[np.float64]], edges: Sequence[int]) -> NDArray[np.float64]:
    parts = []
    for a, b in itertools.pairwise(edges):
        quat = np.asarray(made.update(*(array[a:b].copy() for array in rows)))
        if quat.shape != (b - a, 4) or quat.dtype != np.float64:
            raise Broken(
                f"{b - a} rows gave shape {quat.shape}, {quat.dtype}; must be ({b - a}, 4), float64",
                f"update(rows[{a}:{b}])",
            )
        parts.append(quat.copy())
    return np.concatenate(parts)


def _bits(quat: NDArray[np.float64]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(quat).view(np.uint64)


def orientation_chunking(make: Callable[[], Any]) -> None:
    """Any split of the rows gives the same quaternions, bit for bit."""
    for name, signal in _SENSOR_SIGNALS.items():
        rows = signal()
        whole = _quat(make(), rows, [0, len(rows[0])])
        for cut, edges in _edges(len(rows[0])):
            differs = (_bits(_quat(make(), rows, edges)) != _bits(whole)).any(axis=1)
            if differs.any():
                raise Broken(f"differs from row {int(np.argmax(differs))} on", f"rows = check_signals.{name}(), {cut}")


def orientation_unit(make: Callable[[], Any]) -> None:
    """Finite rows, however odd, give finite quaternions of length 1."""
    for name, signal in _SENSOR_SIGNALS.items():
        rows = signal()
        quat = _quat(make(), rows, [0, len(rows[0])])
        length = np.sqrt(np.sum(quat * quat, axis=1))
        bad = ~(np.abs(length - 1.0) <= UNIT_TOLERANCE)
        if bad.any():
            first = int(np.argmax(bad))
            raise Broken(f"row {first} has length {length[first]}", f"rows = check_signals.{name}()")


def orientation_untouched(make: Callable[[], Any]) -> None:
    """The rows are left as they are, and a caller may use their arrays again afterwards."""
    rows = lunge_sensor_rows()
    edges = [*range(0, len(rows[0]), REUSED_ROWS), len(rows[0])]
    whole = _quat(make(), rows, edges)
    made, parts = make(), []
    for a, b in itertools.pairwise(edges):
        block = [array[a:b].copy() for array in rows]
        parts.append(np.asarray(made.update(*block)).copy())
        for argument, given, array in zip(("gyr_rad_s", "acc_m_s2", "dt_s"), block, rows, strict=True):
            if not np.array_equal(given, array[a:b]):
                raise Broken(f"update changed {argument}", f"update(check_signals.lunge_sensor_rows()[{a}:{b}])")
            given[:] = 0.0
    if not np.array_equal(_bits(np.concatenate(parts)), _bits(whole)):
        raise Broken("keeps a view of the rows: copy what is needed later", "overwrite lunge_sensor_rows() blocks")


def orientation_reset(make: Callable[[], Any]) -> None:
    """After reset, as after a long gap, nothing of the movement before is left; a gyroscope offset may be."""
    rows = lunge_sensor_rows()
    gyr, acc, dt_s = rows
    turned = (np.roll(gyr, 1, axis=1), np.roll(acc, 1, axis=1), dt_s)  # the sensor in another pose: z is level now
    edges = [0, len(dt_s)]
    made = make()
    _quat(made, rows, edges)
    made.reset()
    up, fresh = (np.stack(up_in_sensor(_quat(one, turned, edges)), axis=1) for one in (made, make()))
    off_deg = 2.0 * np.arcsin(np.minimum(0.5 * np.linalg.norm(up - fresh, axis=1), 1.0)) * DEG_PER_RAD
    if not off_deg.max() <= RESET_TOLERANCE_DEG:
        raise Broken(
            f"its inclination differs from a fresh one's by {off_deg.max():.2f} deg in row {int(np.argmax(off_deg))}",
            "update(rows), reset(), update(rows with their axes rolled by one); rows = lunge_sensor_rows()",
        )


def orientation_repeatable(make: Callable[[], Any]) -> None:
    """Two fresh instances give the same: nothing is kept outside of an instance."""
    rows = lunge_sensor_rows()
    edges = [0, len(rows[0])]
    if not np.array_equal(_bits(_quat(make(), rows, edges)), _bits(_quat(make(), rows, edges))):
        raise Broken("two fresh instances differ", "twice: make().update(*check_signals.lunge_sensor_rows())")


ORIENTATION_LAWS: Final[Mapping[str, Law]] = {
    "chunking, bit for bit": orientation_chunking,
    "fresh instances agree": orientation_repeatable,
    "finite in, unit quaternion out": orientation_unit,
    "input left alone": orientation_untouched,
    "reset forgets (gaps)": orientation_reset,
}
