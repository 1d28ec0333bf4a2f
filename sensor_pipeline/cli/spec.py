"""``dorsi spec``: list, show and check sensor specs, and decode bytes with them.

In: arguments. Out: text or JSON on stdout, talk on stderr. Must not live here: schema, decoding, where specs lie.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor_pipeline.cli.exits import DONE_WITH_LOSS
from sensor_pipeline.errors import DorsiError, PacketError, UserError

if TYPE_CHECKING:
    from sensor_pipeline.devices import SensorSpec
    from sensor_pipeline.types import Json, Packet

FAILED = 1
HEADINGS = ("spec", "sensor", "channels", "rate", "angle", "status")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def spec() -> None:
    """Sensor specs: list, show, check, decode bytes."""


@spec.command("list")
@_as_json
def list_specs(as_json: bool) -> None:
    """List the sensors that come with the package."""
    from sensor_pipeline.cli.table_output import print_table
    from sensor_pipeline.library.specs import load_spec, spec_ids

    specs = [load_spec(spec_id) for spec_id in spec_ids()]
    if as_json:
        click.echo(json.dumps({"specs": [_summary(item) for item in specs]}))
        return
    print_table(HEADINGS, [_cells(item) for item in specs])


@spec.command()
@click.argument("spec_id", metavar="SPEC")
@_as_json
def show(spec_id: str, as_json: bool) -> None:
    """Show one sensor: SPEC is an id from 'dorsi spec list' or the path of a file."""
    from sensor_pipeline.library.specs import load_spec
    from sensor_pipeline.recording.text import printable

    found = load_spec(spec_id)
    if as_json:
        click.echo(json.dumps(_details(found)))
        return
    for line in _lines(found):
        click.echo(printable(line))


@spec.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@_as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check spec files: every problem is listed, and the vectors in them are decoded. Exit 1 if there is a problem."""
    from sensor_pipeline.recording.text import printable

    results: list[dict[str, Json]] = []
    for path in files:
        found, problems = _checked(path)
        vectors = len(found.vectors) if found else 0
        results.append({"file": str(path), "id": found.id if found else None, "vectors": vectors, "problems": problems})
        if not as_json:
            for problem in problems:
                click.echo(printable(problem))
            if found and not problems:
                click.echo(printable(f"{path.name}: good; {vectors} vectors decode; {found.status}"))
            if found and not found.vectors:
                click.echo(printable(f"{path.name}: has no vector; add bytes whose meaning you know"), err=True)
    if as_json:
        click.echo(json.dumps({"files": results}))
    if any(result["problems"] for result in results):
        click.get_current_context().exit(FAILED)


@spec.command()
@click.argument("spec_id", metavar="SPEC")
@click.argument("notifications", metavar="HEX...", nargs=-1, required=True)
@click.option("--stream", metavar="NAME", help="Stream, or one packet kind of it; the spec's first if not given.")
@click.option("--info", "info_hex", metavar="HEX", help="Info block to read first, for sensors that have one.")
@_as_json
def decode(
    spec_id: str, notifications: tuple[str, ...], stream: str | None, info_hex: str | None, as_json: bool
) -> None:
    """Decode notifications, in order. HEX may start with 'CHARACTERISTIC:' where a sensor uses several.

    Exit 3 if a notification was rejected.
    """
    from sensor_pipeline.devices import Decoder
    from sensor_pipeline.library.specs import load_spec

    found = load_spec(spec_id)
    decoder = Decoder(found, stream)
    payloads = [_notification(text) for text in notifications]
    if info_hex is not None:
        decoder.read("info", _bytes(info_hex))
    chosen = found.stream(stream)
    ticks = {timing.stream: timing.tick_s for timing in decoder.timings}
    rows: list[dict[str, Json]] = []
    rejected = skipped = 0
    for i, (char, payload) in enumerate(payloads):
        try:
            decoded = decoder.decode(char or chosen.packets[0].char, payload)
        except PacketError as error:
            rejected += 1
            click.echo(f"notification {i + 1} rejected: {error}", err=True)
            continue
        skipped += decoded.skipped_bytes
        rows += [_values(packet, ticks[packet.stream]) for packet in decoded.packets]
        for reply in decoded.replies:
            click.echo(f"notification {i + 1} holds a reply: {reply.hex()}", err=True)
    if skipped:
        click.echo(f"{skipped} bytes skipped in search of a frame", err=True)
    if as_json:
        click.echo(json.dumps({"packets": rows, "rejected": rejected}))
    else:
        for row in rows:
            _print_packet(row)
    if rejected:
        click.get_current_context().exit(DONE_WITH_LOSS)


