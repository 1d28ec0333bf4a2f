"""What movements say of a pose: it was standing, it was a lunge, or the person stands elsewhere."""

import itertools

import numpy as np
import pytest

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.mounting.pose import Pose, PoseParams, apart_deg
from sensor_pipeline.mounting.standing import InLunge, StandingParams, StandingWatch
from sensor_pipeline.signal.rest import RestDetector, RestParams
from sensor_pipeline.simulate.curve import Curve, Waypoints, zero
from sensor_pipeline.simulate.shank import SensorSite, ShankAngles, shank_motion
from sensor_pipeline.types import Samples

RATE_HZ = 104.0
SITE = SensorSite(anterior_m=0.045, left_m=0.0, up_m=0.25)


class Rows:
    """Minimum-jerk ways of a shin through (seconds, degrees), and what a sensor on it feels."""

    def __init__(self, *corners: tuple[float, float]) -> None:
        times, angles = (tuple(column) for column in zip(*corners, strict=True))
        n = round(times[-1] * RATE_HZ)
        time_s = np.arange(n) / RATE_HZ
        lean: Curve = Waypoints(times, tuple(np.radians(angles))).at(time_s)
        motion = shank_motion(ShankAngles(lean, zero(time_s), zero(time_s)), "left", SITE)
        noise = np.random.default_rng(1).normal(0.0, 0.01, (n, 3))
        acc, self.gyr = motion.acc_m_s2 + noise, motion.gyr_rad_s
        self.samples = Samples(time_s, np.full(n, 1.0 / RATE_HZ), acc, self.gyr, np.zeros(n, np.uint16))
        half = lean.value / 2.0
        self.quat = np.column_stack((np.cos(half), np.zeros(n), np.sin(half), np.zeros(n)))
        self.at_rest = RestDetector(RATE_HZ, RestParams()).update(self.gyr, acc)

    def seen_by(self, watch: StandingWatch, cuts: tuple[int, ...] = ()) -> tuple[int, Pose | InLunge] | None:
        edges = [0, *sorted(min(cut, len(self.quat)) for cut in cuts), len(self.quat)]
        for a, b in itertools.pairwise(edges):
            found = watch.update(self.samples, self.gyr, self.quat, self.at_rest, a, b)
            if found is not None:
                return found
        return None


def watch(lean_deg: float = 0.0) -> StandingWatch:
    """Of a zero that was taken where the shin leans by so much."""
    up = (-float(np.sin(np.radians(lean_deg))), 0.0, float(np.cos(np.radians(lean_deg))))
    return StandingWatch(RATE_HZ, Pose(up, 0.25), PoseParams(), StandingParams())


LUNGE = ((1.0, 0.0), (2.5, 40.0), (4.5, 40.0), (6.0, 0.0), (8.0, 0.0))


def test_the_first_way_down_settles_that_the_zero_is_standing() -> None:
    standing = watch()
    assert Rows(*LUNGE[:3]).seen_by(standing) is None
    assert standing.settled


def test_the_first_way_up_shows_a_zero_in_a_lunge_as_soon_as_the_shin_stops() -> None:
    standing = watch(40.0)
    found = Rows((0.0, 40.0), (3.0, 40.0), (4.5, 0.0), (6.0, 0.0)).seen_by(standing)
    assert found is not None
    assert found[1] == InLunge()
    assert found[0] / RATE_HZ == pytest.approx(4.5, abs=0.15)


STANDS_ELSEWHERE = ((3.0, 0.0), (4.5, 40.0), (6.5, 40.0), (8.0, 0.0), (10.0, 0.0))


@pytest.mark.parametrize("zero_deg", [-30.0, 30.0, -90.0, 170.0])
def test_a_person_who_stands_and_lunges_elsewhere_has_the_zero_there(zero_deg: float) -> None:
    """The zero is where the shin never is: on a table."""
    found = Rows(*STANDS_ELSEWHERE).seen_by(watch(zero_deg))
    assert found is not None
    row, pose = found
    assert isinstance(pose, Pose)
    assert apart_deg(pose, Pose((0.0, 0.0, 1.0), 0.0)) < 0.1
    assert row / RATE_HZ == pytest.approx(8.5, abs=0.3)


@pytest.mark.parametrize("held_s", [4.0, 60.0])
def test_a_hold_from_which_the_shin_only_comes_up_a_little_and_goes_back_is_no_place_to_stand(held_s: float) -> None:
    """Also where nothing was seen of the way down, as after lost samples."""
    t = held_s
    deep = Rows((0.0, 40.0), (t, 40.0), (t + 1.5, 25.0), (t + 2.5, 25.0), (t + 4.0, 40.0), (t + 8.0, 40.0))
    standing = watch(0.0)
    assert deep.seen_by(standing) is None
    assert not standing.settled


def test_a_settled_zero_stays_whatever_the_person_does_then() -> None:
    standing = watch()
    part = ((1.0, 0.0), (2.5, 25.0), (6.0, 25.0), (7.5, 50.0), (9.5, 50.0), (11.0, 25.0), (14.0, 25.0))
    assert Rows(*part).seen_by(standing) is None


def test_rows_in_any_split_show_it_in_the_same_row() -> None:
    rows = Rows(*STANDS_ELSEWHERE)
    whole = rows.seen_by(watch(-30.0))
    assert whole is not None
    for cuts in ((1,), (100, 101, 400), tuple(range(0, 1000, 4))):
        assert rows.seen_by(watch(-30.0), cuts) == whole


def test_a_turn_with_missing_samples_shows_nothing() -> None:
    rows, standing = Rows(*LUNGE[:3]), watch()
    for begin, end in ((0, 180), (180, len(rows.quat))):
        assert standing.update(rows.samples, rows.gyr, rows.quat, rows.at_rest, begin, end) is None
        standing.restart()
    assert not standing.settled


def test_rows_at_rest_near_the_zero_may_be_passed_quickly() -> None:
    rows = Rows(*LUNGE)
    quick, slow, still = watch(), watch(), 90
    assert rows.at_rest[52:still].all()
    for standing in (quick, slow):
        standing.update(rows.samples, rows.gyr, rows.quat, rows.at_rest, 0, 52)
    samples = Samples(*(getattr(rows.samples, name)[52:still] for name in Samples.__slots__))
    quick.rest_few(samples, rows.quat[52:still])
    slow.update(rows.samples, rows.gyr, rows.quat, rows.at_rest, 52, still)
    for standing in (quick, slow):
        assert standing.update(rows.samples, rows.gyr, rows.quat, rows.at_rest, still, 300) is None
    assert quick.settled
    assert slow.settled
    assert abs(float(np.linalg.norm(rows.samples.acc_m_s2[60])) - G_M_S2) < 0.1
