"""Finish: from a journal to the files of a session. Stopping a recording and recovering a killed one are the same act.

In: a session folder with session.json and journal.bin. Out: the same folder with its tables, complete; a report. Must
not live here: the live loop, what the engine does, the layout of tables.

The order of steps makes every one of them safe to be killed at and the whole safe to be repeated:

1. records.parquet, samples.parquet and reps.parquet are written under temporary names and put on the disk;
2. they are read back and compared with the journal and with what was computed;
3. each gets its final name, in one step; the folder is put on the disk;
4. session.json is replaced, in one step: the session is complete;
5. the journal is removed.

Until step 4 is done the journal is the truth and whatever else lies in the folder is written anew.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.files import TEMP_SUFFIX, remove, sync_folder
from sensor_pipeline.recording.journal import JournalReader
from sensor_pipeline.recording.manifest import FILE_NAME, Manifest, Stored, read_manifest, setup_of, write_manifest
from sensor_pipeline.recording.record_codec import flatten
from sensor_pipeline.recording.rows import RowSpool, pack_rows
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Block, Record, Rep

if TYPE_CHECKING:
    import pyarrow as pa

    from sensor_pipeline.engine import SessionSetup

JOURNAL_FILE: Final = "journal.bin"


@dataclass(frozen=True, slots=True)
class FinishReport:
    """What finishing a session came to.

    Attributes:
        session: id.
        path: its folder.
        records, samples, reps: numbers stored.
        lost_samples: over all sensors, None where one cannot tell.
        gaps, bad_packets: over all sensors.
        damaged_spans: unreadable places of the journal; above 0, something that was recorded is gone.
        torn_bytes: length of an unfinished record at the journal's end; nothing acknowledged was in it.
        recovered: the recording did not end by itself.
    """

    session: str
    path: str
    records: int
    samples: int
    reps: int
    lost_samples: int | None
    gaps: int
    bad_packets: int
    damaged_spans: int
    torn_bytes: int
    recovered: bool


def finish(folder: Path) -> FinishReport:
    """Turn the journal of a session into its files; a session that is finished already is left as it is.

    Args:
        folder: of the session.

    Returns:
        What was stored and what was lost.

    Raises:
        FileError: no session, nothing recorded, being recorded by another process, a full disk; the journal stays.
        UserError: the session's orientation filter is not installed here.
    """
    manifest = read_manifest(folder)
    journal = folder / JOURNAL_FILE
    if not journal.exists():
        if manifest.state != "complete":
            raise FileError(
                f"{printable(str(folder))}: {JOURNAL_FILE} is missing, nothing was recorded; delete the folder",
                path=str(folder),
            )
    elif manifest.state == "complete" and _is_sound(folder, manifest):
        remove(journal)
        sync_folder(folder)
    else:
        with JournalReader(journal) as reader:
            manifest = _store(folder, manifest, reader)
            write_manifest(folder, manifest)
        remove(journal)
        sync_folder(folder)
    for leftover in folder.glob(f"*{TEMP_SUFFIX}"):
        remove(leftover)
    return _report(folder, manifest)


def _store(folder: Path, manifest: Manifest, journal: JournalReader) -> Manifest:
    """Write, verify and publish the tables; return the manifest of the complete session."""
    from sensor_pipeline.recording.outcome import EndedStream, compute
    from sensor_pipeline.recording.report import with_outcome
    from sensor_pipeline.recording.software import software_versions

    setup = setup_of(manifest)
    stream = EndedStream(journal)
    with contextlib.ExitStack() as resources:
        spools = [RowSpool(folder) for _ in setup.sensors]
        for spool in spools:
            resources.callback(spool.close)

        def keep(block: Block) -> None:
            spools[block.sensor or 0].add(pack_rows(block.samples, block.angles))

        tables = _Tables(folder, setup, spools)
        try:
            outcome = compute(tables.record(stream), setup, keep)
            tables.write(outcome.reps)
            tables.verify(EndedStream(journal), outcome.reps)
            tables.publish()
        except BaseException:
            tables.abandon()
            raise
    sync_folder(folder)
    stored = Stored(outcome.records, len(journal.skipped), journal.torn_bytes, stream.was_open)
    manifest = dataclasses.replace(manifest, state="complete", stored=stored, software=software_versions())
    return with_outcome(manifest, outcome)


class _Tables:
    """The three tables of a session on their way to the disk."""

    def __init__(self, folder: Path, setup: SessionSetup, spools: list[RowSpool]) -> None:
        from sensor_pipeline.recording import columns, parquet_file, tables

        self._tables = tables
        self._setup = setup
        self._spools = spools
        self._records = tables.RecordsWriter(folder / tables.RECORDS_FILE)
        self._samples = parquet_file.TableWriter(folder / tables.SAMPLES_FILE, columns.SAMPLES)
        self._reps = parquet_file.TableWriter(folder / tables.REPS_FILE, columns.REPS)
        self._writers = (self._records.table, self._samples, self._reps)
        self._group_rows = parquet_file.ROW_GROUP_ROWS
        self._temps: list[Path] = []

    def record(self, records: Iterable[Record]) -> Iterator[Record]:
        """Store each record on its way to the engine."""
        for record in records:
            self._records.write(record)
            yield record

    def _sample_groups(self, reps: tuple[Rep, ...]) -> Iterator[pa.Table]:
        for sensor, spool in zip(self._setup.sensors, self._spools, strict=True):
            for rows in spool.read(self._group_rows):
                yield self._tables.sample_table(rows, sensor.side, reps)

    def write(self, reps: tuple[Rep, ...]) -> None:
        """Write samples and repetitions, and put all three files on the disk."""
        for group in self._sample_groups(reps):
            self._samples.write(group)
        self._reps.write(self._tables.rep_table(reps))
        self._temps = [self._records.close(), self._samples.close(), self._reps.close()]

    def verify(self, records: Iterable[Record], reps: tuple[Rep, ...]) -> None:
        """Read the files back from the disk and compare every value.

        Raises:
            FileError: a value differs: the disk or its driver cannot be trusted.
        """
        from sensor_pipeline.recording.columns import SAMPLES
        from sensor_pipeline.recording.parquet_file import TableReader

        for given, stored in zip_longest(records, self._tables.read_records(self._temps[0])):
            if given is None or stored is None or not _same(given, stored):
                raise self._differs(self._temps[0])
        with TableReader(self._temps[1], SAMPLES) as reader:
            for group, stored_group in zip_longest(self._sample_groups(reps), reader.groups()):
                if group is None or stored_group is None or not group.equals(stored_group):
                    raise self._differs(self._temps[1])
        if self._tables.read_reps(self._temps[2]) != reps:
            raise self._differs(self._temps[2])

    def _differs(self, path: Path) -> FileError:
        return FileError(
            f"{printable(str(path))}: what was read back differs from what was written; the journal is kept: "
            "check the disk and run 'dorsi recover' on another one",
            path=str(path),
        )

    def publish(self) -> None:
        """Give the files their final names."""
        for writer in self._writers:
            writer.publish()

    def abandon(self) -> None:
        """Remove the temporary files after an error."""
        for writer in self._writers:
            writer.abandon()


def _same(a: Record, b: Record) -> bool:
    return (a.order, a.host_time_ns, a.sensor, flatten(a)) == (b.order, b.host_time_ns, b.sensor, flatten(b))


def _is_sound(folder: Path, manifest: Manifest) -> bool:
    """Say whether the tables of a complete session can be read in full."""
    from sensor_pipeline.recording import columns, tables

    try:
        count = sum(1 for _ in tables.read_records(folder / tables.RECORDS_FILE))
        samples = len(tables.read_table(folder / tables.SAMPLES_FILE, columns.SAMPLES))
        reps = tables.read_reps(folder / tables.REPS_FILE)
    except FileError:
        return False
    rows = sum(entry.found.rows for entry in manifest.sensors)
    return (
        manifest.stored is not None
        and count == manifest.stored.records
        and samples == rows
        and len(reps) == ((manifest.summary or {}).get("count"))
    )


def _report(folder: Path, manifest: Manifest) -> FinishReport:
    from sensor_pipeline.recording.report import lost_samples

    if manifest.stored is None or manifest.summary is None:
        raise FileError(
            f"{printable(str(folder / FILE_NAME))}: complete, yet 'stored' or 'summary' is missing", str(folder)
        )
    found = [entry.found for entry in manifest.sensors]
    lost = [lost_samples(item) for item in found]
    known = [number for number in lost if number is not None]
    return FinishReport(
        session=manifest.id,
        path=str(folder),
        records=manifest.stored.records,
        samples=sum(item.rows for item in found),
        reps=int(manifest.summary.get("count", 0)),
        lost_samples=sum(known) if len(known) == len(lost) else None,
        gaps=sum(stream.gaps for item in found for stream in item.ledger),
        bad_packets=sum(stream.bad_packets for item in found for stream in item.ledger),
        damaged_spans=manifest.stored.damaged_spans,
        torn_bytes=manifest.stored.torn_bytes,
        recovered=manifest.stored.recovered,
    )
