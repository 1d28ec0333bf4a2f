"""The page on axes and signs, against scipy's rotations: movements, tilts, quaternions, mountings, gravity."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

import sensor_pipeline
from sensor_pipeline import frames
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import IDENTITY, MOVEMENTS

TILTS_DEG = (0.5, 5.0, 20.0, 45.0, 80.0)
SIDES = ("left", "right")


def as_quat(rotation):
    """(n, 4) w, x, y, z of a scipy rotation."""
    x, y, z, w = np.atleast_2d(rotation.as_quat()).T
    return np.stack([w, x, y, z], axis=-1)


def up_of(rotation):
    return frames.up_in_sensor(as_quat(rotation))


def conjugate_product(a, b):
    """conj(a) * b of scipy rotations, as (1, 4) w, x, y, z."""
    return as_quat(a.inv() * b)


def angle_deg(kind, leg, side):
    """The angle of ``kind`` that frames' functions give for a shin turned by ``leg`` out of the standing pose."""
    u_x, u_y, u_z = up_of(leg)
    if kind == "dorsiflexion":
        return math.degrees(frames.dorsiflexion_rad(u_x, u_z)[0])
    if kind == "frontal":
        return math.degrees(frames.frontal_rad(u_y, side)[0])
    since_rest = conjugate_product(Rotation.identity(), leg)
    return math.degrees(frames.axial_rad(since_rest[:, 3], since_rest[:, 0], side)[0])


# --- signs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tilt_deg", TILTS_DEG)
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda movement: movement.name)
def test_a_movement_has_the_sign_of_its_row_and_the_size_of_the_turn(movement, side, tilt_deg):
    leg = Rotation.from_rotvec(np.radians(tilt_deg) * np.array(movement.axis))
    sign = movement.sign_left if side == "left" else movement.sign_right
    assert angle_deg(movement.angle, leg, side) == pytest.approx(sign * tilt_deg, abs=1e-9)


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda movement: movement.name)
def test_a_movement_leaves_the_other_angles_alone(movement):
    leg = Rotation.from_rotvec(np.radians(20.0) * np.array(movement.axis))
    for other in {"dorsiflexion", "frontal", "axial"} - {movement.angle}:
        assert angle_deg(other, leg, "left") == pytest.approx(0.0, abs=1e-9)


WHERE_THE_TOP_GOES = {
    "knee forwards over the toes": (+1, 0),
    "knee backwards": (-1, 0),
    "knee to the person's right": (0, -1),
    "knee to the person's left": (0, +1),
}
WHERE_THE_TOES_GO = {"shin turns to the person's right": -1, "shin turns to the person's left": +1}


@pytest.mark.parametrize("movement", MOVEMENTS, ids=lambda movement: movement.name)
def test_the_axis_of_a_row_moves_the_leg_as_its_name_says(movement):
    """x forwards, y to the left: the knee is the top of the shin, the toes point along its x."""
    leg = Rotation.from_rotvec(np.radians(10.0) * np.array(movement.axis))
    if movement.name in WHERE_THE_TOP_GOES:
        knee = leg.apply([0.0, 0.0, 1.0])
        assert np.sign(np.round(knee[:2], 12)).tolist() == list(WHERE_THE_TOP_GOES[movement.name])
    else:
        toes = leg.apply([1.0, 0.0, 0.0])
        assert np.sign(toes[1]) == WHERE_THE_TOES_GO[movement.name]


def test_every_angle_has_a_row_in_both_directions_for_both_legs():
    for kind in ("dorsiflexion", "frontal", "axial"):
        rows = [movement for movement in MOVEMENTS if movement.angle == kind]
        assert {movement.sign_left for movement in rows} == {-1, 1}
        assert {movement.sign_right for movement in rows} == {-1, 1}


def test_towards_the_midline_is_to_the_right_for_the_left_leg():
    assert frames.medial_sign("left") == 1.0
    assert frames.medial_sign("right") == -1.0


# --- tilts with a heading, angles together --------------------------------------------------------------------------


