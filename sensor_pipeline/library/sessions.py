"""The library: a folder of sessions. Lists them, and finds one by id, by the beginning of an id, or by path.

In: a folder, names a person typed. Out: listings, session folders. Must not live here: what is inside a session.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.edit_manifest import corrected
from sensor_pipeline.recording.edits import apply_edits, in_effect
from sensor_pipeline.recording.files import file_error
from sensor_pipeline.recording.finish import JOURNAL_FILE
from sensor_pipeline.recording.manifest import FILE_NAME, Manifest, read_manifest
from sensor_pipeline.recording.session_id import check_session_id, is_session_id
from sensor_pipeline.recording.text import printable

LIBRARY_VARIABLE: Final = "DORSI_LIBRARY"
_APPLICATION: Final = "dorsi"
_MOST_SUGGESTIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """One folder of the library.

    Attributes:
        id: the folder's name.
        path: the folder.
        state: complete, recording (never finished, or at it now) or damaged.
        reason: why it is damaged, else empty.
        manifest: None where it cannot be read.
    """

    id: str
    path: Path
    state: Literal["complete", "recording", "damaged"]
    reason: str
    manifest: Manifest | None


def library_folder(chosen: str | Path | None = None) -> Path:
    """Return the library's folder: the chosen one, else ``$DORSI_LIBRARY``, else the platform's user data folder."""
    if chosen is not None:
        return Path(chosen)
    variable = os.environ.get(LIBRARY_VARIABLE)
    if variable:
        return Path(variable)
    from platformdirs import user_data_dir

    return Path(user_data_dir(_APPLICATION, appauthor=False)) / "sessions"


class Library:
    """A folder of sessions; it need not exist yet.

    Args:
        folder: where it is; None = ``$DORSI_LIBRARY``, else the platform's user data folder.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = library_folder(folder)

    @property
    def path(self) -> Path:
        """The library's folder.

        Raises:
            UserError: something that is no folder stands there.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise UserError(
                f"{printable(str(self._folder))} is a file, not a library folder; choose a folder with --library or "
                f"${LIBRARY_VARIABLE}"
            )
        return self._folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all session folders, by name, newest first; other entries are passed over.

        Raises:
            FileError: the folder cannot be read.
        """
        folder = self.path
        try:
            with os.scandir(folder) as entries:
                found = [entry.name for entry in entries if is_session_id(entry.name) and entry.is_dir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise file_error(folder, "list the library", error) from error
        return tuple(sorted(found, reverse=True))

    def sessions(self) -> tuple[Listing, ...]:
        """Return all sessions, newest first; a damaged one is listed with its reason.

        Raises:
            FileError: the folder cannot be read.
        """
        listings = [_list(self.path / name) for name in self.names()]
        return tuple(sorted(listings, key=_age, reverse=True))

    def find(self, path_or_id: str | Path) -> Path:
        """Return the folder of a session.

        Args:
            path_or_id: an id in the library, the beginning of exactly one, or the path of a session folder.

        Raises:
            UserError: no such session, or several begin so; the message names the nearest.
            FileError: the library cannot be read.
        """
        text = str(path_or_id)
        names = self.names()
        if text in names:
            return self.path / text
        path = Path(path_or_id)
        if (path / FILE_NAME).is_file():
            return path
        if path.is_file() and path.name == FILE_NAME:
            return path.parent
        if isinstance(path_or_id, Path) or os.sep in text or (os.altsep and os.altsep in text):
            raise UserError(f"{printable(text)} is no session folder: it has no {FILE_NAME}")
        check_session_id(text)
        beginning = [name for name in names if name.startswith(text)]
        if len(beginning) == 1:
            return self.path / beginning[0]
        if beginning:
            raise UserError(
                f"{text!r} is the beginning of {len(beginning)} sessions: {', '.join(beginning[:_MOST_SUGGESTIONS])}"
                + (" ..." if len(beginning) > _MOST_SUGGESTIONS else "")
                + "; type more of it"
            )
        raise UserError(f"no session {text!r} in {printable(str(self.path))}; {_suggest(text, names)}")


def _list(path: Path) -> Listing:
    try:
        manifest = _edited(path, read_manifest(path))
    except FileError as error:
        return Listing(path.name, path, "damaged", str(error), None)
    if manifest.state == "recording" and not (path / JOURNAL_FILE).exists():
        reason = f"{printable(str(path))}: {JOURNAL_FILE} is missing, nothing was recorded; delete the folder"
        return Listing(path.name, path, "damaged", reason, manifest)
    return Listing(path.name, path, manifest.state, "", manifest)


def _edited(path: Path, manifest: Manifest) -> Manifest:
    """The manifest as its edits correct it, with the summary of the edited repetitions."""
    if not in_effect(manifest.edits):
        return manifest
    from sensor_pipeline.recording.report import summarise
    from sensor_pipeline.recording.tables import REPS_FILE, read_reps  # loads pyarrow: only where there are edits

    reps = apply_edits(read_reps(path / REPS_FILE), manifest.edits)
    return dataclasses.replace(corrected(manifest), summary={**(manifest.summary or {}), **summarise(reps)})


def _age(listing: Listing) -> tuple[str, str]:
    """Sort key: when it was made. Ids begin with the same time, written without punctuation."""
    created = listing.manifest.created.utc if listing.manifest is not None else listing.id
    return "".join(c for c in created if c.isalnum())[:16], listing.id


def _suggest(text: str, names: tuple[str, ...]) -> str:
    if not names:
        return "it is empty; record, import or simulate a session first"
    from difflib import get_close_matches

    near = get_close_matches(text, names, n=_MOST_SUGGESTIONS, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "'dorsi sessions' lists them"
