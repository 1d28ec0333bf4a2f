"""Angles from quaternions and mountings: an independent rotation library turns the leg, we must read it back."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.signal.angle import AxialStage, inclination
from sensor_pipeline.types import Mounting, Side


def mounting(rotation: frames.Rotation = frames.IDENTITY, *, tilt_only: bool = False) -> Mounting:
    return Mounting("given", 0.0, rotation, tilt_only)


def quats(shin_to_earth: Rotation, sensor_to_shin: Rotation) -> np.ndarray:
    return (shin_to_earth * sensor_to_shin).as_quat(scalar_first=True).reshape(-1, 4)


@pytest.mark.parametrize("side", ["left", "right"])
def test_dorsiflexion_is_read_back_through_any_mounting_and_heading(side: Side) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        strap = Rotation.random(rng=rng)
        heading = Rotation.from_euler("z", rng.uniform(-180, 180), degrees=True)
        theta = np.radians(rng.uniform(-20, 60, 7))
        lunge = Rotation.from_rotvec(np.outer(theta, frames.LEFT))
        rotation = tuple(strap.as_matrix().ravel().tolist())
        dorsiflexion, frontal = inclination(quats(heading * lunge, strap), mounting(rotation), side)
        np.testing.assert_allclose(dorsiflexion, theta, atol=1e-9)
        np.testing.assert_allclose(frontal, 0.0, atol=1e-9)


def test_a_tilt_only_mounting_gives_the_unsigned_tilt() -> None:
    theta = np.radians([-30.0, 0.0, 30.0])
    lunge = Rotation.from_rotvec(np.outer(theta, [0.6, 0.8, 0.0]))
    tilt, _ = inclination(quats(lunge, Rotation.identity()), mounting(tilt_only=True), "left")
    np.testing.assert_allclose(tilt, np.abs(theta), atol=1e-9)


@pytest.mark.parametrize(("side", "sign"), [("left", 1.0), ("right", -1.0)])
def test_axial_rotation_counts_from_the_last_rest_positive_internal(side: Side, sign: float) -> None:
    turn = np.radians(np.linspace(0.0, 20.0, 11))
    # turning to the person's right is internal for the left leg
    shin = Rotation.from_rotvec(np.outer(turn, [0.0, 0.0, -1.0]))
    strap = Rotation.from_euler("xyz", [20, 30, 40], degrees=True)
    rotation = tuple(strap.as_matrix().ravel().tolist())
    at_rest = np.zeros(11, np.bool_)
    at_rest[0] = True
    in_rep = np.arange(11) >= 3
    stage = AxialStage(side)
    axial, has = stage.update(quats(shin, strap), mounting(rotation), at_rest, in_rep)
    assert np.array_equal(has, in_rep)
    np.testing.assert_allclose(axial[3:], sign * turn[3:], atol=1e-9)
    assert not axial[:3].any()


def test_axial_is_unknown_before_any_rest_and_after_a_filter_restart() -> None:
    quat = quats(Rotation.identity(), Rotation.identity()).repeat(4, axis=0)
    stage = AxialStage("left")
    no, yes = np.zeros(4, np.bool_), np.ones(4, np.bool_)
    assert not stage.update(quat, mounting(), no, yes)[1].any()
    assert stage.update(quat, mounting(), yes, yes)[1].all()
    stage.reset()
    assert not stage.update(quat, mounting(), no, yes)[1].any()


def test_axial_does_not_depend_on_the_cut() -> None:
    rng = np.random.default_rng(2)
    quat = Rotation.random(60, rng=rng).as_quat(scalar_first=True)
    at_rest, in_rep = rng.random(60) < 0.2, rng.random(60) < 0.7
    whole = AxialStage("right").update(quat, mounting(), at_rest, in_rep)
    stage = AxialStage("right")
    parts = [
        stage.update(q, mounting(), r, i)
        for q, r, i in zip(
            np.split(quat, [7, 8, 30]), np.split(at_rest, [7, 8, 30]), np.split(in_rep, [7, 8, 30]), strict=True
        )
    ]
    assert np.array_equal(np.concatenate([p[0] for p in parts]), whole[0])
    assert np.array_equal(np.concatenate([p[1] for p in parts]), whole[1])