@given(
    heading_deg=st.floats(-180, 180),
    frontal_deg=st.floats(-60, 60),
    dorsiflexion_deg=st.floats(-80, 80),
    side=st.sampled_from(SIDES),
)
def test_heading_does_not_count_and_frontal_is_the_tilt_out_of_the_plane_of_the_lunge(
    heading_deg, frontal_deg, dorsiflexion_deg, side
):
    # intrinsic z, y, x: turn, then tilt forwards, then lean sideways about the shin's own x
    leg = Rotation.from_euler("ZYX", [heading_deg, dorsiflexion_deg, frontal_deg], degrees=True)
    u_x, u_y, u_z = up_of(leg)
    expected_up = leg.inv().apply([0.0, 0.0, 1.0])
    assert [u_x[0], u_y[0], u_z[0]] == pytest.approx(expected_up, abs=1e-12)
    assert math.sin(frames.frontal_rad(u_y, side)[0]) == pytest.approx(
        frames.medial_sign(side) * math.sin(math.radians(frontal_deg)) * math.cos(math.radians(dorsiflexion_deg)),
        abs=1e-12,
    )
    total = frames.tilt_rad(u_x, u_y, u_z)[0]
    assert total == pytest.approx(np.arccos(np.clip(expected_up[2], -1, 1)), abs=1e-7)


@given(dorsiflexion_deg=st.floats(-179, 179), heading_deg=st.floats(-180, 180))
def test_without_a_lean_dorsiflexion_is_the_whole_tilt(dorsiflexion_deg, heading_deg):
    leg = Rotation.from_euler("ZY", [heading_deg, dorsiflexion_deg], degrees=True)
    u_x, u_y, u_z = up_of(leg)
    assert math.degrees(frames.dorsiflexion_rad(u_x, u_z)[0]) == pytest.approx(dorsiflexion_deg, abs=1e-9)
    assert math.degrees(frames.tilt_rad(u_x, u_y, u_z)[0]) == pytest.approx(abs(dorsiflexion_deg), abs=1e-6)


def test_frontal_takes_a_component_that_rounding_pushed_past_one():
    assert frames.frontal_rad(np.array([1.0 + 1e-12, -1.0 - 1e-12]), "left") == pytest.approx(
        [math.pi / 2, -math.pi / 2]
    )


# --- axial ----------------------------------------------------------------------------------------------------------


@given(
    turn_deg=st.floats(-179, 179),
    swing_deg=st.floats(0, 80),
    swing_about_deg=st.floats(0, 360),
    start=st.integers(0, 1000),
    side=st.sampled_from(SIDES),
    flip=st.booleans(),
)
def test_axial_is_the_twist_whatever_the_swing_the_start_and_the_sign_of_the_quaternion(
    turn_deg, swing_deg, swing_about_deg, start, side, flip
):
    rest = Rotation.random(rng=np.random.default_rng(start))
    level = np.array([math.cos(math.radians(swing_about_deg)), math.sin(math.radians(swing_about_deg)), 0.0])
    since = Rotation.from_rotvec(np.radians(swing_deg) * level) * Rotation.from_rotvec([0.0, 0.0, np.radians(turn_deg)])
    quat = conjugate_product(rest, rest * since) * (-1.0 if flip else 1.0)
    internal = -turn_deg if side == "left" else turn_deg
    assert math.degrees(frames.axial_rad(quat[:, 3], quat[:, 0], side)[0]) == pytest.approx(internal, abs=1e-6)


# --- quaternions and rotations --------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**16))
def test_a_quaternion_turns_sensor_vectors_into_the_earth_frame(seed):
    rotation = Rotation.random(5, rng=np.random.default_rng(seed))
    up = np.stack(up_of(rotation), axis=-1)
    assert rotation.apply(up) == pytest.approx(np.tile([0.0, 0.0, 1.0], (5, 1)), abs=1e-12)


@given(seed=st.integers(0, 2**16))
def test_a_rotation_by_rows_is_scipys(seed):
    rng = np.random.default_rng(seed)
    rotation, vectors = Rotation.random(rng=rng), rng.normal(size=(4, 3))
    turned = frames.rotate(tuple(rotation.as_matrix().ravel()), *vectors.T)
    assert np.stack(turned, axis=-1) == pytest.approx(rotation.apply(vectors), abs=1e-12)


