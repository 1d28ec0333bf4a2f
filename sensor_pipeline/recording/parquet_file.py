"""Parquet files with proof: units in three places, page checksums, types checked before a value is read.

In: rows as arrow arrays, a kind of table; a path. Out: a file; a checked arrow table. Must not live here: the columns
(:mod:`.columns`), records, samples or repetitions.

Units stand in each field's metadata, in the file's own metadata key, and where pandas looks for ``DataFrame.attrs``.
Encodings are chosen for size: integers as differences, floats with few values through a dictionary, other floats split
into byte streams, all under zstd.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.columns import Column, ColumnType, TableKind
from sensor_pipeline.recording.files import NewFile, file_error
from sensor_pipeline.recording.text import printable

ROW_GROUP_ROWS: Final = 60_000
"""Rows of a row group: ten minutes at 100 Hz. Groups of 100 rows cost three times the bytes."""
METADATA_KEY: Final = b"sensor_pipeline"
"""The file's own metadata: JSON with table, schema_version and units."""
TABLE_SCHEMA_VERSION: Final = 1
MAX_PLAIN_BYTES: Final = 64 << 20
"""A table whose columns of fixed width need less memory than this is always read: an hour of samples at 104 Hz."""
MAX_EXPANSION: Final = 100
"""Largest ratio of a larger table's memory to its file. Samples have 5 to 10, a file of zeros hundreds."""
MAX_BYTES: Final = 8 << 30
"""Largest table that is read at all, bytes of memory: a week of samples at 104 Hz."""
_FEW_VALUES: Final = 0.25
"""Share of distinct values below which a dictionary is smaller: raw sensor numbers have 12 to 16 bits."""
PANDAS_ATTRS: Final = b"PANDAS_ATTRS"
"""Metadata key under which pandas (2.1 and newer) keeps a frame's attrs."""
_VARIABLE_WIDTH: Final = 64
"""Bytes that one text, list or payload is counted with before it is read."""

