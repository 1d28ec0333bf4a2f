"""The axis is the one the shin turns about, signed by the lean forwards; movements that disagree give none."""

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.mounting.axis import Axis, AxisFinder, AxisParams
from sensor_pipeline.mounting.pose import Pose, Refusal
from sensor_pipeline.mounting.stage import StrapRows

from .conftest import Shin, cut, lunge, shake, stand, strapped


def finder(strap: Rotation | None = None, bias_deg_s: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> AxisFinder:
    up = (strap or Rotation.identity()).inv().apply([0.0, 0.0, 1.0])
    x, y, z = (float(v) for v in up)
    farthest = int(np.argmin(np.abs(up)))
    left = (float(farthest == 0), float(farthest == 1), float(farthest == 2))
    bx, by, bz = (float(v) for v in np.radians(bias_deg_s))
    pose = Pose((x, y, z), 0.25, (bx, by, bz), float(np.radians(0.05)))
    return AxisFinder(frames.shin_axes(pose.up, left), pose, AxisParams())


def marks(found: AxisFinder, rows: StrapRows) -> list[tuple[int, Axis | Refusal]]:
    return found.update(rows.gyr_rad_s, rows.quat, rows.at_rest)


def off_deg(axis: Axis, strap: Rotation, off_line_deg: float = 0.0) -> float:
    """Angle between the axis found and the one the shin really turned about."""
    true = strap.inv().apply(Rotation.from_euler("z", off_line_deg, degrees=True).apply(frames.LEFT))
    return float(np.degrees(np.arccos(np.clip(np.dot(axis.left, true), -1, 1))))


def last_axis(found: list[tuple[int, Axis | Refusal]]) -> Axis:
    axis = found[-1][1]
    assert isinstance(axis, Axis)
    return axis


def test_one_large_movement_gives_the_axis_for_any_strap_with_a_gyroscope_bias() -> None:
    bias = (2.0, -1.0, 1.5)
    for strap in Rotation.random(20, rng=np.random.default_rng(1)):
        found = marks(finder(strap, bias), strapped(stand(1.0), lunge(), stand(2.0), strap=strap, bias_deg_s=bias))
        assert off_deg(last_axis(found), strap) < 0.3


def test_it_may_take_over_only_at_rest_near_the_pose_after_the_movement() -> None:
    rows = strapped(stand(1.0), lunge(), stand(2.0))
    found = marks(finder(), rows)
    assert found
    end = round((1.0 + 1.6 + 1.0 + 1.6) * 50)
    assert found[0][0] >= end
    assert all(rows.at_rest[row] for row, _ in found)


def test_a_hold_at_the_top_is_no_place_to_take_over() -> None:
    rows = strapped(stand(1.0), lunge(), stand(1.0), lunge(30.0), stand(1.0))
    leaning = rows.quat[:, 2] > np.sin(np.radians(5.0))
    assert not any(leaning[row] for row, _ in marks(finder(), rows))


def test_small_movements_need_a_second_one() -> None:
    one = strapped(stand(1.0), lunge(15.0), stand(2.0))
    assert marks(finder(), one) == []
    two = strapped(stand(1.0), lunge(15.0), stand(1.0), lunge(15.0), stand(2.0))
    assert off_deg(last_axis(marks(finder(), two)), Rotation.identity()) < 0.5


def test_sway_shifts_of_weight_steps_and_movements_not_from_standing_give_none() -> None:
    assert marks(finder(), strapped(stand(1.0), lunge(4.0), stand(1.0), lunge(8.0), stand(2.0))) == []
    step = lunge(50.0, way_s=0.2)
    assert marks(finder(), strapped(stand(1.0), step, stand(1.0), step, stand(2.0))) == []
    assert marks(finder(), strapped(shake(0.2), lunge(), stand(0.3))) == []


def test_movements_about_two_axes_are_refused_until_two_agree() -> None:
    rows = strapped(stand(1.0), lunge(15.0), stand(1.0), lunge(40.0, 30.0), stand(1.0), lunge(40.0, 30.0), stand(2.0))
    found = marks(finder(), rows)
    refusal = found[0][1]
    assert isinstance(refusal, Refusal)
    assert refusal.cause == "axis"
    assert "30 deg" in refusal.reason
    assert refusal.remedy
    # the large one alone is in doubt after that: the axis comes with the next that agrees, about that axis
    third_end = round((3.0 + 3 * 4.2 - 0.1) * 50)
    assert all(row >= third_end for row, mark in found if isinstance(mark, Axis))
    assert off_deg(last_axis(found), Rotation.identity(), 30.0) < 0.5


def test_a_movement_whose_way_back_is_another_is_refused() -> None:
    straight = lunge()
    back = np.arange(len(straight.lean_deg)) >= len(straight.lean_deg) // 2
    crooked = Shin(straight.lean_deg, np.where(back, 25.0, 0.0), straight.shaky)
    found = marks(finder(), strapped(stand(1.0), crooked, stand(2.0)))
    assert [type(mark) for _, mark in found] == [Refusal]


def test_the_stated_uncertainty_grows_with_the_spread_and_covers_a_knee_off_the_line() -> None:
    alike = last_axis(marks(finder(), strapped(stand(1.0), lunge(), stand(0.3), lunge(), stand(1.0))))
    spread = last_axis(marks(finder(), strapped(stand(1.0), lunge(), stand(0.3), lunge(off_deg=10.0), stand(1.0))))
    # four ways, two at -5 and two at +5 deg from the middle: sd = sqrt(4 * 25 / 3)
    off_line = np.degrees(np.arctan2(3.0, 40.0))
    assert alike.sd_deg == pytest.approx(off_line, rel=0.02)
    assert spread.sd_deg == pytest.approx(np.hypot(np.sqrt(100 / 3), off_line), rel=0.03)


def test_a_hole_in_a_movement_drops_it() -> None:
    rows = strapped(stand(1.0), lunge(), stand(2.0), lunge(), stand(1.0))
    found = finder()
    middle = round(3.0 * 50)
    assert marks(found, cut(rows, 0, middle)) == []
    found.restart()
    rest = marks(found, cut(rows, middle + 20, len(rows.samples)))
    assert middle + 20 + rest[0][0] > round((1.0 + 4.2 + 2.0 + 4.2) * 50)


def test_any_split_gives_the_same_marks_bit_for_bit() -> None:
    rows = strapped(stand(1.0), lunge(15.0), stand(0.3), lunge(40.0, 12.0), stand(1.0), lunge(30.0, 40.0), stand(1.0))
    whole = marks(finder(), rows)
    assert whole
    for size in (1, 7, 64):
        split = finder()
        edges = [*range(0, len(rows.samples), size), len(rows.samples)]
        found = [(a + row, mark) for a, b in itertools.pairwise(edges) for row, mark in marks(split, cut(rows, a, b))]
        assert found == whole
