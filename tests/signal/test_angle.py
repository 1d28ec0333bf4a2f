"""Angles from quaternions and mountings: an independent rotation library turns the leg, we must read it back."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.signal.angle import FEW_ROWS, LastRest, SideRows, dorsiflexion, side_angles
from sensor_pipeline.types import Mounting, Side


def mounting(rotation: frames.Rotation = frames.IDENTITY, *, tilt_only: bool = False) -> Mounting:
    return Mounting("given", 0.0, rotation, tilt_only)


def quats(shin_to_earth: Rotation, sensor_to_shin: Rotation) -> np.ndarray:
    return (shin_to_earth * sensor_to_shin).as_quat(scalar_first=True).reshape(-1, 4)


def side_rows(quat, rest, at_rest, in_rep, side: Side = "left", rotation=frames.IDENTITY) -> SideRows:
    return SideRows(quat, mounting(rotation), side, rest.quat, at_rest, in_rep)


@pytest.mark.parametrize("rows", [7, FEW_ROWS + 1])
@pytest.mark.parametrize("side", ["left", "right"])
def test_dorsiflexion_is_read_back_through_any_mounting_and_heading(side: Side, rows: int) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        strap = Rotation.random(rng=rng)
        heading = Rotation.from_euler("z", rng.uniform(-180, 180), degrees=True)
        theta = np.radians(rng.uniform(-20, 60, rows))
        lunge = Rotation.from_rotvec(np.outer(theta, frames.LEFT))
        rotation = tuple(strap.as_matrix().ravel().tolist())
        quat = quats(heading * lunge, strap)
        np.testing.assert_allclose(dorsiflexion(quat, mounting(rotation)), theta, atol=1e-9)
        sideways = side_rows(quat, LastRest(), False, False, side, rotation).angles()
        np.testing.assert_allclose(sideways.frontal_rad, 0.0, atol=1e-9)
        assert sideways.has_frontal.all()


@pytest.mark.parametrize("tilt_only", [False, True])
def test_few_rows_and_many_give_the_same_bits(tilt_only: bool) -> None:
    rng = np.random.default_rng(3)
    quat = Rotation.random(400, rng=rng).as_quat(scalar_first=True)
    strap = mounting(tuple(Rotation.random(rng=rng).as_matrix().ravel().tolist()), tilt_only=tilt_only)
    many = dorsiflexion(quat, strap)
    few = np.concatenate([dorsiflexion(part, strap) for part in np.array_split(quat, 57)])
    assert np.array_equal(few.view(np.uint8), many.view(np.uint8))


def test_a_tilt_only_mounting_gives_the_unsigned_tilt() -> None:
    theta = np.radians([-30.0, 0.0, 30.0])
    lunge = Rotation.from_rotvec(np.outer(theta, [0.6, 0.8, 0.0]))
    quat = quats(lunge, Rotation.identity())
    np.testing.assert_allclose(dorsiflexion(quat, mounting(tilt_only=True)), np.abs(theta), atol=1e-9)
    sideways = SideRows(quat, mounting(tilt_only=True), "left", None, True, True).angles()
    assert not sideways.has_frontal.any()
    assert not sideways.has_axial.any()


@pytest.mark.parametrize(("side", "sign"), [("left", 1.0), ("right", -1.0)])
def test_axial_rotation_counts_from_the_last_rest_before_it_positive_internal(side: Side, sign: float) -> None:
    turn = np.radians(np.linspace(0.0, 20.0, 11))
    # turning to the person's right is internal for the left leg
    shin = Rotation.from_rotvec(np.outer(turn, [0.0, 0.0, -1.0]))
    strap = Rotation.from_euler("xyz", [20, 30, 40], degrees=True)
    rotation = tuple(strap.as_matrix().ravel().tolist())
    at_rest = np.isin(np.arange(11), [0, 6, 7])  # the second rest is a hold: it is no reference
    in_rep = np.arange(11) >= 3
    angles = side_rows(quats(shin, strap), LastRest(), at_rest, in_rep, side, rotation).angles()
    assert np.array_equal(angles.has_axial, in_rep)
    np.testing.assert_allclose(angles.axial_rad[3:], sign * turn[3:], atol=1e-9)
    assert not angles.axial_rad[:3].any()


def test_axial_is_unknown_before_any_rest_and_after_a_filter_restart() -> None:
    quat = quats(Rotation.identity(), Rotation.identity()).repeat(4, axis=0)
    rest, no, yes = LastRest(), np.zeros(4, np.bool_), np.ones(4, np.bool_)
    assert not side_rows(quat, rest, no, yes).angles().has_axial.any()
    rest.follow(quat, yes, no)
    assert side_rows(quat, rest, no, yes).angles().has_axial.all()
    rest.reset()
    assert not side_rows(quat, rest, no, yes).angles().has_axial.any()


def test_axial_does_not_depend_on_the_cut_nor_on_the_way_for_few_rows() -> None:
    rng = np.random.default_rng(2)
    quat = Rotation.random(60, rng=rng).as_quat(scalar_first=True)
    at_rest, in_rep = rng.random(60) < 0.2, rng.random(60) < 0.7
    whole = side_rows(quat, LastRest(), at_rest, in_rep, "right").angles()
    for few in (False, True):
        rest, axial, has = LastRest(), [], []
        for q, r, i in zip(*(np.split(values, [7, 8, 30]) for values in (quat, at_rest, in_rep)), strict=True):
            part = side_rows(q, rest, r.tolist() if few else r, i.tolist() if few else i, "right").angles()
            axial.append(part.axial_rad)
            has.append(part.has_axial)
            if few:
                rest.follow_few(q, r.tolist(), i.tolist())
            else:
                rest.follow(q, r, i)
        assert np.array_equal(np.concatenate(axial), whole.axial_rad)
        assert np.array_equal(np.concatenate(has), whole.has_axial)


def test_rows_of_a_block_without_a_mounting_have_no_side_angles() -> None:
    quat = quats(Rotation.random(5, rng=np.random.default_rng(4)), Rotation.identity())
    angles = side_angles(8, [(slice(3, 8), side_rows(quat, LastRest(), False, True))])
    assert np.array_equal(angles.has_frontal, np.arange(8) >= 3)
    assert not angles.frontal_rad[:3].any()
    assert angles.frontal_rad[3:].all()
    assert not angles.has_axial.any()
