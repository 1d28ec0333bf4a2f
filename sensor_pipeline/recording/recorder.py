"""A session being recorded: the folder, session.json and the journal; in the end, its files.

In: a setup, records. Out: a session folder. Must not live here: sources of records, the engine, what finishing does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import DorsiError, FileError
from sensor_pipeline.recording.files import file_error, sync_folder
from sensor_pipeline.recording.finish import JOURNAL_FILE, FinishReport, finish
from sensor_pipeline.recording.journal import JournalWriter
from sensor_pipeline.recording.manifest import Conditions, Created, new_manifest, write_manifest
from sensor_pipeline.recording.session_id import check_session_id, new_session_id
from sensor_pipeline.recording.software import software_versions
from sensor_pipeline.recording.text import printable

if TYPE_CHECKING:
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.types import Record

_ID_TRIES: Final = 100
"""Ids tried before giving up: two sessions of one second share a 16-bit suffix once in 65536 tries."""


class SessionWriter:
    """Records one session. Every live source and every importer writes through it.

    Make one with :meth:`create`. As a context manager it finishes the session however the block is left.
    """

    def __init__(self, path: Path, journal: JournalWriter) -> None:
        self.path = path
        self._journal = journal
        self._finished: FinishReport | None = None

    @classmethod
    def create(
        cls,
        library_dir: Path,
        setup: SessionSetup,
        *,
        person: str | None = None,
        simulated: bool = False,
        visit: str | None = None,
        strap: str | None = None,
        conditions: Conditions | None = None,
        notes: str = "",
        session_id: str | None = None,
        now: datetime | None = None,
    ) -> SessionWriter:
        """Make the session's folder with its session.json and an empty journal.

        Args:
            library_dir: where sessions live; made if it does not exist.
            setup: the session's setup, recorded in full.
            person: pseudonym.
            simulated: True where no sensor was worn.
            visit: id shared by sessions made together.
            strap: id of one strapping.
            conditions: footwear and the like.
            notes: free text.
            session_id: a chosen id instead of one from time, sides, protocol and chance.
            now: an aware wall-clock time instead of the computer's.

        Raises:
            FileError: the folder or a file in it cannot be made, or the id is taken.
            UserError: the chosen id has not the form of one.
        """
        local = datetime.now(UTC).astimezone() if now is None else now
        utc = local.astimezone(UTC)
        offset = local.utcoffset()
        created = Created(utc.strftime("%Y-%m-%dT%H:%M:%SZ"), int(offset.total_seconds()) if offset else 0)
        path = _new_folder(library_dir, setup, utc, session_id)
        manifest = new_manifest(
            path.name,
            created,
            setup,
            person=person,
            simulated=simulated,
            software=software_versions(),
            visit=visit,
            strap=strap,
            conditions=conditions,
            notes=notes,
        )
        try:
            write_manifest(path, manifest)
            journal = JournalWriter(path / JOURNAL_FILE)
            try:
                sync_folder(path)
                sync_folder(path.parent)
            except FileError:
                with contextlib.suppress(FileError):
                    journal.close()
                raise
        except FileError:
            shutil.rmtree(path, ignore_errors=True)  # nothing was recorded: leave no empty session behind
            raise
        return cls(path, journal)

    @property
    def id(self) -> str:
        """The session's id, which is its folder's name."""
        return self.path.name

    def append(self, record: Record) -> None:
        """Keep one record; call this before it is used.

        Raises:
            FileError: the disk is full or failed: at once for this record, with the next for a late failure.
        """
        self._journal.append(record)

    def finish(self) -> FinishReport:
        """Close the journal and turn it into the session's files; a second call returns the same report.

        Raises:
            FileError: the disk is full or failed; the journal stays and ``dorsi recover`` can be run later.
        """
        if self._finished is None:
            self._journal.close()
            self._finished = finish(self.path)
        return self._finished

    def __enter__(self) -> SessionWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish what is there; an error that ends the block goes on, with any of the finishing as its note."""
        try:
            self.finish()
        except DorsiError as trouble:
            if error is None:
                raise
            error.add_note(f"{trouble}; run 'dorsi recover {self.id}' later")


def _new_folder(library_dir: Path, setup: SessionSetup, utc: datetime, session_id: str | None) -> Path:
    try:
        library_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise file_error(library_dir, "make the library folder", error) from error
    for _ in range(_ID_TRIES):
        name = session_id or new_session_id(utc, [sensor.side for sensor in setup.sensors], setup.protocol)
        path = library_dir / check_session_id(name)
        try:
            os.mkdir(path)
        except FileExistsError:
            if session_id is not None:
                break
        except OSError as error:
            raise file_error(path, "make the session folder", error) from error
        else:
            return path
    raise FileError(f"{printable(str(path))}: exists already; choose another id", path=str(path))