_ARROW_TYPES: Final[dict[ColumnType, Any]] = {
    "float64": pa.float64(),
    "float32": pa.float32(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "int16": pa.int16(),
    "uint16": pa.uint16(),
    "bool": pa.bool_(),
    "text": pa.string(),
    "bytes": pa.binary(),
    "texts": pa.list_(pa.string()),
    "numbers": pa.map_(pa.string(), pa.float64()),
}
_NULLABLE_INTEGERS: Final = {"int16": "Int16", "int32": "Int32", "int64": "Int64"}
_PANDAS_TYPES: Final = {"text": "unicode", "bytes": "bytes", "texts": "list[unicode]", "numbers": "object"}


def arrow_schema(kind: TableKind) -> pa.Schema:
    """Return the arrow schema of a kind of table, with units in all three places."""
    fields = [
        pa.field(
            column.name,
            _ARROW_TYPES[column.type],
            nullable=column.nullable,
            metadata={"unit": column.unit, "meaning": column.meaning},
        )
        for column in kind.columns
    ]
    own = {"table": kind.name, "schema_version": TABLE_SCHEMA_VERSION, "units": kind.units}
    attributes = {"units": kind.units}
    pandas = {
        "index_columns": [],
        "column_indexes": [],
        "columns": [_pandas_column(column) for column in kind.columns],
        "attributes": attributes,
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.1.0",
    }
    # "attributes" is where newer versions of pyarrow's own to_pandas look for them
    metadata = {METADATA_KEY: json.dumps(own), b"pandas": json.dumps(pandas), PANDAS_ATTRS: json.dumps(attributes)}
    return pa.schema(fields, metadata=metadata)


def _pandas_column(column: Column) -> dict[str, object]:
    numpy_type: str = column.type
    if column.nullable and column.type in _NULLABLE_INTEGERS:
        numpy_type = _NULLABLE_INTEGERS[column.type]
    elif column.type in _PANDAS_TYPES:
        numpy_type = "object"
    return {
        "name": column.name,
        "field_name": column.name,
        "pandas_type": _PANDAS_TYPES.get(column.type, column.type),
        "numpy_type": numpy_type,
        "metadata": None,
    }


class TableWriter:
    """Writes one Parquet file row group by row group under a temporary name.

    Args:
        path: the final name; :meth:`publish` gives it.
        kind: the table.

    Raises:
        FileError: the file cannot be made or written, or a float is NaN or infinite.
    """

    def __init__(self, path: Path, kind: TableKind) -> None:
        self.kind = kind
        self.rows = 0
        self._schema = arrow_schema(kind)
        self._file = NewFile(path)
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Write ``table`` (columns as in the kind's schema) as one row group; the first settles the encodings."""
        table = table.cast(self._schema)
        _refuse_nan(table, self._file.path)
        if self._writer is None:
            self._writer = self._open(table)
        self._writer.write_table(table, row_group_size=max(len(table), 1))
        self.rows += len(table)

    def _open(self, first: pa.Table) -> pq.ParquetWriter:
        dictionary, encodings = _choose_encodings(self.kind, first)
        return pq.ParquetWriter(
            self._file,
            self._schema,
            compression="zstd",
            compression_level=9,
            use_dictionary=dictionary,
            column_encoding=encodings,
            write_statistics=True,
            write_page_checksum=True,
            data_page_version="2.0",
        )

    def close(self) -> Path:
        """Write the footer, put the file on the disk and return its temporary path."""
        if self._writer is None:
            self._writer = self._open(self._schema.empty_table())
        self._writer.close()
        self._file.close()
        return self._file.temp

    def publish(self) -> None:
        """Give the closed file its final name."""
        self._file.publish()

    def abandon(self) -> None:
        """Remove the temporary file after an error."""
        self._file.abandon()
        if self._writer is not None:
            # closes into nothing; left open, it would do so when it is collected, at any later moment
            with contextlib.suppress(OSError, ValueError, pa.ArrowException):
                self._writer.close()


def _refuse_nan(table: pa.Table, path: Path) -> None:
    import pyarrow.compute as pc  # 40 ms that only writing needs

    for name in table.column_names:
        column = table[name]
        if pa.types.is_floating(column.type):
            bad = pc.sum(pc.invert(pc.is_finite(column))).as_py()
            if bad:
                raise FileError(f"{path.name}: {bad} values of {name} are NaN or infinite; unknown values must be null")


def _choose_encodings(kind: TableKind, first: pa.Table) -> tuple[list[str], dict[str, str]]:
    """Return the columns that get a dictionary, and the encoding of the others."""
    import pyarrow.compute as pc

    dictionary: list[str] = []
    encodings: dict[str, str] = {}
    for column in kind.columns:
        if column.type in ("int64", "int32"):
            encodings[column.name] = "DELTA_BINARY_PACKED"
        elif column.type in ("float64", "float32"):
            values = first[column.name]
            if len(values) and pc.count_distinct(values).as_py() < _FEW_VALUES * len(values):
                dictionary.append(column.name)
            else:
                encodings[column.name] = "BYTE_STREAM_SPLIT"
        elif column.type in ("text", "int16", "uint16"):
            dictionary.append(column.name)
        elif column.type == "bytes":
            encodings[column.name] = "PLAIN"
    return dictionary, encodings


class TableReader:
    """Opens a Parquet file and checks what it claims before any value is read.

    Args:
        path: the file.
        kind: the table it must hold.
        extra: whether further float columns may follow the kind's own.

    Raises:
        FileError: missing, no Parquet, other columns or types, a newer schema, or too large for its file.
    """

    def __init__(self, path: Path, kind: TableKind, *, extra: bool = False) -> None:
        self.path = path
        self._kind = kind
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True, arrow_extensions_enabled=False)
        except OSError as error:
            raise self._damaged(error) from error
        except pa.ArrowException as error:
            raise self._damaged(error) from error
        try:
            self._check_columns(extra)
            self._check_size()
        except FileError:
            self.close()
            raise

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._file.metadata.num_rows)

    def groups(self) -> Iterator[pa.Table]:
        """Yield the table row group by row group, each with its page checksums verified and its values validated."""
        for index in range(self._file.metadata.num_row_groups):
            try:
                table = self._file.read_row_group(index)
                table.validate(full=True)
                # arrow does not hold a file to "not nullable": a null there is damage, or another program's file
                for field in table.schema:
                    if not self._may_be_null(field.name) and table[field.name].null_count:
                        raise self._wrong(f"column {field.name!r} has nulls")
            except (OSError, pa.ArrowException) as error:
                raise self._damaged(error) from error
            yield table

    def _may_be_null(self, name: str) -> bool:
        for column in self._kind.columns:
            if column.name == name:
                return column.nullable
        return True

    def table(self) -> pa.Table:
        """Read everything."""
        groups = list(self.groups())
        return pa.concat_tables(groups) if groups else self._file.schema_arrow.empty_table()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __enter__(self) -> TableReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wrong(self, problem: str) -> FileError:
        return FileError(f"{printable(str(self.path))}: {problem}", path=str(self.path))

    def _damaged(self, error: Exception) -> FileError:
        if isinstance(error, OSError) and error.errno is not None:
            return file_error(self.path, "read the file", error)
        reason = printable(str(error).splitlines()[0] if str(error) else type(error).__name__)
        return self._wrong(f"damaged or no Parquet file ({reason}); restore it from a copy")

    def _check_columns(self, extra: bool) -> None:
        try:
            schema = self._file.schema_arrow
        except (OSError, pa.ArrowException) as error:
            raise self._damaged(error) from error
        own = _own_metadata(schema)
        version = own.get("schema_version", TABLE_SCHEMA_VERSION)
        if isinstance(version, int) and version > TABLE_SCHEMA_VERSION:
            raise self._wrong(
                f"schema version {version}, this program reads up to {TABLE_SCHEMA_VERSION}; update sensor_pipeline"
            )
        wanted = self._kind.columns
        names, expected = list(schema.names), [column.name for column in wanted]
        head = names[: len(expected)] if extra else names
        if head != expected:
            missing = [name for name in expected if name not in names]
            unknown = [printable(name, 40) for name in names if name not in expected]
            raise self._wrong(
                f"not the columns of a {self._kind.name} table: missing {', '.join(missing) or 'none'}, "
                f"unknown {', '.join(unknown[:5]) or 'none'}" + ("" if missing or unknown else ", wrong order")
            )
        for column in wanted:
            found = schema.field(column.name).type
            if not _same_type(found, _ARROW_TYPES[column.type]):
                raise self._wrong(f"column {column.name!r} must be {column.type}, is {found}")
        for name in names[len(expected) :]:
            if not pa.types.is_floating(schema.field(name).type):
                raise self._wrong(f"column {printable(name, 40)!r} must be a float, is {schema.field(name).type}")

    def _check_size(self) -> None:
        """Refuse a file that would fill the memory: rows x width first, then what its footer admits."""
        metadata = self._file.metadata
        width = sum(_width(field.type) for field in self._file.schema_arrow)
        admitted = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        needed = max(metadata.num_rows * width, admitted)
        size = self.path.stat().st_size
        if needed > MAX_BYTES or (needed > MAX_PLAIN_BYTES and needed > MAX_EXPANSION * size):
            raise self._wrong(
                f"{metadata.num_rows} rows would need {needed >> 20} MiB from a file of {size} bytes: not read; "
                "no recording packs so tightly"
            )


