import hashlib
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.errors import DorsiError, FileError, UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.table import ImportOptions

XIO = (
    "Time (s),Accelerometer X (g),Accelerometer Y (g),Accelerometer Z (g),"
    "Gyroscope X (deg/s),Gyroscope Y (deg/s),Gyroscope Z (deg/s)"
)


def test_a_plain_file_needs_no_options(motion, write_csv, left):
    path = write_csv(motion.table)
    found = read_table(path, left)
    assert np.array_equal(found.time_s, motion.time_s)
    assert np.array_equal(found.acc_m_s2, motion.acc)
    assert np.array_equal(found.gyr_rad_s, motion.gyr)
    assert (found.acc_unit, found.gyr_unit, found.time_unit, found.missing_rows) == ("m/s2", "rad/s", "s", 0)
    assert found.rate_hz == pytest.approx(100.0)
    assert (found.file_name, found.sha256) == ("file.csv", hashlib.sha256(path.read_bytes()).hexdigest())


def test_units_in_the_header_are_converted(motion, write_csv, left):
    table = np.column_stack([motion.time_s, motion.acc / G_M_S2, np.rad2deg(motion.gyr)])
    found = read_table(write_csv(table, XIO), left)
    assert np.allclose(found.acc_m_s2, motion.acc, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.gyr_rad_s, motion.gyr, rtol=1e-12, atol=1e-12)


def test_the_same_samples_as_parquet_are_the_same(motion, write_csv, left, tmp_path):
    names = ["time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
    pq.write_table(pa.table(dict(zip(names, motion.table.T, strict=True))), tmp_path / "file.parquet")
    one, other = read_table(tmp_path / "file.parquet", left), read_table(write_csv(motion.table), left)
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("time_s", "acc_m_s2", "gyr_rad_s"))


def test_what_was_assumed_is_said(motion, write_csv, left):
    notes = "\n".join(read_table(write_csv(motion.table), left).notes)
    for part in ("'acc_x'", "'gyr_z'", "'time_s' in s", "100 Hz", "accelerometer in m/s2", "gyroscope in rad/s"):
        assert part in notes


def test_degrees_labelled_radians_are_refused(motion, write_csv, left):
    table = np.column_stack([motion.time_s, motion.acc, np.rad2deg(motion.gyr)])
    header = "time_s,acc_x,acc_y,acc_z,gyr_x (rad/s),gyr_y (rad/s),gyr_z (rad/s)"
    with pytest.raises(UserError, match=r"not in rad/s \(stated by the file\).*use --gyr-unit deg/s"):
        read_table(write_csv(table, header), left)
    assert read_table(write_csv(table, header), replace(left, gyr_unit="deg/s")).gyr_unit == "deg/s"


def test_a_rate_makes_times(motion, write_csv, left):
    path = write_csv(motion.table[:, 1:], "time index;ax;ay;az;gx;gy;gz".partition(";")[2], separator=";")
    with pytest.raises(UserError, match="--rate HZ"):
        read_table(path, left)
    found = read_table(path, replace(left, rate_hz=100.0))
    assert np.allclose(found.time_s, motion.time_s, rtol=0, atol=1e-12)


def test_rate_and_time_exclude_each_other(write_csv, motion):
    with pytest.raises(UserError, match="--rate and --time exclude each other"):
        read_table(write_csv(motion.table), ImportOptions("left", rate_hz=100.0, time_column="time_s"))


def test_missing_values_stay_missing_and_are_counted(motion, write_csv, left):
    table = motion.table.copy()
    table[10, 1] = np.nan
    table[20, 4:] = np.nan
    found = read_table(write_csv(table), left)
    assert found.missing_rows == 2
    assert math.isnan(found.acc_m_s2[10, 0])
    assert np.all(np.isnan(found.gyr_rad_s[20]))
    assert found.notes[-1] == "2 of 2500 rows have a missing value"


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (7, 1, 51.0 * G_M_S2, r"data row 8, column 'acc_x': 500\.\d+ is more than 50 g in m/s2 \(1 such cells\)"),
        (9, 6, -90.0, r"data row 10, column 'gyr_z': -90 is more than 5000 deg/s in rad/s"),
        (9, 5, math.inf, r"data row 10, column 'gyr_y': inf is more than 5000 deg/s"),
    ],
)
def test_impossible_values_are_named(motion, write_csv, left, row, column, value, words):
    table = motion.table.copy()
    table[row, column] = value
    with pytest.raises(FileError, match=words):
        read_table(write_csv(table), left)


def test_an_export_without_gravity_is_refused_with_what_to_export(write_csv, left, motion):
    header = "PacketCounter,SampleTimeFine,Quat_W,FreeAcc_X,FreeAcc_Y,FreeAcc_Z,Status"
    with pytest.raises(FileError, match=r"Xsens free acceleration only: gravity has been removed.*Rate quantities"):
        read_table(write_csv(motion.table, header, before="sep=,\nDeviceTag:,D1\nOutputRate:,60Hz\n\n"), left)


def test_acceleration_columns_named_by_the_person_are_the_persons_choice(write_csv, left, motion):
    header = "time_s,linear_acceleration_x,linear_acceleration_y,linear_acceleration_z,gyr_x,gyr_y,gyr_z"
    with pytest.raises(FileError, match="linear acceleration only"):
        read_table(write_csv(motion.table, header), left)
    chosen = {f"acc_{axis}": f"linear_acceleration_{axis}" for axis in "xyz"}
    assert len(read_table(write_csv(motion.table, header), replace(left, columns=chosen)).time_s) == len(motion.time_s)


