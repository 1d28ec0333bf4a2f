"""Checks of the installation: Python, libraries, optional parts, orientation filter.

In: package metadata. Out: checks. Must not live here: a list of dependencies (pyproject.toml has it).
"""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import Final, NamedTuple

from sensor_pipeline.cli.checks.check import Check
from sensor_pipeline.version import __version__

DISTRIBUTION: Final = "sensor-pipeline"
_FOR_DEVELOPERS: Final = frozenset({"test", "dev"})
_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^]]*])?\s*(?P<bound>[^;]*?)\s*(?:;\s*(?P<marker>.*))?")
_BOUND: Final = re.compile(r"\(?(?P<operator>>=|==)\s*(?P<version>[\d.]+)\)?")
_EXTRA: Final = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


class Requirement(NamedTuple):
    """A library the package asks for.

    Attributes:
        name: of its distribution.
        bound: for example ``>=1.26``, "" = any version.
        extra: the optional part it belongs to, "" = needed always.
        conditional: True where it is needed on some systems only.
    """

    name: str
    bound: str
    extra: str
    conditional: bool


def requirements(lines: list[str] | None = None) -> list[Requirement]:
    """Read requirements as package metadata states them; None = those of the installed package."""
    found = []
    for line in (metadata.requires(DISTRIBUTION) or []) if lines is None else lines:
        parts = _REQUIREMENT.fullmatch(line)
        if parts is not None:
            marker = parts["marker"] or ""
            extra = _EXTRA.search(marker)
            rest = _EXTRA.sub("", marker).strip(" ()")
            found.append(Requirement(parts["name"], parts["bound"], extra[1] if extra else "", rest not in ("", "and")))
    return found


def installation(wanted: list[Requirement] | None = None) -> list[Check]:
    """Check Python, libraries, optional parts and orientation filter.

    Args:
        wanted: requirements, None = those of the installed package.
    """
    wanted = requirements() if wanted is None else wanted
    return [_python(), _libraries(wanted), *_extras(wanted), _orientation()]


def _python() -> Check:
    words = f"Python {platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}"
    return Check("python", "ok", f"{words}; dorsi {__version__}")


def _libraries(wanted: list[Requirement]) -> Check:
    needed = [item for item in wanted if not item.extra and not item.conditional]
    problems = [text for text in map(_problem, needed) if text]
    if problems:
        return Check("libraries", "fail", "; ".join(problems), f"pip install --upgrade {DISTRIBUTION}")
    return Check("libraries", "ok", ", ".join(f"{item.name} {metadata.version(item.name)}" for item in needed))


def _extras(wanted: list[Requirement]) -> list[Check]:
    by_extra: dict[str, list[Requirement]] = {}
    for item in wanted:
        if item.extra and item.extra not in _FOR_DEVELOPERS:
            by_extra.setdefault(item.extra, []).append(item)
    return [_extra(name, items) for name, items in sorted(by_extra.items())]


def _extra(name: str, items: list[Requirement]) -> Check:
    what = f"optional part {name!r}"
    install = f"if you want it: pip install '{DISTRIBUTION}[{name}]'"
    problems = [text for text in map(_problem, items) if text]
    if not problems:
        versions = ", ".join(f"{item.name} {metadata.version(item.name)}" for item in items)
        return Check(what, "ok", f"installed: {versions}")
    if any(not text.endswith("is not installed") for text in problems):
        return Check(what, "warn", "; ".join(problems), install)
    return Check(what, "ok", "not installed", install)


def _problem(item: Requirement) -> str:
    try:
        installed = metadata.version(item.name)
    except metadata.PackageNotFoundError:
        return f"{item.name} is not installed"
    bound = _BOUND.match(item.bound)
    if bound is None:
        return ""
    have, want = _numbers(installed), _numbers(bound["version"])
    good = have[: len(want)] == want if bound["operator"] == "==" else have >= want
    return "" if good else f"{item.name} {installed} is not {item.bound}"


def _numbers(version: str) -> tuple[int, ...]:
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in leading[0].split(".")) if leading else ()


def _orientation() -> Check:
    from sensor_pipeline.signal.orientation import FILTER_NAMES, available_filters

    there = available_filters()
    if not there:
        step = "pip install imufusion (it has wheels everywhere)"
        return Check("orientation filter", "fail", f"none of {', '.join(FILTER_NAMES)} is installed", step)
    used = f"{there[0]} {metadata.version(there[0])} is used"
    others = f"; also there: {', '.join(there[1:])}" if len(there) > 1 else ""
    return Check("orientation filter", "ok", used + others)