def _checked(path: Path) -> tuple[SensorSpec | None, list[str]]:
    """A file's spec, where it has no problem, and its problems."""
    from sensor_pipeline.devices import read_spec, vector_problems
    from sensor_pipeline.library.specs import read_spec_file

    try:
        text = read_spec_file(path)
    except DorsiError as error:
        return None, [str(error)]
    found, problems = read_spec(text, path.name)
    if found is None:
        return None, [str(problem) for problem in problems]
    return found, [f"{path.name}: {problem}" for problem in vector_problems(found)]


def _notification(text: str) -> tuple[str, bytes]:
    char, _, payload = text.rpartition(":")
    return char, _bytes(payload)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise UserError(f"{text[:40]!r} is not hexadecimal; write two digits a byte, for example 0a1f") from None


def _values(packet: Packet, tick_s: float | None) -> dict[str, Json]:
    """One packet; ``time_s`` is the raw stamp in seconds."""
    return {
        "time_s": None if packet.ticks is None or tick_s is None else packet.ticks * tick_s,
        "acc": None if packet.acc_m_s2 is None else packet.acc_m_s2.tolist(),
        "gyr": None if packet.gyr_rad_s is None else packet.gyr_rad_s.tolist(),
        "seq": packet.counter,
        "flags": list(packet.flags),
    }


def _print_packet(row: dict[str, Json]) -> None:
    stamp = "no time stamp" if row["time_s"] is None else f"{row['time_s']:.6f} s"
    counted = "" if row["seq"] is None else f", counter {row['seq']}"
    flags = f", {' '.join(row['flags'])}" if row["flags"] else ""
    click.echo(f"packet: {stamp}{counted}{flags}")
    for name, unit in (("acc", "m/s²"), ("gyr", "rad/s")):
        for x, y, z in row[name] or ():
            click.echo(f"  {name} {x:12.6f} {y:12.6f} {z:12.6f} {unit}")


def _summary(item: SensorSpec) -> dict[str, Json]:
    return {
        "id": item.id,
        "name": item.name,
        "vendor": item.vendor,
        "grade": item.grade,
        "advice": item.advice,
        "channels": list(item.channels),
        "default_rate_hz": item.rate.default_hz,
        "sufficient_for_angle": item.sufficient_for_angle,
        "why_not_for_angle": item.why_not_for_angle or None,
        "tried_on_hardware": item.tried_on_hardware,
        "streams": list(item.streams),
    }


def _details(item: SensorSpec) -> dict[str, Json]:
    rate = item.rate
    return {
        **_summary(item),
        "rates_hz": list(rate.hz) or [rate.hz_min, rate.hz_max],
        "min_att_mtu": item.min_att_mtu,
        "service": item.match.service,
        "local_names": [*item.match.local_names, *(f"{prefix}*" for prefix in item.match.local_name_prefixes)],
        "vectors": [{"name": vector.name, "provenance": vector.provenance} for vector in item.vectors],
        "notes": list(item.notes),
        "sources": list(item.sources),
        "text": item.text,
    }


def _cells(item: SensorSpec) -> tuple[str, ...]:
    return (
        item.id,
        item.name,
        " ".join(item.channels),
        f"{item.rate.default_hz:g} Hz",
        "yes" if item.sufficient_for_angle else "no",
        item.status,
    )


def _lines(item: SensorSpec) -> list[str]:
    rate = item.rate
    rates = ", ".join(f"{hz:g}" for hz in rate.hz) or f"{rate.hz_min:g} to {rate.hz_max:g}"
    lines = [
        f"{item.id}: {item.name}",
        f"vendor: {item.vendor}; grade {item.grade}; {item.status}",
        f"for the angle: {item.why_not_for_angle or 'sufficient'}",
        f"rates: {rates} Hz; asked for: {rate.default_hz:g} Hz; MTU {item.min_att_mtu} or more",
    ]
    if item.advice:
        lines.append(f"advice: {item.advice}")
    for stream in item.streams.values():
        lines.append(f"stream {stream.name}: {stream.about or ' '.join(sorted(stream.channels))}")
    lines += [f"vector {vector.name}: {vector.provenance}" for vector in item.vectors]
    lines += [f"note: {note}" for note in item.notes]
    return lines + [f"source: {source}" for source in item.sources]
