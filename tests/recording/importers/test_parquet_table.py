import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.importers import source
from sensor_pipeline.recording.importers.parquet_table import ParquetTable


@pytest.fixture
def write(tmp_path):
    def write(table, name="file.parquet", **options):
        path = tmp_path / name
        pq.write_table(table, path, **options)
        return path

    return write


def test_columns_units_and_nulls_are_read(write):
    schema = pa.schema([pa.field("t", pa.int64(), metadata={b"unit": b"ms"}), pa.field("x", pa.float32())])
    found = ParquetTable(write(pa.table([[10, 20], [0.5, None]], schema=schema)))
    assert (found.names, dict(found.stated_units)) == (("t", "x"), {0: "ms"})
    assert np.array_equal(found.load([1, 0]), [[0.5, 10.0], [np.nan, 20.0]], equal_nan=True)
    assert found.load_time(0)[0].dtype == np.int64


def test_dates_are_times_in_nanoseconds(write):
    stamps = pa.array([1_000, 1_010], pa.timestamp("ms", tz="UTC"))
    time, dates = ParquetTable(write(pa.table({"t": stamps}))).load_time(0)
    assert (time.tolist(), dates) == ([1_000_000_000, 1_010_000_000], True)


def test_text_in_place_of_numbers_is_refused(write):
    with pytest.raises(FileError, match="column 'x' holds string, not numbers"):
        ParquetTable(write(pa.table({"x": ["1"]}))).load([0])


def test_a_missing_time_is_named(write):
    with pytest.raises(FileError, match="data row 2: no time in column 't'"):
        ParquetTable(write(pa.table({"t": [0.0, None]}))).load_time(0)


def test_an_empty_table_is_refused(write):
    with pytest.raises(FileError, match="columns and no rows"):
        ParquetTable(write(pa.table({"x": pa.array([], pa.float64())})))


def test_a_cut_file_is_damaged(write):
    path = write(pa.table({"x": np.arange(1000.0)}))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileError, match="damaged Parquet file"):
        ParquetTable(path)


def test_a_flipped_byte_is_found_where_the_file_has_checksums(write):
    path = write(pa.table({"x": np.random.default_rng(1).random(1000)}), write_page_checksum=True, compression="none")
    content = bytearray(path.read_bytes())
    content[4000] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match="damaged Parquet file"):
        ParquetTable(path).load([0])


def test_a_small_file_that_expands_to_too_many_cells_is_refused_unread(write, monkeypatch):
    monkeypatch.setattr(source, "MAX_CELLS", 1_000_000)
    path = write(pa.table({"x": np.zeros(1_000_001)}))
    assert path.stat().st_size < 100_000
    with pytest.raises(FileError, match="1000001 rows x 1 columns is more than the limit"):
        ParquetTable(path)