def test_the_identity_leaves_vectors_alone():
    x, y, z = np.random.default_rng(1).normal(size=(3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(frames.rotate(IDENTITY, x, y, z), (x, y, z), strict=True))


# --- the shin's axes ------------------------------------------------------------------------------------------------

components = st.floats(-100, 100)
vectors = st.tuples(components, components, components).filter(lambda v: math.hypot(*v) > 1e-3)


@given(up=vectors, left=vectors)
def test_shin_axes_are_right_handed_and_orthonormal_with_z_up_and_y_on_the_side_of_left(up, left):
    up_unit = np.array(up) / np.linalg.norm(up)
    across = np.array(left) - np.dot(left, up_unit) * up_unit
    assume(np.linalg.norm(across) > 1e-3 * np.linalg.norm(left))
    matrix = np.array(frames.shin_axes(up, left)).reshape(3, 3)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert matrix[2] == pytest.approx(up_unit)
    assert matrix[1] == pytest.approx(across / np.linalg.norm(across), abs=1e-9)


@given(seed=st.integers(0, 2**16), angle_deg=st.floats(-80, 80), lean_deg=st.floats(-30, 30))
def test_a_sensor_strapped_on_any_way_gives_the_same_angle_through_its_shin_axes(seed, angle_deg, lean_deg):
    strapped = Rotation.random(rng=np.random.default_rng(seed))  # shin to sensor axes
    mounting = frames.shin_axes(tuple(strapped.apply([0, 0, 1])), tuple(strapped.apply([0.0, 1.0, 0.2])))
    leg = Rotation.from_euler("ZYX", [35.0, angle_deg, lean_deg], degrees=True)
    u_x, u_y, u_z = frames.rotate(mounting, *up_of(leg * strapped.inv()))
    assert np.stack([u_x, u_y, u_z]).ravel() == pytest.approx(np.stack(up_of(leg)).ravel(), abs=1e-9)


@pytest.mark.parametrize(
    ("up", "left"),
    [((0.0, 0.0, 0.0), (0.0, 1.0, 0.0)), ((0.0, 0.0, 1.0), (0.0, 0.0, 0.0)), ((0.0, 0.0, 2.0), (0.0, 0.0, -1.0))],
)
def test_no_direction_or_parallel_directions_make_no_axes(up, left):
    with pytest.raises(ValueError, match="no direction"):
        frames.shin_axes(up, left)


# --- a known mounting -----------------------------------------------------------------------------------------------

SIGNED_AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
UNIT = {sign + axis: (1 if sign == "+" else -1) * np.eye(3)["xyz".index(axis)] for sign, axis in SIGNED_AXES}
TRIPLES = list(itertools.product(SIGNED_AXES, repeat=3))


def determinant(triple):
    return round(np.linalg.det(np.array([UNIT[axis] for axis in triple])))


def test_there_are_24_mountings_along_the_axes():
    assert sum(determinant(triple) == 1 for triple in TRIPLES) == 24


@pytest.mark.parametrize("triple", [t for t in TRIPLES if determinant(t) == 1], ids=",".join)
def test_a_mounting_along_the_axes_is_read(triple):
    matrix = np.array(frames.parse_axes(",".join(triple))).reshape(3, 3)
    assert np.array_equal(matrix, [UNIT[axis] for axis in triple])


@pytest.mark.parametrize("triple", [t for t in TRIPLES if determinant(t) != 1], ids=",".join)
def test_a_left_handed_or_repeated_set_of_axes_is_refused(triple):
    with pytest.raises(UserError, match="right-handed"):
        frames.parse_axes(",".join(triple))


@pytest.mark.parametrize("text", ["x,y,z", " +X , +y ,+Z "])
def test_a_plus_may_be_left_out_and_case_and_spaces_do_not_matter(text):
    assert frames.parse_axes(text) == IDENTITY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+x",
        "+x,+y",
        "+x,+y,+z,+x",
        "+x +y +z",
        "+a,+y,+z",
        "+x,+y,",
        "++x,+y,+z",
        "+-x,+y,+z",
        "x+,+y,+z",
        "+xy,+y,+z",
        "1,2,3",
    ],
)
def test_what_is_no_set_of_axes_is_refused_with_the_text_and_an_example(text):
    with pytest.raises(UserError, match=r"--mounting .*(for example '\+x,\+y,\+z'|use one of \+x -x)") as caught:
        frames.parse_axes(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


# --- gravity --------------------------------------------------------------------------------------------------------


def test_gravity_is_written_down_in_one_place_only():
    package = Path(sensor_pipeline.__file__).parent
    holders = [
        path.relative_to(package).as_posix()
        for path in sorted(package.rglob("*.py"))
        if re.search(r"(?<![\d.])9\.8\d*", path.read_text(encoding="utf-8"))
    ]
    assert holders == ["frames.py"]
    assert frames.G_M_S2 == 9.80665


def test_degrees_and_radians_are_each_others_inverse():
    values = np.array([1.0, 37.0, 180.0])
    assert values * frames.RAD_PER_DEG == pytest.approx(np.radians(values))
    assert values * frames.DEG_PER_RAD == pytest.approx(np.degrees(values))
