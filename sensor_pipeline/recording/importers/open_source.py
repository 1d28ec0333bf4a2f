"""Opens a file as a table: text or Parquet, told by its first bytes. In: a path. Out: a :class:`.source.Source`.

Must not live here: what the columns mean.
"""

from __future__ import annotations

from pathlib import Path

from sensor_pipeline.recording.importers.source import Source, refuse_large

PARQUET_MAGIC = b"PAR1"


def open_source(path: Path) -> Source:
    """Open a file and read its header.

    Raises:
        FileError: it is missing, empty, too large, or neither a text table nor Parquet.
    """
    refuse_large(path)
    with path.open("rb") as file:
        magic = file.read(len(PARQUET_MAGIC))
    # The readers import pyarrow, which takes a third of a second: only when a file is really read.
    if magic == PARQUET_MAGIC:
        from sensor_pipeline.recording.importers.parquet_table import ParquetTable

        return ParquetTable(path)
    from sensor_pipeline.recording.importers.text_table import TextTable

    return TextTable(path)
