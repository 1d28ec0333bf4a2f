"""Where a finished repetition gets its quality: the rows it spans are looked at once, when it is done.

In: rows as the stages leave them, events of the repetition detector. Out: the same events, with graded repetitions.
Must not live here: formulas, limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from sensor_pipeline.signal.heel import HeelParams, HeelWatch
from sensor_pipeline.signal.history import KeptRows, RowHistory, Span
from sensor_pipeline.signal.quality import LEAD_S, Measures, QualityParams, measure
from sensor_pipeline.signal.score import Baseline, ScoreParams, Usual, Verdict, judge, score
from sensor_pipeline.signal.uncertainty import UncertaintyParams, holes, peak_sd_deg
from sensor_pipeline.types import Event, Flag, Mounting, Rep, RepDone, Targets

BRIDGED, SLIPPED = np.uint16(Flag.BRIDGED), np.uint16(Flag.SLIPPED)
MARGIN_S: Final = 1.0
"""Rows are kept this much longer than the longest repetition and what leads up to it: its end becomes known later."""


@dataclass(frozen=True, slots=True)
class GradeParams:
    """Parameters of everything that grades; each field's class documents its own."""

    quality: QualityParams = field(default_factory=QualityParams)
    score: ScoreParams = field(default_factory=ScoreParams)
    heel: HeelParams = field(default_factory=HeelParams)
    uncertainty: UncertaintyParams = field(default_factory=UncertaintyParams)


class NoGrade:
    """Stands in where nothing is graded."""

    def keep(self, rows: KeptRows, last_s: float) -> None:
        """Nothing is kept."""

    def restart(self) -> None:
        """Nothing was kept."""

    def grade(self, events: Sequence[Event]) -> list[Event]:
        """Hand the events on."""
        return list(events)


class Grader:
    """Grades the repetitions of one sensor. Its state changes with repetitions only."""

    def __init__(self, targets: Targets, longest_s: float, params: GradeParams) -> None:
        """Args: what is asked for, how long a repetition can be (s), and the parameters."""
        self._targets = targets
        self._p = params
        self._history = RowHistory(longest_s + LEAD_S + MARGIN_S)
        self._heel = HeelWatch(targets.flat_reps, params.heel) if targets.flat_reps else None
        self._mounting: Mounting | None = None  # under which the baseline was taken
        self._usual: list[tuple[float, float]] = []  # frontal and axial change of the first repetitions under it
        self._baseline: Baseline | None = None
        self.keep = self._history.keep
        """Keep rows, see :meth:`RowHistory.keep`; before the events that they lead to are graded."""

    def restart(self) -> None:
        """Samples are missing before the next row."""
        self._history.restart()

    def grade(self, events: Sequence[Event]) -> list[Event]:
        """Fill in the repetitions of some events."""
        return [replace(e, rep=self._graded(e.rep)) if isinstance(e, RepDone) else e for e in events]

    def _graded(self, rep: Rep) -> Rep:
        span = self._history.span(rep.start_s - LEAD_S, rep.end_s)
        if span is None or not rep.scored:
            return rep
        if np.count_nonzero(span.flags & SLIPPED):
            if self._heel is not None:
                self._heel.forget()
            return replace(rep, scored=False, reason="slipped")
        self._follow(span.mounting)
        measures = measure(span, rep, self._p.quality)
        if measures is None:
            return rep
        verdict = judge(rep, measures, self._targets, self._baseline, self._p.score)
        self._learn(measures)
        graded = replace(
            rep,
            peak_sd_deg=self._sd_deg(span, rep),
            sparc_descent=measures.sparc_descent,
            sparc_ascent=measures.sparc_ascent,
            hold_drift_deg=measures.hold_drift_deg,
            hold_rms_deg=measures.hold_rms_deg,
            frontal_change_deg=measures.frontal_change_deg,
            axial_change_deg=measures.axial_change_deg,
        )
        if self._heel is not None:
            graded = self._heel_checked(graded, span, self._heel)
        return self._with_verdict(graded, verdict)

    def _sd_deg(self, span: Span, rep: Rep) -> float | None:
        rows = int(np.searchsorted(span.time_s, rep.peak_s)) + 1
        bridged = (span.flags[:rows] & BRIDGED) != 0
        began_s = self._history.began_s
        since_s = None if began_s is None else rep.peak_s - began_s
        return peak_sd_deg(rep, span.mounting, holes(span.time_s, bridged), since_s, self._p.uncertainty)

    def _heel_checked(self, rep: Rep, span: Span, heel: HeelWatch) -> Rep:
        finding = heel.check(span, rep)
        return replace(rep, heel=finding.state, heel_lift_mm=finding.lift_mm, reason=finding.words)

    def _with_verdict(self, rep: Rep, verdict: Verdict) -> Rep:
        """Add faults, components, words and the score: a lifted heel's angle is not graded, and enters no best."""
        faults = tuple(verdict.faults)
        if rep.heel == "possible_lift":
            words = "; ".join((rep.reason, *verdict.words))
            return replace(
                rep, scored=False, components=verdict.components, faults=("heel_lift", *faults), reason=words
            )
        return replace(
            rep,
            score=score(verdict.components, self._targets),
            components=verdict.components,
            faults=faults,
            reason="; ".join(verdict.words),
        )

    def _follow(self, mounting: Mounting) -> None:
        """Another mounting shows other side angles; another zero means that something moved."""
        before = self._mounting
        if mounting is before:
            return
        self._mounting, self._usual, self._baseline = mounting, [], None
        # the axis that joins the pose it was found after is no new zero; everything else that takes over is one
        joined = before is not None and before.tilt_only and not mounting.tilt_only
        if before is not None and not joined and self._heel is not None:
            self._heel.forget()

    def _learn(self, measures: Measures) -> None:
        """The first repetitions that show side movements are the baseline, and stay it."""
        frontal, axial = measures.frontal_change_deg, measures.axial_change_deg
        if self._baseline is not None or frontal is None or axial is None:
            return
        self._usual.append((frontal, axial))
        if len(self._usual) == self._p.score.baseline_reps:
            least = self._p.score.least_sd_deg
            first, second = ([change[angle] for change in self._usual] for angle in (0, 1))
            self._baseline = Baseline(Usual.of(first, least), Usual.of(second, least))
