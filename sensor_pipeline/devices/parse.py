"""From the text of a spec file (TOML) to a :class:`~sensor_pipeline.devices.spec.SensorSpec`, or to its problems.

In: text and the name of its place, as data. Out: a spec, or SpecErrors. Must not live here: files, packet layouts.

A spec is data only: no expressions, no references to other files, at most 64 kB. Every key must be known.
"""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from typing import Final

from sensor_pipeline.devices.commands import SETTINGS
from sensor_pipeline.devices.layout import Endian
from sensor_pipeline.devices.parse_layout import (
    MAX_VALUE_BYTES,
    parse_command,
    parse_endian,
    parse_stream,
    wire_type,
)
from sensor_pipeline.devices.parse_vectors import parse_vector
from sensor_pipeline.devices.references import check_references
from sensor_pipeline.devices.spec import Char, Match, RateOptions, ReadBlock, ReadField, Reply, SensorSpec
from sensor_pipeline.devices.table import Table
from sensor_pipeline.errors import SpecError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG

MAX_SPEC_BYTES: Final = 65536
"""Largest spec file; the largest of ours is a tenth of it."""
SCHEMA: Final = 1
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_HZ: Final = 10000.0
"""Above the fastest inertial sensor on a BLE link by a factor of six: more is a slip of the pen."""


def parse_spec(text: str, where: str = "spec") -> SensorSpec:
    """Read a sensor spec.

    Args:
        text: the TOML document.
        where: file name for messages.

    Returns:
        The checked, frozen spec.

    Raises:
        SpecError: the first problem, with its dotted path and value; how many more there are.
    """
    spec, problems = read_spec(text, where)
    if spec is None:
        first = problems[0]
        if len(problems) == 1:
            raise first
        raise SpecError(f"{first} (and {len(problems) - 1} more)", first.path, first.value)
    return spec


