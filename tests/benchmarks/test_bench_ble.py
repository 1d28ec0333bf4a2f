"""The benchmark of recording counts both ends and gives every figure, in small."""

import math
import re
from pathlib import Path

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from . import bench_ble as bench


def test_every_sample_is_counted_at_both_ends() -> None:
    found = bench.endurance(0.5)
    assert found["sent"] == found["received"]
    assert found["lost"] == found["dropped_by_reader"] == 0
    assert float(found["received"]) > 5000


def test_reconnections_and_stalls_are_as_many_as_asked_for() -> None:
    assert bench.reconnection(3)["drops"] == 3
    assert bench.stalls(2)["stalls"] == 2


def test_shares_and_memory_are_numbers() -> None:
    found = bench.processor(0.2) | bench.memory(0.05, drop_every_s=15.0)
    assert all(math.isfinite(figure) for figure in found.values() if isinstance(figure, float))
    assert float(found["and_engine_percent"]) > 0.0


def test_the_page_in_docs_has_every_row_that_the_benchmark_writes() -> None:
    found = bench.measure(minutes=0.1, hours=0.02, drops=2, seconds=4.0)
    shown = (Path(__file__).parents[2] / "docs" / "radio.md").read_text(encoding="utf-8")
    assert [_what(line) for line in bench.page(found).splitlines()] == [_what(line) for line in shown.splitlines()]


def _what(line: str) -> str:
    """A line without its figures."""
    return re.sub(r"[0-9.]+", "#", line.split("|")[1] if line.startswith("|") else line)