def test_a_hostile_file_name_cannot_reach_the_terminal(motion, write_csv, left):
    path = write_csv(motion.table, name="\x1b[31mred.csv")
    assert read_table(path, left).file_name.isprintable()
    with pytest.raises(UserError) as caught:
        read_table(path, replace(left, acc_unit="g"))
    assert str(caught.value).isprintable()


SAMPLES_HEADER = "side,time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z,dorsiflexion_deg,flags"


def own_csv(tmp_path, motion, flags):
    rows = []
    for row, flag in zip(motion.table, flags, strict=True):
        numbers = ",".join(repr(float(v)) for v in row)
        rows += [f"left,{numbers},,{flag}", f"right,{numbers},1.5,{flag}"]
    path = tmp_path / "samples.csv"
    path.write_text("\n".join([SAMPLES_HEADER, *rows]))
    return path


def test_our_own_table_is_known_picks_the_leg_and_keeps_its_times(tmp_path, motion):
    late = replace(motion, time_s=motion.time_s + 0.125)
    found = read_table(own_csv(tmp_path, late, [0] * len(late.time_s)), ImportOptions("right"))
    assert np.array_equal(found.time_s, late.time_s)
    assert np.array_equal(found.acc_m_s2, late.acc)
    assert found.gyr_unit == "rad/s"


def test_rows_of_our_own_table_that_were_filled_are_missing_again(tmp_path, motion):
    flags = [0] * len(motion.time_s)
    flags[5] = 1 + 16
    found = read_table(own_csv(tmp_path, motion, flags), ImportOptions("left"))
    assert found.missing_rows == 1
    assert np.all(np.isnan(found.acc_m_s2[5]))


def test_a_leg_that_is_not_in_our_own_table_is_refused(tmp_path, motion):
    path = own_csv(tmp_path, motion, [0] * len(motion.time_s))
    path.write_text(path.read_text().replace("left", "right"))
    with pytest.raises(UserError, match="no rows of side left, only right; import it with --side right"):
        read_table(path, ImportOptions("left"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(7)), separator=st.sampled_from([",", ";", "\t"]), bom=st.booleans())
def test_layout_never_changes_a_value(motion, write_csv, order, separator, bom):
    names = ["time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
    path = write_csv(
        motion.table[:, order],
        separator.join(names[k] for k in order),
        separator=separator,
        before="\ufeff" if bom else "",
    )
    found = read_table(path, ImportOptions("left"))
    assert np.array_equal(found.acc_m_s2, motion.acc)
    assert np.array_equal(found.gyr_rad_s, motion.gyr)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 600), put=st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, motion, write_csv, where, put):
    path = write_csv(motion.table[::8])
    content = path.read_bytes()
    path.write_bytes(content[:where] + put + content[where + len(put) :])
    message = ""
    try:
        time_s = read_table(path, ImportOptions("left")).time_s
    except DorsiError as error:
        message = str(error)
    else:
        assert np.all(np.diff(time_s) > 0)
    assert message == "" or message.isprintable()


def test_the_bench_recording_of_x_io_imports_with_its_own_units(recorded, left):
    found = read_table(recorded / "xio_fusion" / "sensor_data.csv", left)
    assert (len(found.time_s), found.acc_unit, found.gyr_unit) == (13514, "g", "deg/s")
    assert found.rate_hz == pytest.approx(99.2, abs=0.05)
    assert np.median(np.linalg.norm(found.acc_m_s2, axis=1)) == pytest.approx(G_M_S2, rel=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"gyr_unit": "rad/s"}, "use --gyr-unit deg/s"),
        ({"acc_unit": "m/s2"}, "use --acc-unit g"),
        ({"rate_hz": 50.0}, "check the rate"),
    ],
)
def test_a_wrong_statement_about_the_bench_recording_is_caught(recorded, options, words):
    with pytest.raises(UserError, match=words):
        read_table(recorded / "xio_fusion" / "sensor_data.csv", ImportOptions("left", **options))


@pytest.mark.parametrize("name", ["LFemur", "LTibia", "Pelvis", "RFemur", "RTibia"])
def test_the_free_acceleration_exports_of_xsens_dot_are_refused(recorded, left, name):
    with pytest.raises(FileError, match="gravity has been removed"):
        read_table(next((recorded / "xsens_dot").glob(f"{name}_*.csv")), left)


@pytest.mark.parametrize("exercise", ["e1", "e3"])
def test_a_recorded_leg_without_times_needs_its_rate_and_no_units(recorded, left, tmp_path, exercise):
    import gzip

    path = tmp_path / "leg.csv"
    path.write_bytes(gzip.decompress((recorded / "yurtman" / exercise / "u2_test.txt.gz").read_bytes()))
    with pytest.raises(UserError, match="no time column found"):
        read_table(path, left)
    found = read_table(path, replace(left, rate_hz=25.0))
    assert (found.acc_unit, found.gyr_unit) == ("m/s2", "rad/s")
    with pytest.raises(UserError, match="use --gyr-unit rad/s"):
        read_table(path, replace(left, rate_hz=25.0, gyr_unit="deg/s"))
