"""Targets follow from protocol and dose: an angle only from the own best, a hold only where the sensor sees it."""

from __future__ import annotations

import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.library.protocols import load_protocol
from sensor_pipeline.protocols.guidance import Guidance, targets_of
from sensor_pipeline.types import Targets


@pytest.mark.parametrize(
    ("name", "best_deg", "expected"),
    [
        ("ktw_standing", None, Targets(None, 2.0, None)),
        ("ktw_standing", 39.5, Targets(39.5, 2.0, None)),
        ("banded_lunge", 39.5, Targets(None, 0.0, 30)),
        ("soleus_lunge", 30.0, Targets(30.0, 30.0, 1)),
        ("deep_squat", None, Targets(None, 0.0, None)),
        ("gastroc_step", 30.0, Targets(None, 0.0, None)),
    ],
)
def test_targets_follow_from_protocol_and_dose(name: str, best_deg: float | None, expected: Targets) -> None:
    protocol = load_protocol(name)
    assert targets_of(protocol, protocol.dose, best_deg) == expected


def test_sets_and_directions_multiply_the_repetitions() -> None:
    protocol = load_protocol("banded_lunge")
    dose = Guidance(protocol.text, reps=10, sets=3).dose(protocol)
    assert targets_of(protocol, dose).reps == 30
    assert Guidance(protocol.text).dose(protocol) == protocol.dose


@pytest.mark.parametrize(("name", "value"), [("shank_cm", -1.0), ("shank_cm", 71.0), ("start_cm", 31.0)])
def test_a_length_that_makes_no_sense_is_refused(name: str, value: float) -> None:
    with pytest.raises(UserError, match=f"{name} {value:g}: give 0 to"):
        Guidance("", **{name: value})  # type: ignore[arg-type] # both names are of lengths
