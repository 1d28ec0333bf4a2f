"""``dorsi show``: one session as it is stored: repetitions, summary, where every sample went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sensor_pipeline.recording.manifest import Manifest, SensorFound
    from sensor_pipeline.types import Json, Rep

HEADINGS = ("rep", "leg", "start s", "peak", "±", "range", "hold s", "score", "heel", "faults")
UNCERTAINTY = "± is a sensor and strap model, not yet checked on people; heel lift and strap site not included"
HEEL_WORDS = {"no_lift_seen": "no lift seen", "possible_lift": "possible lift", "not_checked": "not checked"}


@click.command()
@click.argument("session")
@click.option("--original", is_flag=True, help="Leave a person's edits out.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(session: str, original: bool, library: Path | None, as_json: bool) -> None:
    """Show SESSION, an id in the library (its beginning will do) or a path, with a person's edits applied."""
    from sensor_pipeline.library.session import load_session
    from sensor_pipeline.recording.edits import in_effect
    from sensor_pipeline.recording.report import session_report

    stored = load_session(session, library)
    meta = stored.meta if original else stored.corrected_meta()
    reps = stored.rep_values(original=original)
    report = session_report(meta, reps)
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(meta, report, reps, edits=0 if original else len(in_effect(meta.edits)))


def _print(meta: Manifest, report: dict[str, Json], reps: tuple[Rep, ...], edits: int) -> None:
    from sensor_pipeline.cli.recording.summary import result_words
    from sensor_pipeline.cli.table_output import print_table

    _line("session", meta.id + (" (simulated: nobody wore a sensor)" if meta.simulated else ""))
    _line("made", meta.created.utc.replace("T", " ").replace("Z", " UTC"))
    _line("person", meta.person or "not said")
    _line("protocol", meta.protocol)
    _line("length", f"{report['duration_s']:.1f} s")
    _line("filter", f"{meta.orientation}, sensor_pipeline {meta.software.get('sensor_pipeline', 'unknown')}")
    for sensor, entry in zip(report["sensors"], meta.sensors, strict=True):
        _line(sensor["side"], _integrity(sensor, entry.found))
    for text in notice_texts(report):
        _line("notice", text)
    if _is_silent(meta, report):
        _line("notice", f"why no mounting was found was not stored; 'dorsi replay {meta.id}' says it")
    if meta.stored is not None and meta.stored.damaged_spans:
        _line(
            "damage", f"{meta.stored.damaged_spans} places of the journal could not be read; what stood there is lost"
        )
    if reps:
        click.echo()
        print_table(HEADINGS, [_cells(rep) for rep in reps])
        if any(rep.peak_sd_deg is not None for rep in reps):
            click.echo(UNCERTAINTY, err=True)
    click.echo()
    for side, found in report["results"].items():
        _line("result", f"{side}: {result_words(found)}")
    _line("summary", _summary(report["summary"]))
    if edits:
        _line("edits", f"{edits} applied; --original shows what was recorded")
    if meta.notes:
        _line("notes", meta.notes)


def _line(name: str, text: str) -> None:
    from sensor_pipeline.recording.text import printable

    for i, part in enumerate(text.splitlines() or [""]):
        click.echo(f"{name if i == 0 else '':<9} {printable(part)}".rstrip())


def _integrity(sensor: dict[str, Json], found: SensorFound) -> str:
    from sensor_pipeline.recording.report import lost_is_least

    lost = "loss unknown" if sensor["lost_samples"] is None else f"{sensor['lost_samples']} lost"
    if sensor["lost_samples"] is not None and lost_is_least(found):
        lost = f"at least {lost}"
    mounting = sensor["mounting"]
    return (
        f"{sensor['sensor'] or 'imported'}: {sensor['samples']} samples, {lost}, {sensor['gaps']} gaps, "
        f"{sensor['bad_packets']} bad packets, mounting {'not found' if mounting is None else mounting['method']}"
    )


def notice_texts(report: dict[str, Json]) -> list[str]:
    """Return each notice of a session report in words: when, which leg, what, what to do."""
    sensors = report["sensors"]
    return [
        f"at {item['time_s']:.1f} s, {sensors[item['sensor']]['side']}: {item['reason']}: {item['remedy']}"
        for item in report["notices"]
    ]


def _is_silent(meta: Manifest, report: dict[str, Json]) -> bool:
    """Whether a mounting was not found by a version that did not store why."""
    from sensor_pipeline.recording.report import NOTICES

    lacking = any(sensor["mounting"] is None and sensor["samples"] for sensor in report["sensors"])
    return lacking and NOTICES not in (meta.summary or {})


def _cells(rep: Rep) -> tuple[str, ...]:
    return (
        str(rep.rep),
        rep.side,
        f"{rep.start_s:.2f}",
        f"{rep.peak_deg:.1f}°",
        "" if rep.peak_sd_deg is None else f"{rep.peak_sd_deg:.1f}°",
        f"{rep.rom_deg:.1f}°",
        f"{rep.hold_s:.1f}",
        f"{rep.score:.0f}" if rep.score is not None else "" if rep.scored else f"not scored: {rep.reason}",
        HEEL_WORDS[rep.heel],
        ", ".join(rep.faults),
    )


def _summary(summary: dict[str, Json]) -> str:
    text = f"{summary['count']} repetition{'' if summary['count'] == 1 else 's'}, {summary['scored']} scored"
    if summary["best_deg"] is not None:
        text += f", best {summary['best_deg']:.1f}°, mean {summary['mean_deg']:.1f}°"
    if summary["sd_deg"] is not None:
        text += f", spread {summary['sd_deg']:.1f}°"
    return text
