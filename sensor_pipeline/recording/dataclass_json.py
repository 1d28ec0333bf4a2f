"""Frozen dataclasses as JSON values and back, strictly.

In: nested frozen dataclasses of scalars, tuples, mappings and None; parsed JSON. Out: the other one. Must not live
here: files, any particular dataclass.

Reading follows the annotations. A wrong type or an unknown key is refused with its dotted place. A missing key takes
the field's default and is reported, so that a file of an older version loads and nobody is left guessing what was
filled in.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Json

T = TypeVar("T")


def to_json(value: object, place: str = "") -> Json:
    """Return ``value`` as what ``json.dumps`` writes: objects, arrays, text, finite numbers, booleans, null.

    Raises:
        FileError: NaN, infinity or a type that JSON has no word for; the message names the dotted place.
    """
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value)
        case float():
            if not math.isfinite(value):
                raise FileError(f"{place}: {value} cannot be stored, only finite numbers can")
            return float(value)
        case Mapping():
            return {str(key): to_json(item, _join(place, str(key))) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item, f"{place}[{i}]") for i, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name), _join(place, f.name)) for f in dataclasses.fields(value)}
    raise FileError(f"{place}: a value of type {type(value).__name__} cannot be stored")


def from_json(kind: type[T], value: Json, place: str = "", defaulted: list[str] | None = None) -> T:
    """Build a value of type ``kind`` (a dataclass or any annotation a dataclass field may have) from parsed JSON.

    Args:
        kind: the type wanted.
        value: what ``json.loads`` returned.
        place: dotted place of ``value`` in its document, for messages.
        defaulted: gets the dotted place of every missing key whose default was taken.

    Raises:
        FileError: a wrong type, an unknown key, or a missing key without default; the message names the dotted place.
    """
    return cast(T, _read(kind, value, place, [] if defaulted is None else defaulted))


def parse_json(data: bytes | str) -> Json:
    """Parse JSON text without its non-standard NaN and Infinity.

    Raises:
        FileError: the text is no JSON; the message names line and column.
    """

    def refuse(word: str) -> None:
        raise FileError(f"{word} is no JSON number")

    try:
        return json.loads(data, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"not UTF-8 text at byte {error.start}") from error
    except RecursionError as error:
        raise FileError("not usable JSON: nested too deeply") from error


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _wrong(place: str, wanted: str, value: Json) -> FileError:
    return FileError(f"{place or 'document'}: must be {wanted}, is {printable(json.dumps(value), 60)}")


def _read(kind: Any, value: Json, place: str, defaulted: list[str]) -> Any:
    if kind is Any or kind is object:
        return value
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(cast(type, kind), value, place, defaulted)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        if value not in arguments or isinstance(value, bool):
            raise _wrong(place, "one of " + ", ".join(str(a) for a in arguments), value)
        return value
    if origin in (typing.Union, types.UnionType):
        return _read_union(arguments, value, place, defaulted)
    if origin in (tuple, list):
        return _read_sequence(origin, arguments, value, place, defaulted)
    if kind in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        inner = arguments[1] if arguments else Any
        return {key: _read(inner, item, _join(place, key), defaulted) for key, item in value.items()}
    return _read_scalar(kind, value, place)


def _read_scalar(kind: Any, value: Json, place: str) -> Any:
    if kind is type(None) and value is None:
        return None
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "null"}
    if kind not in names:
        raise TypeError(f"{place}: no way to read a {kind!r} from JSON")
    raise _wrong(place, names[kind], value)


def _read_union(arguments: Sequence[Any], value: Json, place: str, defaulted: list[str]) -> Any:
    if value is None and type(None) in arguments:
        return None
    others = [a for a in arguments if a is not type(None)]
    for argument in others[:-1]:
        try:
            return _read(argument, value, place, defaulted)
        except FileError:
            continue
    return _read(others[-1], value, place, defaulted)


def _read_sequence(origin: type, arguments: Sequence[Any], value: Json, place: str, defaulted: list[str]) -> Any:
    if not isinstance(value, list):
        raise _wrong(place, "an array", value)
    if origin is list or (len(arguments) == 2 and arguments[1] is Ellipsis):
        items = [arguments[0]] * len(value)
    else:
        items = list(arguments)
        if len(items) != len(value):
            raise _wrong(place, f"an array of {len(items)}", value)
    return origin(
        _read(item, v, f"{place}[{i}]", defaulted) for i, (item, v) in enumerate(zip(items, value, strict=True))
    )


def _read_dataclass(kind: type, value: Json, place: str, defaulted: list[str]) -> Any:
    if not isinstance(value, dict):
        raise _wrong(place, "an object", value)
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    unknown = [key for key in value if key not in fields]
    if unknown:
        raise FileError(f"{printable(_join(place, unknown[0]))}: unknown key; this version knows {', '.join(fields)}")
    known: dict[str, Any] = {}
    for name, field in fields.items():
        if name in value:
            known[name] = _read(hints[name], value[name], _join(place, name), defaulted)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise FileError(f"{_join(place, name)}: missing")
        else:
            defaulted.append(_join(place, name))
    return kind(**known)
