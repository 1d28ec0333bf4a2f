"""One session as a person works with it: its meta data, records and DataFrames.

In: a path or an id. Out: a :class:`Session`. Must not live here: lookup in a library, Parquet, the engine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.edit_manifest import corrected
from sensor_pipeline.recording.edits import apply_edits, in_effect, side_changed
from sensor_pipeline.recording.manifest import Manifest, read_manifest, setup_of
from sensor_pipeline.recording.text import printable

if TYPE_CHECKING:
    import pandas as pd

    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.recording.replay import SessionTables
    from sensor_pipeline.types import Json, Record, Rep

EDITED_RATER = "edited"
"""The rater whose labels are the repetitions as a person edited them; no file of that name is read."""


class Session:
    """A session folder. Nothing but session.json is read before it is asked for; damage is told with its file.

    Args:
        path: the folder.
        meta: its manifest, as stored; :meth:`corrected_meta` has a person's edits applied.
    """

    def __init__(self, path: Path, meta: Manifest) -> None:
        self.path = path
        self.meta = meta

    def __repr__(self) -> str:
        return f"Session({self.meta.id!r}, {self.meta.state})"

    @property
    def id(self) -> str:
        """The session's id."""
        return self.meta.id

    def setup(self) -> SessionSetup:
        """Return the setup it was recorded with: what a replay needs.

        Raises:
            FileError: a parameter is unknown to this version or of a wrong type.
        """
        return setup_of(self.meta)

    def corrected_meta(self) -> Manifest:
        """Return the manifest as a person's edits correct it: side, person, conditions and the like.

        Raises:
            UserError: an edit sets a field to what it cannot hold.
        """
        return corrected(self.meta)

    def corrected_setup(self) -> SessionSetup:
        """Return the setup with the legs as corrected: what a replay needs that shall agree with :meth:`reps`.

        Raises:
            FileError: a parameter is unknown to this version or of a wrong type.
            UserError: an edit sets a field to what it cannot hold.
        """
        return setup_of(self.corrected_meta())

    def records(self) -> list[Record]:
        """Return all records in order.

        Raises:
            FileError: not finished, or the file is missing or damaged.
        """
        from sensor_pipeline.recording.tables import RECORDS_FILE, read_records

        return list(read_records(self._finished() / RECORDS_FILE))

    def samples(self, *, original: bool = False) -> pd.DataFrame:
        """Return all sample rows, with edits applied; ``attrs["units"]`` holds the units.

        An edit changes ``rep`` and, where it corrects the leg, ``side`` and the signs of the frontal and axial angle
        (:mod:`sensor_pipeline.frames`); never what the sensor measured.

        Args:
            original: True leaves a person's edits out.

        Raises:
            FileError: not finished, or the file is missing or damaged.
            UserError: an edit does not fit the repetitions.
        """
        from sensor_pipeline.recording.columns import SAMPLES
        from sensor_pipeline.recording.tables import SAMPLES_FILE, read_table, to_frame

        table = read_table(self._finished() / SAMPLES_FILE, SAMPLES)
        if not original and in_effect(self.meta.edits):
            from sensor_pipeline.recording.edit_samples import with_edits

            table = with_edits(table, self.rep_values(), other_sides=side_changed(self.meta.edits))
        return to_frame(table)

    def rep_values(self, *, original: bool = False) -> tuple[Rep, ...]:
        """Return the repetitions as values.

        Args:
            original: True leaves a person's edits out.

        Raises:
            FileError: not finished, or the file is missing or damaged.
            UserError: an edit does not fit the repetitions.
        """
        from sensor_pipeline.recording.tables import REPS_FILE, read_reps

        reps = read_reps(self._finished() / REPS_FILE)
        return reps if original else apply_edits(reps, self.meta.edits)

    def reps(self, *, original: bool = False) -> pd.DataFrame:
        """Return the repetitions, one row each, with edits applied; ``attrs["units"]`` holds the units.

        Args:
            original: True leaves a person's edits out.

        Raises:
            FileError: not finished, or the file is missing or damaged.
            UserError: an edit does not fit the repetitions.
        """
        from sensor_pipeline.recording.tables import rep_table, to_frame

        return to_frame(rep_table(self.rep_values(original=original)))

    def reference(self) -> pd.DataFrame:
        """Return the reference measurement (or a simulation's truth): side, time_s and its own columns.

        Raises:
            FileError: there is none, or it is damaged.
        """
        from sensor_pipeline.recording.tables import REFERENCE_FILE, read_reference, to_frame

        return to_frame(read_reference(self.path / REFERENCE_FILE))

    def labels(self, rater: str) -> pd.DataFrame:
        """Return the repetitions as a person labelled them.

        Args:
            rater: who labelled; ``truth`` is a simulation's, ``edited`` the stored repetitions with the edits applied.

        Raises:
            FileError: there are none, or the file is damaged.
            UserError: the rater's name cannot be part of a file name, or an edit does not fit the repetitions.
        """
        from sensor_pipeline.recording.tables import LABELS, labels_file, read_table, rep_table, to_frame

        if rater == EDITED_RATER:
            return to_frame(rep_table(self.rep_values(), LABELS))
        return to_frame(read_table(self.path / labels_file(rater), LABELS))

    def tables(self) -> SessionTables:
        """Return samples and repetitions as stored, for a comparison with a replay.

        Raises:
            FileError: not finished, or a file is missing or damaged.
        """
        from sensor_pipeline.recording.columns import REPS, SAMPLES
        from sensor_pipeline.recording.replay import SessionTables
        from sensor_pipeline.recording.tables import REPS_FILE, SAMPLES_FILE, read_table

        folder = self._finished()
        return SessionTables(read_table(folder / SAMPLES_FILE, SAMPLES), read_table(folder / REPS_FILE, REPS))

    def report(self, *, original: bool = False) -> dict[str, Json]:
        """Return the one JSON object that ``dorsi show --json`` prints.

        Args:
            original: True leaves a person's edits out.

        Raises:
            FileError: not finished, or the file is missing or damaged.
            UserError: an edit does not fit the repetitions.
        """
        from sensor_pipeline.recording.report import session_report

        meta = self.meta if original else self.corrected_meta()
        return session_report(meta, self.rep_values(original=original))

    def _finished(self) -> Path:
        if self.meta.state != "complete":
            raise FileError(
                f"{printable(str(self.path))}: not finished; run 'dorsi recover {printable(self.path.name)}' first",
                path=str(self.path),
            )
        return self.path


def load_session(path_or_id: str | Path, library: str | Path | None = None) -> Session:
    """Open a session by path, id or the unique beginning of an id.

    Args:
        path_or_id: a session folder, or an id in the library.
        library: the library's folder; None = ``$DORSI_LIBRARY``, else the user's data folder.

    Raises:
        UserError: no such session; the message names the nearest ids.
        FileError: its session.json is missing, damaged or of a newer schema.
    """
    from sensor_pipeline.library.sessions import Library

    folder = Library(library).find(path_or_id)
    return Session(folder, read_manifest(folder))
