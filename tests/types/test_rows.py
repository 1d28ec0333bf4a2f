"""Angles that are computed late: once, and without keeping what they are computed from."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from sensor_pipeline.types import LateAngles, SideAngles


class Inputs:
    """What a computation holds: stands for a block's quaternions."""

    def __init__(self) -> None:
        self.calls = 0

    def angles(self) -> SideAngles:
        self.calls += 1
        return SideAngles(np.full(3, 0.1), np.ones(3, np.bool_), np.full(3, 0.2), np.zeros(3, np.bool_))


def test_they_are_computed_once_and_only_when_asked_for() -> None:
    inputs = Inputs()
    late = LateAngles(np.zeros(3), np.ones(3, np.bool_), inputs.angles)
    assert late.dorsiflexion_rad.tolist() == [0.0, 0.0, 0.0]
    assert inputs.calls == 0
    assert late.axial_rad.tolist() == [0.2, 0.2, 0.2]
    assert (late.frontal_rad[0], late.has_frontal[0], late.has_axial[0]) == (0.1, True, False)
    assert inputs.calls == 1


def test_a_block_that_is_kept_does_not_keep_its_inputs() -> None:
    inputs = Inputs()
    late = LateAngles(np.zeros(3), np.ones(3, np.bool_), inputs.angles)
    held = weakref.ref(inputs)
    del inputs
    assert held() is not None
    assert late.has_axial.tolist() == [False, False, False]
    assert held() is None


def test_a_name_that_is_none_is_refused_and_computes_nothing() -> None:
    inputs = Inputs()
    late = LateAngles(np.zeros(3), np.ones(3, np.bool_), inputs.angles)
    with pytest.raises(AttributeError, match="tilt_rad"):
        _ = late.tilt_rad  # type: ignore[attr-defined] # that it has none is the claim
    assert inputs.calls == 0
