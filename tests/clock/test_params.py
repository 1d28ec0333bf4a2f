"""Thresholds: documented, frozen, and where the interface promises a number, that number."""

import dataclasses
import inspect
import re

import pytest

from sensor_pipeline.clock import ClockParams


def test_every_threshold_is_documented_and_every_documented_one_exists() -> None:
    text = inspect.getdoc(ClockParams) or ""
    named = {
        name.strip()
        for line in re.findall(r"^ {4}([a-z0-9_]+(?:, [a-z0-9_]+)*):", text, re.M)
        for name in line.split(",")
    }
    assert named == {field.name for field in dataclasses.fields(ClockParams)}


def test_the_promised_numbers() -> None:
    params = ClockParams()
    assert params.bridge_limit_s == 0.300
    assert params.pairing_wait_s == 0.200
    assert params.settle_s == params.start_minimum_s == 10.0
    assert (params.stamped_slope_limit, params.index_slope_limit) == (200e-6, 0.10)
    with pytest.raises(dataclasses.FrozenInstanceError):
        params.settle_s = 1.0  # type: ignore[misc]  # that it cannot be set is the claim
