"""Every law is broken once, by a class that breaks it and little else, and the report says so; ours keep them all."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.lab.check import CheckReport, LawError, check_algorithm
from sensor_pipeline.lab.example_detectors import BlockwiseDetector, LevelDetector
from sensor_pipeline.signal.orientation import FILTER_NAMES, OrientationParams, available_filters, make_filter
from sensor_pipeline.signal.reps import AngleRows, RepDetector, RepParams, RepRows
from sensor_pipeline.types import Event, FloatArray, RepDone, Side, Targets


def broken(report: CheckReport) -> set[str]:
    return {result.law for result in report.failures()}


# --- ours ---


def test_the_detector_that_this_package_uses_keeps_every_law() -> None:
    report = check_algorithm(lambda side, sensor: RepDetector(side, Targets(36.0, 1.0), sensor, RepParams()))
    assert report.passed, str(report)
    assert len(report.results) == 7


@pytest.mark.parametrize("name", FILTER_NAMES)
def test_the_filters_that_this_package_uses_keep_every_law(name: str) -> None:
    if name not in available_filters():
        pytest.skip(f"{name} is not installed here")
    report = check_algorithm(lambda rate_hz: make_filter(rate_hz, name, OrientationParams()), kind="orientation")
    assert report.passed, str(report)


def test_of_the_examples_one_keeps_the_laws_and_the_other_breaks_what_its_docstring_says() -> None:
    assert check_algorithm(LevelDetector).passed
    assert broken(check_algorithm(BlockwiseDetector)) == {
        "chunking, bit for bit",
        "time rises",
        "gaps are not measured",
    }


def test_the_signals_hold_what_the_laws_need() -> None:
    from sensor_pipeline.lab import check_signals

    detector = LevelDetector()
    rows = check_signals.lunge_angle()
    done = [event for event in detector.update(rows).events if isinstance(event, RepDone)]
    assert [event.rep.rep for event in done] == list(range(1, check_signals.REPS + 1))
    assert done[0].rep.peak_deg == pytest.approx(check_signals.PEAK_DEG, abs=1.0)
    assert np.diff(check_signals.lunge_angle_with_hole().time_s).max() > 1.0
    assert check_signals.lunge_angle_with_hole().flags.any()


# --- one broken law each ---


class Counting(LevelDetector):
    """Keeps its count in the class, so that a second instance goes on where the first stopped."""

    total: ClassVar[list[int]] = [0]

    def _close(self, end_s: float, order: int, known_s: float, reason: str) -> list[Event]:
        self._count = self.total[0]
        events = super()._close(end_s, order, known_s, reason)
        self.total[0] += len(events)
        return events


class Scribbling(LevelDetector):
    def update(self, rows: AngleRows) -> RepRows:
        found = super().update(rows)
        rows.angle_rad[:] = 0.0
        return found


class Borrowing(LevelDetector):
    """Looks at the last block once more, when the next one comes: through a view."""

    before: AngleRows | None = None

    def update(self, rows: AngleRows) -> RepRows:
        if self.before is not None and len(self.before.time_s):
            self._before_s = float(self.before.time_s[-1])
        found = super().update(rows)
        self.before = rows
        return found


class Repeating(LevelDetector):
    last: tuple[Event, ...] = ()

    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        self.last = super().flush(order, known_s) or self.last
        return self.last


class Unknowing(LevelDetector):
    def _close(self, end_s: float, order: int, known_s: float, reason: str) -> list[Event]:
        events = super()._close(end_s, order, known_s, reason)
        return [
            dataclasses.replace(e, rep=dataclasses.replace(e.rep, peak_velocity_deg_s=float("nan")))  # type: ignore[attr-defined, type-var] # RepDone
            for e in events
        ]


class Prophet(LevelDetector):
    def _close(self, end_s: float, order: int, known_s: float, reason: str) -> list[Event]:
        return super()._close(end_s + 1.0, order, known_s, reason)


class Trusting(LevelDetector):
    def _close(self, end_s: float, order: int, known_s: float, reason: str) -> list[Event]:
        if reason == "gap":
            return []
        return [
            dataclasses.replace(e, rep=dataclasses.replace(e.rep, scored=True))  # type: ignore[attr-defined, type-var] # RepDone
            for e in super()._close(end_s, order, known_s, reason)
        ]


class Crashing(LevelDetector):
    def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
        raise KeyError("peak")


class Short(LevelDetector):
    def update(self, rows: AngleRows) -> RepRows:
        return RepRows(super().update(rows).events, np.zeros(3, np.bool_))


@pytest.mark.parametrize(
    ("make", "law", "words"),
    [
        (Counting, "fresh instances agree", "two fresh instances differ"),
        (Scribbling, "input left alone", "update changed angle_rad"),
        (Borrowing, "input left alone", "keeps a view"),
        (Repeating, "flush is idempotent", "a second flush gives 1 events"),
        (Unknowing, "finite in, finite out", "RepDone.rep.peak_velocity_deg_s is not finite"),
        (Prophet, "time rises", "was known at"),
        (Trusting, "gaps are not measured", "spans the hole and has scored=True"),
        (Crashing, "flush is idempotent", "raised KeyError: 'peak' in flush"),
        (Short, "chunking, bit for bit", r"in_rep has shape (3,)"),
    ],
)
def test_a_detector_that_breaks_a_law_is_told_which_and_how(make: type, law: str, words: str) -> None:
    report = check_algorithm(make)
    (result,) = [result for result in report.failures() if result.law == law]
    assert words in result.what
    assert result.reproduce
    assert law in str(report)
    assert words in str(report)


class Tilt:
    """A filter that keeps every law: the tilt of each row's acceleration, with the rows' own bits."""

    def __init__(self, rate_hz: float) -> None:
        self._last = np.array([1.0, 0.0, 0.0, 0.0])

    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        quat = np.empty((len(acc), 4))
        for i, row in enumerate(acc.tolist()):
            x, y, z = row
            norm = (x * x + y * y + z * z) ** 0.5
            if norm > 1e-6:
                half = 0.5 * np.arccos(max(-1.0, min(1.0, z / norm)))
                side = max((x * x + y * y) ** 0.5, 1e-12)
                self._last = np.array(
                    [np.cos(half), np.sin(half) * y / side, -np.sin(half) * x / side, 0.0]
                    if side > 1e-9
                    else [1.0, 0.0, 0.0, 0.0]
                )
            quat[i] = self._last
        return quat

    def reset(self) -> None:
        self.__init__(0.0)  # type: ignore[misc] # a test class


class Averaging(Tilt):
    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        return super().update(gyr, acc - acc.mean(axis=0) * 1e-3 if len(acc) else acc, dt_s)


class Long(Tilt):
    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        return 1.01 * super().update(gyr, acc, dt_s)


class Remembering(Tilt):
    bend = 0.0

    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        return super().update(gyr, acc + np.array([self.bend, 0.0, 0.0]), dt_s)

    def reset(self) -> None:
        super().reset()
        self.bend = 1.0


class Rescaling(Tilt):
    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        acc /= 9.0
        return super().update(gyr, acc, dt_s)


class Single(Tilt):
    def update(self, gyr: FloatArray, acc: FloatArray, dt_s: FloatArray | None = None) -> FloatArray:
        return super().update(gyr, acc, dt_s).astype(np.float32)  # type: ignore[return-value] # the fault under test


def test_a_filter_of_one_class_is_recognised_and_keeps_the_laws() -> None:
    report = check_algorithm(Tilt)
    assert (report.kind, report.passed) == ("orientation", True), str(report)


@pytest.mark.parametrize(
    ("make", "law", "words"),
    [
        (Averaging, "chunking, bit for bit", "differs from row"),
        (Long, "finite in, unit quaternion out", "row 0 has length 1.01"),
        (Remembering, "reset forgets (gaps)", "its inclination differs from a fresh one's by"),
        (Rescaling, "input left alone", "update changed acc_m_s2"),
        (Single, "chunking, bit for bit", "float32"),
    ],
)
def test_a_filter_that_breaks_a_law_is_told_which_and_how(make: type, law: str, words: str) -> None:
    (result,) = [result for result in check_algorithm(make).failures() if result.law == law]
    assert words in result.what


# --- how it is called ---


def test_strict_raises_with_the_report() -> None:
    with pytest.raises(LawError, match="BlockwiseDetector breaks 3 of 7 laws: chunking") as caught:
        check_algorithm(BlockwiseDetector, strict=True)
    assert not caught.value.report.passed
    assert check_algorithm(LevelDetector, strict=True).passed


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "give a class or function that takes these arguments"),
        (lambda side, sensor: object(), r"has no method update\(\)"),
        (lambda side, sensor: Tilt(100.0), r"has no method flush\(\)"),
    ],
)
def test_what_makes_no_algorithm_is_refused(make: Callable[..., object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_algorithm(make)


def test_a_reported_failure_can_be_seen_again() -> None:
    """The report's recipe, followed by hand."""
    from sensor_pipeline.lab import check_signals

    rows = check_signals.lunge_angle()

    def events(side: Side, edges: list[int]) -> int:
        detector = BlockwiseDetector(side, 0)
        blocks = [
            AngleRows(**{f.name: getattr(rows, f.name)[a:b] for f in dataclasses.fields(rows)})
            for a, b in itertools.pairwise(edges)
        ]
        return sum(len(detector.update(block).events) for block in blocks)

    assert events("left", [0, len(rows.time_s)]) != events("left", list(range(len(rows.time_s) + 1)))
