"""Files that appear together, when all of them are complete, and never over an older one unless asked to.

In: paths and functions that write them. Out: files. Must not live here: what stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.files import NewFile, sync_folder
from sensor_pipeline.recording.text import printable


def write_new_files(contents: Mapping[Path, Callable[[BinaryIO], None]], *, force: bool) -> None:
    """Write files that appear together, when all of them are complete.

    Args:
        contents: path to the function that writes it. Folders are made where they are missing.
        force: replace files that are there.

    Raises:
        UserError: a file is there and ``force`` is False, or a folder's place is taken.
        FileError: a file cannot be written.
    """
    for path in contents:
        if path.is_dir() or (path.exists() and not force):
            hint = "choose another --out" if path.is_dir() else "replace it with --force or choose another --out"
            raise UserError(f"{printable(str(path))} is there already; {hint}")
        _make_folder(path.parent)
    files: list[NewFile] = []
    try:
        for path, write in contents.items():
            file = NewFile(path)
            files.append(file)
            write(file)  # type: ignore[arg-type]  # a RawIOBase is all of BinaryIO that a writer uses
            file.close()
        for file in files:
            file.publish()
    except BaseException:
        for file in files:
            file.abandon()
        raise
    for folder in {path.parent for path in contents}:
        sync_folder(folder)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError(
            f"{printable(str(folder))}: a file stands where the folder should be; choose another --out"
        ) from error
    except OSError as error:
        raise FileError(
            f"{printable(str(folder))}: cannot make the folder: {error.strerror}; check --out", str(folder)
        ) from error
