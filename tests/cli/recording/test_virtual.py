"""The simulated person stands long enough to be found, and wears what was asked for."""

import pytest

from sensor_pipeline.cli.recording.virtual import virtual_person
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.types import Targets

TARGETS = Targets(angle_deg=30.0, hold_s=3.0, reps=2)


def test_without_a_choice_it_is_the_open_profile_on_the_left_leg_with_five_repetitions() -> None:
    person = virtual_person((), (), Targets(), 1)
    assert [(spec.id, side) for spec, side in zip(person.specs, person.sides, strict=True)] == [("shin-imu-v1", "left")]
    assert person.reps == 5


def test_each_leg_wears_its_own_sensor() -> None:
    person = virtual_person(("movella-dot", "shin-imu-v1"), ("right", "left"), TARGETS, 1)
    assert [(w.spec.id, w.side, w.match) for w in person.wanted] == [
        ("movella-dot", "right", "virtual right"),
        ("shin-imu-v1", "left", "virtual left"),
    ]


def test_on_the_air_the_person_stands_longer_before_the_first_repetition() -> None:
    person = virtual_person((), (), TARGETS, 1)
    assert person.duration_s == pytest.approx(person.simulation().duration_s + 6.0)


def test_the_person_goes_a_little_further_than_asked() -> None:
    truth = virtual_person((), (), TARGETS, 1).simulation().truth
    assert 30.0 < truth.dorsiflexion_rad.max() * DEG_PER_RAD < 36.0


def test_a_name_is_no_kind_of_sensor_to_simulate() -> None:
    with pytest.raises(UserError, match="dorsi spec list"):
        virtual_person(("my sensor",), ("left",), TARGETS, 1)
