"""Sensor specs on disk: those that come with the package, and a user's own files.

In: ids or paths. Out: spec text, specs. Must not live here: what a spec may say (devices).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.errors import FileError, SpecError, UserError

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec

_FOLDER: Final = "firmware_specs"
_SUFFIX: Final = ".toml"


def specs_folder() -> Path:
    """The folder of the specs that come with the package: inside of it when installed, beside it in a checkout.

    Raises:
        FileError: neither is there: the installation is broken.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / _FOLDER, package.parent / _FOLDER):
        if folder.is_dir():
            return folder
    raise FileError(f"no folder {_FOLDER} in {package} or beside it; install the package anew", str(package))


def spec_ids() -> tuple[str, ...]:
    """Ids of all specs that come with the package, in alphabetical order."""
    return tuple(sorted(path.stem for path in specs_folder().glob(f"*{_SUFFIX}")))


def spec_text(spec_id: str) -> str:
    """Text of a spec that comes with the package.

    Args:
        spec_id: for example ``movella-dot``.

    Returns:
        The TOML document.

    Raises:
        UserError: no such spec; the message names the closest one.
    """
    ids = spec_ids()
    if spec_id not in ids:
        from difflib import get_close_matches

        close = get_close_matches(spec_id, ids, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "'dorsi spec list' shows all"
        raise UserError(f"no sensor spec {spec_id[:60]!r}; {hint} (a file of your own: give its path, ending in .toml)")
    return read_spec_file(specs_folder() / f"{spec_id}{_SUFFIX}")


def read_spec_file(path: Path) -> str:
    """Text of any spec file; its size is judged before it is read.

    Raises:
        FileError: it cannot be read.
        SpecError: it is too large, or not UTF-8.
    """
    from sensor_pipeline.devices import MAX_SPEC_BYTES

    try:
        if not path.is_file():
            raise FileError(f"{str(path)!r}: no such file; give the path of a spec (.toml)", str(path))
        size = path.stat().st_size
        if size > MAX_SPEC_BYTES:
            raise SpecError(f"{path.name}: {size} bytes; a spec has at most {MAX_SPEC_BYTES}", "", size)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(f"{path.name}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise FileError(f"{str(path)!r}: cannot be read: {error}", str(path)) from None


def load_spec(id_or_path: str | Path) -> SensorSpec:
    """Load a sensor spec.

    Args:
        id_or_path: an id (``movella-dot``), or the path of a file: anything that ends in .toml or has a folder in it.

    Returns:
        The checked spec.

    Raises:
        UserError: no such id.
        FileError: the file cannot be read.
        SpecError: the schema refuses it.
    """
    from sensor_pipeline.devices import parse_spec

    if isinstance(id_or_path, Path) or id_or_path.endswith(_SUFFIX) or "/" in id_or_path or "\\" in id_or_path:
        path = Path(id_or_path)
        return parse_spec(read_spec_file(path), path.name)
    return parse_spec(spec_text(id_or_path), f"{id_or_path}{_SUFFIX}")
