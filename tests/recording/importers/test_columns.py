import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.importers.columns import key_of, match_columns, parse_columns
from sensor_pipeline.recording.importers.table import ROLES, ImportOptions

LEFT = ImportOptions("left")
OURS = ["time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
IN_ORDER = dict(zip(ROLES, range(7), strict=True))


def match(names, options=LEFT, stated=None):
    return match_columns(names, stated or {}, options, "file.csv")


@pytest.mark.parametrize(
    ("names", "units"),
    [
        (OURS, ("s", None, None)),
        ("Time (s),Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g),Gyroscope X (deg/s),Gyroscope Y (deg/s),"
         "Gyroscope Z (deg/s)", ("s", "g", "deg/s")),
        ("t,ax,ay,az,gx,gy,gz", (None, None, None)),
        ("timestamp_us,accel_x_mg,accel_y_mg,accel_z_mg,gyro_x_dps,gyro_y_dps,gyro_z_dps", ("us", "mg", "deg/s")),
        ("time [ms],acc_x_m_s2,acc_y_m_s2,acc_z_m_s2,gyr_x_rad_s,gyr_y_rad_s,gyr_z_rad_s", ("ms", "m/s2", "rad/s")),
        ("SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z", ("us", None, None)),
        ("Time(s),AccX(g),AccY(g),AccZ(g),AsX(°/s),AsY(°/s),AsZ(°/s)", ("s", "g", "deg/s")),
        ("seconds_elapsed,accelerationX,accelerationY,accelerationZ,rotationRateX,rotationRateY,rotationRateZ",
         ("s", None, None)),
        ("time,acc_x [m/s²],acc_y [m/s²],acc_z [m/s²],wx [rad/s],wy [rad/s],wz [rad/s]", (None, "m/s2", "rad/s")),
    ],
)  # fmt: skip
def test_names_and_units_as_programs_write_them_are_recognised(names, units):
    found = match(names.split(",") if isinstance(names, str) else names)
    assert dict(found.index) == IN_ORDER
    assert (found.time_unit, found.acc_unit, found.gyr_unit) == units


def test_the_order_of_columns_does_not_matter():
    assert match(OURS[::-1]).index["time"] == 6


def test_units_below_the_header_count():
    found = match(["Timestamp", *OURS[1:]], stated={0: "ms", 1: "m/(s^2)", 2: "m/(s^2)", 3: "m/(s^2)", 4: "deg/s"})
    assert (found.time_unit, found.acc_unit, found.gyr_unit) == ("ms", "m/s2", "deg/s")


def test_linear_acceleration_is_never_taken_for_acceleration():
    names = ["time", "linear_acceleration_x", "linear_acceleration_y", "linear_acceleration_z", *OURS[4:]]
    with pytest.raises(UserError, match="no column found for acc_x, acc_y, acc_z"):
        match(names)


def test_a_missing_column_lists_what_is_there_and_the_option():
    with pytest.raises(UserError, match=r"no column found for gyr_y.*'foo'.*--columns gyr_y=NAME"):
        match(["time", "acc_x", "acc_y", "acc_z", "gyr_x", "foo", "gyr_z"])


def test_a_misspelt_column_gets_a_suggestion():
    with pytest.raises(UserError, match=r"did you mean gyr_y=gyrr_y\?"):
        match(["time", "acc_x", "acc_y", "acc_z", "gyr_x", "gyrr_y", "gyr_z"])


def test_two_candidates_are_never_chosen_between():
    with pytest.raises(UserError, match=r"acc_x could be any of 'acc_x', 'ax'; choose one with --columns acc_x=NAME"):
        match([*OURS, "ax"])


def test_a_choice_settles_two_candidates():
    assert match([*OURS, "ax"], ImportOptions("left", columns={"acc_x": "ax"})).index["acc_x"] == 7


def test_two_columns_of_one_name_cannot_be_chosen():
    with pytest.raises(UserError, match="2 columns called 'acc_x'"):
        match([*OURS, "acc_x"], ImportOptions("left", columns={"acc_x": "acc_x"}))


def test_a_choice_that_is_not_there_says_what_is():
    with pytest.raises(UserError, match=r"--columns acc_x: file.csv has no column 'accx'.*did you mean 'acc_x'"):
        match(OURS, ImportOptions("left", columns={"acc_x": "accx"}))


def test_one_column_cannot_play_two_parts():
    with pytest.raises(UserError, match="asked for as acc_x and as acc_y"):
        match(OURS, ImportOptions("left", columns={"acc_x": "acc_x", "acc_y": "acc_x"}))


def test_without_a_time_column_the_rate_is_asked_for():
    with pytest.raises(UserError, match=r"no time column found.*--rate HZ"):
        match(["time index", *OURS[1:]])


def test_with_a_rate_no_time_column_is_used():
    assert "time" not in match(OURS, ImportOptions("left", rate_hz=50.0)).index


def test_of_two_time_columns_one_must_be_named():
    with pytest.raises(UserError, match=r"time could be any of 'time_s', 'timestamp'.*--time NAME"):
        match([*OURS, "timestamp"])
    assert match([*OURS, "timestamp"], ImportOptions("left", time_column="timestamp")).index["time"] == 7


def test_axes_in_different_units_are_refused():
    names = ["time", "acc_x (g)", "acc_y (g)", "acc_z (mg)", *OURS[4:]]
    with pytest.raises(UserError, match=r"accelerometer's axes state different units \(g, mg\)"):
        match(names)


def test_a_hostile_column_name_cannot_reach_the_terminal():
    with pytest.raises(UserError) as caught:
        match(["time", "\x1b]0;owned\x07", "b", "c"])
    assert str(caught.value).isprintable()


def test_columns_option_is_read():
    assert parse_columns("acc_x=A, gyr_z=Rot Z (deg/s)") == {"acc_x": "A", "gyr_z": "Rot Z (deg/s)"}
    assert parse_columns("acc_x=A,1,acc_y=B") == {"acc_x": "A,1", "acc_y": "B"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("acc_x", "write role=NAME"),
        ("acc_x=", "write role=NAME"),
        ("", "write role=NAME"),
        ("accx=A", "did you mean acc_x"),
        ("acc_x=A,acc_x=B", "names acc_x twice"),
    ],
)
def test_a_columns_option_that_says_nothing_clear_is_refused(text, words):
    with pytest.raises(UserError, match=words):
        parse_columns(text)


@given(st.text(max_size=30))
def test_any_name_has_a_key_of_letters_and_digits(name):
    key = key_of(name)
    assert key == "" or (key.isascii() and key.isalnum() and key == key.lower())
