"""A window asks for as many rows as it lacks, and slides on by a tenth."""

from sensor_pipeline.mounting.pose import Pose, PoseParams, Refusal
from sensor_pipeline.mounting.window import PoseWindow

from .conftest import RATE_HZ, shake, stand, strapped


def test_it_fills_slides_and_clears() -> None:
    window = PoseWindow(RATE_HZ, PoseParams())
    rows = strapped(shake(0.3), stand(3.0)).samples
    assert window.missing == 150
    window.add(rows, 0, 100)
    window.add(rows, 100, 150)
    assert (len(window), window.missing) == (150, 0)
    assert isinstance(window.judge(), Refusal)
    window.slide()
    assert window.missing == 15
    window.add(rows, 150, 165)
    assert isinstance(window.judge(), Pose)
    window.clear()
    assert (len(window), window.missing) == (0, 150)
