"""Protocols and programmes on disk: those that come with the package, and a user's own files.

In: ids or paths. Out: texts, protocols, programmes. Must not live here: what they may say (protocols).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import FileError, UserError

if TYPE_CHECKING:
    from sensor_pipeline.protocols.programme import Programme
    from sensor_pipeline.protocols.protocol import Protocol

CATALOGUE: Final = "catalogue"
PROGRAMMES: Final = "programmes"
_SUFFIX: Final = ".toml"


def protocols_folder(name: str = CATALOGUE) -> Path:
    """The folder of the protocols (or programmes) that come with the package.

    Raises:
        FileError: it is not there: the installation is broken.
    """
    folder = Path(__file__).resolve().parent.parent / "protocols" / name
    if not folder.is_dir():
        raise FileError(f"no folder {str(folder)!r}; install the package anew", str(folder))
    return folder


def protocol_ids() -> tuple[str, ...]:
    """Ids of all protocols that come with the package, in alphabetical order."""
    return _ids(CATALOGUE)


def programme_ids() -> tuple[str, ...]:
    """Ids of all programmes that come with the package, in alphabetical order."""
    return _ids(PROGRAMMES)


def protocol_text(protocol_id: str) -> str:
    """Text of a protocol that comes with the package.

    Args:
        protocol_id: for example ``ktw_standing``.

    Raises:
        UserError: no such protocol; the message names the closest one.
    """
    return _text(CATALOGUE, "protocol", "dorsi protocol list", protocol_id)


def load_protocol(id_or_path: str | Path) -> Protocol:
    """Load a protocol.

    Args:
        id_or_path: an id (``ktw_standing``), or the path of a file: anything that ends in .toml or has a folder in it.

    Returns:
        The checked protocol; its ``text`` is what the file says.

    Raises:
        UserError: no such id.
        FileError: the file cannot be read, or the schema refuses it (ProtocolError).
    """
    from sensor_pipeline.protocols.parse import parse_protocol

    if is_path(id_or_path):
        path = Path(id_or_path)
        return parse_protocol(read_document(path), path.name)
    return parse_protocol(protocol_text(str(id_or_path)), f"{id_or_path}{_SUFFIX}")


def load_protocols() -> dict[str, Protocol]:
    """All protocols that come with the package, by id."""
    return {name: load_protocol(name) for name in protocol_ids()}


def load_programme(id_or_path: str | Path, protocols: dict[str, Protocol] | None = None) -> Programme:
    """Load a programme.

    Args:
        id_or_path: an id (``standard``), or the path of a file. A user's own protocols lie beside his programme: an
            item names one by its id.
        protocols: what its items can name; None = the catalogue, and where it is a file the files beside it that are
            protocols.

    Raises:
        UserError: no such id.
        FileError: the file cannot be read, or the schema refuses it (ProtocolError).
    """
    from sensor_pipeline.protocols.programme import parse_programme

    if is_path(id_or_path):
        path = Path(id_or_path)
        text = read_document(path)
        return parse_programme(text, path.name, protocols_for(path) if protocols is None else protocols)
    text = _text(PROGRAMMES, "programme", "dorsi protocol programme list", str(id_or_path))
    return parse_programme(text, f"{id_or_path}{_SUFFIX}", load_protocols() if protocols is None else protocols)


def protocols_for(programme: Path) -> dict[str, Protocol]:
    """What the items of a programme file can name: the catalogue, and the files beside it that are protocols."""
    from sensor_pipeline.protocols.parse import read_protocol

    found = load_protocols()
    for path in sorted(programme.resolve().parent.glob(f"*{_SUFFIX}")):
        if path.name == programme.name:
            continue
        try:
            one, _ = read_protocol(read_document(path), path.name)
        except FileError:
            continue  # another program's file: a programme that names it is refused by that name
        if one is not None:
            found.setdefault(one.id, one)
    return found


def is_path(id_or_path: str | Path) -> bool:
    """Whether a name is a file's: anything that ends in .toml or has a folder in it."""
    if isinstance(id_or_path, Path):
        return True
    return id_or_path.endswith(_SUFFIX) or "/" in id_or_path or "\\" in id_or_path


def read_document(path: Path) -> str:
    """Text of any protocol or programme file; its size is judged before it is read.

    Raises:
        FileError: it cannot be read, is too large, or is not UTF-8.
    """
    from sensor_pipeline.protocols.document import MAX_BYTES

    try:
        if not path.is_file():
            raise FileError(f"{str(path)!r}: no such file; give the path of a protocol or programme (.toml)", str(path))
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileError(f"{path.name}: {size} bytes; write at most {MAX_BYTES}", str(path))
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8", str(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise FileError(f"{str(path)!r}: cannot be read: {error}", str(path)) from None


def _ids(folder: str) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in protocols_folder(folder).glob(f"*{_SUFFIX}")))


def _text(folder: str, what: str, lists: str, name: str) -> str:
    ids = _ids(folder)
    if name not in ids:
        from difflib import get_close_matches

        close = get_close_matches(name, ids, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"'{lists}' shows all"
        raise UserError(f"no {what} {name[:60]!r}; {hint} (a file of your own: give its path, ending in .toml)")
    return read_document(protocols_folder(folder) / f"{name}{_SUFFIX}")