def _same_type(found: pa.DataType, wanted: pa.DataType) -> bool:
    # string and large_string, binary and large_binary hold the same values; other writers choose the large ones
    if pa.types.is_string(wanted):
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if pa.types.is_binary(wanted):
        return bool(pa.types.is_binary(found) or pa.types.is_large_binary(found))
    if pa.types.is_list(wanted):
        return bool(pa.types.is_list(found)) and _same_type(found.value_type, wanted.value_type)
    # maps compare by key and item type: the names of their inner fields differ between writers
    if pa.types.is_map(wanted) and pa.types.is_map(found):
        return bool(found.key_type == wanted.key_type and found.item_type == wanted.item_type)
    return bool(found == wanted)


def _width(kind: pa.DataType) -> int:
    try:
        return max(int(kind.bit_width) // 8, 1)
    except ValueError:
        return _VARIABLE_WIDTH


def _own_metadata(schema: pa.Schema) -> dict[str, Any]:
    try:
        own = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
    except ValueError:
        return {}
    return own if isinstance(own, dict) else {}


def to_table(kind: TableKind, columns: Sequence[pa.Array]) -> pa.Table:
    """Return a table of ``kind`` from its columns in order."""
    return pa.Table.from_arrays(list(columns), schema=arrow_schema(kind))
