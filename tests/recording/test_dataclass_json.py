"""Dataclasses survive JSON; what does not fit is refused with its dotted place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError
from sensor_pipeline.pipeline import PipelineParams
from sensor_pipeline.recording.dataclass_json import from_json, parse_json, to_json
from sensor_pipeline.types import Rep


@dataclass(frozen=True, slots=True)
class Inner:
    gain: float
    name: str = "a"
    window_s: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()
    count: int = 0
    on: bool = False
    mode: Literal["fast", "slow"] = "fast"
    extra: Mapping[str, float] = field(default_factory=dict)
    anything: Any = None


inners = st.builds(
    Inner,
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
outers = st.builds(
    Outer,
    inners,
    st.lists(inners, max_size=3).map(tuple),
    st.integers(),
    st.booleans(),
    st.sampled_from(["fast", "slow"]),
    st.dictionaries(st.text(), st.floats(0, 1), max_size=3),
    st.none() | st.text() | st.lists(st.integers()),
)


@given(outers)
def test_any_value_comes_back_equal_through_text(value: Outer) -> None:
    assert from_json(Outer, json.loads(json.dumps(to_json(value), allow_nan=False))) == value


def test_every_parameter_of_every_stage_comes_back() -> None:
    params = PipelineParams()
    assert from_json(PipelineParams, parse_json(json.dumps(to_json(params)))) == params


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"inner": {"gain": "x"}}, 'inner.gain: must be a number, is "x"'),
        ({"inner": {"gain": True}}, "inner.gain: must be a number, is true"),
        ({"inner": {"gain": 1}, "count": 1.5}, "count: must be a whole number, is 1.5"),
        ({"inner": {"gain": 1}, "on": 1}, "on: must be true or false, is 1"),
        ({"inner": {"gain": 1}, "mode": "wild"}, 'mode: must be one of fast, slow, is "wild"'),
        ({"inner": {"gain": 1}, "mode": []}, "mode: must be one of fast, slow"),
        ({"inner": {"gain": 1}, "many": [{"gain": 1}, {"gain": None}]}, r"many\[1\].gain: must be a number, is null"),
        ({"inner": {"gain": 1}, "many": {}}, "many: must be an array"),
        ({"inner": {"gain": 1, "window_s": [1]}}, "inner.window_s: must be an array of 2"),
        ({"inner": {"gain": 1}, "extra": []}, "extra: must be an object"),
        ({"inner": {"gain": 1, "gian": 2}}, "inner.gian: unknown key; this version knows gain, name, window_s"),
        ({"inner": {}}, "inner.gain: missing"),
        ({"inner": 3}, "inner: must be an object, is 3"),
        ([], r"document: must be an object, is \[\]"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(document: object, message: str) -> None:
    with pytest.raises(FileError, match=message):
        from_json(Outer, document)


def test_a_missing_key_takes_its_default_and_is_reported() -> None:
    defaulted: list[str] = []
    assert from_json(Outer, {"inner": {"gain": 2}, "count": 3}, "params", defaulted) == Outer(Inner(2.0), count=3)
    assert "params.inner.name" in defaulted
    assert "params.count" not in defaulted


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_never_written(bad: float) -> None:
    with pytest.raises(FileError, match=r"params.many\[0\].gain: (nan|inf|-inf) cannot be stored"):
        to_json(Outer(Inner(1.0), (Inner(bad),)), "params")


def test_a_type_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(FileError, match="a value of type set cannot be stored"):
        to_json({"a": {1}}, "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ("{", "not JSON: .* at line 1, column 2"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_text_that_is_no_json_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(FileError, match=message):
        parse_json(text)


def test_a_repetition_is_plain_json() -> None:
    rep = Rep("left", 1, 0.0, None, 1.0, None, 2.0, 0.0, 40.0, 40.0, None, 1.0, 0.0, 1.0, None, 50.0, faults=("jerky",))
    assert json.loads(json.dumps(to_json(rep)))["faults"] == ["jerky"]
    assert from_json(Rep, to_json(rep)) == rep
