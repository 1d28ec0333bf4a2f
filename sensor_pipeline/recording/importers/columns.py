"""Which column of a file is which: names as files use them to the roles of :data:`.table.ROLES`.

In: column names (and units the file states), overrides. Out: :class:`ColumnMatch`.
Must not live here: values, units found from data.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sensor_pipeline.errors import UserError
from sensor_pipeline.recording.importers import units
from sensor_pipeline.recording.importers.cell import shown, shown_names
from sensor_pipeline.recording.importers.table import (
    ACC_ROLES,
    AXES,
    GYR_ROLES,
    ROLES,
    AccUnit,
    GyrUnit,
    ImportOptions,
    TimeUnit,
)

# Names without spaces, punctuation and case. Seen in exports of x-io, Xsens, WitMotion, Shimmer, phone loggers and in
# the public data sets this project is tested on. A name that can mean gravity-free acceleration (linear_acceleration,
# user_acceleration, free_acc) is left out on purpose: gravity is what the angle is measured against.
_ACC_STEMS: Final = (
    "acc",
    "accel",
    "accelerometer",
    "acceleration",
    "a",
    "totalacceleration",
    "accelerometeruncalibrated",
)
_GYR_STEMS: Final = (
    "gyr",
    "gyro",
    "gyroscope",
    "g",
    "w",
    "omega",
    "as",  # WitMotion: angular speed
    "angvel",
    "angularrate",
    "angularvelocity",
    "rotationrate",
    "gyroscopeuncalibrated",
)
_TIME_KEYS: Final[Mapping[str, TimeUnit | None]] = {
    "time": None,
    "t": None,
    "timestamp": None,
    "timestamps": None,
    "elapsed": None,
    "elapsedtime": None,
    "epoch": None,
    "unixtime": None,
    "secondselapsed": "s",
    "elapsedseconds": "s",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "sampletimefine": "us",  # Xsens DOT
}
_PREFERRED_TIME: Final = "secondselapsed"
"""Sensor Logger writes both ``time`` (epoch, ns) and ``seconds_elapsed``: the same clock without the epoch."""


def _aliases() -> dict[str, str]:
    table = dict.fromkeys(_TIME_KEYS, "time")
    for quantity, stems in (("acc", _ACC_STEMS), ("gyr", _GYR_STEMS)):
        for axis in AXES:
            table.update({stem + axis: f"{quantity}_{axis}" for stem in stems})
            table.update({axis + stem: f"{quantity}_{axis}" for stem in stems if len(stem) > 2})
    return table


_ALIASES: Final = _aliases()
# Units that names carry at their end without brackets: time_s, acc_x_m_s2, gyr_x_dps ...
_SUFFIXES: Final = (
    *(("m", "s2"), ("m", "s", "2"), ("ms2",), ("mps2",), ("g",), ("mg",)),
    *(("rad", "s"), ("rads",), ("radps",), ("deg", "s"), ("degs",), ("dps",)),
    *(("s",), ("ms",), ("us",), ("ns",)),
)
_SUFFIX_SPELLING: Final = {("m", "s2"): "m/s2", ("m", "s", "2"): "m/s2", ("rad", "s"): "rad/s", ("deg", "s"): "deg/s"}
_BRACKETED: Final = re.compile(r"^(?P<name>.*?)[\s_]*[(\[](?P<unit>[^()\[\]]*)[)\]]\s*$")


_Unit = TypeVar("_Unit", bound=str)


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """Where each role stands in a file.

    Attributes:
        index: role to position among the columns; ``time`` is absent where a rate is stated.
        time_unit, acc_unit, gyr_unit: stated by the header, None where it does not say.
    """

    index: Mapping[str, int]
    time_unit: TimeUnit | None
    acc_unit: AccUnit | None
    gyr_unit: GyrUnit | None


def key_of(name: str) -> str:
    """A column name without case, spaces, punctuation and bracketed unit: ``Gyroscope X (deg/s)`` -> ``gyroscopex``."""
    bracketed = _BRACKETED.match(name)
    return re.sub(r"[^0-9a-z]", "", (bracketed["name"] if bracketed else name).lower())


def parse_columns(text: str) -> dict[str, str]:
    """Read ``acc_x=NAME,gyr_z=NAME,...``; a name may hold commas as long as no ``word=`` follows them.

    Raises:
        UserError: a piece without ``=``, an unknown role or the same role twice.
    """
    found: dict[str, str] = {}
    for piece in re.split(r",(?=\s*\w+=)", text):
        role, equals, name = (part.strip() for part in piece.partition("="))
        if not equals or not name:
            raise UserError(f"--columns {shown(piece)}: write role=NAME, for example acc_x=AccelX,gyr_x=GyroX")
        if role not in ROLES:
            near = difflib.get_close_matches(role, ROLES, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"--columns {shown(piece)}: {shown(role)} is none of {', '.join(ROLES)}{hint}")
        if role in found:
            raise UserError(f"--columns names {role} twice: {shown(found[role])} and {shown(name)}; keep one")
        found[role] = name
    return found


def match_columns(
    names: Sequence[str], stated: Mapping[int, str], options: ImportOptions, file_name: str
) -> ColumnMatch:
    """Find the time, accelerometer and gyroscope columns of a file.

    Args:
        names: the header, in order.
        stated: position to unit as text, from a row of units or a file's own metadata.
        options: overrides (``columns``, ``time_column``) and whether a rate is given.
        file_name: for messages.

    Returns:
        The match; ``time`` is absent when a rate is given.

    Raises:
        UserError: a role is missing or ambiguous, or an override names a column that is not there.
    """
    guesses: dict[str, list[int]] = {role: [] for role in ROLES}
    for position, name in enumerate(names):
        role = role_of(name)
        if role is not None:
            guesses[role].append(position)
    preferred = [position for position in guesses["time"] if key_of(names[position]) == _PREFERRED_TIME]
    if len(preferred) == 1:
        guesses["time"] = preferred
    overrides = dict(options.columns)
    if options.time_column is not None:
        overrides["time"] = options.time_column
    for role, wanted in overrides.items():
        option = "--time" if role == "time" and options.time_column is not None else f"--columns {role}"
        guesses[role] = [_position(names, wanted, option, file_name)]
    if options.rate_hz is not None:
        guesses["time"] = []
    _refuse_unclear(names, guesses, options, file_name)
    index = {role: positions[0] for role, positions in guesses.items() if positions}
    _refuse_shared(names, index, file_name)
    unit_text = {role: stated.get(position) or _unit_text(names[position]) for role, position in index.items()}
    time_text = unit_text.get("time")
    named_time = _TIME_KEYS.get(key_of(names[index["time"]])) if "time" in index else None
    return ColumnMatch(
        index=index,
        time_unit=(units.time_unit(time_text) if time_text else None) or named_time,
        acc_unit=_one_unit([units.acc_unit(unit_text[role] or "") for role in ACC_ROLES], "accelerometer", file_name),
        gyr_unit=_one_unit([units.gyr_unit(unit_text[role] or "") for role in GYR_ROLES], "gyroscope", file_name),
    )


def role_of(name: str) -> str | None:
    """The role (one of ``ROLES``) that a column of this name has, None where the name is not known."""
    role = _ALIASES.get(key_of(name))
    if role is not None:
        return role
    stem = _without_suffix(name)
    return None if stem is None else _ALIASES.get(stem[0])


def _without_suffix(name: str) -> tuple[str, str] | None:
    """(key without the unit, the unit's spelling) of a name that ends in a unit, None for any other name."""
    tokens = tuple(token for token in re.split(r"[^0-9a-z]+", name.lower()) if token)
    for suffix in _SUFFIXES:
        if (
            len(tokens) > len(suffix)
            and tokens[-len(suffix) :] == suffix
            and (stem := "".join(tokens[: -len(suffix)])) in _ALIASES
        ):
            return stem, _SUFFIX_SPELLING.get(suffix, suffix[0])
    return None


def _unit_text(name: str) -> str | None:
    bracketed = _BRACKETED.match(name)
    if bracketed:
        return bracketed["unit"]
    if key_of(name) in _ALIASES:
        return None
    stem = _without_suffix(name)
    return stem[1] if stem else None


def _position(names: Sequence[str], wanted: str, option: str, file_name: str) -> int:
    exact = [position for position, name in enumerate(names) if name == wanted]
    loose = exact or [position for position, name in enumerate(names) if name.strip().lower() == wanted.strip().lower()]
    if len(loose) == 1:
        return loose[0]
    if loose:
        raise UserError(
            f"{option}: {file_name} has {len(loose)} columns called {shown(wanted)}; rename one in the file"
        )
    near = difflib.get_close_matches(wanted, list(names), n=1)
    hint = f"; did you mean {shown(near[0])}?" if near else ""
    raise UserError(f"{option}: {file_name} has no column {shown(wanted)}; columns found: {shown_names(names)}{hint}")


def _refuse_unclear(
    names: Sequence[str], guesses: Mapping[str, Sequence[int]], options: ImportOptions, file_name: str
) -> None:
    for role, positions in guesses.items():
        if len(positions) > 1:
            option = "--time NAME" if role == "time" else f"--columns {role}=NAME"
            found = shown_names(names[position] for position in positions)
            raise UserError(f"{file_name}: {role} could be any of {found}; choose one with {option}")
    missing = [role for role in (*ACC_ROLES, *GYR_ROLES) if not guesses[role]]
    if missing:
        raise UserError(
            f"{file_name}: no column found for {', '.join(missing)}; columns found: {shown_names(names)}; "
            f"name them with --columns {missing[0]}=NAME,...{_near(missing, names)}"
        )
    if options.rate_hz is None and not guesses["time"]:
        raise UserError(
            f"{file_name}: no time column found; columns found: {shown_names(names)}; "
            f"state the sample rate with --rate HZ or the column with --time NAME"
        )


def _near(missing: Iterable[str], names: Sequence[str]) -> str:
    by_key = {key_of(name): name for name in names if key_of(name)}
    for role in missing:
        long_name = {"acc": "accelerometer", "gyr": "gyroscope"}[role[:3]] + role[-1]
        near = difflib.get_close_matches(key_of(role), by_key, n=1, cutoff=0.7) or difflib.get_close_matches(
            long_name, by_key, n=1, cutoff=0.8
        )
        if near:
            return f" (did you mean {role}={by_key[near[0]]}?)" if by_key[near[0]].isprintable() else ""
    return ""


def _refuse_shared(names: Sequence[str], index: Mapping[str, int], file_name: str) -> None:
    seen: dict[int, str] = {}
    for role, position in index.items():
        if position in seen:
            raise UserError(
                f"{file_name}: column {shown(names[position])} is asked for as {seen[position]} and as {role}; "
                f"each needs its own"
            )
        seen[position] = role


def _one_unit(found: Sequence[_Unit | None], what: str, file_name: str) -> _Unit | None:
    stated = sorted({unit for unit in found if unit is not None})
    if len(stated) > 1:
        raise UserError(
            f"{file_name}: the {what}'s axes state different units ({', '.join(stated)}); convert them to one"
        )
    return stated[0] if stated else None
