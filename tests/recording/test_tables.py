"""Tables: units in three places, damage and foreign files refused, null and never NaN, small on the disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.columns import RECORDS, REPS, SAMPLES, TableKind
from sensor_pipeline.recording.finish import finish
from sensor_pipeline.recording.parquet_file import METADATA_KEY, TableReader, TableWriter, arrow_schema
from sensor_pipeline.recording.record_codec import flatten
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.recording.rows import pack_rows
from sensor_pipeline.recording.tables import (
    LABELS,
    RecordsWriter,
    labels_file,
    read_records,
    read_reference,
    read_reps,
    read_table,
    rep_table,
    sample_table,
    to_frame,
    write_labels,
    write_reference,
    write_reps,
    write_table,
)
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Angles, Record, Rep, Samples

SPEC = Path(__file__).parents[2] / "firmware_specs" / "shin-imu-v1.toml"
BUDGET_BYTES = 3_200_000
KINDS = {"records": RECORDS, "samples": SAMPLES, "reps": REPS}

known = st.floats(-1e6, 1e6)
maybe = st.none() | known
reps = st.builds(
    Rep,
    side=st.sampled_from(["left", "right"]),
    rep=st.integers(1, 1000),
    **{column.name: maybe if column.nullable else known for column in REPS.columns if column.type == "float64"},
    heel=st.sampled_from(["no_lift_seen", "possible_lift", "not_checked"]),
    scored=st.booleans(),
    components=st.dictionaries(st.text(max_size=5), st.floats(0, 1), max_size=3),
    faults=st.lists(st.sampled_from(["heel_lift", "jerky"]), max_size=2).map(tuple),
    reason=st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
)
REP = Rep("left", 1, 1.0, None, 1.5, None, 2.0, 0.5, 40.0, 39.5, None, 0.5, 0.0, 0.5, None, 80.0)


def test_the_columns_of_reps_are_the_fields_of_a_repetition_in_order() -> None:
    assert [column.name for column in REPS.columns] == [field.name for field in dataclasses.fields(Rep)]


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(reps, max_size=5))
def test_any_repetitions_come_back_equal(tmp_path_factory: pytest.TempPathFactory, rows: list[Rep]) -> None:
    path = tmp_path_factory.mktemp("reps") / "reps.parquet"
    write_reps(path, rows)
    assert read_reps(path) == tuple(rows)


def test_records_come_back_in_order(tmp_path: Path, every_kind: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor_pipeline.recording.tables.ROW_GROUP_ROWS", 4)  # several row groups
    writer = RecordsWriter(tmp_path / "records.parquet")
    for record in every_kind:
        writer.write(record)
    writer.close()
    writer.table.publish()
    stored = list(read_records(tmp_path / "records.parquet"))
    assert [(r.order, r.host_time_ns, r.sensor, flatten(r)) for r in stored] == [
        (r.order, r.host_time_ns, r.sensor, flatten(r)) for r in every_kind
    ]
    assert pq.ParquetFile(tmp_path / "records.parquet").metadata.num_row_groups == 3


@pytest.mark.parametrize("name", ["samples", "reps", "records"])
def test_units_stand_in_the_fields_in_the_file_and_in_pandas_attrs(finished: Path, name: str) -> None:
    path = finished / f"{name}.parquet"
    units = KINDS[name].units
    assert units
    schema = pq.read_schema(path)
    assert {f.name: f.metadata[b"unit"].decode() for f in schema if f.metadata[b"unit"]} == units
    own = json.loads(pq.read_metadata(path).metadata[METADATA_KEY])
    assert own == {"table": name, "schema_version": 1, "units": units}
    assert pd.read_parquet(path).attrs["units"] == units
    assert to_frame(read_table(path, KINDS[name])).attrs["units"] == units
    for column in KINDS[name].columns:
        for ending, unit in (("_s", "s"), ("_deg", "deg"), ("_mm", "mm"), ("_deg_s", "deg/s"), ("_ns", "ns")):
            if column.name.endswith(ending) and not (ending == "_s" and column.name.endswith("_deg_s")):
                assert column.unit == unit


def test_plain_pandas_sees_the_agreed_columns_and_types(finished: Path) -> None:
    samples = pd.read_parquet(finished / "samples.parquet")
    types = {name: str(kind) for name, kind in samples.dtypes.items()}
    floats = {"time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"}
    assert {name for name, kind in types.items() if kind == "float64"} == floats
    assert {name for name, kind in types.items() if kind == "float32"} == {
        "dorsiflexion_deg",
        "frontal_deg",
        "axial_deg",
    }
    assert (types["rep"], types["flags"]) == ("Int32", "uint16")
    assert set(samples["side"]) == {"left"}
    assert list(pd.read_parquet(finished / "reps.parquet")["rep"]) == [1, 2, 3]


def test_rows_lie_in_the_half_open_interval_of_their_repetition(finished: Path) -> None:
    samples = pd.read_parquet(finished / "samples.parquet")
    for rep in read_reps(finished / "reps.parquet"):
        inside = samples[(samples["time_s"] >= rep.start_s) & (samples["time_s"] < rep.end_s)]
        assert list(samples.index[samples["rep"] == rep.rep]) == list(inside.index)
    assert samples["rep"].isna().sum() > 0


def block(n: int, **changes: Any) -> tuple[Samples, Angles]:
    values, no = np.linspace(0.0, 1.0, n), np.zeros(n, np.bool_)
    samples = Samples(values, values, np.ones((n, 3)), np.ones((n, 3)), np.zeros(n, np.uint16))
    return samples, dataclasses.replace(Angles(values, ~no, values, no, values, no), **changes)


def test_unknown_values_are_null_and_nan_never_reaches_the_disk(tmp_path: Path) -> None:
    samples, angles = block(4)
    samples.acc_m_s2[1, 0] = np.nan
    samples.gyr_rad_s[2, 1] = np.inf
    table = sample_table(pack_rows(samples, angles), "left", [])
    write_table(tmp_path / "s.parquet", table, SAMPLES)
    stored = pq.read_table(tmp_path / "s.parquet")
    assert stored["acc_x"].to_pylist() == [1.0, None, 1.0, 1.0]
    assert stored["gyr_y"].to_pylist() == [1.0, 1.0, None, 1.0]
    assert stored["dorsiflexion_deg"].null_count == 0
    assert stored["frontal_deg"].null_count == stored["axial_deg"].null_count == stored["rep"].null_count == 4
    for name in stored.column_names:
        if pa.types.is_floating(stored[name].type):
            assert all(value is None or np.isfinite(value) for value in stored[name].to_pylist())


def test_a_nan_that_was_overlooked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="peak_deg is nan: an unknown value must be None"):
        write_reps(tmp_path / "r.parquet", [dataclasses.replace(REP, peak_deg=float("nan"))])
    with pytest.raises(FileError, match=r"components\.depth is inf: leave an unknown value out"):
        write_reps(tmp_path / "r.parquet", [dataclasses.replace(REP, components={"depth": float("inf")})])
    table = rep_table([REP]).set_column(8, "peak_deg", pa.array([float("nan")]))
    with pytest.raises(FileError, match="1 values of peak_deg are NaN or infinite"):
        write_table(tmp_path / "r.parquet", table, REPS)
    assert list(tmp_path.iterdir()) == []


def test_a_value_every_row_needs_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="start_s is None: every row needs a value"):
        write_labels(tmp_path, "anna", [{"side": "left", "rep": 1, "end_s": 2.0}])


@pytest.mark.parametrize("name", ["samples", "reps", "records"])
def test_any_flipped_byte_is_refused_or_changes_no_value(finished: Path, name: str) -> None:
    path = finished / f"{name}.parquet"
    whole = path.read_bytes()
    good = read_table(path, KINDS[name])
    refused = 0
    positions = np.random.default_rng(5).permutation(len(whole))[:250]
    for position in positions:
        damaged = bytearray(whole)
        damaged[position] ^= 0x40
        path.write_bytes(damaged)
        try:
            table = read_table(path, KINDS[name])
        except FileError as error:
            assert str(path) in str(error)  # noqa: PT017 (either outcome is right)
            assert "\n" not in str(error)  # noqa: PT017
            refused += 1
        else:
            assert table.equals(good)
    assert refused > len(positions) // 5  # the rest is statistics, names and padding that no value depends on


@pytest.mark.parametrize("length", [0, 1, 4, 100, -1, -9])
def test_a_truncated_file_is_refused(finished: Path, length: int) -> None:
    path = finished / "samples.parquet"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(FileError, match=r"samples\.parquet: damaged or no Parquet file"):
        read_table(path, SAMPLES)


def test_a_missing_file_and_a_folder_in_its_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot read the file: "):
        read_table(tmp_path / "samples.parquet", SAMPLES)
    with pytest.raises(FileError, match=r"damaged or no Parquet file|cannot read the file"):
        read_table(tmp_path, SAMPLES)


def changed(change: Callable[[pa.Table], pa.Table]) -> pa.Table:
    return change(rep_table([REP]))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (changed(lambda t: t.drop_columns(["peak_deg"])), "missing peak_deg, unknown none"),
        (changed(lambda t: t.append_column("x\x1b", t["peak_deg"])), r"missing none, unknown x\\x1b"),
        (changed(lambda t: t.select(list(reversed(t.column_names)))), "wrong order"),
        (
            changed(lambda t: t.set_column(1, "rep", pa.array(["one"]))),
            "column 'rep' must be int32, is string",
        ),
        (
            changed(lambda t: t.set_column(8, "peak_deg", pa.array([1.0], pa.float32()))),
            "column 'peak_deg' must be float64, is float",
        ),
        (changed(lambda t: t.set_column(8, "peak_deg", pa.array([None], pa.float64()))), "'peak_deg' has nulls"),
    ],
)
def test_foreign_columns_types_and_nulls_are_refused(tmp_path: Path, table: pa.Table, message: str) -> None:
    schema = pa.schema([field.with_nullable(True) for field in table.schema], metadata=table.schema.metadata)
    pq.write_table(table.cast(schema), tmp_path / "reps.parquet")
    with pytest.raises(FileError, match=message):
        read_reps(tmp_path / "reps.parquet")


def test_values_that_no_repetition_has_are_refused(tmp_path: Path) -> None:
    table = rep_table([REP]).set_column(0, "side", pa.array(["both"]))
    write_table(tmp_path / "reps.parquet", table, REPS)
    with pytest.raises(FileError, match="side 'both', heel 'not_checked' are no values of a repetition"):
        read_reps(tmp_path / "reps.parquet")


def test_records_out_of_order_are_refused(tmp_path: Path, every_kind: list[Record]) -> None:
    writer = RecordsWriter(tmp_path / "records.parquet")
    for record in (every_kind[3], every_kind[0]):
        writer.write(record)
    writer.close()
    writer.table.publish()
    with pytest.raises(FileError, match="record order 0 after 3; it must rise"):
        list(read_records(tmp_path / "records.parquet"))


def test_a_newer_table_is_refused_by_version(tmp_path: Path) -> None:
    table = rep_table([REP])
    metadata = {**table.schema.metadata, METADATA_KEY: json.dumps({"schema_version": 2})}
    pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "reps.parquet")
    with pytest.raises(FileError, match="schema version 2, this program reads up to 1; update"):
        read_reps(tmp_path / "reps.parquet")


def test_a_small_file_that_would_fill_the_memory_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 4_000_000
    zeros = pa.array(np.zeros(n))
    names = [column.name for column in SAMPLES.columns]
    columns = {name: zeros for name in names if name.startswith(("time", "acc", "gyr"))}
    columns |= {name: zeros.cast(pa.float32()) for name in names if name.endswith("_deg")}
    columns["side"] = pa.array(["left"]).take(pa.array(np.zeros(n, np.int8)))
    columns["rep"], columns["flags"] = zeros.cast(pa.int32()), zeros.cast(pa.uint16())
    path = tmp_path / "samples.parquet"
    pq.write_table(pa.table({name: columns[name] for name in names}), path, compression="zstd")
    assert path.stat().st_size < 1_000_000

    def never(*_: object) -> None:
        raise AssertionError("a value was read")

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", never)
    with pytest.raises(FileError, match=r"4000000 rows would need .* MiB from a file of .* bytes: not read"):
        read_table(path, SAMPLES)


def test_a_few_values_get_a_dictionary_and_many_get_byte_streams(finished: Path) -> None:
    n = 2000
    samples, angles = block(n)
    raw = np.random.default_rng(1).integers(-50, 50, (n, 3)) * 0.0048
    samples = dataclasses.replace(samples, acc_m_s2=raw)
    path = finished / "encodings.parquet"
    write_table(path, sample_table(pack_rows(samples, angles), "left", []), SAMPLES)
    group = pq.ParquetFile(path).metadata.row_group(0)
    encodings = {group.column(i).path_in_schema: group.column(i).encodings for i in range(group.num_columns)}
    assert "RLE_DICTIONARY" in encodings["acc_x"]
    assert "BYTE_STREAM_SPLIT" in encodings["time_s"]
    assert "BYTE_STREAM_SPLIT" in encodings["dorsiflexion_deg"]
    assert "DELTA_BINARY_PACKED" in encodings["rep"]
    assert {group.column(i).compression for i in range(group.num_columns)} == {"ZSTD"}


def test_a_writer_that_is_given_up_leaves_nothing_and_writes_nowhere(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "r.parquet", REPS)
    writer.write(rep_table([REP]))
    writer.abandon()
    del writer
    assert list(tmp_path.iterdir()) == []


def test_an_empty_table_keeps_its_columns_and_units(tmp_path: Path) -> None:
    for kind in (SAMPLES, REPS, RECORDS):
        writer = TableWriter(tmp_path / kind.name, kind)
        writer.close()
        writer.publish()
        table = read_table(tmp_path / kind.name, kind)
        assert (len(table), table.column_names) == (0, [column.name for column in kind.columns])
        assert pd.read_parquet(tmp_path / kind.name).attrs["units"] == kind.units


def test_a_reference_has_units_from_its_names_and_null_for_nan(tmp_path: Path) -> None:
    path = tmp_path / "reference.parquet"
    columns = {"dorsiflexion_deg": np.array([1.0, np.nan]), "heel_lift_mm": np.array([0.0, 20.0])}
    write_reference(path, "left", np.array([0.0, 0.1]), columns)
    table = read_reference(path)
    assert table.column_names == ["side", "time_s", "dorsiflexion_deg", "heel_lift_mm"]
    assert table["dorsiflexion_deg"].to_pylist() == [1.0, None]
    assert to_frame(table).attrs["units"] == {"time_s": "s", "dorsiflexion_deg": "deg", "heel_lift_mm": "mm"}
    write_reference(path, ["left", "right"], np.array([0.0, 0.0]), columns)
    assert read_reference(path)["side"].to_pylist() == ["left", "right"]
    with pytest.raises(UserError, match="reference: 1 sides for 2 times"):
        write_reference(path, ["left"], np.array([0.0, 0.1]), columns)
    with pytest.raises(UserError, match="reference column x_deg: 1 values for 2 times"):
        write_reference(path, "left", np.array([0.0, 0.1]), {"x_deg": np.zeros(1)})
    pq.write_table(pa.table({"side": ["left"], "time_s": [0.0], "note": ["x"]}), path)
    with pytest.raises(FileError, match="column 'note' must be a float, is string"):
        read_reference(path)


def test_labels_hold_what_a_rater_knows(tmp_path: Path) -> None:
    rows = [{"side": "left", "rep": 1, "start_s": 1.0, "end_s": 2.0, "faults": ["heel_lift"], "heel_lift_mm": 20.0}]
    write_labels(tmp_path, "truth", rows)
    stored = read_table(tmp_path / "labels-truth.parquet", LABELS).to_pylist()
    assert stored[0]["faults"] == ["heel_lift"]
    assert stored[0]["peak_deg"] is None
    with pytest.raises(UserError, match="label column 'colour' is none of"):
        write_labels(tmp_path, "truth", [{"colour": 1}])
    with pytest.raises(UserError, match=r"rater '\.\./x': use 1 to 32"):
        labels_file("../x")


def test_a_reader_says_how_many_rows_there_are(finished: Path) -> None:
    with TableReader(finished / "samples.parquet", SAMPLES) as reader:
        assert reader.rows == 2100


def test_every_kind_of_table_has_a_schema() -> None:
    for kind in (RECORDS, SAMPLES, REPS, LABELS, TableKind("empty", ())):
        assert arrow_schema(kind).names == [column.name for column in kind.columns]


def test_ten_minutes_at_104_hz_stay_below_the_budget(tmp_path: Path) -> None:
    """All files of a realistic session: int16 noise, packets of 4 samples, all three angles known."""
    simulation = simulate_session(SPEC.read_text("utf-8"), side="left", reps=80, seed=2)
    sensor = dataclasses.replace(simulation.setup, mounting_axes="+x,+y,+z")  # so that no angle column is null
    writer = SessionWriter.create(tmp_path, SessionSetup(sensors=(sensor,)), simulated=True)
    for record in simulation.records():
        writer.append(record)
    report = writer.finish()
    assert report.samples >= 600 * 104
    sizes = {path.name: path.stat().st_size for path in writer.path.iterdir()}
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes
    table = read_table(writer.path / "samples.parquet", SAMPLES)
    assert table["frontal_deg"].null_count < report.samples // 10
    assert finish(writer.path) == report
