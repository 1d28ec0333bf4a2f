"""A shin on its ankle: every lunge goes down, every way back up, and what is no lunge says nothing."""

import math

import numpy as np
import pytest

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.mounting.height import HeightParams, Heights, Turn
from sensor_pipeline.simulate.curve import Curve, Waypoints
from sensor_pipeline.simulate.movement import Gesture
from sensor_pipeline.simulate.shank import Pivot, SensorSite, ShankAngles, shank_motion

RATE_HZ = 104.0
SITE = SensorSite(anterior_m=0.045, left_m=0.0, up_m=0.25)


def turns(
    *corners: tuple[float, float], site: SensorSite = SITE, lifted_m: float = 0.0, acc_bias: tuple = (0.0, 0.0, 0.0)
) -> list[Turn]:
    """Along minimum-jerk ways through (seconds, degrees) from 0; ``lifted_m``: the ankle rises by it meanwhile."""
    times, angles = (tuple(column) for column in zip((1.0, 0.0), *corners, strict=True))
    time_s = np.arange(0.0, times[-1] + 1.5, 1.0 / RATE_HZ)
    lifts = [Waypoints((times[0], times[1]), (0.0, lifted_m))]
    gesture = Gesture("lean", times[-1], {"dorsiflexion": [Waypoints(times, tuple(np.radians(angles)))], "up": lifts})
    lean: ShankAngles = gesture.angles(time_s)
    pivot: Pivot = gesture.pivot(time_s)
    motion = shank_motion(lean, "left", site, pivot)
    rad: Curve = lean.dorsiflexion
    heights, found = Heights((0.0, 0.0, 0.0), HeightParams()), []
    for row, (angle, acc, gyr) in enumerate(
        zip(rad.value.tolist(), (motion.acc_m_s2 + acc_bias).tolist(), motion.gyr_rad_s.tolist(), strict=True)
    ):
        up = (-math.sin(angle), 0.0, math.cos(angle))
        if max(map(abs, gyr)) < math.radians(0.5) and (row < 60 or time_s[row] > times[-1] - 1.0):
            heights.rest(up, acc)
            continue
        turn = heights.move(up, acc, gyr, 1.0 / RATE_HZ)
        if turn is not None:
            found.append(turn)
    return found


@pytest.mark.parametrize(
    ("peak_deg", "way_s"), [(15.0, 0.7), (40.0, 0.7), (15.0, 1.5), (40.0, 1.5), (60.0, 1.5), (15.0, 4.0), (60.0, 4.0)]
)
def test_a_lunge_goes_down_and_coming_out_of_one_goes_up(peak_deg: float, way_s: float) -> None:
    (down,) = turns((1.0 + way_s, peak_deg))
    assert not down.rose
    assert down.before == pytest.approx((0.0, 0.0, 1.0), abs=1e-3)
    assert math.degrees(math.acos(down.after[2])) == pytest.approx(peak_deg, abs=1.0)
    # the same way in the shin's own axes, seen from a sensor that was mounted in the lunge: it starts leaning back
    tilted = SensorSite(
        0.045 * math.cos(math.radians(peak_deg)) + 0.25 * math.sin(math.radians(peak_deg)),
        0.0,
        0.25 * math.cos(math.radians(peak_deg)) - 0.045 * math.sin(math.radians(peak_deg)),
    )
    (up,) = turns((1.0 + way_s, -peak_deg), site=tilted)
    assert up.rose


def test_an_accelerometer_that_is_off_changes_no_sign() -> None:
    for bias in ((0.1, 0.0, 0.1), (-0.1, 0.0, 0.1), (0.1, 0.0, -0.1), (-0.1, 0.0, -0.1)):
        (down,) = turns((5.0, 40.0), acc_bias=bias)
        assert not down.rose


def test_what_is_no_turn_on_the_ankle_says_nothing() -> None:
    assert turns((2.5, 8.0)) == []  # too small
    assert turns((1.3, 40.0)) == []  # too fast
    assert turns((2.5, 40.0), site=SensorSite(0.0, 0.0, 0.0)) == []  # in the hand: it goes nowhere
    assert turns((2.5, 40.0), lifted_m=0.5) == []  # from a table


def test_missing_samples_end_a_turn() -> None:
    heights = Heights((0.0, 0.0, 0.0), HeightParams())
    heights.rest((0.0, 0.0, 1.0), (0.0, 0.0, G_M_S2))
    heights.restart()
    up = (-math.sin(0.7), 0.0, math.cos(0.7))
    assert heights.move(up, (0.0, 0.0, G_M_S2), (0.0, 0.0, 0.0), 0.01) is None
