"""Another leg or another person is another session with nothing of the old zero."""

from pathlib import Path

from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.cli.recording.plan import Plan
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Targets

SPEC = load_spec("shin-imu-v1")
ONE = Plan(Path("library"), (Wanted(SPEC, side="left", match="S1"),), person="anna", visit="v", strap="s")
TWO = Plan(Path("library"), (Wanted(SPEC, side="left", match="S1"), Wanted(SPEC, side="right", match="S2")), strap="s")


def test_the_setup_has_a_leg_a_rate_and_the_whole_spec() -> None:
    setup = ONE.setup
    assert [(s.side, s.rate_hz, s.spec_text) for s in setup.sensors] == [("left", 104.0, SPEC.text)]


def test_who_must_not_be_pushed_has_no_target_and_no_hold() -> None:
    asked = Targets(angle_deg=36.0, hold_s=2.0, reps=3)
    assert Plan(Path(), ONE.wanted, targets=asked).setup.targets == asked
    assert Plan(Path(), ONE.wanted, targets=asked, push=False).setup.targets == Targets(reps=3)


def test_the_other_leg_is_a_new_strapping_in_the_same_visit() -> None:
    other = ONE.other_leg(None)
    assert [w.side for w in other.wanted] == ["right"]
    assert (other.person, other.visit, other.strap == ONE.strap) == ("anna", "v", False)
    assert [w.side for w in ONE.other_leg("left").wanted] == ["left"]


def test_two_sensors_change_over() -> None:
    assert [(w.side, w.match) for w in TWO.other_leg("left").wanted] == [("right", "S1"), ("left", "S2")]


def test_another_person_is_a_new_strapping() -> None:
    other = ONE.other_person("ben")
    assert (other.person, other.wanted == ONE.wanted, other.strap == ONE.strap) == ("ben", True, False)