def read_spec(text: str, where: str = "spec") -> tuple[SensorSpec | None, tuple[SpecError, ...]]:
    """Read a sensor spec and collect every problem: the spec is None exactly where there are any."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_SPEC_BYTES:
        return None, (SpecError(f"{where}: {size} bytes; a spec has at most {MAX_SPEC_BYTES}", "", size),)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: bad TOML, and integers of thousands of digits
        reason = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return None, (SpecError(f"{where}: not readable as TOML: {reason}"),)
    problems: list[SpecError] = []
    top = Table(data, "", where, problems)
    if top.integer("schema", 0, 2**31) != SCHEMA:
        return None, (
            *problems[:1],
            SpecError(f"{where}: schema: this program reads schema {SCHEMA}", "schema", data.get("schema")),
        )
    spec = _spec(top, where, text)
    if not problems:
        check_references(spec, top)
    return (None, tuple(problems)) if problems else (spec, ())


def _spec(top: Table, where: str, text: str) -> SensorSpec:
    device = top.table("device")
    acc_g = device.numbers("acc_range_g", 0.1, 1000.0)
    gyr_dps = device.numbers("gyr_range_dps", 1.0, 100000.0)
    ranges = {
        "acc": acc_g[0] * G_M_S2 if len(acc_g) == 1 else None,
        "gyr": gyr_dps[0] * RAD_PER_DEG if len(gyr_dps) == 1 else None,
    }
    endian = parse_endian(top, "little")
    link = top.table("link")
    chars = top.table("chars")
    streams = top.table("streams")
    spec = SensorSpec(
        id=top.text("id"),
        name=device.text("name"),
        vendor=device.text("vendor"),
        grade=device.text("grade"),
        advice=device.text("advice", ""),
        unsuitable=device.text("unsuitable", ""),
        acc_range_g=acc_g,
        gyr_range_dps=gyr_dps,
        match=_match(top.table("match")),
        min_att_mtu=link.integer("min_att_mtu", 23, 517),
        stops_on_disconnect=link.flag("stops_on_disconnect", True),
        chars={key: _char(chars, key) for key in chars.names()},
        rate=_rate(top.table("rate")),
        battery=_block(top.table("battery"), endian) if top.has("battery") else None,
        info=_block(top.table("info"), endian) if top.has("info") else None,
        streams={key: parse_stream(key, streams.table(key), endian, ranges) for key in streams.names()},
        vectors=tuple(parse_vector(item) for item in top.tables("vectors")),
        notes=top.texts("notes"),
        sources=top.texts("sources"),
        where=where,
        text=text,
    )
    if not _ID.fullmatch(spec.id):
        top.problem("id", f"{spec.id!r}: small letters, digits and single hyphens only", spec.id)
    for key in spec.chars:
        if not _NAME.fullmatch(key):
            chars.problem(key, "is no name: small letters, digits, underscores, at most 32", key)
    for key in spec.streams:
        if not _NAME.fullmatch(key):
            streams.problem(key, "is no name: small letters, digits, underscores, at most 32", key)
    if not spec.streams:
        top.problem("streams", "is empty; a sensor needs at least one stream")
    if not spec.sources:
        top.problem("sources", "is empty; say where the layout comes from")
    for table in (device, link, top):
        table.done()
    return spec


def _match(table: Table) -> Match:
    match = Match(
        local_names=table.texts("local_names"),
        local_name_prefixes=table.texts("local_name_prefixes"),
        company_id=table.integer("company_id", 0, 0xFFFF) if table.has("company_id") else None,
        service=_uuid(table, "service") if table.has("service") else None,
    )
    if match == Match():
        table.problem("", "is empty; say how an advertisement is recognised")
    table.done()
    return match


def _uuid(table: Table, key: str) -> str:
    uuid = table.text(key)
    if not _UUID.fullmatch(uuid):
        table.problem(key, f"{uuid[:60]!r} is no UUID: 8-4-4-4-12 small hexadecimal digits", uuid)
    return uuid


def _char(chars: Table, key: str) -> Char:
    if chars.holds_text(key):
        return Char(_uuid(chars, key))
    table = chars.table(key)
    char = Char(_uuid(table, "uuid"), _uuid(table, "service") if table.has("service") else None)
    table.done()
    return char


def _rate(table: Table) -> RateOptions:
    hz = table.numbers("hz", 0.01, _MAX_HZ)
    settings = table.table("settings") if table.has("settings") else None
    rate = RateOptions(
        hz=hz,
        hz_min=min(hz) if hz else table.number("hz_min", 0.01, _MAX_HZ),
        hz_max=max(hz) if hz else table.number("hz_max", 0.01, _MAX_HZ),
        default_hz=table.number("default_hz", 0.01, _MAX_HZ),
        persistent=table.flag("persistent", False),
        set=tuple(parse_command(item) for item in table.tables("set")),
        codes=tuple((row[0], int(row[1])) for row in table.rows("codes", 2, 0.0, _MAX_HZ)),
        settings=None if settings is None else {key: _setting(settings, key) for key in settings.names()},
        verify=table.text("verify", ""),
    )
    if hz and rate.default_hz not in hz:
        table.problem("default_hz", f"{rate.default_hz:g} is not in hz", rate.default_hz)
    if not rate.hz_min <= rate.default_hz <= rate.hz_max:
        table.problem("default_hz", f"{rate.default_hz:g} is outside {rate.hz_min:g}..{rate.hz_max:g}", rate.default_hz)
    table.done()
    return rate


def _setting(table: Table, key: str) -> int:
    if key not in SETTINGS:
        table.problem(key, f"is no setting; use one of {', '.join(SETTINGS)}", key)
    return table.integer(key, 0, 65535)


def _block(table: Table, default: Endian) -> ReadBlock:
    endian = parse_endian(table, default)
    fields = tuple(_read_field(item) for item in table.tables("fields"))
    end = max((field.offset + field.type.size for field in fields), default=0)
    exact = table.has("length")
    length = table.integer("length" if exact else "min_len", 1, MAX_VALUE_BYTES)
    if not fields or length < end:
        table.problem("fields", f"end at byte {end}, the block has {length}; needs at least one field inside", end)
    names = [field.name for field in fields]
    if len(set(names)) < len(names):
        table.problem("fields", f"a name is there twice: {', '.join(names)}", names)
    reply = None
    if table.has("reply"):
        sub = table.table("reply")
        reply = Reply(sub.text("char"), sub.hex_bytes("prefix", 16))
        sub.done()
    percent = table.rows("percent_from_volts", 2, 0.0, 100.0)
    if any(b[0] <= a[0] or b[1] < a[1] for a, b in pairwise(percent)):
        table.problem("percent_from_volts", "volts must rise from row to row, and percent must not fall", percent)
    if percent and "volts" not in names:
        table.problem("percent_from_volts", "needs a field named volts", names)
    block = ReadBlock(
        char=table.text("char") if table.has("char") else None,
        length=length,
        exact=exact,
        endian=endian,
        fields=fields,
        prefix=table.hex_bytes("prefix", 16, ""),
        reply=reply,
        request=parse_command(table.table("request")) if table.has("request") else None,
        percent_table=tuple((row[0], row[1]) for row in percent),
    )
    table.done()
    return block


def _read_field(table: Table) -> ReadField:
    field = ReadField(
        name=table.text("name"),
        offset=table.integer("offset", 0, MAX_VALUE_BYTES),
        type=wire_type(table),
        scale=table.number("scale", 1e-12, 1e12, 1.0),
        lo=table.number("min", -1e300, 1e300) if table.has("min") else None,
        hi=table.number("max", -1e300, 1e300) if table.has("max") else None,
    )
    if field.lo is not None and field.hi is not None and field.lo > field.hi:
        table.problem("min", f"{field.lo:g} is above max {field.hi:g}", field.lo)
    table.done()
    return field
