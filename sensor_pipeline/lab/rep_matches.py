"""Which found repetition is which labelled one, and how far the two are apart.

In: labelled and found intervals of one leg. Out: pairs; figures. Must not live here: sessions, algorithms.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

LEAST_OVERLAP: Final = 0.5
"""Two intervals are the same repetition when they share more than this part of the shorter one."""


class Interval(NamedTuple):
    """A repetition, half-open [start_s, end_s); ``peak_deg`` is None where it was not labelled."""

    start_s: float
    end_s: float
    peak_deg: float | None = None


class Pair(NamedTuple):
    """Errors of one matched repetition, found minus labelled; ``peak_deg`` is None without a labelled peak."""

    onset_s: float
    offset_s: float
    peak_deg: float | None


@dataclass(frozen=True, slots=True)
class RepScore:
    """Figures of found repetitions against labelled ones. None where there is nothing to divide by.

    Attributes:
        labelled, found, matched: counts.
        count_error: found minus labelled.
        precision, recall, f1: matched of found, matched of labelled, their harmonic mean.
        onset_bias_s, offset_bias_s: median of found minus labelled; positive = late.
        onset_error_s, offset_error_s: median of its absolute value.
        peak_bias_deg, peak_rmse_deg: mean and root mean square of found minus labelled peak.
        pairs: the single errors.
    """

    labelled: int
    found: int
    matched: int
    count_error: int
    precision: float | None
    recall: float | None
    f1: float | None
    onset_bias_s: float | None
    offset_bias_s: float | None
    onset_error_s: float | None
    offset_error_s: float | None
    peak_bias_deg: float | None
    peak_rmse_deg: float | None
    pairs: tuple[Pair, ...]

    @staticmethod
    def of(labelled: int, found: int, pairs: Sequence[Pair]) -> RepScore:
        """Return the figures of counts and single errors."""
        matched = len(pairs)
        peaks = [pair.peak_deg for pair in pairs if pair.peak_deg is not None]
        return RepScore(
            labelled=labelled,
            found=found,
            matched=matched,
            count_error=found - labelled,
            precision=matched / found if found else None,
            recall=matched / labelled if labelled else None,
            f1=2.0 * matched / (found + labelled) if found + labelled else None,
            onset_bias_s=_median([pair.onset_s for pair in pairs]),
            offset_bias_s=_median([pair.offset_s for pair in pairs]),
            onset_error_s=_median([abs(pair.onset_s) for pair in pairs]),
            offset_error_s=_median([abs(pair.offset_s) for pair in pairs]),
            peak_bias_deg=statistics.fmean(peaks) if peaks else None,
            peak_rmse_deg=math.sqrt(statistics.fmean(peak * peak for peak in peaks)) if peaks else None,
            pairs=tuple(pairs),
        )

    @staticmethod
    def pooled(scores: Sequence[RepScore]) -> RepScore:
        """Return the figures of several scores together, every repetition with the same weight."""
        pairs = [pair for score in scores for pair in score.pairs]
        return RepScore.of(sum(score.labelled for score in scores), sum(score.found for score in scores), pairs)


def match(labelled: Sequence[Interval], found: Sequence[Interval]) -> tuple[tuple[int, int], ...]:
    """Pair labelled and found intervals, one to one: those that share more than half of the shorter one.

    The largest shared time goes first, so that a leftover sliver never takes a repetition from its true partner.

    Returns:
        Pairs (index in ``labelled``, index in ``found``), by the first.
    """
    candidates = []
    for i, a in enumerate(labelled):
        for j, b in enumerate(found):
            shared = min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
            if shared > LEAST_OVERLAP * min(a.end_s - a.start_s, b.end_s - b.start_s):
                candidates.append((-shared, i, j))
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    pairs = []
    for _, i, j in sorted(candidates):
        if i not in taken_a and j not in taken_b:
            taken_a.add(i)
            taken_b.add(j)
            pairs.append((i, j))
    return tuple(sorted(pairs))


def rep_score(labelled: Sequence[Interval], found: Sequence[Interval], pairs: Sequence[tuple[int, int]]) -> RepScore:
    """Return the figures of one leg from the pairs of :func:`match`."""
    errors = []
    for i, j in pairs:
        a, b = labelled[i], found[j]
        peak_deg = None if a.peak_deg is None or b.peak_deg is None else b.peak_deg - a.peak_deg
        errors.append(Pair(b.start_s - a.start_s, b.end_s - a.end_s, peak_deg))
    return RepScore.of(len(labelled), len(found), errors)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
