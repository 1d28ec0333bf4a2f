"""expected.json: what a recording must lead to on any machine, one entry for each orientation filter.

In: session reports; the file. Out: the file; the ways in which a report misses it. Must not live here: replay, tables.

Counts, faults and reasons are exact, times within one sample, angles within 0.01 deg: the last bits of a filter differ
between processors and library versions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.dataclass_json import parse_json
from sensor_pipeline.recording.files import read_bytes, write_atomically
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Json

FILE_NAME: Final = "expected.json"
EXPECTED_VERSION: Final = 1
ANGLE_TOLERANCE_DEG: Final = 0.01
"""What builds of one filter on two machines may differ by: far above rounding, far below what a person can use."""
_MAX_BYTES: Final = 4 << 20
_TIMES: Final = ("start_s", "hold_start_s", "peak_s", "hold_end_s", "end_s")
_ANGLES: Final = ("start_deg", "peak_deg", "rom_deg", "frontal_change_deg", "axial_change_deg")
_EXACT: Final = ("side", "rep", "heel", "scored", "faults", "reason")
_SENSOR: Final = ("side", "sensor", "samples", "lost_samples", "gaps", "bad_packets")
_SUMMARY_EXACT: Final = ("count", "scored")
_SUMMARY_ANGLES: Final = ("best_deg", "mean_deg", "sd_deg")


def expected_of(report: Mapping[str, Json], sample_period_s: float) -> dict[str, Json]:
    """Return the entry of one orientation filter.

    Args:
        report: a session report of a replay with that filter.
        sample_period_s: the tolerance of times.
    """
    return {
        "sample_period_s": sample_period_s,
        "sensors": [{name: sensor[name] for name in _SENSOR} for sensor in report["sensors"]],
        "reps": [{name: rep[name] for name in (*_EXACT, *_TIMES, *_ANGLES)} for rep in report["reps"]],
        "summary": {name: report["summary"][name] for name in (*_SUMMARY_EXACT, *_SUMMARY_ANGLES)},
    }


def write_expected(folder: Path, filters: Mapping[str, Mapping[str, Json]]) -> None:
    """Write expected.json with one entry of :func:`expected_of` for each orientation filter.

    Raises:
        FileError: it cannot be written.
    """
    document = {"schema_version": EXPECTED_VERSION, "filters": {name: dict(entry) for name, entry in filters.items()}}
    write_atomically(folder / FILE_NAME, json.dumps(document, indent=1, allow_nan=False).encode() + b"\n")


def read_expected(folder: Path) -> dict[str, dict[str, Json]]:
    """Read expected.json: entries by orientation filter.

    Raises:
        FileError: missing, damaged or of a newer version.
    """
    path = folder / FILE_NAME
    shown = printable(str(path))
    data = read_bytes(path, _MAX_BYTES)
    try:
        document = parse_json(data)
    except FileError as error:
        raise FileError(f"{shown}: {error}", str(path)) from error
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > EXPECTED_VERSION:
        raise FileError(
            f"{shown}: schema version {version}, this program reads up to {EXPECTED_VERSION}; update sensor_pipeline",
            str(path),
        )
    filters = document.get("filters") if isinstance(document, dict) else None
    needed = {"sample_period_s", "sensors", "reps", "summary"}
    if version != EXPECTED_VERSION or not isinstance(filters, dict):
        raise FileError(f"{shown}: needs schema_version {EXPECTED_VERSION} and filters", str(path))
    for name, entry in filters.items():
        if not isinstance(entry, dict) or not needed <= set(entry):
            raise FileError(f"{shown}: filters.{printable(name, 40)}: needs {', '.join(sorted(needed))}", str(path))
    return filters


def misses(expected: Mapping[str, Mapping[str, Json]], orientation: str, report: Mapping[str, Json]) -> tuple[str, ...]:
    """Return one line for each way in which a report misses what is expected of its filter; empty = it meets it.

    Args:
        expected: of :func:`read_expected`.
        orientation: filter the report was computed with.
        report: a session report.

    Raises:
        UserError: nothing is expected of that filter.
    """
    if orientation not in expected:
        raise UserError(f"nothing is expected of the filter {orientation!r}; there is {', '.join(expected) or 'none'}")
    entry = expected[orientation]
    fresh = expected_of(report, entry["sample_period_s"])
    found: list[str] = []
    _walk("", dict(entry), fresh, float(entry["sample_period_s"]), found)
    return tuple(found)


def _walk(place: str, wanted: Any, is_now: Any, period_s: float, found: list[str]) -> None:
    if isinstance(wanted, dict) and isinstance(is_now, dict):
        for name in wanted:
            _walk(f"{place}.{name}" if place else name, wanted[name], is_now.get(name), period_s, found)
    elif isinstance(wanted, list) and isinstance(is_now, list) and not place.endswith(".faults"):
        if len(wanted) != len(is_now):
            found.append(f"{place}: {len(wanted)} expected, {len(is_now)} now")
            return
        for i, (a, b) in enumerate(zip(wanted, is_now, strict=True)):
            _walk(f"{place}[{i}]", a, b, period_s, found)
    elif not _close(place, wanted, is_now, period_s):
        found.append(f"{place}: {wanted!r} expected, {is_now!r} now")


def _close(place: str, wanted: Any, is_now: Any, period_s: float) -> bool:
    name = place.rpartition(".")[2]
    if isinstance(wanted, int | float) and isinstance(is_now, int | float):
        # 1e-9: a time one sample off is allowed however its subtraction rounds
        if name in _TIMES:
            return abs(wanted - is_now) <= period_s + 1e-9
        if name in _ANGLES or name in _SUMMARY_ANGLES:
            return abs(wanted - is_now) <= ANGLE_TOLERANCE_DEG
    return bool(wanted == is_now)
