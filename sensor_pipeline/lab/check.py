"""Checks an algorithm of one's own against the laws that every stage here obeys.

In: a class or factory of a repetition detector or an orientation filter. Out: a report, one line a law, with what to do
to see a failure again. Must not live here: how good the algorithm is (:mod:`sensor_pipeline.lab.compare`), the signals
it is tried on (:mod:`sensor_pipeline.lab.check_signals`).

The same factories serve :func:`check_algorithm` and ``compare.evaluate``: a detector is made by ``make(side, sensor)``,
a filter by ``make(rate_hz)``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sensor_pipeline.errors import DorsiError, UserError

Kind = Literal["reps", "orientation"]
FOREIGN_ERRORS: Final = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError,
                         RuntimeError, DorsiError)  # fmt: skip
"""What a class under test may raise by mistake; anything else (memory, an interrupt) is not its report's business."""


@dataclass(frozen=True, slots=True)
class LawResult:
    """One law's outcome.

    Attributes:
        law: its name.
        passed: whether it held on every signal.
        what: what went wrong, empty where it passed.
        reproduce: how to see it again, empty where it passed.
    """

    law: str
    passed: bool
    what: str = ""
    reproduce: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All laws' outcomes for one algorithm."""

    algorithm: str
    kind: Kind
    results: tuple[LawResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every law held."""
        return all(result.passed for result in self.results)

    def failures(self) -> tuple[LawResult, ...]:
        """The laws that did not hold."""
        return tuple(result for result in self.results if not result.passed)

    def __str__(self) -> str:
        """One line a law; two more for one that failed."""
        lines = [f"{self.algorithm} ({self.kind}): {len(self.results) - len(self.failures())} of {len(self.results)}"]
        for result in self.results:
            lines.append(f"  {'holds ' if result.passed else 'BROKEN'} {result.law}")
            if not result.passed:
                lines += [f"         {result.what}", f"         again: {result.reproduce}"]
        return "\n".join(lines)


class LawError(UserError):
    """An algorithm broke a law; ``report`` says which.

    Attributes:
        report: of the check.
    """

    def __init__(self, report: CheckReport) -> None:
        broken = "; ".join(f"{result.law}: {result.what}" for result in report.failures())
        super().__init__(f"{report.algorithm} breaks {len(report.failures())} of {len(report.results)} laws: {broken}")
        self.report = report


class Broken(Exception):  # noqa: N818 (a finding on its way to the report, not an error of this program)
    """A law does not hold: what was seen, and how to see it again."""

    def __init__(self, what: str, reproduce: str) -> None:
        super().__init__(what)
        self.what = what
        self.reproduce = reproduce


Law = Callable[[Callable[[], Any]], None]
"""Tries one law on instances that a factory makes; raises :class:`Broken`."""


def check_algorithm(make: Callable[..., Any], *, kind: Kind | None = None, strict: bool = False) -> CheckReport:
    """Run the laws on a repetition detector or an orientation filter.

    Args:
        make: the class, or a function, that makes a fresh one: called as ``make("left", 0)`` (leg, sensor index) for a
            detector and as ``make(100.0)`` (rate in Hz) for a filter.
        kind: which of both; None = a class with a method ``flush`` or a function makes a detector, a class with
            ``reset`` and no ``flush`` a filter.
        strict: raise where a law is broken.

    Returns:
        The report; print it.

    Raises:
        UserError: ``make`` makes nothing with the methods of its kind; the message says what is missing.
        LawError: ``strict``, and a law is broken.
    """
    from sensor_pipeline.lab.check_laws import ORIENTATION_LAWS, RATE_HZ, REP_LAWS

    wanted: Kind = kind or _kind_of(make)
    name = getattr(make, "__name__", type(make).__name__)
    arguments: tuple[Any, ...] = ("left", 0) if wanted == "reps" else (RATE_HZ,)

    def fresh() -> Any:
        return make(*arguments)

    _check_shape(name, fresh, wanted, arguments)
    laws = REP_LAWS if wanted == "reps" else ORIENTATION_LAWS
    report = CheckReport(name, wanted, tuple(_tried(law, test, fresh) for law, test in laws.items()))
    if strict and not report.passed:
        raise LawError(report)
    return report


def _kind_of(make: Callable[..., Any]) -> Kind:
    return "orientation" if inspect.isclass(make) and hasattr(make, "reset") and not hasattr(make, "flush") else "reps"


def _check_shape(name: str, fresh: Callable[[], Any], kind: Kind, arguments: tuple[Any, ...]) -> None:
    called = f"{name}({', '.join(map(repr, arguments))})"
    try:
        made = fresh()
    except TypeError as error:
        raise UserError(f"{called} raised {error}; give a class or function that takes these arguments") from error
    for method in ("update", "flush" if kind == "reps" else "reset"):
        if not callable(getattr(made, method, None)):
            raise UserError(f"{called} has no method {method}(); a {kind} algorithm needs one (or give the other kind)")


def _tried(law: str, test: Law, fresh: Callable[[], Any]) -> LawResult:
    try:
        test(fresh)
    except Broken as broken:
        return LawResult(law, False, broken.what, broken.reproduce)
    except FOREIGN_ERRORS as error:
        place = inspect.getinnerframes(error.__traceback__)[-1] if error.__traceback__ else None
        where = "" if place is None else f" in {place.function}, line {place.lineno}"
        what = f"raised {type(error).__name__}: {error}{where}"
        return LawResult(law, False, what, f"lab.check_laws.{test.__name__}(make)")
    return LawResult(law, True)
