from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.importers.reader import read_table
from sensor_pipeline.recording.importers.table import ImportOptions

HEADER = "time,seconds_elapsed,z,y,x"
ANDROID = "version,platform,standardisation\n3,android,false\n"
IPHONE = "version,platform,standardisation\n3,ios,false\n"
STANDARDISED = "version,platform,standardisation\n3,ios,true\n"
LEFT = ImportOptions("left")


@pytest.fixture
def export(write_csv, motion, tmp_path):
    """Write one sensor's file as the app does: epoch nanoseconds, seconds, z, y, x, its own rate and start."""

    def write(sensor, values, *, rate_hz=100.0, start_s=0.05, seconds=24.0):
        time_s = start_s + np.arange(round(seconds * rate_hz)) / rate_hz
        at = np.column_stack([np.interp(time_s, motion.time_s, values[:, axis]) for axis in (2, 1, 0)])
        table = np.column_stack([1.7e18 + time_s * 1e9, time_s, at])
        return write_csv(table, HEADER, f"export/{sensor}.csv").parent

    def metadata(text):
        (tmp_path / "export" / "Metadata.csv").write_text(text)

    write.metadata = metadata
    return write


def test_total_acceleration_is_used_and_interpolated_to_the_gyroscope(export, motion):
    export("Gyroscope", motion.gyr, rate_hz=200.0)
    export("Accelerometer", motion.acc * 0.0)
    folder = export("TotalAcceleration", motion.acc, rate_hz=99.0, start_s=0.0511)
    export.metadata(ANDROID)
    found = read_table(folder, LEFT)
    assert found.rate_hz == pytest.approx(200.0)
    expected = np.column_stack(
        [np.interp(found.time_s + 0.055, motion.time_s, motion.acc[:, axis]) for axis in range(3)]
    )
    assert np.max(np.abs(found.acc_m_s2 - expected)) < 0.01
    assert "accelerations from TotalAcceleration" in found.notes[0]
    assert found.missing_rows == 0


def test_one_file_of_the_folder_stands_for_the_folder(export, motion):
    export("Gyroscope", motion.gyr)
    folder = export("TotalAcceleration", motion.acc)
    one, other = read_table(folder, LEFT), read_table(folder / "Gyroscope.csv", LEFT)
    assert np.array_equal(one.acc_m_s2, other.acc_m_s2)
    assert one.sha256 == other.sha256


def test_acceleration_without_gravity_gets_gravity_added(export, motion):
    export("Gyroscope", motion.gyr)
    export("Accelerometer", motion.acc * 0.25)
    folder = export("Gravity", motion.acc * 0.75)
    found = read_table(folder, LEFT)
    assert np.median(np.linalg.norm(found.acc_m_s2, axis=1)) == pytest.approx(G_M_S2, rel=1e-3)
    assert "Accelerometer + Gravity" in found.notes[0]


def test_acceleration_without_gravity_alone_is_refused(export, motion):
    export("Gyroscope", motion.gyr)
    folder = export("Accelerometer", motion.acc * 0.0)
    with pytest.raises(FileError, match=r"Accelerometer is without gravity.*add TotalAcceleration"):
        read_table(folder, LEFT)
    with pytest.raises(FileError, match="without gravity"):
        read_table(folder / "Accelerometer.csv", LEFT)


def test_a_missing_gyroscope_or_acceleration_says_what_to_record(export, motion):
    folder = export("TotalAcceleration", motion.acc)
    with pytest.raises(FileError, match=r"no Gyroscope\.csv; record"):
        read_table(folder, LEFT)
    (folder / "TotalAcceleration.csv").unlink()
    export("Gyroscope", motion.gyr)
    with pytest.raises(FileError, match="no accelerations; record TotalAcceleration"):
        read_table(folder, LEFT)


@pytest.mark.parametrize(
    ("metadata", "sign", "scale", "note"),
    [
        (ANDROID, 1.0, 1.0, None),
        (STANDARDISED, 1.0, 1.0, None),
        (IPHONE, -1.0, 1.0 / G_M_S2, "iPhone: acceleration signs turned"),
        (None, 1.0, 1.0, "no Metadata.csv"),
        (None, 1.0, 1.0 / G_M_S2, "no Metadata.csv"),
    ],
)
def test_uncalibrated_acceleration_has_the_phones_unit_and_sign(export, motion, metadata, sign, scale, note):
    export("GyroscopeUncalibrated", motion.gyr)
    folder = export("AccelerometerUncalibrated", sign * scale * motion.acc)
    if metadata is not None:
        export.metadata(metadata)
    found = read_table(folder, LEFT)
    assert found.acc_m_s2[100, 2] == pytest.approx(G_M_S2, rel=1e-6)
    assert note is None or any(note in line for line in found.notes)


def test_rows_without_acceleration_at_the_ends_are_left_out_and_counted(export, motion):
    export("Gyroscope", motion.gyr, start_s=0.0, seconds=24.5)
    folder = export("TotalAcceleration", motion.acc, start_s=1.0, seconds=20.0)
    found = read_table(folder, LEFT)
    assert found.missing_rows == 0
    assert len(found.time_s) == 2000
    assert "450 gyroscope rows" in " ".join(found.notes)


def test_a_hole_in_the_accelerations_is_missing_values_not_a_straight_line(export, motion):
    export("Gyroscope", motion.gyr)
    folder = export("TotalAcceleration", motion.acc)
    path = folder / "TotalAcceleration.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:1001] + lines[1101:]))
    found = read_table(folder, LEFT)
    assert np.flatnonzero(np.isnan(found.acc_m_s2[:, 0])).tolist() == list(range(1000, 1100))
    assert found.missing_rows == 100


def test_times_that_do_not_rise_are_named_with_their_file(export, motion):
    export("Gyroscope", motion.gyr)
    folder = export("TotalAcceleration", motion.acc)
    path = folder / "TotalAcceleration.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:10], lines[5], *lines[10:]]))
    with pytest.raises(
        FileError, match=r"TotalAcceleration\.csv: data row 10, column 'seconds_elapsed': .* does not rise"
    ):
        read_table(folder, LEFT)


@pytest.mark.parametrize("options", [{"rate_hz": 100.0}, {"columns": {"acc_x": "x"}}, {"time_column": "time"}])
def test_options_that_make_no_sense_for_a_folder_are_refused(export, motion, options):
    export("Gyroscope", motion.gyr)
    folder = export("TotalAcceleration", motion.acc)
    with pytest.raises(UserError, match="do not apply to a Sensor Logger folder"):
        read_table(folder, ImportOptions("left", **options))


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(FileError, match=r"no Gyroscope\.csv"):
        read_table(tmp_path, LEFT)


COMBINED = "time,seconds_elapsed,gyroscope_z,gyroscope_y,gyroscope_x,{0}_z,{0}_y,{0}_x"


def combined(motion, *parts):
    columns = [1.7e18 + motion.time_s * 1e9, motion.time_s]
    return np.column_stack([*columns, *(part[:, ::-1] for part in parts)])


def test_a_combined_file_is_read_by_names(motion, write_csv):
    path = write_csv(combined(motion, motion.gyr, motion.acc), COMBINED.format("totalAcceleration"))
    found = read_table(path, LEFT)
    assert np.array_equal(found.acc_m_s2, motion.acc)
    assert np.array_equal(found.gyr_rad_s, motion.gyr)


def test_a_combined_file_adds_gravity(motion, write_csv):
    header = COMBINED.format("accelerometer") + ",gravity_z,gravity_y,gravity_x"
    path = write_csv(combined(motion, motion.gyr, 0.25 * motion.acc, 0.75 * motion.acc), header)
    assert np.allclose(read_table(path, LEFT).acc_m_s2, motion.acc, rtol=1e-12, atol=1e-12)


def test_a_combined_file_without_gravity_is_refused(motion, write_csv):
    path = write_csv(combined(motion, motion.gyr, 0.01 * motion.acc), COMBINED.format("accelerometer"))
    with pytest.raises(FileError, match="Accelerometer is without gravity"):
        read_table(path, LEFT)


def test_a_combined_file_of_mostly_empty_rows_is_refused(motion, write_csv):
    table = combined(motion, motion.gyr, motion.acc)
    table[np.arange(len(table)) % 3 > 0, 5:] = np.nan
    with pytest.raises(FileError, match=r"67 % of its rows lack acceleration or rotation.*separate CSV files"):
        read_table(write_csv(table, COMBINED.format("totalAcceleration")), LEFT)


def test_a_combined_file_of_an_iphone_is_turned(motion, write_csv):
    path = write_csv(combined(motion, motion.gyr, -motion.acc), COMBINED.format("totalAcceleration"))
    (path.parent / "Metadata.csv").write_text(IPHONE)
    assert np.array_equal(read_table(path, replace(LEFT, side="right")).acc_m_s2, motion.acc)
